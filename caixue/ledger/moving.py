"""Moving a ledger between databases: all entries as text, one a line, and back into an empty ledger, checked by the chain.

The first line says which ledger it is: `{"caixue-ledger": 1, "site": …, "start": …, "entries": …, "head": …}`; every further line
is `[seq, hash, body]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.lang import tr
from caixue.ledger.chain import GENESIS, Row, digest, entry_of
from caixue.ledger.columns import instant_of, text_of
from caixue.ledger.engine import reported
from caixue.ledger.files import disk, written
from caixue.ledger.projecting import Projector
from caixue.ledger.reading import facts_of, head_of, rows_within
from caixue.ledger.schema import about, entry, head
from caixue.ledger.writing import Ledger, columns_of

FORMAT = 1
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Title:
    """What the first line of such a file says."""

    site: str
    start: datetime
    entries: int
    head: str


def export(ledger: Ledger, file: Path) -> int:
    """Write every entry to `file`; returns how many. Raises LedgerError, LedgerDamaged; then there is no new file."""
    with ledger.turn(), ledger.engine.connect() as connection:
        return export_within(connection, file)


def export_within(connection: Connection, file: Path) -> int:
    """The same for a database that holds a ledger, in one transaction."""
    facts, ends = facts_of(connection), head_of(connection)
    if ends is None:
        raise LedgerDamaged(tr("账本没有头", "the ledger has no head"))
    title = {"caixue-ledger": FORMAT, "site": facts["site"], "start": facts["start"], "entries": ends[0] + 1, "head": ends[1]}
    with written(file) as part, part.open("w", encoding="utf-8", newline="\n") as out:
        out.write(_line(title))
        for row in rows_within(connection):
            out.write(_line([row.seq, row.hash, row.body]))
    list(lines(file))
    return ends[0] + 1


def title_of(file: Path) -> Title:
    """The first line of an exported file. Raises UsageError for anything else, LedgerError where it cannot be read."""
    with disk(file), file.open(encoding="utf-8", errors="replace") as opened:
        first = opened.readline()
    try:
        row = json.loads(first)
        if row["caixue-ledger"] != FORMAT:
            raise ValueError(row["caixue-ledger"])
        return Title(row["site"], instant_of(row["start"]), row["entries"], row["head"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(tr(f"不是导出的账本：{file}", f"no exported ledger: {file}")) from None


def lines(file: Path) -> Iterator[Row]:
    """The entries of an exported file, each hanging on the one before. Raises LedgerDamaged where the chain breaks, is cut or goes on too long."""
    title, previous, count = title_of(file), GENESIS, 0
    with disk(file), file.open(encoding="utf-8", errors="replace") as opened:
        for text in islice(opened, 1, None):
            row = _row(text, title, count, previous)
            yield row
            previous, count = row.hash, count + 1
    if (count, previous) != (title.entries, title.head):
        raise LedgerDamaged(tr(f"{file}：应有 {title.entries} 条，到第 {count} 条就完了", f"{file}: {title.entries} entries announced, {count} found"))


def _row(text: str, title: Title, seq: int, previous: str) -> Row:
    try:
        number, hash_, body = json.loads(text)
        found = entry_of(body)
        if number != seq or found.event.seq != seq or hash_ != digest(previous, body):
            raise ValueError(number)
        return Row(seq=seq, body=body, hash=hash_, **columns_of(found, title.start))
    except (ValueError, TypeError, RecursionError, OverflowError, UsageError):
        raise LedgerDamaged(tr(f"导出文件的第 {seq} 条被改过或不完整", f"entry {seq} of the exported file was changed or is not whole")) from None


def import_into(ledger: Ledger, file: Path) -> int:
    """Take every entry of an exported file into an empty ledger, all or none; returns how many.

    The record keeps its own start, so the ledger must be opened again afterwards. Raises UsageError for a ledger with entries
    and for a file of another site, LedgerDamaged for a file that is not whole.
    """
    with ledger.turn(), reported(ledger.engine.url), ledger.engine.begin() as connection:
        return import_within(connection, file)


def import_within(connection: Connection, file: Path) -> int:
    """The same inside a transaction."""
    title, facts = title_of(file), facts_of(connection)
    if title.site != facts["site"]:
        raise UsageError(tr(f"{file} 是 {title.site} 的账本，不是 {facts['site']} 的", f"{file} is the ledger of {title.site}, not of {facts['site']}"))
    if head_of(connection) != (-1, GENESIS):
        raise UsageError(tr("账本里已有记录；只能导入空账本", "the ledger has entries already; only an empty one takes an import"))
    connection.execute(sa.update(about).where(about.c.name == "start").values(value=text_of(title.start)))
    projector, source = Projector(title.start), lines(file)
    while batch := list(islice(source, _BATCH)):
        connection.execute(sa.insert(entry), [_columns(row) for row in batch])
        projector.write(connection, (entry_of(row.body).event for row in batch))
    moved = sa.update(head).where(head.c.id == 1, head.c.seq == -1).values(seq=title.entries - 1, hash=title.head)
    if connection.execute(moved).rowcount != 1:
        raise LedgerError(tr("别人刚写了账本", "somebody else has just written"))
    return title.entries


def _columns(row: Row) -> Mapping[str, Any]:
    return {**{name: getattr(row, name) for name in Row.__slots__}, "at": instant_of(row.at)}


def _line(data: Iterable[Any] | Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
