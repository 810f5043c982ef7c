"""Things one can touch in the simulated room: tubes, and what is stuck on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

TRANSPORT_SD_SHARE = 0.3  # of the mean time on the way to the laboratory; docs/assumptions.md A-64


class Label(Protocol):
    """A printed label as a machine downstream meets it."""

    @property
    def readable(self) -> str | None:
        """What a scanner makes of the bars; None: no read."""


@dataclass(slots=True, eq=False)
class Tube:
    """One evacuated tube. `kind` is what it physically is, wherever it was loaded."""

    number: int
    kind: str
    labels: list[Label] = field(default_factory=list)


class TubeFactory:
    """Makes tubes and counts them, so that none can appear or vanish unseen."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.made = 0

    def make(self, kind: str) -> Tube:
        """A new tube with a number of its own."""
        self.made += 1
        return Tube(next(self._numbers), kind)


@dataclass(slots=True)
class Station:
    """The place in a window where dispenser, printer, host and scanner meet."""

    cradle: list[Tube] = field(default_factory=list)  # more than one tube here is a hazard in itself
    tray: list[Tube] = field(default_factory=list)
    bin: list[Tube] = field(default_factory=list)
    nurse: list[Tube] = field(default_factory=list)  # trays handed over and not yet drawn
    take_label: Callable[[], Label | None] = lambda: None
    crowded: Callable[[], None] = lambda: None  # called when a second tube arrives in the cradle

    def arrive(self, tube: Tube) -> None:
        """A tube drops into the cradle."""
        self.cradle.append(tube)
        if len(self.cradle) > 1:
            self.crowded()

    def label_in_view(self) -> Label | None:
        """What the verify scanner looks at: the top label of the tube at the station."""
        return self.cradle[0].labels[-1] if self.cradle and self.cradle[0].labels else None
