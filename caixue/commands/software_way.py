"""The commands that patches and change requests share (contract R5.5): test, approve, reject, install, rollback, close, list, show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, ask, moment
from caixue.commands.software_desk import (
    Act,
    All,
    Backup,
    Begun,
    Condition,
    Number,
    Reason,
    Result,
    Results,
    Where,
    in_register,
    list_sheets,
    patching,
    show_sheet,
)
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.sheets import Sheet
    from caixue.ops.verdicts import TwinVerdict


def register(mine: App, name: str) -> None:
    """Add these commands to the group of the register `name`."""
    away = ("reject", "不批准", "Do not approve it") if name == "patch" else ("decline", "不做", "Decline it")
    for command, zh, en, function in (
        ("test", "附上孪生的判定（result.json）", "Attach verdicts of the twin", test),
        ("approve", "批准：科室负责人，须有通过的判定", "Approve it: the head, with passing verdicts", approve),
        (*away, reject),
        ("install", "已安装；之前的版本须有验证过的备份", "It was installed; what was there is in a verified backup", install),
        ("rollback", "已回退到之前的版本", "It was taken back", rollback),
        ("close", "完成", "It does what it should", close),
        ("list", "没有结束的", "Those that are not over", list_),
        ("show", "一张的经过，还缺什么", "The course of one, and what it lacks", show_),
    ):
        mine.command(command, help=tr(zh, en))(function)


def test(
    ctx: typer.Context,
    number: Number,
    results: Results = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.errors import UsageError

    if not results:
        raise UsageError(tr("写明 result.json；先 caixue run", "name a result.json; run `caixue run` first"))
    whole = in_register(_register(ctx), number)
    Act(site, ledger, by, op, as_json).do(lambda desk, book: book.test(whole, _read(results, desk), by=desk.person, op=op))


def approve(
    ctx: typer.Context,
    number: Number,
    condition: Condition = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole = in_register(_register(ctx), number)
    Act(site, ledger, by, op, as_json).do(lambda desk, book: book.approve(whole, condition=condition, by=desk.person, op=op))


def reject(
    ctx: typer.Context,
    number: Number,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole, why = in_register(_register(ctx), number), ask(reason, "--reason", tr("为什么", "why"))
    Act(site, ledger, by, op, as_json).do(lambda desk, book: book.reject(whole, why, by=desk.person, op=op))


def install(
    ctx: typer.Context,
    number: Number,
    where: Where = None,
    backup: Backup = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole = in_register(_register(ctx), number)
    Act(site, ledger, by, op, as_json).do(lambda desk, book: book.install(whole, where=where or (), backup=backup, by=desk.person, op=op))


def rollback(
    ctx: typer.Context,
    number: Number,
    reason: Reason = None,
    begun: Begun = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole, why = in_register(_register(ctx), number), ask(reason, "--reason", tr("为什么回退", "why"))
    when = ask(begun, "--begun", tr("何时开始回退", "when it was begun"))
    Act(site, ledger, by, op, as_json).do(
        lambda desk, book: book.roll_back(whole, why, begun_us=desk.at_us(moment(when, desk.clock, "--begun")), by=desk.person, op=op)
    )
    if not as_json:
        with patching(site, ledger) as (_, book):
            print(_rollback_line(book.sheet(whole)))


def close(
    ctx: typer.Context,
    number: Number,
    result: Result = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    whole, said = in_register(_register(ctx), number), ask(result, "--result", tr("结果如何", "what came of it"))
    Act(site, ledger, by, op, as_json).do(lambda desk, book: book.close(whole, said, by=desk.person, op=op))


def list_(
    ctx: typer.Context, every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False
) -> None:
    from caixue.ops.patch_rules import OVER

    with patching(site, ledger) as (desk, book):
        name = _register(ctx)
        mine = book.register_of(f"{name}-")
        list_sheets(
            "changes" if name == "change" else "patches",
            (sheet for sheet in mine.sheets.values() if every or sheet.state not in OVER),
            mine.form,
            desk,
            as_json=as_json,
        )


def show_(ctx: typer.Context, number: Number, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.change_steps import WAITING

    with patching(site, ledger) as (desk, book):
        sheet = book.sheet(in_register(_register(ctx), number))
        lacks = book.lacks(sheet.number) if sheet.state in WAITING else ""
        told = tr(f"还不能批准：{lacks}", f"cannot be approved yet: {lacks}") if lacks and not as_json else lacks
        show_sheet(sheet, book.register_of(sheet.number).form, desk, {"lacks": told, "rollback": _rollback_line(sheet)}, as_json=as_json)


def _register(ctx: typer.Context) -> str:
    """The register whose group the command was called in."""
    return (ctx.parent.info_name if ctx.parent else None) or "patch"


def _read(results: Sequence[str], desk: Desk) -> list[tuple[TwinVerdict, int]]:
    """The verdicts in these files, each with when its file was written. Raises UsageError."""
    from datetime import datetime, timedelta
    from pathlib import Path

    from caixue.clock import SHANGHAI
    from caixue.errors import UsageError
    from caixue.lang import why
    from caixue.ops.verdicts import read_verdict

    found = []
    for name in results:
        try:
            path = Path(name)
            content, written_s = path.read_bytes(), path.stat().st_mtime
        except (OSError, ValueError) as error:
            reason = why(error) if isinstance(error, OSError) else str(error)
            raise UsageError(tr(f"读不了 {name}：{reason}", f"{name} cannot be read: {reason}")) from None
        made_us = (datetime.fromtimestamp(written_s, SHANGHAI) - desk.ledger.start) // timedelta(microseconds=1)
        found.append((read_verdict(content, name), made_us))
    return found


def _rollback_line(sheet: Sheet) -> str:
    """How long the rollback took, beside its limit."""
    from caixue.ops.change_steps import ROLLBACK_LIMIT_US, ROLLED_BACK
    from caixue.units import US_PER_MINUTE

    if sheet.state != ROLLED_BACK:
        return ""
    took_us, limit = sheet.values["duration_us"], ROLLBACK_LIMIT_US // US_PER_MINUTE
    mark = "√" if took_us <= ROLLBACK_LIMIT_US else "×"
    minutes = f"{took_us / US_PER_MINUTE:.1f}"
    return tr(f"回退用时 {minutes} min（≤ {limit} min，R3）{mark}", f"taken back in {minutes} min (<= {limit} min, R3) {mark}")
