"""Where money for stock prevents most: marginal analysis, step by step the largest fall in expected stock-outs per yuan (Sherbrooke 1968)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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


def steps_of(item: Item, point: int) -> Iterator[Step]:
    """The steps of one item upwards from a reorder point, the worth falling from one to the next: the lower convex hull of its curve."""
    while True:
        most = len(item.demand) + item.pack
        reach = ((point + item.pack * packs) for packs in range(1, (most - point) // item.pack + 2))
        found = [_step(item, point, new) for new in reach]
        best = max(found, key=lambda step: (step.worth, step.new), default=None)
        if best is None or best.prevents <= _NEGLIGIBLE:
            return
        yield best
        point = best.new


def _step(item: Item, old: int, new: int) -> Step:
    return Step(item, old, new, (new - old) * item.unit_cost_fen, item.expected(old) - item.expected(new))


def spend(items: Sequence[Item], points: Mapping[str, int], budget_fen: int) -> tuple[dict[str, int], list[Step]]:
    """Reorder points after spending at most the budget, and the steps in the order in which they were bought.

    What is bought while every step is affordable is the best that its own cost can do; after that, smaller steps use up the rest.
    """
    levels, left, bought = dict(points), budget_fen, []
    queue = sorted((step for item in items for step in steps_of(item, points[item.name])), key=lambda step: -step.worth)
    for step in queue:
        if step.old == levels[step.item.name] and step.cost_fen <= left:
            levels[step.item.name], left = step.new, left - step.cost_fen
            bought.append(step)
    while (rest := _smaller(items, levels, left)) is not None:
        levels[rest.item.name], left = rest.new, left - rest.cost_fen
        bought.append(rest)
    return levels, bought


def _smaller(items: Sequence[Item], levels: Mapping[str, int], left_fen: int) -> Step | None:
    """The best step of one pack that the rest still buys."""
    found = [_step(item, levels[item.name], levels[item.name] + item.pack) for item in items]
    return max((step for step in found if step.cost_fen <= left_fen and step.prevents > _NEGLIGIBLE), key=lambda step: step.worth, default=None)


def total(items: Sequence[Item], points: Mapping[str, int]) -> float:
    """Expected stock-outs a year over all items."""
    return sum(item.expected(points[item.name]) for item in items)
