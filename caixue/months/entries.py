"""Which entries count into a period, and where in time each of them stands: cut-offs, corrections, and what was noted later than it happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
    """The event where it belongs in time: the numbers of a day at its beginning, everything else when it was noted."""
    if event.kind != "day.counted":
        return event
    day = date.fromisoformat(event.data["date"])
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return replace(event, at_us=max(0, (midnight - start) // _US))


def about_us(event: Event, start: datetime) -> int:
    """The instant that an entry is about: when it happened, as far as it says so, else when it was noted."""
    told: list[int] = [event.data[key] for key in _EARLIER if type(event.data.get(key)) is int]
    return min([placed(event, start).at_us, *told])


def corrected(events: Iterable[Event]) -> list[Event]:
    """The entries as the corrections among them say they should be."""
    events = list(events)
    said = {one.of: one for one in map(correction, events) if one is not None and (one.struck or one.right is not None)}
    return [_mended(event, said.get(event.seq)) for event in events if event.seq not in said or not said[event.seq].struck]


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
