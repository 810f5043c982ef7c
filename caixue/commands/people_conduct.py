"""The commands `caixue people conduct …`: breaches and commendations, followed up and closed (contract R4)."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, group
from caixue.commands.people_days import day_typed
from caixue.commands.people_desk import Act, All, Day, Number, book, listed, said
from caixue.lang import tr

MATTERS = {"breach": ("违反", "breach"), "commendation": ("表扬", "commendation")}
_TEXT = tr("文字", "TEXT")
About = Annotated[str, typer.Argument(metavar=tr("姓名", "NAME"), help=tr("谁", "About whom"))]
Matter = Annotated[str, typer.Argument(metavar="breach|commendation", help=tr("违反或表扬", "A breach or a commendation"))]
What = Annotated[str, typer.Option("--what", metavar=_TEXT, help=tr("什么事，不写患者姓名", "What happened; no patient's name"))]
SaidBy = Annotated[str, typer.Option("--said-by", metavar=_TEXT, help=tr("谁说的", "Who says so"))]
Measure = Annotated[str, typer.Option("--measure", metavar=_TEXT, help=tr("怎样跟进", "What was done"))]
Result = Annotated[str, typer.Option("--result", metavar=_TEXT, help=tr("结果", "The result"))]


def register_conduct(mine: App) -> None:
    """Add these commands to the group."""
    conduct = group(mine, "conduct", "行为规范：违反与表扬", "Conduct: breaches and commendations")
    conduct.command("add", help=tr("登记", "Note one"))(add)
    conduct.command("follow", help=tr("科室负责人或院方跟进", "The head of department or the hospital follows it up"))(follow)
    conduct.command("close", help=tr("科室负责人或院方了结", "The head of department or the hospital closes it"))(close)
    conduct.command("list", help=tr("未了结的；--all 全部", "Those that are not closed; --all shows all"))(list_)


def add(
    about: About,
    matter: Matter,
    what: What = "",
    said_by: SaidBy = "",
    day: Day = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("conduct", site, ledger, by, op, as_json).do(
        lambda desk: book(desk, "conduct").open(
            by=desk.person, op=op, about=about, matter=matter, what=what, day=day_typed(desk, day), said_by=said_by
        )
    )


def follow(
    number: Number,
    measure: Measure = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("conduct", site, ledger, by, op, as_json).take("followed-up", number, measure=measure)


def close(
    number: Number,
    result: Result = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("conduct", site, ledger, by, op, as_json).take("closed", number, result=result)


def list_(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    columns = (
        (tr("谁", "who"), said("about")),
        (tr("种类", "what kind"), lambda sheet: tr(*MATTERS[sheet.values["matter"]])),
        (tr("哪天", "day"), said("day")),
        (tr("什么事", "what"), said("what")),
        (tr("谁说的", "said by"), said("said_by")),
    )
    listed("conduct", columns, site, ledger, as_json, over=() if all_ else ("closed",))
