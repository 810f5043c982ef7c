"""What `caixue delivery` shows: the lists, one list with its sums, and what an order still lacks (contract R5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from datetime import date

    from caixue.ops.deliveries import Deliveries, Delivery, Refusal
    from caixue.ops.orders import Orders

Number = Annotated[str, typer.Argument(metavar="DELIVERY", help=tr("供货清单号", "The delivery's number"))]


def duties(desk: Desk) -> tuple[Deliveries, Orders]:
    """The duties of supply on this desk's ledger."""
    from caixue.ops.deliveries import Deliveries
    from caixue.ops.orders import Orders
    from caixue.ops.stock import Stock

    stock = Stock(desk.recorder, desk.site.stock, desk.ledger)
    return Deliveries(desk.recorder, stock, desk.ledger), Orders(desk.recorder, stock, desk.ledger)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        deliveries, _ = duties(desk)
        found = list(deliveries.deliveries.values())
    if as_json:
        emit({"schema": 1, "deliveries": [_row(delivery) for delivery in found]})
        return
    heads = (
        tr("清单", "list"),
        tr("供货商", "supplier"),
        tr("订单", "order"),
        tr("件数", "pieces"),
        tr("金额 元", "yuan"),
        tr("签收", "signed by"),
    )
    rows = [(d.number, d.supplier, d.order, sheet(d)["pieces"], _yuan(sheet(d)["cost_fen"]), d.person) for d in found]
    show("", heads, rows, empty=tr("还没有供货清单", "there are no delivery lists"))


def show_(number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.deliveries import against_order

    with open_desk(site, ledger) as desk:
        deliveries, orders = duties(desk)
        delivery, today = deliveries.delivery(number), desk.now.date()
        order = orders.orders.get(delivery.order)
        against = [] if order is None else against_order(delivery, order)
    if as_json:
        keys = ("item", "ordered", "delivered", "difference")
        emit({"schema": 1, **_row(delivery), "against_order": [dict(zip(keys, row, strict=True)) for row in against]})
        return
    _print(delivery, today)
    for item, ordered, brought, difference in against:
        if difference:
            word = tr("少", "short by") if difference < 0 else tr("多", "over by")
            print(
                tr(
                    f"{item}：订 {ordered}，到 {brought}，{word} {abs(difference)}",
                    f"{item}: {ordered} ordered, {brought} brought, {word} {abs(difference)}",
                )
            )


def _print(delivery: Delivery, today: date) -> None:
    from caixue.ops.deliveries import proposed_refusals

    taken, refused = dict(delivery.accepted), {row.line: row.reason for row in delivery.rejected}
    heads = (
        "",
        tr("物品", "item"),
        tr("批号", "lot"),
        tr("数量", "quantity"),
        tr("有效期", "expires"),
        tr("单价 元", "yuan each"),
        tr("收", "taken"),
        tr("拒收原因", "refused because"),
    )
    rows = [
        (
            at,
            line.item,
            line.lot,
            line.quantity,
            line.expires or "",
            _yuan(line.unit_cost_fen),
            taken.get(at, 0) if delivery.signed else "",
            refused.get(at, ""),
        )
        for at, line in enumerate(delivery.lines, 1)
    ]
    show(f"{delivery.number}  {delivery.supplier}  {delivery.order}", heads, rows)
    sums = sheet(delivery)
    print(tr(f"合计 {sums['pieces']} 件，{_yuan(sums['cost_fen'])} 元", f"in all {sums['pieces']} pieces, {_yuan(sums['cost_fen'])} yuan"))
    if delivery.signed:
        money = _yuan(sums["accepted_fen"])
        print(
            tr(
                f"{delivery.person} 签收 {sums['accepted_pieces']} 件，{money} 元",
                f"{delivery.person} took {sums['accepted_pieces']} pieces, {money} yuan",
            )
        )
    else:
        print("\n".join([tr("尚未签收", "not signed yet"), *proposals(proposed_refusals(delivery.lines, today))]))


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "supplier": delivery.supplier,
        "order": delivery.order or None,
        "person": delivery.person or None,
        "lines": [line.data() for line in delivery.lines],
        "accepted": [{"line": at, "quantity": count} for at, count in delivery.accepted],
        "rejected": [{"line": row.line, "quantity": row.quantity, "reason": row.reason} for row in delivery.rejected],
        **sheet(delivery),
    }


def sheet(delivery: Delivery) -> dict[str, int]:
    from dataclasses import asdict

    from caixue.ops.deliveries import Sheet

    return asdict(Sheet.of(delivery))


def proposals(proposed: Sequence[Refusal]) -> list[str]:
    return [tr(f"建议拒收第 {row.line} 行：{row.reason}", f"line {row.line} should be refused: {row.reason}") for row in proposed]


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"
