"""What a scenario must keep beyond single values: hours within the run, and names that the site and the catalogue know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.roles import ENGINEER, HEAD, MAKER, NURSE
from caixue.site import Site
from caixue.toml_places import Place
from caixue.tubes import TUBE_KINDS
from caixue.units import US_PER_DAY, DaySpan, day_span, day_spans, duration_us, format_duration
from twin.crew import engineers_of
from twin.days import Day, clinic_days
from twin.expectations import Expect
from twin.faults.catalogue import Fault as CatalogueRow
from twin.faults.catalogue import catalogue
from twin.faults.environment import SERVICE
from twin.faults.felt import refusal
from twin.faults.link import DIRECTIONS, SERIAL_ONLY
from twin.problems import did_you_mean, shown
from twin.scenario_model import Fault, RandomFault, Scenario
from twin.scenario_tables import ORDINARY_CLASS

Catalogue = Mapping[tuple[str, str], CatalogueRow]
MOST_SLOTS = 10_000  # for appointments
DESK_ROLES = (HEAD, NURSE, MAKER)  # who grants and signs, who is trained, who brings patches
ROOM_NAMES = ("mains", "lan", "lis", "store")  # what every room depends on and no site file lists
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, at the key that `path` leads to."""

    path: Place
    what: str
    hint: str = ""


