"""Orders and the demand they follow (contract R5.6): what is on order, what came of it, and how much was used each week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.refilling import PATIENTS_PER_H
from caixue.ops.reorder import TERMS, Demand, Shelf, Suggestion, Terms, demand_of, reorder_list
from caixue.ops.slots import KIOSK_ROLL, LABEL_ROLL, THERMAL_ROLL, slots_of
from caixue.ops.stock import Stock
from caixue.site_model import Site, StockItem
from caixue.units import US_PER_DAY, nearest

WEEK_US = 7 * US_PER_DAY
MEASURED_WEEKS = 8  # as far back as demand is measured; docs/assumptions.md A-103
KINDS = ("order.placed", "order.closed", "delivery.announced", "delivery.signed", "stock.issued", "stock.returned")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order."""

    item: str
    quantity: int
    unit_cost_fen: int


@dataclass(slots=True)
class Order:
    """An order with what has come of it."""

    number: str  # order-0001
    supplier: str
    due_us: int
    lines: tuple[OrderLine, ...]
    accepted: dict[str, int] = field(default_factory=dict)  # item → pieces taken in so far
    closed: str = ""  # why nothing more is awaited

    def ordered(self, item: str) -> int:
        """How many pieces of an item were ordered."""
        return sum(line.quantity for line in self.lines if line.item == item)

    def open(self, item: str) -> int:
        """How many pieces of an item are still to come."""
        return 0 if self.closed else max(0, self.ordered(item) - self.accepted.get(item, 0))

    @property
    def items(self) -> tuple[str, ...]:
        """The items on it, each once."""
        return tuple(dict.fromkeys(line.item for line in self.lines))

    @property
    def complete(self) -> bool:
        """Whether nothing is awaited any more."""
        return not any(self.open(item) for item in self.items)

    @property
    def cost_fen(self) -> int:
        """What it costs if all of it comes."""
        return sum(line.quantity * line.unit_cost_fen for line in self.lines)


