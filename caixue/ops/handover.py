"""Drafting the hand-over note (contract R1, R2) from what the ledger says now: open incidents, refills, low stock, orders on their way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from caixue.lang import tr
from caixue.ops.consumables import Task
from caixue.ops.due import Instant
from caixue.ops.orders import Order
from caixue.ops.register import Incident
from caixue.ops.stock import Stock


def drafted(
    now: Instant, incidents: Iterable[Incident], tasks: Iterable[Task], stock: Stock, orders: Iterable[Order]
) -> dict[str, list[str]]:
    """The fields of a hand-over sheet as the registers tell them; workarounds are only what incidents wait for, people know the rest."""
    waiting = [one for one in incidents if one.state != "closed"]
    return {
        "incidents": [_incident(one, now) for one in waiting],
        "workarounds": [line for one in waiting if (line := _waits(one))],
        "refills": [f"{one.number} {one.device} {one.slot} {one.item} × {one.quantity}" for one in tasks],
        "low_stock": low_stock(stock, now.at(now.us).date()),
        "orders": [_order(one, now) for one in orders if not one.complete],
    }


def low_stock(stock: Stock, today: date) -> list[str]:
    """The items of which fewer are usable than the site file wants."""
    short = ((item, stock.usable(item.item, today)) for item in stock.items.values())
    return [
        tr(f"{item.item} {there} {item.unit}，最少 {item.minimum}", f"{item.item} {there} {item.unit}, minimum {item.minimum}")
        for item, there in short
        if there < item.minimum
    ]


def _incident(one: Incident, now: Instant) -> str:
    place = " ".join(filter(None, (one.device, one.symptom, one.severity, one.state)))
    drill = tr("，演练", ", a drill") if one.drill else ""
    return tr(f"{one.number} {place}，时限 {now.deadline(one)}{drill}", f"{one.number} {place}, deadline {now.deadline(one)}{drill}")


def _waits(one: Incident) -> str:
    if one.missing:
        return tr(f"{one.number} 等备件 {one.missing}", f"{one.number} waits for a {one.missing}")
    if one.paused_since_us is not None:
        return tr(f"{one.number} 计时暂停：{one.paused_for}", f"{one.number}: the clock stands for {one.paused_for}")
    return ""


def _order(one: Order, now: Instant) -> str:
    wanted = ", ".join(f"{item} × {one.open(item)}" for item in one.items if one.open(item))
    return tr(
        f"{one.number} {one.supplier}：{wanted}，应到 {now.at(one.due_us):%m-%d}",
        f"{one.number} {one.supplier}: {wanted}, due {now.at(one.due_us):%m-%d}",
    )
