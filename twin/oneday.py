"""One day out of a run of several, as the record of a day of its own: for the replay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from caixue.clock import US_PER_S
from caixue.events import Event
from caixue.lang import tr
from twin.record import Shown

_TIMES = ("armed_at", "fired_at", "seen_at", "recovered_at")


def one_day(data: Mapping[str, Any], shown: Shown) -> tuple[dict[str, Any], list[Event]]:
    """result.json and the events of the day that is `shown`, both on a time line that begins with it; the title names the day."""
    day, of = shown.day, len(data["days"])
    start = datetime.fromisoformat(data["start"]) + timedelta(microseconds=day.morning_us)
    title = tr(f"第 {day.index + 1}/{of} 天 {day.date}", f"day {day.index + 1} of {of}, {day.date}")
    named = {"title": " · ".join(filter(None, [data["title"], title])), "start": start.isoformat()}
    return {**data, **named, "faults": list(_faults(data["faults"], shown))}, list(_events(shown))


def _events(shown: Shown) -> Iterator[Event]:
    from_us = shown.day.morning_us
    for event in (*shown.carried, *shown.events):
        yield replace(
            event, at_us=max(0, event.at_us - from_us), data={key: _moved(key, value, from_us) for key, value in event.data.items()}
        )


def _moved(key: str, value: Any, from_us: int) -> Any:
    """Instants inside an event's data end in _us."""
    return value - from_us if key.endswith("_us") and isinstance(value, int) else value


def _faults(rows: list[dict[str, Any]], shown: Shown) -> Iterator[dict[str, Any]]:
    """The faults that were armed on that day, or were not yet over when it began."""
    from_s, until_s = shown.day.morning_us / US_PER_S, (shown.events[-1].at_us if shown.events else shown.day.end_us) / US_PER_S
    for row in rows:
        armed_s, over_s = row["armed_at"], row["recovered_at"]
        if armed_s is not None and armed_s <= until_s and (over_s is None or over_s >= from_s):
            yield {**row, **{key: None if row[key] is None else max(0.0, row[key] - from_s) for key in _TIMES}}