def check_itself(scenario: Scenario, data: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong between the tables of one file; `data` is the file as read, for the places of keys."""
    yield from _check_classes(scenario)
    yield from _check_hours(scenario, data)
    if scenario.appointments is not None and scenario.duration_us // scenario.appointments.slot_us > MOST_SLOTS:
        what = tr(f"预约时段太短：一天多于 {MOST_SLOTS} 段", f"slots too short: more than {MOST_SLOTS} a day")
        yield Finding(("appointments", "slot"), what, 'slot = "15 min"')
    if scenario.days == 1:
        yield from _check_fault_times(scenario, scenario.duration_us, tr("，或把 duration 加长", ", or make `duration` longer"))
    else:
        yield from _check_days(scenario)


def _check_fault_times(scenario: Scenario, end_us: int, way_out: str) -> Iterator[Finding]:
    for index, fault in enumerate(scenario.faults):
        if fault.at_us >= end_us:
            end = format_duration(end_us)
            what = tr(f"故障在运行结束（+{end}）之后", f"the fault comes after the end of the run (+{end})")
            yield Finding(("fault", index, "at"), what, tr(f'at 要小于 "+{end}"{way_out}', f'keep `at` below "+{end}"{way_out}'))


def _check_days(scenario: Scenario) -> Iterator[Finding]:
    """What several days cannot have."""
    if scenario.midnight_us + US_PER_DAY < scenario.duration_us:
        what = tr("多日运行的每一天要在午夜前结束", "each of several days ends before midnight")
        yield Finding(("duration",), what, 'duration = "6 h"')
    if scenario.load.arrivals_csv is not None:
        what = tr("记录的只有一天", "a recorded day is one day")
        yield Finding(("days",), what, tr("删去 days", "remove days"))


def _check_classes(scenario: Scenario) -> Iterator[Finding]:
    seen: set[str] = set()
    total = 0.0
    for index, row in enumerate(scenario.patient_classes):
        if row.name in seen:
            what = tr(f'人群 "{row.name}" 写了两次', f'class "{row.name}" stands twice')
            yield Finding(("patient_class", index, "name"), what, tr("换一个名字", "choose another name"))
        seen.add(row.name)
        if total <= 1 + 1e-9 < total + row.share:
            what = tr(
                f"各人群的 share 之和为 {total + row.share:g}，超过 1",
                f"the shares of the classes sum up to {total + row.share:g}, above 1",
            )
            yield Finding(("patient_class", index, "share"), what, tr(f"这里至多 {1 - total:g}", f"at most {max(0.0, 1 - total):g} here"))
        total += row.share
        if row.at_us is not None and row.at_us >= scenario.duration_us:
            end = format_duration(scenario.duration_us)
            what = tr(f"这批人在运行结束（+{end}）之后才来", f"the group comes after the end of the run (+{end})")
            yield Finding(("patient_class", index, "at"), what, tr(f'at 要小于 "+{end}"', f'keep `at` below "+{end}"'))


def _check_hours(scenario: Scenario, data: Mapping[str, Any]) -> Iterator[Finding]:
    nurses, opening = data.get("staff", {}).get("nurses", {}), data.get("windows", {}).get("open", {})
    spans: list[tuple[Place, DaySpan]] = [(("staff", "nurses", key), day_span(key)) for key in nurses]
    if isinstance(opening, dict):
        spans += [(("windows", "open", key), span) for key, hours in opening.items() for span in day_spans(hours)]
    start = scenario.start.strftime("%H:%M")
    for path, span in spans:
        if scenario.midnight_us + span.end_us <= 0 or scenario.midnight_us + span.start_us >= scenario.duration_us:
            what = tr(f"{span} 在运行时间之外", f"{span} lies outside the run")
            length = format_duration(scenario.duration_us)
            yield Finding(path, what, tr(f"运行从 {start} 开始，历时 {length}", f"the run starts at {start} and lasts {length}"))
    if spans and scenario.midnight_us + US_PER_DAY < scenario.duration_us:
        what = tr("按钟点写的时段只能用于一天之内的运行", "hours of the day need a run that ends within the day")
        yield Finding(spans[0][0][:2], what, tr("缩短 duration，或删去这些时段", "shorten `duration`, or remove the hours"))


def check_against(scenario: Scenario, site: Site, rows: Catalogue | None = None) -> list[Finding]:
    """What the site and the fault catalogue (`rows`; None: the project's own) do not know."""
    checks = (_check_windows, _check_lanes, _check_stock, _check_people, _check_calendar, _check_desk, _check_leave)
    found = [finding for check in checks for finding in check(scenario, site)]
    found += check_faults(enumerate(scenario.faults), site, rows)
    found += check_random_faults(enumerate(scenario.random_fault_rows), site, rows)
    if scenario.fidelity == "timing":
        found += _check_felt(scenario, site, rows)
    classes = (ORDINARY_CLASS, *(row.name for row in scenario.patient_classes))
    if scenario.windows.open != "recorded":  # there, the record names the windows
        found += check_conditions(enumerate(scenario.expectations), site, classes)
    return found


def _check_desk(scenario: Scenario, site: Site) -> Iterator[Finding]:
    """The work at the desk is part of the duties of several days, and others sign it."""
    if not scenario.staff.desk:
        return
    if scenario.days == 1 or scenario.staff.duties is False or not (site.devices and scenario.staff.engineers):
        what = tr("案头的职责要有多日运行、设备和工程师的职责", "work at the desk needs several days, devices and the engineers' duties")
        yield Finding(("staff", "desk"), what, "days = 22")
    missing = [role for role in DESK_ROLES if role not in {person.role for person in site.people}]
    if missing:
        what = tr(f"场所 {site.name} 没有 {missing[0]}", f"site {site.name} has nobody with the role {missing[0]}")
        yield Finding(("staff", "desk"), what, 'site = "eight-window"')


def _check_leave(scenario: Scenario, site: Site) -> Iterator[Finding]:
    engineers = engineers_of(scenario)
    for index, row in enumerate(scenario.leaves):
        if not scenario.staff.desk:
            what = tr("请假要在案头办理", "leave is granted at the desk")
            yield Finding(("leave", index, "person"), what, tr("在 [staff] 写 desk = true", "write desk = true in [staff]"))
        if row.person not in engineers:
            what = tr(f"没有工程师 {row.person}", f"there is no engineer {row.person}")
            yield Finding(("leave", index, "person"), what, did_you_mean(row.person, engineers))
        role = {person.name: person.role for person in site.people}.get(row.substitute, ENGINEER)
        if role != ENGINEER or row.substitute in engineers:
            what = tr(f"{row.substitute} 不能替班：不是另一名工程师", f"{row.substitute} cannot stand in: no other engineer")
            yield Finding(("leave", index, "substitute"), what, f'substitute = "engineer-{len(engineers) + 1}"')
        if any(row.first <= other.last and other.first <= row.last for other in scenario.leaves[:index] if other.person == row.person):
            what = tr(f"{row.person} 那时已请假", f"{row.person} is on leave then")
            yield Finding(("leave", index, "from"), what, tr("各次请假不得重叠", "leaves must not overlap"))


def _check_windows(scenario: Scenario, site: Site) -> Iterator[Finding]:
    if scenario.windows.open == "recorded" and (scenario.load.arrivals_csv is None or site.devices):
        what = tr('"recorded" 需要 arrivals_csv 和没有设备的场所', '"recorded" needs arrivals_csv and a site without devices')
        yield Finding(("windows", "open"), what, 'site = "bare-windows"')
    if scenario.windows.open == "recorded" and (scenario.faults or scenario.random_fault_rows):
        what = tr("尚不支持：记录的窗口发生故障", "not simulated yet: faults of recorded windows")
        yield Finding(("windows", "open"), what, tr('删去 open = "recorded" 或故障', 'remove open = "recorded", or the faults'))
    if scenario.windows.open is None or scenario.windows.open == "recorded":
        return
    last = max(span.window for span in scenario.windows.open)
    if last > len(site.windows):
        what = tr(f"没有 {last} 号窗口：共有 {len(site.windows)} 个", f"there is no window {last}: the site has {len(site.windows)}")
        yield Finding(("windows", "open"), what, f'open = {{ "1-{len(site.windows)}" = "07:00-12:00" }}')


def _check_lanes(scenario: Scenario, site: Site) -> Iterator[Finding]:
    names = tuple(window.name for window in site.windows)
    for index, row in enumerate(scenario.patient_classes):
        if row.lane is not None and row.lane not in names and scenario.windows.open != "recorded":  # there, the record names the windows
            what = tr(f'场所 {site.name} 没有窗口 "{row.lane}"', f'site {site.name} has no window "{row.lane}"')
            yield Finding(("patient_class", index, "lane"), what, did_you_mean(row.lane, names))


def _check_stock(scenario: Scenario, site: Site) -> Iterator[Finding]:
    items = tuple(row.item for row in site.stock)
    for index, row in enumerate(scenario.stock):
        if row.item not in items:
            what = tr(f'场所 {site.name} 的库里没有 "{row.item}"', f'the store of site {site.name} has no "{row.item}"')
            yield Finding(("stock", index, "item"), what, did_you_mean(row.item, items))
        elif any(row.item == other.item for other in scenario.stock[:index]):
            what = tr(f'"{row.item}" 写了两次', f'"{row.item}" stands twice')
            yield Finding(("stock", index, "item"), what, tr("删去一个", "remove one of them"))


def _check_people(scenario: Scenario, site: Site) -> Iterator[Finding]:
    """Faults of engineers who do not work in this run."""
    names = names_of(site)
    count = scenario.staff.engineers
    there = (*(f"engineer-{number}" for number in range(1, count + 1)), *(["engineer"] if count else []))
    for index, fault in enumerate(scenario.faults):
        if names.get(fault.target) == "engineer" and fault.target not in there:
            what = tr(f"{fault.target} 不当班：[staff] engineers = {count}", f"{fault.target} does not work: [staff] engineers = {count}")
            yield Finding(("fault", index, "device"), what, did_you_mean(fault.target, there) or "engineers = 1")


def _check_calendar(scenario: Scenario, site: Site) -> Iterator[Finding]:
    """What the days of the site's calendar do not give, and random faults where there are no devices."""
    if scenario.random_faults.enabled and not site.devices:
        what = tr(f"场所 {site.name} 没有设备，目录里没有它的随机故障", f"site {site.name} has no devices, and so no random faults of the catalogue")
        yield Finding(("random_faults", "enabled"), what, tr("改用 ", "use ") + "[[random_fault]]")
    if scenario.days == 1:
        return
    try:
        days = clinic_days(scenario, site)
    except UsageError as error:
        yield Finding(("days",), str(error), tr("见场所的 opening", "see `opening` of the site"))
        return
    yield from _check_fault_times(scenario, days[-1].end_us, tr("，或增加 days", ", or make `days` more"))
    shut = next((day for day in days if not _any_window(scenario, day)), None)
    if shut is not None:
        what = tr(f"{shut.date} 没有窗口开放", f"no window is open on {shut.date}")
        yield Finding(("windows", "open"), what, tr("见场所的 opening", "see `opening` of the site"))


def _any_window(scenario: Scenario, day: Day) -> bool:
    """Whether a window is open at all within the hours of that day."""
    spans = scenario.window_spans
    if spans is None or spans == "recorded":
        return True
    shift_us = day.midnight_us - scenario.midnight_us
    return any(max(day.start_us, span.start_us + shift_us) < min(day.closes_us, span.end_us + shift_us) for span in spans)


def names_of(site: Site) -> dict[str, str]:
    """Every name that a fault can hit, with the kind by which the catalogue knows it."""
    names = {name: device.kind for name, device in site.devices.items()}
    names |= {window.name: "window" for window in site.windows}
    names |= dict.fromkeys(_services(site), SERVICE)
    names |= {person.name: person.role for person in site.people}
    return names | {"engineer": "engineer"} | {name: name for name in ROOM_NAMES}


def _services(site: Site) -> tuple[str, ...]:
    """The driver services of the windows, where the site file names such a software, and so the start-up asks for it."""
    known = any(software.kind == "driver" and software.processes for software in site.software)
    return tuple(f"{window.name}.{SERVICE}" for window in site.windows if known and window.devices)


def matching(pattern: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that fit a pattern; a wildcard stays between the dots, so "window-*" is windows and not their devices."""
    return tuple(name for name in names if name.count(".") == pattern.count(".") and fnmatchcase(name, pattern))


def check_faults(faults: Iterable[tuple[int, Fault]], site: Site, rows: Catalogue | None = None) -> Iterator[Finding]:
    """What is wrong with the targets, kinds and details of [[fault]] rows, given with their places in the file."""
    rows = catalogue() if rows is None else rows
    for index, fault in faults:
        kind, findings = _target(fault, site)
        if kind == "mains" and not any(device.kind == "ups" for device in site.devices.values()):
            what = tr(f"场所 {site.name} 没有不间断电源，无从得知市电中断", f"site {site.name} has no UPS, and so nothing that tells of the mains")
            findings = [("device", what, 'site = "eight-window-full"')]
        elif kind == "store" and not site.devices:
            what = tr(f"场所 {site.name} 没有设备，没有可补的", f"site {site.name} has no devices, and so nothing to refill")
            findings = [("device", what, 'site = "eight-window"')]
        elif kind is not None:
            findings = list(_check_kind(fault, kind, site, rows))
        for key, what, hint in findings:
            yield Finding(("fault", index, key), what, hint)


def _check_felt(scenario: Scenario, site: Site, rows: Catalogue | None) -> Iterator[Finding]:
    """Faults that only wire runs simulate."""
    rows, names = catalogue() if rows is None else rows, names_of(site)
    for index, fault in enumerate(scenario.faults):
        row = rows.get(("link" if fault.link is not None else names.get(fault.target, ""), fault.kind))
        refused = refusal(row, fault.detail) if row is not None else None
        if refused is not None:
            yield Finding(("fault", index, refused[0]), refused[1], 'fidelity = "wire"')


def _target(fault: Fault, site: Site) -> tuple[str | None, list[tuple[str, str, str]]]:
    """The catalogue's word for what the fault hits, or what is wrong with the name."""
    key = "device" if fault.device is not None else "link"
    names = names_of(site) if key == "device" else dict.fromkeys(site.devices, "link")
    if fault.target in names:
        return names[fault.target], []
    if _WILDCARDS & set(fault.target):
        what = tr(f'"{fault.target}"：通配符只能用于 [[random_fault]]', f'"{fault.target}": wildcards are for [[random_fault]] only')
        return None, [(key, what, did_you_mean(fault.target, tuple(names)))]
    what = tr(f'场所 {site.name} 没有 "{fault.target}"', f'site {site.name} has no "{fault.target}"')
    return None, [(key, what, did_you_mean(fault.target, tuple(names)) or tr("这个场所没有设备", "this site has no devices"))]


def _check_kind(fault: Fault, kind: str, site: Site, rows: Catalogue) -> Iterator[tuple[str, str, str]]:
    row = rows.get((kind, fault.kind))
    if row is None:
        yield "kind", *_unknown_kind(fault.kind, fault.target, kind, rows)
        return
    if kind == "link" and fault.kind in SERIAL_ONLY and site.devices[fault.target].framing == "mbap":
        what = tr(f'"{fault.kind}" 只会发生在串行线路上：TCP 不会损坏字节', f'"{fault.kind}" is for serial lines: TCP damages no byte')
        yield "kind", what, tr('可用 "bad-crc"（事务号错）、"lost-reply"、"reset"', 'use "bad-crc" (a wrong transaction), "lost-reply" or "reset"')
        return
    known = {**row.options, **row.detail}
    for key, value in fault.detail.items():
        if key not in known:
            what = tr(f'"{fault.kind}" 没有键 "{key}"', f'"{fault.kind}" has no key "{key}"')
            yield key, what, did_you_mean(key, (*known, "at", "device", "link", "kind", "until", "for"))
        elif wrong := _wrong_detail(key, value, known[key], site):
            yield key, *wrong


def _unknown_kind(kind: str, target: str, target_kind: str, rows: Catalogue) -> tuple[str, str]:
    known = tuple(one for device, one in rows if device == target_kind)
    if not known:
        return tr(f'目录里没有 "{target}" 的故障', f'the catalogue has no faults of "{target}"'), tr(
            "见 caixue faults", "see `caixue faults`"
        )
    return tr(f'"{target}" 没有故障 "{kind}"', f'"{target}" has no fault "{kind}"'), did_you_mean(kind, known)


def _wrong_detail(key: str, value: object, default: object, site: Site) -> tuple[str, str] | None:
    """What is wrong with a kind-specific value, measured by the catalogue's default for it."""
    example = tr("写法如 ", "write it like ") + f"{key} = {_as_toml(default)}"
    what = tr(f"{shown(value)} 不能作为 {key}", f"{shown(value)} cannot be {key}")
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(default) and not (isinstance(value, tuple) and isinstance(default, list)):
        return what, example
    if key == "direction":
        return None if value in DIRECTIONS else (what, did_you_mean(str(value), tuple(DIRECTIONS)))
    if isinstance(value, str):
        return _wrong_word(str(default), value, what, example)
    if key == "lane" and value not in [number for number, _ in site.tubes.lanes]:
        return what, tr(f"料道为 1 到 {len(site.tubes.lanes)}", f"the lanes are 1 to {len(site.tubes.lanes)}")
    too_high = key == "probability" and isinstance(value, float) and value > 1
    return (what, example) if isinstance(value, (int, float)) and not isinstance(value, bool) and (too_high or not value > 0) else None


def _wrong_word(default: str, value: str, what: str, example: str) -> tuple[str, str] | None:
    if default in TUBE_KINDS:
        return None if value in TUBE_KINDS else (what, did_you_mean(value, tuple(TUBE_KINDS)))
    return (what, example) if _is_duration(default) and not _is_duration(value) else None


def _is_duration(text: str) -> bool:
    try:
        return duration_us(text) > 0
    except UsageError:
        return False


def _as_toml(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_as_toml, value)) + "]"
    return shown(value)


def check_random_faults(faults: Iterable[tuple[int, RandomFault]], site: Site, rows: Catalogue | None = None) -> Iterator[Finding]:
    """What is wrong with the targets and kinds of [[random_fault]] rows, given with their places in the file."""
    rows = catalogue() if rows is None else rows
    names = names_of(site)
    for index, fault in faults:
        targets = matching(fault.device, names)
        if not targets:
            what = tr(f'场所 {site.name} 没有 "{fault.device}"', f'site {site.name} has nothing like "{fault.device}"')
            yield Finding(("random_fault", index, "device"), what, did_you_mean(fault.device, ("window-*", *names)))
        elif any(names[target] != "window" for target in targets):
            what = tr("尚不支持：窗口以外的随机故障", "not simulated yet: random faults of anything but windows")
            yield Finding(("random_fault", index, "device"), what, 'device = "window-*"')
        elif ("window", fault.kind) not in rows:
            yield Finding(("random_fault", index, "kind"), *_unknown_kind(fault.kind, targets[0], "window", rows))


def check_conditions(expectations: Iterable[tuple[int, Expect]], site: Site, classes: Sequence[str]) -> Iterator[Finding]:
    """Values in `where` that name nothing in this site or scenario."""
    windows = (*(window.name for window in site.windows), *([site.manual_station.name] if site.manual_station.devices else []))
    for index, expect in expectations:
        of_patients = FIGURES[expect.figure].table == "patients"
        words = {"window": windows, "device": (*windows, *site.devices, *_services(site), *ROOM_NAMES), "class": tuple(classes) if of_patients else ()}
        for one in expect.conditions():
            known = words.get(one.field, ())
            if known and one.value not in known:
                what = tr(f'没有 "{one.value}"', f'there is no "{one.value}"')
                yield Finding(("expect", index, "where"), what, did_you_mean(one.value, known))
