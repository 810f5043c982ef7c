"""The arithmetic of spare parts, held against counting: a seeded simulation of every demand, order and delivery."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from math import exp
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.ops.fill_rate import LARGEST, at_most, base_stock_for, fill_rate, fill_rate_of_lots, stockout_risk

DEMANDS = 60_000
CLOSE = 0.012  # about four standard deviations of the slowest of these simulations

means = st.floats(0.0, 60.0)


def counted_base_stock(stock: int, mean: float, chance: Random, lead_times: str) -> float:
    """The share of demands that find a piece when each one orders one; demand comes once a day on average, lead time `mean` days."""
    now, on_hand, met, coming = 0.0, stock, 0, list[float]()
    for _ in range(DEMANDS):
        now += chance.expovariate(1.0)
        while coming and coming[0] <= now:
            heappop(coming)
            on_hand += 1
        met += on_hand > 0
        on_hand -= 1  # below 0: somebody waits
        heappush(coming, now + (mean if lead_times == "fixed" else chance.expovariate(1 / mean)))
    return met / DEMANDS


def counted_lots(reorder: int, lot: int, mean: float, chance: Random) -> float:
    """The same when `lot` pieces are ordered each time stock and orders together fall to `reorder`."""
    now, on_hand, position, met, coming = 0.0, reorder + lot, reorder + lot, 0, deque[float]()
    for _ in range(DEMANDS):
        now += chance.expovariate(1.0)
        while coming and coming[0] <= now:
            coming.popleft()
            on_hand += lot
        met += on_hand > 0
        on_hand, position = on_hand - 1, position - 1
        if position == reorder:
            coming.append(now + mean)
            position += lot
    return met / DEMANDS


@pytest.mark.parametrize("lead_times", ["fixed", "exponential"])
@pytest.mark.parametrize(("stock", "mean"), [(0, 0.5), (1, 0.3), (2, 1.5), (4, 3.0), (8, 6.0)])
def test_the_fill_rate_of_a_base_stock_is_what_a_simulation_counts_whatever_the_lead_times(stock: int, mean: float, lead_times: str) -> None:
    counted = counted_base_stock(stock, mean, Random(f"{stock} {mean} {lead_times}"), lead_times)
    assert counted == pytest.approx(fill_rate(stock, mean), abs=CLOSE)


@pytest.mark.parametrize(("reorder", "lot", "mean"), [(0, 1, 0.8), (1, 3, 1.2), (2, 5, 2.5), (0, 4, 2.0), (5, 10, 6.0)])
def test_the_fill_rate_of_lots_is_what_a_simulation_counts(reorder: int, lot: int, mean: float) -> None:
    counted = counted_lots(reorder, lot, mean, Random(f"{reorder} {lot} {mean}"))
    assert counted == pytest.approx(fill_rate_of_lots(reorder, lot, mean), abs=CLOSE)


@pytest.mark.parametrize(("on_hand", "mean"), [(0, 0.4), (1, 0.9), (3, 2.0)])
def test_the_risk_until_the_next_delivery_is_the_share_of_such_stretches_in_which_more_was_asked_for_than_lay_there(on_hand: int, mean: float) -> None:
    chance, empty = Random(f"{on_hand} {mean}"), 0
    for _ in range(DEMANDS // 3):
        left, asked = mean - chance.expovariate(1.0), 0
        while left > 0:
            asked, left = asked + 1, left - chance.expovariate(1.0)
        empty += asked > on_hand
    assert empty / (DEMANDS // 3) == pytest.approx(stockout_risk(on_hand, mean), abs=CLOSE)


@given(st.integers(0, 80), means)
def test_more_on_the_shelf_is_never_worse(stock: int, mean: float) -> None:
    assert fill_rate(stock, mean) <= fill_rate(stock + 1, mean) + 1e-12
    assert stockout_risk(stock, mean) >= stockout_risk(stock + 1, mean) - 1e-12
    assert 0 <= fill_rate(stock, mean) <= 1 and 0 <= stockout_risk(stock, mean) <= 1


@given(st.floats(0.0, 0.9999), st.floats(0.0, 40.0))
def test_the_recommended_stock_is_the_smallest_that_keeps_the_wanted_rate(wanted: float, mean: float) -> None:
    stock = base_stock_for(wanted, mean)
    assert fill_rate(stock, mean) >= wanted
    assert stock == 0 or fill_rate(stock - 1, mean) < wanted


@given(st.integers(0, 30), st.floats(0.0, 20.0))
def test_lots_of_one_are_a_base_stock_of_one_more_than_the_reorder_point(reorder: int, mean: float) -> None:
    assert fill_rate_of_lots(reorder, 1, mean) == pytest.approx(fill_rate(reorder + 1, mean))


def test_textbook_figures_of_the_poisson_distribution() -> None:
    assert at_most(0, 2.0) == pytest.approx(exp(-2.0))
    assert at_most(3, 2.0) == pytest.approx(0.857123, abs=1e-6)
    assert at_most(10, 10.0) == pytest.approx(0.583040, abs=1e-6)
    assert at_most(1000, 1000.0) == pytest.approx(0.508409, abs=1e-5)


def test_nothing_on_the_shelf_meets_nothing_and_no_demand_is_always_met() -> None:
    assert fill_rate(0, 1.0) == 0 and fill_rate(1, 0.0) == 1 and stockout_risk(0, 0.0) == 0
    assert base_stock_for(0.5, 0.0) == 1  # a part that nobody asks for still needs one to be there if somebody did


@pytest.mark.parametrize("mean", [-0.1, float("nan"), float("inf")])
def test_a_mean_that_none_can_be_is_refused(mean: float) -> None:
    with pytest.raises(UsageError):
        at_most(1, mean)


def test_impossible_wishes_are_refused() -> None:
    for wanted in (1.0, 1.5, -0.1):
        with pytest.raises(UsageError):
            base_stock_for(wanted, 1.0)
    with pytest.raises(UsageError):
        fill_rate_of_lots(1, 0, 1.0)
    assert base_stock_for(0.99, 50.0) < LARGEST
