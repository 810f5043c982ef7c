"""The part of the fold that follows patients: one row a visit, however often the patient is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caixue.day import NEVER, Outcome, Patients
from caixue.events import Event
from caixue.folding.rows import Row, Takers, columns, word

Busy = dict[str, list[tuple[int, int]]]


class VisitFold:
    """Visits so far, and the spans during which each window had somebody."""

    def __init__(self) -> None:
        self.contradictions: list[str] = []
        self._rows: list[Row] = []
        self._latest: dict[str, Row] = {}  # the latest visit of each patient
        self._busy: Busy = {}

    def takers(self) -> Takers:
        """The method that takes each kind of event."""
        return {
            "patient.arrived": self._arrive,
            "patient.called": self._call,
            "draw.started": self._draw,
            "patient.bumped": self._bump,
            "patient.served": self._end,
            "patient.left": self._end,
        }

    def table(self) -> Patients:
        """The visits as columns."""
        return Patients.of(**columns(self._rows))

    def busy(self, end_us: int) -> Busy:
        """Spans from call to end of service by window; visits that are still at a window end at `end_us`."""
        spans = {window: list(done) for window, done in self._busy.items()}
        for row in self._at_windows():
            spans.setdefault(row["window"], []).append((row["called_us"], end_us))
        return spans

    def _at_windows(self) -> Iterator[Row]:
        return (row for row in self._latest.values() if row["outcome"] == Outcome.WAITING and row["called_us"] != NEVER)

    def _arrive(self, event: Event) -> None:
        known = self._latest.get(event.subject)
        if known is not None and known["outcome"] == Outcome.WAITING:
            self._contradict(event, "is here already")
            return
        row = self._open(event, arrived_us=event.at_us, class_=word(event, "class", "adult"), priority=event.data.get("priority") or 0)
        row["due_us"], row["tolerance_us"] = event.data.get("due_us", NEVER), event.data.get("tolerance_us", 0)

    def _open(self, event: Event, **known: Any) -> Row:
        row: Row = {"id": event.subject, "class_": "adult", "priority": 0, "arrived_us": NEVER, "called_us": NEVER, "draw_start_us": NEVER}
        row |= {"ended_us": NEVER, "window": "", "bumps": 0, "outcome": Outcome.WAITING, "due_us": NEVER, "tolerance_us": 0} | known
        self._rows.append(row)
        self._latest[event.subject] = row
        return row

    def _going_on(self, event: Event) -> Row | None:
        """The visit that the event belongs to; None when it is over, and then the event is a contradiction."""
        row = self._latest.get(event.subject) or self._open(event)
        if row["outcome"] == Outcome.WAITING:
            return row
        self._contradict(event, "the visit is over")
        return None

    def _contradict(self, event: Event, why: str) -> None:
        self.contradictions.append(f"seq {event.seq}: {event.kind} {event.subject}: {why}")

    def _call(self, event: Event) -> None:
        row = self._going_on(event)
        if row is not None:
            self._free_window(row, event.at_us)
            row["called_us"], row["window"] = event.at_us, word(event, "window")

    def _draw(self, event: Event) -> None:
        row = self._going_on(event)
        if row is not None:
            row["draw_start_us"] = event.at_us

    def _bump(self, event: Event) -> None:
        row = self._going_on(event)
        if row is not None:
            self._free_window(row, event.at_us)
            row |= {"called_us": NEVER, "draw_start_us": NEVER, "window": "", "bumps": row["bumps"] + 1}

    def _end(self, event: Event) -> None:
        row = self._going_on(event)
        if row is not None:
            self._free_window(row, event.at_us)
            row["ended_us"] = event.at_us
            row["outcome"] = Outcome.SERVED if event.kind == "patient.served" else Outcome.LEFT

    def _free_window(self, row: Row, at_us: int) -> None:
        if row["called_us"] != NEVER:
            self._busy.setdefault(row["window"], []).append((row["called_us"], at_us))
