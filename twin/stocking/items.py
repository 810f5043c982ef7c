"""The items of a site as the arithmetic of levels takes them: what is simulated, what fails, and the site's own prices and lead times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from caixue.ops.reorder import SPREAD, TERMS, YEAR_WEEKS, Demand, Terms, economic_quantity
from caixue.ops.spare_chain import parts_of
from caixue.ops.spare_demand import DAYS_PER_MONTH, catalogue_demand
from caixue.site import Site
from caixue.site_model import StockItem
from caixue.units import US_PER_DAY
from twin.stocking.levels import YEAR_DAYS, Item
from twin.stocking.use import Use, poisson

CLINIC_DAYS = 5  # a week, each like a simulated day; assumed: docs/assumptions.md A-169


@dataclass(frozen=True, slots=True)
class Stocked:
    """An item with what the site has now: its reorder point is one below the site's minimum."""

    item: Item
    stock: StockItem
    daily_mean: float  # pieces a clinic day
    daily_sd: float
    source: str  # "simulated" or "catalogue"

    @property
    def point(self) -> int:
        """What the site orders at now."""
        return self.stock.minimum - 1


def consumables(
    site: Site, uses: Mapping[str, Use], *, clinic_days: int = CLINIC_DAYS, spread: float = SPREAD, terms: Terms = TERMS
) -> list[Stocked]:
    """The consumables of the site that the simulated days use."""
    return [_consumable(row, uses[row.item], clinic_days, spread, terms) for row in site.stock if row.item in uses]


def _consumable(row: StockItem, use: Use, clinic_days: int, spread: float, terms: Terms) -> Stocked:
    lead_days = row.lead_time_us / US_PER_DAY
    a_week = use.mean * clinic_days
    lasting = worked(lead_days + terms.review_days, clinic_days)
    week = Demand(a_week, max(spread * a_week, math.sqrt(a_week)))
    quantity = min(economic_quantity(week, row.unit_cost_fen, terms), a_week * terms.longest_weeks)
    item = Item(
        name=row.item,
        demand=_trimmed(use.over(lasting, spread)),
        per_year=a_week * YEAR_WEEKS,
        chances=YEAR_DAYS / max(1.0, terms.review_days),
        unit_cost_fen=row.unit_cost_fen,
        pack=row.pack,
        lot=max(1, math.ceil(quantity / row.pack)) * row.pack,
        waiting=a_week * lead_days / 7,
        cycle=a_week * terms.review_days / 7,
        terms=terms,
    )
    return Stocked(item, row, use.mean, use.sd, "simulated")


def worked(days: float, clinic_days: int) -> int:
    """The most clinic days in so many days on end, where those of a week follow one another: 10 days from a Monday have 8 workdays."""
    weeks, rest = divmod(math.ceil(days), 7)
    return weeks * clinic_days + min(rest, clinic_days)


def _trimmed(table: np.ndarray) -> np.ndarray:
    """Without the end of the table that comes to nothing."""
    kept = int(np.searchsorted(np.cumsum(table), 1 - 1e-12)) + 1
    return table[:kept]


def parts(site: Site, terms: Terms = TERMS) -> list[Stocked]:
    """The parts that the site keeps and that fail at a known rate."""
    rates = catalogue_demand(site)
    kept = set(parts_of(site))
    return [_part(row, rates[row.item], terms) for row in site.stock if row.item in kept and rates.get(row.item)]


def _part(row: StockItem, per_month: float, terms: Terms) -> Stocked:
    per_day = per_month / DAYS_PER_MONTH
    mean = per_day * row.lead_time_us / US_PER_DAY
    item = Item(
        name=row.item,
        demand=poisson(mean),
        per_year=per_day * YEAR_DAYS,
        chances=per_day * YEAR_DAYS,
        unit_cost_fen=row.unit_cost_fen,
        pack=1,
        lot=1,
        waiting=mean,
        part=True,
        terms=terms,
    )
    return Stocked(item, row, per_day, math.sqrt(per_day), "catalogue")


def without_figure(site: Site, found: list[Stocked]) -> list[str]:
    """The items of the site that nothing is known to use."""
    known = {row.item.name for row in found}
    return [row.item for row in site.stock if row.item not in known]
