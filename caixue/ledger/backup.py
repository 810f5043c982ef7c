"""Backing up a ledger: a copy counts only when it was opened, its chain walked and its end compared with the ledger's.

An SQLite ledger becomes a database file, one on a server a file of its entries (`caixue.ledger.moving`). A `.json` beside the copy
says what it is: without it, or when its SHA-256 does not fit, the copy is no backup.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from caixue.errors import LedgerDamaged, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger.chain import GENESIS
from caixue.ledger.engine import reported
from caixue.ledger.files import disk, free_name, sha256_of, written
from caixue.ledger.moving import export_within, lines
from caixue.ledger.reading import facts_of, head_of, page
from caixue.ledger.verifying import findings
from caixue.ledger.writing import Ledger

NOTED = "ledger.backed-up"
DATABASE, ENTRIES = ".db", ".jsonl"


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy of a ledger, as the file beside it says."""

    file: Path
    site: str
    start: str  # of the record
    made: str  # by the computer's clock
    seq: int  # of the last entry; -1: none
    head: str
    sha256: str

    @property
    def entries(self) -> int:
        """How many entries it holds."""
        return self.seq + 1


def back_up(ledger: Ledger, folder: Path, *, by: str = "caixue") -> tuple[Backup, Event]:
    """Make a verified backup in `folder` and note it in the ledger. Raises LedgerError, LedgerDamaged; then there is no backup."""
    with ledger.turn():
        made = copy(ledger.engine, folder, ledger.clock.wall())
        keys = {"sha256": made.sha256, "entries": made.entries, "head": made.head}
        return made, ledger.note([Draft(NOTED, made.file.name, keys)], actor=by)[0]


def last_backup(ledger: Ledger) -> Event | None:
    """The newest verified backup that the ledger knows of."""
    return next(iter(deque(ledger.events({NOTED}), maxlen=1)), None)


def copy(engine: Engine, folder: Path, now: datetime) -> Backup:
    """Make a verified backup without noting it; nobody may write meanwhile."""
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with reported(engine.url), engine.connect() as connection:
        facts, ends = facts_of(connection), head_of(connection)
    if ends is None:
        raise LedgerDamaged(tr("账本没有头", "the ledger has no head"))
    kind = DATABASE if engine.dialect.name == "sqlite" else ENTRIES
    file = free_name(folder / f"{_plain(facts['site'])}-{now:%Y%m%d-%H%M%S}-{ends[0] + 1}{kind}")
    with written(file) as part:
        _copy(engine, part)
        made = Backup(file, facts["site"], facts["start"], now.isoformat(), *ends, sha256_of(part))
        _check(part, made)
    with written(_beside(file)) as part:
        part.write_text(json.dumps({**asdict(made), "file": file.name}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return made


def _copy(engine: Engine, part: Path) -> None:
    if engine.dialect.name != "sqlite":
        with reported(engine.url), engine.connect() as connection:
            export_within(connection, part)
        return
    raw = engine.raw_connection()
    try:
        with closing(sqlite3.connect(part)) as beside:
            source: Any = raw.driver_connection
            source.backup(beside)
            beside.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself
    finally:
        raw.close()


def read_backup(file: Path, site: str) -> Backup:
    """The backup that lies in `file`, after a look at all of it. Raises UsageError for no backup or that of another site, LedgerDamaged for a damaged one."""
    try:
        row = json.loads(_beside(file).read_text(encoding="utf-8"))
        found = Backup(**{**row, "file": file})
        whole = found.sha256 == sha256_of(file)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(tr(f"{file} 不是备份：{error}", f"{file} is no backup: {error}")) from None
    if found.site != site:
        raise UsageError(tr(f"{file} 是 {found.site} 的备份，不是 {site} 的", f"{file} is a backup of {found.site}, not of {site}"))
    if not whole:
        raise LedgerDamaged(tr(f"备份 {file} 已损坏：SHA-256 不符", f"the backup {file} is damaged: its SHA-256 does not fit"))
    _check(file, found)
    return found


def _check(file: Path, said: Backup) -> None:
    """Raises LedgerDamaged unless the copy is whole and ends where it says."""
    if said.file.suffix == ENTRIES:
        ends, wrong = next(((row.seq, row.hash) for row in deque(lines(file), maxlen=1)), (-1, GENESIS)), ""
    else:
        with looked_at(file) as connection:
            wrong = "; ".join(str(found) for found in findings(connection, projections=False))
            ends = head_of(connection) or (-1, "")
    if wrong or ends != (said.seq, said.head):
        raise LedgerDamaged(tr(f"备份 {file} 不完整：{wrong or ends}", f"the backup {file} is not whole: {wrong or ends}"))


@contextmanager
def looked_at(file: Path) -> Iterator[Connection]:
    """An SQLite file that nobody writes to, opened so that not a byte of it changes."""
    uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=StaticPool)
    try:
        with reported(sa.URL.create("sqlite", database=str(file))), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def hash_in(backup: Backup, seq: int) -> str | None:
    """The hash of entry `seq` in a backup; None when it is not in it."""
    if backup.file.suffix == ENTRIES:
        return next((row.hash for row in lines(backup.file) if row.seq == seq), None)
    with looked_at(backup.file) as connection:
        found = page(connection, after=seq - 1, size=1)
    return found[0].hash if found and found[0].seq == seq else None


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _plain(site: str) -> str:
    """A site's name as part of a file's name."""
    return re.sub(r"[^\w.-]", "_", site)[:60]
