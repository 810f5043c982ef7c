"""The roster (contract R1, R2): who is to be on site when, by the shift, the clinic's hours on days off, and leave with its substitute.

All pure. Times are microseconds since the record's start; what lies before it is owed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from caixue.clock import SHANGHAI
from caixue.counted_time import merged
from caixue.ops.dating import day_of
from caixue.ops.leave import Leave
from caixue.roles import ENGINEER
from caixue.site_model import Opening, Shift, Site
from caixue.workdays import Calendar

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is to be on site when: the resident engineer, and in his leave the named substitute."""

    shift: Shift
    opening: Opening
    calendar: Calendar
    resident: str
    leaves: tuple[Leave, ...]
    start: datetime  # of the record

    @classmethod
    def of(cls, site: Site, leaves: Iterable[Leave], start: datetime) -> Roster:
        """The roster of a site; its resident is the first engineer of its file (docs/assumptions.md A-203)."""
        return cls(site.shift, site.opening, site.calendar, resident_of(site), tuple(leaves), start)

    def midnight_us(self, day: date) -> int:
        """When that day begins."""
        return (datetime.combine(day, time(), SHANGHAI) - self.start) // timedelta(microseconds=1)

    def day_of(self, at_us: int) -> date:
        """The day in Shanghai that holds that instant."""
        return day_of(at_us, self.start)

    def hours(self, day: date) -> tuple[Span, ...]:
        """When somebody must be on site: the shift on workdays, also on those made up for; the clinic's hours on other days (R2)."""
        kind, midnight_us = self.calendar.day_kind(day), self.midnight_us(day)
        spans = self.shift.workday if kind.works else self.opening.on(kind)
        return merged((max(0, midnight_us + span.start_us), midnight_us + span.end_us) for span in spans)

    def owed(self, person: str, day: date) -> tuple[Span, ...]:
        """When that person must be on site: as the resident who is not on leave, or as the substitute of one who is."""
        if person == self.resident:
            return without(self.hours(day), self._away(person))
        return common(self.hours(day), [(one.from_us, one.until_us) for one in self._mine() if one.substitute == person])

    def leave(self, person: str, day: date) -> tuple[Span, ...]:
        """The hours that the resident owes to leave."""
        return common(self.hours(day), self._away(person)) if person == self.resident else ()

    def on_duty(self, day: date) -> list[tuple[str, tuple[Span, ...]]]:
        """Who must be there on that day, and when."""
        names = [self.resident, *(one.substitute for one in self._mine())]
        duties = ((name, self.owed(name, day)) for name in dict.fromkeys(names) if name)
        return [(name, spans) for name, spans in duties if spans]

    def substitutes(self, day: date) -> tuple[str, ...]:
        """Who stands in on that day."""
        return tuple(name for name, _ in self.on_duty(day) if name != self.resident)

    def _mine(self) -> Iterator[Leave]:
        return (one for one in self.leaves if one.person == self.resident)

    def _away(self, person: str) -> tuple[Span, ...]:
        return merged((one.from_us, one.until_us) for one in self.leaves if one.person == person)


def resident_of(site: Site) -> str:
    """The resident engineer: the first of the site's file; empty where there is none."""
    return next((person.name for person in site.people if person.role == ENGINEER), "")


def until(spans: Iterable[Span], now_us: int) -> tuple[Span, ...]:
    """The part of the time that is over at `now_us`."""
    return merged((from_us, min(until_us, now_us)) for from_us, until_us in spans)


def common(these: Iterable[Span], those: Iterable[Span]) -> tuple[Span, ...]:
    """The time that is in both."""
    those = tuple(those)
    return merged((max(a, c), min(b, d)) for a, b in these for c, d in those)


def without(these: Iterable[Span], cuts: Iterable[Span]) -> tuple[Span, ...]:
    """The time that is in these and in no cut."""
    left = tuple(these)
    for cut_from, cut_until in cuts:
        left = merged(part for a, b in left for part in ((a, min(b, cut_from)), (max(a, cut_until), b)))
    return left


def length(spans: Iterable[Span]) -> int:
    """How long they are together."""
    return sum(until_us - from_us for from_us, until_us in spans)
