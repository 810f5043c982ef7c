"""The resident engineer (R1): is one there, is he competent, and would his substitutes be until the end of the leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest

from caixue.clock import SHANGHAI
from caixue.events import Event
from caixue.ops.leave import Leave
from caixue.ops.presence import Attended
from caixue.ops.resident import OnDuty, findings, gaps, on_duty, substitutes
from caixue.ops.roster import Roster
from caixue.ops.sheets import Sheet
from caixue.ops.topics import TOPICS
from caixue.roles import ENGINEER
from caixue.site import load_site

START = datetime(2026, 11, 23, tzinfo=SHANGHAI)  # a Monday, and the record's start
MONDAY, DAY_US, HOUR_US = START.date(), 86_400_000_000, 3_600_000_000
ONE, TWO = "engineer-1", "engineer-2"
NEEDED = tuple(topic.name for topic in TOPICS.values() if ENGINEER in topic.roles)
SITE = load_site("eight-window")


def passed(person: str, topics: Iterable[str] = NEEDED, until: str = "2027-11-23") -> list[Sheet]:
    """Training sheets on which `person` has passed."""
    found = []
    for number, topic in enumerate(topics, 1):
        values = {"person": person, "topic": topic, "valid_until": until}
        event = Event(number, 0, "training.passed", f"training-{number:04d}", "head-1", None, values)
        found.append(Sheet(event.subject, "passed", values, 0, "head-1", (event,)))
    return found


def duties(*leaves: Leave, trained: list[Sheet], stays: Attended, now_us: int = 7 * HOUR_US, day: date = MONDAY) -> list[OnDuty]:
    return on_duty(Roster.of(SITE, leaves, START), stays, trained, day, now_us)


HERE = Attended({ONE: ((6 * HOUR_US, 7 * HOUR_US),)}, {})
NOBODY = Attended({}, {})


def whats(found: list[OnDuty], now_us: int = 7 * HOUR_US) -> list[tuple[str, str]]:
    return [(one.what, one.person) for one in findings(found, needed=True, now_us=now_us)]


def test_a_competent_resident_who_has_come_leaves_nothing_to_find():
    found = duties(trained=passed(ONE), stays=HERE)
    assert [(one.person, one.came_us, one.topics) for one in found] == [(ONE, 6 * HOUR_US, ())]
    assert whats(found) == []


def test_a_resident_without_a_single_training_lacks_every_topic_of_the_table():
    assert gaps(ONE, [], MONDAY) == NEEDED
    assert whats(duties(trained=[], stays=HERE)) == [("not-competent", ONE)]


@pytest.mark.parametrize(("until", "lacks"), [("2026-11-23", False), ("2026-11-22", True)])
def test_the_last_day_of_a_training_still_counts(until: str, lacks: bool):
    assert bool(gaps(ONE, passed(ONE, until=until), MONDAY)) is lacks


def test_one_missing_topic_is_named():
    assert gaps(ONE, passed(ONE, NEEDED[1:]), MONDAY) == (NEEDED[0],)


@pytest.mark.parametrize(("minute", "found"), [(0, []), (35, []), (36, [("absent", ONE)])])
def test_a_resident_who_has_not_come_is_absent_once_the_grace_is_over(minute: int, found: list[tuple[str, str]]):
    now_us = 6 * HOUR_US + minute * 60_000_000
    assert whats(duties(trained=passed(ONE), stays=NOBODY, now_us=now_us), now_us) == found


def test_a_site_without_an_engineer_has_nobody():
    plan = Roster(SITE.shift, SITE.opening, SITE.calendar, "", (), START)
    assert [one.what for one in findings(on_duty(plan, NOBODY, [], MONDAY, 0), needed=True, now_us=0)] == ["nobody"]


LEAVE = Leave(ONE, 0, 5 * DAY_US, TWO)


def test_in_a_leave_the_substitute_is_the_one_who_must_be_there_and_competent():
    found = duties(LEAVE, trained=passed(ONE), stays=HERE)
    assert whats(found) == [("absent", TWO), ("not-competent", TWO)]


@pytest.mark.parametrize(
    ("until", "found"),
    [("2026-11-27", []), ("2026-11-26", [("substitute-not-competent", TWO)])],
)
def test_a_substitute_must_be_competent_until_the_last_day_of_the_leave(until: str, found: list[tuple[str, str]]):
    plan = Roster.of(SITE, (LEAVE,), START)
    assert plan.day_of(LEAVE.until_us - 1) == MONDAY + timedelta(days=4)
    told = substitutes((LEAVE,), passed(TWO, until=until), plan, now_us=0)
    assert [(one.what, one.person) for one in told] == found


@pytest.mark.parametrize("order", [1, -1], ids=["the later leave last", "the later leave first"])
def test_a_substitute_of_two_leaves_must_be_competent_until_the_end_of_both(order: int):
    leaves = (LEAVE, Leave(ONE, 10 * DAY_US, 15 * DAY_US, TWO))[::order]
    told = substitutes(leaves, passed(TWO, until="2026-11-27"), Roster.of(SITE, leaves, START), now_us=0)
    assert [(one.what, one.person) for one in told] == [("substitute-not-competent", TWO)]


def test_a_leave_that_is_over_is_no_matter_any_more():
    assert substitutes((LEAVE,), [], Roster.of(SITE, (LEAVE,), START), now_us=5 * DAY_US) == []
