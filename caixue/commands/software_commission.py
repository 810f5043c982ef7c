"""The commands `caixue software commission …` (contract R5.1): a swapped device, the conformance suite on it, and the users' signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk, show, site_source
from caixue.commands.software_desk import All, Number, Reason, in_register, list_sheets, show_sheet, state_line
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.conformance import Row
    from caixue.events import Event
    from caixue.ops.commissioning import Commissioning

NAME, FAILED = "commissioning", 99
_TEXT = tr("文字", "TEXT")
Device = Annotated[str, typer.Argument(metavar="DEVICE", help=tr("设备，如 window-3.label-printer", "Such as window-3.label-printer"))]
New = Annotated[str | None, typer.Option("--serial", metavar=_TEXT, help=tr("新序列号", "The new serial"))]
Old = Annotated[str, typer.Option("--old-serial", metavar=_TEXT, help=tr("旧序列号", "The old serial"))]
Incident = Annotated[str, typer.Option("--incident", metavar="NUMBER", help=tr("故障单", "The incident"))]
Bench = Annotated[
    str,
    typer.Option(
        "--bench",
        metavar="BENCH",
        help=tr("在哪里检查，默认真机；没有真机时是孪生", "Where; the real device, or the twin where there is none"),
    ),
]
Actuate = Annotated[
    bool, typer.Option("--actuate", help=tr("允许动作、打印；真机还要 caixue arm", "It may move and print; a real device if armed"))
]
Check = Annotated[str, typer.Argument(metavar="CHECK", help=tr("跳过的检查", "A check that was skipped"))]
Word = Annotated[str | None, typer.Option("--word", metavar=_TEXT, help=tr("亲眼所见", "What was seen"))]
Remark = Annotated[str, typer.Option("--remark", metavar=_TEXT, help=tr("备注", "A remark"))]
Doing = Callable[["Commissioning", "Desk"], "list[Event]"]


def register(mine: App) -> None:
    """Add these commands to the group."""
    commission = group(mine, "commission", "换机验收：更换、检查、签字", "A swapped device: checked, and signed by the users")
    commission.command("start", help=tr("设备已更换", "A device was swapped"))(start)
    commission.command(
        "check", help=tr("在设备上跑一致性检查；退出码 99：有失败的", "The conformance suite on it; exit code 99: one failed")
    )(check_)
    commission.command("vouch", help=tr("为跳过的检查担保", "A person's word on a check that was skipped"))(vouch)
    commission.command("accept", help=tr("验收：科室负责人或护士签字", "Sign: the head or a nurse"))(accept)
    commission.command("refuse", help=tr("不接受", "Do not accept it"))(refuse)
    commission.command("list", help=tr("更换了还没有验收的", "Swapped and not accepted"))(list_)
    commission.command("show", help=tr("一张的经过，还缺什么", "The course of one, and what it lacks"))(show_)


def _book(desk: Desk) -> Commissioning:
    from caixue.ops.commissioning import Commissioning

    return Commissioning(desk.site, desk.recorder, desk.ledger)


def start(
    device: Device,
    serial: New = None,
    old_serial: Old = "",
    reason: Reason = None,
    incident: Incident = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    new, why = ask(serial, "--serial", tr("新序列号", "the new serial")), ask(reason, "--reason", tr("为什么更换", "why"))
    _do(
        lambda book, desk: book.start(device, new, why, old_serial=old_serial, incident=incident, by=desk.person, op=op),
        site,
        ledger,
        by,
        as_json,
    )


def check_(
    number: Number,
    bench: Bench = "",
    actuate: Actuate = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    from caixue.bench import is_simulated
    from caixue.link.arming import can_move

    source, whole = site_source(site), in_register(NAME, number)
    with open_desk(site, ledger, by, acts=True) as desk:
        book = _book(desk)
        device = book.sheets.named(whole).values["device"]
        where = bench or (source if can_move(desk.site.devices[device].url) else f"twin:{source}")
        rows = _rows(where, device, actuate=actuate)  # outside any turn: devices are spoken to
        with desk.ledger.turn():
            events = desk.done_before(op) or book.check(whole, rows, bench=where, simulated=is_simulated(where), by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"{whole} {device}：检查 {len(rows)} 项", f"{whole} {device}: {len(rows)} checks"))
    if not as_json:
        show("", (tr("检查", "check"), tr("结果", "verdict"), tr("说明", "detail")), [(row.check, row.verdict, row.detail) for row in rows])
    return FAILED if any(row.verdict == "fail" for row in rows) else 0


def _rows(where: str, device: str, *, actuate: bool) -> list[Row]:
    """The suite on one device of a bench; what moves or prints is skipped on a real one unless it is armed and `actuate` is given."""
    from caixue.bench import is_armed, is_simulated, open_bench
    from caixue.conformance import conformance
    from caixue.errors import UsageError
    from caixue.units import nearest

    opened = open_bench(where)
    try:
        if device not in opened.drivers:
            raise UsageError(tr(f"{where} 没有 {device}", f"{where} has no {device}") + nearest(device, opened.drivers))
        may = is_simulated(where) or (actuate and is_armed(where))
        return conformance(opened.subject(device, may_actuate=may))
    finally:
        opened.close()


def vouch(
    number: Number,
    check: Check,
    word: Word = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole, seen = in_register(NAME, number), ask(word, "--word", tr("看到了什么", "what was seen"))
    _do(lambda book, desk: book.vouch(whole, check, seen, by=desk.person, op=op), site, ledger, by, as_json)


def accept(
    number: Number,
    remark: Remark = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole = in_register(NAME, number)
    _do(lambda book, desk: book.accept(whole, remark=remark, by=desk.person, op=op), site, ledger, by, as_json)


def refuse(
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole, why = in_register(NAME, number), ask(reason, "--reason", tr("为什么", "why"))
    _do(lambda book, desk: book.refuse(whole, why, by=desk.person, op=op), site, ledger, by, as_json)


def list_(every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        book = _book(desk)
        list_sheets(NAME, book.sheets.sheets.values() if every else book.open(), book.sheets.form, desk, as_json=as_json)


def show_(number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.forms.commissioning import open_rows

    with open_desk(site, ledger) as desk:
        book = _book(desk)
        sheet = book.sheets.named(in_register(NAME, number))
        left = ", ".join(open_rows(sheet))
        told = tr(f"失败或没有人担保：{left}", f"failed, or skipped without a word: {left}") if left and not as_json else left
        show_sheet(sheet, book.sheets.form, desk, {"left": told}, as_json=as_json)


def _do(doing: Doing, site: str | None, ledger: str | None, by: str | None, as_json: bool) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        book = _book(desk)
        events = doing(book, desk)
        told = state_line(book.sheets.named(events[0].subject), book.sheets.form)
    noted(events, as_json=as_json, say=lambda: told)
