"""Who should be there and who was: the shift, the clinic's hours on days off, leave and its substitute, against the attendance sheets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.ops.leave import Leave
from caixue.ops.presence import GRACE_US, Attended, Mark, PersonDay, month_of, person_day
from caixue.ops.roster import Roster
from caixue.site import load_site

MINUTE_US = 60_000_000
SITE = load_site("eight-window")
START = datetime(2026, 9, 1, tzinfo=SHANGHAI)  # of the record
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
EVER_US = 10**16
ONE, TWO = "engineer-1", "engineer-2"


def us(day: date, clock: str) -> int:
    """That time of that day on the record."""
    hour, minute = map(int, clock.split(":"))
    return (datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI) - START) // timedelta(microseconds=1)


def roster(*leaves: Leave) -> Roster:
    return Roster.of(SITE, leaves, START)


def there(*stays: str, day: date = MONDAY, person: str = ONE, reason: str = "") -> Attended:
    """Stays such as "06:30-12:00" of one person on one day."""
    spans = sorted((us(day, one.split("-")[0]), us(day, one.split("-")[1])) for one in stays)
    return Attended({person: spans}, {(person, day.isoformat()): reason} if reason else {})


def judged(*stays: str, now: int = EVER_US, day: date = MONDAY) -> PersonDay:
    return person_day(roster(), there(*stays, day=day), ONE, day, now)


def hours(day: date, *leaves: Leave) -> list[str]:
    """The hours that somebody must be there, as people write them."""
    plan = roster(*leaves)
    clock = lambda at_us: f"{START + timedelta(microseconds=at_us):%H:%M}"  # noqa: E731
    return [f"{clock(a)}-{clock(b)}" for a, b in plan.owed(ONE, day)]


# Who should be there.


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 11, 23), ["06:30-12:00", "15:00-17:30"], id="a Monday: the shift"),
        pytest.param(date(2026, 11, 28), ["07:30-11:30"], id="a Saturday: the clinic's hours"),
        pytest.param(date(2026, 10, 1), ["07:30-11:30"], id="a holiday: the clinic's hours"),
        pytest.param(date(2026, 10, 10), ["06:30-12:00", "15:00-17:30"], id="a Saturday that is worked to make up: the shift"),
        pytest.param(date(2026, 10, 11), ["07:30-11:30"], id="the Sunday after it"),
    ],
)
def test_the_hours_follow_the_chinese_calendar_and_on_days_off_the_clinic(day: date, expected: list[str]):
    assert hours(day) == expected


def test_before_the_record_nobody_owes_anything():
    late = Roster.of(SITE, (), datetime(2026, 11, 23, 9, tzinfo=SHANGHAI))
    assert late.hours(date(2026, 11, 20)) == ()
    assert late.hours(MONDAY) == ((0, 3 * 3_600_000_000), (6 * 3_600_000_000, 8 * 3_600_000_000 + 1_800_000_000))


def test_leave_takes_just_its_hours_from_the_resident_and_gives_them_to_the_substitute():
    plan = roster(Leave(ONE, us(MONDAY, "10:00"), us(MONDAY, "16:00"), TWO))
    assert plan.owed(ONE, MONDAY) == ((us(MONDAY, "06:30"), us(MONDAY, "10:00")), (us(MONDAY, "16:00"), us(MONDAY, "17:30")))
    assert plan.owed(TWO, MONDAY) == ((us(MONDAY, "10:00"), us(MONDAY, "12:00")), (us(MONDAY, "15:00"), us(MONDAY, "16:00")))
    assert [name for name, _ in plan.on_duty(MONDAY)] == [ONE, TWO]
    assert [name for name, _ in plan.on_duty(TUESDAY)] == [ONE]


def test_somebody_elses_leave_changes_nothing_for_the_resident():
    assert hours(MONDAY, Leave(TWO, us(MONDAY, "00:00"), us(TUESDAY, "00:00"), "engineer-3")) == ["06:30-12:00", "15:00-17:30"]


# Who was there.


@pytest.mark.parametrize(
    ("stays", "marks"),
    [
        (["06:30-12:00", "15:00-17:30"], [Mark.THERE]),
        (["06:00-18:00"], [Mark.THERE]),
        (["06:35-12:00", "15:00-17:26"], [Mark.THERE]),  # five minutes are nothing
        (["06:36-12:00", "15:00-17:30"], [Mark.LATE]),
        (["06:30-12:00", "15:00-17:00"], [Mark.EARLY]),
        (["07:00-12:00", "15:00-17:00"], [Mark.LATE, Mark.EARLY]),
        (["06:30-08:00", "09:00-12:00", "15:00-17:30"], [Mark.AWAY]),
        (["06:30-12:00"], [Mark.AWAY]),  # the whole afternoon
        ([], [Mark.ABSENT]),
        (["12:30-14:30"], [Mark.ABSENT]),  # there, but not when he should
    ],
)
def test_a_day_gets_the_mark_that_it_deserves(stays: list[str], marks: list[Mark]):
    assert list(judged(*stays).marks) == marks


def test_the_minutes_are_those_in_the_hours_that_were_owed():
    day = judged("06:00-11:00", "15:30-18:00")
    assert (day.owed_us, day.present_us) == (480 * MINUTE_US, (270 + 120) * MINUTE_US)
    assert (day.late_us, day.early_us) == (30 * MINUTE_US, 60 * MINUTE_US)


@pytest.mark.parametrize(
    ("now", "stays", "marks"),
    [
        ("06:00", [], [Mark.COMING]),
        ("06:34", [], [Mark.COMING]),  # within the grace
        ("06:36", [], [Mark.ABSENT]),
        ("09:00", ["06:30-09:00"], [Mark.THERE]),
        ("13:00", ["06:30-12:00"], [Mark.THERE]),
        ("13:00", ["06:30-11:00"], [Mark.EARLY]),
        ("11:30", ["06:30-11:00"], [Mark.AWAY]),  # he may come back
        ("15:03", ["06:30-12:00"], [Mark.THERE]),
    ],
)
def test_nobody_is_judged_by_what_has_not_come_yet(now: str, stays: list[str], marks: list[Mark]):
    assert list(judged(*stays, now=us(MONDAY, now)).marks) == marks


def test_an_absence_that_a_sheet_explains_is_excused():
    day = person_day(roster(), Attended({}, {(ONE, "2026-11-23"): "sick 发热"}), ONE, MONDAY, EVER_US)
    assert (day.marks, day.reason, day.good) == ((Mark.EXCUSED,), "sick 发热", False)


def test_a_person_who_owes_nothing_is_off():
    day = person_day(roster(), Attended({}, {}), "nurse-1", MONDAY, EVER_US)
    assert (day.marks, day.owed_us, day.good) == ((Mark.OFF,), 0, True)


WHOLE_MONDAY = Leave(ONE, us(MONDAY, "00:00"), us(TUESDAY, "00:00"), TWO)


@pytest.mark.parametrize(
    ("substitute", "now", "mark"),
    [
        (["06:30-12:00", "15:00-17:30"], "23:00", Mark.COVERED),
        (["06:34-12:00", "15:00-17:27"], "23:00", Mark.COVERED),
        (["06:30-12:00"], "23:00", Mark.UNCOVERED),
        ([], "23:00", Mark.UNCOVERED),
        ([], "06:00", Mark.LEAVE),
    ],
)
def test_leave_is_covered_when_the_named_substitute_was_there(substitute: list[str], now: str, mark: Mark):
    day = person_day(roster(WHOLE_MONDAY), there(*substitute, person=TWO), ONE, MONDAY, us(MONDAY, now))
    assert (day.marks, day.substitute, day.owed_us) == ((mark,), TWO, 0)


def test_a_substitute_who_stays_away_is_absent_himself():
    day = person_day(roster(WHOLE_MONDAY), Attended({}, {}), TWO, MONDAY, EVER_US)
    assert day.marks == (Mark.ABSENT,)


def test_a_month_has_every_day_and_the_hours_of_its_holidays_and_made_up_days():
    days = month_of(roster(), Attended({}, {}), ONE, date(2026, 10, 1), EVER_US)
    assert len(days) == 31
    minutes = {day.day.day: day.owed_us // MINUTE_US for day in days}
    assert (minutes[1], minutes[8], minutes[10], minutes[11]) == (240, 480, 480, 240)


# Against counting minute by minute.


minute_of_day = st.integers(min_value=5 * 60, max_value=19 * 60)
spans_of_minutes = st.lists(st.tuples(minute_of_day, st.integers(1, 600)), max_size=3)


@settings(max_examples=150, deadline=None)
@given(stays=spans_of_minutes, away=spans_of_minutes, now=minute_of_day)
def test_the_minutes_are_what_counting_every_minute_gives(stays: list[tuple[int, int]], away: list[tuple[int, int]], now: int):
    midnight = us(MONDAY, "00:00")
    at = lambda minute: midnight + minute * MINUTE_US  # noqa: E731
    plan = roster(*(Leave(ONE, at(start), at(start + length), TWO) for start, length in away))
    sheets = Attended({ONE: sorted((at(start), at(start + length)) for start, length in stays)}, {})
    day = person_day(plan, sheets, ONE, MONDAY, at(now))
    shift = {*range(390, 720), *range(900, 1050)}
    left = {minute for start, length in away for minute in range(start, start + length)}
    present = {minute for start, length in stays for minute in range(start, start + length)}
    owed = {minute for minute in shift - left if minute < now}
    assert (day.owed_us, day.present_us) == (len(owed) * MINUTE_US, len(owed & present) * MINUTE_US)
    assert (Mark.ABSENT in day.marks) <= (not owed & present)
    if owed and owed <= present:
        assert not {Mark.LATE, Mark.ABSENT, Mark.AWAY, Mark.EARLY} & set(day.marks)
    if len(owed - present) * MINUTE_US > 10 * GRACE_US:
        assert {Mark.LATE, Mark.ABSENT, Mark.AWAY, Mark.EARLY, Mark.COMING} & set(day.marks)
