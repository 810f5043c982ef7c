"""How the store is supplied: what is ordered, when it comes, and how it is taken in. The supplier brings what was ordered, in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count

from caixue.ops.deliveries import Line, Refusal, proposed_refusals
from caixue.ops.orders import Order, OrderLine
from caixue.ops.reorder import TERMS
from caixue.units import US_PER_DAY
from twin.books import Books
from twin.truth import Truth
from twin.world import US, World

SHELF_LIFE = timedelta(days=365)  # of tubes, from the delivery; docs/assumptions.md A-73
SHORT_LIFE = timedelta(days=30)  # docs/assumptions.md A-105
DELIVERED_AT_US = 9 * 3600 * US  # after midnight: when carriers come; docs/assumptions.md A-73
SUPPLIER = "supplier"


class Supply:
    """Orders and deliveries of one run. `on_part` hears of every item that comes; `refuse` says what is sent back of a list."""

    def __init__(self, world: World, books: Books, truth: Truth, midnight_us: int) -> None:
        self.on_part: Callable[[str], None] = lambda item: None
        self.refuse: Callable[[Sequence[Line]], list[Refusal]] = lambda lines: proposed_refusals(lines, world.clock.now().date())
        self._world = world
        self._books = books
        self._truth = truth
        self._midnight_us = midnight_us
        self._life: dict[str, timedelta] = {}  # of tubes in the next delivery that have less left than usual

    def look(self, by: str) -> None:
        """The look at the stock: what is at its reorder point is ordered, and parts below their minimum."""
        now, orders, books = self._world.clock.now(), self._books.orders, self._books
        rows = orders.suggest(orders.demands(books.site, self._world.now_us, now), now)
        self._order([OrderLine(row.shelf.item, row.quantity, row.shelf.unit_cost_fen) for row in rows], TERMS.lead_days, by)
        coming = {item: orders.on_order(item) for item in books.stock.items}
        for row in books.spares.to_order(coming):
            self.order_part(row.item, by, row.quantity)

    def order_part(self, item: str, by: str, quantity: int = 1) -> None:
        """A part is ordered, unless enough of it is on its way."""
        known = self._books.stock.items.get(item)
        missing = quantity - (self._books.orders.on_order(item) if quantity == 1 else 0)
        if known is not None and missing > 0:
            self._order([OrderLine(item, missing, known.unit_cost_fen)], known.lead_time_us / US_PER_DAY, by)

    def overdue(self, lines: Sequence[OrderLine], short_dated: str, by: str) -> None:
        """What should have come last week comes with the next carrier; of one item the tubes have little life left."""
        self._life[short_dated] = SHORT_LIFE
        self._order(lines, 0.0, by)

    def _order(self, lines: Sequence[OrderLine], lead_days: float, by: str) -> None:
        if not lines:
            return
        due_us = self._working_morning(self._world.now_us + round(lead_days * US_PER_DAY))
        (placed,) = self._books.orders.place(lines, due_us=due_us, supplier=SUPPLIER, by=by)
        self._world.kernel.at(due_us, self._deliver, self._books.orders.order(placed.subject))

    def _working_morning(self, after_us: int) -> int:
        """The first instant from then on at which carriers come to a hospital that works."""
        start, calendar = self._world.clock.now() - timedelta(microseconds=self._world.now_us), self._books.site.calendar
        for day in count((after_us - self._midnight_us) // US_PER_DAY):
            at_us = self._midnight_us + day * US_PER_DAY + DELIVERED_AT_US
            if at_us >= after_us and calendar.day_kind((start + timedelta(microseconds=at_us)).date()).works:
                return at_us
        raise AssertionError("unreachable")

    def _deliver(self, order: Order) -> None:
        """The carrier brings everything; the user signs; what is taken goes on the shelf."""
        books, today = self._books, self._world.clock.now().date()
        tubes = {item for item, row in books.stock.items.items() if row.unit == "tube"}
        last = {row.item: today + self._life.pop(row.item, SHELF_LIFE) if row.item in tubes else None for row in order.lines}
        lines = [Line(row.item, f"{row.item}-{order.number}", row.quantity, last[row.item], row.unit_cost_fen) for row in order.lines]
        (announced,) = books.deliveries.announce(lines, supplier=order.supplier, by=books.signer, order=order)
        refusals = self.refuse(lines)
        for number, line in enumerate(lines, 1):
            sent_back = sum(line.quantity if row.quantity is None else row.quantity for row in refusals if row.line == number)
            if line.quantity > sent_back:
                self._truth.bring_in(line.item, line.lot, line.quantity - sent_back, line.expires)
        books.deliveries.sign(announced.subject, refusals, person=books.signer, today=today)
        for line in lines:
            self.on_part(line.item)
