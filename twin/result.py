"""What a run comes to: its verdict with everything behind it, and how far it is until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caixue.events import Event
from caixue.site import Site
from caixue.verdict import Verdict
from twin.record import Shown
from twin.scenario_model import Scenario


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the replication in progress (from 0) of how many, its simulated time, and the day (from 0) of how many."""

    replication: int
    replications: int
    simulated_us: int
    expected_us: int
    day: int = 0
    days: int = 1
    of_day: float = 0.0  # how much of that day is over, where there are several
    together: bool = False  # several replications at once, of which this is the last: no time of day is told

    @property
    def share(self) -> float:
        """How much of the replication is done, from 0 to 1."""
        return (self.day + self.of_day) / self.days if self.days > 1 else min(1.0, self.simulated_us / max(1, self.expected_us))


@dataclass(frozen=True, slots=True)
class Result:
    """A verdict with everything behind it. `data` is the content of result.json; `events` are those of the first replication run.

    Of a run of several days `events` are those of the day that the replay shows, and the lines went to the `sink` alone.
    """

    data: dict[str, Any]
    verdict: Verdict
    events: Sequence[Event]
    lines: Sequence[str]  # the same events as canonical JSON
    shown: Shown | None  # of several days the one for the replay
    windows: Sequence[str]
    scenario: Scenario
    site: Site
    operations: Sequence[Event]  # what its ledger holds; none of a run without the duties of a day
    exchanges: int  # of the first replication run
    exit_code: int
