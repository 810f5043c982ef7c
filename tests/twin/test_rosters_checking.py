"""The check of a roster notices each rule that is broken; it knows nothing of how rosters are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.twin.small_rosters import MONDAY, needing, question
from twin.rosters.checking import broken, covered
from twin.rosters.terms import Duty, Person, Shift

EARLY = Duty(MONDAY, "甲", Shift(14, 20), meal=16, tea=17)
TUESDAY = MONDAY + timedelta(days=1)
ANYBODY = Person("甲")
NEED = needing(1, 1, 1, 1, 1, 1)


def what_is_broken(person: Person, *duties: Duty, floaters: dict[int, int] | None = None) -> str:
    asked = question([person], [NEED, NEED])
    return "; ".join(broken(asked, duties, [floaters or {}, {}]))


def test_a_roster_within_the_rules_is_not_complained_of() -> None:
    assert what_is_broken(ANYBODY, EARLY, replace(EARLY, date=TUESDAY)) == ""


@pytest.mark.parametrize(
    ("person", "duty", "words"),
    [
        (ANYBODY, replace(EARLY, person="丁"), "nobody of that name"),
        (ANYBODY, replace(EARLY, date=MONDAY + timedelta(days=9)), "no day of the roster"),
        (ANYBODY, replace(EARLY, shift=Shift(14, 21)), "no such shift"),
        (replace(ANYBODY, days_off=frozenset({0})), EARLY, "is off"),
        (replace(ANYBODY, leave=frozenset({MONDAY})), EARLY, "is off"),
        (replace(ANYBODY, available=Shift(15, 48)), EARLY, "is there 07:30-24:00 only"),
        (replace(ANYBODY, most_day=4), EARLY, "works 2:30:00"),
        (replace(ANYBODY, most_week=4), EARLY, "in week"),
        (ANYBODY, replace(EARLY, meal=None), "a meal is missing"),
        (ANYBODY, replace(EARLY, meal=14), "meal at 07:00"),
        (ANYBODY, replace(EARLY, tea=None), "10 minutes off are missing"),
        (ANYBODY, replace(EARLY, tea=19), "10 minutes off at 09:30"),
        (ANYBODY, replace(EARLY, tea=16), "10 minutes off at 08:00"),
        (ANYBODY, replace(EARLY, shift=Shift(14, 18)), "a meal too many"),
    ],
)
def test_a_broken_rule_is_told(person: Person, duty: Duty, words: str) -> None:
    assert words in what_is_broken(person, duty)


def test_two_shifts_on_one_day_are_told() -> None:
    assert "2 shifts" in what_is_broken(ANYBODY, EARLY, replace(EARLY, shift=Shift(16, 20), meal=None, tea=17))


def test_too_many_days_are_told() -> None:
    assert "works 2 days" in what_is_broken(replace(ANYBODY, most_days=1), EARLY, replace(EARLY, date=TUESDAY))


def test_too_little_rest_is_told() -> None:
    asked = question([ANYBODY], [NEED, NEED])
    strict = replace(asked, team=replace(asked.team, rules=replace(asked.team.rules, rest_us=22 * 3_600_000_000)))
    assert "rests less than 22 h" in "; ".join(broken(strict, (EARLY, replace(EARLY, date=TUESDAY)), [{}, {}]))


def test_more_floaters_than_people_are_told() -> None:
    assert "2 float of 1" in what_is_broken(ANYBODY, EARLY, floaters={14: 2})


def test_somebody_at_the_meal_covers_nothing() -> None:
    asked = question([ANYBODY], [NEED])
    assert [half.short for half in covered(asked, asked.days[0], [EARLY], {})] == [0, 0, 1, 0, 0, 0]
