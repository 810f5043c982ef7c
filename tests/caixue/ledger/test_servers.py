"""A ledger on a server: two writers at once, and what a person sees when it cannot be reached."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from caixue.errors import LedgerError, UsageError
from caixue.journal import Draft
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.verifying import verify
from tests.ledger_places import Server

PEOPLE = {"engineer-1": "engineer"}
LOST = "somebody else has just written"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")


def opened(place: str) -> Ledger:
    return open_ledger(place, site="room", people=PEOPLE)


def note(ledger: Ledger, op: str = "") -> None:
    ledger.note([Draft("alarm.raised", "belt", {"alarm": "x"})], actor="monitor", op=op)


def test_what_one_writes_the_other_hears(ledger_place: str):
    with opened(ledger_place) as one, opened(ledger_place) as two:
        heard: list[int] = []
        two.follow(lambda event: heard.append(event.seq))
        note(one)
        note(two)
        note(one)
        two.catch_up()
        assert heard == [0, 1, 2]


def test_of_two_writers_between_whom_nobody_arbitrates_the_second_is_told(postgresql: Server):
    place = postgresql.new_place()
    with opened(place) as one, opened(place) as two:
        note(one)
        with two.turn():  # it has heard all; now somebody is faster
            note(one)
            with pytest.raises(LedgerError, match=LOST):
                two._write([two._entry(event, f"seq-{event.seq}", "x") for event in list(one.events())[-1:]])
        note(two)
        assert [event.seq for event in two.events()] == [0, 1, 2] and verify(two) == []


def test_writers_at_the_same_time_lose_races_but_no_entries(postgresql: Server):
    place = postgresql.new_place()
    opened(place).close()
    told: list[str] = []
    kept: list[str] = []

    def work(name: str) -> None:
        with opened(place) as ledger:
            for number in range(15):
                op = f"{name}-{number}"
                while op not in kept:
                    try:
                        note(ledger, op)
                        kept.append(op)
                    except LedgerError as error:
                        told.append(str(error))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with opened(place) as ledger:
        assert sorted(row.op for row in ledger.rows()) == sorted(kept) and len(kept) == 45
        assert verify(ledger) == []
    assert {LOST in each for each in told} <= {True}


def test_a_row_that_another_transaction_holds_is_a_lost_race_and_no_traceback(postgresql: Server):
    place = postgresql.new_place()
    with opened(place) as one, opened(place) as two:
        note(one)
        two.catch_up()
        lost: list[str] = []

        def late() -> None:
            try:
                note(two)
            except LedgerError as error:
                lost.append(str(error))

        with one.engine.begin() as connection:
            one._move_head(connection, 0, one.head()[1])  # holds the row until the transaction ends
            thread = threading.Thread(target=late)
            thread.start()
            thread.join(0.3)
        thread.join(30)
        assert [LOST in each for each in lost] == [True]
        note(two)
        assert verify(two) == []


def test_a_server_that_is_gone_is_a_ledger_error_without_the_password():
    with pytest.raises(LedgerError) as caught:
        opened("postgresql+pg8000://caixue:secret@127.0.0.1:1/room")
    assert "secret" not in str(caught.value) and "127.0.0.1" in str(caught.value)


def test_a_session_that_the_server_ended_costs_one_repetition_at_most(postgresql: Server):
    place = postgresql.new_place()
    with opened(place) as ledger:
        note(ledger)
        postgresql.end_sessions(place)
        with suppress(LedgerError):  # drivers differ in when they notice
            note(ledger, "again")
        note(ledger, "again")
        assert ledger.head()[0] == 1 and verify(ledger) == []


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql+nonsense://x/y", "://", "http://x"])
def test_an_unknown_kind_of_database_is_wrong_use(url: str):
    with pytest.raises(UsageError):
        opened(url)


def test_a_missing_driver_is_named():
    try:
        import psycopg2  # noqa: F401
    except ImportError:
        with pytest.raises(UsageError, match="psycopg2"):
            opened("postgresql+psycopg2://x/y")


def test_the_services_write_to_a_server_like_to_a_file(new_place: Callable[[], str]):
    with opened(new_place()) as ledger:
        recorder = LedgerRecorder(ledger)
        event = recorder.note("stock.received", "motor", actor="engineer-1", lot="a", quantity=1, expires=None, unit_cost_fen=3)
        assert list(ledger.events()) == [event]
