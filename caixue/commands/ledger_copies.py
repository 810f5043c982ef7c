"""The commands of `caixue ledger` that make and take copies (contract R4, S5): backup, restore, export, import, migrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, SiteOption, ask, emit, open_desk, person, place_and_people
from caixue.errors import UsageError
from caixue.lang import tr

Folder = Annotated[Path, typer.Argument(metavar=tr("目录", "DIR"), help=tr("备份放在这个目录", "Where backups are kept"))]
FileArgument = Annotated[Path, typer.Argument(metavar=tr("文件", "FILE"), help=tr("文件", "The file"))]
Anchors = Annotated[
    list[str] | None,
    typer.Option("--anchor", metavar=tr("锚", "ANCHOR"), help=tr("备份必须含有的锚：锚码或文件", "An anchor that the backup must hold: a code or a file")),
]
Forced = Annotated[bool, typer.Option("--force-older", help=tr("备份比现有账本旧也恢复", "Restore even what is older than the present ledger"))]
Reason = Annotated[str, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("原因", "Why"))]
Script = Annotated[
    str | None,
    typer.Option(
        "--sql",
        metavar=tr("数据库", "DATABASE"),
        help=tr("只写出建表脚本：sqlite、postgresql、oracle、mssql", "Only print the script: sqlite, postgresql, oracle, mssql"),
    ),
]
First = Annotated[str, typer.Option("--from", metavar=tr("修订", "REVISION"), help=tr("脚本从这个修订起", "The script begins at this revision"))]
Sheet = Annotated[str | None, typer.Option("--sheet", metavar=tr("单号", "NUMBER"), help=tr("批准了的导出单", "The sheet that allows it"))]
BackupFolder = Annotated[Path, typer.Option("--backup", metavar=tr("目录", "DIR"), help=tr("迁移前的备份放在这里", "Where the backup before it goes"))]


def register(mine: typer.Typer) -> None:
    """Add these commands to the group."""
    mine.command("backup", help=tr("做一份验证过的备份", "Make a verified backup"))(backup)
    mine.command("restore", help=tr("从备份恢复；原账本改名保留", "Restore a backup; the present ledger is kept under another name"))(restore)
    mine.command("export", help=tr("按批准的导出单导出全部记录", "Write all entries to a file, as a sheet allows"))(export)
    mine.command("import", help=tr("导入到空账本", "Take an exported file into an empty ledger"))(import_)
    mine.command("migrate", help=tr("把旧版账本升到本程序的版本；回退靠恢复备份", "Bring an older ledger up to date; back means restore"))(migrate)


def backup(folder: Folder, site: SiteOption = None, ledger: LedgerOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:
    from caixue.ledger.backup import back_up

    with open_desk(site, ledger, by, acts=True, create=False) as desk:
        made, _ = back_up(desk.ledger, folder, by=desk.person)
    said = tr(f"已备份并验证 {made.entries} 条：\n{made.file}", f"{made.entries} entries backed up and verified:\n{made.file}")
    _say(said, as_json, file=made.file, entries=made.entries, head=made.head, sha256=made.sha256)


def restore(
    file: FileArgument,
    anchor: Anchors = None,
    force_older: Forced = False,
    reason: Reason = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ledger.anchors import read
    from caixue.ledger.restoring import restore as put_back

    anchors = [each for text in anchor or () for each in read(text)]
    place, name, people = place_and_people(site, ledger)
    who = person(by, people)
    done = put_back(file, place, site=name, people=people, by=who, anchors=anchors, force_older=force_older, reason=reason)
    kept = tr("没有原账本", "there was no ledger before") if done.kept is None else tr(f"原账本在 {done.kept}", f"the ledger before is {done.kept}")
    said = tr(f"已恢复 {done.backup.entries} 条；{kept}", f"{done.backup.entries} entries restored; {kept}")
    _say(said, as_json, entries=done.backup.entries, kept=done.kept, lost=done.lost)


def export(
    file: FileArgument,
    sheet: Sheet = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ledger.files import sha256_of
    from caixue.ledger.moving import export as write
    from caixue.ops.forms.export import FORM
    from caixue.ops.sheets import Sheets

    with open_desk(site, ledger, by, acts=True, create=False) as desk, desk.ledger.turn():
        allowed = ask(sheet, "--sheet", tr("按哪张批准了的导出单（caixue people export）", "which allowed sheet (caixue people export)"))
        book = Sheets(FORM, desk.recorder, {one.name: one.role for one in desk.site.people}, desk.ledger)
        book.check("carried-out", allowed, by=desk.person, rows=0, file=str(file))
        if file.exists():
            raise UsageError(tr(f"已有 {file}；换一个文件名", f"{file} exists; choose another name"))
        entries = write(desk.ledger, file)
        sha256 = sha256_of(file)
        try:
            book.take("carried-out", allowed, by=desk.person, rows=entries, file=str(file), sha256=sha256)
        except BaseException:
            file.unlink(missing_ok=True)  # no copy that the ledger does not know
            raise
        number = book.named(allowed).number
    said = tr(f"已导出 {entries} 条：{file}（{number}）", f"{entries} entries written: {file} ({number})")
    _say(said, as_json, file=file, entries=entries, sheet=number, sha256=sha256)


def import_(file: FileArgument, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ledger.moving import import_into

    with open_desk(site, ledger) as desk:
        entries = import_into(desk.ledger, file)
    _say(tr(f"已导入 {entries} 条", f"{entries} entries taken in"), as_json, file=file, entries=entries)


def migrate(
    script: Script = None,
    first: First = "base",
    folder: BackupFolder = Path("backups"),
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ledger import migrating

    if script is not None:
        print(migrating.script(script, first))
        return
    place, name, people = place_and_people(site, ledger)
    done = migrating.migrate(place, folder, site=name, people=people, by=person(by, people))
    saved = done.backup
    if saved is None:
        said = tr(f"已是最新：{done.after}", f"up to date: {done.after}")
    else:
        said = tr(f"{done.before} → {done.after}；备份 {saved.file}", f"{done.before} → {done.after}; backup {saved.file}")
    _say(said, as_json, before=done.before, after=done.after, backup=None if saved is None else saved.file)


def _say(said: str, as_json: bool, **data: Any) -> None:
    if as_json:
        emit({"schema": 1, **data})
    else:
        print(said)
