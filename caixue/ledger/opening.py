"""Opening a ledger: makes a new one, or checks that what is there is whole where it will be continued."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from caixue.clock import Clock, RecordClock, SystemClock
from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger.chain import GENESIS, breaks, entry_of
from caixue.ledger.columns import instant_of, text_of
from caixue.ledger.engine import file_of, is_no_database, make_engine, reported, sync_folder, url_of
from caixue.ledger.projecting import projected_tables
from caixue.ledger.reading import facts_of, head_of, looking, page
from caixue.ledger.revisions import check_revision, revision_of, stamp
from caixue.ledger.schema import about, entry, head, metadata
from caixue.ledger.turn import WAIT_S, Turn
from caixue.ledger.writing import Ledger, columns_of

FORMAT = "1"
ASTRAY_US = 1_000_000  # two processes that run for days drift apart by less


def open_ledger(
    place: str | Path,
    *,
    site: str,
    people: Mapping[str, str],
    clock: Clock | None = None,
    start: datetime | None = None,
    create: bool = True,
    wait_s: float = WAIT_S,
    engine_options: Mapping[str, Any] | None = None,
) -> Ledger:
    """The ledger of `site` at `place` (a file or a database URL), made with its tables where there is none yet.

    `people` are the persons of the site with their roles; a new record begins at `start`, by default now;
    `engine_options` are SQLAlchemy's. Raises UsageError for a place that is no ledger or another site's, LedgerError where it cannot
    be reached or made, LedgerDamaged where its end is not whole. The ledger belongs to the thread that opened it.
    """
    clock = clock or SystemClock()
    engine, turn = reach(place, clock, wait_s, create=create, engine_options=engine_options)
    try:
        with turn, reported(engine.url):
            facts = _facts(engine, str(place))
            if not facts and not create:
                raise UsageError(tr(f"{place} 里没有账本", f"there is no ledger in {place}"))
            facts = facts or _new(engine, site, start or clock.now())
            _check_site(facts, site, str(place))
            begun = _start_of(facts)
            last = _last(engine, begun)
            ledger = Ledger(engine, turn, RecordClock(clock, begun, 0 if last is None else last.at_us), people)
            _note_the_clock(ledger, site, last)
    except BaseException as error:
        with suppress(sa.exc.SQLAlchemyError):
            engine.dispose()
        if isinstance(error, LedgerDamaged) and is_no_database(error.__cause__):
            raise UsageError(tr(f"{place} 不是账本，或文件头已损坏", f"{place} is no ledger, or the head of its file is damaged")) from error
        raise
    return ledger


def reach(
    place: str | Path, clock: Clock, wait_s: float = WAIT_S, *, create: bool = True, engine_options: Mapping[str, Any] | None = None
) -> tuple[Engine, Turn]:
    """The database at `place`, and whose turn it is there. Raises UsageError for what is no ledger, LedgerError where it cannot be read."""
    url = url_of(place)
    file = file_of(url)
    if file is not None:
        _check_file(file, create=create)
    return make_engine(url, **(engine_options or {})), turn_at(place, clock, wait_s)


def turn_at(place: str | Path, clock: Clock, wait_s: float = WAIT_S) -> Turn:
    """Whose turn it is to write to the ledger at `place`."""
    file = file_of(url_of(place))
    return Turn(None if file is None else file.with_name(f"{file.name}.lock"), clock.sleep, wait_s)


@dataclass(frozen=True, slots=True)
class Visit:
    """A ledger as it is, in our turn, with none of the checks of opening."""

    engine: Engine
    facts: Mapping[str, str]
    revision: str | None
    place: str


@contextmanager
def visit(place: str | Path, *, clock: Clock | None = None, wait_s: float = WAIT_S, site: str | None = None) -> Iterator[Visit]:
    """Come to a ledger that `open_ledger` may refuse, to verify, back up or migrate it; nobody else writes meanwhile.

    Raises UsageError where there is no ledger or that of another site, LedgerError where it cannot be reached.
    """
    engine, turn = reach(place, clock or SystemClock(), wait_s, create=False)
    with turn:
        try:
            with looking(engine) as connection:
                facts, revision = facts_of(connection), revision_of(connection)
            if not facts:
                raise UsageError(tr(f"{place} 里没有账本", f"there is no ledger in {place}"))
            if site is not None and facts.get("site") != site:
                raise UsageError(another_site(str(place), facts.get("site"), site))
            yield Visit(engine, facts, revision, str(place))
        finally:
            with suppress(sa.exc.SQLAlchemyError):
                engine.dispose()


def another_site(place: str, found: str | None, wanted: str) -> str:
    """What is said of a ledger of another site."""
    return tr(f"{place} 是 {found} 的账本，不是 {wanted} 的", f"{place} is the ledger of {found}, not of {wanted}")


def _check_file(file: Path, *, create: bool) -> None:
    """Looks without opening: on POSIX, closing a file takes away every lock that this process has on it, SQLite's own too."""
    if not file.exists():
        if not create:
            raise UsageError(tr(f"没有账本 {file}", f"there is no ledger {file}"))
        return
    if not file.is_file():
        raise UsageError(tr(f"{file} 不是账本", f"{file} is no ledger"))
    if not os.access(file, os.R_OK | os.W_OK):
        raise LedgerError(tr(f"账本 {file} 不可读写：检查权限与只读属性", f"the ledger {file} cannot be read and written: check its permissions"))


