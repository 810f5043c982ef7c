"""Rosters: the best there is on small questions, and every rule kept on all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.small_rosters import MONDAY, best, needing, question
from twin.rosters.answers import changes, data_of, spans_of
from twin.rosters.breaks import handed_out
from twin.rosters.checking import broken, covered
from twin.rosters.terms import Person, Question, Shift, SkillNeed, Team, weeks

pytest.importorskip("highspy")

from twin.rosters.solving import Roster, solve

TWO = (Person("甲"), Person("乙"))
THREE = (*TWO, Person("丙", frozenset({"venipuncture", "children"})))
CHILDREN = (SkillNeed("children", 1, Shift(15, 17)),)

CASES = {
    "enough people": question(THREE, [needing(1, 1, 1, 1, 1, 1)]),
    "too few people": question(TWO, [needing(2, 3, 3, 2, 1, 1)]),
    "a skill": question(THREE, [needing(1, 1, 1, 1, 1, 1)], CHILDREN),
    "a skill that nobody has": question(TWO, [needing(1, 1, 1, 1)], CHILDREN),
    "somebody on leave": question((TWO[0], replace(TWO[1], leave=frozenset({MONDAY}))), [needing(1, 2, 2, 1), needing(1, 1, 1, 1)]),
    "a week's hours": question((replace(TWO[0], most_week=8), TWO[1]), [needing(1, 1, 1, 1)] * 3),
    "one day a week": question((replace(TWO[0], most_days=1), replace(TWO[1], most_days=1)), [needing(1, 1, 1, 1)] * 3),
    "long nights": question(tuple(replace(each, available=Shift(15, 48)) for each in TWO), [needing(1, 1, 1, 1, 1, 1)] * 2),
    "a floater": question(THREE, [needing(2, 2, 2, 2)]),
    "a roster to keep": question(TWO, [needing(1, 1, 1, 1)], previous=((MONDAY, "乙", Shift(14, 18)),)),
}


def solved(asked: Question) -> Roster:
    return solve(asked, nodes=100_000, stalled=100_000)


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES.keys())
def test_a_small_roster_is_the_best_of_all_rosters(asked: Question) -> None:
    found, known = solved(asked), best(asked)
    assert [stage.optimal for stage in found.stages] == [True] * 4
    assert [round(stage.value, 6) for stage in found.stages[:3]] == [pytest.approx(value, abs=2e-6) for value in known[:3]]
    assert (changes(asked, found) or 0) == known[3]


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES.keys())
def test_a_roster_breaks_no_rule(asked: Question) -> None:
    found = solved(asked)
    assert broken(asked, found.duties, found.floaters) == []


@given(
    counts=st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any), min_size=1, max_size=2),
    hours=st.lists(st.tuples(st.integers(3, 12), st.integers(4, 12), st.booleans()), min_size=2, max_size=2),
)
@settings(max_examples=8, deadline=None, derandomize=True)
def test_any_small_roster_is_the_best_of_all_rosters(counts: list[list[int]], hours: list[tuple[int, int, bool]]) -> None:
    people = [
        Person(f"n{number}", frozenset({"children"} if able else {"venipuncture"}), most_day=day, most_week=week)
        for number, (day, week, able) in enumerate(hours)
    ]
    asked = question(people, [needing(*row) for row in counts], CHILDREN)
    found, known = solved(asked), best(asked)
    assert [stage.value for stage in found.stages[:3]] == [pytest.approx(value, abs=2e-6) for value in known[:3]]
    assert broken(asked, found.duties, found.floaters) == []


def test_the_shortfall_told_is_what_the_checked_coverage_lacks() -> None:
    asked = CASES["too few people"]
    found = solved(asked)
    halves = covered(asked, asked.days[0], found.duties, found.floaters[0])
    counted = sum(3 * half.short + 3 * sum(half.lacking.values()) + half.open_breaks(3) for half in halves if half.need)
    assert counted == round(found.stages[0].value) > 0


def test_a_missing_skill_is_told_with_its_half_hours_and_how_many() -> None:
    asked = CASES["a skill that nobody has"]
    day = data_of(asked, solved(asked), "x")["days"][0]
    lacking = [(row["from"], row["by"]) for row in day["short"] if row["what"] == "children"]
    assert lacking == [("07:30", 1), ("08:00", 1)]


def test_the_same_question_gives_the_same_roster() -> None:
    people = tuple(Person(f"n{number}") for number in range(6))
    asked = Question(Team(people), question(people, [needing(*[3] * 10), needing(*[4] * 10)]).days)
    first, second = solve(asked), solve(asked)
    assert (first.duties, first.floaters) == (second.duties, second.floaters)
    assert [replace(stage, wall_s=0.0) for stage in first.stages] == [replace(stage, wall_s=0.0) for stage in second.stages]


def test_nobody_has_both_breaks_in_one_half_hour() -> None:
    for meals, teas in (([4, 4, 5], [4, 5, 5]), ([1, 2, 3, 4], [1, 2, 3, 4]), ([2, 2], [3, 3])):
        given_ = handed_out(meals, teas)
        assert sorted(given_) == sorted(teas)
        assert all(meal != tea for meal, tea in zip(meals, given_, strict=True))


def test_a_break_that_nobody_covers_leaves_a_window_empty_for_ten_minutes() -> None:
    asked = question(TWO, [needing(2, 2, 2, 2)])
    found = solved(asked)
    halves = covered(asked, asked.days[0], found.duties, found.floaters[0])
    spans = spans_of(halves, asked.team.rules)
    away = [span for span, count in spans.items() if count == 1]
    assert sum(int(span[9:11]) - int(span[3:5]) + 60 * (int(span[6:8]) - int(span[:2])) for span in away) == 20


def test_a_week_begins_on_monday() -> None:
    days = question(TWO, [needing(1)] * 8).days
    assert list(weeks(days)) == [MONDAY, MONDAY + timedelta(days=7)]
