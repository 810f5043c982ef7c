"""The numbers of one day, counted from its record: what is noted as `day.counted`, without patients, labels or names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path

from caixue.availability import opening_on
from caixue.clock import SHANGHAI, US_PER_S
from caixue.day import DayRecord
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import fold
from caixue.intervals import intersection, total_us
from caixue.journal.file import each_event
from caixue.lang import tr
from caixue.measures.labels import labels_crossed, labels_duplicate, labels_unverified, transports_us, tubes_labelled, tubes_voided
from caixue.measures.patients import left_count, patient_count, served_count, stays_us, waits_us
from caixue.measures.statistics import US_PER_H, Basis, Samples, nearest_rank
from caixue.measures.windows import throughput
from caixue.site import Site
from caixue.units import US_PER_DAY

_NO_BASIS = Basis(lambda severity, started_us, pauses=(): None)  # none of these numbers rests on a deadline
_COUNTED = {
    "patients": patient_count,
    "served": served_count,
    "left": left_count,
    "tubes": tubes_labelled,
    "voided": tubes_voided,
    "crossed": labels_crossed,
    "duplicate": labels_duplicate,
    "unverified": labels_unverified,
}
_TIMES = {"wait_p90_s": (waits_us, 90), "stay_p90_s": (stays_us, 90), "transport_p95_s": (transports_us, 95)}


def numbers_of(day: DayRecord) -> dict[str, float | None]:
    """The numbers of `caixue.ops.daily.NUMBERS` for a record of one day."""
    served, pace = served_count(day, _NO_BASIS), throughput(day, _NO_BASIS)
    staffed_us = sum(total_us(intersection(window.staffed, window.open)) for window in day.windows)
    counted = {name: int(measure(day, _NO_BASIS) or 0) for name, measure in _COUNTED.items()}
    times = {name: _seconds(take(day, _NO_BASIS), percent) for name, (take, percent) in _TIMES.items()}
    return {**counted, **times, "window_h": staffed_us / US_PER_H, "collecting_h": served / pace if pace else 0.0}


def _seconds(samples: Samples, percent: int) -> float | None:
    found = nearest_rank(samples, percent)
    return None if found is None else found / US_PER_S


def day_of_journals(paths: Iterable[Path], day: date, site: Site) -> DayRecord:
    """The record of `day` from the journals of the window programs together. Raises UsageError for one that cannot be read or has no start."""
    midnight = midnight_of(day)
    return day_of_events((event for path in paths for event in on_the_line(path, midnight) if of_the_day(event)), day, site)


def day_of_events(events: Iterable[Event], day: date, site: Site) -> DayRecord:
    """The same from the events of that day, in microseconds since its midnight."""
    record = fold(sorted(events, key=lambda event: event.at_us))
    return replace(record, end_us=US_PER_DAY, opening=opening_on(site, day, midnight_of(day), US_PER_DAY), days=())


def midnight_of(day: date) -> datetime:
    """When that day begins in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def on_the_line(path: Path, midnight: datetime) -> Iterator[Event]:
    """Every event of a journal, in microseconds since `midnight`. Raises UsageError as `day_of_journals`."""
    events = each_event(path)
    first = next(events, None)
    later_us = (_start(path, first) - midnight) // timedelta(microseconds=1)
    for event in chain(() if first is None else (first,), events):
        yield replace(event, at_us=event.at_us + later_us)


def of_the_day(event: Event) -> bool:
    """Whether an event on the line of a day counts into it; the record's own plan is left out."""
    return 0 <= event.at_us < US_PER_DAY and not event.kind.startswith(("record.", "day."))


def _start(path: Path, first: Event | None) -> datetime:
    try:
        start = datetime.fromisoformat(str(first.data["start"] if first is not None else ""))
    except (KeyError, ValueError):
        raise UsageError(tr(f"{path}：没有写明记录从何时开始", f"{path}: it does not say when its record began")) from None
    return start if start.tzinfo is not None else start.replace(tzinfo=SHANGHAI)