def _facts(engine: Engine, place: str) -> dict[str, str]:
    """What the ledger says of itself; nothing when there is none yet."""
    with engine.connect() as connection:
        facts, revision = facts_of(connection), revision_of(connection)
    if facts or revision:
        check_revision(revision, place)
    return facts


def _new(engine: Engine, site: str, start: datetime) -> dict[str, str]:
    """All tables of the latest revision and an empty head, in one transaction; tables that were made beforehand stay as they are."""
    projected_tables()  # so that every table is known
    facts = {"format": FORMAT, "site": site, "start": text_of(start)}
    with engine.begin() as connection:
        metadata.create_all(connection)
        stamp(connection)
        _fill(connection, facts)
    file = file_of(engine.url)
    if file is not None:
        sync_folder(file)
    return facts


def _fill(connection: Connection, facts: Mapping[str, str]) -> None:
    connection.execute(sa.insert(about), [{"name": name, "value": value} for name, value in facts.items()])
    connection.execute(sa.insert(head).values(id=1, seq=-1, hash=GENESIS))


def _check_site(facts: Mapping[str, str], site: str, place: str) -> None:
    if facts.get("site") != site:
        raise UsageError(another_site(place, facts.get("site"), site))
    if facts.get("format") != FORMAT:
        raise UsageError(tr(f"{place} 的格式是 {facts.get('format')}，这里只认识 {FORMAT}", f"{place} has format {facts.get('format')}; known here: {FORMAT}"))


def _last(engine: Engine, start: datetime) -> Event | None:
    """The last event, after a look at the end of the chain and at the number of entries. Raises LedgerDamaged where they do not fit together."""
    with engine.connect() as connection:
        top = head_of(connection)
        count, highest = connection.execute(sa.select(sa.func.count(), sa.func.max(entry.c.seq)).select_from(entry)).one()
        rows = page(connection, after=highest - 2, size=2) if count and isinstance(highest, int) else []
    ought = (rows[-1].seq, rows[-1].hash) if rows else (-1, GENESIS)
    whole = top == ought and count == ought[0] + 1
    if rows and whole:
        before = rows[-2].hash if len(rows) > 1 else GENESIS
        whole = not any(breaks(rows[-1:], lambda one: columns_of(one, start), before, count - 1))
    if not whole:
        raise LedgerDamaged(tr("账本的末尾不完整：运行 caixue ledger verify", "the end of the ledger is not whole: run caixue ledger verify"))
    return entry_of(rows[-1].body).event if rows else None


def _note_the_clock(ledger: Ledger, site: str, last: Event | None) -> None:
    """A computer's clock that stands before what is recorded is itself recorded, once until it is right again or something else is noted."""
    behind_us = ledger.clock.behind_us
    if behind_us > ASTRAY_US and not (last is not None and last.kind == "clock.stepped-back"):
        ledger.note([Draft("clock.stepped-back", site, {"by_us": behind_us})], actor="caixue")


def _start_of(facts: Mapping[str, str]) -> datetime:
    try:
        return instant_of(facts["start"])
    except (KeyError, ValueError, TypeError):
        raise LedgerDamaged(tr("账本没有写明开始时刻：运行 caixue ledger verify", "the ledger does not say when it began: run caixue ledger verify")) from None
