"""What is known of start-ups and shut-downs from their events: the checkpoints that a later attempt resumes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from caixue.clock import US_PER_S
from caixue.events import Event

DONE, FAILED, SKIPPED, UNDONE, WOULD = "done", "failed", "skipped", "undone", "would"
RESULTS = frozenset({DONE, FAILED, SKIPPED, UNDONE})  # of steps that were really meant
SHUTDOWN = "shutdown"  # the procedure of `caixue.ops.stopping`
STARTING_US = 1_800 * US_PER_S  # how long a start-up may take: docs/assumptions.md A-113
KINDS = ("sequence.started", "sequence.step", "sequence.confirmed", "sequence.finished")


@dataclass(slots=True)
class Run:
    """One run of a procedure, with all its attempts."""

    name: str
    procedure: str
    by: str
    dry: bool
    windows: tuple[str, ...]
    steps: tuple[str, ...]
    started_us: int
    ended_us: int | None = None  # None: under way, waiting for somebody, or broken off
    results: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, tuple[int, ...]] = field(default_factory=dict)  # step → the last job numbers of its devices when it was done
    people: dict[str, str] = field(default_factory=dict)  # step → who vouches for it

    @property
    def done(self) -> frozenset[str]:
        """The steps that are done."""
        return frozenset(step for step in self.steps if self.results.get(step) == DONE)

    @property
    def complete(self) -> bool:
        """Whether every step is done."""
        return len(self.done) == len(self.steps)


class Runs:
    """All runs of one record."""

    def __init__(self) -> None:
        self.by_name: dict[str, Run] = {}

    @property
    def latest(self) -> Run | None:
        """The last run that was meant, of whatever procedure."""
        return next((run for run in reversed(self.by_name.values()) if not run.dry), None)

    def laid_down(self, now_us: int) -> bool:
        """Whether the room is, or is being, laid down, or is just being started: silence of its devices is no fault then.

        A run of which no step is done has changed nothing. A start-up that does not end counts for half an hour.
        """
        begun = [run for run in self.by_name.values() if run.done and not (run.dry or run.windows)]
        if not begun or begun[-1].procedure == SHUTDOWN:
            return bool(begun)
        starting = begun[-1].ended_us is None and now_us - begun[-1].started_us < STARTING_US
        return starting and len(begun) > 1 and begun[-2].procedure == SHUTDOWN

    def next_name(self, procedure: str, now: datetime) -> str:
        """The name of the next run, such as startup-20261123-1."""
        day = f"{procedure}-{now:%Y%m%d}-"
        return f"{day}{1 + sum(name.startswith(day) for name in self.by_name)}"

    def hear(self, event: Event) -> None:
        """Follow the journal."""
        data = event.data
        if event.kind == "sequence.started":
            self._start(event)
        elif event.kind == "sequence.step":
            run, step = self.by_name[event.subject], data["step"]
            run.results[step], run.details[step] = data["result"], data["detail"]
            run.jobs[step] = tuple(data["jobs"])
            if data["result"] == UNDONE:
                run.people.pop(step, None)
        elif event.kind == "sequence.confirmed":
            self.by_name[event.subject].people[data["step"]] = data["person"]
        elif event.kind == "sequence.finished":
            self.by_name[event.subject].ended_us = event.at_us

    def _start(self, event: Event) -> None:
        data, run = event.data, self.by_name.get(event.subject)
        if run is not None:  # it goes on
            run.by, run.ended_us = data["by"], None
            return
        windows, steps = tuple(data["windows"]), tuple(data["steps"])
        self.by_name[event.subject] = Run(event.subject, data["plan"], data["by"], data["dry"], windows, steps, event.at_us)
