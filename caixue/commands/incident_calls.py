"""The commands of `caixue incident` about people (contract R2, R4): calls, who is called to the site, who is told, and work from afar."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted
from caixue.commands.incident_act import Act
from caixue.commands.incident_options import Device, Drill, Lost, Number, Occurred, Person, Reason, Symptom, Until, Why, Window
from caixue.lang import tr

_TEXT = tr("文字", "TEXT")


def register_calls(mine: App) -> None:
    """Add the commands about calls."""
    mine.command(
        "call",
        help=tr("接到电话；说的话里有窗口和症状就开单或并单", "A call; with a window and a symptom in its words it opens or joins one"),
    )(call)
    mine.command("call-out", help=tr("召人到场，60 分钟计时开始", "Call somebody to the site; the 60 minutes begin"))(call_out)


def register_people(mine: App) -> None:
    """Add the commands about who is told, and about work from afar."""
    mine.command("escalate", help=tr("上报科室负责人或厂家", "Tell the head of department or the maker"))(escalate)
    remote = group(mine, "remote", "远程会话：先由院方按姓名授权", "Work from afar: the hospital allows it by name first")
    remote.command("authorise", help=tr("院方授权", "The hospital allows it"))(authorise)
    remote.command("start", help=tr("开始", "Begin"))(start)
    remote.command("end", help=tr("结束", "End"))(end)


def call(
    words: Annotated[
        str | None, typer.Option("--said", metavar=_TEXT, help=tr("对方说了什么，不写患者姓名", "What was said; no patient's name"))
    ] = None,
    caller: Annotated[str | None, typer.Option(metavar=tr("姓名", "NAME"), help=tr("谁打来的", "Who called"))] = None,
    device: Device = "",
    window: Window = "",
    symptom: Symptom = None,
    lost: Lost = 0,
    occurred: Occurred = None,
    rang: Annotated[str | None, typer.Option(metavar="TIME", help=tr("何时响铃，默认现在", "When it rang; now by default"))] = None,
    answered: Annotated[
        str | None, typer.Option(metavar="TIME", help=tr("何时接起，默认响铃时", "When it was answered; as it rang by default"))
    ] = None,
    unanswered: Annotated[bool, typer.Option("--unanswered", help=tr("没有接到", "Nobody answered"))] = False,
    no_incident: Annotated[bool, typer.Option("--no-incident", help=tr("不是报修", "It reports no trouble"))] = False,
    reason: Reason = "",
    drill: Drill = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.incident_desk import at_desk, known_symptom_name
    from caixue.ops.incidents import Report
    from caixue.ops.telephone import understood

    said = ask(words, "--said", tr("对方说了什么", "what was said"))
    who = ask(caller, "--caller", tr("谁打来的", "who called"))
    with at_desk(site, ledger, by) as desk:
        heard = understood(said, [each.name for each in desk.desk.site.windows])
        place = desk.place(device, window or ("" if device else heard[0]))
        what = known_symptom_name(symptom or heard[1])
        rang_us, answered_us, since_us = desk.us(rang, "--rang"), desk.us(answered, "--answered"), desk.us(occurred, "--occurred")
        if answered_us is None and not unanswered:
            answered_us = desk.desk.at_us(None) if rang_us is None else rang_us
        report = None if no_incident else Report(place[0], what, place[1], lost, desk.desk.person, since_us, rang_us, reason, drill)
        events = desk.desk.done_before(op)
        if not events:
            events, _ = desk.telephone.receive(
                said, caller=who, report=report, answered_us=answered_us, rang_us=rang_us, by=desk.desk.person, op=op
            )
        number = str(events[-1].data["incident"])
        told = desk.told(desk.incidents.incidents[number]) if number else tr("已记录来电", "the call is noted")
    noted(events, as_json=as_json, say=lambda: told)


def call_out(
    number: Number,
    person: Person = None,
    called: Annotated[str | None, typer.Option(metavar="TIME", help=tr("补记：何时召请的", "Recorded later: when"))] = None,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops import telephone

    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: telephone.call_out(
            desk.incidents,
            incident,
            person=desk.person(person, "engineer", "maker"),
            by=desk.desk.person,
            called_us=desk.us(called, "--called"),
            reason=reason,
            op=op,
        )
    )


def escalate(
    number: Number,
    to: Annotated[
        str | None, typer.Option("--to", metavar="head|maker", help=tr("科室负责人 head 或厂家 maker", "head of department, or maker"))
    ] = None,
    person: Person = None,
    reason: Why = None,
    ticket: Annotated[str, typer.Option(metavar=_TEXT, help=tr("厂家的单号", "The maker's ticket"))] = "",
    eta: Annotated[str | None, typer.Option(metavar="TIME", help=tr("预计何时来", "When help comes"))] = None,
    loan: Annotated[str, typer.Option(metavar=_TEXT, help=tr("借用机", "A loan unit"))] = "",
    warranty: Annotated[str, typer.Option(metavar=_TEXT, help=tr("保修", "The warranty"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops import escalation

    whom = ask(to, "--to", tr("上报给谁", "to whom"))
    why = ask(reason, "--reason", tr("为什么", "why"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: escalation.escalate(
            desk.incidents,
            incident,
            to=whom,
            person=desk.person(person, whom) if whom in escalation.PARTIES else "",
            reason=why,
            by=desk.desk.person,
            ticket=ticket,
            eta_us=desk.us(eta, "--eta"),
            loan=loan,
            warranty=warranty,
            op=op,
        )
    )


def authorise(
    number: Number,
    person: Person = None,
    scope: Annotated[str | None, typer.Option(metavar=_TEXT, help=tr("可以做什么", "What may be done"))] = None,
    until: Until = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    what = ask(scope, "--scope", tr("可以做什么", "what may be done"))
    end_at = ask(until, "--until", tr("到何时", "until when"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: desk.remote.authorise(
            incident,
            person=desk.person(person, "engineer", "maker"),
            scope=what,
            until_us=desk.us(end_at, "--until") or 0,
            by=desk.desk.person,
            op=op,
        )
    )


def start(
    number: Number,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act(number, site, ledger, by, op, as_json).do(lambda desk, incident: desk.remote.start(incident, by=desk.desk.person, op=op))


def end(
    number: Number,
    result: Annotated[str | None, typer.Option(metavar=_TEXT, help=tr("结果", "What came of it"))] = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    what = ask(result, "--result", tr("结果如何", "what came of it"))
    Act(number, site, ledger, by, op, as_json).do(lambda desk, incident: desk.remote.end(incident, result=what, by=desk.desk.person, op=op))
