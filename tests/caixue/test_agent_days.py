"""The agent counts the days of the window programs' journals by itself: once each, whole or not at all, and as `caixue month count` does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.agent.daily import DayLine
from caixue.agent.lines import Broken, Counted, Uncounted
from caixue.agent.opening import Asked, _agent
from caixue.agent.running import DAYS
from caixue.agent.status import Folder
from caixue.cli import main
from caixue.clock import SHANGHAI, SystemClock
from caixue.commands.agent import _say
from caixue.events import Event
from caixue.journal.file import FileJournal
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.months.counting import day_of_journals, numbers_of
from caixue.ops.daily import DailyCounts
from tests.caixue.scripted import START
from tests.caixue.test_agent import Busy
from tests.caixue.watched_room import WatchedRoom, watched_room

DAY = START.date()  # a Monday; the ledger begins at 07:00
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=SHANGHAI)
WINDOWS = [f"window-{number}" for number in range(1, 9)]
Row = tuple[float, str, str, dict[str, Any]]  # seconds since midnight


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WatchedRoom]:
    with watched_room(tmp_path) as made:
        yield made


def at(clock: str) -> float:
    """Seconds since midnight."""
    hours, minutes = map(int, clock.split(":"))
    return (hours * 60 + minutes) * 60.0


def visit(number: int, window: str, came_s: float, wait_s: float = 60, draw_s: float = 120, road_s: float | None = 900) -> list[Row]:
    """One patient with one tube, from the door to the laboratory."""
    name, label, called_s = f"patient-{number:05d}", f"L{number:05d}", came_s + wait_s
    rows: list[Row] = [
        (came_s, "patient.arrived", name, {}),
        (called_s, "patient.called", name, {"window": window}),
        (called_s + 5, "label.created", label, {"patient": name, "window": window}),
        (called_s + 10, "label.applied", label, {}),
        (called_s + 15, "label.verified", label, {}),
        (called_s + draw_s, "label.drawn", label, {"patient": name}),
        (called_s + draw_s, "patient.served", name, {"window": window}),
    ]
    return rows + ([] if road_s is None else [(called_s + draw_s + road_s, "label.received", label, {})])


def hours(window: str, opened: str = "07:20", closed: str | None = "17:00") -> list[Row]:
    """A window that opens, and closes where anybody closes it."""
    rows: list[Row] = [(at(opened), "window.opened", window, {}), (at(opened), "window.staffed", window, {})]
    return rows + ([] if closed is None else [(at(closed), "window.closed", window, {})])


def journal(path: Path, rows: list[Row], begun: str = "06:30", windows: Any = WINDOWS) -> Path:
    """A window program's journal that begins at `begun`."""
    path.unlink(missing_ok=True)
    with FileJournal(path) as written:
        start = {"start": (MIDNIGHT + timedelta(seconds=at(begun))).isoformat(), "windows": windows}
        written.append(Event(0, 0, "record.started", "room", "", None, start))
        for seq, (second, kind, subject, data) in enumerate(sorted(rows, key=lambda row: row[0]), 1):
            written.append(Event(seq, round((second - at(begun)) * 1_000_000), kind, subject, "", None, data))
    return path


def line(room: WatchedRoom, *paths: Path) -> DayLine:
    """The thread that counts; the test asks it when it wants."""
    return DayLine(paths, room.site, room.ledger.clock, lambda day: day in room.agent.duties.daily.days, room.mailbox)


def go_to(room: WatchedRoom, clock: str, days: int = 0) -> None:
    """Let it be that time, so many days after the first."""
    room.clock.advance_to(round((at(clock) - at("07:00") + days * 86_400) * 1_000_000))


def look(room: WatchedRoom, *paths: Path) -> list[dict[str, Any]]:
    """A fresh look at the journals; gives the days that are counted."""
    line(room, *paths).round()
    room.agent.tick(0.0)
    return [dict(event.data) for event in room.events("day.counted")]


def usual(path: Path, *more: Row) -> Path:
    """A whole day of three patients."""
    rows = [row for number, window in enumerate(WINDOWS[:3], 1) for row in visit(number, window, at("08:00") + 100 * number)]
    return journal(path, [*hours("window-1"), *hours("window-2"), *rows, *more])


# When.


