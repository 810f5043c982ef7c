"""The search for the cheapest staffing: over made-up rooms whose answer can be found by trying everything."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.planning.goals import BELOW_EIGHT, LONGEST, WAIT, Goal, Held, left_goal, measured
from twin.planning.search import Search
from twin.planning.staffing import Slots, Staffing, fewer, full
from twin.planning.trials import Trials

Floats = NDArray[np.float64]
SLOTS, WINDOWS, LIMIT = Slots(7 * 3_600_000_000, 4), 4, 600.0
NEEDED = (1.2, 3.4, 2.6, 0.7)  # nurses that each half hour has work for
GOALS = (Goal(WAIT, "<=", LIMIT, "<= 10 min"), Goal(LONGEST, "<=", 2 * LIMIT, "<= 20 min"))


def wait_s(nurses: tuple[int, ...]) -> float:
    """A wait that a missing nurse makes longer, more so where much is to do."""
    missing: list[float] = [max(0.0, needed - count) for needed, count in zip(NEEDED, nurses, strict=True)]
    return sum(400.0 * math.pow(less, 1.5) for less in missing) + sum(
        30.0 * needed / count for needed, count in zip(NEEDED, nurses, strict=True)
    )


def room(noise: float = 60.0) -> Callable[[Staffing, range], Floats]:
    """Days of that room: the same chance for every staffing."""

    def evaluate(staffing: Staffing, numbers: range) -> Floats:
        wait = wait_s(staffing.nurses)
        chance = np.array([np.random.default_rng(number).normal() for number in numbers])
        return np.column_stack((wait + noise * chance, 1.5 * wait + noise * chance, np.zeros(len(numbers))))

    return evaluate


def guess(staffing: Staffing) -> tuple[float, float, float]:
    """An approximation that is a third too low."""
    wait = wait_s(staffing.nurses) * 0.67
    return wait, 1.5 * wait, wait / 2


def search(evaluate: Callable[[Staffing, range], Floats] | None = None, days: int = 300, **more: object) -> Search:
    trials = Trials(evaluate or room(), GOALS, 0.95, days)
    return Search(trials, guess, SLOTS, WINDOWS, **more)  # type: ignore[arg-type]


def cheapest_hours() -> float:
    """By trying everything."""
    good = [
        nurses
        for nurses in product(range(1, WINDOWS + 1), repeat=4)
        if wait_s(nurses) <= LIMIT - 10 and 1.5 * wait_s(nurses) <= 2 * LIMIT - 10
    ]
    return min(sum(nurses) for nurses in good) * 0.5


def test_the_cheapest_staffing_is_found() -> None:
    found = search().run()
    assert found.best is not None
    assert found.best.held is Held.HOLDS
    assert found.best.nurse_hours == cheapest_hours()


def test_each_neighbour_with_a_nurse_less_fails() -> None:
    one = search()
    best = one.run().best
    assert best is not None
    assert all(one.trials.decide(less).held is not Held.HOLDS for _, less in fewer(best.staffing, SLOTS, 1))


def test_the_same_search_twice_finds_the_same_with_the_same_days() -> None:
    first, second = search(), search()
    assert first.run() == second.run()
    assert first.trials.days_run == second.trials.days_run


def test_hopeless_staffings_cost_few_days() -> None:
    trials = Trials(room(), GOALS, 0.95, 5000)
    hopeless = trials.decide(Staffing((1, 1, 1, 1), WINDOWS))
    assert (hopeless.held, hopeless.days) == (Held.FAILS, 60)


def test_where_not_even_a_nurse_at_every_window_suffices_nothing_is_found() -> None:
    def far_too_long(staffing: Staffing, numbers: range) -> Floats:
        return np.full((len(numbers), 3), 5000.0)

    found = search(far_too_long).run()
    assert found.best is None
    assert found.top.held is Held.FAILS


def test_a_search_broken_off_has_the_best_so_far_and_says_so() -> None:
    count, evaluate = [0], room()

    def interrupted(staffing: Staffing, numbers: range) -> Floats:
        count[0] += 1
        if count[0] > 1:
            raise KeyboardInterrupt
        return evaluate(staffing, numbers)

    found = search(interrupted).run()
    assert found.partial
    assert found.best is not None and found.best.held is Held.HOLDS


def test_a_search_broken_off_at_once_has_nothing() -> None:
    def interrupted(staffing: Staffing, numbers: range) -> Floats:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(interrupted).run()


def test_refused_nurses_are_not_taken_though_they_hold() -> None:
    best = search().run().best
    assert best is not None
    other = search(refused={best.staffing.nurses}).run().best
    assert other is not None
    assert other.staffing.nurses != best.staffing.nurses
    assert other.nurse_hours >= best.nurse_hours


def test_hours_worked_after_the_end_count() -> None:
    """The last half hour can be had with one nurse, but then she works on for longer than a second one costs."""

    def backlog(staffing: Staffing, numbers: range) -> Floats:
        rows = room()(staffing, numbers)
        rows[:, 2] = 2.0 if staffing.nurses[-1] < 2 else 0.0
        return rows

    best = search(backlog).run().best
    assert best is not None and best.staffing.nurses[-1] == 2


# What it means to hold.

WAITING = Goal(WAIT, "<=", 600.0, "<= 10 min")
CLAUSE = Goal(BELOW_EIGHT, "<=", 0.0, "<= 0 s")


def test_a_limit_of_the_mean_holds_when_its_upper_bound_keeps_it() -> None:
    rows = {mean: measured(WAITING, np.array([mean - 100.0, mean + 100.0] * 50)) for mean in (570.0, 590.0, 630.0)}
    assert rows[570.0].bound(0.95) == pytest.approx(570 + 1.660 * 100.5 / 10, abs=0.1)  # Student's t, 99 degrees
    assert [row.held(0.95) for row in rows.values()] == [Held.HOLDS, Held.OPEN, Held.FAILS]


def test_the_share_of_days_beyond_the_limit_is_told() -> None:
    assert measured(WAITING, np.array([500.0] * 70 + [700.0] * 30)).beyond == pytest.approx(0.3)


@pytest.mark.parametrize(("broken", "held"), [(0, Held.HOLDS), (30, Held.HOLDS), (50, Held.OPEN), (90, Held.FAILS)])
def test_the_eight_window_clause_holds_when_enough_days_keep_it(broken: int, held: Held) -> None:
    row = measured(CLAUSE, np.array([40.0] * broken + [0.0] * (1000 - broken)))
    assert row.held(0.95) is held


def test_a_figure_without_samples_holds_nothing() -> None:
    assert measured(WAITING, np.full(10, np.nan)).held(0.95) is Held.OPEN


@pytest.mark.parametrize(
    "days",
    [[60.0] + [np.nan] * 59, [60.0, 60.001] + [np.nan] * 58, [5000.0] + [np.nan] * 59, [60.0] * 15 + [61.0] * 4],
    ids=["one", "two", "one beyond", "nineteen"],
)
def test_a_handful_of_days_says_nothing(days: list[float]) -> None:
    assert measured(WAITING, np.array(days)).held(0.95) is Held.OPEN


@pytest.mark.parametrize(("days", "held"), [(20, Held.OPEN), (58, Held.OPEN), (59, Held.HOLDS)])
def test_days_that_are_all_alike_say_no_more_than_the_rule_of_three(days: int, held: Held) -> None:
    for goal in (WAITING, Goal("patient.left", "<=", 1.5, "<= 1.5")):
        assert measured(goal, np.zeros(days)).held(0.95) is held
    beyond = {Held.OPEN: Held.OPEN, Held.HOLDS: Held.FAILS}[held]
    assert measured(WAITING, np.full(days, 601.3)).held(0.95) is beyond


@pytest.mark.parametrize(("days", "quantile"), [(20, 1.729), (30, 1.699), (61, 1.671)])
def test_the_bound_is_students(days: int, quantile: float) -> None:
    """Quantiles of Student's t, one-sided 95 %: NIST/SEMATECH e-Handbook 1.3.6.7.2."""
    samples = np.linspace(300.0, 500.0, days)
    half = measured(WAITING, samples).bound(0.95) - samples.mean()
    assert half == pytest.approx(quantile * samples.std(ddof=1) / math.sqrt(days), rel=0.005)


