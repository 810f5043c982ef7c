"""What is noted when a slot is refilled (contract C2.1.2, C2.1.3): what comes out of it, and what goes in from which lot. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from caixue.errors import UsageError
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ops.loads import Load
from caixue.ops.refilling import EXPIRED, WRONG
from caixue.ops.slots import Slot
from caixue.ops.stock import Stock

DUTY = "refill"


def expired_lots(load: Load, stock: Stock, today: date) -> tuple[str, ...]:
    """The lots in a slot whose last day of use is over."""
    known = {lot: stock.lots.get((load.slot.item, lot)) for lot, _ in load.content}
    return tuple(name for name, lot in known.items() if lot is not None and lot.expired(today))


def to_come_out(load: Load, stock: Stock, today: date) -> tuple[tuple[str, int], ...]:
    """What comes out before a lane is filled, as (lot, how many): everything where a wrong tube was found, else what has expired."""
    if load.slot.roll:
        return ()  # a roll is changed as a whole
    if load.wrong:
        return load.content
    expired = expired_lots(load, stock, today)
    return tuple((lot, count) for lot, count in load.content if lot in expired)


def drafts_of_filling(load: Load, stock: Stock, today: date, *, put_in: int | None = None, full: bool = True) -> list[Draft]:
    """Everything that happens when a slot is filled with `put_in` pieces, by default with as many as it needs and the store has.

    `full`: so many made it full, which says how many had been left. Raises UsageError where the store has too few, the slot takes
    no more, or nobody knows what was left.
    """
    slot, out = load.slot, to_come_out(load, stock, today)
    left = load.level - sum(count for _, count in out)
    if put_in is None and not (load.known or slot.roll):
        where = f"{slot.device} {slot.slot}"
        raise UsageError(tr(f"不知道 {where} 还剩多少：写放入了多少", f"nobody knows what was left in {where}: say how many were put in"))
    quantity = min(1 if slot.roll else slot.capacity - left, stock.usable(slot.item, today)) if put_in is None else put_in
    if not 0 < quantity <= (1 if slot.roll else slot.capacity):
        raise _cannot(slot, quantity, stock.usable(slot.item, today))
    if put_in is not None and not slot.roll:
        left = slot.capacity - quantity if full else min(left, slot.capacity - quantity)
    return [*_removals(load, out), *_refill(slot, stock, quantity, left, today)]


def _removals(load: Load, out: tuple[tuple[str, int], ...]) -> list[Draft]:
    slot, reason = load.slot, WRONG if load.wrong else EXPIRED
    data: dict[str, Any] = {"slot": slot.slot, "item": slot.item, "reason": reason}
    return [Draft("consumable.removed", slot.device, {**data, "lot": lot, "quantity": count}) for lot, count in out]


def _refill(slot: Slot, stock: Stock, quantity: int, left: int, today: date) -> list[Draft]:
    """The pieces leave the store and go into the slot, lot by lot."""
    drafts = []
    for issue in stock.drafts_of_issue(slot.item, quantity, to=f"{slot.device} {slot.slot}", why=DUTY, today=today):
        lot, count = issue.data["lot"], issue.data["quantity"]
        data = {"slot": slot.slot, "item": slot.item, "lot": lot, "quantity": count, "remaining": left}
        drafts += [issue, Draft("consumable.refilled", slot.device, data)]
        left += count
    return drafts


def _cannot(slot: Slot, quantity: int, usable: int) -> UsageError:
    if not usable:
        return UsageError(tr(f"库里没有可用的 {slot.item}", f"the store has no usable {slot.item}"))
    return UsageError(tr(f"{slot.device} {slot.slot} 装不下 {quantity}", f"{slot.device} {slot.slot} does not take {quantity}"))
