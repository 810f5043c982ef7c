"""The command `caixue backup purge` (contract C2.2.1): cached data is exported and read again before any of it is deleted."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.commands.backup_desk import Medium, caches, progress
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, emit, noted, open_desk
from caixue.lang import tr

Cache = Annotated[str, typer.Argument(metavar="CACHE", help=tr("现场文件里 [[cache]] 的名字", "A [[cache]] of the site file"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=tr("只数有多少，不导出也不删", "Only count; nothing is written or deleted"))]


def register(mine: typer.Typer) -> None:
    """Add this command to the group."""
    mine.command("purge", help=tr("清理缓存：先导出验证，再删", "Purge a cache: exported and verified, then deleted"))(purge)


def purge(
    cache: Cache,
    medium: Medium,
    dry_run: DryRun = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=not dry_run) as desk:
        service = caches(desk, site)
        if dry_run:
            _tell(cache, service.old(cache), len(service.unfinished(cache)), as_json)
            return
        with progress(quiet=as_json) as told:
            events = service.purge(cache, medium, by=desk.person, op=op, told=told)
    done = [event.data for event in events if event.kind == "cache.purged"]
    deleted, changed = sum(one["deleted"] for one in done), sum(one["changed"] for one in done)
    zh = f"{cache}：删除 {deleted} 条，都在 {medium} 上验证过的导出里；{changed} 条后来改过，留着"
    en = f"{cache}: {deleted} deleted, all in verified exports on {medium}; {changed} had changed since and stay"
    noted(events, as_json=as_json, say=lambda: tr(zh, en) if done else tr(f"{cache}：没有到期的", f"{cache}: nothing is old enough"))


def _tell(cache: str, old: int, unfinished: int, as_json: bool) -> None:
    if as_json:
        emit({"schema": 1, "cache": cache, "old": old, "unfinished": unfinished})
    else:
        zh, en = (
            f"{cache}：{old} 条到期；{unfinished} 次清理没有做完",
            f"{cache}: {old} are old enough; {unfinished} purges were broken off",
        )
        print(tr(zh, en))
