"""The registers about people (R1, R4): what each allows and refuses, beyond what its form says of single fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.attendance import Attendance
from caixue.ops.forms import conduct, contact, exception, export, handover
from caixue.ops.forms.attendance import LATE_ENTRY_US, LONGEST_US
from caixue.ops.sheets import Form, Sheets
from tests.caixue.ops.incident_bench import WallClock

MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
PEOPLE = {"nurse-1": "nurse", "engineer-1": "engineer", "engineer-2": "engineer", "head-1": "head", "facilities-1": "hospital"}
ONE = "engineer-1"


class Room:
    """One journal, and a clock that began at midnight before a Monday and is moved by hand."""

    def __init__(self) -> None:
        self.clock = WallClock(datetime(2026, 11, 23, tzinfo=SHANGHAI))
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.attendance = Attendance(self.recorder, PEOPLE, self.journal)

    def book(self, form: Form) -> Sheets:
        return Sheets(form, self.recorder, PEOPLE, self.journal)

    def at(self, clock: str) -> int:
        """Let it become that time of Monday; gives the instant."""
        self.clock.advance_to(us(clock))
        return us(clock)


def us(clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    return (hour * 60 + minute) * MINUTE_US


@pytest.fixture
def room() -> Room:
    return Room()


def refused(doing: Any, room: Room, *, match: str | None = None) -> None:
    """It is refused, and nothing is noted."""
    before = len(room.journal.events)
    with pytest.raises(UsageError, match=match):
        doing()
    assert len(room.journal.events) == before


# Attendance.


def test_who_comes_and_leaves_is_there_in_between(room: Room):
    room.at("06:28")
    (came,) = room.attendance.come(ONE, by=ONE)
    room.at("12:01")
    room.attendance.leave(ONE, by=ONE)
    assert came.data == {"person": ONE, "day": "2026-11-23", "came_us": us("06:28")}
    assert room.attendance.attended().stays == {ONE: ((us("06:28"), us("12:01")),)}


def test_who_has_not_left_is_there_until_now(room: Room):
    room.at("06:30")
    room.attendance.come(ONE, by=ONE)
    assert room.attendance.attended().stays == {ONE: ()}
    room.at("09:00")
    assert room.attendance.attended().stays == {ONE: ((us("06:30"), us("09:00")),)}


def test_several_stays_on_a_day_are_several_sheets(room: Room):
    for came, left in (("06:30", "12:00"), ("15:00", "17:30")):
        room.at(came)
        room.attendance.come(ONE, by=ONE)
        room.at(left)
        room.attendance.leave(ONE, by=ONE)
    assert [len(sheet.history) for sheet in room.attendance.book.sheets.values()] == [2, 2]


def test_nobody_comes_twice_or_leaves_without_having_come(room: Room):
    room.at("06:30")
    refused(lambda: room.attendance.leave(ONE, by=ONE), room)
    room.attendance.come(ONE, by=ONE)
    refused(lambda: room.attendance.come(ONE, by=ONE), room, match="attendance-0001")


def test_only_oneself_or_the_head_of_department_notes_attendance(room: Room):
    room.at("06:30")
    for other in ("nurse-1", "engineer-2", "facilities-1"):
        refused(lambda other=other: room.attendance.come(ONE, by=other), room)
    assert room.attendance.come(ONE, by="head-1")


def test_a_late_entry_needs_a_reason_and_none_is_made_ahead_of_time(room: Room):
    now_us = room.at("09:00")
    refused(lambda: room.attendance.come(ONE, by=ONE, came_us=now_us - LATE_ENTRY_US - 1), room, match="原因")
    refused(lambda: room.attendance.come(ONE, by=ONE, came_us=now_us + 1), room)
    room.attendance.come(ONE, by=ONE, came_us=us("06:30"), reason="账本没开")
    refused(lambda: room.attendance.leave(ONE, by=ONE, left_us=us("06:29"), reason="x"), room, match="到岗之前")


def test_what_is_noted_within_a_quarter_of_an_hour_needs_none(room: Room):
    now_us = room.at("06:45")
    assert room.attendance.come(ONE, by=ONE, came_us=now_us - LATE_ENTRY_US)


def test_what_is_older_than_a_week_is_noted_no_more(room: Room):
    room.clock.advance_to(8 * DAY_US)
    refused(lambda: room.attendance.come(ONE, by=ONE, came_us=DAY_US - 1, reason="忘了"), room)
    assert room.attendance.come(ONE, by=ONE, came_us=DAY_US, reason="忘了")


def test_a_forgotten_leaving_makes_nobody_present_for_days_and_must_be_told(room: Room):
    came_us = room.at("06:30")
    room.attendance.come(ONE, by=ONE)
    room.clock.advance_to(3 * DAY_US)
    assert room.attendance.attended().stays == {ONE: ((came_us, came_us + LONGEST_US),)}
    refused(lambda: room.attendance.leave(ONE, by=ONE), room, match="--at")
    room.attendance.leave(ONE, by=ONE, left_us=us("17:30"), reason="忘了")


def test_two_stays_of_a_person_never_overlap(room: Room):
    room.at("12:00")
    room.attendance.come(ONE, by=ONE, came_us=us("06:30"), reason="补")
    room.attendance.leave(ONE, by=ONE)
    refused(lambda: room.attendance.come(ONE, by=ONE, came_us=us("08:00"), reason="补"), room, match="重叠")
    assert room.attendance.come("engineer-2", by="engineer-2", came_us=us("08:00"), reason="补")


def test_times_are_corrected_with_a_reason_and_without_an_overlap(room: Room):
    room.at("12:00")
    room.attendance.come(ONE, by=ONE, came_us=us("06:30"), reason="补")
    room.attendance.leave(ONE, by=ONE)
    refused(lambda: room.attendance.correct("1", by="head-1", reason="看了门禁"), room)
    room.attendance.correct("1", by="head-1", came_us=us("06:50"), reason="看了门禁")
    assert room.attendance.attended().stays == {ONE: ((us("06:50"), us("12:00")),)}
    refused(lambda: room.attendance.correct("1", by="head-1", came_us=us("12:01"), reason="x"), room)


def test_an_absence_has_a_kind_is_noted_once_and_has_no_leaving(room: Room):
    room.attendance.absent(ONE, date(2026, 11, 23), "sick", by=ONE, reason="发热")
    refused(lambda: room.attendance.absent(ONE, date(2026, 11, 23), "sick", by="head-1"), room)
    refused(lambda: room.attendance.absent(ONE, date(2026, 11, 24), "tired", by=ONE), room, match="sick")
    refused(lambda: room.attendance.book.take("left", "1", by=ONE, left_us=0), room)
    assert room.attendance.attended().absences == {(ONE, "2026-11-23"): "sick 发热"}


def test_nobody_excuses_himself_for_a_day_long_past_but_the_head_may(room: Room):
    room.attendance.absent(ONE, date(2026, 11, 16), "sick", by=ONE)
    refused(lambda: room.attendance.absent(ONE, date(2026, 11, 15), "sick", by=ONE), room)
    room.attendance.absent(ONE, date(2026, 11, 15), "sick", by="head-1", reason="certificate")


def test_a_sheet_says_either_when_somebody_came_or_why_not(room: Room):
    refused(lambda: room.attendance.book.open(by=ONE, person=ONE, day="2026-11-23"), room)
    refused(lambda: room.attendance.book.open(by=ONE, person=ONE, day="2026-11-23", came_us=0, absence="sick"), room)


# Contacts.

WANG = {"name": "王工", "role": "厂家工程师", "telephone": "0311-85 123", "what_for": "主机"}


def test_a_contact_holds_until_its_last_day_or_until_it_is_withdrawn(room: Room):
    book = room.book(contact.FORM)
    book.open(by=ONE, **WANG, valid_until="2026-12-31")
    listed = lambda day: [sheet.values["name"] for sheet in contact.valid(book.sheets.values(), day)]  # noqa: E731
    assert (listed(date(2026, 12, 31)), listed(date(2027, 1, 1))) == (["王工"], [])
    book.take("withdrawn", "1", by=ONE, reason="离职")
    assert listed(date(2026, 12, 1)) == []


def test_a_change_changes_something_and_keeps_the_rest(room: Room):
    book = room.book(contact.FORM)
    book.open(by=ONE, **WANG)
    refused(lambda: book.take("changed", "1", by=ONE), room)
    refused(lambda: book.take("changed", "1", by=ONE, telephone="没有"), room)
    book.take("changed", "1", by=ONE, telephone="139")
    assert (book.named("1").values, book.named("1").state) == ({**WANG, "telephone": "139"}, "opened")


def test_nobody_stands_in_the_list_twice(room: Room):
    book = room.book(contact.FORM)
    book.open(by=ONE, **WANG)
    refused(lambda: book.open(by=ONE, **WANG), room, match="contact-0001")
    book.open(by=ONE, **{**WANG, "telephone": "139"})
    refused(lambda: book.take("changed", "2", by=ONE, telephone=WANG["telephone"]), room, match="contact-0001")


# Hand-over.


def test_a_hand_over_is_accepted_by_the_one_who_takes_over_and_by_nobody_else(room: Room):
    book = room.book(handover.FORM)
    refused(lambda: book.open(by=ONE, to=ONE), room)
    book.open(by=ONE, to="engineer-2", incidents=["incident-0001"], remarks="3号口慢")
    for other in (ONE, "head-1"):
        refused(lambda other=other: book.take("accepted", "1", by=other), room, match="engineer-2")
    book.take("accepted", "1", by="engineer-2", answer="知道了")
    assert (book.named("1").opened_by, book.named("1").by("accepted")) == (ONE, "engineer-2")


# Conduct.

BREACH = {"about": ONE, "matter": "breach", "what": "迟到", "day": "2026-11-23", "said_by": "护士长"}


def test_a_breach_is_followed_up_before_it_is_closed_and_not_by_whom_it_is_about(room: Room):
    book = room.book(conduct.FORM)
    book.open(by="head-1", **BREACH)
    refused(lambda: book.take("closed", "1", by="head-1", result="好了"), room, match="follow")
    refused(lambda: book.take("followed-up", "1", by=ONE, measure="我会早来"), room)
    book.take("followed-up", "1", by="head-1", measure="谈话")
    book.take("closed", "1", by="head-1", result="改正")


def test_a_commendation_may_be_closed_at_once_and_nobody_commends_himself(room: Room):
    book = room.book(conduct.FORM)
    refused(lambda: book.open(by=ONE, **{**BREACH, "matter": "commendation"}), room)
    book.open(by=ONE, **BREACH)  # one's own breach one may own up to
    book.open(by="nurse-1", **{**BREACH, "matter": "commendation"})
    book.take("closed", "2", by="head-1", result="通报表扬")


# Exports of data.

ASKED = {"what": "账本", "why": "审计", "recipient": "审计科", "carrier": ONE}


def test_an_export_is_allowed_by_neither_who_asks_nor_who_carries_it_out(room: Room):
    book = room.book(export.FORM)
    book.open(by="head-1", **ASKED)
    for own in ("head-1", ONE):
        refused(lambda own=own: book.take("allowed", "1", by=own, until_us=DAY_US), room)
    book.take("allowed", "1", by="facilities-1", until_us=DAY_US)


@pytest.mark.parametrize("until_us", [0, -1, export.LONGEST_US + 1])
def test_a_permission_ends_within_a_week(room: Room, until_us: int):
    book = room.book(export.FORM)
    book.open(by=ONE, **ASKED)
    refused(lambda: book.take("allowed", "1", by="head-1", until_us=until_us), room)


def test_an_export_is_carried_out_once_by_the_one_who_was_named_while_it_is_allowed(room: Room):
    book = room.book(export.FORM)
    done = {"rows": 5, "file": "a.jsonl"}
    book.open(by=ONE, **ASKED)
    refused(lambda: book.take("carried-out", "1", by=ONE, **done), room)
    book.take("allowed", "1", by="head-1", until_us=DAY_US)
    refused(lambda: book.take("carried-out", "1", by="engineer-2", **done), room, match=ONE)
    book.take("carried-out", "1", by=ONE, **done)
    refused(lambda: book.take("carried-out", "1", by=ONE, **done), room)
    book.take("destroyed", "1", by="head-1", how="删除，清空回收站")


def test_after_the_permission_has_ended_nothing_is_carried_out(room: Room):
    book = room.book(export.FORM)
    book.open(by=ONE, **ASKED)
    book.take("allowed", "1", by="head-1", until_us=us("12:00"))
    room.at("12:01")
    refused(lambda: book.take("carried-out", "1", by=ONE, rows=1, file="a"), room, match="过期")


# Exceptions for foreign equipment.


def test_an_exception_is_never_allowed_by_who_asks_and_ends_with_its_last_day(room: Room):
    book = room.book(exception.FORM)
    book.open(by="head-1", thing="scanner-x", why="没有国产替代")
    refused(lambda: book.open(by=ONE, thing="scanner-x", why="再一次"), room, match="exception-0001")
    refused(lambda: book.take("allowed", "1", by="head-1"), room)
    book.take("allowed", "1", by="facilities-1", valid_until="2026-12-31")
    assert set(exception.allowed(book.sheets.values(), date(2026, 12, 31))) == {"scanner-x"}
    assert exception.allowed(book.sheets.values(), date(2026, 12, 31) + timedelta(days=1)) == {}


def test_a_refused_or_withdrawn_exception_makes_room_for_a_new_one(room: Room):
    book = room.book(exception.FORM)
    book.open(by=ONE, thing="x", why="a")
    book.take("refused", "1", by="head-1", reason="有国产的")
    book.open(by=ONE, thing="x", why="b")
    book.take("allowed", "2", by="head-1")
    book.take("withdrawn", "2", by="head-1", reason="换掉了")
    assert exception.allowed(book.sheets.values(), date(2026, 11, 23)) == {}
