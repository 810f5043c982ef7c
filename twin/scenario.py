"""The door for scenario files: read, check everything, and tell each mistake with its line, the line itself and a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, time
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import BUILT_IN, Site, StockItem, load_site
from caixue.toml_places import Place
from twin.arrivals import ArrivalLog, read_arrivals
from twin.door import Table
from twin.expectations import Expect, Limit, Steady
from twin.problems import Problem, did_you_mean
from twin.scenario_checks import Finding, check_against, check_faults, check_itself, check_random_faults, matching, names_of
from twin.scenario_model import Fault, RandomFault, RandomFaults, Scenario
from twin.scenario_tables import StockRow
from twin.scenario_text import ScenarioError, parse_text, read_bytes
from twin.scenario_words import findings

__all__ = [
    "NOT_YET",
    "Expect",
    "Fault",
    "Finding",
    "Limit",
    "RandomFault",
    "RandomFaults",
    "Scenario",
    "ScenarioError",
    "Steady",
    "builtin_scenarios",
    "check_against",
    "json_schema",
    "load_scenario",
    "matching",
    "names_of",
    "parse_scenario",
    "recorded_load",
    "scenario_site",
]

Row = TypeVar("Row", bound=Table)


@dataclass(frozen=True, slots=True)
class NotYet:
    """A key that the format has and one fidelity does not simulate, when `asked` is true of its value."""

    key: str  # "patient_class.lane"; rows of a list share one path
    fidelity: str  # "wire" or "timing": the one that refuses it
    asked: Callable[[Any], bool]
    zh: str
    en: str

    @property
    def other(self) -> str:
        """The fidelity that simulates it."""
        return "timing" if self.fidelity == "wire" else "wire"


NOT_YET = (
    NotYet("appointments", "wire", lambda value: True, "预约", "appointments"),
    NotYet("patient_class.lane", "wire", lambda value: True, "专用窗口", "lanes of their own"),
    NotYet("patient_class.batch", "wire", lambda value: True, "成批到达", "arrivals in batches"),
    NotYet("patient_class.missed_call", "wire", lambda value: value != 0, "过号", "missed calls"),
    NotYet("patient_class.nurses_needed", "wire", lambda value: value != 1, "一位患者需要多名护士", "more than one nurse for a patient"),
    NotYet("days", "timing", lambda value: value != 1, "多日（连续的一个世界）", "several days, which are one world"),
    NotYet("staff.duties", "timing", lambda value: value is True, "工程师每天的职责", "the duties of the day"),
    NotYet("staff.desk", "timing", lambda value: value is True, "工程师案头的职责", "the engineer's work at the desk"),
    NotYet("leave", "timing", lambda value: True, "请假与替班", "leave and substitutes"),
    NotYet("stock", "timing", lambda value: True, "备件和耗材的库存", "the store"),
)


def load_scenario(name_or_path: str, overrides: Sequence[str] = ()) -> Scenario:
    """The built-in scenario of that name, or the one in a file; `overrides` are "path=value", such as "load.scale=1.2" or "fault.0.at=+10 min".

    Raises ScenarioError that tells every mistake with file, line, the line itself and a way out.
    """
    path = _find(name_or_path)
    return parse_scenario(read_bytes(path), path, overrides)


def parse_scenario(content: bytes, path: Path, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario in these bytes; `path` names the file in messages, and paths inside are relative to its folder."""
    text = parse_text(content, path, overrides)
    data = text.data
    scenario, found = _validated(data, path)
    try:
        site = _site_of(data, path)
    except UsageError as error:
        site = None
        found.append(_no_site(data, error))
    found += _not_yet(data)
    if site is not None:
        found += _check_rows(data, site) if scenario is None else check_against(scenario, site)
    if found or scenario is None:
        raise ScenarioError(path, [text.problem(one) for one in found])
    return scenario


def scenario_site(scenario: Scenario) -> Site:
    """The site of a scenario, with as many windows and such a store as the scenario says."""
    site = load_site(scenario.site_source)
    site = site if scenario.windows.count is None else site.with_windows(scenario.windows.count)
    changes = {row.item: row for row in scenario.stock}
    return replace(site, stock=tuple(_stocked(item, changes.get(item.item)) for item in site.stock)) if changes else site


def _stocked(item: StockItem, change: StockRow | None) -> StockItem:
    if change is None:
        return item
    on_hand = item.on_hand if change.on_hand is None else change.on_hand
    return replace(item, on_hand=on_hand, lead_time_us=item.lead_time_us if change.lead_time_us is None else change.lead_time_us)


def recorded_load(scenario: Scenario) -> ArrivalLog | None:
    """The recorded day that the scenario replays, if it does; raises ArrivalsError."""
    if scenario.arrivals_path is None:
        return None
    needs = ["service_started_at", "service_ended_at"] if scenario.load.service.distribution == "recorded" else []
    if scenario.windows.open == "recorded":
        needs = ["service_started_at", "service_ended_at", "position"]
    return read_arrivals(scenario.arrivals_path, scenario.start, scenario.duration_us, needs=needs)


def builtin_scenarios() -> list[tuple[str, str]]:
    """Name and title of every scenario that the project ships."""
    return [(path.stem, str(parse_text(read_bytes(path), path).data.get("title", ""))) for path in _shipped()]


