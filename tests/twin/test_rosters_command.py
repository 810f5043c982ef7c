"""`caixue roster`: what it reads, writes and prints, and that its scenario shows the real roster."""

from __future__ import annotations

import builtins
import csv
import io
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caixue.cli import main
from caixue.errors import UsageError
from caixue.site import load_site
from twin import run
from twin.rosters.people import read_team, team_of
from twin.rosters.requirement import need_on, read_requirement
from twin.rosters.terms import Shift, clock
from twin.scenario import load_scenario

MONDAY = "2026-11-23"
PEOPLE = """schema = 1
[shifts]
spans = ["07:00-11:00", "07:00-13:00", "09:00-13:00"]
[[person]]
name = "张华"
skills = ["venipuncture", "children"]
[[person]]
name = "李明"
days_off = ["tue"]
[[person]]
name = "王芳"
max_week = "18 h"
leave = [{ from = 2026-11-24, until = 2026-11-25 }]
[[need]]
skill = "children"
span = "07:00-09:00"
"""
PLAN = {
    "schema": 1,
    "scenario": "small",
    "date": MONDAY,
    "requirement": [{"from": clock(slot), "to": clock(slot + 1), "windows": 2, "nurses": 1} for slot in range(14, 26)],
    "overtime_h": 0.25,
}


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    return tmp_path / "people.toml"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "staff-small.json").write_text(json.dumps(PLAN), encoding="utf-8")
    return tmp_path / "staff-small.json"


def told(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["roster", *map(str, words)])
    out, err = capfd.readouterr()
    return code, out, err


def solver() -> None:
    pytest.importorskip("highspy")


def test_the_file_of_people_is_read_with_all_it_says(people: Path) -> None:
    team = read_team(people)
    first, second, third = team.people
    assert first.skills == {"venipuncture", "children"} and second.days_off == {1} and third.most_week == 36
    assert third.leave == {date(2026, 11, 24), date(2026, 11, 25)}
    assert team.shifts == (Shift(14, 22), Shift(14, 26), Shift(18, 26))
    assert team.needs[0].span == Shift(14, 18)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('days_off = ["tue"]', 'days_off = ["thus"]', "是不是想写 'thu'"),
        ("max_week", "max_weak", "max_week"),
        ('"18 h"', '"18 h 10 min"', "半小时"),
        ('"07:00-11:00"', '"07:10-11:00"', "半点"),
        ("李明", "张华", "写了两次"),
        ("until = 2026-11-25", "until = 2026-11-22", "先始后终"),
        ("schema = 1", "schema = 2", "schema"),
    ],
)
def test_a_mistake_in_the_file_of_people_is_told_with_its_place(people: Path, old: str, new: str, words: str) -> None:
    people.write_text(PEOPLE.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        read_team(people)
    assert "people.toml" in str(raised.value) and words in str(raised.value)


def test_without_a_file_the_nurses_of_the_site_are_rostered() -> None:
    assert [person.name for person in team_of(load_site("eight-window")).people] == [f"nurse-{number}" for number in range(1, 9)]


def test_a_scenario_requires_its_nurses() -> None:
    found = read_requirement("peak-monday")
    assert found.need[13:27] == (0, *[8] * 8, *[5] * 4, 0)
    assert found.date == date(2026, 11, 23)


def test_the_json_of_a_plan_and_its_staff_file_require_the_same(tmp_path: Path, plan: Path) -> None:
    rows = [{"from": "06:30", "to": "07:00", "windows": 0, "nurses": 0, "arrivals": 0.0}, *PLAN["requirement"]]  # type: ignore[misc]
    (tmp_path / "plan.json").write_text(
        json.dumps({"schema": 1, "scenario": "small", "slots": rows, "cost": {"overtime_h": 0.25}}), encoding="utf-8"
    )
    whole, staff = read_requirement(str(tmp_path / "plan.json")), read_requirement(str(plan))
    assert whole.need == staff.need and whole.overtime_h == staff.overtime_h == 0.25


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"scenario": "x", "requirement": [{"from": "a", "to": "b", "nurses": 1}]}',
        '{"scenario": "x", "slots": []}',
        '{"scenario": "x", "overtime_h": NaN, "requirement": [{"from": "07:00", "to": "08:00", "nurses": 1}]}',
        '{"scenario": "x", "date": "yesterday", "requirement": [{"from": "07:00", "to": "08:00", "nurses": 1}]}',
    ],
)
def test_what_is_no_plan_is_refused_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        read_requirement(str(tmp_path / "x.json"))


def test_on_days_off_only_opening_hours_are_required() -> None:
    site, found = load_site("eight-window"), read_requirement("peak-monday")
    saturday = need_on(date(2026, 11, 28), site, [found])
    assert [slot for slot, count in enumerate(saturday) if count] == list(range(15, 23))  # 07:30-11:30


