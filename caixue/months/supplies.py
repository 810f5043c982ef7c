"""Figures of what was supplied and used: consumables and their lots, spares, parts, maintenance."""

from __future__ import annotations

from caixue.events import Event
from caixue.months.book import Book
from caixue.months.rows import MonthFigure, added, amount, number_of, number_where, subject, sums_by, word
from caixue.ops.stock import OPENING


def _lot(event: Event) -> str:
    return f"{event.data.get('item') or '-'} {event.data.get('lot') or '-'}"


def _came(event: Event) -> int:
    """How many pieces came into the store; what lay there when the books were opened did not come."""
    quantity: int = event.data["quantity"]
    return 0 if event.data.get("lot") == OPENING else quantity


def spares_used(book: Book) -> dict[str, int]:
    """Spares fitted in the period, by item: the item stands where the spare was issued."""
    items = {event.subject: str(event.data.get("item") or "-") for event in book.events if event.kind == "spare.issued"}
    return added((items.get(event.subject, "-"), 1) for event in book.of("spare.fitted"))


def rejected_lines(event: Event) -> bool:
    return bool(event.data.get("rejected"))


def not_passed(event: Event) -> bool:
    return event.data.get("passed") is False


SUPPLIES: tuple[MonthFigure, ...] = (
    MonthFigure(
        "consumable.put_in",
        "装入耗材",
        "consumables put in",
        "C2.1.2",
        sums_by("consumable.refilled", word("item"), amount("quantity")),
        "pieces put into devices, by item",
        by="item",
    ),
    MonthFigure(
        "consumable.taken_out",
        "取出耗材",
        "consumables taken out",
        "C2.1.2",
        sums_by("consumable.removed", word("item"), amount("quantity")),
        "pieces taken out of devices, by item",
        by="item",
    ),
    MonthFigure(
        "consumable.lots",
        "装入的批号",
        "lots put in",
        "R5.6",
        sums_by("consumable.refilled", _lot, amount("quantity")),
        "pieces put in, by item and lot",
        by="lot",
        reports=("C6.3",),
    ),
    MonthFigure(
        "consumable.stockouts",
        "耗材用尽",
        "ran out in a device",
        "C2.1.2",
        sums_by("consumable.stockout", word("item")),
        "times an item ran out in a device",
        by="item",
    ),
    MonthFigure(
        "stock.received",
        "入库",
        "received",
        "R5.6",
        sums_by("stock.received", subject, _came),
        "pieces taken into the store, by item, without what lay there when the books were opened",
        by="item",
    ),
    MonthFigure(
        "stock.scrapped",
        "报废",
        "scrapped",
        "C4",
        sums_by("stock.scrapped", subject, amount("quantity")),
        "pieces scrapped in the store, by item",
        by="item",
    ),
    MonthFigure("order.placed", "订单", "orders", "R5.6", number_of("order.placed"), "orders placed"),
    MonthFigure("delivery.signed", "签收的供货清单", "delivery lists signed", "R5.6", number_of("delivery.signed"), "signed by the user"),
    MonthFigure(
        "delivery.rejected",
        "有拒收的清单",
        "lists with lines refused",
        "R5.6",
        number_where("delivery.signed", rejected_lines),
        "of these, with lines not accepted",
    ),
    MonthFigure("spare.used", "使用备件", "spares used", "C4", spares_used, "spares fitted, by item", by="item"),
    MonthFigure(
        "spare.missing",
        "备件缺货",
        "spares missing",
        "R5.4",
        sums_by("spare.missing", subject),
        "times a spare was asked for and not there, by item",
        by="item",
    ),
    MonthFigure("part.replaced", "更换部件", "parts replaced", "C2.1.5", sums_by("part.replaced", word("part")), "by part", by="part"),
    MonthFigure("maintenance.done", "保养次数", "maintenance done", "C2.1.4", number_of("maintenance.done"), "preventive tasks done"),
    MonthFigure("calibration.done", "校准次数", "calibrations", "C2.1.4", number_of("calibration.done"), "calibrations done"),
    MonthFigure(
        "calibration.failed",
        "校准不合格",
        "calibrations failed",
        "C2.1.4",
        number_where("calibration.done", not_passed),
        "calibrations that did not pass",
    ),
)
