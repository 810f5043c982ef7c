"""A Monday after a Friday on which nobody refilled: lanes and rolls run down, the store is low, and last week's order comes only now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.ops.orders import OrderLine
from twin.books import OPENED_BY, Books
from twin.devices.base import DeviceModel
from twin.supply import Supply


class Unfilled:
    """What a skipped refill leaves behind. A fault stops it like a window; nothing is over when that ends, for only refilling helps."""

    def __init__(self, models: Mapping[str, DeviceModel], books: Books, supply: Callable[[], Supply | None]) -> None:
        self._models = models
        self._books = books
        self._supply = supply

    def stop(self, reason: str, *, lanes: float, short_dated: str, **detail: Any) -> None:
        """Run every device down to that share of its lanes, and to the near end of its rolls. Nobody notes it."""
        for model in self._models.values():
            model.run_down(lanes)
        supply = self._supply()
        if supply is not None:
            supply.overdue(self._missing(), short_dated, OPENED_BY)

    def resume(self, *, by_itself: bool) -> None:
        """There is nothing to switch on again."""

    def _missing(self) -> list[OrderLine]:
        """Of what the store has less of than its minimum: up to twice that."""
        books = self._books
        loaded = {load.slot.item for load in books.consumables.levels.values()}
        rows = [(item, books.stock.on_hand(name)) for name, item in books.stock.items.items() if name in loaded]
        return [OrderLine(item.item, 2 * item.minimum - there, item.unit_cost_fen) for item, there in rows if there < item.minimum]
