"""Making a failing scenario small: drop faults, shorten, lower the load, as long as it still fails in the same way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from caixue.clock import US_PER_S
from caixue.errors import UsageError
from caixue.units import day_span, day_spans, duration_us

Document = dict[str, Any]  # a scenario file as TOML holds it
Failures = frozenset[str]

SHORTEST_MIN = 5
LOWEST_SCALE = 0.05
_SHORTER = (0.5, 0.75, 0.9)
_LIGHTER = (0.5, 0.8, 0.95)
_MINUTE_US = 60 * US_PER_S


@dataclass(slots=True)
class Shrinker:
    """Tries smaller documents; `failures` runs one and says how it fails (nothing: it passes). Runs are counted and bounded."""

    failures: Callable[[Document], Failures]
    most_runs: int = 200
    runs: int = 0
    tell: Callable[[str], None] = lambda step: None
    steps: list[str] = field(default_factory=list)

    def shrink(self, document: Document) -> Document:
        """The smallest document found that fails in a way in which `document` fails. Raises UsageError when it does not fail."""
        wanted = self._try(document)
        if not wanted:
            raise UsageError("the scenario passes: there is nothing to shrink")
        smallest, again = document, True
        while again and self.runs < self.most_runs:
            again = False
            for step, smaller in candidates(smallest):
                if self.runs >= self.most_runs:
                    break
                if self._try(smaller) & wanted:
                    smallest, again = smaller, True
                    self.steps.append(step)
                    self.tell(step)
                    break
        return smallest

    def _try(self, document: Document) -> Failures:
        self.runs += 1
        try:
            return self.failures(document)
        except UsageError:
            return frozenset()  # a document that cannot be run does not fail, it is wrong


def candidates(document: Document) -> Iterator[tuple[str, Document]]:
    """Documents that are one step smaller, the biggest steps first, each with what was done."""
    for index, fault in enumerate(document.get("fault", [])):
        yield f"fault {fault.get('kind')} at {fault.get('device') or fault.get('link')} dropped", _without(document, "fault", index)
    minutes = duration_us(document.get("duration", "6 h")) // _MINUTE_US
    for share in _SHORTER:
        shorter = max(SHORTEST_MIN, int(minutes * share))
        if shorter < minutes:
            yield f"shortened to {shorter} min", shortened(document, shorter)
    scale = float(document["load"].get("scale", 1.0))
    for share in _LIGHTER:
        if scale * share >= LOWEST_SCALE and "arrivals_csv" not in document["load"]:
            yield f"load scaled to {scale * share:.3g}", _with(document, "load", "scale", float(f"{scale * share:.3g}"))
    for key in ("expect", "steady", "patient_class", "random_fault"):
        for index in range(len(document.get(key, []))):
            yield f"{key} {index + 1} dropped", _without(document, key, index)


def shortened(document: Document, minutes: int) -> Document:
    """The same scenario ended after `minutes`; what would come later is left out."""
    shorter = copy.deepcopy(document)
    shorter["duration"] = f"{minutes} min"
    _put(shorter, "fault", [fault for fault in shorter.get("fault", []) if duration_us(fault["at"]) < minutes * _MINUTE_US])
    start = document.get("start")
    if isinstance(start, datetime):
        end_us = ((start.hour * 60 + start.minute) + minutes) * _MINUTE_US
        for table, key in (("staff", "nurses"), ("windows", "open")):
            _keep_spans(shorter.get(table, {}), key, end_us)
    return shorter


def _keep_spans(table: Document, key: str, end_us: int) -> None:
    """Drop hours that begin only after the end; in `nurses` the hours are the keys, in `open` the values."""
    spans = table.get(key)
    if isinstance(spans, dict) and key == "nurses":
        _put(table, key, {hours: count for hours, count in spans.items() if day_span(hours).start_us < end_us})
    elif isinstance(spans, dict):
        kept = {name: ", ".join(str(span) for span in day_spans(hours) if span.start_us < end_us) for name, hours in spans.items()}
        _put(table, key, {name: hours for name, hours in kept.items() if hours})


def _without(document: Document, key: str, index: int) -> Document:
    smaller = copy.deepcopy(document)
    _put(smaller, key, [row for place, row in enumerate(document[key]) if place != index])
    return smaller


def _with(document: Document, table: str, key: str, value: Any) -> Document:
    changed = copy.deepcopy(document)
    changed[table][key] = value
    return changed


def _put(table: Document, key: str, value: Any) -> None:
    """Set a key, or leave it out when nothing is left to say."""
    if value:
        table[key] = value
    else:
        table.pop(key, None)
