"""The eight windows of a real site (contract G4, R5.2, R5.3): minutes below eight by day, from the events of its ledger alone.

The figure is that of a twin's day (`caixue.measures.windows`), over the opening hours of the site's calendar. Time in which no
agent watched the room is told beside it: what nobody saw is neither kept nor breached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from caixue.clock import SHANGHAI, Clock, SystemClock
from caixue.day import DayRecord
from caixue.events import Event
from caixue.folding import Folder
from caixue.intervals import Intervals, intervals, subtraction, total_us
from caixue.ledger import open_ledger
from caixue.measures.statistics import Basis
from caixue.measures.windows import below_required_s, usable_min
from caixue.site import Site
from caixue.sla import Deadlines

CLAUSE = "R5.3"
KINDS = (
    *("window.blocked", "window.restored", "incident.opened", "incident.merged", "incident.reclassified", "incident.paused", "incident.resumed"),
    *("incident.acknowledged", "incident.on-site", "incident.diagnosed", "incident.restored", "incident.closed"),
    *("agent.started", "agent.stopped"),
)
_US = timedelta(microseconds=1)
_US_PER_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class DayAvailability:
    """One day of a site: how long it was open, how long with fewer than eight usable windows outside running clocks, how long unwatched."""

    day: date
    open_us: int
    below_us: int
    unwatched_us: int
    fewest: int | None  # usable windows at one time; None where the site was not open

    @property
    def verdict(self) -> str:
        """Whether the day keeps R5.3; "no-data" where it would, and part of it was not watched."""
        return "fail" if self.below_us else "no-data" if self.unwatched_us or not self.open_us else "pass"

    def data(self) -> dict[str, Any]:
        """The day as plain data, in minutes."""
        minutes = {f"{name}_min": round(us / _US_PER_MINUTE, 1) for name, us in self._spans()}
        return {"day": self.day.isoformat(), **minutes, "fewest": self.fewest, "clause": CLAUSE, "verdict": self.verdict}

    def _spans(self) -> Iterator[tuple[str, int]]:
        yield from (("open", self.open_us), ("below", self.below_us), ("unwatched", self.unwatched_us))


def by_day(events: Iterable[Event], site: Site, start: datetime, end_us: int) -> tuple[DayAvailability, ...]:
    """Every day of the record that began at `start`, up to `end_us`, by the site's readings. Pure."""
    events, folder = list(events), Folder()
    folder.add(Event(0, 0, "record.started", site.name, data={"windows": [window.name for window in site.windows]}))
    for event in events:
        folder.add(event)
    record, basis = folder.day(end_us), Basis.of(Deadlines.of(site), start)
    seen = watched(events, end_us)
    return tuple(_day(record, basis, day, opening_on(site, day, start, end_us), seen) for day in _days(start, end_us))


def of_ledger(place: str | Path, site: Site, clock: Clock | None = None) -> tuple[DayAvailability, ...]:
    """The same from the ledger at `place`. Raises UsageError where there is none, LedgerError where it cannot be read."""
    people = {person.name: person.role for person in site.people}
    with open_ledger(place, site=site.name, people=people, clock=clock or SystemClock(), create=False) as ledger:
        return by_day(ledger.events(KINDS), site, ledger.start, ledger.clock.monotonic_us())


def _day(record: DayRecord, basis: Basis, day: date, opening: Intervals, watched: Intervals) -> DayAvailability:
    own = replace(record, opening=opening)
    below_s, fewest = below_required_s(own, basis), usable_min(own, basis)
    return DayAvailability(
        day,
        total_us(opening),
        round((below_s or 0.0) * 1_000_000),
        total_us(subtraction(opening, watched)),
        None if fewest is None else round(fewest),
    )


def _days(start: datetime, end_us: int) -> Iterator[date]:
    day, last = start.astimezone(SHANGHAI).date(), (start + end_us * _US).astimezone(SHANGHAI).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def opening_on(site: Site, day: date, start: datetime, end_us: int) -> Intervals:
    """The opening hours of that day as far as the record goes, in microseconds since its start."""
    midnight_us = (datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) - start) // _US
    spans = [(max(0, midnight_us + span.start_us), min(end_us, midnight_us + span.end_us)) for span in site.opening_on(day)]
    return intervals([span for span in spans if span[1] > span[0]])


def watched(events: Sequence[Event], end_us: int) -> Intervals:
    """When an agent ran: from each start to its stop, or until the next start says how long none had run."""
    spans, since_us = [], None
    for event in events:
        if event.kind == "agent.started":
            if since_us is not None:
                spans.append((since_us, event.at_us - (event.data.get("down_us") or 0)))
            since_us = event.at_us
        elif event.kind == "agent.stopped" and since_us is not None:
            spans.append((since_us, event.at_us))
            since_us = None
    return intervals([*spans, *([(since_us, end_us)] if since_us is not None else [])])
