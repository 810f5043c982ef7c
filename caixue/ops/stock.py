"""The store: what lies there by item and lot, and where every piece went (contract C4, R5.4, R5.6).

Per lot: received + returned = on hand + issued + scrapped − corrected by counting. What expires first goes out first; what has
expired never goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.site_model import StockItem
from caixue.units import nearest

OPENING = "opening"  # the lot of what lay there when the record began
KINDS = ("stock.received", "stock.issued", "stock.returned", "stock.scrapped", "stock.counted")


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot of one item: what lies in the store, and the sums of what moved."""

    item: str
    lot: str
    expires: date | None = None
    unit_cost_fen: int = 0
    received: int = 0
    issued: int = 0
    returned: int = 0
    scrapped: int = 0
    corrected: int = 0  # by counting; negative: pieces were missing

    @property
    def on_hand(self) -> int:
        """How many lie in the store."""
        return self.received + self.returned + self.corrected - self.issued - self.scrapped

    def expired(self, today: date) -> bool:
        """True from the day after the last day of use."""
        return self.expires is not None and today > self.expires


def usable(lots: Iterable[Lot], item: str, today: date) -> int:
    """How many pieces of `item` could be issued today."""
    return sum(lot.on_hand for lot in lots if lot.item == item and not lot.expired(today))


def pick(lots: Iterable[Lot], item: str, quantity: int, today: date) -> list[tuple[Lot, int]]:
    """From which lots `quantity` pieces are taken: what expires first, then what came first.

    Raises UsageError when there are not so many, saying how many have expired.
    """
    lots = list(lots)
    if quantity < 1:
        raise UsageError(tr(f"数量要大于 0，不能是 {quantity}", f"the quantity must be above 0, not {quantity}"))
    there = [lot for lot in lots if lot.item == item and lot.on_hand > 0 and not lot.expired(today)]
    taken: list[tuple[Lot, int]] = []
    for lot in sorted(there, key=lambda lot: lot.expires or date.max):
        take = min(lot.on_hand, quantity - sum(count for _, count in taken))
        if take:
            taken.append((lot, take))
    have = sum(count for _, count in taken)
    if have < quantity:
        old = sum(lot.on_hand for lot in lots if lot.item == item and lot.expired(today))
        raise UsageError(
            tr(
                f"库存不足：{item} 要 {quantity}，可用 {have}" + (f"，另有 {old} 已过期" if old else ""),
                f"not enough {item}: {quantity} wanted, {have} usable" + (f", {old} expired" if old else ""),
            )
        )
    return taken


