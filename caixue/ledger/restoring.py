"""Restoring a ledger from a verified backup; what it replaces is kept beside it under another name."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from caixue.clock import Clock, SystemClock
from caixue.errors import CaixueError, LedgerError, UsageError
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger.anchors import Anchor
from caixue.ledger.backup import DATABASE, Backup, hash_in, read_backup
from caixue.ledger.columns import instant_of
from caixue.ledger.engine import file_of, make_engine, reported, sync_folder, url_of
from caixue.ledger.files import disk, free_name, sync
from caixue.ledger.migrating import upgrade
from caixue.ledger.moving import import_into
from caixue.ledger.opening import another_site, open_ledger, reach, turn_at
from caixue.ledger.reading import facts_of, head_of, looking
from caixue.ledger.rebuilding import rebuild_within
from caixue.ledger.verifying import findings
from caixue.roles import allow, role_of

NOTED = "ledger.restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoring did."""

    backup: Backup
    kept: Path | None  # the ledger that was there before
    lost: int | None  # entries that the ledger had and the backup has not; None: nobody can tell


def restore(
    file: Path,
    place: str | Path,
    *,
    site: str,
    people: Mapping[str, str],
    by: str,
    anchors: Sequence[Anchor] = (),
    force_older: bool = False,
    reason: str = "",
    clock: Clock | None = None,
) -> Restored:
    """Put the backup in `file` where the ledger is, and note that, with the reason, as its next entry.

    Raises UsageError for no backup, that of another site, and, unless it is forced with a reason, one that does not hold all that the
    present ledger and the anchors hold; LedgerDamaged for a damaged backup; LedgerError where the disk or the database refuses.
    """
    clock = clock or SystemClock()
    allow(NOTED, by, role_of(by, people))
    backup = read_backup(file, site)
    present, kept = url_file(place), None
    with turn_at(place, clock):  # nobody writes between the look at what is there and its replacement
        lost = _lost(place, site, backup, clock)
        _check_age(backup, lost, anchors, force_older=force_older, reason=reason)
        if present is None:
            _fill(backup, place, people, clock)
        else:
            kept = _replace(backup, present, people, clock)
    with open_ledger(place, site=site, people=people, clock=clock) as ledger:
        keys = {"sha256": backup.sha256, "head": backup.head, "reason": reason, "lost": lost, "replaced": kept.name if kept else None}
        ledger.note([Draft(NOTED, backup.file.name, keys)], actor=by)
    return Restored(backup, kept, lost)


def url_file(place: str | Path) -> Path | None:
    """The file of the ledger at `place`; None for a server."""
    return file_of(url_of(place))


def _lost(place: str | Path, site: str, backup: Backup, clock: Clock) -> int | None:
    """How many entries of the present ledger the backup has not; None where the present one cannot tell or has become another record."""
    file = url_file(place)
    if file is not None and not file.exists():
        return 0
    try:
        facts, head = _present(place, clock)
    except CaixueError:
        return None
    if not facts:
        return 0
    if facts.get("site") != site:
        raise UsageError(another_site(str(place), facts.get("site"), site))
    if head is None:
        return None
    if head[0] > backup.seq:
        return head[0] - backup.seq
    return 0 if head[0] < 0 or hash_in(backup, head[0]) == head[1] else None


def _present(place: str | Path, clock: Clock) -> tuple[dict[str, str], tuple[int, str] | None]:
    engine, _ = reach(place, clock, create=False)
    try:
        with looking(engine) as connection:
            facts = facts_of(connection)
            return facts, head_of(connection) if facts else None
    finally:
        with suppress(sa.exc.SQLAlchemyError):
            engine.dispose()


def _check_age(backup: Backup, lost: int | None, anchors: Sequence[Anchor], *, force_older: bool, reason: str) -> None:
    missing = [anchor for anchor in anchors if not (hash_in(backup, anchor.seq) or "").startswith(anchor.hash)]
    if lost == 0 and not missing:
        return
    if force_older and reason.strip():
        return
    if missing:
        what = tr(f"备份里没有锚定的第 {missing[0].seq} 条", f"the backup lacks anchored entry {missing[0].seq}")
    elif lost is None:
        what = tr("现有账本读不出头，或与备份不是同一份记录", "the present ledger's head cannot be read, or it is another record than the backup")
    else:
        what = tr(f"备份比现有账本少 {lost} 条", f"the backup has {lost} entries less than the present ledger")
    raise UsageError(tr(f"{what}；确要恢复请加 --force-older 并写 --reason", f"{what}; to restore nevertheless give --force-older and --reason"))


def _replace(backup: Backup, place: Path, people: Mapping[str, str], clock: Clock) -> Path | None:
    """Make the new ledger beside the old one, then let it take its name; a crash in between leaves the old one or the new one there."""
    fresh = place.with_name(f"{place.name}.restoring")
    with disk(place):
        try:
            _make(backup, fresh, people, clock)
            _settle(place)
            kept = _keep(place, clock.now())
            os.replace(fresh, place)
            sync_folder(place)
        finally:
            for end in ("", "-wal", "-shm", ".lock"):
                with suppress(OSError):
                    fresh.with_name(f"{fresh.name}{end}").unlink(missing_ok=True)
    return kept


def _make(backup: Backup, fresh: Path, people: Mapping[str, str], clock: Clock) -> None:
    """The ledger of the backup in the file `fresh`, with the tables of today."""
    fresh.unlink(missing_ok=True)
    if backup.file.suffix == DATABASE:
        shutil.copyfile(backup.file, fresh)
        sync(fresh)
    else:
        _fill(backup, fresh, people, clock)
    engine = make_engine(url_of(fresh))
    try:
        with reported(engine.url), engine.begin() as connection:
            upgrade(connection)
            rebuild_within(connection, instant_of(backup.start))
            wrong = list(findings(connection))
        if wrong:
            raise LedgerError(tr(f"恢复出的账本不完整：{wrong[0]}", f"the restored ledger is not whole: {wrong[0]}"))
    finally:
        engine.dispose()


def _settle(place: Path) -> None:
    """Write the present ledger's log back into its file, if it can be read: for a moment the two will be apart, and the power may fail then."""
    if not place.exists():
        return
    engine = make_engine(url_of(place))
    try:
        with suppress(sa.exc.DBAPIError, sqlite3.Error, UnicodeDecodeError):
            raw: Any = engine.raw_connection()
            raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
    finally:
        engine.dispose()


def _keep(place: Path, now: datetime) -> Path | None:
    """Give the present ledger, with its write-ahead log, another name beside."""
    if not place.exists():
        return None
    kept = free_name(place.with_name(f"{place.name}.replaced-{now:%Y%m%d-%H%M%S}"))
    for end in ("-wal", "-shm"):  # they belong to the old file; the new one must not find them
        log = place.with_name(f"{place.name}{end}")
        if log.exists():
            os.replace(log, kept.with_name(f"{kept.name}{end}"))
    try:
        os.link(place, kept)
    except OSError:  # a file system without hard links
        shutil.copyfile(place, kept)
        sync(kept)
    return kept


def _fill(backup: Backup, place: str | Path, people: Mapping[str, str], clock: Clock) -> None:
    """Take the entries of a backup into an empty ledger."""
    if backup.file.suffix == DATABASE:
        only = "a database file restores to SQLite only; for a server use export and import"
        raise UsageError(tr("数据库文件只能恢复成 SQLite 账本；服务器请用 export 与 import", only))
    with open_ledger(place, site=backup.site, people=people, clock=clock, start=instant_of(backup.start)) as ledger:
        import_into(ledger, backup.file)
