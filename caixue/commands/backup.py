"""The commands `caixue backup …` (contract C2.2.3): backups that count only when restored and compared, drills, what is due, what is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands import backup_purge, backup_restore
from caixue.commands.backup_desk import Medium, backups, day, megabytes, plain_copy, progress, since
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, noted, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.backup.terms import Copy, Due

Software = Annotated[str, typer.Argument(metavar="SOFTWARE", help=tr("现场文件里 [[software]] 的名字", "A [[software]] of the site file"))]
All = Annotated[bool, typer.Option("--all", help=tr("也列出到期删除的", "Also those that have expired"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=tr("只说会删什么", "Only tell what would be deleted"))]
_STATES = {"whole": ("完好", "whole"), "damaged": ("已损坏", "damaged"), "expired": ("已到期删除", "expired")}
_WHY = {
    "never": ("从未做过", "never done"),
    "old": ("过期", "too old"),
    "version": ("版本换了", "another version is installed"),
}
_WHAT = {"backup": ("备份", "backup"), "drill": ("恢复演练", "restore drill")}


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(
        app, "backup", "备份：软件与模板，恢复验证，缓存清理", "Backups of software and templates, verified by restoring; purging of caches"
    )
    mine.command("prepare", help=tr("启用介质：写上标记", "Put a medium into use: write its marker"))(prepare)
    mine.command("make", help=tr("做一份备份：恢复出来逐字节比过才算", "Make a backup, which counts once restored and compared"))(make)
    mine.command("list", help=tr("有哪些备份", "The backups there are"))(list_)
    mine.command("due", help=tr("该备份、该演练的", "What is due: backups, the drill"))(due)
    backup_restore.register(mine)
    mine.command("prune", help=tr("删掉保留规则之外的备份", "Delete the backups that no rule keeps"))(prune)
    backup_purge.register(mine)


def prepare(
    medium: Medium,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk:
        events = backups(desk, site).prepare(medium, by=desk.person, op=op)
    noted(events, as_json=as_json, say=lambda: tr(f"介质 {medium} 已启用", f"the medium {medium} is in use"))


def make(
    software: Software,
    medium: Medium,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, progress(quiet=as_json) as told:
        (event,) = backups(desk, site).make(software, medium, by=desk.person, op=op, told=told)
    data = event.data
    size = megabytes(data["bytes"])
    zh = f"{event.subject} 已备份并恢复比对：{data['files']} 个文件，{size}\n{medium}/{data['file']}"
    en = f"{event.subject} is backed up, restored and compared: {data['files']} files, {size}\n{medium}/{data['file']}"
    noted([event], as_json=as_json, say=lambda: tr(zh, en))


def list_(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        copies = [copy for copy in backups(desk, site).copies.values() if all_ or not copy.expired]
        start = desk.ledger.start
    if as_json:
        emit({"schema": 1, "backups": [plain_copy(copy, start) for copy in copies]})
        return
    heads = (
        tr("编号", "number"),
        tr("版本", "version"),
        tr("介质", "medium"),
        tr("做于", "made"),
        tr("演练", "drill"),
        tr("状态", "state"),
    )
    rows = [
        (copy.number, copy.version, copy.medium, day(start, copy.made_us), day(start, copy.drilled_us), _state(copy)) for copy in copies
    ]
    show("", heads, rows, empty=tr("还没有备份", "there are no backups yet"))


def _state(copy: Copy) -> str:
    return tr(*_STATES["expired" if copy.expired else "whole" if copy.whole else "damaged"])


def due(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        found, start, now_us = backups(desk, site).due(), desk.ledger.start, desk.clock.monotonic_us()
    if as_json:
        rows = [{"what": one.what, "software": one.software, "why": one.why, "last": since(start, one.last_us)} for one in found]
        emit({"schema": 1, "due": rows})
        return
    heads = (tr("做什么", "what"), tr("软件", "software"), tr("原因", "why"), tr("上次", "last"))
    show("", heads, [_row(one, start, now_us) for one in found], empty=tr("没有该做的", "nothing is due"))


def _row(one: Due, start: Any, now_us: int) -> tuple[str, ...]:
    last = day(start, one.last_us)
    if one.last_us is not None:
        days = (now_us - one.last_us) // 86_400_000_000
        last += tr(f"（{days} 天前）", f" ({days} days ago)")
    return tr(*_WHAT[one.what]), one.software, tr(*_WHY[one.why]), last


def prune(
    medium: Medium,
    dry_run: DryRun = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=not dry_run) as desk:
        service = backups(desk, site)
        if dry_run:
            numbers = [copy.number for copy in service.expiring(service.medium(medium).name)]
            _told_prune(numbers, as_json)
            return
        events = service.prune(medium, by=desk.person)
    zh, en = f"{medium}：删除了 {len(events)} 份", f"{medium}: {len(events)} backups deleted"
    noted(events, as_json=as_json, say=lambda: tr(zh, en))


def _told_prune(numbers: list[str], as_json: bool) -> None:
    if as_json:
        emit({"schema": 1, "would_expire": numbers})
    else:
        print("\n".join(numbers) or tr("没有要删的", "nothing would be deleted"))
