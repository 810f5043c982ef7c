"""What the figures of one period rest on: its entries, the record folded from everything up to its end, and the site's calendar and readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from caixue.availability import opening_on
from caixue.clock import SHANGHAI
from caixue.day import NEVER, DayRecord, Incident
from caixue.events import Event
from caixue.folding import Folder
from caixue.intervals import Intervals, intervals
from caixue.metrics import Basis
from caixue.ops.accounting import Period
from caixue.site import Site
from caixue.sla import Deadlines

_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Book:
    """One period of a record; `events` are all up to its end, in the order of their instants. Incidents that were drills are left out."""

    site: Site
    start: datetime
    from_us: int
    until_us: int
    events: Sequence[Event]
    record: DayRecord
    basis: Basis
    opening: Intervals  # the hours of the site's calendar in the period

    def of(self, *kinds: str) -> Iterator[Event]:
        """The entries of these kinds in the period."""
        return (event for event in self.events if event.kind in kinds and event.at_us >= self.from_us)

    def holds(self, at_us: int) -> bool:
        """Whether an instant that has come lies in the period."""
        return at_us != NEVER and self.from_us <= at_us < self.until_us

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The real incidents up to the period's end, earlier ones too."""
        return tuple(incident for incident in self.record.incidents if not incident.drill)

    def only(self, incidents: Sequence[Incident]) -> DayRecord:
        """The record with these incidents alone."""
        return replace(self.record, incidents=tuple(incidents))

    def day_of(self, at_us: int) -> date:
        """The day in Shanghai of an instant."""
        return (self.start + at_us * _US).astimezone(SHANGHAI).date()

    def days(self) -> Iterator[date]:
        """Every day that lies in the period, in part at least."""
        if self.from_us >= self.until_us:
            return
        day, last = self.day_of(self.from_us), self.day_of(self.until_us - 1)
        while day <= last:
            yield day
            day += timedelta(days=1)


def book_of(events: Sequence[Event], site: Site, start: datetime, period: Period | tuple[int, int], now_us: int) -> Book:
    """The book of `period` from entries in the order of their instants (`caixue.months.entries.counted`), as known at `now_us` at the latest."""
    from_us, until_us = period.span_us(start) if isinstance(period, Period) else period
    until_us = max(from_us, min(until_us, now_us))
    known = [event for event in events if event.at_us < until_us]
    folder = Folder()
    folder.add(Event(0, 0, "record.started", site.name, data={"windows": [window.name for window in site.windows]}))
    for event in known:
        if event.kind != "record.started":
            folder.add(event)
    book = Book(site, start, from_us, until_us, known, folder.day(until_us), Basis.of(Deadlines.of(site), start), intervals())
    opening = _opening(book)
    return replace(book, opening=opening, record=replace(book.record, opening=opening))


def _opening(book: Book) -> Intervals:
    spans = [opening_on(book.site, day, book.start, book.until_us) for day in book.days()]
    own = np.concatenate((intervals(), *spans))
    return intervals(np.maximum(own, book.from_us)) if len(own) else own
