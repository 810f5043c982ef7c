"""Reorder points, order quantities and their cost, against theory and by hand."""

from __future__ import annotations

from datetime import timedelta
from math import erf, exp, inf, pi, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.ops.orders import OrderLine, expected_per_week
from caixue.ops.reorder import (
    DUE,
    NOW,
    SOON,
    Demand,
    Shelf,
    Terms,
    demand_of,
    economic_quantity,
    fill_rate,
    normal_loss,
    order_quantity,
    reorder_list,
    reorder_point,
    safety_stock,
    yearly_cost_fen,
)
from tests.caixue.ops.supply_desk import DISPENSER, ENGINEER, HEAD, Desk, opened, the_site

DEMANDS = st.builds(lambda mean, spread: Demand(mean, spread * mean), st.floats(0.01, 10_000), st.floats(0.01, 1.0))


def test_the_reorder_point_by_hand() -> None:
    """10 days at 700 a week: 1000; sd 70 a week over 10/7 weeks: 83.7; 2.326 of them: 194.6."""
    assert reorder_point(Demand(700, 70), Terms(lead_days=3, review_days=7, service=0.99)) == 1195


def test_slow_movers_are_counted_piece_by_piece() -> None:
    """Poisson with mean 1.43: P(X <= 4) = 0.9833, P(X <= 5) = 0.9964."""
    assert reorder_point(Demand(1.0, 1.0), Terms(lead_days=3, review_days=7, service=0.99)) == 5


def test_the_square_root_of_harris_by_hand() -> None:
    """52,143 a year, 50 yuan an order, 0.18 yuan a year to hold one: sqrt(2 * 52143 * 50 / 0.18) = 5382."""
    assert economic_quantity(Demand(1000, 100), 90, Terms(order_fen=5_000, holding=0.20)) == pytest.approx(5382, abs=1)


@given(DEMANDS, st.integers(1, 100_000), st.floats(0.2, 5.0))
def test_no_other_quantity_costs_less_than_the_economic_one(demand: Demand, unit_cost_fen: int, factor: float) -> None:
    terms, best = Terms(), economic_quantity(demand, unit_cost_fen)
    cost = [demand.mean * 365 / 7 / q * terms.order_fen + q / 2 * unit_cost_fen * terms.holding for q in (best, best * factor)]
    assert cost[0] <= cost[1] * (1 + 1e-9)


@given(DEMANDS, st.integers(0, 100_000), st.integers(1, 500), st.integers(1, 10_000))
def test_an_order_is_whole_packs_and_brings_the_position_to_the_point(demand: Demand, position: int, pack: int, cost: int) -> None:
    quantity = order_quantity(position, demand, cost, pack=pack)
    assert quantity % pack == 0 and quantity >= pack
    assert position + quantity >= reorder_point(demand)


