"""The agenda of the engineer: every duty says what is due and what is late, from the record alone, and says it no longer once it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import metadata
from typing import Any

import pytest
import typer

from caixue.cli import COMMANDS, main
from caixue.cli_help import App
from caixue.contract import clause_ids
from caixue.months.agenda import AGENDA, Entry, agenda
from caixue.months.agenda_rows import Record
from caixue.ops.attendance import Attendance
from caixue.ops.closing import Closings
from caixue.ops.daily import DailyCounts
from caixue.ops.dating import record_start
from caixue.ops.inspection import Inspection
from caixue.site import SpecialPeriod, load_site
from tests.caixue.ops.learning_bench import LearningBench
from tests.contract.month_desk import MonthDesk, desk, fits

__all__ = ["desk"]

SPRING = SpecialPeriod("spring-festival", date(2027, 2, 5), date(2027, 2, 12))


class Room(LearningBench):
    """A room with everything in its site file; the record begins on Monday, 2026-11-23, at noon."""

    def __init__(self) -> None:
        super().__init__("2026-11-23", SPRING)
        self.site = replace(load_site("eight-window-full"), special_periods=(SPRING,))
        self.people = {person.name: person.role for person in self.site.people}

    @property
    def record(self) -> Record:
        return Record(self.site, self.recorder, record_start(self.clock), self.journal)

    def due(self, duty: str) -> list[Entry]:
        """The agenda's lines of one duty."""
        return [one for one in agenda(self.record) if one.row.name == duty]

    def told(self, duty: str) -> list[tuple[str, date | None, bool]]:
        """The same: about what, by when, late or not."""
        return [(one.todo.about, one.todo.due, one.todo.overdue) for one in self.due(duty)]

    def note(self, kind: str, subject: str, **data: Any) -> None:
        self.recorder.note(kind, subject, actor="engineer-1", **data)


@pytest.fixture
def room() -> Room:
    return Room()


def test_who_should_be_there_and_has_not_come_is_named_until_he_has(room: Room) -> None:
    room.on("2026-11-24")
    assert room.told("attendance") == [("engineer-1", date(2026, 11, 24), False)]
    book = Attendance(room.recorder, room.people, room.journal)
    book.come("engineer-1", by="engineer-1", reason="bus")
    assert room.told("attendance") == []
    room.on("2026-11-25")
    assert [about for about, _, late in room.told("attendance") if late] == [next(iter(book.book.sheets))]  # he never signed out


def test_an_open_day_without_numbers_is_told_for_a_week(room: Room) -> None:
    room.on("2026-11-26")
    assert [about for about, _, late in room.told("day") if late] == [
        "2026-11-24",
        "2026-11-25",
    ]  # the record began in the middle of the 23rd
    DailyCounts(room.recorder, room.site.name, room.record.start, room.journal).note(date(2026, 11, 24), {"patients": 3}, by="engineer-1")
    assert [about for about, _, _ in room.told("day")] == ["2026-11-25"]
    room.on("2026-12-20")
    assert len(room.told("day")) == 7


def test_the_round_of_a_month_is_due_and_then_late_until_it_is_finished(room: Room) -> None:
    assert room.told("inspection") == [("2026-11", date(2026, 11, 30), False)]
    room.on("2026-12-01")
    assert room.told("inspection") == [("2026-11", date(2026, 11, 30), True), ("2026-12", date(2026, 12, 31), False)]
    room.note("inspection.started", "inspection-2026-11", month="2026-11", items=[], reason="")
    room.note("inspection.finished", "inspection-2026-11", ok=0, warn=0, crit=0, unknown=0, findings=0)
    assert room.told("inspection") == [("2026-12", date(2026, 12, 31), False)]


def test_a_finding_whose_day_has_passed_is_late_until_it_is_closed(room: Room) -> None:
    duty = Inspection(room.recorder, room.site, room.record.start, room.journal)
    room.note("inspection.started", "inspection-2026-11", month="2026-11", items=[], reason="")
    duty.hear(room.journal.events[-1])
    number = duty.find("cable loose", measure="fasten", until=date(2026, 11, 25), by="engineer-1").number
    room.on("2026-11-25")
    assert room.told("finding") == []
    room.on("2026-11-26")
    assert room.told("finding") == [(number, date(2026, 11, 25), True)]
    duty.close_finding(number, done="fastened", by="engineer-1")
    assert room.told("finding") == []


def backup(room: Room, software: str, version: str) -> None:
    about = {"medium": "backup-disk", "file": "x", "sha256": "ab" * 32, "content": "cd" * 32, "files": 1, "bytes": 1, "verified": True}
    room.note("backup.made", f"{software}-0001", software=software, version=version, **about)


def test_what_was_never_backed_up_is_due_and_so_is_the_drill_once_there_is_something_to_restore(room: Room) -> None:
    kept = ["collection-system", "driver-service", "label-templates"]
    assert [about for about, _, _ in room.told("backup")] == kept and room.told("restore-drill") == []
    backup(room, "label-templates", "2026.10")
    assert [about for about, _, _ in room.told("backup")] == kept[:2]
    assert [about for about, _, _ in room.told("restore-drill")] == ["label-templates"]
    room.note("backup.drilled", "label-templates-0001", to="x", files=1, bytes=1, compared=1, duration_us=1)
    assert room.told("restore-drill") == []
    room.on("2026-12-01")
    assert "label-templates" in [about for about, _, _ in room.told("backup")]


