"""The commands `caixue stock …`: what lies in the store, by item and lot; counting and scrapping (contract S4)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, noted, open_desk, show
from caixue.errors import UsageError
from caixue.lang import tr

Item = Annotated[str, typer.Argument(metavar="ITEM", help=tr("物品", "The item"))]
LotName = Annotated[str, typer.Argument(metavar="LOT", help=tr("批号", "The lot"))]
Quantity = Annotated[int, typer.Argument(metavar="N", help=tr("数量", "How many"))]
Reason = Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "stock", "库存：查看、盘点、报废", "The store: look, count, scrap")
    mine.command("list", help=tr("库存一览，按批号", "What lies in the store, by lot"))(list_)
    mine.command("open", help=tr("按现场文件记期初库存，只记一次", "Note the opening stock of the site file, once"))(open_)
    mine.command("count", help=tr("盘点一个批号", "Count one lot"))(count)
    mine.command("scrap", help=tr("报废", "Throw away"))(scrap)


def _stock(desk: Any) -> Any:
    from caixue.ops.stock import Stock

    return Stock(desk.recorder, desk.site.stock, desk.ledger)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        stock, today = _stock(desk), desk.now.date()
        lots = [lot for lot in stock.lots.values() if lot.on_hand]
    if as_json:
        emit({"schema": 1, "lots": [{"item": lot.item, "lot": lot.lot, "on_hand": lot.on_hand, "expires": lot.expires} for lot in lots]})
        return
    heads = (tr("物品", "item"), tr("批号", "lot"), tr("在库", "on hand"), tr("有效期", "expires"), "")
    rows = [(lot.item, lot.lot, lot.on_hand, lot.expires or "", tr("已过期", "expired") if lot.expired(today) else "") for lot in lots]
    show("", heads, rows, empty=tr("库里什么也没有；期初库存：caixue stock open", "the store is empty; opening stock: caixue stock open"))


def open_(site: SiteOption = None, ledger: LedgerOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = _stock(desk).open_with(by=desk.person)
        if not events:
            raise UsageError(tr("期初库存已经记过；盘点用 caixue stock count", "the opening stock was noted before; count by caixue stock count"))
    noted(events, as_json=as_json, say=lambda: tr(f"期初库存：{len(events)} 种物品", f"opening stock: {len(events)} items"))


def count(
    item: Item,
    lot: LotName,
    found: Quantity,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        events = events or _stock(desk).count(item, lot, found, reason=reason, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{item} {lot}：点到 {found}", f"{item} {lot}: {found} counted"))


def scrap(
    item: Item,
    lot: LotName,
    quantity: Quantity,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        events = events or _stock(desk).scrap(item, lot, quantity, reason=reason, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{item} {lot}：报废 {quantity}", f"{item} {lot}: {quantity} scrapped"))
