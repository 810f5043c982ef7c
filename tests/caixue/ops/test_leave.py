"""Leave is granted with a named substitute who is there, or refused with the reason (R1, R4)."""

from __future__ import annotations

import pytest

from caixue.clock import SystemClock
from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.leave import Leave, LeaveBook

PEOPLE = {"engineer-1": "engineer", "engineer-2": "engineer", "engineer-3": "engineer", "nurse-1": "nurse", "head-1": "head"}


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def book(journal: MemoryJournal) -> LeaveBook:
    return LeaveBook(Recorder(journal, SystemClock()), PEOPLE, journal)


def test_a_leave_with_a_substitute_is_granted_and_the_substitute_is_on_duty(book: LeaveBook):
    book.ask(Leave("engineer-1", 10, 20, "engineer-2"), by="head-1")
    assert [book.on_duty("engineer-1", at_us) for at_us in (9, 10, 19, 20)] == ["engineer-1", "engineer-2", "engineer-2", "engineer-1"]


@pytest.mark.parametrize("substitute", ["", "engineer-1", "nurse-1", "nobody"])
def test_a_leave_without_another_engineer_is_refused_and_the_refusal_is_on_record(book: LeaveBook, journal: MemoryJournal, substitute: str):
    with pytest.raises(UsageError):
        book.ask(Leave("engineer-1", 10, 20, substitute), by="head-1")
    assert [event.kind for event in journal.events] == ["leave.refused"]
    assert book.granted == []


def test_a_substitute_who_is_away_is_none(book: LeaveBook):
    book.ask(Leave("engineer-2", 15, 30, "engineer-3"), by="head-1")
    with pytest.raises(UsageError):
        book.ask(Leave("engineer-1", 10, 20, "engineer-2"), by="head-1")


def test_who_stands_in_for_another_cannot_leave(book: LeaveBook):
    book.ask(Leave("engineer-1", 10, 20, "engineer-2"), by="head-1")
    with pytest.raises(UsageError):
        book.ask(Leave("engineer-2", 15, 30, "engineer-3"), by="head-1")


def test_a_book_that_reads_the_journal_later_knows_the_same(book: LeaveBook, journal: MemoryJournal):
    book.ask(Leave("engineer-1", 10, 20, "engineer-2"), by="head-1")
    assert LeaveBook(book.recorder, PEOPLE, journal).granted == book.granted
