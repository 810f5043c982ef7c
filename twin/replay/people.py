"""Every incident's course, every engineer's jobs, and where the engineers walk between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from caixue.events import Event

WALK_MS = 60_000  # a walk whose end no event tells; assumed: docs/assumptions.md A-18
_STEPS = {
    "incident.acknowledged": "acknowledged_ms",
    "incident.on-site": "on_site_ms",
    "incident.restored": "restored_ms",
    "incident.closed": "closed_ms",
}


@dataclass(slots=True)
class Incident:
    """One incident as it will have been."""

    device: str
    window: str
    severity: str
    symptom: str
    opened_ms: int
    acknowledged_ms: int | None = None
    on_site_ms: int | None = None
    restored_ms: int | None = None
    closed_ms: int | None = None
    cause: str = ""


class Job(NamedTuple):
    """What an engineer does from `start_ms` to `end_ms` (None: to the end of the record)."""

    start_ms: int
    end_ms: int | None
    task: str
    incident: str
    device: str = ""  # what was refilled, where the job is no incident's


class Leg(NamedTuple):
    """A walk from one place to another; "" is the engineers' base. Between two legs they stay where they are."""

    start_ms: int
    end_ms: int
    origin: str
    target: str


class People:
    """Folds incident and engineer events; times are milliseconds since the start."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.jobs: dict[str, list[Job]] = {}

    @property
    def handlers(self) -> Mapping[str, Callable[[Event, int], None]]:
        return {
            "incident.opened": self._open,
            "incident.reclassified": self._reclassify,
            "incident.diagnosed": self._diagnose,
            **dict.fromkeys(_STEPS, self._step),
            "engineer.started": self._start,
            "engineer.finished": self._finish,
            "consumable.refilled": self._refill,
        }

    def _open(self, event: Event, at_ms: int) -> None:
        device, window, severity, symptom = (str(event.data.get(key) or "") for key in ("device", "window", "class", "symptom"))
        self.incidents[event.subject] = Incident(device, window, severity, symptom, at_ms)

    def _reclassify(self, event: Event, at_ms: int) -> None:
        if event.subject in self.incidents:
            self.incidents[event.subject].severity = str(event.data.get("class") or "")

    def _diagnose(self, event: Event, at_ms: int) -> None:
        if event.subject in self.incidents:
            self.incidents[event.subject].cause = str(event.data.get("found") or "")

    def _step(self, event: Event, at_ms: int) -> None:
        incident = self.incidents.get(event.subject)
        if incident is not None and getattr(incident, _STEPS[event.kind]) is None:
            setattr(incident, _STEPS[event.kind], at_ms)

    def _start(self, event: Event, at_ms: int) -> None:
        self._finish(event, at_ms)
        task, number = str(event.data.get("task") or ""), str(event.data.get("incident") or "")
        self.jobs.setdefault(event.subject, []).append(Job(at_ms, None, task, number))

    def _finish(self, event: Event, at_ms: int) -> None:
        jobs = self.jobs.get(event.subject)
        if jobs and jobs[-1].end_ms is None:
            jobs[-1] = jobs[-1]._replace(end_ms=at_ms)

    def _refill(self, event: Event, at_ms: int) -> None:
        jobs = self.jobs.get(event.actor)
        if jobs and jobs[-1].end_ms is None and not jobs[-1].device:
            jobs[-1] = jobs[-1]._replace(device=event.subject)

    def place(self, job: Job) -> str:
        """Where a job is done, as precisely as the events tell: an incident's window or device, what was refilled, or the task's words."""
        incident = self.incidents.get(job.incident)
        return (incident.window or incident.device) if incident is not None else job.device or job.task

    def legs(self, jobs: Iterable[Job], resolve: Callable[[str], str]) -> list[Leg]:
        """The walks that these jobs of one engineer mean; `resolve` turns what `place` tells into a place of the drawing."""
        found: list[Leg] = []
        here, free_ms, busy = "", 0, False
        for job in jobs:
            there = resolve(self.place(job))
            if here and job.start_ms - free_ms > WALK_MS:
                found.append(Leg(free_ms, free_ms + WALK_MS, here, ""))
                here, free_ms = "", free_ms + WALK_MS
            if there != here:
                found.append(Leg(*self._walk(job, free_ms), here, there))
            here, free_ms, busy = there, job.end_ms or job.start_ms, job.end_ms is None
        if here and not busy:
            found.append(Leg(free_ms, free_ms + WALK_MS, here, ""))
        return found

    def _walk(self, job: Job, free_ms: int) -> tuple[int, int]:
        """From when to when the engineer walks to a job: until the incident's on-site time where there is one."""
        incident = self.incidents.get(job.incident)
        on_site = incident.on_site_ms if incident is not None else None
        if on_site is None or (job.end_ms is not None and on_site > job.end_ms):
            return job.start_ms, min(job.start_ms + WALK_MS, job.end_ms if job.end_ms is not None else job.start_ms + WALK_MS)
        return (job.start_ms, on_site) if on_site > job.start_ms else (max(free_ms, on_site - WALK_MS), max(free_ms, on_site))
