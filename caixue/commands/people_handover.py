"""The commands `caixue people handover …`: the note is drafted from the ledger, written, and accepted (contract R1, R2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, group, open_desk
from caixue.commands.people_desk import Act, All, Number, Why, book, listed, said
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event

_TEXT = tr("文字", "TEXT")
To = Annotated[str | None, typer.Option("--to", metavar=tr("姓名", "NAME"), help=tr("谁接班", "Who takes over"))]
Workarounds = Annotated[
    list[str] | None,
    typer.Option("--workaround", metavar=_TEXT, help=tr("临时办法，可多次", "Something that is got round; may be repeated")),
]
Remarks = Annotated[str, typer.Option("--remarks", metavar=_TEXT, help=tr("其他，不写患者姓名", "Anything else; no patient's name"))]
Answer = Annotated[str, typer.Option("--answer", metavar=_TEXT, help=tr("接班人的话", "What the one who takes over says"))]

FIELDS = (
    ("incidents", "未了的故障", "open incidents"),
    ("workarounds", "临时办法", "workarounds"),
    ("refills", "待补料", "refills to do"),
    ("low_stock", "库存偏低", "low stock"),
    ("orders", "在途订单", "open orders"),
    ("remarks", "其他", "remarks"),
)


def register_handover(mine: App) -> None:
    """Add these commands to the group."""
    handover = group(mine, "handover", "交接班", "Hand-over of a shift")
    handover.command("draft", help=tr("由账本起草交接班记录，不记账", "Draft the note from the ledger; notes nothing"))(draft)
    handover.command("write", help=tr("交班：起草的内容加上自己写的", "Hand over: the draft and what is added to it"))(write)
    handover.command("accept", help=tr("接班人签收", "Who takes over accepts it"))(accept)
    handover.command("return", help=tr("接班人退回", "Who takes over returns it"))(return_)
    handover.command("show", help=tr("一张交接班记录", "One note"))(show_)
    handover.command("list", help=tr("未签收的交接班；--all 全部", "Notes that are not accepted; --all shows all"))(list_)


def drafted_on(desk: Desk) -> dict[str, list[str]]:
    """The draft of the note, from this desk's ledger."""
    from caixue.commands.incident_desk import looked_up
    from caixue.commands.refill_view import consumables
    from caixue.ops.handover import drafted
    from caixue.ops.orders import Orders

    register, now = looked_up(desk)
    duty = consumables(desk)
    orders = Orders(desk.recorder, duty.stock, desk.ledger)
    return drafted(now, register.waiting(), duty.tasks.values(), duty.stock, orders.orders.values())


def draft(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        note = drafted_on(desk)
    if as_json:
        emit({"schema": 1, **note})
    else:
        _tell(note)


def write(
    to: To = None,
    workaround: Workarounds = None,
    remarks: Remarks = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    taker = ask(to, "--to", tr("谁接班", "who takes over"))

    def note(desk: Desk) -> list[Event]:
        known = desk.done_before(op)
        if known:
            return known
        found = drafted_on(desk)
        found["workarounds"] += workaround or []
        return book(desk, "handover").open(by=desk.person, op=op, to=taker, remarks=remarks, **found)

    Act("handover", site, ledger, by, op, as_json).do(note)


def accept(
    number: Number,
    answer: Answer = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("handover", site, ledger, by, op, as_json).take("accepted", number, answer=answer)


def return_(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("handover", site, ledger, by, op, as_json).take("returned", number, reason=reason)


def show_(number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.people_desk import row, state_of

    with open_desk(site, ledger) as desk:
        notes, start = book(desk, "handover"), desk.ledger.start
        sheet = notes.named(number)
    if as_json:
        emit({"schema": 1, **row(sheet, start)})
        return
    print(f"{sheet.number} {sheet.opened_by} → {sheet.values['to']} {state_of(notes, sheet)}")
    _tell(sheet.values)


def list_(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    columns = (
        (tr("交班", "from"), lambda sheet: sheet.opened_by),
        (tr("接班", "to"), said("to")),
        (tr("故障", "incidents"), lambda sheet: len(sheet.values.get("incidents", ()))),
        (tr("其他", "remarks"), said("remarks")),
    )
    listed("handover", columns, site, ledger, as_json, over=() if all_ else ("accepted", "returned"))


def _tell(note: Mapping[str, Any]) -> None:
    for name, zh, en in FIELDS:
        lines = note.get(name) or ()
        print(tr(zh, en))
        for line in (lines,) if isinstance(lines, str) else lines or (tr("无", "none"),):
            print(f"  {line}")
