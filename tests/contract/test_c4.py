"""C4: a local stock of wearing parts and spares, with minimum levels, lead times and the mathematics of how often the shelf has what is needed.

The arithmetic against a simulation: tests/caixue/ops/test_fill_rate.py; the way of each spare, whatever people do: tests/caixue/ops/test_spares.py.
"""

from __future__ import annotations

from random import Random

import pytest

from caixue.ops.fill_rate import fill_rate
from caixue.ops.spare_chain import needed_by, parts_of
from caixue.ops.spare_demand import RATES
from caixue.ops.spare_risk import WANTED, risks
from tests.caixue.ops.test_fill_rate import counted_base_stock
from tests.caixue.ops.test_spares import ENGINEER, HEAD, PRINTER, SITE, shelf, signed


def test_the_parts_that_the_contract_names_lie_on_the_shelf_with_a_minimum_a_price_and_a_lead_time() -> None:
    spares, _, clock = shelf()
    for item in ("print-head", "cutter"):
        row = spares.stock.items[item]
        assert spares.stock.usable(item, clock.now().date()) >= row.minimum >= 1
        assert row.unit_cost_fen > 0 and row.lead_time_us > 0


def test_every_part_that_a_device_breaks_or_wears_out_is_watched_whether_or_not_the_site_keeps_it() -> None:
    spares, _, _ = shelf()
    watched = {row.item for row in risks(spares, days=0)}
    assert watched == set(parts_of(SITE)) | needed_by(SITE) and {rate.part for rate in RATES} <= watched


def test_taking_parts_raises_the_risk_and_what_is_short_is_to_be_ordered_with_its_cost() -> None:
    spares, _, _ = shelf()
    before = next(row for row in risks(spares, days=0) if row.item == HEAD)
    for _ in range(2):
        signed(spares, spares.take(HEAD, "", PRINTER, ENGINEER))
    after = next(row for row in risks(spares, days=0) if row.item == HEAD)
    assert (before.on_hand, after.on_hand) == (2, 0) and after.stockout > before.stockout
    assert [(row.item, row.quantity, row.cost_fen) for row in spares.to_order()] == [(HEAD, 1, 90_000)]


@pytest.mark.parametrize("item", ["cutter", "motor"])
def test_the_recommended_minimum_keeps_the_wanted_fill_rate_when_every_demand_is_counted(item: str) -> None:
    spares, _, _ = shelf()
    row = next(row for row in risks(spares, days=0) if row.item == item)
    mean = row.demand.during(row.lead_days)
    assert fill_rate(row.recommended, mean) >= WANTED > fill_rate(row.recommended - 1, mean)
    counted = counted_base_stock(row.recommended, mean, Random(item), "fixed")
    assert counted == pytest.approx(fill_rate(row.recommended, mean), abs=0.012)
