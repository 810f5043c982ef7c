"""A scenario past the door: everything in it is right, in microseconds, and the same for everybody who reads it."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from caixue.errors import UsageError
from caixue.site import load_site
from twin.faults.catalogue import GENERAL, Fault
from twin.scenario import (
    NOT_YET,
    Scenario,
    ScenarioError,
    builtin_scenarios,
    check_against,
    json_schema,
    load_scenario,
    matching,
    parse_scenario,
    recorded_load,
    scenario_site,
)

MINUTE = 60_000_000
HOUR = 60 * MINUTE
HERE = Path("scenario.toml")
SMALL = 'schema = 1\nsite = "bare-windows"\n[load]\nrates_per_h = [200]\n'
FULL = """\
schema = 1
title = "周一早高峰，3 号窗卡管"
site = "eight-window"
start = 2026-11-23T07:00:00+08:00
duration = "6 h"
seed = 20261123
fidelity = "wire"

[load]
profile = "weekday-morning"
scale = 1.2
service = { distribution = "lognormal", mean = "110 s", sd = "45 s" }
priority_share = 0.15
[[patient_class]]
name = "timed"
share = 0.02
returns = ["60 min", "120 min"]
tolerance = "5 min"
[[patient_class]]
name = "elderly"
share = 0.1
service_factor = 1.35
priority = 1
patience = { distribution = "exponential", mean = "1 h 30 min" }
tubes_mean = 4

[staff]
engineers = 2
nurses = { "10:30-13:00" = 5, "06:30-10:30" = 8 }
[windows]
open = { "1-4" = "07:00-12:00", "5-8" = "07:30-11:00" }

[[steady]]
figure = "window.usable"
limit = ">= 8"

[[fault]]
at = "+45 min"
device = "window-3.tube-dispenser"
kind = "tube-jam"
[[fault]]
at = "+60 min"
link = "window-5.tube-dispenser"
kind = "bad-crc"
every = 7
for = "10 min"

