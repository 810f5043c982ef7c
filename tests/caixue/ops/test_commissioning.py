"""A swapped device is accepted by its users, when the suite found nothing and what it skipped has a person's word (R5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from caixue.conformance import Outcome, Row
from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.commissioning import Commissioning
from caixue.site import load_site
from tests.caixue.ops.incident_bench import MONDAY, WallClock

ENGINEER, HEAD, NURSE = "engineer-1", "head-1", "nurse-3"
DEVICE = "window-3.label-printer"


class Room:
    def __init__(self) -> None:
        self.site = load_site("eight-window")
        self.journal, self.clock = MemoryJournal(), WallClock(MONDAY)
        self.book = self.read_again()

    def read_again(self) -> Commissioning:
        return Commissioning(self.site, Recorder(self.journal, self.clock), self.journal)

    def started(self) -> str:
        return self.book.start(DEVICE, "LP-2", "打印头座裂", old_serial="LP-1", by=ENGINEER)[0].subject

    def checked(self, **verdicts: Outcome) -> str:
        number = self.started()
        self.check(number, **verdicts)
        return number

    def check(self, number: str, **verdicts: Outcome) -> None:
        rows = [Row(DEVICE, name, verdict, "…") for name, verdict in {"answers": "pass", **verdicts}.items()]
        self.book.check(number, rows, bench="site.toml", simulated=False, by=ENGINEER)


@pytest.fixture
def room() -> Room:
    return Room()


def refused(room: Room, act: Callable[[], object], words: str = ".") -> None:
    before = len(room.journal.events)
    with pytest.raises(UsageError, match=words):
        act()
    assert len(room.journal.events) == before


@pytest.mark.parametrize("by", [HEAD, NURSE])
def test_the_users_sign_what_passed(room: Room, by: str) -> None:
    number = room.checked()
    assert [sheet.number for sheet in room.book.open()] == [number]
    room.book.accept(number, by=by)
    assert room.book.open() == [] and room.book.sheets.named(number).state == "accepted"


@pytest.mark.parametrize("by", [ENGINEER, "maker-1", "nobody"])
def test_nobody_else_does(room: Room, by: str) -> None:
    number = room.checked()
    refused(room, lambda: room.book.accept(number, by=by))


def test_what_was_never_checked_or_failed_is_not_accepted(room: Room) -> None:
    number = room.started()
    refused(room, lambda: room.book.accept(number, by=HEAD))
    room.check(number, prints="fail")
    refused(room, lambda: room.book.accept(number, by=HEAD), "prints")
    refused(room, lambda: room.book.vouch(number, "prints", "看着还行", by=NURSE), "prints")
    room.check(number, prints="pass")
    room.book.accept(number, by=HEAD)


def test_a_skipped_check_needs_a_word_and_a_new_run_of_the_suite_needs_it_anew(room: Room) -> None:
    number = room.checked(shutdown="skipped")
    refused(room, lambda: room.book.accept(number, by=HEAD), "shutdown")
    room.book.vouch(number, "shutdown", "断电后自检正常", by=ENGINEER)
    room.check(number, shutdown="skipped")
    refused(room, lambda: room.book.accept(number, by=HEAD), "shutdown")
    room.book.vouch(number, "shutdown", "断电后自检正常", by=NURSE)
    room.book.accept(number, by=NURSE)


def test_a_device_is_commissioned_once_at_a_time_with_a_serial_of_its_own(room: Room) -> None:
    number = room.started()
    refused(room, room.started, number)
    refused(room, lambda: room.book.start("window-4.label-printer", "LP-9", "坏", old_serial="LP-9", by=ENGINEER))
    refused(room, lambda: room.book.start("window-9.label-printer", "LP-9", "坏", by=ENGINEER), "window-")
    room.book.refuse(number, "打印发虚", by=NURSE)
    assert room.started() != number


def test_rows_of_another_device_are_refused(room: Room) -> None:
    number = room.started()
    refused(room, lambda: room.book.check(number, [Row("x", "answers", "pass", "")], bench="b", simulated=False, by=ENGINEER), "x")
    refused(room, lambda: room.book.check(number, [], bench="b", simulated=False, by=ENGINEER))


def test_the_twin_does_not_vouch_for_a_real_device(room: Room) -> None:
    spec = replace(room.site.devices[DEVICE], url="COM3")
    room.site = replace(room.site, devices={**room.site.devices, DEVICE: spec})
    room.book = room.read_again()
    number = room.started()
    room.book.check(number, [Row(DEVICE, "answers", "pass", "")], bench="twin", simulated=True, by=ENGINEER)
    refused(room, lambda: room.book.accept(number, by=HEAD))


def test_whoever_reads_the_journal_later_knows_the_same(room: Room) -> None:
    room.book.accept(room.checked(), by=HEAD)
    room.checked(shutdown="skipped")
    assert room.read_again().sheets.sheets == room.book.sheets.sheets
