"""Delivery lists (contract R5.6): what was brought, line by line, accepted by the user's signature in whole or in part, and taken in.

A signed list and what it brings into the store are noted together, all or none; a list is signed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.orders import Order
from caixue.ops.stock import Stock
from caixue.units import nearest

SHORT_DATED = timedelta(days=90)  # less life than that left on delivery is proposed for rejection; docs/assumptions.md A-104
KINDS = ("delivery.announced", "delivery.signed")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a delivery list."""

    item: str
    lot: str
    quantity: int
    expires: date | None = None
    unit_cost_fen: int = 0

    def data(self) -> dict[str, Any]:
        """The line as an event keeps it."""
        expires = None if self.expires is None else self.expires.isoformat()
        row = {"item": self.item, "lot": self.lot, "quantity": self.quantity, "expires": expires, "unit_cost_fen": self.unit_cost_fen}
        return row

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Line:
        """The line that an event keeps."""
        expires = None if data["expires"] is None else date.fromisoformat(data["expires"])
        return cls(data["item"], data["lot"], data["quantity"], expires, data["unit_cost_fen"])


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line, or pieces of it, that the user does not take; lines are numbered from 1."""

    line: int
    reason: str
    quantity: int | None = None  # None: all of it


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery list; once signed, with what was taken of each line (by number, from 1) and what was not."""

    number: str  # delivery-0001
    order: str  # empty: not ordered through this system
    supplier: str
    lines: tuple[Line, ...]
    person: str = ""  # who signed; empty: nobody yet
    accepted: tuple[tuple[int, int], ...] = ()  # (line, quantity)
    rejected: tuple[Refusal, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether the user has signed."""
        return bool(self.person)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of the printed list: pieces and money (fen) as delivered and as accepted."""

    pieces: int
    cost_fen: int
    accepted_pieces: int
    accepted_fen: int
    rejected_pieces: int

    @classmethod
    def of(cls, delivery: Delivery) -> Sheet:
        """The sums of a list."""
        prices = {number: line.unit_cost_fen for number, line in enumerate(delivery.lines, 1)}
        return cls(
            pieces=sum(line.quantity for line in delivery.lines),
            cost_fen=sum(line.quantity * line.unit_cost_fen for line in delivery.lines),
            accepted_pieces=sum(count for _, count in delivery.accepted),
            accepted_fen=sum(count * prices[number] for number, count in delivery.accepted),
            rejected_pieces=sum(refusal.quantity or 0 for refusal in delivery.rejected),
        )


def proposed_refusals(lines: Sequence[Line], today: date, short: timedelta = SHORT_DATED) -> list[Refusal]:
    """The lines that should not be taken: expired, or with too little life left."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.expires is not None and line.expires < today:
            found.append(Refusal(number, tr("已过期", "expired")))
        elif line.expires is not None and line.expires < today + short:
            days = (line.expires - today).days
            found.append(Refusal(number, tr(f"近效期，只剩 {days} 天", f"short-dated: {days} days left")))
    return found


def against_order(delivery: Delivery, order: Order) -> list[tuple[str, int, int, int]]:
    """Item by item: ordered, delivered by this list, and the difference: negative is short, positive is over."""
    brought: dict[str, int] = dict.fromkeys(order.items, 0)
    for line in delivery.lines:
        brought[line.item] = brought.get(line.item, 0) + line.quantity
    return [(item, order.ordered(item), count, count - order.ordered(item)) for item, count in brought.items()]


class Deliveries:
    """The delivery lists of one site. Its state is what its events say."""

    def __init__(self, recorder: Recorder, stock: Stock, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.stock = stock
        self.deliveries: dict[str, Delivery] = {}
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def delivery(self, number: str) -> Delivery:
        """A list. Raises UsageError for an unknown one."""
        if number not in self.deliveries:
            raise UsageError(tr(f"没有供货清单 {number}", f"there is no delivery {number}") + nearest(number, self.deliveries))
        return self.deliveries[number]

    def announce(self, lines: Sequence[Line], *, supplier: str, by: str, order: Order | None = None, op: str = "") -> list[Event]:
        """Note a delivery list, against an order or without one; one that is sent again under its `op` keeps its number.

        Raises UsageError for no lines, no supplier, lines that the store could not take, and an `op` that was another act.
        """
        if not lines or not supplier.strip():
            raise UsageError(tr("供货清单要有供货商和至少一行", "a delivery list needs a supplier and at least one line"))
        for at, line in enumerate(lines, 1):
            self._check(at, line)
        data = {"order": "" if order is None else order.number, "lines": [line.data() for line in lines], "supplier": supplier}
        with self.recorder.turn():
            number = next((event.subject for event in self.recorder.done(op)), f"delivery-{len(self.deliveries) + 1:04d}")
            return self.recorder.note_all([Draft("delivery.announced", number, data)], actor=by, op=op)

    def _check(self, number: int, line: Line) -> None:
        wrong = None
        if line.item not in self.stock.items:
            wrong = tr(f"现场文件的库存里没有 {line.item}", f"the site's stock has no {line.item}") + nearest(line.item, self.stock.items)
        elif not line.lot.strip() or line.quantity < 1 or line.unit_cost_fen < 0:
            wrong = tr("要有批号，数量大于 0，单价不为负", "a lot, a quantity above 0 and a price of 0 or more are needed")
        if wrong:
            raise UsageError(tr(f"第 {number} 行：{wrong}", f"line {number}: {wrong}"))

    def sign(self, number: str, refusals: Sequence[Refusal], *, person: str, today: date, op: str = "") -> list[Event]:
        """Note the user's signature: what is not refused is accepted, and goes into the store in the same act.

        Raises UsageError for a list that is signed, a refusal without a reason or of more than was brought, an expired line that is
        not refused, and a person who may not sign (nurses and heads may, see `caixue.roles`).
        """
        delivery = self.delivery(number)
        if delivery.signed:
            raise UsageError(tr(f"{number} 已由 {delivery.person} 签收", f"{number} was signed by {delivery.person}"))
        refused = self._refused(delivery, refusals)
        accepted = [
            (at, line.quantity - refused.get(at, 0)) for at, line in enumerate(delivery.lines, 1) if line.quantity > refused.get(at, 0)
        ]
        expired = [at for at, _ in accepted if (last := delivery.lines[at - 1].expires) is not None and last < today]
        if expired:
            raise UsageError(tr(f"第 {expired[0]} 行已过期，要拒收并写原因", f"line {expired[0]} has expired: refuse it with a reason"))
        data = {
            "accepted": [{"line": at, "quantity": count} for at, count in accepted],
            "rejected": [{"line": row.line, "quantity": _all(delivery, row), "reason": row.reason} for row in refusals],
            "person": person,
        }
        receipts = self._receipts(delivery, accepted)
        return self.recorder.note_all([Draft("delivery.signed", number, data), *receipts], actor=person, op=op)

    def _receipts(self, delivery: Delivery, accepted: Sequence[tuple[int, int]]) -> list[Draft]:
        """What is taken goes into the store. A lot has one last day of use, on this list and in the store."""
        drafts, expiry = [], dict[tuple[str, str], date | None]()
        for at, count in accepted:
            line = delivery.lines[at - 1]
            if expiry.setdefault((line.item, line.lot), line.expires) != line.expires:
                raise UsageError(
                    tr(f"第 {at} 行：批号 {line.lot} 在清单上有两个有效期", f"line {at}: lot {line.lot} stands with two expiry dates")
                )
            cost = line.unit_cost_fen
            drafts.append(
                self.stock.draft_of_receipt(
                    line.item, count, lot=line.lot, expires=line.expires, delivery=delivery.number, unit_cost_fen=cost
                )
            )
        return drafts

    @staticmethod
    def _refused(delivery: Delivery, refusals: Sequence[Refusal]) -> dict[int, int]:
        """Line → how many pieces of it are not taken."""
        refused: dict[int, int] = {}
        for row in refusals:
            if not 1 <= row.line <= len(delivery.lines):
                raise UsageError(tr(f"{delivery.number} 没有第 {row.line} 行", f"{delivery.number} has no line {row.line}"))
            if not row.reason.strip():
                raise UsageError(tr(f"拒收第 {row.line} 行要写原因", f"refusing line {row.line} needs a reason"))
            refused[row.line] = refused.get(row.line, 0) + _all(delivery, row)
            brought = delivery.lines[row.line - 1].quantity
            if _all(delivery, row) < 1 or refused[row.line] > brought:
                raise UsageError(
                    tr(f"第 {row.line} 行送来 {brought}，不能拒收这么多", f"line {row.line} brought {brought}: that cannot be refused")
                )
        return refused

    def hear(self, event: Event) -> None:
        """Take one event."""
        data = event.data
        if event.kind == "delivery.announced":
            lines = tuple(Line.of(row) for row in data["lines"])
            self.deliveries[event.subject] = Delivery(event.subject, data["order"], data["supplier"], lines)
        elif event.kind == "delivery.signed":
            before = self.deliveries[event.subject]
            accepted = tuple((row["line"], row["quantity"]) for row in data["accepted"])
            rejected = tuple(Refusal(row["line"], row["reason"], row["quantity"]) for row in data["rejected"])
            self.deliveries[event.subject] = Delivery(
                before.number, before.order, before.supplier, before.lines, data["person"], accepted, rejected
            )


def _all(delivery: Delivery, refusal: Refusal) -> int:
    return delivery.lines[refusal.line - 1].quantity if refusal.quantity is None else refusal.quantity
