"""The ledger of a run: what the room's operations noted, kept as a real site keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from caixue.events import Event
from caixue.ledger import Ledger, open_ledger
from caixue.site import Site
from twin.crew import crew
from twin.scenario_model import Scenario

IN_MEMORY = "sqlite://"
BATCH = 500  # events a transaction


class Written:
    """The time at which a run's ledger is written: that of its last event, so that the same run gives the same ledger."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def monotonic_us(self) -> int:
        return 0

    def sleep(self, duration_s: float) -> None:
        """Nobody else writes it."""

    def lock(self) -> AbstractContextManager[object]:
        return nullcontext()


def write_ledger(place: str | Path, operations: Sequence[Event], scenario: Scenario, site: Site) -> Ledger:
    """A new ledger at `place` with these events of a run of `scenario`; gives it open."""
    last_us = operations[-1].at_us if operations else 0
    clock = Written(scenario.start + timedelta(microseconds=last_us))
    ledger = open_ledger(place, site=site.name, people=crew(scenario, site), clock=clock, start=scenario.start)
    for first in range(0, len(operations), BATCH):
        ledger.note_past(operations[first : first + BATCH])
    return ledger
