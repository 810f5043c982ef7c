"""The commands `caixue probe instruction …` (contract C2.4, R4): what the hospital said is to be done, by name, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, moment
from caixue.commands.probe_sheets import listed, said, sheet_desk
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.incidents import Incidents
    from caixue.ops.sheets import Sheet

Number = Annotated[
    str, typer.Argument(metavar="INSTRUCTION", help=tr("指示号，如 instruction-0001 或 1", "The instruction, instruction-0001 or 1"))
]
TEXT = tr("文字", "TEXT")
PAUSE = "hospital-instruction"  # the reason for which a clock pauses, by the site's reading of R4


def register(app: typer.Typer) -> None:
    """Add these commands to the group."""
    mine = group(app, "instruction", "院方指示：谁、何时、说了什么、结果", "The hospital's instructions: who, when, what, and the result")
    mine.command("add", help=tr("记录院方指示；--pause 同时暂停故障单的计时", "Note one; --pause stops the incident's clock as well"))(add)
    mine.command("done", help=tr("已执行；暂停的计时恢复", "It is carried out; a clock that it stopped runs again"))(done)
    mine.command("decline", help=tr("没有执行，写原因", "It is not carried out, and why"))(decline)
    mine.command("withdraw", help=tr("院方撤回", "The hospital withdraws it"))(withdraw)
    mine.command("list", help=tr("全部指示", "All instructions"))(list_)


def add(
    words: Annotated[str, typer.Argument(metavar=TEXT, help=tr("指示的内容（不写患者姓名）", "What is to be done (no patient's name)"))],
    person: Annotated[str | None, typer.Option("--person", metavar="PERSON", help=tr("院方谁说的", "Who of the hospital said it"))] = None,
    said_at: Annotated[str | None, typer.Option("--said", metavar="TIME", help=tr("何时说的，默认现在", "When; now by default"))] = None,
    incident: Annotated[str, typer.Option("--incident", help=tr("关于哪张故障单", "Which incident it is about"))] = "",
    circuit: Annotated[str, typer.Option("--circuit", help=tr("关于哪条线路", "Which circuit it is about"))] = "",
    pause: Annotated[bool, typer.Option("--pause", help=tr("故障单的计时暂停（R4）", "The incident's clock pauses (R4)"))] = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.errors import UsageError
    from caixue.ops.forms.instruction import FORM

    who = ask(person, "--person", tr("院方谁说的", "who of the hospital said it"))
    if pause and not incident:
        raise UsageError(tr("--pause 要写 --incident", "--pause needs --incident"))
    with sheet_desk(FORM, site, ledger, by) as found:
        desk, register = found.desk, _incidents(found.desk)
        about = register.named(incident).number if incident else ""
        values = {"person": who, "said_us": desk.at_us(moment(said_at, desk.clock, "--said")), "words": words, "incident": about}
        if pause and PAUSE not in register.deadlines.readings.clock_pauses:
            raise UsageError(tr(f"这个现场的计时不因 {PAUSE} 暂停（clock_pauses）", f"no clock of this site pauses for {PAUSE} (clock_pauses)"))
        known = desk.done_before(op)
        if pause and not known and register.named(about).paused_since_us is not None:
            raise UsageError(tr(f"{about} 的计时已暂停", f"{about}: the clock stands already"))
        if known:
            values["said_us"] = known[0].data["said_us"]  # "now" was then
        events = found.sheets.open(by=desk.person, op=op, **values, circuit=_circuit(desk, circuit))
        if pause and register.named(about).paused_since_us is None:
            events = [*events, *register.pause(register.named(about), reason=PAUSE, person=who, by=desk.person, op=op and f"{op}-pause")]
    said(FORM, events, as_json=as_json)


def done(
    number: Number,
    result: Annotated[str, typer.Option("--result", metavar=TEXT, help=tr("结果", "The result"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    _end("carried-out", number, {"result": result}, site, ledger, by, op, as_json=as_json)


def decline(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", metavar=TEXT, help=tr("原因", "Why"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    _end("declined", number, {"reason": reason}, site, ledger, by, op, as_json=as_json)


def withdraw(
    number: Number,
    person: Annotated[
        str | None, typer.Option("--person", metavar="PERSON", help=tr("院方谁撤回", "Who of the hospital withdraws it"))
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar=TEXT, help=tr("原因", "Why"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    who = ask(person, "--person", tr("院方谁撤回", "who of the hospital withdraws it"))
    _end("withdrawn", number, {"person": who, "reason": reason}, site, ledger, by, op, as_json=as_json)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from datetime import timedelta

    from caixue.ops.forms.instruction import FORM

    heads = (tr("号", "number"), tr("谁", "who"), tr("何时", "when"), tr("内容", "what"), tr("关于", "about"), tr("状态", "state"))
    with sheet_desk(FORM, site, ledger, None, acts=False) as found:
        start = found.desk.ledger.start

        def row(sheet: Sheet) -> tuple[str, ...]:
            values = sheet.values
            at = start + timedelta(microseconds=values["said_us"])
            about = " ".join(filter(None, (values.get("incident"), values.get("circuit"))))
            return sheet.number, values["person"], f"{at:%m-%d %H:%M}", values["words"], about, sheet.state

        listed(found, "instructions", heads, row, as_json=as_json)


def _end(
    step: str, number: str, values: dict[str, object], site: str | None, ledger: str | None, by: str | None, op: str, *, as_json: bool
) -> None:
    """Take the last step of an instruction; the clock that it stopped runs again, in the name of who had stopped it."""
    from caixue.ops.forms.instruction import FORM

    with sheet_desk(FORM, site, ledger, by) as found:
        events = found.sheets.take(step, number, by=found.desk.person, op=op, **values)
        sheet, register = found.sheets.named(number), _incidents(found.desk)
        incident = register.incidents.get(sheet.values.get("incident", ""))
        if incident is not None and incident.paused_since_us is not None and incident.paused_for == PAUSE:
            resumed = register.resume(incident, person=sheet.values["person"], by=found.desk.person, op=op and f"{op}-resume")
            events = [*events, *resumed]
    said(FORM, events, as_json=as_json)


def _incidents(desk: Desk) -> Incidents:
    from caixue.ops.incidents import Incidents
    from caixue.sla import Deadlines

    return Incidents(desk.recorder, desk.clock, Deadlines.of(desk.site), followed=desk.ledger)


def _circuit(desk: Desk, number: str) -> str:
    """The circuit's full number; empty for none. Raises UsageError for one that does not exist."""
    from caixue.ops.forms.circuit import FORM
    from caixue.ops.sheets import Sheets

    return Sheets(FORM, desk.recorder, {}, desk.ledger).named(number).number if number else ""
