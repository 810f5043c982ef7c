"""The engineers of the reference engine and what they have to do (rule 21 of docs/timing.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpy.events import Event

from twin.engines.reference_time import Rank, Timeline


@dataclass(slots=True, eq=False)
class Job:
    """Something that an engineer is asked to do. `over` happens when it is done."""

    number: int
    urgency: int  # the smaller, the sooner
    asked: int  # how many had been asked for before
    requested_us: int
    lasts_us: Callable[[], int]
    over: Event
    waits: bool = True


class Engineers:
    """So many at a time as are on duty, the most urgent first."""

    def __init__(self, timeline: Timeline) -> None:
        self.rows: list[tuple[int, int, int, int, int]] = []  # as Course.jobs
        self._time = timeline
        self._on_duty = 0
        self._busy: set[int] = set()
        self._waiting: list[Job] = []
        self._asked = 0

    @property
    def waiting(self) -> tuple[Job, ...]:
        """What nobody has begun."""
        return tuple(self._waiting)

    @property
    def busy(self) -> int:
        """How many engineers are at work."""
        return len(self._busy)

    def ask(self, number: int, urgency: int, lasts_us: Callable[[], int]) -> Job:
        """Have job `number` done; how long it lasts is asked when it begins."""
        job = Job(number, urgency, self._asked, self._time.now_us, lasts_us, Event(self._time))
        self._asked += 1
        self._waiting.append(job)
        self._go_on()
        return job

    def on_duty(self, count: int) -> None:
        """So many from now on; who is busy finishes."""
        self._on_duty = count
        self._go_on()

    def _go_on(self) -> None:
        """Who is idle begins what waits."""
        while self._waiting and len(self._busy) < self._on_duty:
            job = min(self._waiting, key=lambda job: (job.urgency, job.asked))
            self._waiting.remove(job)
            self._begin(job, min(set(range(self._on_duty)) - self._busy))

    def _begin(self, job: Job, engineer: int) -> None:
        now_us, lasts_us = self._time.now_us, job.lasts_us()
        job.waits = False
        self._busy.add(engineer)
        self.rows.append((job.requested_us, now_us, now_us + lasts_us, engineer, job.number))
        self._time.after(lasts_us, Rank.OVER, job.number, self._over, job, engineer)

    def _over(self, job: Job, engineer: int) -> None:
        """First what the job brings about, then the engineer is idle."""
        job.over.callbacks.append(lambda _event: self._idle(engineer))
        job.over.succeed()

    def _idle(self, engineer: int) -> None:
        self._busy.remove(engineer)
        self._go_on()