class Stock:
    """The store of one site. Its state is what its events say; it notes events and hears them, live and from the past alike."""

    def __init__(self, recorder: Recorder, items: Iterable[StockItem], followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.items = {item.item: item for item in items}
        self.lots: dict[tuple[str, str], Lot] = {}
        if followed is not None:
            followed.follow(self.hear, KINDS)

    # what is there

    def on_hand(self, item: str) -> int:
        """How many pieces of `item` lie in the store, expired ones too."""
        return sum(lot.on_hand for lot in self.lots.values() if lot.item == item)

    def usable(self, item: str, today: date) -> int:
        """How many pieces of `item` could be issued today."""
        return usable(self.lots.values(), item, today)

    # what is done

    def open_with(self, *, by: str, op: str = "opening-stock") -> list[Event]:
        """Note what the site file says lies there, once, when the record begins."""
        drafts = [
            _draft("stock.received", item.item, OPENING, item.on_hand, expires=None, delivery="", unit_cost_fen=item.unit_cost_fen)
            for item in self.items.values()
            if item.on_hand and (item.item, OPENING) not in self.lots
        ]
        return self.recorder.note_all(drafts, actor=by, op=op) if drafts else []

    def receive(
        self,
        item: str,
        quantity: int,
        *,
        lot: str,
        by: str,
        expires: date | None = None,
        delivery: str = "",
        unit_cost_fen: int | None = None,
        op: str = "",
    ) -> list[Event]:
        """Take `quantity` pieces of a lot into the store. Raises UsageError for an unknown item, no lot, or a lot known with another expiry."""
        draft = self.draft_of_receipt(item, quantity, lot=lot, expires=expires, delivery=delivery, unit_cost_fen=unit_cost_fen)
        return self.recorder.note_all([draft], actor=by, op=op)

    def draft_of_receipt(
        self, item: str, quantity: int, *, lot: str, expires: date | None = None, delivery: str = "", unit_cost_fen: int | None = None
    ) -> Draft:
        """What `receive` would note, for acts that belong together with it. Raises what `receive` raises."""
        known = self._known(item)
        known_lot = self.lots.get((item, lot))
        if not lot.strip() or quantity < 1:
            raise UsageError(tr("入库要有批号和大于 0 的数量", "a receipt needs a lot and a quantity above 0"))
        if known_lot is not None and known_lot.expires != expires:
            raise UsageError(tr(f"批号 {lot} 的有效期记的是 {known_lot.expires}", f"lot {lot} is recorded with expiry {known_lot.expires}"))
        cost = known.unit_cost_fen if unit_cost_fen is None else unit_cost_fen
        day = None if expires is None else expires.isoformat()
        return _draft("stock.received", item, lot, quantity, expires=day, delivery=delivery, unit_cost_fen=cost)

    def issue(self, item: str, quantity: int, *, to: str, why: str, today: date, by: str, op: str = "") -> list[Event]:
        """Give `quantity` pieces out, by lots that expire first. Raises UsageError where there are not so many usable ones."""
        return self.recorder.note_all(self.drafts_of_issue(item, quantity, to=to, why=why, today=today), actor=by, op=op)

    def drafts_of_issue(self, item: str, quantity: int, *, to: str, why: str, today: date) -> list[Draft]:
        """What `issue` would note, for acts that belong together with it. Raises what `issue` raises."""
        self._known(item)
        taken = pick(self.lots.values(), item, quantity, today)
        return [_draft("stock.issued", item, lot.lot, count, to=to, why=why) for lot, count in taken]

    def give_back(self, item: str, lot: str, quantity: int, *, came_from: str, by: str, op: str = "") -> list[Event]:
        """Pieces that were issued come back unused. Raises UsageError for more than are out."""
        known = self._lot(item, lot)
        if not 1 <= quantity <= known.issued - known.returned:
            out = known.issued - known.returned
            raise UsageError(tr(f"{item} 批号 {lot} 只领出了 {out}", f"only {out} of {item}, lot {lot}, are out"))
        return self.recorder.note_all([_draft("stock.returned", item, lot, quantity, came_from=came_from)], actor=by, op=op)

    def scrap(self, item: str, lot: str, quantity: int, *, reason: str, by: str, op: str = "") -> list[Event]:
        """Throw pieces in the store away. Raises UsageError without a reason and for more than there are."""
        known = self._lot(item, lot)
        if not reason.strip() or not 1 <= quantity <= known.on_hand:
            raise UsageError(
                tr(f"报废要有原因，且不超过在库的 {known.on_hand}", f"scrapping needs a reason and at most the {known.on_hand} on hand")
            )
        return self.recorder.note_all([_draft("stock.scrapped", item, lot, quantity, reason=reason)], actor=by, op=op)

    def count(self, item: str, lot: str, found: int, *, reason: str, by: str, op: str = "") -> list[Event]:
        """Note how many pieces of a lot were counted; what differs from the record is corrected, with a reason where it differs."""
        before = self.recorder.repeated(op, _draft("stock.counted", item, lot, found, reason=reason), actor=by)
        if before:
            return before
        known = self._lot(item, lot)
        difference = found - known.on_hand
        if found < 0 or (difference and not reason.strip()):
            raise UsageError(
                tr(f"账上是 {known.on_hand}，点到 {found}：要写原因", f"recorded {known.on_hand}, counted {found}: give a reason")
            )
        return self.recorder.note_all([_draft("stock.counted", item, lot, found, difference=difference, reason=reason)], actor=by, op=op)

    def hear(self, event: Event) -> None:
        """Take one event of the store."""
        if event.kind not in KINDS:
            return
        data = event.data
        key = (event.subject, data["lot"])
        lot = self.lots.get(key) or _new_lot(event.subject, data)
        self.lots[key] = _moved(lot, event.kind, data)

    def _known(self, item: str) -> StockItem:
        if item not in self.items:
            raise UsageError(tr(f"现场文件的库存里没有 {item}", f"the site's stock has no {item}") + nearest(item, self.items))
        return self.items[item]

    def _lot(self, item: str, lot: str) -> Lot:
        self._known(item)
        found = self.lots.get((item, lot))
        if found is None:
            lots = tuple(name for of, name in self.lots if of == item)
            raise UsageError(tr(f"{item} 没有批号 {lot}", f"{item} has no lot {lot}") + nearest(lot, lots))
        return found


def _draft(kind: str, item: str, lot: str, quantity: int, **data: Any) -> Draft:
    return Draft(kind, item, {"lot": lot, "quantity": quantity, **data})


def _new_lot(item: str, data: Mapping[str, Any]) -> Lot:
    expires = data.get("expires")
    return Lot(item, data["lot"], None if expires is None else date.fromisoformat(expires), data.get("unit_cost_fen", 0))


def _moved(lot: Lot, kind: str, data: Mapping[str, Any]) -> Lot:
    if kind == "stock.counted":
        return replace(lot, corrected=lot.corrected + data["difference"])
    column = kind.removeprefix("stock.")
    return replace(lot, **{column: getattr(lot, column) + data["quantity"]})
