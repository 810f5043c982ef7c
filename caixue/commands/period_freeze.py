"""The commands `caixue period freeze`, `exempt` and `unexempt` (contract C5): whether changes are frozen, and what the head exempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, moment, noted, open_desk, show, tell
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.freeze import ChangeFreeze

_TEXT = tr("文字", "TEXT")
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help=tr("什么时候，默认现在", "At what time; now by default"))]
What = Annotated[str, typer.Argument(metavar="WHAT", help=tr("变更号、补丁号或软件", "A change, a patch or a software"))]
Asked = Annotated[list[str] | None, typer.Argument(metavar="[WHAT]...", help=tr("变更号、补丁号或软件", "A change, a patch or a software"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("豁免，如 1 或 exemption-0001", "An exemption, such as 1"))]
Period = Annotated[
    str, typer.Option("--period", metavar=_TEXT, help=tr("哪个时段，默认现在这个", "Which period; the present one by default"))
]
Reason = Annotated[str | None, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]


def register_freeze(mine: App) -> None:
    """Add these commands to the group `period`."""
    mine.command("freeze", help=tr("现在能不能改", "Whether changes are frozen"))(freeze)
    mine.command("exempt", help=tr("科室负责人（--by）准许在冻结期间改一样", "The head (--by) exempts one thing"))(exempt)
    mine.command("unexempt", help=tr("撤回豁免", "Take an exemption back"))(unexempt)


def freeze_of(desk: Desk) -> ChangeFreeze:
    """The change freeze of the site of `desk`."""
    from caixue.ops.freeze import ChangeFreeze

    return ChangeFreeze(desk.site, desk.recorder, desk.ledger)


def freeze(what: Asked = None, at: At = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.freeze import freeze_at

    with open_desk(site, ledger) as desk:
        when = moment(at, desk.clock, "--at") or desk.now
        kept, period = freeze_of(desk), freeze_at(desk.site, when)
        why = kept.objection(*(what or ()), moment=when)
        exempted = [(one.number, one.values) for one in kept.sheets.in_state("opened") if period and one.values["period"] == period.name]
    if as_json:
        named = None if period is None else {"name": period.name, "from": str(period.first), "until": str(period.last)}
        rows = [{"number": number, **values} for number, values in exempted]
        emit({"schema": 1, "at": when, "period": named, "frozen": bool(why), "why": why, "exemptions": rows})
        return
    spared = tr(f"（{period.name}：已豁免）", f" ({period.name}: exempted)") if period else ""
    tell(why or tr("可以改", "changes may be made") + spared)
    if exempted:
        heads = (tr("豁免", "exemption"), tr("改什么", "what"), tr("原因", "why"))
        show("", heads, [(number, values["what"], values["reason"]) for number, values in exempted])


def exempt(
    what: What,
    reason: Reason = None,
    period: Period = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        why = ask(reason, "--reason", tr("为什么不能等", "why it cannot wait"))
        events = freeze_of(desk).exempt(what, why, period=period, by=desk.person, op=op)
    where = events[0].data["period"]
    noted(
        events, as_json=as_json, say=lambda: f"{events[0].subject}: {tr(f'{where}期间可以改 {what}', f'{what} may be changed in {where}')}"
    )


def unexempt(
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = freeze_of(desk).withdraw(number, ask(reason, "--reason", tr("为什么", "why")), by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: f"{events[0].subject}: {tr('已撤回', 'withdrawn')}")
