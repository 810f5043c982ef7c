"""One figure of a run from both sides, and the walk along the room's time that several of them need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from caixue.day import NEVER as UNKNOWN
from caixue.day import Incident
from caixue.lang import tr
from caixue.metrics import Basis
from caixue.site import Site
from twin.truth import NEVER, Truth

Span = tuple[int, int]
GENERAL = "一般"
HALF_HOUR_US = 30 * 60 * 1_000_000
WORKING_DAYS = {"较大": 1, "重大": 3}
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure from both sides."""

    name: str
    zh: str
    en: str
    clause: str
    ledger: Any
    truth: Any

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same."""
        return bool(self.ledger == self.truth)

    def __str__(self) -> str:
        return tr(f"{self.zh}：账本 {self.ledger}，实际 {self.truth}", f"{self.en}: the ledger says {self.ledger}, it was {self.truth}")

    def to_json(self) -> dict[str, Any]:
        """The row for result.json."""
        return {"name": self.name, "clause": self.clause, "ledger": self.ledger, "truth": self.truth, "agrees": self.agrees}


def first_visits(truth: Truth, column: str) -> dict[str, int]:
    """The first such instant of each incident that was one."""
    found: dict[str, int] = {}
    for visit in truth.visits:
        at_us = getattr(visit, column)
        if at_us != NEVER and visit.incident not in truth.desk.drills:
            found.setdefault(visit.incident, at_us)
    return dict(sorted(found.items()))


def clock_start(incident: Incident, truth: Truth) -> int:
    """The first call that reached the engineer, or what the monitor saw, whichever came first."""
    calls = [call.at_us for call in truth.calls if call.incident == incident.id]
    return min([*calls, *([incident.detected_us] if incident.detected_us != UNKNOWN else [])], default=incident.opened_us)


def restored(incident: Incident, end_us: int) -> int:
    """When it worked again, or the end."""
    return end_us if incident.restored_us == UNKNOWN else incident.restored_us


def lost_spans(truth: Truth, site: Site, basis: Basis, end_us: int) -> list[Span]:
    """When each window could not be used for longer than the reading allows, or until the end."""
    names = {window.name for window in site.windows}
    downs = [
        (down.from_us, end_us if down.until_us == NEVER else min(down.until_us, end_us)) for down in truth.downs if down.window in names
    ]
    return [span for span in downs if span[1] - span[0] > basis.usable_within_us or span[1] >= end_us]


def below_required_us(
    lost: Iterable[Span], incidents: Iterable[Incident], opening: Iterable[Span], truth: Truth, site: Site, basis: Basis, end_us: int
) -> int:
    """Opening time with fewer windows than the contract demands, outside every incident inside its clock: walked from change to change."""
    lost, opening = list(lost), list(opening)
    clocks = [_clock(incident, truth, end_us) for incident in incidents if incident.id not in truth.desk.drills]
    below_us = 0
    for from_us, until_us in pairwise(sorted({edge for span in (*lost, *clocks, *opening) for edge in span})):
        inside = [_covering(spans, from_us, until_us) for spans in (opening, clocks, lost)]
        if inside[0] and not inside[1] and len(site.windows) - inside[2] < basis.windows_required:
            below_us += until_us - from_us
    return below_us


def _covering(spans: Sequence[Span], from_us: int, until_us: int) -> int:
    return sum(a <= from_us and until_us <= b for a, b in spans)


def _clock(incident: Incident, truth: Truth, end_us: int) -> Span:
    """From the first call or alarm until the repair, or until the last deadline where that comes before."""
    deadline_us = incident.history[-1].deadline_us if incident.history else end_us
    return clock_start(incident, truth), min(restored(incident, end_us), deadline_us)


def deadline_us(incident: Incident, started_us: int, site: Site, start: datetime) -> int:
    """30 minutes, or the end of the shift of the last of so many working days: counted day by day."""
    if incident.class_ == GENERAL:
        return started_us + HALF_HOUR_US
    day, left = (start + started_us * _US).date(), WORKING_DAYS[incident.class_]
    while left:
        day += timedelta(days=1)
        left -= site.calendar.day_kind(day).works
    ends = datetime.combine(day, time(), start.tzinfo) + site.shift.workday[-1].end_us * _US
    return (ends - start) // _US


def by_item(loaded: Counter[tuple[str, str]]) -> Counter[str]:
    """What was put in, whichever device it went into."""
    total = Counter[str]()
    for (_, item), count in loaded.items():
        total[item] += count
    return total


def counts(counter: Counter[str]) -> dict[str, int]:
    """The counts that are not zero, by name."""
    return {name: counter[name] for name in sorted(counter) if counter[name]}
