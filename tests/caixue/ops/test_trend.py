"""How readings move: the slope and the test beside independent oracles, and the honest "cannot tell"."""

from __future__ import annotations

from itertools import combinations, permutations
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.ops.trend import LEVEL, Sample, chance_of, rising_less_falling, theil_sen, trend_of
from caixue.units import US_PER_DAY

VALUES = st.lists(st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 3)), min_size=2, max_size=12)


def daily(*values: float, step: int = 30) -> list[Sample]:
    return [Sample(index * step * US_PER_DAY, value) for index, value in enumerate(values)]


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_the_slope_is_the_median_of_the_slopes_of_all_pairs(values: list[float]):
    x = np.arange(len(values), dtype=float) ** 2
    slopes = [(values[b] - values[a]) / (x[b] - x[a]) for a, b in combinations(range(len(values)), 2)]
    assert theil_sen(x, np.array(values)) == pytest.approx(median(slopes))


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_the_chance_is_the_share_of_all_orders_that_rise_as_much(count: int):
    scores = [rising_less_falling(np.array(order, dtype=float)) for order in permutations(range(count))]
    for score in set(scores):
        assert chance_of(score, count) == pytest.approx(sum(each >= score for each in scores) / len(scores))


@pytest.mark.parametrize("score", [0, 60, 120, 200])
def test_many_readings_are_judged_by_the_normal_law_which_agrees_with_counting(score: int):
    from caixue.ops.trend import _exact

    assert chance_of(score, 31) == pytest.approx(_exact(score + 1 - score % 2, 31), abs=0.01)


def test_a_straight_line_meets_its_limit_when_it_does():
    trend = trend_of(daily(10, 20, 30, 40), limit=70)
    assert (trend.per_30_days, trend.change, trend.worsening) == (pytest.approx(10), 10, True)
    assert trend.days_left == pytest.approx(90)


def test_one_stray_reading_does_not_move_the_slope():
    assert trend_of(daily(10, 20, 30, 40, 500, 60, 70), limit=1000).per_30_days == pytest.approx(10)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_with_fewer_than_four_readings_nobody_can_tell(count: int):
    trend = trend_of(daily(*range(count)), limit=5)
    assert trend.days_left is None and not trend.worsening and trend.why


@pytest.mark.parametrize("values", [(5, 5, 5, 5, 5), (5, 7, 4, 6, 5, 6), (1, 2, 4, 3)])
def test_a_slope_within_the_noise_says_nothing(values: tuple[float, ...]):
    trend = trend_of(daily(*values), limit=100)
    assert trend.days_left is None and not trend.worsening and trend.why


def test_what_moves_away_from_its_limit_has_no_time_left_to_tell():
    assert trend_of(daily(40, 30, 20, 10), limit=70).days_left is None


def test_a_limit_from_below_is_met_by_falling():
    trend = trend_of(daily(1.0, 0.98, 0.96, 0.94), limit=0.90, worse="below")
    assert trend.worsening and trend.days_left == pytest.approx(60)


def test_what_lies_beyond_its_limit_has_no_days_left():
    assert trend_of(daily(10, 20, 30, 80), limit=25).days_left == 0


def test_several_readings_of_a_day_count_as_their_median():
    busy = [Sample(day * US_PER_DAY + hour, value) for day in range(5) for hour, value in enumerate((day, day + 100, day))]
    assert trend_of(busy).count == 5 and trend_of(busy).per_30_days == pytest.approx(30)


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_turning_everything_upside_down_gives_the_same_answer(values: list[float]):
    up, down = trend_of(daily(*values), 2000.0), trend_of(daily(*(-value for value in values)), -2000.0, "below")
    assert (up.worsening, up.days_left) == (down.worsening, down.days_left)


@given(st.permutations(range(6)))
@settings(max_examples=60, deadline=None)
def test_noise_alone_seldom_worsens(order: list[int]):
    score = rising_less_falling(np.array(order, dtype=float))
    assert trend_of(daily(*order), limit=100).worsening == (score >= 11)  # 2.8 % of all orders; 9 or more would be 6.8 %


@pytest.mark.parametrize("equal", [(0, 1, 2, 2), (0, 1, 1, 2), (0, 0, 1, 2), (0, 1, 1, 2, 3), (0, 0, 1, 1, 2), (0, 1, 2, 3, 3, 4)], ids=str)
def test_noise_with_equal_readings_worsens_no_more_often(equal: tuple[int, ...]):
    scores = [rising_less_falling(np.array(order, dtype=float)) for order in permutations(equal)]
    assert sum(chance_of(score, len(equal)) <= LEVEL for score in scores) <= LEVEL * len(scores)


def test_one_stray_reading_beyond_the_limit_does_not_say_that_the_limit_is_met():
    found = trend_of(daily(0.1, 0.12, 0.1, 0.12, 0.11, 0.9), limit=0.8)
    assert (found.days_left, found.last) == (None, 0.9)
