"""Folds a journal of events into the day record, in one go or event by event."""

from __future__ import annotations

from collections.abc import Iterable

from caixue.day import DayRecord
from caixue.events import Event
from caixue.folding.clinics import ClinicFold
from caixue.folding.incidents import IncidentFold
from caixue.folding.labels import LabelFold
from caixue.folding.visits import VisitFold
from caixue.folding.windows import WindowFold


class Folder:
    """The day so far: give it every event in order, ask for the record at any instant."""

    def __init__(self) -> None:
        self._last_us = 0
        self._visits = VisitFold()
        self._labels = LabelFold()
        self._windows = WindowFold()
        self._incidents = IncidentFold()
        self._clinics = ClinicFold()
        parts = (self._visits, self._labels, self._windows, self._incidents, self._clinics)
        self._takers = {kind: take for part in parts for kind, take in part.takers().items()}

    def add(self, event: Event) -> None:
        """Take in the next event; kinds that the record has no column for, and those only a twin can know, are passed over."""
        if event.kind.startswith("twin."):
            return
        self._last_us = max(self._last_us, event.at_us)
        take = self._takers.get(event.kind)
        if take is not None:
            take(event)

    def day(self, end_us: int | None = None) -> DayRecord:
        """The record as it stands at `end_us` (default: the last event); what is still going on is cut there."""
        end = self._last_us if end_us is None else end_us
        return DayRecord(
            end_us=end,
            patients=self._visits.table(),
            labels=self._labels.table(),
            windows=self._windows.tracks(end, self._visits.busy(end)),
            incidents=self._incidents.rows(),
            engineer_spells=self._incidents.engineer_spells(end),
            stockouts=self._incidents.stockouts(),
            porter_calls_us=self._windows.porter_calls_us(),
            opening=self._windows.opening,
            contradictions=tuple(self._visits.contradictions),
            days=self._clinics.days(end),
            calls=self._incidents.calls(),
        )


def fold(events: Iterable[Event]) -> DayRecord:
    """The day that these events tell."""
    folder = Folder()
    for event in events:
        folder.add(event)
    return folder.day()
