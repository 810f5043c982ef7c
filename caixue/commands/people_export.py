"""The commands `caixue people export …`: no data leaves without a sheet that somebody else has allowed (contract R4)."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group
from caixue.commands.people_desk import Act, All, Number, Until, Why, book, instant, listed, said
from caixue.lang import tr

_TEXT = tr("文字", "TEXT")
What = Annotated[str, typer.Option("--what", metavar=_TEXT, help=tr("导出什么", "What is exported"))]
Purpose = Annotated[str, typer.Option("--why", metavar=_TEXT, help=tr("为什么", "Why"))]
Recipient = Annotated[str, typer.Option("--recipient", metavar=_TEXT, help=tr("给谁", "To whom"))]
Carrier = Annotated[
    str, typer.Option("--carrier", metavar=tr("姓名", "NAME"), help=tr("经办人，默认 --by", "Who carries it out; --by by default"))
]
Rows = Annotated[int | None, typer.Option("--rows", min=0, metavar="N", help=tr("行数", "How many rows"))]
File = Annotated[str, typer.Option("--file", metavar=_TEXT, help=tr("写到哪里", "Where it was written"))]
Sha = Annotated[str, typer.Option("--sha256", metavar=_TEXT, help=tr("文件的 SHA-256", "The file's SHA-256"))]
Condition = Annotated[str, typer.Option("--condition", metavar=_TEXT, help=tr("条件", "On what condition"))]
How = Annotated[str, typer.Option("--how", metavar=_TEXT, help=tr("怎样做的", "How it was done"))]


def register_export(mine: App) -> None:
    """Add these commands to the group."""
    export = group(
        mine, "export", "数据导出：申请、批准、导出、销毁或交还", "Exports of data: asked, allowed, done, destroyed or given back"
    )
    export.command("ask", help=tr("申请导出", "Ask for an export"))(ask_)
    export.command("allow", help=tr("科室负责人或院方批准；不能是经办人", "The head or the hospital allows it, never who carries it out"))(
        allow
    )
    export.command("refuse", help=tr("不批准", "Refuse it"))(refuse)
    export.command("withdraw", help=tr("撤回", "Withdraw it"))(withdraw)
    export.command("done", help=tr("已导出（账本用 caixue ledger export）", "It was carried out (the ledger: caixue ledger export)"))(done)
    export.command("destroyed", help=tr("院方看到已销毁", "The hospital has seen it destroyed"))(destroyed)
    export.command("returned", help=tr("已交还院方", "It was given back to the hospital"))(returned)
    export.command("list", help=tr("未了结的导出；--all 全部", "Exports that are not over; --all shows all"))(list_)


def ask_(
    what: What = "",
    why: Purpose = "",
    recipient: Recipient = "",
    carrier: Carrier = "",
    rows: Rows = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).do(
        lambda desk: book(desk, "export").open(
            by=desk.person, op=op, what=what, why=why, recipient=recipient, carrier=carrier or desk.person, rows_expected=rows
        )
    )


def allow(
    number: Number,
    until: Until = None,
    condition: Condition = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    ends = ask(until, "--until", tr("批准到何时", "allowed until when"))
    Act("export", site, ledger, by, op, as_json).do(
        lambda desk: book(desk, "export").take(
            "allowed", number, by=desk.person, op=op, until_us=instant(desk, ends, "--until"), condition=condition
        )
    )


def refuse(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).take("refused", number, reason=reason)


def withdraw(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).take("withdrawn", number, reason=reason)


def done(
    number: Number,
    rows: Rows = None,
    file: File = "",
    sha256: Sha = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).take("carried-out", number, rows=rows, file=file, sha256=sha256)


def destroyed(
    number: Number,
    how: How = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).take("destroyed", number, how=how)


def returned(
    number: Number,
    how: How = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("export", site, ledger, by, op, as_json).take("returned", number, how=how)


def list_(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    columns = (
        (tr("什么", "what"), said("what")),
        (tr("行数", "rows"), lambda sheet: sheet.values.get("rows", sheet.values.get("rows_expected", ""))),
        (tr("为什么", "why"), said("why")),
        (tr("给谁", "to whom"), said("recipient")),
        (tr("经办", "by"), said("carrier")),
        (tr("批准", "allowed by"), lambda sheet: sheet.by("allowed")),
    )
    listed("export", columns, site, ledger, as_json, over=() if all_ else ("refused", "withdrawn", "destroyed", "returned"))
