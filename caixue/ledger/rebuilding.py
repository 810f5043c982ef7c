"""Rebuilding projections from the entries, and telling where they differ from what a rebuilding would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from caixue.errors import LedgerDamaged, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger.chain import Row, entry_of
from caixue.ledger.engine import reported
from caixue.ledger.projecting import Projector, projected_tables
from caixue.ledger.reading import rows_within
from caixue.ledger.schema import metadata
from caixue.ledger.writing import Ledger

NOTED = "ledger.rebuilt"
Content = Counter[tuple[object, ...]]


def rebuild(ledger: Ledger) -> None:
    """Empty every projection and write it again from the entries, in one transaction. Raises LedgerError, LedgerDamaged; then nothing has changed."""
    with ledger.turn(), reported(ledger.engine.url), ledger.engine.begin() as connection:
        rebuild_within(connection, ledger.start)


def rebuild_for(ledger: Ledger, *, by: str) -> Event:
    """The same in the name of `by`, and noted. Raises UsageError for somebody who may not; then nothing has changed."""
    ledger.role_for(NOTED, by)
    with ledger.turn():
        rebuild(ledger)
        return ledger.note([Draft(NOTED, "ledger", {"entries": ledger.next_seq()})], actor=by)[0]


def rebuild_within(connection: Connection, start: datetime) -> None:
    """The same inside a transaction, for a record that began at `start`."""
    for table in projected_tables():
        connection.execute(sa.delete(table))
    Projector(start).write(connection, events_of(rows_within(connection)))


def events_of(rows: Iterable[Row]) -> Iterator[Event]:
    """The events of these entries. Raises LedgerDamaged for a text that is no entry."""
    for row in rows:
        try:
            yield entry_of(row.body).event
        except UsageError:
            raise LedgerDamaged(tr(f"第 {row.seq} 条的内容不是一条记录", f"the text of entry {row.seq} is no entry")) from None


def stale(connection: Connection, start: datetime) -> Iterator[tuple[str, int]]:
    """Each projection that differs from a fresh one, with the number of rows that one of the two has and the other has not.

    The fresh one is made in memory, so that nothing is written. Raises LedgerDamaged where the entries cannot be read.
    """
    fresh = sa.create_engine("sqlite://")
    with fresh.begin() as beside:
        metadata.create_all(beside, tables=projected_tables())
        Projector(start).write(beside, events_of(rows_within(connection)))
        for table in projected_tables():
            ours, wanted = content(connection, table), content(beside, table)
            if ours != wanted:
                yield table.name, (ours - wanted).total() + (wanted - ours).total()


def content(connection: Connection, table: sa.Table) -> Content:
    """All rows of a table, however they are sorted, as the database holds them: two texts may mean one instant, and one of them was changed."""
    return Counter(tuple(row) for row in connection.execute(sa.select(*map(_raw, table.c))))


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    kind = column.type
    return sa.type_coerce(column, kind.impl_instance) if isinstance(kind, sa.TypeDecorator) else column