def test_a_day_is_counted_in_the_evening_once_the_room_is_empty_and_it_has_been_quiet(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    for clock in ("12:00", "17:10"):
        go_to(room, clock)
        assert look(room, path) == []
    go_to(room, "19:00")
    (told,) = look(room, path)
    assert (told["date"], told["served"], told["tubes"], told["wait_p90_s"]) == (DAY.isoformat(), 3, 3, 60.0)
    assert [(event.actor, event.subject) for event in room.events("day.counted")] == [("agent", room.site.name)]
    assert not room.agent.uncounted


@pytest.mark.parametrize(
    "more",
    [
        [(at("16:00"), "patient.arrived", "patient-9", {})],
        visit(9, "window-1", at("16:00"), road_s=None),
        [(at("18:50"), "label.received", "L00001", {})],
    ],
    ids=["somebody waits", "a tube is on its way", "something new came"],
)
def test_while_anything_goes_on_it_waits_until_midnight_at_most(room: WatchedRoom, tmp_path: Path, more: list[Row]) -> None:
    path = usual(tmp_path / "w.jsonl", *more)
    go_to(room, "19:00")
    assert look(room, path) == []
    go_to(room, "00:01", days=1)
    assert len(look(room, path)) == 1


def test_a_day_on_which_the_room_is_closed_is_no_day_to_count_and_nothing_is_wrong(
    room: WatchedRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuesday, wednesday, usual_hours = DAY + timedelta(days=1), DAY + timedelta(days=2), room.site.opening_on(DAY)
    monkeypatch.setattr(type(room.site), "opening_on", lambda site, day: () if day == tuesday else usual_hours)
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "00:30", days=3)
    assert [told["date"] for told in look(room, path)] == [DAY.isoformat()]
    assert list(room.agent.uncounted) == [wednesday]


# Once.


def test_a_restart_in_the_middle_of_the_day_counts_the_whole_day_once(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "12:00")
    look(room, path)
    room.again()
    go_to(room, "19:00")
    (told,) = look(room, path)
    assert told["served"] == 3
    room.again()
    go_to(room, "20:00")
    assert len(look(room, path)) == 1
    go_to(room, "08:00", days=1)
    assert len(look(room, path)) == 1


def test_what_two_looks_find_at_once_is_noted_once(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "19:00")
    for each in (line(room, path), line(room, path)):
        each.round()
    room.agent.tick(0.0)
    assert len(room.events("day.counted")) == 1 and not room.said


def test_a_day_that_a_person_has_counted_is_not_counted_again_even_without_having_heard_of_it(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "19:00")
    each = line(room, path)
    each.round()
    engineer = next(person.name for person in room.site.people if person.role == "engineer")
    people = {person.name: person.role for person in room.site.people}
    with open_ledger(tmp_path / "ledger.db", site=room.site.name, people=people, clock=room.clock) as other:
        DailyCounts(LedgerRecorder(other), room.site.name, other.start, other).note(DAY, {"patients": 7}, by=engineer)
    room.agent.tick(0.0)
    look(room, path)
    assert [(event.actor, event.data["patients"]) for event in room.events("day.counted")] == [(engineer, 7)]


def test_without_the_ledger_a_day_waits_and_is_not_spooled(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "19:00")
    with Busy(room.ledger):
        line(room, path).round()
        room.agent.tick(0.0)
        assert not room.agent.keeper.spool.waiting
    assert len(look(room, path)) == 1


# Whole.


def refused(room: WatchedRoom, *paths: Path) -> str:
    """Look after midnight; the day is not counted, and why."""
    go_to(room, "00:20", days=1)
    assert look(room, *paths) == []
    assert list(room.agent.uncounted) == [DAY]
    look(room, *paths)
    assert len([text for text in room.said if str(DAY) in text]) == 1
    return room.agent.uncounted[DAY]


def test_a_day_of_which_no_journal_tells_a_window_is_left_to_a_person(room: WatchedRoom, tmp_path: Path) -> None:
    path = journal(tmp_path / "w.jsonl", [*hours("window-1"), *visit(1, "window-1", at("08:00"))], windows=WINDOWS[:5])
    assert "window-6" in refused(room, path)


def test_a_journal_that_begins_after_the_doors_opened_tells_only_a_part(room: WatchedRoom, tmp_path: Path) -> None:
    path = journal(tmp_path / "w.jsonl", [*hours("window-1", "10:30"), *visit(1, "window-1", at("11:00"))], begun="10:00")
    assert "window-1" in refused(room, path)


def test_a_window_that_never_closed_has_no_hours_that_could_be_told(room: WatchedRoom, tmp_path: Path) -> None:
    path = journal(tmp_path / "w.jsonl", [*hours("window-1", closed=None), *visit(1, "window-1", at("08:00"))])
    assert "window-1" in refused(room, path)


def test_a_room_that_closes_after_midnight_is_counted_once_its_windows_have_closed(room: WatchedRoom, tmp_path: Path) -> None:
    late = [*hours("window-1", closed=None), *visit(1, "window-1", at("23:50"), wait_s=1200)]
    refused(room, journal(tmp_path / "w.jsonl", late))
    path = journal(tmp_path / "w.jsonl", [*late, (at("24:30"), "window.closed", "window-1", {})])
    go_to(room, "01:10", days=1)
    (told,) = look(room, path)
    assert (told["date"], told["patients"], told["served"]) == (DAY.isoformat(), 1, 0)
    assert not room.agent.folder.read().get("uncounted")


def test_a_journal_that_is_named_twice_counts_once(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl")
    go_to(room, "19:00")
    (told,) = look(room, path, tmp_path / ".." / tmp_path.name / "w.jsonl")
    assert (told["patients"], told["tubes"], told["duplicate"]) == (3, 3, 0)


def test_an_open_day_of_which_the_journals_tell_nothing_is_not_counted_as_zero(room: WatchedRoom, tmp_path: Path) -> None:
    refused(room, journal(tmp_path / "w.jsonl", []))
    room.agent.uncounted.clear()
    room.said.clear()
    refused(room, journal(tmp_path / "w.jsonl", hours("window-1")))


@pytest.mark.parametrize("content", [None, b"nonsense\n", b"", b'{"half'], ids=["missing", "nonsense", "empty", "half a line"])
def test_a_journal_that_cannot_be_read_costs_the_day_and_nothing_else(
    room: WatchedRoom, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jsonl"
    if content is not None:
        bad.write_bytes(content)
    path = usual(tmp_path / "w.jsonl")
    assert "bad.jsonl" in refused(room, path, bad)
    room.wait(6)
    status = room.agent.folder.read()
    assert [row["day"] for row in status["uncounted"]] == [DAY.isoformat()]
    _say({**status, "running": True, "heartbeat_age_s": 1.0, "below_eight": [], "below_eight_unknown": ""})
    assert str(DAY) in capsys.readouterr().out
    assert len(look(room, path)) == 1  # its journal was taken from the list
    room.wait(6)
    assert room.agent.folder.read()["uncounted"] == []


def test_a_journal_that_was_mended_is_looked_at_again_after_some_hours(room: WatchedRoom, tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    each = line(room, path)
    go_to(room, "00:20", days=1)
    each.round()
    usual(path)
    each.round()
    room.agent.tick(0.0)
    assert not room.events("day.counted")
    go_to(room, "06:30", days=1)
    each.round()
    room.agent.tick(0.0)
    assert len(room.events("day.counted")) == 1


# What is wrong.


def test_a_clock_that_was_set_ahead_ends_no_day(room: WatchedRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = usual(tmp_path / "w.jsonl", (at("15:00"), "patient.arrived", "patient-9", {}))
    go_to(room, "15:10")
    true = room.clock.now()
    for wall in (true + timedelta(days=1), true - timedelta(days=400), true):
        monkeypatch.setattr(room.ledger.clock, "wall", lambda wall=wall: wall)
        assert look(room, path) == []
    monkeypatch.setattr(room.ledger.clock, "wall", lambda: true)
    room.ledger.clock.reach(room.now_us + 86_400_000_000)  # the record's own time is ahead
    assert look(room, path) == []


def test_a_mistake_in_the_counting_is_noted_once_and_the_agent_goes_on(
    room: WatchedRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise KeyError("ours")

    go_to(room, "19:00")
    monkeypatch.setattr("caixue.agent.daily.numbers_at_end", wrong)
    for _ in range(3):
        look(room, usual(tmp_path / "w.jsonl"))
    assert [event.data["detail"] for event in room.events("agent.stalled")] == ["KeyError: 'ours'"]
    assert room.agent.broken.keys() == {DAYS}
    monkeypatch.undo()
    assert len(look(room, usual(tmp_path / "w.jsonl"))) == 1
    assert not room.agent.broken


def test_the_thread_hands_its_news_over_and_never_touches_the_ledger(room: WatchedRoom, tmp_path: Path) -> None:
    go_to(room, "19:00")
    each = line(room, usual(tmp_path / "w.jsonl"))
    each.round()
    assert [type(news) for news in room.mailbox.take(0.0)] == [Counted] and not each.vital
    assert not room.events("day.counted")
    go_to(room, "09:00", days=1)
    each.round()
    assert {type(news) for news in room.mailbox.take(0.0)} <= {Counted, Uncounted, Broken}


@pytest.mark.parametrize("journals", [0, 2])
def test_an_agent_counts_only_where_it_is_handed_journals(room: WatchedRoom, tmp_path: Path, journals: int) -> None:
    asked = Asked("", Folder(tmp_path), 5.0, journals=(tmp_path / "w.jsonl",) * journals)
    agent = _agent(room.site, asked, {}, room.agent.keeper, room.mailbox, {}, room.said.append)
    assert [type(each) for each in agent.lines] == [DayLine] * (journals > 0)


# The same numbers as by hand.


@st.composite
def days(draw: st.DrawFn) -> list[list[Row]]:
    """A day at eight windows, each with a journal: visits, some who leave, tubes that are void or not received."""
    rows: list[list[Row]] = [hours(window) for window in WINDOWS]
    for number in range(draw(st.integers(1, 25))):
        where = draw(st.integers(0, 7))
        came = draw(st.integers(0, 8 * 3600)) + at("08:00")
        one = visit(
            number, WINDOWS[where], came, draw(st.integers(1, 3000)), draw(st.integers(30, 600)), draw(st.none() | st.integers(60, 4000))
        )
        fate = draw(st.sampled_from(["", "", "left", "void", "unverified"]))
        if fate == "left":
            one = [one[0], (came + 50, "patient.left", one[0][2], {"reason": "tired"})]
        elif fate == "void":
            one.append((one[2][0] + 1, "label.voided", one[2][2], {"reason": "torn"}))
        elif fate == "unverified":
            one = [row for row in one if row[1] != "label.verified"]
        rows[where] += one
    return rows


@settings(max_examples=15, deadline=None)
@given(days())
def test_the_numbers_are_those_that_a_person_gets_from_the_same_journals(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Row]]
) -> None:
    folder = tmp_path_factory.mktemp("days")
    paths = [journal(folder / f"{window}.jsonl", each, windows=[window]) for window, each in zip(WINDOWS, rows, strict=True)]
    with watched_room(folder) as room:
        go_to(room, "01:00", days=1)
        (told,) = look(room, *paths)
        assert told == {"date": DAY.isoformat(), **numbers_of(day_of_journals(paths, DAY, room.site))}
        assert "patient" not in json.dumps({key: value for key, value in told.items() if key != "patients"})


def test_caixue_month_count_gives_the_same_entry(room: WatchedRoom, tmp_path: Path) -> None:
    path = usual(tmp_path / "w.jsonl", *visit(9, "window-1", at("16:00"), road_s=None))
    go_to(room, "01:00", days=1)
    (told,) = look(room, path)
    people = {person.name: person.role for person in room.site.people}
    place = tmp_path / "by-hand.db"
    today = SystemClock().now().astimezone(SHANGHAI)
    with open_ledger(place, site=room.site.name, people=people, clock=SystemClock(), start=min(START, today - timedelta(days=1))):
        pass
    if today.date() < DAY:
        pytest.skip("the day of this test has not come by this machine's clock")
    words = ["month", "count", str(path), "--day", str(DAY), "--site", "eight-window", "--ledger", str(place), "--by", "engineer-1"]
    assert main(words) == 0
    with open_ledger(place, site=room.site.name, people=people, clock=SystemClock()) as ledger:
        assert [dict(event.data) for event in ledger.events({"day.counted"})] == [told]
