"""The commands `caixue ledger …`: what the ledger holds, whether it is whole, corrections, and its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from caixue.commands import ledger_copies
from caixue.commands.common import (
    ByOption,
    Desk,
    JsonOption,
    LedgerOption,
    OpOption,
    SiteOption,
    ask,
    emit,
    group,
    moment,
    noted,
    open_desk,
    place_and_people,
    show,
)
from caixue.lang import tr

BREACHED = 99
MOST_SHOWN = 20  # findings; --json gives all
_FILE = tr("文件", "FILE")
AnchorOption = Annotated[
    list[str] | None,
    typer.Option("--anchor", metavar=tr("锚", "ANCHOR"), help=tr("锚码，或存有锚的文件；可多次", "An anchor code, or a file of anchors; may be repeated")),
]
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", metavar=tr("种类", "KIND"), help=tr("只看这种；可多次", "Only this kind; may be repeated"))
]
SubjectOption = Annotated[str | None, typer.Option("--subject", metavar=tr("对象", "SUBJECT"), help=tr("只看这个对象", "Only about this"))]
SinceOption = Annotated[str | None, typer.Option("--since", metavar=tr("时刻", "TIME"), help=tr("从这时起", "From this time on"))]
Entry = Annotated[int, typer.Argument(metavar="SEQ", min=0, help=tr("记录号", "The entry's number"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "ledger", "账本：查看、校验、更正、备份、恢复", "The ledger: look, verify, correct, back up, restore")
    mine.command("about", help=tr("账本在哪里、有多少条、最近的备份", "Where the ledger is, how many entries, the newest backup"))(about)
    mine.command("show", help=tr("记录一览", "The entries"))(show_)
    mine.command("verify", help=tr("校验每一条；有问题则退出码 99", "Check every entry; exit code 99 when something is wrong"))(verify)
    mine.command("anchor", help=tr("锚码：抄在纸上，日后据此校验", "The anchor code: write it on paper, verify against it later"))(anchor)
    mine.command("correct", help=tr("更正一条记录：原记录保留", "Correct an entry; the entry itself stays"))(correct)
    mine.command("rebuild", help=tr("由记录重建各表，并记下谁做的", "Make the tables anew from the entries, and note who did"))(rebuild)
    ledger_copies.register(mine)


def about(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger, create=False) as desk:
        facts = _about(desk)
    if as_json:
        emit({"schema": 1, **facts})
        return
    saved = facts["last_backup"]
    rows = [
        (tr("现场", "site"), facts["site"]),
        (tr("位置", "place"), facts["place"]),
        (tr("数据库", "database"), facts["backend"]),
        (tr("记录起点", "record began"), f"{facts['start']:%Y-%m-%d %H:%M:%S}"),
        (tr("记录", "entries"), facts["entries"]),
        (tr("大小", "size"), "" if facts["bytes"] is None else f"{facts['bytes'] / 1024:.0f} KiB"),
        (tr("修订", "revision"), facts["revision"]),
        (tr("最近的备份", "newest backup"), tr("还没有", "none yet") if saved is None else f"{saved['file']}  {saved['at']:%Y-%m-%d %H:%M}"),
    ]
    show("", (tr("项目", "item"), tr("内容", "value")), rows)


def _about(desk: Desk) -> dict[str, Any]:
    from caixue.ledger.backup import last_backup
    from caixue.ledger.engine import file_of
    from caixue.ledger.revisions import latest

    ledger, file = desk.ledger, file_of(desk.ledger.engine.url)
    saved = last_backup(ledger)
    return {
        "site": desk.site.name,
        "place": ledger.engine.url.render_as_string(hide_password=True) if file is None else str(file),
        "backend": ledger.engine.dialect.name,
        "start": ledger.start,
        "entries": ledger.head()[0] + 1,
        "bytes": None if file is None else file.stat().st_size,
        "revision": latest(),
        "last_backup": None if saved is None else {"file": saved.subject, "at": ledger.instant(saved), **saved.data},
    }


def show_(
    kind: KindOption = None,
    subject: SubjectOption = None,
    since: SinceOption = None,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help=tr("最后几条", "The last so many"))] = 20,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    from collections import deque

    from caixue.ledger.correcting import NOTED, name_of

    with open_desk(site, ledger, create=False) as desk:
        start = moment(since, desk.clock, "--since")
        first_us = 0 if start is None else desk.at_us(start)
        wanted = (e for e in desk.ledger.events(kind) if e.at_us >= first_us and (subject is None or e.subject == subject))
        events = list(deque(wanted, maxlen=last))
        corrected = {event.subject for event in desk.ledger.events({NOTED})}
        times = {event.seq: desk.ledger.instant(event) for event in events}
    if as_json:
        noted(events, as_json=True, say=str)
        return
    heads = ("", tr("时刻", "at"), tr("种类", "kind"), tr("对象", "subject"), tr("谁", "by"))
    marks = {event.seq: tr("（已更正）", " (corrected)") if name_of(event.seq) in corrected else "" for event in events}
    rows = [(f"{e.seq}{marks[e.seq]}", f"{times[e.seq]:%m-%d %H:%M:%S}", e.kind, e.subject, e.actor) for e in events]
    show("", heads, rows, empty=tr("没有这样的记录", "no such entries"))


def verify(anchor: AnchorOption = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from dataclasses import asdict

    from caixue.ledger.anchors import read
    from caixue.ledger.verifying import verify_place

    anchors = [each for text in anchor or () for each in read(text)]
    place, name, _ = place_and_people(site, ledger)
    entries, found = verify_place(place, site=name, anchors=anchors)
    if as_json:
        emit({"schema": 1, "entries": entries, "anchors": len(anchors), "findings": [asdict(each) for each in found]})
    elif found:
        print("\n".join(str(each) for each in found[:MOST_SHOWN]))
        print(tr(f"共 {len(found)} 处问题", f"{len(found)} findings"))
    else:
        print(tr(f"完整：{entries} 条记录，{len(anchors)} 个锚相符", f"whole: {entries} entries, {len(anchors)} anchors fit"))
    if found:
        raise typer.Exit(BREACHED)


def anchor(
    file: Annotated[Path | None, typer.Option("--file", metavar=_FILE, help=tr("把锚追加到这个文件", "Append the anchor to this file"))] = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.errors import UsageError
    from caixue.ledger.anchors import Anchor, line
    from caixue.ledger.files import disk, sync

    with open_desk(site, ledger, create=False) as desk:
        made = Anchor(*desk.ledger.head())
        now = desk.clock.now().isoformat()
    if made.seq < 0:
        raise UsageError(tr("账本还没有记录，没有可锚定的", "the ledger has no entries yet, nothing to anchor"))
    if file is not None:
        with disk(file):
            with file.open("a", encoding="utf-8", newline="\n") as out:
                out.write(line(made, desk.site.name, now))
            sync(file)
    if as_json:
        emit({"schema": 1, "seq": made.seq, "hash": made.hash, "code": made.code, "at": now})
    else:
        print(made.code)


def correct(
    seq: Entry,
    reason: Annotated[str | None, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("错在哪里", "What is wrong"))] = None,
    right: Annotated[str | None, typer.Option("--right", metavar=tr("文字", "TEXT"), help=tr("正确的是什么", "What is right"))] = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ledger.correcting import correct as note

    with open_desk(site, ledger, by, acts=True, create=False) as desk:
        why = ask(reason, "--reason", tr("错在哪里", "what is wrong"))
        event = note(desk.ledger, seq, reason=why, right=ask(right, "--right", tr("正确的是什么", "what is right")), by=desk.person, op=op)
    noted([event], as_json=as_json, say=lambda: tr(f"第 {event.seq} 条：更正第 {seq} 条", f"entry {event.seq} corrects entry {seq}"))


def rebuild(site: SiteOption = None, ledger: LedgerOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:
    from caixue.ledger.projecting import projected_tables
    from caixue.ledger.rebuilding import rebuild_for

    with open_desk(site, ledger, by, acts=True, create=False) as desk:
        entries = rebuild_for(desk.ledger, by=desk.person).data["entries"]
    tables = [table.name for table in projected_tables()]
    if as_json:
        emit({"schema": 1, "tables": tables, "entries": entries})
    else:
        print(tr(f"已重建 {len(tables)} 张表", f"{len(tables)} tables made anew"))
