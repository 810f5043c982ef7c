"""Reading a ledger's tables: its entries page by page, its head, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from caixue.ledger.chain import Row, part_of
from caixue.ledger.engine import reported
from caixue.ledger.schema import about, entry, head

PAGE = 1000  # entries read at a time
_TOGETHER = 20  # about as many as one operation notes
_COLUMNS = tuple(sa.type_coerce(entry.c[name], sa.String).label(name) if name == "at" else entry.c[name] for name in Row.__slots__)


def page(connection: Connection, kinds: Collection[str] | None = None, after: int = -1, size: int = PAGE) -> list[Row]:
    """The next entries after entry `after`, of these kinds (None: of all), as the database holds them; at most `size`."""
    wanted = sa.select(*_COLUMNS).where(entry.c.seq > after).order_by(entry.c.seq).limit(size)
    if kinds is not None:
        wanted = wanted.where(entry.c.kind.in_(sorted(kinds)))
    return [Row(*row) for row in connection.execute(wanted)]


def rows(engine: Engine, kinds: Collection[str] | None = None, after: int = -1) -> Iterator[Row]:
    """All entries after entry `after`, in order; each page is a transaction of its own. Raises LedgerError."""

    def read(after: int) -> list[Row]:
        with looking(engine) as connection:
            return page(connection, kinds, after)

    return _walk(read, after)


def rows_within(connection: Connection) -> Iterator[Row]:
    """All entries, in order, inside a transaction."""
    return _walk(lambda after: page(connection, after=after), -1)


def _walk(read: Callable[[int], list[Row]], after: int) -> Iterator[Row]:
    while True:
        found = read(after)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].seq


def operation(connection: Connection, op: str) -> list[Row]:
    """The entries that the operation `op` noted; they stand one after another, the first under its name, the next as op#1, op#2, …"""
    first = connection.execute(sa.select(entry.c.seq).where(entry.c.op == op)).scalar()
    found: list[Row] = []
    while first is not None:
        more = page(connection, after=first - 1 + len(found), size=_TOGETHER)
        mine = [row for number, row in enumerate(more, len(found)) if row.op == part_of(op, number)]
        found += mine
        if len(mine) < _TOGETHER:
            break
    return found


def head_of(connection: Connection) -> tuple[int, str] | None:
    """Number and hash of the last entry, as the head says; None when there is no head."""
    row = connection.execute(sa.select(head.c.seq, head.c.hash).where(head.c.id == 1)).first()
    return None if row is None else (row.seq, row.hash)


def facts_of(connection: Connection) -> dict[str, str]:
    """What the ledger says of itself: its site, its start, its format; nothing when there is no ledger yet."""
    if not sa.inspect(connection).has_table(about.name):
        return {}
    return {row.name: row.value for row in connection.execute(sa.select(about.c.name, about.c.value))}


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that only looks. Raises LedgerError."""
    with reported(engine.url), engine.connect() as connection:
        yield connection
