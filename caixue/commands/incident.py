"""The commands `caixue incident …` (contract C2, R3): open, look, take up, arrive, diagnose, restore, close; class and clock."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.commands import incident_calls
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk
from caixue.commands.incident_act import Act, step
from caixue.commands.incident_options import Device, Drill, Lost, Number, Occurred, Person, Reason, Symptom, Why, Window
from caixue.lang import tr


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "incident", "故障：开立、处理、时限、上报", "Incidents: open, handle, deadlines, escalation")
    mine.command("open", help=tr("开立故障单（自己发现的）", "Open one that you found yourself"))(open_)
    incident_calls.register_calls(mine)
    mine.command("list", help=tr("未关闭的故障与倒计时", "The open ones with their countdown"))(list_)
    mine.command("show", help=tr("一张故障单的经过", "The course of one"))(show_)
    mine.command("take", help=tr("接单", "Take it up"))(take)
    mine.command("arrive", help=tr("到场", "On site"))(arrive)
    mine.command("diagnose", help=tr("查明原因", "Note the cause"))(diagnose)
    mine.command("restore", help=tr("已恢复，做了什么", "It works again; what was done"))(restore)
    mine.command("close", help=tr("关闭，由院方确认", "Close, verified by the hospital"))(close)
    mine.command("classify", help=tr("改定等级", "Set the class by hand"))(classify)
    mine.command("pause", help=tr("暂停计时", "Let the clock stand"))(pause)
    mine.command("resume", help=tr("恢复计时", "Let the clock run again"))(resume)
    incident_calls.register_people(mine)


def open_(
    device: Device = "",
    window: Window = "",
    symptom: Symptom = None,
    lost: Lost = 0,
    occurred: Occurred = None,
    reported: Annotated[
        str | None, typer.Option(metavar="TIME", help=tr("补记：何时报告的", "Recorded later: when it was reported"))
    ] = None,
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

    with at_desk(site, ledger, by) as desk:
        where = desk.place(device, window)
        what = known_symptom_name(ask(symptom, "--symptom", tr("什么症状", "what symptom")))
        times = desk.us(occurred, "--occurred"), desk.us(reported, "--reported")
        report = Report(where[0], what, where[1], lost, desk.desk.person, *times, reason, drill)
        events = desk.desk.done_before(op)
        number, drafts = (events[0].subject, []) if events else desk.incidents.drafted(report)
        events = events or desk.incidents.note(drafts, by=desk.desk.person, op=op)
        told = desk.told(desk.incidents.incidents[number])
    noted(events, as_json=as_json, say=lambda: told)


def list_(
    every: Annotated[bool, typer.Option("--all", help=tr("也列已关闭的", "Closed ones too"))] = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.incident_desk import looked_up
    from caixue.commands.incident_view import list_open

    with open_desk(site, ledger) as desk:
        known, now = looked_up(desk)
        list_open(known.incidents.values() if every else known.waiting(), now, as_json=as_json)


def show_(number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.incident_desk import course_of, looked_up
    from caixue.commands.incident_view import show_one

    with open_desk(site, ledger) as desk:
        known, now = looked_up(desk)
        incident = known.named(number)
        show_one(incident, course_of(desk, incident), now, as_json=as_json)


def take(
    number: Number,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act(number, site, ledger, by, op, as_json).do(step("acknowledged", op))


def arrive(
    number: Number,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act(number, site, ledger, by, op, as_json).do(step("on-site", op))


def diagnose(
    number: Number,
    found: Annotated[str | None, typer.Option(metavar=tr("文字", "TEXT"), help=tr("原因", "The cause"))] = None,
    missing: Annotated[str, typer.Option(metavar=tr("备件", "PART"), help=tr("缺哪种备件", "A part that is missing"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    cause = ask(found, "--found", tr("原因是什么", "what is the cause"))
    lacks = {"missing": missing} if missing else {}
    Act(number, site, ledger, by, op, as_json).do(step("diagnosed", op, found=cause, **lacks))


def restore(
    number: Number,
    action: Annotated[str | None, typer.Option(metavar=tr("文字", "TEXT"), help=tr("做了什么", "What was done"))] = None,
    part: Annotated[str, typer.Option(metavar=tr("备件", "PART"), help=tr("换上的备件", "The part that was fitted"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    done = ask(action, "--action", tr("做了什么", "what was done"))
    Act(number, site, ledger, by, op, as_json).do(step("restored", op, part=part, action=done))


def close(
    number: Number,
    verified: Annotated[
        str | None, typer.Option("--verified-by", metavar=tr("姓名", "NAME"), help=tr("院方谁确认的", "Who of the hospital verified"))
    ] = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    who = ask(verified, "--verified-by", tr("院方谁确认已恢复", "who of the hospital has verified it"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: desk.incidents.close(incident, by=desk.desk.person, verified_by=desk.user(who, "--verified-by"), op=op)
    )


def classify(
    number: Number,
    severity: Annotated[str, typer.Argument(metavar="CLASS", help=tr("一般、较大、重大", "一般, 较大 or 重大"))],
    reason: Why = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    why = ask(reason, "--reason", tr("为什么改定", "why"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: desk.incidents.override(incident, severity, by=desk.desk.person, reason=why, op=op)
    )


def pause(
    number: Number,
    reason: Why = None,
    person: Person = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    why = ask(reason, "--reason", tr("现场文件里的暂停事由", "one of the site's reasons"))
    who = ask(person, "--person", tr("院方谁要求的", "who of the hospital asks for it"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: desk.incidents.pause(incident, reason=why, person=desk.user(who, "--person"), by=desk.desk.person, op=op)
    )


def resume(
    number: Number,
    person: Person = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    who = ask(person, "--person", tr("院方谁说可以继续", "who of the hospital lets it go on"))
    Act(number, site, ledger, by, op, as_json).do(
        lambda desk, incident: desk.incidents.resume(incident, person=desk.user(who, "--person"), by=desk.desk.person, op=op)
    )
