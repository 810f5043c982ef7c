"""Months and years of one journal: how far each is closed, what its figures are, and its drafts with these figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.months.figures import Ledgers, MonthFigures
from caixue.ops.accounting import Period
from caixue.ops.closing import Closings
from caixue.site import Site


class Months:
    """The closings of a record that began at `start`, and its figures. `events` gives every entry of the journal so far."""

    def __init__(self, recorder: Recorder, site: Site, start: datetime, followed: Followed, events: Callable[[], Iterable[Event]]) -> None:
        self.site = site
        self.start = start
        self.closings = Closings(recorder, {person.name: person.role for person in site.people}, start, followed)
        self._clock = recorder.clock
        self._events = events

    def figures(self, period: Period) -> MonthFigures:
        """The figures of `period`: by its cut-off, or as they stand now. Raises UsageError for a period that the record does not reach."""
        from_us, until_us = period.span_us(self.start)
        if until_us == 0 or from_us > self._clock.monotonic_us():
            raise UsageError(tr(f"账本里没有 {period}", f"the record has no {period}"))
        return self._ledgers().figures(period)

    def cut_off(self, period: Period, *, by: str, op: str = "") -> list[Event]:
        """See `Closings.cut_off`."""
        return self.closings.cut_off(period, by=by, op=op)

    def draft(self, period: Period, *, by: str, op: str = "") -> list[Event]:
        """Freeze the figures of the cut-off in a draft. Raises UsageError as `Closings.draft`; figures are reckoned before anybody is kept waiting."""
        seq = self.closings.of(period).seq
        reports = {} if seq is None else self.figures(period).reports()
        return self.closings.draft(period, reports, seq=-1 if seq is None else seq, by=by, op=op)

    def _ledgers(self) -> Ledgers:
        return Ledgers(self._events(), self.site, self.start, self.closings, self._clock.monotonic_us())