class Orders:
    """The orders of one site. Its state is what its events say."""

    def __init__(self, recorder: Recorder, stock: Stock, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.stock = stock
        self.orders: dict[str, Order] = {}
        self.issued: list[tuple[int, str, int]] = []  # (when, item, how many); negative: came back
        self._announced: dict[str, tuple[str, Sequence[Mapping[str, Any]]]] = {}  # delivery → its order and lines
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def order(self, number: str) -> Order:
        """An order. Raises UsageError for an unknown one."""
        if number not in self.orders:
            raise UsageError(tr(f"没有订单 {number}", f"there is no order {number}") + nearest(number, self.orders))
        return self.orders[number]

    def on_order(self, item: str) -> int:
        """How many pieces of an item are still to come."""
        return sum(order.open(item) for order in self.orders.values())

    def weeks(self, item: str, now_us: int) -> list[float]:
        """How many pieces went out in each whole week up to now, the latest first; at most eight, no further back than the first issue."""
        mine = [(at_us, count) for at_us, name, count in self.issued if name == item]
        whole = min(MEASURED_WEEKS, (now_us - mine[0][0]) // WEEK_US) if mine else 0
        return [
            float(sum(count for at_us, count in mine if now_us - (k + 1) * WEEK_US <= at_us < now_us - k * WEEK_US)) for k in range(whole)
        ]

    def demands(self, site: Site, now_us: int, now: datetime, patients_per_h: float = PATIENTS_PER_H) -> dict[str, Demand]:
        """The weekly demand of every consumable: as measured over whole weeks, else as the site's patients lead one to expect."""
        expected = expected_per_week(site, now, patients_per_h)
        return {item: demand_of(self.weeks(item, now_us), mean) for item, mean in expected.items()}

    def suggest(self, demands: Mapping[str, Demand], now: datetime, terms: Terms = TERMS) -> list[Suggestion]:
        """What to order now of the items whose demand is given."""
        items = [self.stock.items[item] for item in demands if item in self.stock.items]
        return reorder_list([self._shelf(item, now) for item in items], demands, terms)

    def _shelf(self, item: StockItem, now: datetime) -> Shelf:
        usable, lead_days = self.stock.usable(item.item, now.date()), item.lead_time_us / US_PER_DAY
        return Shelf(item.item, usable, self.on_order(item.item), item.minimum, item.unit_cost_fen, item.pack, lead_days)

    def place(self, lines: Sequence[OrderLine], *, due_us: int, supplier: str, by: str, op: str = "") -> list[Event]:
        """Note an order; one that is sent again under its `op` keeps its number.

        Raises UsageError for no lines, an unknown item, a quantity below 1, no supplier, and an `op` that was another act.
        """
        if not lines or not supplier.strip():
            raise UsageError(tr("订单要有供货商和至少一行", "an order needs a supplier and at least one line"))
        for line in lines:
            self._check(line)
        rows = [{"item": line.item, "quantity": line.quantity, "unit_cost_fen": line.unit_cost_fen} for line in lines]
        with self.recorder.turn():
            number = next((event.subject for event in self.recorder.done(op)), f"order-{len(self.orders) + 1:04d}")
            draft = Draft("order.placed", number, {"lines": rows, "due_us": due_us, "supplier": supplier})
            return self.recorder.note_all([draft], actor=by, op=op)

    def close(self, number: str, *, reason: str, by: str, op: str = "") -> list[Event]:
        """Note that nothing more is awaited of an order. Raises UsageError without a reason and for one that is closed."""
        order = self.order(number)
        if order.closed or not reason.strip():
            raise UsageError(tr(f"{number}：已关闭，或没有写原因", f"{number} is closed, or no reason was given"))
        return self.recorder.note_all([Draft("order.closed", number, {"reason": reason})], actor=by, op=op)

    def _check(self, line: OrderLine) -> None:
        if line.item not in self.stock.items:
            raise UsageError(
                tr(f"现场文件的库存里没有 {line.item}", f"the site's stock has no {line.item}") + nearest(line.item, self.stock.items)
            )
        if line.quantity < 1 or line.unit_cost_fen < 0:
            raise UsageError(tr(f"{line.item}：数量要大于 0，单价不能为负", f"{line.item}: quantity above 0, price 0 or more"))

    def hear(self, event: Event) -> None:
        """Take one event."""
        data = event.data
        if event.kind == "stock.issued":
            self.issued.append((event.at_us, event.subject, data["quantity"]))
        elif event.kind == "stock.returned":
            self.issued.append((event.at_us, event.subject, -data["quantity"]))
        elif event.kind == "order.placed":
            lines = tuple(OrderLine(row["item"], row["quantity"], row["unit_cost_fen"]) for row in data["lines"])
            self.orders[event.subject] = Order(event.subject, data["supplier"], data["due_us"], lines)
        elif event.kind == "order.closed":
            self.orders[event.subject].closed = data["reason"]
        elif event.kind == "delivery.announced":
            self._announced[event.subject] = data["order"], data["lines"]
        elif event.kind == "delivery.signed":
            self._take_in(event)

    def _take_in(self, event: Event) -> None:
        number, lines = self._announced.get(event.subject, ("", ()))
        order = self.orders.get(number)
        if order is not None:
            for row in event.data["accepted"]:
                item = lines[row["line"] - 1]["item"]
                order.accepted[item] = order.accepted.get(item, 0) + row["quantity"]


def expected_per_week(site: Site, now: datetime, patients_per_h: float = PATIENTS_PER_H) -> dict[str, float]:
    """Pieces of each consumable that the week from `now` on uses when so many patients come in every open hour."""
    patients = patients_per_h * _open_hours(site, now)
    tubes, slots = site.tubes, {slot.item: slot for slot in slots_of(site)}
    per_patient = {LABEL_ROLL: tubes.patient_mean, THERMAL_ROLL: 1.0, KIOSK_ROLL: 1.0}
    per_patient |= {kind: tubes.patient_mean * share for kind, share in tubes.mix.items()}
    return {item: patients * per_patient.get(item, 0.0) / slot.piece for item, slot in slots.items()}


def _open_hours(site: Site, now: datetime) -> float:
    days: Iterable[datetime] = (now + timedelta(days=number) for number in range(7))
    return sum(span.end_us - span.start_us for day in days for span in site.opening_on(day.date())) / 3.6e9
