"""The month's side of the audit: the figures that were drafted and signed, beside the same figures counted from what really happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from caixue.day import NEVER as UNKNOWN
from caixue.day import DayRecord, Incident
from caixue.ledger import Ledger
from caixue.metrics import Basis
from caixue.ops.accounting import Period
from caixue.site import Site
from twin.audit_rows import Row, Span, below_required_us, by_item, clock_start, counts, deadline_us, first_visits, lost_spans
from twin.truth import Truth

US_PER_H = 3_600_000_000
DIGITS = 6  # to which a figure of a month is rounded
_US = timedelta(microseconds=1)


def at_the_months_end(ledger: Ledger, day: DayRecord, truth: Truth, site: Site, basis: Basis, start: datetime) -> Iterator[Row]:
    """The rows of the one month that a run has closed; none where it closed none, or goes on beyond it."""
    drafts = {event.subject: event.data["reports"] for event in ledger.events({"month.drafted"})}
    if len(drafts) == 1 and drafts.keys() == truth.desk.by_month.keys():
        ((name, reports),) = drafts.items()
        yield from _Month(Period.named(name), reports, day, truth, site, basis, start).rows()


class _Month:
    """One month of a run."""

    def __init__(
        self, period: Period, reports: Mapping[str, Any], day: DayRecord, truth: Truth, site: Site, basis: Basis, start: datetime
    ) -> None:
        self.period, self.reports, self.day, self.truth = period, reports, day, truth
        self.site, self.basis, self.start = site, basis, start
        self.until_us = (datetime.combine(period.after, time(), start.tzinfo) - start) // _US
        self.incidents = [each for each in day.incidents if each.id not in truth.desk.drills and each.opened_us < self.until_us]

    def rows(self) -> Iterator[Row]:
        """Every figure of the month that the room knows too, in groups."""
        yield self._row("people", "月报：人数与效率", "the month's people", "C6.3", self._people())
        yield self._row("faults", "月报：故障", "the month's faults", "C6.3", self._faults())
        yield self._row("windows", "月报：窗口", "the month's windows", "R5.2", self._windows())
        if not any(each.pauses for each in self.incidents) and self.site.readings.working_day == "end of next working day":
            yield self._row("sla", "月报：时限", "the month's deadlines", "R3", self._deadlines())
        yield self._row("supply", "月报：耗材与备件", "the month's supplies", "C4", self._supply())
        yield self._row("duties", "月报：职责", "the month's duties", "C6.1", self._duties())
        yield self._row("presence", "月报：出勤", "the month's attendance", "R4", self._presence())

    def _row(self, name: str, zh: str, en: str, clause: str, really: Mapping[str, Any]) -> Row:
        """All these figures as every report has them: the year so far is this month."""
        said = {figure: self._said(figure) for figure in really}
        return Row(f"month.{name}", zh, en, clause, said, {figure: _rounded(value) for figure, value in really.items()})

    def _said(self, figure: str) -> Any:
        """What the reports say of a figure; where they do not agree, all that they say."""
        values = [report[figure]["value"] for report in self.reports.values() if figure in report]
        return values[0] if values and all(value == values[0] for value in values) else values

    def _people(self) -> Mapping[str, Any]:
        days = self.truth.desk.days.values()
        served, tubes, staffed_us = sum(day.served for day in days), sum(day.tubes for day in days), self.truth.desk.staffed.total_us
        return {
            "days.counted": len(days),
            "patient.count": sum(day.patients for day in days),
            "patient.served": served,
            "tube.labelled": tubes,
            "collection.per_window_h": served / (staffed_us / US_PER_H) if staffed_us else None,
            "fault.rate": len(self.incidents) * 1000 / tubes if tubes else None,
        }

    def _faults(self) -> Mapping[str, Any]:
        lines, visits = self.truth.desk.by_month[str(self.period)], first_visits(self.truth, "works_us")
        return {
            "incident.count": lines.get("incident.opened", 0) - len(self.truth.desk.drills),
            "incident.drills": len(self.truth.desk.drills),
            "incident.open": len(self.incidents) - len(visits),
            "startup.count": self.truth.switched_on + self.truth.switched_off,
        }

    def _windows(self) -> Mapping[str, Any]:
        opening = self._opening()
        lost = lost_spans(self.truth, self.site, self.basis, self.until_us)
        open_us = sum(b - a for a, b in opening)
        down_us = sum(max(0, min(b, d) - max(a, c)) for a, b in lost for c, d in opening)
        below_us = below_required_us(lost, self.incidents, opening, self.truth, self.site, self.basis, self.until_us)
        return {
            "open.hours": open_us / US_PER_H,
            "window.available.share": 1 - down_us / (open_us * len(self.site.windows)),
            "window.below_eight.minutes": below_us / 60e6,
        }

    def _opening(self) -> Sequence[Span]:
        """The hours of the site's calendar from the start until the end of the month, day by day."""
        found, day = [], self.start.date()
        while day < self.period.after:
            found += [(max(0, from_us), until_us) for from_us, until_us in self._hours(day) if until_us > 0]
            day += timedelta(days=1)
        return found

    def _hours(self, day: date) -> Iterator[Span]:
        midnight_us = (datetime.combine(day, time(), self.start.tzinfo) - self.start) // _US
        for span in self.site.opening_on(day):
            yield midnight_us + span.start_us, midnight_us + span.end_us

    def _deadlines(self) -> Mapping[str, Any]:
        works = first_visits(self.truth, "works_us")
        mended = [each for each in self.incidents if each.id in works]
        in_time = [each for each in mended if works[each.id] <= self._due_us(each)]
        late = [each for each in self.incidents if works.get(each.id, self.until_us) > self._due_us(each)]
        longest: dict[str, float] = {}
        for each in mended:
            took_s = (works[each.id] - clock_start(each, self.truth)) / 1e6
            longest[each.class_] = max(took_s, longest.get(each.class_, took_s))
        return {
            "sla.restored": counts(Counter(each.class_ for each in mended)),
            "sla.in_time": counts(Counter(each.class_ for each in in_time)),
            "sla.breached": counts(Counter(each.class_ for each in late)),
            "sla.longest": longest,
            "response.count": sum(each.on_site_us != UNKNOWN for each in self.incidents),
        }

    def _due_us(self, incident: Incident) -> int:
        return deadline_us(incident, clock_start(incident, self.truth), self.site, self.start)

    def _supply(self) -> Mapping[str, Any]:
        truth = self.truth
        fitted = counts(truth.fitted)
        return {
            "consumable.put_in": counts(by_item(truth.loaded)),
            "stock.received": counts(truth.received),
            "spare.used": fitted,
            "part.replaced": fitted,
        }

    def _duties(self) -> Mapping[str, Any]:
        done = self.truth.desk.done
        names = {
            "inspection.rounds": "inspection.finished",
            "inspection.findings": "inspection.finding",
            "inspection.closed": "inspection.finding-closed",
            "backup.made": "backup.made",
            "backup.checked": "backup.checked",
            "backup.drilled": "backup.drilled",
            "training.held": "training.held",
            "training.passed": "training.passed",
            "training.failed": "training.failed",
            "feedback.count": "feedback.opened",
            "feedback.closed": "feedback.closed",
            "drill.count": "drill.carried-out",
        }
        return {figure: done[act] for figure, act in names.items()}

    def _presence(self) -> Mapping[str, Any]:
        """Days on which each person came, and hours of leave, as far as they lie in the month."""
        came = {(stay.person, stay.day) for stay in self.truth.desk.stays if stay.came_us < self.until_us}
        leave = Counter[str]()
        for one in self.truth.desk.away:
            leave[one.person] += max(0, min(one.until_us, self.until_us) - max(0, one.from_us))
        hours = {person: us / US_PER_H for person, us in leave.items() if us}
        return {"attendance.days": counts(Counter(person for person, _ in came)), "leave.hours": hours}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(value[name]) for name in sorted(value)}
    return round(value, DIGITS) if isinstance(value, float) else value