[[expect]]
figure = "patient.wait.p90"
limit = "<= 15 min"
[[expect]]
figure = "incident.repair.max"
where = "class == 一般"
limit = "<= 30 min"
clause = "R3"
"""


def read(text: str, *overrides: str) -> Scenario:
    return parse_scenario(text.encode(), HERE, overrides)


def test_durations_are_held_in_microseconds() -> None:
    scenario = read(FULL)
    timed, elderly = scenario.patient_classes
    assert scenario.duration_us == 6 * HOUR
    assert (scenario.load.service.mean_us, scenario.load.service.sd_us) == (110_000_000, 45_000_000)
    assert (timed.returns_us, timed.tolerance_us) == ((HOUR, 2 * HOUR), 5 * MINUTE)
    assert elderly.patience is not None and elderly.patience.mean_us == 90 * MINUTE


def test_a_fault_names_its_target_its_end_and_what_its_kind_needs() -> None:
    jam, crc = read(FULL).faults
    assert (jam.at_us, jam.target, jam.kind, jam.until_repaired, jam.detail) == (
        45 * MINUTE,
        "window-3.tube-dispenser",
        "tube-jam",
        True,
        {},
    )
    assert (crc.link, crc.for_us, crc.until_repaired, crc.detail) == ("window-5.tube-dispenser", 10 * MINUTE, False, {"every": 7})


def test_hours_of_the_day_become_times_after_the_start() -> None:
    scenario = read(FULL)
    assert [(span.start_us, span.end_us, span.count) for span in scenario.nurse_spans or ()] == [
        (0, 210 * MINUTE, 8),
        (210 * MINUTE, 6 * HOUR, 5),
    ]
    spans = scenario.window_spans
    assert isinstance(spans, tuple)
    assert [span.window for span in spans] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (spans[7].start_us, spans[7].end_us) == (30 * MINUTE, 4 * HOUR)


def test_a_limit_is_in_the_unit_of_its_figure() -> None:
    scenario = read(FULL)
    wait, repair = (row.expectation() for row in scenario.expectations)
    assert (wait.operator, wait.value, wait.limit, wait.clause) == ("<=", 900.0, "<= 15 min", "project")
    assert (repair.where, repair.clause, repair.holds(1800.0), repair.holds(1800.1)) == ("class == 一般", "R3", True, False)
    [steady] = (row.expectation() for row in scenario.steady)
    assert (steady.figure, steady.operator, steady.value) == ("window.usable", ">=", 8.0)


@pytest.mark.parametrize(
    ("figure", "limit", "value"),
    [
        ("patient.wait.max", "< 1.5 h", 5400.0),
        ("patient.wait.max", ">   90 秒", 90.0),
        ("label.crossed", "== 0", 0.0),
        ("window.busy.share", ">= 0.85", 0.85),
        ("queue.length.by_slot", "<= 30", 30.0),
        ("window.below_eight.minutes", "<= 0 s", 0.0),
    ],
)
def test_a_limit_may_be_written_like_this(figure: str, limit: str, value: float) -> None:
    [row] = read(SMALL + f'[[expect]]\nfigure = "{figure}"\nlimit = "{limit}"\n').expectations
    assert row.limit.value == value


def test_everything_but_schema_load_and_site_has_a_default() -> None:
    scenario = read(SMALL)
    assert scenario.start.isoformat() == "2026-11-23T07:00:00+08:00"
    assert (scenario.duration_us, scenario.days, scenario.fidelity, scenario.load.scale) == (6 * HOUR, 1, "wire", 1.0)
    assert (scenario.nurse_spans, scenario.window_spans, scenario.staff.engineers) == (None, None, 1)
    assert (scenario.load.slot_us, scenario.load.service.distribution) == (HOUR, "lognormal")
    assert not (scenario.faults or scenario.expectations or scenario.steady or scenario.random_faults.enabled)


def test_a_scenario_cannot_be_changed() -> None:
    scenario = read(FULL)
    with pytest.raises(ValidationError):
        scenario.seed = 8
    with pytest.raises(ValidationError):
        scenario.load.scale = 2.0


def test_breakdowns_of_bare_windows_have_rates_of_their_own() -> None:
    repair = 'repair = { distribution = "empirical", values = ["1 h", "2 h"] }'
    scenario = read(
        SMALL + f'[windows]\ncount = 10\n[[random_fault]]\ndevice = "window-*"\nkind = "out-of-service"\nmtbf = "40 h"\n{repair}\n'
    )
    [row] = scenario.random_fault_rows
    assert (row.mtbf_us, row.repair.values_us) == (40 * HOUR, (HOUR, 2 * HOUR))
    assert len(scenario_site(scenario).windows) == 10


def test_the_canonical_form_is_the_file_with_the_overrides_as_json() -> None:
    scenario = read(FULL, "seed=8", "load.scale=1.5")
    text = json.dumps(scenario.canonical)
    assert json.loads(text)["seed"] == 8 and json.loads(text)["load"]["scale"] == 1.5
    assert json.loads(text)["start"] == "2026-11-23T07:00:00+08:00"
    assert list(scenario.canonical) == sorted(scenario.canonical)
    assert scenario.canonical == read(FULL.replace("\n\n", "\n"), "seed=8", "load.scale=1.5").canonical


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("seed=7", "seed", 7),
        ("load.scale = 0.5", "load.scale", 0.5),
        ('title="Dienstag"', "title", "Dienstag"),
        ("title=周二", "title", "周二"),
        ("duration=4 h", "duration_us", 4 * HOUR),
        ("fault.0.at=+10 min", "faults.0.at_us", 10 * MINUTE),
        ("fault.1.every=3", "faults.1.detail", {"every": 3}),
        ("start=2026-11-24T06:45:00+08:00", "start", datetime.fromisoformat("2026-11-24T06:45:00+08:00")),
        ('staff.nurses."10:30-13:00"=6', "staff.nurses.1.count", 6),
        ("random_faults.scale=2", "random_faults.scale", 2.0),
        ("expect=[]", "expectations", ()),
        ("load.service.mean=2 min", "load.service.mean_us", 2 * MINUTE),
    ],
)
def test_an_override_changes_one_value(override: str, path: str, value: object) -> None:
    found: Any = read(FULL, override)
    for step in path.split("."):
        found = found[int(step)] if step.isdecimal() else getattr(found, step)
    assert found == value


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("seed", "load.scale=1.2"),
        ("=7", "load.scale=1.2"),
        ("", "load.scale=1.2"),
        ("sed=7", '"seed"'),
        ("seed=seven", "seed = 3"),
        ("0=1", "schema"),
        ("load.service.5=1", "mean"),
        ("seed=7\nload=3", "写法如"),
        ("fault.5.at=+1 min", "0 到 1"),
        ("fault.at=+1 min", "0 到 1"),
        ("seed.x=1", "seed"),
        ("duration=90", '"90 min"'),
        ("fault.0.kind=tube-jamb", '"tube-jam"'),
        ("site=eight-windows", '"eight-window"'),
        ("title=\udcff\x00", "写法如"),
    ],
)
def test_a_bad_override_is_told_as_it_was_written(override: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    with pytest.raises(ScenarioError) as caught:
        read(FULL, override)
    assert "--set " + override.split("\n")[0].split("\udcff")[0] in str(caught.value)
    assert words in caught.value.problems[0].what + caught.value.problems[0].hint


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()
    assert parse_scenario(windows, HERE) == read(FULL)


def test_a_line_is_counted_right_with_windows_line_ends() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(FULL.replace("seed =", "sead =").replace("\n", "\r\n").encode(), HERE)
    assert [problem.line for problem in caught.value.problems] == [6]


# where scenarios come from


def test_a_shipped_scenario_is_found_by_its_name() -> None:
    for name, title in builtin_scenarios():
        scenario = load_scenario(name)
        assert (scenario.name, scenario.title) == (name, title)


def test_an_unknown_name_suggests_the_nearest() -> None:
    [name, *_] = [name for name, _ in builtin_scenarios()]
    with pytest.raises(ScenarioError, match=f'"{name}"'):
        load_scenario(name[:-1])


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "我的 场景.toml").write_text(FULL, encoding="utf-8")
    scenario = load_scenario(str(tmp_path / "我的 场景.toml"), ["seed=3"])
    assert (scenario.name, scenario.seed, scenario.path) == ("我的 场景", 3, tmp_path / "我的 场景.toml")


@pytest.mark.parametrize("name", ["", ".", "no\0thing", "x" * 5000, "../nowhere/", "x/" + "y" * 300 + ".toml", "\udcff.toml"])
def test_a_path_that_cannot_be_one_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError):
        load_scenario(name)


def test_a_folder_a_missing_file_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    for name, words in (("folder.toml", "folder.toml"), ("huge.toml", "1 MB"), ("smal.toml", '"small.toml"')):
        with pytest.raises(ScenarioError, match=words):
            load_scenario(str(tmp_path / name))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(SMALL, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(ScenarioError):
        load_scenario(str(path))


def test_paths_in_a_scenario_are_relative_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("arrived_at\n07:05\n07:06\n", encoding="utf-8")
    (tmp_path / "room.toml").write_text('schema = 1\nextends = "bare-windows"\nname = "room"\n', encoding="utf-8")
    (tmp_path / "s.toml").write_text('schema = 1\nsite = "room.toml"\n[load]\narrivals_csv = "day.csv"\n', encoding="utf-8")
    scenario = load_scenario(str(tmp_path / "s.toml"))
    log = recorded_load(scenario)
    assert scenario_site(scenario).name == "room"
    assert log is not None and log.arrived_us == (5 * MINUTE, 6 * MINUTE)


def test_a_recorded_service_needs_its_columns(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("arrived_at\n07:05\n", encoding="utf-8")
    text = 'schema = 1\nsite = "bare-windows"\n[load]\narrivals_csv = "day.csv"\nservice = { distribution = "recorded" }\n'
    scenario = parse_scenario(text.encode(), tmp_path / "s.toml")
    with pytest.raises(UsageError, match="service_started_at"):
        recorded_load(scenario)
    assert recorded_load(read(FULL)) is None


# names


def test_a_wildcard_stays_between_the_dots() -> None:
    names = ("window-1", "window-2", "window-2.label-printer", "engineer-1")
    assert matching("window-*", names) == ("window-1", "window-2")
    assert matching("window-*.label-printer", names) == ("window-2.label-printer",)


def test_names_are_checked_against_the_site_and_the_catalogue_given() -> None:
    rows = {("tube-dispenser", "tube-jam"): Fault("tube-jam", "tube-dispenser", "jam", "卡", "jam", GENERAL, 60.0, 10.0, "a test")}
    [finding] = check_against(read(FULL), load_site("eight-window"), rows)
    assert finding.path == ("fault", 1, "kind")
    without_devices = check_against(read(FULL), load_site("bare-windows"), rows)
    assert [finding.path for finding in without_devices] == [("fault", 0, "device"), ("fault", 1, "link")]


def test_every_key_that_is_not_simulated_yet_is_a_key_of_the_format() -> None:
    schema = json_schema()
    for row in NOT_YET:
        node = schema
        for key in row.key.split("."):
            node = node["properties"][key]
            node = node.get("items", node)
            node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def test_the_json_schema_names_what_people_write() -> None:
    schema = json_schema()
    assert schema["required"] == ["schema", "site", "load"]
    assert schema["properties"]["duration"]["type"] == "string"
    assert "patient.wait.p90" in schema["$defs"]["Expect"]["properties"]["figure"]["enum"]
    assert "_us" not in json.dumps(schema)


# whatever the bytes

LINES = FULL.encode().split(b"\n")
JUNK = [
    b"[",
    b"]",
    b"=",
    b'"',
    b"'",
    b"#",
    b"{",
    b"}",
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b".",
    b'"""',
    b"-1",
    b"nan",
    b"1e999",
    b"9" * 40,
    b"\\u0000",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good scenario with lines swapped, doubled and lost, and junk in them."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        place, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["junk", "junk", "cut", "swap", "double", "lose", "value"])):
            case "junk":
                at = draw(st.integers(0, len(lines[place])))
                lines[place] = lines[place][:at] + draw(st.sampled_from(JUNK)) + lines[place][at:]
            case "cut":
                lines[place] = lines[place][: draw(st.integers(0, len(lines[place])))]
            case "swap":
                lines[place], lines[other] = lines[other], lines[place]
            case "double":
                lines.insert(place, lines[other])
            case "lose":
                lines[place] = b""
            case "value":
                right = lines[other].partition(b"=")[2]
                lines[place] = lines[place].partition(b"=")[0] + b"=" + right
    return b"\n".join(lines)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(mutated() | st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"a." * 400_000 + b"b = 1")
@example(b"[" + b"a." * 20 + b"a]\n" + b"b." * 20 + b"b = 1")
@example(b"a" * 900_000)
@example(b"x = " + b"{a=" * 2000)
def test_any_bytes_are_a_scenario_or_a_usage_error_that_names_the_file(content: bytes) -> None:
    try:
        assert isinstance(parse_scenario(content, HERE), Scenario)
    except UsageError as error:
        assert "scenario.toml" in str(error)


@settings(max_examples=60)
@given(
    st.text(max_size=30)
    | st.sampled_from(["load", "fault.0", "title", "site", "load.service"]).flatmap(
        lambda key: st.text(max_size=20).map(lambda value: f"{key}={value}")
    )
)
def test_any_override_is_applied_or_a_usage_error(override: str) -> None:
    try:
        assert isinstance(read(FULL, override), Scenario)
    except UsageError as error:
        assert "--set" in str(error)