@given(DEMANDS, st.floats(0, 30), st.floats(0, 30))
def test_a_longer_wait_never_lowers_the_point(demand: Demand, one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert reorder_point(demand, Terms(lead_days=short)) <= reorder_point(demand, Terms(lead_days=long))


@given(st.floats(-4, 4))
def test_the_loss_function_is_that_of_the_normal_distribution(k: float) -> None:
    tail = 0.5 * (1 - erf(k / sqrt(2)))
    assert normal_loss(k) == pytest.approx(exp(-k * k / 2) / sqrt(2 * pi) - k * tail, abs=1e-12)
    assert normal_loss(k) - normal_loss(-k) == pytest.approx(-k)


def test_the_fill_rate_by_simulated_weeks() -> None:
    """A policy that orders at its point loses no more of the demand than the fill rate says, over 4,000 review periods of a known sample."""
    from random import Random

    dice, demand, terms = Random(7), Demand(700.0, 140.0), Terms(lead_days=7, review_days=7, service=0.9)
    point, quantity = reorder_point(demand, terms), 1400
    shelf, coming, asked, short = point + quantity, 0, 0.0, 0.0
    for _ in range(4000):
        shelf, coming = shelf + coming, 0
        if shelf <= point:
            coming = quantity  # comes a week later
        week = max(0.0, dice.gauss(demand.mean, demand.sd))
        asked += week
        short += max(0.0, week - max(0.0, shelf))
        shelf -= week
    assert fill_rate(quantity, demand, terms) - 0.02 < 1 - short / asked <= 1


def test_ordering_and_holding_cost_by_hand() -> None:
    """10.43 orders at 50 yuan, and (2500 + 195) pieces at 0.90 yuan for 20 %: 521.43 + 485.1 yuan."""
    demand = Demand(1000, 100)
    held = 2500 + safety_stock(demand)
    assert yearly_cost_fen(5000, demand, 90) == round(1000 * 365 / 7 / 5000 * 5000 + held * 90 * 0.2)


def test_measured_weeks_stand_above_what_was_expected_and_one_week_is_not_enough() -> None:
    assert demand_of([], 100.0).mean == demand_of([5000.0], 100.0).mean == 100.0
    measured = demand_of([90.0, 110.0, 100.0], 4000.0)
    assert (measured.mean, measured.sd) == (100.0, 10.0)  # at least a Poisson count's


@pytest.mark.parametrize(
    "wrong", [{"service": 1.0}, {"service": 0.3}, {"lead_days": -1}, {"holding": 0}, {"order_fen": -1}, {"longest_weeks": 0}]
)
def test_terms_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Terms(**wrong)


def test_the_list_is_what_is_at_its_point_the_most_urgent_first_with_its_cost() -> None:
    demand = {name: Demand(70, 7) for name in "abcd"}
    shelves = [Shelf("a", 90, 0, 0, 100), Shelf("b", 20, 0, 0, 100), Shelf("c", 5, 300, 0, 100), Shelf("d", 5, 0, 0, 100, pack=12)]
    rows = reorder_list(shelves, demand, Terms(lead_days=3))
    assert [(row.shelf.item, row.urgency) for row in rows] == [("d", NOW), ("b", SOON), ("a", DUE)]  # c is on its way
    assert all(row.cost_fen == row.quantity * 100 for row in rows)
    assert rows[0].quantity % 12 == 0


def test_an_item_below_the_sites_own_minimum_is_ordered_though_nobody_uses_it() -> None:
    (row,) = reorder_list([Shelf("x", 2, 0, 6, 100, pack=4)], {})
    assert (row.quantity, row.days_left, row.urgency) == (4, None, DUE)
    assert reorder_list([Shelf("x", 6, 0, 6, 100)], {}) == []


def test_a_site_that_says_how_long_an_item_takes_is_believed() -> None:
    shelf = [Shelf("x", 500, 0, 0, 100, lead_days=60.0)]
    assert reorder_list(shelf, {"x": Demand(70, 7)}) and not reorder_list([Shelf("x", 500, 0, 0, 100)], {"x": Demand(70, 7)})


# Orders and the demand that they follow.


def test_two_weeks_of_a_hundred_patients_an_hour_are_about_what_the_site_keeps() -> None:
    week = expected_per_week(the_site(), Desk().now)
    store = {item.item: item.on_hand for item in the_site().stock}
    assert all(1.2 < store[item] / week[item] < 3 for item in ("serum-yellow", "edta-purple", "citrate-blue", "label-roll"))


def test_demand_is_what_went_out_in_whole_weeks() -> None:
    desk = opened()
    for day in range(22):
        desk.pick(1, 10)
        desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today)
        desk.days_on(1)
        assert desk.orders.weeks("serum-yellow", desk.clock.now_us) == [70.0] * ((day + 1) // 7)
    demands = desk.orders.demands(desk.site, desk.clock.now_us, desk.now)
    assert demands["serum-yellow"].mean == 70.0
    assert demands["edta-purple"].mean > 1000  # nobody has measured it: the site's patients


def test_an_order_counts_until_it_has_come_or_is_closed() -> None:
    desk = opened()
    (placed,) = desk.orders.place([OrderLine("serum-yellow", 5000, 90)], due_us=10, supplier="s", by=ENGINEER)
    assert (placed.subject, desk.orders.on_order("serum-yellow")) == ("order-0001", 5000)
    from caixue.ops.deliveries import Line

    order = desk.orders.order("order-0001")
    (announced,) = desk.deliveries.announce([Line("serum-yellow", "A", 3000)], supplier="s", by=ENGINEER, order=order)
    assert desk.orders.on_order("serum-yellow") == 5000
    desk.deliveries.sign(announced.subject, [], person=HEAD, today=desk.today)
    assert (desk.orders.on_order("serum-yellow"), order.complete) == (2000, False)
    desk.orders.close("order-0001", reason="the maker has no more", by=ENGINEER)
    assert (desk.orders.on_order("serum-yellow"), order.complete) == (0, True)
    assert desk.again().state() == desk.state()


@pytest.mark.parametrize(
    ("lines", "supplier"),
    [
        ([], "s"),
        ([OrderLine("serum-yelow", 1, 1)], "s"),
        ([OrderLine("serum-yellow", 0, 1)], "s"),
        ([OrderLine("serum-yellow", 1, 1)], " "),
    ],
)
def test_an_order_that_cannot_be_placed_leaves_no_trace(lines: list[OrderLine], supplier: str) -> None:
    desk = opened()
    seen = len(desk.journal.events)
    with pytest.raises(UsageError):
        desk.orders.place(lines, due_us=0, supplier=supplier, by=ENGINEER)
    assert len(desk.journal.events) == seen and desk.orders.orders == {}


def test_what_is_on_order_is_not_ordered_again() -> None:
    desk = opened()
    desk.stock.scrap("serum-yellow", "opening", 11_000, reason="water", by=ENGINEER)
    demands = desk.orders.demands(desk.site, desk.clock.now_us, desk.now)
    (row,) = [row for row in desk.orders.suggest(demands, desk.now) if row.shelf.item == "serum-yellow"]
    assert row.quantity % 100 == 0  # whole racks
    assert row.urgency < DUE and row.days_left is not None and row.days_left < 2 < inf
    due_us = desk.clock.now_us + timedelta(days=3) // timedelta(microseconds=1)
    desk.orders.place([OrderLine("serum-yellow", row.quantity, 90)], due_us=due_us, supplier="s", by=ENGINEER)
    assert "serum-yellow" not in [row.shelf.item for row in desk.orders.suggest(demands, desk.now)]
