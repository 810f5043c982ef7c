"""All figures of a period, beside the period before and the year so far, and as the four reports freeze them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from caixue.day import Incident
from caixue.events import Event
from caixue.months.book import Book, book_of
from caixue.months.catalogue import FIGURES, of_report
from caixue.months.corrections import Late, late_for
from caixue.months.entries import counted
from caixue.months.rows import REPORTS, MonthFigure, Value
from caixue.months.trouble import closed
from caixue.ops.accounting import Period
from caixue.ops.closing import Closings, canonical
from caixue.site import Site

NAMED = 1000  # late entries that a draft names: a ledger that was away for a day brings thousands, and a draft is one entry of 60,000 bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a period, with the same figure of the period before and of the year so far."""

    figure: MonthFigure
    value: Value
    before: Value
    year: Value


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The figures of one period as they stand at its cut-off; without one, as everything noted so far tells them."""

    period: Period
    lines: tuple[Line, ...]
    repairs: tuple[Mapping[str, Any], ...]  # the records closed in the period (C6.2)
    corrections: tuple[Late, ...]  # of periods that were cut off before, noted since

    def value(self, name: str) -> Value:
        """One figure. Raises KeyError for an unknown one."""
        return next(line.value for line in self.lines if line.figure.name == name)

    def reports(self) -> dict[str, Any]:
        """What a draft freezes: each report's figures; repair records and late entries, which may be many, by their names and a digest.

        Of late entries those are named that change a figure or cannot be reckoned with, the first NAMED of them; number and digest are of all.
        """
        values = {line.figure.name: line for line in self.lines}
        found: dict[str, Any] = {}
        for report in REPORTS:
            names = [row.name for row in of_report(report)]
            found[report] = {name: _frozen(values[name], report, self.period) for name in names}
        found["C6.2"] |= {"repairs": [each["incident"] for each in self.repairs], "sha256": _digest(self.repairs)}
        told = [f"{one.period} {one.event.seq}" for one in self.corrections if one.effect or not one.readable]
        late = {"corrections": told[:NAMED], "late": len(self.corrections), "sha256": _digest([one.data() for one in self.corrections])}
        found["C6.3"] |= late
        return found


class Ledgers:
    """The figures of one site's periods from its entries; reads them once."""

    def __init__(self, events: Iterable[Event], site: Site, start: datetime, closings: Closings, now_us: int) -> None:
        self.entries = list(events)
        self.site = site
        self.start = start
        self.closings = closings
        self.now_us = now_us
        self._values: dict[tuple[Any, ...], Mapping[str, Value]] = {}

    def book(self, period: Period | tuple[int, int], cut: int | None) -> Book:
        """The book of a period, of the entries up to number `cut`."""
        return book_of(counted(self.entries, self.start, cut), self.site, self.start, period, self.now_us)

    def figures(self, period: Period) -> MonthFigures:
        """All figures of `period`."""
        cut = self.closings.of(period).seq
        own, before, year = self.values(period, cut), self._before(period, cut), self._year_so_far(period, cut)
        lines = tuple(Line(row, own[name], before.get(name), year[name]) for name, row in FIGURES.items())
        repairs = tuple(record_of(one) for one in closed(self.book(period, cut)))
        return MonthFigures(period, lines, repairs, tuple(self.corrections(period)))

    def corrections(self, period: Period) -> Iterator[Late]:
        """What was noted about periods that were cut off earlier, after the cut-off before this one and up to its own."""
        yield from late_for(period, self)

    def values(self, period: Period | tuple[int, int], cut: int | None) -> Mapping[str, Value]:
        """Every figure of a period by the entries up to number `cut`."""
        key = (period, cut)
        if key not in self._values:
            self._values[key] = values_of(self.book(period, cut))
        return self._values[key]

    def _before(self, period: Period, cut: int | None) -> Mapping[str, Value]:
        """Those of the period before, by the cut-off that it had at entry `cut`; nothing before the record began."""
        before = period.before
        return self.values(before, self.closings.cut_of(before, cut)) if before.span_us(self.start)[1] > 0 else {}

    def _year_so_far(self, period: Period, cut: int | None) -> Mapping[str, Value]:
        from_us, until_us = Period(period.year).span_us(self.start)[0], period.span_us(self.start)[1]
        return self.values((from_us, until_us), cut)


def values_of(book: Book) -> dict[str, Value]:
    """Every figure of a book, in the order of the catalogue."""
    return {name: row.value(book) for name, row in FIGURES.items()}


def record_of(incident: Incident) -> dict[str, Any]:
    """The repair record of an incident (C6.2); instants in microseconds since the record's start, -1 for what did not happen."""
    times = ("opened_us", "occurred_us", "reported_us", "detected_us", "on_site_us", "diagnosed_us", "restored_us", "closed_us")
    words = ("device", "window", "symptom", "found", "action", "part", "verified_by")
    return {"incident": incident.id, "class": incident.class_, **{name: getattr(incident, name) for name in (*words, *times)}}


def _frozen(line: Line, report: str, period: Period) -> dict[str, Value]:
    """The annual report tells the year so far; the others the period beside the one before."""
    return {"value": line.year} if report == "C6.4" else {"value": line.value, "before": line.before}


def _digest(rows: Iterable[Mapping[str, Any]]) -> str:
    return hashlib.sha256(canonical(list(rows)).encode()).hexdigest()
