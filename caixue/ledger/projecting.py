"""Projections: ordinary tables that are written from entries, in the same transaction, and can be rebuilt from them at any time.

A rule says which kind of event writes which row. Rows of facts stand in `caixue.ledger.tables`; this engine reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import caixue.ledger.tables
from caixue.discovery import modules
from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ledger.columns import kept

Value = Callable[["Fact"], Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """An event and when it happened."""

    event: Event
    start: datetime  # of the record

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.instant(self.event.at_us)

    def instant(self, at_us: int) -> datetime:
        """The instant that is so many microseconds after the record's start."""
        return self.start + timedelta(microseconds=at_us)


def at(fact: Fact) -> Any:
    """When the event happened."""
    return fact.at


def subject(fact: Fact) -> Any:
    """What the event is about."""
    return fact.event.subject


def actor(fact: Fact) -> Any:
    """Who did it."""
    return fact.event.actor


def seq(fact: Fact) -> Any:
    """The entry's number."""
    return fact.event.seq


def data(key: str, default: Any = None) -> Value:
    """What the event's data say under `key`."""
    return lambda fact: fact.event.data.get(key, default)


def minus(key: str) -> Value:
    """The negative of the number under `key`."""
    return lambda fact: -fact.event.data[key]


def instant(key: str) -> Value:
    """The instant that the event's data give, in microseconds, under `key`."""

    def value(fact: Fact) -> Any:
        at_us = fact.event.data.get(key)
        return None if at_us is None else fact.instant(at_us)

    return value


def always(constant: Any) -> Value:
    """The same for every event."""
    return lambda fact: constant


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of event does to one table.

    With `key`, the row of that key is changed, or made where there is none (`make=False`: then nothing happens); without, a
    row is added. `values` are set, `sums` are added to what stands there, `first` is set only when the row is made.
    """

    kind: str
    table: sa.Table
    key: Mapping[str, Value] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    sums: Mapping[str, Value] = field(default_factory=dict)
    first: Mapping[str, Value] = field(default_factory=dict)
    when: Callable[[Fact], bool] = lambda fact: True
    make: bool = True

    def write(self, connection: Connection, fact: Fact) -> None:
        """Carry the event into the table. Raises UsageError for a text that does not fit into its column."""
        if not self.when(fact):
            return
        key, values, sums = self._read(self.key, fact), self._read(self.values, fact), self._read(self.sums, fact)
        changing = self.changing()
        if changing is not None:
            binds = {**_bound("k", key), **_bound("v", values), **_bound("s", sums)}
            if connection.execute(changing, binds).rowcount or not self.make:
                return
        connection.execute(self.making(), {**key, **values, **sums, **self._read(self.first, fact)})

    def changing(self) -> sa.Update | None:
        """The statement that changes a row; None where rows are only added. Its parameters: k_…, v_… and s_… with the column's name."""
        if not self.key or not (self.values or self.sums):
            return None
        columns = self.table.c
        match = sa.and_(*(columns[name] == sa.bindparam(f"k_{name}") for name in self.key))
        set_ = {name: sa.bindparam(f"v_{name}", type_=columns[name].type) for name in self.values}
        added = {name: columns[name] + sa.bindparam(f"s_{name}", type_=columns[name].type) for name in self.sums}
        return sa.update(self.table).where(match).values({**set_, **added})

    def making(self) -> sa.Insert:
        """The statement that makes a row. Its parameters are the columns."""
        return sa.insert(self.table)

    def _read(self, columns: Mapping[str, Value], fact: Fact) -> dict[str, Any]:
        return {name: kept(self.table.c[name], value(fact)) for name, value in columns.items()}


def _bound(letter: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{letter}_{name}": value for name, value in values.items()}


class Projector:
    """Writes events into the tables."""

    def __init__(self, start: datetime) -> None:
        self._start = start

    def write(self, connection: Connection, events: Iterable[Event]) -> None:
        """Carry these events into every table that they concern. Raises UsageError for an event that its table cannot take."""
        by_kind = rules_by_kind()
        for event in events:
            fact = Fact(event, self._start)
            try:
                for rule in by_kind.get(event.kind, ()):
                    rule.write(connection, fact)
            except (LookupError, TypeError, ValueError, OverflowError) as error:
                bad = tr(f"{event.kind} {event.subject} 的数据缺少或写错", f"{event.kind} {event.subject}: something is missing or wrong")
                raise UsageError(f"{bad}: {error!r}") from error


@cache
def rules_by_kind() -> Mapping[str, tuple[Rule, ...]]:
    """Every rule of every table, by the kind of event, in the order of the modules and of their rows."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for module in modules(caixue.ledger.tables, "caixue.ledger.tables"):
        for rule in getattr(module, "RULES", ()):
            found[rule.kind].append(rule)
    return {kind: tuple(rules) for kind, rules in found.items()}


def projected_tables() -> tuple[sa.Table, ...]:
    """The tables that rules write, by name."""
    tables = {rule.table.name: rule.table for rules in rules_by_kind().values() for rule in rules}
    return tuple(tables[name] for name in sorted(tables))
