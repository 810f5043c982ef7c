"""The thread that counts the days (contract C6.3): it reads the window programs' journals once a day is over, beside the agent's loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from caixue.agent.lines import Asking, Broken, Counted, Mailbox, Uncounted
from caixue.clock import SHANGHAI, US_PER_S, RecordClock
from caixue.errors import UsageError
from caixue.months.counting import midnight_of
from caixue.months.day_end import numbers_at_end
from caixue.site import Site

LOOK_S = 600.0  # between two looks at the present day; docs/assumptions.md A-253
AGAIN_US = 6 * 3600 * US_PER_S  # between two looks at an earlier one, whose journals a person may have mended; A-253
BACK_DAYS = 7  # after so many days without an agent a person counts; A-253
_US = timedelta(microseconds=1)


class DayLine(Asking):
    """Looks whether a day is over that nobody has counted; `counted` tells which are. What it finds is news for the main loop."""

    vital = False  # a day that is counted late harms nobody

    def __init__(self, journals: Sequence[Path], site: Site, clock: RecordClock, counted: Callable[[date], bool], mailbox: Mailbox) -> None:
        super().__init__("days", LOOK_S, clock, mailbox)
        self._journals = tuple(dict.fromkeys(path.resolve() for path in journals))  # one that is named twice counts once
        self._site = site
        self._record = clock
        self._counted = counted
        self._again_us: dict[date, int] = {}

    def round(self) -> None:
        """Look once; a mistake of the program's own is said, and costs the counting alone."""
        now = self._now()
        for day in self._wanted(now):
            try:
                self._look(day, (now - midnight_of(day)) // _US)
            except Exception as error:
                self._mailbox.put(Broken(self.name, f"{type(error).__name__}: {error}"))
        self.progress_us = self._clock.monotonic_us()
        self.rounds += 1

    def _now(self) -> datetime:
        """A day is over when both the record's time and the computer's clock say so: a clock that was set wrong ends none."""
        return min(self._record.now(), self._record.wall()).astimezone(SHANGHAI)

    def _wanted(self, now: datetime) -> Iterator[date]:
        """The days of the record that nobody has counted and that are to be looked at now, the earliest first."""
        today, begun, now_us = now.date(), self._record.start.astimezone(SHANGHAI).date(), self._clock.monotonic_us()
        for day in (today - timedelta(days=back) for back in range(BACK_DAYS, -1, -1)):
            if day >= begun and not self._counted(day) and now_us >= self._again_us.get(day, 0):
                if day < today:
                    self._again_us[day] = now_us + AGAIN_US
                yield day

    def _look(self, day: date, now_us: int) -> None:
        try:
            numbers = numbers_at_end(self._journals, day, self._site, now_us)
        except UsageError as error:
            self._mailbox.put(Uncounted(day, str(error)))
            return
        self._mailbox.put(Uncounted(day, "") if numbers is None else Counted(day, numbers))
