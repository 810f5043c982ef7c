"""The doctor: every check says how it is and what to do; what it cannot know is unknown and never good; nothing it meets is a traceback."""

from __future__ import annotations

import json
import os
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest

from caixue.agent.opening import folder_of
from caixue.agent.status import Lock
from caixue.cli import main
from caixue.clock import SHANGHAI, SystemClock
from caixue.doctor import machine
from caixue.doctor.findings import Check, Finding, State, examine, worst
from caixue.doctor.room import Room
from caixue.errors import LedgerError
from caixue.journal import Draft
from caixue.lease import Leases
from caixue.ledger import open_ledger
from caixue.ledger.backup import back_up
from caixue.link.arming import Grant
from caixue.site import load_site
from tests.caixue.scripted import FakeClock

SITE = load_site("eight-window")
PEOPLE = {person.name: person.role for person in SITE.people}


def states(findings: object, check: str = "") -> list[State]:
    return [each.state for each in findings if not check or each.check == check]  # type: ignore[attr-defined]


# How checks are run.


def test_a_check_that_fails_by_our_own_mistake_is_unknown_and_one_that_finds_nothing_too() -> None:
    def mistaken() -> list[Finding]:
        raise KeyError("ours")

    def refused() -> list[Finding]:
        raise LedgerError("gone")

    found = list(examine([Check("a", mistaken), Check("b", list), Check("c", refused)]))
    assert states(found) == [State.UNKNOWN, State.UNKNOWN, State.CRIT]
    assert "KeyError" in found[0].text


def test_unknown_is_never_good_and_graver_than_a_warning() -> None:
    rows = [Finding("x", state, "") for state in (State.OK, State.WARN, State.UNKNOWN)]
    assert worst(rows[:1]) is State.OK and worst(rows[:2]) is State.WARN and worst(rows) is State.UNKNOWN
    assert worst([]) is State.UNKNOWN


# The machine.


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("2.0.36", ">=2.0.36,<2.2", True),
        ("2.2.0", ">=2.0.36,<2.2", False),
        ("3.16.1", ">=3.16.1,<3.17", True),
        ("3.9", ">=3.11", False),
        ("2024.1", "", True),
        ("1.0", "==1.0.0", True),
        ("5.0rc1", "<5", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, bounds: str, fits: bool) -> None:
    assert machine._fits(version, bounds) is fits


def test_the_packages_here_are_those_that_the_project_asks_for() -> None:
    names = {name for name, _ in machine.requirements()}
    assert {"pydantic", "sqlalchemy", "pyserial", "typer"} <= names and "numba" not in names
    assert states(machine.packages())[-1] is not State.CRIT


def test_a_package_that_is_missing_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "requirements", lambda: [("no-such-package", ">=1,<2")])
    (found,) = machine.packages()
    assert found.state is State.CRIT and "no-such-package>=1,<2" in found.hint


@pytest.mark.parametrize(("version", "state"), [((3, 40, 1), State.WARN), ((3, 51, 2), State.WARN), ((3, 51, 3), State.OK), ((3, 54, 1), State.OK)])
def test_the_sqlite_with_the_wal_reset_defect_is_named(version: tuple[int, ...], state: State) -> None:
    assert states(machine.sqlite(version)) == [state]


def test_a_clock_before_the_program_was_installed_is_wrong() -> None:
    clock = FakeClock()
    now_s = clock.now().timestamp()
    assert states(machine.clock_sane(clock, now_s - 1)) == [State.OK]
    assert states(machine.clock_sane(clock, now_s + 3 * 86_400)) == [State.CRIT]


def test_a_year_whose_holidays_nobody_has_published_is_provisional() -> None:
    assert states(machine.calendar(FakeClock())) == [State.OK, State.WARN]  # 2026 and 2027
    late = FakeClock()
    late.now_us = 400 * 86_400 * 1_000_000
    assert states(machine.calendar(late))[0] is State.CRIT


def test_a_console_without_chinese_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    Stream = namedtuple("Stream", "encoding")
    for encoding, state in (("utf-8", State.OK), ("gbk", State.OK), ("ascii", State.WARN), ("no-such", State.UNKNOWN)):
        monkeypatch.setattr(sys, "stdout", Stream(encoding))
        assert states(machine.console()) == [state]


def test_an_armed_device_is_told_with_who_armed_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path))
    clock = SystemClock()
    assert states(machine.leases(clock)) == [State.OK]
    Leases(clock).acquire("here", Grant("wang", ("window-1.printer",), clock.now() + timedelta(hours=1)), ["COM3"])
    (found,) = machine.leases(clock)
    assert found.state is State.WARN and "wang" in found.text


def test_what_ships_is_whole() -> None:
    assert states(machine.fonts()) == [State.OK]
    assert State.CRIT not in states(machine.time_zone(SystemClock()))


# The site.


def room(folder: Path) -> Room:
    return Room(SITE, str(folder / "ledger.db"), SystemClock())


