"""How well the shelf of spare parts protects the room (contract C4, R5.4): risk, fill rate, and what minimum a wanted rate takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.fill_rate import base_stock_for, fill_rate, stockout_risk
from caixue.ops.spare_chain import needed_by, parts_of
from caixue.ops.spare_demand import Demand, catalogue_demand, demand
from caixue.ops.spares import Spares
from caixue.site_model import LEAD_TIME_US, StockItem
from caixue.units import US_PER_DAY

WANTED = 0.95  # share of demands met from the shelf; project (项目自定), assumed: docs/assumptions.md A-112


@dataclass(frozen=True, slots=True)
class Risk:
    """One part: what lies there, what is needed, and what follows. `stockout`: before the next delivery a demand finds nothing."""

    item: str
    on_hand: int
    on_order: int
    minimum: int
    lead_days: float
    demand: Demand
    stockout: float
    filled: float  # expected share of demands met when the minimum is kept as base stock
    recommended: int  # smallest minimum with at least the wanted share
    unit_cost_fen: int | None  # None: the site keeps none, and its price is not known

    @property
    def cost_fen(self) -> int | None:
        """What the recommended minimum costs more than the present one; below 0: what it frees; None: not known."""
        return None if self.unit_cost_fen is None else (self.recommended - self.minimum) * self.unit_cost_fen


def risks(
    spares: Spares,
    *,
    days: float,
    wanted: float = WANTED,
    on_order: Mapping[str, int] | None = None,
    next_days: Mapping[str, float] | None = None,
) -> list[Risk]:
    """Every part that the site keeps or its devices use up, the most at risk first. `days`: length of the record.

    `on_order`: part → pieces; `next_days`: part → days until some come; else what is ordered now comes after the lead time.
    Raises UsageError for a `wanted` share of 1 or more.
    """
    if not 0 <= wanted < 1:
        raise UsageError(tr(f"满足率要小于 1，不能是 {wanted}", f"a fill rate lies below 1, not at {wanted}"))
    catalogue, coming, until = catalogue_demand(spares.site), on_order or {}, next_days or {}
    names = dict.fromkeys((*parts_of(spares.site), *sorted(needed_by(spares.site))))
    found = []
    for name in names:
        needed = demand(name, catalogue, spares.asked(name), days)
        found.append(_risk(spares, name, needed, wanted, coming.get(name, 0), until.get(name)))
    return sorted(found, key=lambda row: (-row.stockout, row.item))


def _risk(spares: Spares, name: str, needed: Demand, wanted: float, coming: int, next_days: float | None) -> Risk:
    item: StockItem | None = spares.stock.items.get(name)
    lead_days = (item.lead_time_us if item is not None else LEAD_TIME_US) / US_PER_DAY
    on_hand = spares.stock.usable(name, spares.recorder.clock.now().date())
    minimum, mean = item.minimum if item is not None else 0, needed.during(lead_days)
    return Risk(
        item=name,
        on_hand=on_hand,
        on_order=coming,
        minimum=minimum,
        lead_days=lead_days,
        demand=needed,
        stockout=stockout_risk(on_hand, needed.during(lead_days if next_days is None else next_days)),
        filled=fill_rate(minimum, mean),
        recommended=base_stock_for(wanted, mean) if needed.per_month else minimum,
        unit_cost_fen=item.unit_cost_fen if item is not None else None,
    )