def test_a_roster_of_two_days_is_covered_and_written(tmp_path: Path, people: Path, plan: Path, capfd: pytest.CaptureFixture[str]) -> None:
    solver()
    code, out, _ = told(capfd, plan, "--people", people, "--days", "2", "--out", tmp_path / "out", "--json")
    data = json.loads(out)
    assert data["broken"] == [] and [day["date"] for day in data["days"]] == [MONDAY, "2026-11-24"]
    names = {person["name"]: [duty["date"] for duty in person["duties"]] for person in data["people"]}
    assert "2026-11-24" not in [*names["李明"], *names["王芳"]]
    assert code == (0 if data["complete"] else 99)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "roster.csv").read_text(encoding="utf-8-sig"))))
    assert sum(float(row["paid_h"]) for row in rows) == data["paid_h"]


def test_too_few_people_are_told_by_half_hour_and_the_exit_code_is_99(
    tmp_path: Path, people: Path, plan: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    solver()
    rows = [{**row, "nurses": 3} for row in PLAN["requirement"]]  # type: ignore[attr-defined, dict-item]
    plan.write_text(json.dumps({**PLAN, "requirement": rows}), encoding="utf-8")
    code, out, _ = told(capfd, plan, "--people", people, "--from", "2026-11-24", "--out", tmp_path / "out")
    assert code == 99
    assert "11-24 二 07:00-07:30 缺 护士 2（需 3）" in out


def test_the_table_fits_a_chinese_console(tmp_path: Path, people: Path, plan: Path, capfd: pytest.CaptureFixture[str]) -> None:
    solver()
    for days in (1, 5):
        code, out, _ = told(capfd, plan, "--people", people, "--days", days, "--out", tmp_path / "out")
        table = [line for line in out.splitlines() if "roster" not in line]
        assert code in (0, 99) and max(len(line.encode("gbk")) for line in table) <= 80
        assert "求解：" in out and "张华" in out


def test_the_same_roster_is_written_twice_byte_for_byte(
    tmp_path: Path, people: Path, plan: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    solver()
    for name in ("a", "b"):
        told(capfd, plan, "--people", people, "--days", "3", "--out", tmp_path / name, "-q")
    assert (tmp_path / "a" / "roster.json").read_bytes() == (tmp_path / "b" / "roster.json").read_bytes()


def test_with_the_previous_roster_nothing_changes_that_need_not(
    tmp_path: Path, people: Path, plan: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    solver()
    told(capfd, plan, "--people", people, "--days", "3", "--out", tmp_path / "a", "-q")
    _, out, _ = told(
        capfd, plan, "--people", people, "--days", "3", "--out", tmp_path / "b", "--previous", tmp_path / "a" / "roster.json", "--json"
    )
    assert json.loads(out)["changes"] == 0


def test_the_scenario_with_the_roster_runs_with_the_nurses_who_are_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    solver()
    assert told(capfd, "peak-monday", "--out", tmp_path, "--set", "staff.nurses={'07:00-11:00'=6,'11:00-13:00'=3}", "-q")[0] == 0
    path = tmp_path / f"roster-peak-monday-{MONDAY}.toml"
    spans = tomllib.loads(path.read_text(encoding="utf-8"))["staff"]["nurses"]
    data = json.loads((tmp_path / "roster.json").read_text(encoding="utf-8"))
    assert spans == data["days"][0]["staff_nurses"]
    scenario = load_scenario(str(path), ["fidelity=timing"])
    assert sum((span.end_us - span.start_us) / 3.6e9 * span.count for span in scenario.staff.nurses or ()) <= data["paid_h"]
    short = run(scenario, replications=20).data["figures"]["patient.wait.p90"]
    enough = run(load_scenario("peak-monday", ["fidelity=timing"]), replications=20).data["figures"]["patient.wait.p90"]
    assert short > enough + 600  # seconds: five or six nurses for the people of eight


def test_a_day_without_clinic_is_told(people: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], plan: Path) -> None:
    solver()
    site = tmp_path / "site.toml"
    site.write_text('extends = "eight-window"\n[opening]\nweekend = []\n', encoding="utf-8")
    code, _, err = told(capfd, plan, "--people", people, "--site", site, "--from", "2026-11-28", "--out", tmp_path / "out")
    assert code == 2 and "休诊" in err


@pytest.mark.parametrize("day", ["soon", "9999-12-31"])
def test_a_first_day_that_is_none_is_told(plan: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], day: str) -> None:
    solver()
    code, _, err = told(capfd, plan, "--from", day, "--out", tmp_path / "out")
    assert code == 2 and day in err


def test_without_the_solver_the_extra_is_named(
    plan: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "highspy":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    code, _, err = told(capfd, plan, "--out", tmp_path / "out")
    assert code == 2 and "caixue[plan]" in err
    assert not (tmp_path / "out").exists()