# Who leaves, and who is left.


def test_the_share_that_leaves_with_everybody_there_and_one_point_more_may_leave() -> None:
    limit = left_goal((WAITING,), 3.0, 200.0)
    assert limit is not None and (limit.value, limit.text) == (5.0, "<= 5")
    assert left_goal((limit,), 3.0, 200.0) is None  # the scenario has its own
    narrowed = Goal("patient.left", "<=", 1.0, "<= 1", where="class == child")
    assert left_goal((narrowed,), 3.0, 200.0) is not None


def test_a_day_broken_off_with_people_waiting_makes_a_staffing_fail() -> None:
    def one_unfinished(staffing: Staffing, numbers: range) -> Floats:
        rows = room()(full(SLOTS, WINDOWS), numbers)
        rows[[number == 17 for number in numbers], 2] = np.inf
        return rows

    trial = Trials(one_unfinished, GOALS, 0.95, 300).after(full(SLOTS, WINDOWS), 300)
    assert all(row.held(0.95) is Held.HOLDS for row in trial.rows)
    assert (trial.held, trial.unfinished) == (Held.FAILS, 1)
    assert math.isfinite(trial.nurse_hours)


# Pruning.


def test_only_what_is_shown_to_fail_rules_out_fewer_nurses() -> None:
    """With noise beyond any answer nothing but the top holds, and nothing is shown to fail: every neighbour is tried on all days."""

    def all_open(staffing: Staffing, numbers: range) -> Floats:
        top = staffing == full(SLOTS, WINDOWS)
        spread = np.where(np.arange(len(numbers)) % 2 == 0, 1.0, -1.0) * (1.0 if top else 5000.0)
        return np.column_stack((500.0 + spread, 500.0 + spread, np.zeros(len(numbers))))

    one = search(all_open)
    one.run()
    assert len(one.trials.done) > 4
    assert {one.trials.decide(staffing).held for staffing in one.trials.done} == {Held.HOLDS, Held.OPEN}
    assert not any(one.ruled_out(full(SLOTS, WINDOWS).changed(slot, -2)) for slot in range(4))


def test_what_is_shown_to_fail_rules_out_fewer_nurses() -> None:
    one = search()
    one.run()
    assert one.ruled_out(Staffing((1, 1, 1, 1), WINDOWS))


# Windows.


def test_windows_are_open_from_their_first_to_their_last_half_hour() -> None:
    assert Staffing((2, 1, 3, 0, 1), 4).open == (2, 2, 3, 1, 1)
    assert Staffing((0, 1, 3, 2, 1), 4, spare=1).open == (0, 2, 4, 3, 2)
    assert full(Slots(0, 3, first=1), 8).nurses == (0, 8, 8)