def json_schema() -> dict[str, Any]:
    """The JSON schema of a scenario file, for editors and other tools."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidied(Scenario.model_json_schema(by_alias=True))}


def _shipped() -> list[Path]:
    """The built-in scenarios: inside the package in a wheel, beside it in a checkout."""
    package = Path(str(resources.files("twin")))
    folder = next((one for one in (package / "scenarios", package.parent / "scenarios") if one.is_dir()), package)
    return sorted(folder.glob("*.toml"))


def _find(name_or_path: str) -> Path:
    shipped = {path.stem: path for path in _shipped()}
    path = Path(name_or_path)
    if name_or_path in shipped:
        return shipped[name_or_path]
    if _is_folder(path):
        what, way = tr("是目录，不是文件", "a folder, not a file"), tr("给出一个 .toml 文件", "name a .toml file")
        raise ScenarioError(name_or_path, [Problem(0, what, way)])
    if path.suffix == ".toml" or len(path.parts) > 1:
        return path
    what = tr(f'没有场景 "{name_or_path}"', f'no scenario "{name_or_path}"')
    raise ScenarioError(
        name_or_path, [Problem(0, what, did_you_mean(name_or_path, tuple(shipped)) or tr("给出一个 .toml 文件", "name a .toml file"))]
    )


def _validated(data: dict[str, Any], path: Path) -> tuple[Scenario | None, list[Finding]]:
    """The scenario where every value is right by itself, and what is wrong."""
    try:
        scenario = Scenario.model_validate(data).located(path, _plain(data))
    except ValidationError as error:
        return None, list(findings(error))
    return scenario, [*check_itself(scenario, data), *_check_csv(scenario)]


def _check_csv(scenario: Scenario) -> Iterator[Finding]:
    path = scenario.arrivals_path
    if path is not None and not _is_file(path):
        here = sorted(other.name for other in path.parent.glob("*.csv")) if path.parent.is_dir() else []
        what = tr(f"没有文件 {scenario.load.arrivals_csv}", f"no file {scenario.load.arrivals_csv}")
        yield Finding(
            ("load", "arrivals_csv"),
            what,
            did_you_mean(path.name, here) or tr("路径相对于场景文件", "the path is relative to the scenario"),
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _site_of(data: Mapping[str, Any], path: Path) -> Site | None:
    """The site that the data name, also where other parts are wrong; None where they name none."""
    name, windows = data.get("site"), data.get("windows")
    count = windows.get("count") if isinstance(windows, dict) else None
    if not isinstance(name, str) or not name:
        return None
    try:
        site = load_site(str(path.parent / name) if name.endswith(".toml") else name)
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None
    return site.with_windows(count) if type(count) is int and 0 < count <= 200 else site


def _no_site(data: Mapping[str, Any], error: UsageError) -> Finding:
    name = data["site"]
    if name in BUILT_IN:
        what = tr(f"场所 {name} 不能有这么多窗口", f"site {name} cannot have so many windows")
        return Finding(("windows", "count"), what, tr('只有 site = "bare-windows" 可以', 'only site = "bare-windows" can'))
    if name.endswith(".toml"):
        return Finding(("site",), str(error), tr("路径相对于场景文件", "the path is relative to the scenario"))
    return Finding(("site",), tr(f'没有场所 "{name}"', f'no site "{name}"'), did_you_mean(name, BUILT_IN))


def _not_yet(data: Mapping[str, Any]) -> Iterator[Finding]:
    fidelity = data.get("fidelity", "wire")
    for row in NOT_YET:
        for path, value in _values(data, tuple(row.key.split(".")), ()) if row.fidelity == fidelity else ():
            if row.asked(value):
                what = tr(f'fidelity = "{fidelity}" 不模拟：{row.zh}', f'not simulated with fidelity = "{fidelity}": {row.en}')
                way_out = tr(f'删去 {path[-1]}，或写 fidelity = "{row.other}"', f'remove {path[-1]}, or write fidelity = "{row.other}"')
                yield Finding(path, what, way_out)


def _values(data: Any, keys: tuple[str, ...], path: Place) -> Iterator[tuple[Place, Any]]:
    """Every value at that path of keys; rows of a list are tried one by one."""
    if isinstance(data, tuple) and keys:
        for index, row in enumerate(data):
            yield from _values(row, keys, (*path, index))
    elif not keys:
        yield path, data
    elif isinstance(data, dict) and keys[0] in data:
        yield from _values(data[keys[0]], keys[1:], (*path, keys[0]))


def _check_rows(data: Mapping[str, Any], site: Site) -> list[Finding]:
    """The names in rows that are right by themselves, where something else in the file is wrong."""
    return [
        *check_faults(_good_rows(data, "fault", Fault), site),
        *check_random_faults(_good_rows(data, "random_fault", RandomFault), site),
    ]


def _good_rows(data: Mapping[str, Any], key: str, table: type[Row]) -> Iterator[tuple[int, Row]]:
    rows = data.get(key)
    for index, row in enumerate(rows if isinstance(rows, tuple) else ()):
        with suppress(ValidationError):
            yield index, table.model_validate(row)


def _plain(value: Any) -> Any:
    """The same data as JSON has it, with sorted keys."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (date, time)) else value


def _tidied(node: Any) -> Any:
    """A schema as people write scenarios: absent keys instead of null, no defaults in microseconds, no generated titles."""
    if isinstance(node, list):
        return [_tidied(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _tidied(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    choices = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        kept = {**choices[0], **kept}
    elif choices:
        kept["anyOf"] = choices
    default = kept.get("default", "")
    if default is None or isinstance(default, dict) or (kept.get("type") == "string" and not isinstance(default, str)):
        del kept["default"]
    return kept
