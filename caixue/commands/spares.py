"""The commands `caixue spares …`: the shelf of parts, its risk, and the way of each spare up to the user's signature (contract C4, R5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, group, noted, open_desk, show
from caixue.commands.spares_view import by_what, money, part_row, risk_row, short, spare_row, to_do, yes
from caixue.commands.upkeep import NOT_KEPT, OldSerial, Serial, WearAt, upkeep
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY, nearest

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.spare_risk import Risk

Item = Annotated[str, typer.Argument(metavar="PART", help=tr("备件，如 print-head", "The part, such as print-head"))]
Target = Annotated[str, typer.Argument(metavar="DEVICE", help=tr("用在哪台设备上", "For which device"))]
Number = Annotated[str, typer.Argument(metavar="SPARE", help=tr("备件编号，如 spare-0001", "The spare's number, such as spare-0001"))]
Incident = Annotated[str, typer.Option("--incident", metavar="INCIDENT", help=tr("为哪张故障单", "For which incident"))]
Condition = Annotated[
    str | None, typer.Option("--condition", metavar=tr("文字", "TEXT"), help=tr("旧件的状况", "The old part's condition"))
]
To = Annotated[str | None, typer.Option("--to", metavar="WHERE", help=tr("旧件去向：maker、scrapped、kept", "maker, scrapped or kept"))]
Unused = Annotated[
    str, typer.Option("--unused", metavar=tr("原因", "WHY"), help=tr("没有用，新件退库", "It was not needed: back on the shelf"))
]
Wanted = Annotated[
    float, typer.Option("--wanted", metavar="SHARE", help=tr("要求的满足率，默认 0.95", "The wanted fill rate, 0.95 by default"))
]
SignedBy = Annotated[
    str | None, typer.Option("--by", envvar="CAIXUE_PERSON", show_envvar=False, metavar=tr("姓名", "NAME"), help=tr("谁签字", "Who signs"))
]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "spares", "备件：库存、风险、领用到签字", "Spare parts: shelf, risk, from issue to signature")
    mine.command("list", help=tr("备件库存；低于最低量退出码 99", "The shelf of parts; 99 when below a minimum"))(list_)
    mine.command("risk", help=tr("缺货风险和满足率", "Risk of a stock-out and fill rate"))(risk)
    mine.command("minimum", help=tr("达到满足率要的最低量与费用", "The minimum that a fill rate takes, and its cost"))(minimum)
    mine.command("issue", help=tr("领用一件；缺货退出码 99", "Take one; 99 when none is there"))(issue)
    mine.command("fit", help=tr("记新件已装上，写序列号", "Note that it is fitted, with its serial number"))(fit)
    mine.command("return", help=tr("交还旧件，或把没用的新件退库", "Return the old part, or the new one unused"))(return_)
    mine.command("sign", help=tr("用户（护士或科室负责人）签字", "The user signs: a nurse or the head"))(sign)
    mine.command("open", help=tr("没有办完的备件：未装、旧件未交、未签字", "Spares about which something is still to be done"))(open_)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> int:
    from caixue.ops.spare_chain import parts_of

    with open_desk(site, ledger) as desk:
        duties = upkeep(desk)
        stock, today = duties.spares.stock, desk.now.date()
        rows = [(stock.items[item], stock.usable(item, today)) for item in parts_of(desk.site)]
        orders = {row.item: row for row in duties.spares.to_order(duties.on_order)}
    if as_json:
        emit({"schema": 1, "parts": [part_row(item, have, orders.get(item.item)) for item, have in rows]})
    else:
        counts = (tr("在库", "on hand"), tr("最低", "minimum"), tr("要订", "to order"))
        heads = (tr("备件", "part"), *counts, tr("到货天数", "lead time, d"), tr("国产", "domestic"))
        shown = [
            (item.item, have, item.minimum, short(orders.get(item.item)), f"{item.lead_time_us / US_PER_DAY:g}", yes(item.domestic))
            for item, have in rows
        ]
        show("", heads, shown, empty=tr("现场文件里没有备件", "the site file has no parts"))
    return NOT_KEPT if any(have < item.minimum for item, have in rows) else 0


def risk(wanted: Wanted = 0.95, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    rows = _risks(site, ledger, wanted)
    if as_json:
        emit({"schema": 1, "wanted": wanted, "parts": [risk_row(row) for row in rows]})
        return
    heads = (
        tr("备件", "part"),
        tr("在库", "on hand"),
        tr("每月要", "a month"),
        tr("依据", "by"),
        tr("缺货概率", "stock-out"),
        tr("满足率", "fill rate"),
    )
    show(
        "",
        heads,
        [(row.item, row.on_hand, f"{row.demand.per_month:.3f}", by_what(row), f"{row.stockout:.2%}", f"{row.filled:.2%}") for row in rows],
    )


def minimum(wanted: Wanted = 0.95, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    rows = _risks(site, ledger, wanted)
    if as_json:
        emit({"schema": 1, "wanted": wanted, "parts": [risk_row(row) for row in rows]})
        return
    heads = (tr("备件", "part"), tr("最低", "minimum"), tr("建议", "recommended"), tr("满足率", "fill rate"), tr("费用差", "cost"))
    show(
        tr(f"满足率 {wanted:.0%}", f"fill rate {wanted:.0%}"),
        heads,
        [(row.item, row.minimum, row.recommended, f"{row.filled:.2%}", money(row.cost_fen)) for row in rows],
    )


def issue(
    item: Item,
    device: Target,
    incident: Incident = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op)
        if not events:
            first = desk.ledger.next_seq()
            upkeep(desk).spares.take(item, _incident(desk, incident), device, desk.person, op=op)
            events = list(desk.ledger.events(after=first - 1))
    number = next((event.subject for event in events if event.kind == "spare.issued"), "")
    missing = tr(f"库里没有可用的 {item}；已记缺货，请报厂家", f"no usable {item} on the shelf; the shortage is noted, tell the maker")
    noted(events, as_json=as_json, say=lambda: tr(f"已领用：{number}", f"taken: {number}") if number else missing)
    return 0 if number else NOT_KEPT


def _incident(desk: Desk, given: str) -> str:
    """The number of a known incident, also written "2"; empty for none. Raises UsageError for an unknown one."""
    known = tuple(event.subject for event in desk.ledger.events({"incident.opened"}))
    number = f"incident-{int(given):04d}" if given.isascii() and given.isdecimal() else given
    if given and number not in known:
        raise UsageError(tr(f"没有故障单 {given}", f"there is no incident {given}") + nearest(number, known))
    return number


def fit(
    number: Number,
    serial: Serial = None,
    old_serial: OldSerial = "",
    wear_at: WearAt = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        new = ask(serial, "--serial", tr("新件的序列号", "the new part's serial number"))
        with desk.ledger.turn():
            spares = upkeep(desk).spares
            events = desk.done_before(op) or spares.fit(number, new, by=desk.person, old_serial=old_serial, wear_at=wear_at, op=op)
    noted(
        events,
        as_json=as_json,
        say=lambda: tr(f"{number}：{new} 已装上；还要交旧件", f"{number}: {new} is fitted; now return the old part"),
    )


def return_(
    number: Number,
    condition: Condition = None,
    to: To = None,
    old_serial: OldSerial = "",
    unused: Unused = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        where, state = "", ""
        if not unused:
            where = ask(to, "--to", tr("旧件去向：maker、scrapped、kept", "where the old part goes: maker, scrapped, kept"))
            state = ask(condition, "--condition", tr("旧件的状况", "the old part's condition"))
        with desk.ledger.turn():
            events, spares = desk.done_before(op), upkeep(desk).spares
            if not events and unused:
                events = spares.bring_back(number, reason=unused, by=desk.person, op=op)
            elif not events:
                events = spares.return_old(number, old_serial=old_serial, condition=state, to=where, by=desk.person, op=op)
    told = (
        tr(f"{number}：已退库", f"{number}: back on the shelf")
        if unused
        else tr(f"{number}：旧件已交；还要签字", f"{number}: returned; now sign")
    )
    noted(events, as_json=as_json, say=lambda: told)


def sign(
    number: Number,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: SignedBy = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        events = desk.done_before(op) or upkeep(desk).spares.sign(number, person=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{number}：{desk.person} 已签字", f"{number}: signed by {desk.person}"))


def open_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        found, now_us = upkeep(desk).spares.open, desk.clock.monotonic_us()
    if as_json:
        emit({"schema": 1, "spares": [spare_row(one, now_us) for one in found]})
        return
    heads = (
        tr("编号", "number"),
        tr("备件", "part"),
        tr("设备", "device"),
        tr("故障单", "incident"),
        tr("还要", "to do"),
        tr("天数", "days"),
    )
    rows = [(one.number, one.item, one.device, one.incident, to_do(one), f"{one.age_us(now_us) / US_PER_DAY:.1f}") for one in found]
    show("", heads, rows, empty=tr("都办完了", "all done"))


def _risks(site: str | None, ledger: str | None, wanted: float) -> list[Risk]:
    from caixue.ops.spare_risk import risks

    with open_desk(site, ledger) as desk:
        duties = upkeep(desk)
        return risks(duties.spares, days=duties.days, wanted=wanted, on_order=duties.on_order, next_days=duties.next_days)
