"""When and how much to order of what is used up (contract R5.6, G2): reorder point, order quantity and cost. Pure arithmetic.

Stock is looked at every `review_days`, and what is ordered comes after `lead_days`: the reorder point must last for both together
(a periodic-review (R, s, nQ) policy; Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains). The order
quantity is Harris' square root (1913). Money is in fen (1/100 yuan), demand in pieces a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil, exp, inf, pi, sqrt
from statistics import NormalDist

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.fill_rate import at_most

WEEK_DAYS, YEAR_WEEKS = 7.0, 365 / 7
FEW = 20.0  # a mean below which demand is counted piece by piece (Poisson), above it is normal; docs/assumptions.md A-100
NOW, SOON, DUE = 0, 1, 2
URGENCY_ZH = {NOW: "现在就缺", SOON: "等不到供货", DUE: "到订货点"}

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Terms:
    """How an item is supplied, and how safe its supply must be."""

    lead_days: float = 3.0  # from order to delivery; docs/assumptions.md A-99
    review_days: float = 7.0  # between two looks at the stock; docs/assumptions.md A-99
    service: float = 0.99  # share of order cycles without a stock-out; docs/assumptions.md A-100
    order_fen: int = 5_000  # what an order costs, whatever it brings: 50 yuan; docs/assumptions.md A-101
    holding: float = 0.20  # of an item's value, a year: space, money, expiry; docs/assumptions.md A-101
    longest_weeks: float = 26.0  # nothing is ordered for longer than it may lie; docs/assumptions.md A-102

    def __post_init__(self) -> None:
        if not (0.5 <= self.service < 1 and self.lead_days >= 0 and self.review_days >= 0 and self.longest_weeks > 0):
            raise UsageError(
                tr("服务水平要在 0.5 与 1 之间，天数不能为负", "the service level lies between 0.5 and 1, and days are not negative")
            )
        if self.order_fen < 0 or self.holding <= 0:
            raise UsageError(tr("订货费不能为负，持有费率要大于 0", "an order costs 0 or more, and holding more than 0"))

    @property
    def weeks(self) -> float:
        """How long a reorder point must last."""
        return (self.lead_days + self.review_days) / WEEK_DAYS


TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Demand:
    """How much is used in a week: its mean and standard deviation, in pieces."""

    mean: float
    sd: float

    def over(self, weeks: float) -> tuple[float, float]:
        """Mean and standard deviation of so many weeks, which are independent of one another."""
        return self.mean * weeks, self.sd * sqrt(weeks)


SPREAD = 0.1  # of a week's mean, where nobody has measured it; docs/assumptions.md A-103


def demand_of(weeks: Iterable[float], expected: float = 0.0) -> Demand:
    """The demand measured in whole weeks; with fewer than two of them, what is `expected`. At least as scattered as a Poisson count."""
    used = list(weeks)
    if len(used) < 2:
        return Demand(expected, max(SPREAD * expected, sqrt(expected)))
    mean = sum(used) / len(used)
    variance = sum((each - mean) ** 2 for each in used) / (len(used) - 1)
    return Demand(mean, sqrt(max(variance, mean)))


def reorder_point(demand: Demand, terms: Terms = TERMS) -> int:
    """The position (usable and on order) at or below which to order, so that it lasts until the next delivery in `service` of the cases."""
    mean, sd = demand.over(terms.weeks)
    if mean >= FEW:
        return ceil(mean + _NORMAL.inv_cdf(terms.service) * sd)
    point = 0
    while at_most(point, mean) < terms.service:
        point += 1
    return point


def safety_stock(demand: Demand, terms: Terms = TERMS) -> float:
    """What the reorder point holds beyond the mean, in pieces."""
    return max(0.0, reorder_point(demand, terms) - demand.over(terms.weeks)[0])


def economic_quantity(demand: Demand, unit_cost_fen: int, terms: Terms = TERMS) -> float:
    """The quantity at which ordering and holding cost least together: sqrt(2 D K / h), with D and h a year (Harris 1913)."""
    holding_fen = terms.holding * unit_cost_fen
    return sqrt(2 * demand.mean * YEAR_WEEKS * terms.order_fen / holding_fen) if holding_fen else demand.mean * terms.longest_weeks


def order_quantity(position: int, demand: Demand, unit_cost_fen: int, terms: Terms = TERMS, pack: int = 1) -> int:
    """How many to order at this position: the economic quantity and at least up to the reorder point, in whole packs.

    No more than is used in `longest_weeks`, except that a pack cannot be divided. Raises UsageError for a pack below 1.
    """
    if pack < 1:
        raise UsageError(tr(f"每包不能是 {pack}", f"a pack holds at least 1, not {pack}"))
    missing = reorder_point(demand, terms) - position
    most = max(missing, demand.mean * terms.longest_weeks)
    wanted = max(missing, min(economic_quantity(demand, unit_cost_fen, terms), most), 1)
    return ceil(wanted / pack) * pack


def fill_rate(quantity: int, demand: Demand, terms: Terms = TERMS) -> float:
    """The share of demand met from the store when `quantity` is ordered at the reorder point, by the normal loss function."""
    mean, sd = demand.over(terms.weeks)
    if not sd or not quantity:
        return 1.0
    short = sd * normal_loss((reorder_point(demand, terms) - mean) / sd)
    return max(0.0, 1 - short / quantity)


def normal_loss(k: float) -> float:
    """The mean of what a standard normal variable exceeds `k` by."""
    return exp(-k * k / 2) / sqrt(2 * pi) - k * (1 - _NORMAL.cdf(k))


def yearly_cost_fen(quantity: int, demand: Demand, unit_cost_fen: int, terms: Terms = TERMS) -> int:
    """What ordering and holding cost in a year when `quantity` is ordered at a time; without the goods themselves."""
    orders = demand.mean * YEAR_WEEKS / quantity if quantity else 0.0
    held = quantity / 2 + safety_stock(demand, terms)
    return round(orders * terms.order_fen + held * unit_cost_fen * terms.holding)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is there of one item: usable in the store, on order, the site's own minimum, price and pack."""

    item: str
    usable: int
    on_order: int
    minimum: int
    unit_cost_fen: int
    pack: int = 1
    lead_days: float | None = None  # as the site says of the item; None: as the terms say

    @property
    def position(self) -> int:
        """Usable and on order."""
        return self.usable + self.on_order


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item to order."""

    shelf: Shelf
    point: int
    quantity: int
    cost_fen: int
    urgency: int  # 0: there is less than a day's use; 1: it will hardly last until the delivery; 2: it is due
    days_left: float | None  # that what is usable lasts on average; None: nothing is used
    yearly_fen: int  # of ordering and holding in this way


def reorder_list(shelves: Iterable[Shelf], demand: Mapping[str, Demand], terms: Terms = TERMS) -> list[Suggestion]:
    """The items at or below their reorder point, or below the site's minimum: how many to order, at what cost; the most urgent first."""
    found = [_suggestion(shelf, demand.get(shelf.item, Demand(0.0, 0.0)), terms) for shelf in shelves]
    return sorted((row for row in found if row.shelf.position <= row.point), key=_pressing)


def _pressing(row: Suggestion) -> tuple[int, float, str]:
    return row.urgency, inf if row.days_left is None else row.days_left, row.shelf.item


def _suggestion(shelf: Shelf, demand: Demand, terms: Terms) -> Suggestion:
    terms = terms if shelf.lead_days is None else replace(terms, lead_days=shelf.lead_days)
    point = max(reorder_point(demand, terms), shelf.minimum - 1)
    quantity = order_quantity(shelf.position, demand, shelf.unit_cost_fen, terms, shelf.pack)
    quantity = max(quantity, ceil((shelf.minimum - shelf.position) / shelf.pack) * shelf.pack)
    days_left = shelf.usable / demand.mean * WEEK_DAYS if demand.mean else None
    urgency = DUE if days_left is None or days_left >= terms.lead_days else SOON if days_left >= 1 else NOW
    yearly = yearly_cost_fen(quantity, demand, shelf.unit_cost_fen, terms)
    return Suggestion(shelf, point, quantity, quantity * shelf.unit_cost_fen, urgency, days_left, yearly)
