"""The log of the page: every event by column, its words as numbers of texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from caixue.events import KINDS, Event
from twin.replay import tables, words

MOST_EVENTS = 60_000  # a longer log leaves out the steps of single labels, so that the page stays small


def columns(events: Sequence[Event], text: Callable[[str], int]) -> dict[str, Any]:
    """Milliseconds since the event before, kind, whom and what, as lists; `text` gives the number of a text."""
    kept = events if len(events) <= MOST_EVENTS else [event for event in events if _wanted(event.kind) > tables.DETAIL]
    kinds: dict[str, int] = {}
    times = [event.at_us // 1000 for event in kept]
    return {
        "t": [at - before for before, at in zip([0, *times], times, strict=False)],
        "k": [kinds.setdefault(event.kind, len(kinds)) for event in kept],
        "who": [text(_who(event)) for event in kept],
        "what": [text(words.detail(event.data)) for event in kept],
        "kinds": [[words.plain(kind), tables.KINDS[kind][0] if kind in tables.KINDS else "", _wanted(kind)] for kind in kinds],
        "all": len(kept) == len(events),
    }


def _wanted(kind: str) -> int:
    return tables.KINDS[kind][1] if kind in tables.KINDS else tables.DETAIL


def _who(event: Event) -> str:
    """Whom an event is about, as people say it."""
    subject = KINDS[event.kind][0] if event.kind in KINDS else ""
    if subject == "patient":
        return f"患者 {words.patient(event.subject)}"
    say = {"window": words.window, "device": words.device, "incident": words.incident, "engineer": words.engineer}
    return say.get(subject, words.plain)(event.subject)
