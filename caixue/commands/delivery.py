"""The commands `caixue delivery …`: delivery lists, announced, signed by the user in whole or in part, and shown (contract R5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, group, noted, open_desk
from caixue.commands.delivery_view import Number, duties, list_, proposals, sheet, show_
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.deliveries import Line, Refusal


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "delivery", "供货清单：登记、签收、查看", "Delivery lists: announce, sign, look")
    mine.command("announce", help=tr("登记一张供货清单", "Note a delivery list"))(announce)
    mine.command("sign", help=tr("科室签收：全收，或逐行拒收并写原因", "The user signs: all, or refusing lines with a reason"))(sign)
    mine.command("list", help=tr("供货清单一览", "All delivery lists"))(list_)
    mine.command("show", help=tr("一张清单的明细、合计与对订单", "One list with its sums, and against its order"))(show_)


def announce(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help=tr("清单文件：.csv 或 .toml", "The list as a file: .csv or .toml"))
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(
            "--line", metavar="ITEM,LOT,N[,DAY[,YUAN]]", help=tr("一行：物品,批号,数量,有效期,单价；可多次", "One line; may be repeated")
        ),
    ] = None,
    supplier: Annotated[str, typer.Option(metavar=tr("名称", "NAME"), help=tr("供货商", "Who delivers"))] = "",
    order: Annotated[str, typer.Option(metavar="ORDER", help=tr("对应的订单", "The order that it is for"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.deliveries import proposed_refusals

    lines = _lines(file, line or [])
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        deliveries, orders = duties(desk)
        events = desk.done_before(op)
        if not events:
            wanted = orders.order(order) if order else None
            events = deliveries.announce(lines, supplier=supplier, by=desk.person, order=wanted, op=op)
        proposed = proposed_refusals(deliveries.delivery(events[0].subject).lines, desk.now.date())
    number = events[0].subject
    noted(
        events,
        as_json=as_json,
        say=lambda: "\n".join([tr(f"{number}：{len(lines)} 行", f"{number}: {len(lines)} lines"), *proposals(proposed)]),
    )


def _lines(file: str | None, rows: Sequence[str]) -> Sequence[Line]:
    from caixue.ops.delivery_files import read_lines, read_row

    if (file is None) == (not rows):
        raise UsageError(tr("写清单文件，或用 --line 逐行写", "give the list's file, or its lines by --line"))
    return [read_row(row) for row in rows] if file is None else read_lines(file)


def sign(
    number: Number,
    accept_all: Annotated[bool, typer.Option("--accept-all", help=tr("全部收下", "Take everything"))] = False,
    reject: Annotated[
        list[str] | None,
        typer.Option(
            "--reject",
            metavar=tr("行[:数量]=原因", "LINE[:N]=REASON"),
            help=tr("拒收一行，或其中几件；可多次", "Refuse a line, or pieces of it"),
        ),
    ] = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    if accept_all == bool(reject):
        raise UsageError(tr("写 --accept-all，或用 --reject 逐行拒收", "give --accept-all, or --reject for each line that is not taken"))
    refusals = [_refusal(text) for text in reject or []]
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        deliveries, _ = duties(desk)
        events = desk.done_before(op)
        events = events or deliveries.sign(number, refusals, person=desk.person, today=desk.now.date(), op=op)
        figures = sheet(deliveries.delivery(events[0].subject))
    taken, refused = figures["accepted_pieces"], figures["rejected_pieces"]
    noted(
        events,
        as_json=as_json,
        say=lambda: tr(f"{number} 已签收：收 {taken} 件，拒 {refused} 件", f"{number} signed: {taken} taken, {refused} refused"),
    )


def _refusal(text: str) -> Refusal:
    """`2=reason` or `2:30=reason`."""
    from caixue.ops.deliveries import Refusal

    place, equals, reason = text.partition("=")
    line, colon, quantity = place.partition(":")
    try:
        if not equals:
            raise ValueError
        return Refusal(int(line), reason.strip(), int(quantity) if colon else None)
    except ValueError:
        raise UsageError(
            tr(f"--reject 写成 2=原因 或 2:30=原因，不是 {text}", f"write --reject 2=reason or 2:30=reason, not {text}")
        ) from None
