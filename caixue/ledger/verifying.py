"""Verifying a ledger: the database file, every entry of the chain, the head, anchors from outside, and the projections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from caixue.errors import LedgerDamaged, UsageError
from caixue.lang import tr
from caixue.ledger.anchors import Anchor
from caixue.ledger.chain import GENESIS, Entry, Row, breaks
from caixue.ledger.columns import instant_of, text_of
from caixue.ledger.opening import visit
from caixue.ledger.reading import facts_of, head_of, looking, rows_within
from caixue.ledger.rebuilding import stale
from caixue.ledger.writing import Ledger, columns_of


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a ledger."""

    where: str  # "file", "about", "entry", "head", "anchor", "projection"
    zh: str
    en: str
    seq: int | None = None  # the entry that it is about

    def __str__(self) -> str:
        return tr(self.zh, self.en)


def verify(ledger: Ledger, anchors: Sequence[Anchor] = ()) -> list[Finding]:
    """Everything that is wrong with this ledger; nothing when it is whole and holds every anchored entry. Raises LedgerError."""
    with ledger.turn(), ledger.engine.connect() as connection:
        return list(findings(connection, anchors))


def verify_place(place: str | Path, *, site: str, anchors: Sequence[Anchor] = ()) -> tuple[int | None, list[Finding]]:
    """The same for a ledger that may not open: how many entries it has (None: it cannot tell), and what is wrong.

    Raises UsageError where there is no ledger or that of another site, LedgerError where it cannot be reached.
    """
    try:
        with visit(place, site=site) as there, looking(there.engine) as connection:
            found = list(findings(connection, anchors))
            head = None if any(each.where == "file" for each in found) else head_of(connection)
    except LedgerDamaged as error:
        return None, [Finding("file", str(error), str(error))]
    return None if head is None else head[0] + 1, found


def findings(connection: Connection, anchors: Sequence[Anchor] = (), *, projections: bool = True) -> Iterator[Finding]:
    """The same for a database that holds a ledger; all is read in one transaction."""
    try:
        yield from _file(connection)
        start = _start(connection)
        if start is None:
            yield Finding("about", "账本没有写明开始时刻", "the ledger does not say when it began")
            return
        yield from _chain(connection, anchors, start)
        if projections:
            yield from _projections(connection, start)
    except (sa.exc.SQLAlchemyError, UnicodeDecodeError) as error:
        what = " ".join(str(getattr(error, "orig", error)).split())[:200]
        yield Finding("file", f"数据库读不下去：{what}", f"the database cannot be read on: {what}")


def _file(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if said != "ok":
            yield Finding("file", f"SQLite 检查：{said}", f"SQLite's check: {said}")


def _start(connection: Connection) -> datetime | None:
    with suppress(KeyError, ValueError, TypeError):
        text = facts_of(connection)["start"]
        start = instant_of(text)
        return start if text_of(start) == text else None
    return None


def _chain(connection: Connection, anchors: Sequence[Anchor], start: datetime) -> Iterator[Finding]:
    """One walk over the entries for the chain, the anchors and the head."""
    wanted = {anchor.seq: [each for each in anchors if each.seq == anchor.seq] for anchor in anchors}
    seen: dict[int, Row] = {}
    last: Row | None = None

    def walked() -> Iterator[Row]:
        nonlocal last
        for row in rows_within(connection):
            last = row
            if row.seq in wanted:
                seen[row.seq] = row
            yield row

    for broken in breaks(walked(), lambda entry: _columns(entry, start)):
        yield Finding("entry", *_worded(broken.seq, broken.zh, broken.en), broken.seq)
    yield from _head(connection, last)
    yield from (found for seq in sorted(wanted) for anchor in wanted[seq] for found in _anchored(anchor, seen.get(seq), last))


def _columns(entry: Entry, start: datetime) -> dict[str, object]:
    try:
        return columns_of(entry, start)
    except OverflowError:  # an instant beyond the calendar
        return {"at": None}


def _worded(seq: int, zh: str, en: str) -> tuple[str, str]:
    return f"第 {seq} 条：{zh}", f"entry {seq}: {en}"


def _head(connection: Connection, last: Row | None) -> Iterator[Finding]:
    ought = (-1, GENESIS) if last is None else (last.seq, last.hash)
    found = head_of(connection)
    if found is None:
        yield Finding("head", "账本没有头", "the ledger has no head")
    elif found != ought:
        zh = f"账本头指向第 {found[0]} 条，最后一条是第 {ought[0]} 条，或散列不同"
        yield Finding("head", zh, f"the head names entry {found[0]}, the last is {ought[0]}, or its hash is another", found[0])


def _anchored(anchor: Anchor, row: Row | None, last: Row | None) -> Iterable[Finding]:
    if row is None:
        end = -1 if last is None else last.seq
        zh = f"锚定的第 {anchor.seq} 条不在了（最后是第 {end} 条）：末尾被截掉，或这是较旧的副本"
        return [Finding("anchor", zh, f"anchored entry {anchor.seq} is gone (the last is {end}): a cut tail, or an older copy", anchor.seq)]
    if not anchor.fits(row):
        zh = f"第 {anchor.seq} 条不是当初锚定的那条：记录被重写过"
        return [Finding("anchor", zh, f"entry {anchor.seq} is not the one that was anchored: the record was written anew", anchor.seq)]
    return []


def _projections(connection: Connection, start: datetime) -> Iterator[Finding]:
    try:
        for table, count in stale(connection, start):
            zh = f"表 {table} 与记录不符：{count} 行；caixue ledger rebuild 可重建"
            yield Finding("projection", zh, f"table {table} disagrees with the entries in {count} rows; caixue ledger rebuild makes it anew")
    except (LedgerDamaged, UsageError) as error:
        yield Finding("projection", f"无法由记录重建各表：{error}", f"the tables cannot be made from the entries: {error}")
