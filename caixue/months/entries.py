"""Which entries count into a period, and where in time each of them stands: cut-offs, corrections, and what was noted later than it happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from caixue.clock import SHANGHAI
from caixue.events import Event

CORRECTED = "entry.corrected"
_EARLIER = ("occurred_us", "rang_us", "called_us")  # instants that somebody told afterwards
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Correction:
    """What one `entry.corrected` says: of which entry, and the data that are right; None where it says so in words alone."""

    event: Event
    of: int
    right: Mapping[str, Any] | None
    struck: bool = False  # `right` is null: the entry should not be there


def counted(events: Iterable[Event], start: datetime, cut: int | None = None) -> list[Event]:
    """The entries up to number `cut` (None: all), corrected as far as corrections among them can be read, in the order of their instants."""
    kept = [event for event in events if cut is None or event.seq <= cut]
    return in_order(placed(event, start) for event in corrected(kept))


def in_order(events: Iterable[Event]) -> list[Event]:
    """By instant; at one instant in the order of the ledger."""
    return sorted(events, key=lambda event: (event.at_us, event.seq))


def placed(event: Event, start: datetime) -> Event:
    """The event where it belongs in time, which is when it was noted but for what tells a day, a leave, or a plan of a year that is over.

    The numbers of a day and a sheet of attendance stand at the beginning of their day, a leave that was granted afterwards when it
    began, and what is planned in a report of the year before at the end of that year.
    """
    place = _PLACES.get(event.kind)
    return event if place is None else replace(event, at_us=max(0, place(event, start)))


def _midnight_us(day: date, start: datetime) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) - start) // _US


_PLACES: Mapping[str, Callable[[Event, datetime], int]] = {
    "day.counted": lambda event, start: _midnight_us(date.fromisoformat(event.data["date"]), start),
    "attendance.opened": lambda event, start: _midnight_us(date.fromisoformat(event.data["day"]), start),
    "leave.granted": lambda event, start: min(event.at_us, event.data["from_us"]),
    "improvement.opened": lambda event, start: min(event.at_us, _midnight_us(date(event.data["year"] + 1, 1, 1), start) - 1),
}


def about_us(event: Event, start: datetime) -> int:
    """The instant that an entry is about: when it happened, as far as it says so, else when it was noted."""
    told: list[int] = [event.data[key] for key in _EARLIER if type(event.data.get(key)) is int]
    return min([placed(event, start).at_us, *told])


def corrected(events: Iterable[Event]) -> list[Event]:
    """The entries in the order of the ledger, as the corrections among them say they should be.

    An incident or a sheet that should never have been opened goes with all that was noted about it.
    """
    events = list(events)
    said = _said(events)
    struck = {seq for seq, one in said.items() if one.struck}
    void = {_matter(event) for event in events if event.seq in struck and event.kind.endswith(".opened")}
    return [_mended(event, said.get(event.seq)) for event in events if event.seq not in struck and _matter(event) not in void]


def _matter(event: Event) -> tuple[str, str]:
    """What an entry belongs to: the register of its kind, and its subject."""
    return event.kind.partition(".")[0], event.subject


def _said(events: list[Event]) -> Mapping[int, Correction]:
    """What is right by the number of the entry: all that was said of it, of one value the last; a correction may be wrong and corrected too."""
    said: dict[int, Correction] = {}
    for event in reversed(events):
        own = said.get(event.seq)
        one = None if own is not None and own.struck else correction(_mended(event, own))
        if one is not None and (one.struck or one.right is not None):
            later = said.get(one.of)
            said[one.of] = one if later is None else _both(one, later)
    return said


def _both(earlier: Correction, later: Correction) -> Correction:
    if earlier.right is None or later.right is None:
        return later
    return replace(later, right={**earlier.right, **later.right})


def correction(event: Event) -> Correction | None:
    """What the event corrects; None for any other."""
    of = event.subject.rpartition("-")[2]
    if event.kind != CORRECTED or not of.isdecimal():
        return None
    try:
        right = json.loads(str(event.data.get("right")))
    except ValueError:
        return Correction(event, int(of), None)
    return Correction(event, int(of), right if isinstance(right, dict) else None, struck=right is None)


def _mended(event: Event, said: Correction | None) -> Event:
    """The entry with what is right; a key that it does not have, or another sort of value, is nothing a machine may put in."""
    if said is None or said.right is None:
        return event
    right = {key: value for key, value in said.right.items() if _fits(event.data.get(key), value)}
    return replace(event, data={**event.data, **right})


def _fits(before: Any, value: Any) -> bool:
    numbers = (int, float)
    return type(before) is type(value) or (type(before) in numbers and type(value) in numbers)