def test_a_ledger_that_is_not_there_yet_is_unknown_and_none_is_made(tmp_path: Path) -> None:
    assert states(room(tmp_path).books()) == [State.UNKNOWN]
    assert list(tmp_path.iterdir()) == []


def test_a_whole_ledger_without_a_backup_is_told_so_and_with_one_it_is_well(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.db", site=SITE.name, people=PEOPLE, clock=SystemClock()) as ledger:
        ledger.note([Draft("alarm.raised", "printer", {"alarm": "x"})], actor="monitor")
    found = list(room(tmp_path).books())
    assert (states(found, "ledger"), states(found, "backup")) == ([State.OK], [State.CRIT])
    with open_ledger(tmp_path / "ledger.db", site=SITE.name, people=PEOPLE, clock=SystemClock()) as ledger:
        back_up(ledger, tmp_path / "backups")
    assert states(room(tmp_path).books()) == [State.OK, State.OK]


def test_a_ledger_that_somebody_edited_is_found(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with open_ledger(tmp_path / "ledger.db", site=SITE.name, people=PEOPLE, clock=SystemClock()) as ledger:
        for number in range(5):
            ledger.note([Draft("alarm.raised", f"printer-{number}", {"alarm": "x"})], actor="monitor")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db, db:
        db.execute("UPDATE entry SET body = replace(body, 'printer-1', 'printer-9') WHERE seq = 1")
    assert State.CRIT in states(examine([Check("ledger", room(tmp_path).books)]))


def test_a_clock_behind_the_last_entry_is_found(tmp_path: Path) -> None:
    clock = SystemClock()
    ahead = 3_600_000_000
    with open_ledger(tmp_path / "ledger.db", site=SITE.name, people=PEOPLE, clock=clock) as ledger:
        ledger.note([Draft("alarm.raised", "printer", {"alarm": "x"})], actor="monitor", at_us=ahead)
    assert states(room(tmp_path).books(), "clock") == [State.CRIT]


def test_the_disk_is_looked_at_and_that_of_a_server_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    Usage = namedtuple("Usage", "total used free")
    for free, state in ((10**12, State.OK), (10**9, State.WARN), (10**6, State.CRIT)):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: Usage(2 * free, free, free))
        assert states(room(tmp_path).disk())[0] is state
    assert states(Room(SITE, "postgresql+pg8000://here/ledger", SystemClock()).disk()) == [State.UNKNOWN]


def test_the_agent_is_well_only_while_its_heart_beats_and_nothing_waits(tmp_path: Path) -> None:
    one = room(tmp_path)
    folder = folder_of(one.ledger, SITE.name)
    assert states(one.agent()) == [State.WARN]
    folder.make()
    now = one.clock.now()
    with Lock(folder):
        folder.write({"heartbeat": now.isoformat(), "pid": 1})
        assert states(one.agent()) == [State.OK]
        folder.write({"heartbeat": now.isoformat(), "pid": 1, "spool": {"waiting": 3}})
        assert states(one.agent()) == [State.CRIT]
        folder.write({"heartbeat": (now - timedelta(minutes=5)).astimezone(SHANGHAI).isoformat(), "pid": 1})
        assert states(one.agent()) == [State.CRIT]


def test_a_device_that_does_not_answer_is_found_and_nothing_is_noted_of_it(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    row = '[[device]]\nname = "conveyor-1"\nkind = "conveyor"\nurl = "socket://127.0.0.1:1"\nframing = "mbap"\nunit = 1\n'
    file.write_text(f'schema = 1\nextends = "eight-window"\n{row}', encoding="utf-8")
    found = list(Room(load_site(file), str(tmp_path / "ledger.db"), SystemClock()).devices())
    assert [(each.check, each.state) for each in found] == [("conveyor-1", State.CRIT)]
    assert not (tmp_path / "ledger.db").exists()


# The command.


def test_the_command_prints_json_for_programs_and_exits_99_on_something_critical(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path))
    assert main(["doctor", "--json"]) in (0, 99)
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1 and {row["state"] for row in data["findings"]} <= {state.value for state in State}
    (tmp_path / "site.toml").write_text("schema = 1\nnonsense = 1\n", encoding="utf-8")
    assert main(["doctor", "--json"]) == 99
    found = {row["check"]: row for row in json.loads(capsys.readouterr().out)["findings"]}
    assert found["site"]["state"] == "CRIT" and "nonsense" in found["site"]["text"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"SQLite format 3\x00 and nonsense"], ids=["no database", "empty", "half a database"])
def test_whatever_lies_where_the_ledger_should_be_there_is_no_traceback(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path))
    (tmp_path / "ledger.db").write_bytes(content)
    assert main(["doctor", "eight-window", "--ledger", "ledger.db"]) == 99
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err and said.err == ""


def test_the_table_can_be_read_on_a_gbk_console(tmp_path: Path) -> None:
    import subprocess

    environment = {**os.environ, "PYTHONIOENCODING": "gbk", "CAIXUE_RUN_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "caixue.cli", "doctor"], env=environment, capture_output=True, cwd=tmp_path)
    assert "总的结果" in done.stdout.decode("gbk") and b"\\u" not in done.stdout
