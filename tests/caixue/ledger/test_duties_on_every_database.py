"""Every duty writes the same ledger on every database, and knows the same when it is started anew from it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from caixue.events import KINDS
from caixue.ledger.chain import entry_of
from caixue.ledger.projecting import projected_tables
from caixue.ledger.rebuilding import Content, content, rebuild
from caixue.ledger.verifying import verify
from tests.caixue.ledger.duty_day import DAYS, Room

DUTY = pytest.mark.parametrize("duty", DAYS)


def tables(room: Room) -> Mapping[str, Content]:
    with room.ledger.engine.connect() as connection:
        return {table.name: content(connection, table) for table in projected_tables()}


@cache
def on_sqlite(duty: str) -> tuple[list[str], Mapping[str, Content]]:
    """The entries and the tables of the same day in an SQLite file."""
    with TemporaryDirectory() as folder, Room(str(Path(folder) / "room.db")) as room:
        DAYS[duty](room)
        return [row.body for row in room.ledger.rows()], tables(room)


@DUTY
def test_a_duty_leaves_the_same_ledger_on_every_database(ledger_place: str, duty: str):
    with Room(ledger_place) as room:
        DAYS[duty](room)
        assert verify(room.ledger) == []
        assert ([row.body for row in room.ledger.rows()], tables(room)) == on_sqlite(duty)
        rebuild(room.ledger)
        assert tables(room) == on_sqlite(duty)[1]


@DUTY
def test_a_duty_that_is_started_anew_knows_what_it_knew(ledger_place: str, duty: str):
    with Room(ledger_place) as room:
        DAYS[duty](room)
        knew = room.knows()
    with Room(ledger_place, room.clock) as again:
        assert again.knows() == knew


def test_an_empty_text_is_in_no_table():
    for duty in DAYS:
        for name, found in on_sqlite(duty)[1].items():
            assert not [row for row in found if "" in row], (duty, name)


def test_every_table_is_written_by_some_day():
    written = {name for duty in DAYS for name, found in on_sqlite(duty)[1].items() if found}
    assert {table.name for table in projected_tables()} - written <= {"correction"}  # the ledger's own, see test_projections.py


def test_the_days_speak_the_words_of_the_vocabulary():
    assert {entry_of(body).event.kind for duty in DAYS for body in on_sqlite(duty)[0]} <= set(KINDS)
