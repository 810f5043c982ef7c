"""One place where patients are served, and the order in which room events of one instant happen."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import simpy

from caixue.labelling import HelpNeeded, LabellingStation
from twin.things import Station
from twin.workload import Patient

if TYPE_CHECKING:
    from twin.room import Room

Steps = Generator[Any, Any, None]


class Rank(IntEnum):
    """Which of several room events at one instant comes first."""

    REPAIRED = 0
    PHASE_DONE = 1
    FAILURE = 2
    OPENING = 3
    CLOSING = 4
    STAFF = 5
    ARRIVAL = 6
    PATIENCE = 7
    TRANSPORT = 8


@dataclass(eq=False)
class Position:
    """One place where patients are served: a window, or the manual station."""

    name: str
    index: int
    station: LabellingStation | None = None
    things: Station | None = None
    factor: float = 1.0
    fallback: bool = False  # opens only while a window is blocked
    open: bool = False
    staffed: bool = False
    blocks: list[str] = field(default_factory=list)  # why it is out of service
    stopped: int = 0  # how many causes outside its devices keep it out of service
    patient: Patient | None = None
    visit: simpy.Process | None = None
    drawing: bool = False  # at a window with devices: tubes are handed over, nothing can stop the visit any more
    room: Room | None = None

    @property
    def ready(self) -> bool:
        """Whether it can take a patient now."""
        return self.open and self.staffed and not self.blocks and self.patient is None

    def stop(self, reason: str, *, call: bool = True) -> None:
        """Take the position out of service from outside; a visit in progress is broken off unless blood is being drawn."""
        assert self.room is not None
        self.stopped += 1
        self.room.block(self, self.name, reason)
        if self.visit is not None and not self.drawing:
            self.visit.interrupt(reason)
        if call:
            self.room.ask_for_help(self, HelpNeeded(self.name, reason, "out of service"))

    def resume(self, *, by_itself: bool = True) -> None:
        """One cause that stopped the position is over.

        After the last of them it comes back by itself, from a clean start where it has devices, unless somebody brings it back.
        """
        assert self.room is not None
        self.stopped -= 1
        if by_itself and not self.stopped:
            self.room.come_back(self)
