"""Visits and positions of the reference engine: what a workload says of each, and how it stands with them now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simpy.events import Event

from caixue.day import Outcome
from twin.timing.arrays import NEVER, Workload


class Phase(Enum):
    """What goes on at a position."""

    NONE = "nothing"
    MISSED = "a call in vain"
    NURSES = "the patient waits for more nurses"
    PREPARE = "tubes are prepared"
    APPROACH = "the patient is still on the way"
    DRAW = "blood is drawn; on bare positions the whole visit"
    TRYING = "the nurse works on a jam; no patient"


Place = tuple[int, int, int]  # in the queue: less priority, then later, then a higher number stands behind


@dataclass(slots=True, eq=False)
class Visit:
    """One visit. The first fields are a column each of `Workload`; pairs are for a window and for a position to fall back on."""

    number: int
    priority: int
    lane: int
    nurses: int
    patience_us: int
    prepare_us: tuple[int, int]
    draw_us: tuple[int, int]
    jam: int  # of Jam
    jam_at_us: int
    jam_nurse_us: int
    jam_engineer_us: int
    abandons: int
    missed_us: int
    missed_back_us: int
    again: int
    again_us: int
    tubes: int
    need: list[int]
    belt_us: int
    way_us: int

    # how it went
    arrived_us: int = NEVER
    called_us: int = NEVER
    drawn_us: int = NEVER
    ended_us: int = NEVER
    received_us: int = NEVER
    window: int = NEVER
    bumps: int = 0
    outcome: int = Outcome.WAITING
    has_missed: bool = False
    has_jammed: bool = False
    left_us: int = NEVER  # of a draw that was broken off
    first_ended_us: int = NEVER  # the end of this person's first visit

    @property
    def place(self) -> Place:
        """Where it stands in the queue."""
        return (-self.priority, self.arrived_us, self.number)


@dataclass(slots=True, eq=False)
class Position:
    """One place where patients are served."""

    number: int
    fallback: int
    level: list[int]
    capacity: list[int]
    low: list[int]

    open: bool = False
    staffed: bool = False
    blocks: int = 0  # how much keeps it out of service
    patient: Visit | None = None
    held: int = 0  # nurses
    phase: Phase = Phase.NONE
    phase_over: Event | None = None
    phase_over_us: int = NEVER
    empty: bool = False  # blocked until the refill
    tray: int = 0  # tubes that wait for the belt
    full: bool = False  # blocked until the belt has taken some

    @property
    def usable(self) -> bool:
        """Whether it takes patients at all."""
        return self.open and not self.blocks

    @property
    def ready(self) -> bool:
        """Whether it can take a patient now."""
        return self.open and self.staffed and not self.blocks and self.patient is None


def visits_of(workload: Workload) -> list[Visit]:
    """One for each visit of the day, whether it comes to pass or not."""
    w = workload
    prepare, draw = (list(zip(*both.tolist(), strict=True)) for both in (w.prepare_us, w.draw_us))
    columns = [w.priority.tolist(), w.lane.tolist(), w.nurses.tolist(), w.patience_us.tolist(), prepare, draw]
    columns += [column.tolist() for column in (w.jam, w.jam_at_us, w.jam_nurse_us, w.jam_engineer_us, w.abandons, w.missed_us)]
    columns += [column.tolist() for column in (w.missed_back_us, w.again, w.again_us, w.tubes, w.need, w.belt_us, w.way_us)]
    return [Visit(number, *row) for number, row in enumerate(zip(*columns, strict=True))]


def positions_of(workload: Workload) -> list[Position]:
    """The positions as the day begins: closed."""
    w = workload
    columns = [column.tolist() for column in (w.fallback, w.level, w.capacity, w.low)]
    return [Position(number, *row) for number, row in enumerate(zip(*columns, strict=True))]
