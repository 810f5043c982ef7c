"""What really happened at the engineer's desk, noted by whoever did it: the other side of the ledger's figures of the duties there.

Two things are counted from the journal's lines as they are written: `lines`, how many of each kind, and `staffed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

NEVER = -1


@dataclass(slots=True)
class Stay:
    """Somebody was there from one instant until another, in microseconds since the start; NEVER while he still is."""

    person: str
    day: date
    came_us: int
    left_us: int = NEVER


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody had leave from one instant until another, and who did his work."""

    person: str
    from_us: int
    until_us: int
    substitute: str


@dataclass(frozen=True, slots=True)
class People:
    """How many people came, were served and left on one day, as they were counted at the door; how many labels went on tubes."""

    patients: int
    served: int
    left: int
    tubes: int


class Staffed:
    """How long windows were open with a nurse at them, added up as they open, close, and nurses come and go."""

    KINDS = ("window.opened", "window.closed", "window.staffed", "window.unstaffed")

    def __init__(self) -> None:
        self.total_us = 0
        self._state: dict[str, tuple[bool, bool, int]] = {}  # window → open, staffed, since when

    def change(self, window: str, what: str, now_us: int) -> None:
        """One window changes: what is the last word of one of KINDS."""
        is_open, is_staffed, since_us = self._state.get(window, (False, False, now_us))
        if is_open and is_staffed:
            self.total_us += now_us - since_us
        if what in ("opened", "closed"):
            is_open = what == "opened"
        else:
            is_staffed = what == "staffed"
        self._state[window] = is_open, is_staffed, now_us


@dataclass
class DeskTruth:
    """The desk of one run as it really was."""

    done: Counter[str] = field(default_factory=Counter)  # what was done, by what it is called → how often
    refused: Counter[str] = field(default_factory=Counter)  # what was asked for and not granted
    stays: list[Stay] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # item of the inspection → what the engineer saw
    latencies: dict[str, int] = field(default_factory=dict)  # probe → how long the host took, in microseconds
    drills: set[str] = field(default_factory=set)  # incidents that were none
    archives: dict[str, str] = field(default_factory=dict)  # what lies on the medium at the end: file → SHA-256
    versions: dict[str, str] = field(default_factory=dict)  # software → the version in its folder at the end
    days: dict[date, People] = field(default_factory=dict)
    lines: Counter[str] = field(default_factory=Counter)
    staffed: Staffed = field(default_factory=Staffed)
    by_month: dict[str, Mapping[str, int]] = field(default_factory=dict)  # month → the lines of each kind up to its last evening

    def attended_us(self) -> dict[str, int]:
        """How long each person was there in all."""
        total = Counter[str]()
        for stay in self.stays:
            total[stay.person] += stay.left_us - stay.came_us
        return dict(sorted(total.items()))