def test_maintenance_that_is_due_is_one_line_a_device(room: Room) -> None:
    room.on("2027-02-01")
    lines = room.told("maintenance")
    assert lines and len(lines) == len({about for about, _, _ in lines}) and any(late for *_, late in lines)


def test_a_training_that_ends_soon_is_due_and_late_once_it_has_ended(room: Room) -> None:
    assert ("engineer-1", None, False) in room.told("training")  # nothing is planned yet
    number = room.trained("nurse-1")
    room.training.passed(number, "knows it", "head-1", by="head-1", valid_until=date(2026, 12, 10))
    assert ("nurse-1", date(2026, 12, 10), False) in room.told("training")
    room.on("2026-12-11")
    assert ("nurse-1", date(2026, 12, 10), True) in room.told("training")


def test_a_complaint_that_nobody_answers_is_late(room: Room) -> None:
    number = room.feedback.receive("complaint", "waiting", "too long", role="patient", by="engineer-1")[0].subject
    assert room.told("feedback") == []
    room.on("2027-01-20")
    assert {about for about, _, late in room.told("feedback") if late} == {number}


def test_a_special_period_that_comes_without_a_plan_and_its_drills_are_due(room: Room) -> None:
    assert room.told("period") == [] and room.told("drill") == []
    room.on("2027-01-10")
    assert room.told("period") == [("spring-festival", date(2027, 2, 4), False)]
    assert room.told("drill") and not any(late for *_, late in room.told("drill"))
    room.on("2027-02-05")
    assert room.told("period") == [("spring-festival", date(2027, 2, 4), True)]
    assert all(late for *_, late in room.told("drill"))


def test_a_month_that_is_over_waits_for_each_of_its_steps_in_turn(room: Room) -> None:
    assert room.told("month") == []
    room.on("2026-12-01")
    assert [(one.todo.about, one.todo.overdue) for one in room.due("month")] == [("2026-11", False)]
    room.on("2026-12-10")
    closings = Closings(room.recorder, room.people, room.record.start, room.journal)
    (before,) = room.due("month")
    period = next(iter(closings.periods(room.clock.now())))
    closings.cut_off(period, by="engineer-1")
    (after,) = room.due("month")
    assert before.todo.overdue and after.todo.overdue and before.todo.text != after.todo.text


def test_a_patch_that_is_approved_waits_to_be_installed(room: Room) -> None:
    why = {"from_version": "2.4.1", "version": "2.4.2", "why": "fix"}
    room.note("patch.opened", "patch-0001", software="driver-service", **why)
    assert room.told("patch") == []
    room.note("patch.tested", "patch-0001", verdicts=[])
    room.note("patch.approved", "patch-0001")
    assert [about for about, _, _ in room.told("patch")] == ["patch-0001"]
    room.note("patch.installed", "patch-0001", software="driver-service", version="2.4.2", where=["x"], before="2.4.1", backup="b")
    assert room.told("patch") == []


def test_what_is_late_comes_first_and_then_the_earliest_day(room: Room) -> None:
    room.on("2027-02-05")
    lines = agenda(room.record)
    keys = [(not one.todo.overdue, one.todo.due or date.max) for one in lines]
    assert keys == sorted(keys) and {one.row.name for one in lines} >= {"month", "inspection", "maintenance", "period", "drill", "day"}


def test_nothing_is_noted_by_looking(room: Room) -> None:
    room.on("2027-02-05")
    before = len(room.journal.events)
    agenda(room.record)
    assert len(room.journal.events) == before


def test_the_command_shows_it_on_80_columns_and_to_programs(desk: MonthDesk) -> None:
    desk.past((desk.us(2, "08:00"), "reading.noted", "specimens", {"reading": "transport-time", "value": 1.0, "unit": "s", "limit": None}))
    shown, data = desk.ok("month due"), desk.ok("month due --json")
    assert fits(shown) and "caixue month list" in shown
    months = [row for row in data["due"] if row["duty"] == "month"]
    assert [(row["about"], row["clause"]) for row in months] == [(desk.month, "C6.3")]
    assert {"duty", "zh", "en", "clause", "command", "about", "text", "due", "overdue"} == set(months[0])


def test_the_agents_status_says_how_much_there_is_to_do(desk: MonthDesk, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "eight-window", "--ledger", str(desk.place), "--status"]) == 99
    assert "caixue month due" in capfd.readouterr().out
    assert main(["agent", "eight-window", "--ledger", str(desk.place), "--status", "--json"]) == 99
    assert json.loads(capfd.readouterr().out)["due"] == desk.ok("month due --json")["due"]


def words(app: typer.Typer) -> Iterator[str]:
    """Every command of a program, as it is typed."""

    def walk(command: Any, so_far: str) -> Iterator[str]:
        yield so_far
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, f"{so_far} {name}".strip())

    yield from walk(typer.main.get_command(app), "")


def test_every_row_names_a_command_that_there_is_and_a_clause_of_the_contract() -> None:
    app = App()
    for entry in metadata.entry_points(group=COMMANDS):
        entry.load()(app)
    there = set(words(app))
    assert [row.command for row in AGENDA if row.command.removeprefix("caixue ") not in there] == []
    assert len({row.name for row in AGENDA}) == len(AGENDA) and {row.clause for row in AGENDA} <= set(clause_ids())
