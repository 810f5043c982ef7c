"""The numbers of one day (contract C6.3): patients, tubes, waits and hours, noted at its end, for the ledger itself knows no patient.

Numbers and nothing else: no person, no tube. What they are counted from is `caixue.months.counting`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.units import nearest

KINDS = ("day.counted",)
# What a day's numbers may be; times in seconds, hours in hours. None: the day had no sample.
NUMBERS = (
    *("patients", "served", "left", "tubes", "voided", "crossed", "duplicate", "unverified"),
    *("wait_p90_s", "stay_p90_s", "transport_p95_s", "window_h", "collecting_h"),
)


class DailyCounts:
    """The days of one record, which began at `start`: each is counted once. It notes events and changes by hearing them."""

    def __init__(self, recorder: Recorder, site: str, start: datetime, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.site = site
        self.start = start
        self.days: dict[date, Mapping[str, float | None]] = {}
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def note(self, day: date, numbers: Mapping[str, float | None], *, by: str, op: str = "") -> list[Event]:
        """Note the numbers of `day`. Raises UsageError for a day that is counted already or lies outside the record, and for what is no number."""
        with self.recorder.turn():
            if not self.recorder.done(op):
                self._check_day(day)
            events = self.recorder.note_all(
                [Draft("day.counted", self.site, {"date": day.isoformat(), **_checked(numbers)})], actor=by, op=op
            )
            for event in events:
                self.hear(event)
            return events

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing."""
        if event.kind in KINDS and event.seq > self._heard:
            self._heard = event.seq
            self.days[date.fromisoformat(event.data["date"])] = {name: event.data.get(name) for name in NUMBERS}

    def _check_day(self, day: date) -> None:
        now = self.start + timedelta(microseconds=self.recorder.clock.monotonic_us())
        if day in self.days:
            raise UsageError(
                tr(f"{day} 已经计过数；改错用 caixue ledger correct", f"{day} is counted already; mend it with caixue ledger correct")
            )
        if not self.start.astimezone(SHANGHAI).date() <= day <= now.astimezone(SHANGHAI).date():
            raise UsageError(tr(f"{day} 不在账本的时间里", f"{day} lies outside the record"))


def _checked(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    for name, value in numbers.items():
        if name not in NUMBERS:
            raise UsageError(tr(f"没有“{name}”这个数", f"there is no number {name}") + nearest(name, NUMBERS))
        if value is not None and (type(value) not in (int, float) or not math.isfinite(value) or value < 0):
            raise UsageError(tr(f"{name}：{value!r} 不是 0 以上的数", f"{name}: {value!r} is no number from 0 on"))
    return dict(numbers)
