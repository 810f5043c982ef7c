"""The commands `caixue order …`: what to order and what it costs, orders placed, and what of them is still to come (contract R5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, noted, open_desk, show
from caixue.commands.delivery_view import duties
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.orders import Order, OrderLine, Orders
    from caixue.ops.reorder import Suggestion

Patients = Annotated[
    float,
    typer.Option(
        "--patients-per-h",
        min=0,
        max=100_000,
        metavar=tr("人", "N"),
        help=tr("没有两周记录时，估计每小时多少患者", "Patients an hour, before two weeks are on record"),
    ),
]
Number = Annotated[str, typer.Argument(metavar="ORDER", help=tr("订单号", "The order's number"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "order", "订货：建议、下单、查看", "Orders: suggest, place, look")
    mine.command("suggest", help=tr("该订什么、多少、多少钱", "What to order, how many, at what cost"))(suggest)
    mine.command("place", help=tr("记一张订单", "Note an order"))(place)
    mine.command("list", help=tr("订单一览", "All orders"))(list_)
    mine.command("close", help=tr("关闭订单：不再等货", "Close an order: nothing more is awaited"))(close)


def _suggestions(desk: Desk, orders: Orders, patients_per_h: float) -> list[Suggestion]:
    return orders.suggest(orders.demands(desk.site, desk.clock.monotonic_us(), desk.now, patients_per_h), desk.now)


def suggest(site: SiteOption = None, ledger: LedgerOption = None, patients_per_h: Patients = 100.0, as_json: JsonOption = False) -> None:
    from caixue.ops.reorder import URGENCY_ZH

    english = ("short now", "will not last until the delivery", "due")
    with open_desk(site, ledger) as desk:
        rows = _suggestions(desk, duties(desk)[1], patients_per_h)
    if as_json:
        emit({"schema": 1, "suggestions": [_suggestion(row) for row in rows]})
        return
    heads = (
        tr("物品", "item"),
        tr("可用", "usable"),
        tr("在途", "on order"),
        tr("订货点", "point"),
        tr("订", "order"),
        tr("金额 元", "yuan"),
        "",
    )
    shown = [
        (
            row.shelf.item,
            row.shelf.usable,
            row.shelf.on_order,
            row.point,
            row.quantity,
            f"{row.cost_fen / 100:.2f}",
            tr(URGENCY_ZH[row.urgency], english[row.urgency]),
        )
        for row in rows
    ]
    show("", heads, shown, empty=tr("没有要订的", "nothing is due"))
    if rows:
        total = sum(row.cost_fen for row in rows) / 100
        print(tr(f"合计 {total:.2f} 元", f"in all {total:.2f} yuan"))


def _suggestion(row: Suggestion) -> dict[str, Any]:
    shelf = row.shelf
    return {
        "item": shelf.item,
        "usable": shelf.usable,
        "on_order": shelf.on_order,
        "minimum": shelf.minimum,
        "point": row.point,
        "quantity": row.quantity,
        "cost_fen": row.cost_fen,
        "urgency": row.urgency,
        "days_left": row.days_left,
        "yearly_fen": row.yearly_fen,
    }


def place(
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="ITEM=N[@YUAN]", help=tr("一行：物品=数量@单价；可多次", "One line; may be repeated")),
    ] = None,
    suggested: Annotated[bool, typer.Option("--suggested", help=tr("照建议订", "As suggested"))] = False,
    supplier: Annotated[str, typer.Option(metavar=tr("名称", "NAME"), help=tr("供货商", "The supplier"))] = "",
    days: Annotated[int, typer.Option(min=0, max=3650, metavar=tr("天", "N"), help=tr("几天后到货", "Due in so many days"))] = 3,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    patients_per_h: Patients = 100.0,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.orders import OrderLine

    if suggested == bool(line):
        raise UsageError(tr("用 --line 逐行写，或写 --suggested", "give lines by --line, or --suggested"))
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        orders = duties(desk)[1]
        events = desk.done_before(op)
        if not events:
            lines: Sequence[OrderLine] = [_line(text, orders) for text in line or []]
            if suggested:
                rows = _suggestions(desk, orders, patients_per_h)
                lines = [OrderLine(row.shelf.item, row.quantity, row.shelf.unit_cost_fen) for row in rows]
            due_us = desk.at_us(desk.now + timedelta(days=days))
            events = orders.place(lines, due_us=due_us, supplier=supplier, by=desk.person, op=op)
        order = orders.order(events[0].subject)
    cost = f"{order.cost_fen / 100:.2f}"
    noted(
        events,
        as_json=as_json,
        say=lambda: tr(f"{order.number}：{len(order.lines)} 行，{cost} 元", f"{order.number}: {len(order.lines)} lines, {cost} yuan"),
    )


def _line(text: str, orders: Orders) -> OrderLine:
    """`item=500` or `item=500@0.90`; without a price it is the site's."""
    from caixue.ops.orders import OrderLine
    from caixue.units import money_fen

    item, _, rest = text.partition("=")
    quantity, at, price = rest.partition("@")
    known = orders.stock.items.get(item.strip())
    try:
        count = int(quantity)
    except ValueError:
        raise UsageError(
            tr(f"--line 写成 物品=数量 或 物品=数量@单价，不是 {text}", f"write --line ITEM=N or ITEM=N@YUAN, not {text}")
        ) from None
    return OrderLine(item.strip(), count, money_fen(f"{price} yuan") if at else 0 if known is None else known.unit_cost_fen)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        found = list(duties(desk)[1].orders.values())
        due = {order.number: desk.ledger.start + timedelta(microseconds=order.due_us) for order in found}
        late = {order.number for order in found if not order.complete and due[order.number] < desk.now}
    if as_json:
        emit({"schema": 1, "orders": [{**_order(order), "due": due[order.number], "late": order.number in late} for order in found]})
        return
    heads = (tr("订单", "order"), tr("供货商", "supplier"), tr("到货日", "due"), tr("金额 元", "yuan"), tr("未到", "to come"), "")
    shown = [
        (order.number, order.supplier, f"{due[order.number]:%Y-%m-%d}", f"{order.cost_fen / 100:.2f}", _to_come(order), _mark(order, late))
        for order in found
    ]
    show("", heads, shown, empty=tr("还没有订单", "there are no orders"))


def _to_come(order: Order) -> str:
    return ", ".join(f"{item} {order.open(item)}" for item in order.items if order.open(item))


def _mark(order: Order, late: set[str]) -> str:
    if order.closed:
        return tr("已关闭", "closed")
    return tr("过期未到", "late") if order.number in late else ""


def _order(order: Order) -> dict[str, Any]:
    lines = [{"item": row.item, "quantity": row.quantity, "unit_cost_fen": row.unit_cost_fen} for row in order.lines]
    to_come = {item: order.open(item) for item in order.items if order.open(item)}
    return {
        "number": order.number,
        "supplier": order.supplier,
        "lines": lines,
        "cost_fen": order.cost_fen,
        "to_come": to_come,
        "closed": order.closed or None,
    }


def close(
    number: Number,
    reason: Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        events = events or duties(desk)[1].close(number, reason=reason, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{number} 已关闭", f"{number} is closed"))
