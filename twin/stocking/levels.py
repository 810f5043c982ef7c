"""Levels of one item against the risk to run out and the yearly cost; pure arithmetic on exact tables of demand.

Consumables are looked at every review period and ordered in multiples of a lot when at or below the reorder point: a (R, s, nQ)
policy, under which the position after a review is uniform on s + 1 … s + Q (Hadley and Whitin 1963, section 5-3). Parts are
ordered one for one: what is on order is Poisson (Palm's theorem; Feeney and Sherbrooke 1966, doi 10.1287/mnsc.12.5.391).
Both let demand wait that finds nothing. Money is in fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caixue.ops.reorder import TERMS, Terms
from twin.stocking.use import Floats

YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Item:
    """One item with its supply and its demand.

    `demand`: probability of each number of pieces in the time that a reorder point must last (of parts: the lead time);
    `per_year`: pieces used in a year; `chances`: occasions a year on which it can run out.
    """

    name: str
    demand: Floats
    per_year: float
    chances: float
    unit_cost_fen: int
    pack: int
    lot: int  # whole packs; 1 of parts
    waiting: float  # pieces used in the lead time on average
    cycle: float = 0.0  # pieces used in a review period on average
    part: bool = False
    terms: Terms = TERMS

    @cached_property
    def _beyond(self) -> Floats:
        """P(demand > n) for n = 0, 1, 2 …"""
        return np.maximum(0.0, 1.0 - np.cumsum(self.demand))

    @cached_property
    def _summed(self) -> Floats:
        return np.concatenate((np.zeros(1), np.cumsum(self._beyond)))

    def risk(self, point: int) -> float:
        """The probability to run out: of a consumable in one review period, of a part that a demand finds nothing.

        `point`: the reorder point, at or below which is ordered; −1 where nothing is kept.
        """
        if self.part:
            return 1.0 if point < 0 else float(self._at(point))
        return float(self._sum(point + self.lot + 1) - self._sum(point + 1)) / self.lot

    def _at(self, count: int) -> float:
        return self._beyond[count] if count < len(self._beyond) else 0.0

    def _sum(self, count: int) -> float:
        """Of P(demand > n) over n < `count`."""
        return self._summed[min(max(0, count), len(self._beyond))] + min(0, count)

    def expected(self, point: int) -> float:
        """How often a year it runs out."""
        return self.chances * self.risk(point)

    def upto(self, point: int) -> int:
        """The highest position: reorder point and lot."""
        return point + self.lot

    def on_hand(self, point: int) -> float:
        """Pieces on the shelf on average over time, where it seldom runs out."""
        return max(0.0, point + (self.lot + 1) / 2 - self.waiting - self.cycle / 2)

    def yearly_fen(self, point: int) -> float:
        """Holding what lies there, and ordering; without the goods themselves."""
        orders = min(self.per_year / self.lot, YEAR_DAYS / max(1.0, self.terms.review_days)) if not self.part else self.per_year
        return self.on_hand(point) * self.unit_cost_fen * self.terms.holding + orders * self.terms.order_fen

    def value_fen(self, point: int) -> float:
        """What the stock is worth when it is highest."""
        return self.upto(point) * self.unit_cost_fen

    def point_for(self, risk: float) -> int:
        """The smallest reorder point with at most that risk (above 0)."""
        low, high = -1, max(1, len(self.demand))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.risk(middle) <= risk else (middle, high)
        return high if self.risk(low) > risk else low


@dataclass(frozen=True, slots=True)
class Row:
    """A risk with what it takes: reorder point, order-up-to level, cost a year."""

    risk: float
    point: int
    upto: int
    reached: float
    yearly_fen: float
    value_fen: float


RISKS = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001)


def row_of(item: Item, risk: float) -> Row:
    """The smallest level with at most that risk."""
    point = item.point_for(risk)
    return Row(risk, point, item.upto(point), item.risk(point), item.yearly_fen(point), item.value_fen(point))


def curve(item: Item) -> list[Row]:
    """Cost against risk."""
    return [row_of(item, risk) for risk in RISKS]
