"""Where money for stock prevents most: marginal analysis, step by step the largest fall in expected stock-outs per yuan (Sherbrooke 1968)."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from twin.stocking.levels import Item

_NEGLIGIBLE = 1e-6  # stock-outs a year: less is not bought for


@dataclass(frozen=True, slots=True)
class Step:
    """More of one item: from one reorder point to another, for so much money, so many expected stock-outs a year fewer."""

    item: Item
    old: int
    new: int
    cost_fen: int
    prevents: float

    @property
    def worth(self) -> float:
        """Stock-outs a year prevented per fen."""
        return self.prevents / self.cost_fen if self.cost_fen else float("inf")


def steps_of(item: Item, point: int) -> list[Step]:
    """The steps of one item upwards from a reorder point, the worth falling from one to the next: the lower convex hull of its curve."""
    places: list[int] = []
    for new in range(point, max(point, len(item.demand)) + item.pack, item.pack):
        while len(places) > 1 and _step(item, places[-2], new).worth >= _step(item, places[-2], places[-1]).worth:
            places.pop()
        places.append(new)
    return [step for step in (_step(item, old, new) for old, new in pairwise(places)) if step.prevents > _NEGLIGIBLE]


def _step(item: Item, old: int, new: int) -> Step:
    return Step(item, old, new, (new - old) * item.unit_cost_fen, item.expected(old) - item.expected(new))


def _partly(item: Item, old: int, most_fen: int) -> Step | None:
    """The best step upwards that so much money buys."""
    packs = min(most_fen // max(1, item.unit_cost_fen), len(item.demand) + item.pack) // item.pack
    found = (_step(item, old, old + item.pack * count) for count in range(1, packs + 1))
    return max((step for step in found if step.prevents > _NEGLIGIBLE), key=lambda step: (step.worth, step.new), default=None)


def spend(items: Sequence[Item], points: Mapping[str, int], budget_fen: int) -> tuple[dict[str, int], list[Step]]:
    """Reorder points after spending at most the budget, and the steps in the order in which they were bought.

    What is bought while every next step is affordable is the best that its own cost can do; of a step that is not, the best part.
    """
    levels, left, bought = dict(points), budget_fen, []
    hulls = {place: iter(steps_of(item, points[item.name])) for place, item in enumerate(items)}
    queue: list[tuple[float, int, Step]] = []

    def offer(place: int, step: Step | None) -> None:
        if step is not None:
            heapq.heappush(queue, (-step.worth, place, step))

    for place, hull in hulls.items():
        offer(place, next(hull, None))
    broken: set[int] = set()  # items of which only parts of a step can be bought by now
    while queue:
        _, place, step = heapq.heappop(queue)
        item = step.item
        if step.cost_fen <= left:
            levels[item.name], left = step.new, left - step.cost_fen
            bought.append(step)
        else:
            broken.add(place)
        offer(place, _partly(item, levels[item.name], left) if place in broken else next(hulls[place], None))
    return levels, bought


def total(items: Sequence[Item], points: Mapping[str, int]) -> float:
    """Expected stock-outs a year over all items."""
    return sum(item.expected(points[item.name]) for item in items)
