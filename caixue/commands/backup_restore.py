"""The commands `caixue backup verify|restore|drill` (contract C2.2.3): what a backup gives back, compared byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.backup_desk import backups, progress
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, noted, open_desk
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.events import Event

Number = Annotated[
    str, typer.Argument(metavar="BACKUP", help=tr("备份编号，如 label-templates-0003", "A backup's number, such as label-templates-0003"))
]
Numbers = Annotated[list[str] | None, typer.Argument(metavar="[BACKUP]...", help=tr("备份编号；不写就是全部", "Backups; all by default"))]
Source = Annotated[str, typer.Argument(metavar="BACKUP", help=tr("备份编号，或 .zip 文件", "A backup's number, or a .zip file"))]
Target = Annotated[Path, typer.Argument(metavar=tr("目录", "DIR"), help=tr("恢复到这个目录", "The folder to restore to"))]
To = Annotated[
    Path | None, typer.Option("--to", metavar=tr("目录", "DIR"), help=tr("恢复到新目录并留着；默认用后即删", "A new folder, which stays"))
]
On = Annotated[str, typer.Option("--medium", metavar="MEDIUM", help=tr("只看这个介质上的", "Only those on this medium"))]
Replace = Annotated[
    bool,
    typer.Option("--force-replace", help=tr("目录里有东西也恢复；原来的改名留着", "Replace what is there, which is kept")),
]
Reason = Annotated[str, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("为什么恢复", "Why"))]


def register(mine: typer.Typer) -> None:
    """Add these commands to the group."""
    mine.command("verify", help=tr("逐字节核对备份", "Look at every byte of backups"))(verify)
    mine.command("restore", help=tr("恢复到一个目录", "Restore a backup to a folder"))(restore)
    mine.command("drill", help=tr("恢复演练并记录", "A restore drill, on record"))(drill)


def verify(
    numbers: Numbers = None,
    medium: On = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.errors import BackupDamaged

    with open_desk(site, ledger, by, acts=True) as desk, progress(quiet=as_json) as told:
        service = backups(desk, site)
        chosen = numbers or [copy.number for copy in service.copies.values() if not copy.expired and medium in ("", copy.medium)]
        events: list[Event] = []
        damaged = []
        for number in chosen:
            try:
                events += service.check(number, by=desk.person, told=told)
            except BackupDamaged as error:
                damaged.append(str(error))
        strays = service.strays(medium) if medium else []
    lines = [f"√ {event.subject}" for event in events] + [tr(f"? {name} 不在账本里", f"? {name} is not on record") for name in strays]
    noted(events, as_json=as_json, say=lambda: "\n".join(lines) or tr("没有备份", "there are no backups"))
    if damaged:
        raise BackupDamaged("\n".join(damaged))


def restore(
    backup: Source,
    target: Target,
    replace: Replace = False,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, progress(quiet=as_json) as told:
        service = backups(desk, site)
        if backup.endswith(".zip"):
            done, events = service.restore_file(Path(backup), target, by=desk.person, replace=replace, reason=reason, op=op, told=told)
        else:
            done, events = service.restore(backup, target, by=desk.person, replace=replace, reason=reason, op=op, told=told)
    files = len(done.manifest.files)
    kept = "" if done.kept is None else tr(f"；原来的在\n{done.kept}", f"; what was there is in\n{done.kept}")
    noted(events, as_json=as_json, say=lambda: tr(f"已恢复 {files} 个文件到 {target}{kept}", f"{files} files restored to {target}{kept}"))


def drill(
    number: Number,
    to: To = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, by, acts=True) as desk, progress(quiet=as_json) as told:
        events = backups(desk, site).drill(number, to, by=desk.person, op=op, told=told)
    data = events[0].data
    seconds = f"{data['duration_us'] / 1e6:.1f} s"
    zh, en = (
        f"演练通过：{data['files']} 个文件恢复并比对，{seconds}",
        f"the drill passed: {data['files']} files restored and compared in {seconds}",
    )
    noted(events, as_json=as_json, say=lambda: tr(zh, en))
