"""R5.3 ★ (and R5.2): at least eight window hosts in normal use, every minute of the opening hours, told from the ledger of the site."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from caixue.availability import DayAvailability, by_day
from caixue.clock import SHANGHAI
from caixue.events import Event
from caixue.site import load_site
from tests.caixue.watched_room import WatchedRoom, watched_room

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=SHANGHAI)  # open 07:00–12:00 and 13:30–17:00
SITE = load_site("eight-window")
MINUTE = 60_000_000
HOST = "window-1.collection-host"


def us(clock: str, day: int = 0) -> int:
    hours, minutes = map(int, clock.split(":"))
    return ((day * 24 + hours - 6) * 60 + minutes) * MINUTE


def record(*rows: tuple[str, str, str, dict[str, object]]) -> list[Event]:
    """Events at times of the day, between an agent's start and its stop."""
    events = [Event(0, 0, "agent.started", SITE.name, "agent", None, {"down_us": None})]
    return events + [Event(number, us(clock), kind, subject, "agent", None, data) for number, (clock, kind, subject, data) in enumerate(rows, 1)]


def blocked(clock: str, window: str = "window-1") -> tuple[str, str, str, dict[str, object]]:
    return clock, "window.blocked", window, {"device": HOST, "reason": "motor-fault"}


def restored(clock: str, window: str = "window-1") -> tuple[str, str, str, dict[str, object]]:
    return clock, "window.restored", window, {}


def opened(clock: str, deadline: str) -> tuple[str, str, str, dict[str, object]]:
    at_us = us(clock)
    times = {"occurred_us": at_us, "reported_us": None, "detected_us": at_us, "deadline_us": us(deadline)}
    return clock, "incident.opened", "incident-0001", {"device": HOST, "window": "window-1", "class": "一般", "symptom": "motor-fault", **times}


def day_of(events: list[Event], end: str = "18:00") -> DayAvailability:
    (day,) = by_day(events, SITE, MONDAY, us(end))
    return day


def test_a_day_without_trouble_is_kept() -> None:
    day = day_of(record())
    assert (day.day, day.open_us, day.below_us, day.unwatched_us, day.fewest) == (date(2026, 11, 23), 510 * MINUTE, 0, 0, 8)
    assert day.verdict == "pass"


def test_a_window_that_is_out_longer_than_the_reading_allows_and_outside_its_clock_counts_by_the_minute() -> None:
    day = day_of(record(blocked("08:00"), opened("08:00", "08:30"), restored("09:00")))
    assert day.below_us == 30 * MINUTE and day.fewest == 7 and day.verdict == "fail"  # until 08:30 the repair was inside its time


def test_a_window_that_is_back_within_ten_minutes_was_in_use() -> None:
    assert day_of(record(blocked("08:00"), restored("08:10"))).verdict == "pass"
    assert day_of(record(blocked("08:00"), restored("08:11"))).below_us == 11 * MINUTE


def test_outside_the_opening_hours_nothing_is_lost() -> None:
    assert day_of(record(blocked("12:00"), restored("13:30"))).below_us == 0
    assert day_of(record(blocked("17:00"))).below_us == 0


def test_two_windows_at_once_are_not_counted_twice() -> None:
    day = day_of(record(blocked("08:00"), blocked("08:20", "window-2"), restored("08:40"), restored("09:00", "window-2")))
    assert day.below_us == 60 * MINUTE and day.fewest == 6


def test_what_nobody_watched_is_neither_kept_nor_breached() -> None:
    stopped = Event(1, us("09:00"), "agent.stopped", SITE.name, "agent", None, {"reason": "SIGTERM"})
    day = day_of([*record(), stopped])
    assert day.unwatched_us == 390 * MINUTE and day.verdict == "no-data"


def test_an_agent_that_was_killed_leaves_the_time_that_its_successor_says() -> None:
    again = Event(1, us("10:00"), "agent.started", SITE.name, "agent", None, {"down_us": 20 * MINUTE})
    assert day_of([*record(), again]).unwatched_us == 20 * MINUTE


def test_every_day_of_the_record_has_its_line_by_the_sites_calendar() -> None:
    days = by_day(record(), SITE, MONDAY, us("18:00", day=6))
    assert [day.day - MONDAY.date() for day in days] == [timedelta(days=number) for number in range(7)]
    assert [day.open_us // MINUTE for day in days] == [510] * 5 + [240] * 2  # the weekend has its own hours


def test_the_figure_is_that_of_a_twins_day() -> None:
    from caixue.folding import fold
    from caixue.measures.statistics import Basis
    from caixue.measures.windows import below_required_s
    from caixue.sla import Deadlines

    events = record(blocked("08:00"), opened("08:00", "08:30"), restored("11:00"))
    start = {"windows": [window.name for window in SITE.windows], "opening": [[us("07:00"), us("12:00")], [us("13:30"), us("17:00")]]}
    twins = fold([Event(0, 0, "record.started", SITE.name, data=start), *events, Event(9, us("18:00"), "record.ended", SITE.name)])
    assert below_required_s(twins, Basis.of(Deadlines.of(SITE), MONDAY)) == day_of(events).below_us / 1e6


@pytest.fixture
def room(tmp_path: Path):  # type: ignore[no-untyped-def]
    with watched_room(tmp_path) as made:
        yield made


def test_from_an_alarm_to_the_days_line_through_the_ledger(room: WatchedRoom) -> None:
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(3 * 3600, step_s=30)  # 较大: one working day, so that the clock runs and the minutes do not count
    assert [event.subject for event in room.events("window.blocked")] == ["window-1"]
    (day,) = by_day(room.ledger.events(), room.site, room.ledger.start, room.now_us)
    assert day.fewest == 7 and day.below_us == 0
    room.say("alarm.cleared", HOST, alarm="motor-fault")
    room.wait(30)
    assert [event.subject for event in room.events("window.restored")] == ["window-1"]
