"""What every device model has: bytes in, bytes out, and timers that the world gives it.

A model knows no port, no clock object and no simulation kernel. The world binds `send` and `call_later` when it
connects the model to a line; `feed` may be called with any chunking of the same bytes and must act the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from caixue.drivers.card import DeviceCard
from caixue.site import Site
from twin.things import Station, TubeFactory


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a device: its window's station, where tubes come from, and the site's numbers."""

    station: Station
    factory: TubeFactory
    site: Site


class DeviceModel:
    """Base of all device models."""

    card: ClassVar[DeviceCard]

    # Bound by the line: send(data, after_us=0) queues bytes to the host, the first leaving after_us from now;
    # call_later(after_us, function, *arguments) runs a function later and cannot be cancelled (check state in it).
    send: Callable[..., None]
    call_later: Callable[..., None]

    def __init__(self, name: str) -> None:
        self.name = name
        self.powered = True
        self.effects: dict[str, Callable[[], None]] = {}
        self._handed_in: dict[str, int] = {}

    @classmethod
    def build(cls, name: str, unit: int, around: Surroundings) -> Self:
        """The model of one device of a site, joined to what stands around it."""
        return cls(name)

    def feed(self, data: bytes) -> None:
        """Take bytes from the host; never raises, whatever they are."""
        raise NotImplementedError

    def effect(self, symptom: str) -> None:
        """A model calls this the first time an injected symptom really changes what it does or says."""
        report = self.effects.pop(symptom, None)
        if report is not None:
            report()

    def refill(self) -> dict[str, int]:
        """A person puts in what runs low; gives item → quantity put in."""
        return {}

    def low_slots(self) -> tuple[str, ...]:
        """The slots that a person who looks finds low or empty, by the names of `caixue.ops.slots`."""
        return ()

    def space(self, slot: str) -> int:
        """How many pieces of the store a person could put into `slot`; a roll is changed as a whole."""
        return 1

    def level(self, slot: str) -> int:
        """How many tubes are in `slot`; 0 for a roll, which nobody counts."""
        return 0

    def put(self, slot: str, pieces: int) -> None:
        """A person puts so many pieces of the store into `slot`."""
        raise NotImplementedError

    def run_down(self, share: float) -> None:
        """Use so far that `share` of each lane is left, and of each roll just what is low: as if nobody had refilled it."""

    def handed_in(self) -> dict[str, int]:
        """By slot, the pieces that people have put in since this was asked last."""
        handed_in, self._handed_in = self._handed_in, {}
        return handed_in

    def _hand_in(self, slot: str, pieces: int) -> None:
        if pieces:
            self._handed_in[slot] = self._handed_in.get(slot, 0) + pieces

    def renew(self, part: str) -> None:
        """A person puts in a new `part`: what the old one had worn is gone."""

    def power_off(self) -> None:
        """The power is gone: it hears nothing, and what it held in memory is lost."""
        self.powered = False

    def power_on(self) -> None:
        """The power is back, and the device starts up."""
        self.powered = True

    def begin(self, symptom: str, **detail: Any) -> None:
        """Start an injected symptom: calls `begin_<symptom>` (dashes become underscores)."""
        getattr(self, "begin_" + symptom.replace("-", "_"))(**detail)

    def end(self, symptom: str) -> None:
        """Undo what `begin` did, as a repair would: calls `end_<symptom>`."""
        getattr(self, "end_" + symptom.replace("-", "_"))()
