"""Keeping attendance (contract R1, R4): people come, leave, or are away for a reason; who was there is folded from the sheets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.dating import day_of, record_start, today
from caixue.ops.forms.attendance import FORM, OLDEST_US, open_stay
from caixue.ops.presence import Attended
from caixue.ops.sheets import Sheets
from caixue.roles import HEAD


class Attendance:
    """The attendance sheets of one site; they note events and hear them."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.book = Sheets(FORM, recorder, people, followed)

    def come(self, person: str, *, by: str, came_us: int | None = None, reason: str = "", op: str = "") -> list[Event]:
        """`person` has come, now or at `came_us`. Raises UsageError for what the form refuses: late without a reason, twice, in the future."""
        with self.recorder.turn():
            us = self._when_us(op, "came_us", came_us)
            day = day_of(us, record_start(self.recorder.clock))
            return self.book.open(by=by, op=op, person=person, day=day, came_us=us, reason=reason)

    def leave(self, person: str, *, by: str, left_us: int | None = None, reason: str = "", op: str = "") -> list[Event]:
        """`person` leaves, now or at `left_us`. Raises UsageError where he is not there, and for what the form refuses."""
        with self.recorder.turn():
            known = self.recorder.done(op)
            stay = self.book.named(known[0].subject) if known else open_stay(self.book.sheets, person)
            if stay is None:
                raise UsageError(tr(f"{person} 没有到岗记录", f"{person} has not come, as far as is noted"))
            return self.book.take("left", stay.number, by=by, op=op, left_us=self._when_us(op, "left_us", left_us), reason=reason)

    def absent(self, person: str, day: date, absence: str, *, by: str, reason: str = "", op: str = "") -> list[Event]:
        """`person` is away on `day`, for one of the form's ABSENCES.

        Raises UsageError for what the form refuses, and for a day more than 7 days ago unless the head of department notes it.
        """
        with self.recorder.turn():
            now = today(self.recorder.clock)
            old = now - day > timedelta(microseconds=OLDEST_US)
            if old and self.book.people.get(by) != HEAD and not self.recorder.done(op):
                raise UsageError(tr("7 天以前的缺勤由科室负责人补记", "an absence more than 7 days ago is noted by the head of department"))
            return self.book.open(by=by, op=op, person=person, day=day, absence=absence, reason=reason)

    def correct(
        self, number: str, *, by: str, reason: str, came_us: int | None = None, left_us: int | None = None, op: str = ""
    ) -> list[Event]:
        """The head of department corrects the times of a sheet. Raises UsageError without a reason, and for what the form refuses."""
        return self.book.take("corrected", number, by=by, op=op, reason=reason, came_us=came_us, left_us=left_us)

    def attended(self) -> Attended:
        """What the sheets say now."""
        return Attended.of(self.book.sheets.values(), self.recorder.clock.monotonic_us())

    def _when_us(self, op: str, key: str, said_us: int | None) -> int:
        """The instant that was said, or now; an operation that is sent again keeps its first now."""
        if said_us is not None:
            return said_us
        known = self.recorder.done(op)
        return int(known[0].data[key]) if known and key in known[0].data else self.recorder.clock.monotonic_us()
