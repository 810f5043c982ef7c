"""A desk with the registers of incidents, calls and remote sessions over one journal, and a clock that tests move by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.incidents import STATES, Incident, Incidents, Report
from caixue.ops.remote import RemoteSessions
from caixue.ops.telephone import Telephone
from caixue.site import Site, load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
MONDAY = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


class WallClock(FakeClock):
    """Moved by hand, and it began at `start`."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.start_at = start

    def now(self) -> datetime:
        return self.start_at + timedelta(microseconds=self.now_us)


class IncidentBench:
    """Everything on one in-memory journal; `start` is when its record begins."""

    def __init__(self, start: datetime = MONDAY, site: Site | None = None, **readings: Any) -> None:
        self.site = site or load_site("eight-window")
        self.site = replace(self.site, readings=replace(self.site.readings, **readings))
        self.clock = WallClock(start)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.told: list[str] = []
        self.deadlines = Deadlines.of(self.site)
        self.incidents = Incidents(self.recorder, self.clock, self.deadlines, lambda one: self.told.append(one.number), self.journal)
        self.telephone = Telephone(self.incidents, self.journal)
        self.remote = RemoteSessions(self.incidents, self.journal)

    def at(self, minute: float) -> IncidentBench:
        """Let time pass until so many minutes after the start."""
        self.clock.advance_to(round(minute * MINUTE_US))
        return self

    def report(self, device: str = "window-3.tube-dispenser", symptom: str = "tube-jam", *, by: str = "monitor", **more: Any) -> Incident:
        """Trouble on a device; its window is in its name."""
        window = more.pop("window", device.rpartition(".")[0])
        return self.incidents.report(device, symptom, window=window, windows_lost=more.pop("lost", 0), by=by, **more)

    def call(self, said: str, *, by: str = "engineer-1", caller: str = "nurse at window-3", lost: int = 0, **more: Any) -> Incident | None:
        """Somebody calls, and the words say where and what."""
        from caixue.ops.telephone import understood

        window, symptom = understood(said, [each.name for each in self.site.windows])
        report = Report("", symptom, window, lost, by)
        return self.telephone.receive(said, caller=caller, report=report, answered_us=self.clock.now_us, by=by, **more)[1]

    def until(self, incident: Incident, state: str, *, by: str = "engineer-1", **data: Any) -> None:
        """Take it on to that state; the last step gets `data`."""
        for each in STATES[STATES.index(incident.state) + 1 : STATES.index(state) + 1]:
            self.incidents.advance(incident, each, by=by, **(data if each == state else {}))

    def last(self) -> dict[str, Any]:
        """The data of the last event."""
        return dict(self.journal.events[-1].data)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal.events]
