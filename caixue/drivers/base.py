"""What every driver has: a card, a port, a last reading, and a record of its troubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from caixue.clock import Clock
from caixue.drivers.card import Alarm, DeviceCard
from caixue.errors import DeviceError, GarbledReply, LinkError, LinkLost
from caixue.journal import Recorder
from caixue.link.port import Port


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer of a device: its state, its alarms and its values at one moment."""

    device: str
    at_us: int
    state: str  # "ready" | "busy" | "fault"
    alarms: tuple[str, ...]
    values: Mapping[str, int | float]


class Driver:
    """Base of all drivers. Subclasses set `card` and implement `status()`.

    Every operation goes through `_trouble` and `_good`, so that the journal shows the first sign of a fault and
    the first good exchange after it, and nothing in between.
    """

    card: ClassVar[DeviceCard]
    moves: ClassVar[tuple[str, ...]] = ()  # operations for which the device moves, prints, beeps or is set: on a real port, armed alone

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        self.name = name
        self.port = port
        self.clock = clock
        self.recorder = recorder
        self.reading: Reading | None = None
        self._troubled = False
        self._standing: tuple[str, ...] = ()  # alarms before the first reading

    def carry_on(self, alarms: tuple[str, ...], troubled: bool = False) -> None:
        """Go on where an earlier process stopped: these alarms stood, and it was `troubled`; only what differs is journaled."""
        self._standing, self._troubled = alarms, troubled

    def status(self) -> Reading:
        """Ask the device how it is; raises LinkError when it does not answer properly."""
        raise NotImplementedError

    def wear(self) -> Mapping[str, int]:
        """What the counters on the card say; empty for a device that counts nothing. They begin again when the device is exchanged or reset.

        Raises LinkError when it does not answer properly, DeviceError when it does not know the counter.
        """
        return {}

    def restart(self) -> None:
        """Bring the device back to work after a person has removed what was wrong; by default ask whether it answers.

        Raises DeviceError when it still does not work, LinkError when it does not answer properly.
        """
        self.status()

    @property
    def blocking_alarms(self) -> frozenset[str]:
        """Names of the alarms that stop this kind of device."""
        return frozenset(alarm.name for alarm in self.card.alarms.values() if alarm.blocks)

    def _keep(self, state: str, alarms: tuple[str, ...], values: Mapping[str, int | float]) -> Reading:
        """Journal what changed in the alarms since the last reading, and keep this one."""
        before = self.reading.alarms if self.reading is not None else self._standing
        if alarms != before:
            for alarm in alarms:
                if alarm not in before:
                    self.recorder.note("alarm.raised", self.name, alarm=alarm)
            for alarm in before:
                if alarm not in alarms:
                    self.recorder.note("alarm.cleared", self.name, alarm=alarm)
        self.reading = Reading(self.name, self.clock.monotonic_us(), state, alarms, values)
        if self._troubled:
            self._good()
        return self.reading

    def _trouble(self, error: LinkError) -> None:
        """Journal a failed exchange (each attempt, also one that a retry will hide)."""
        kind = "link.garbled" if isinstance(error, GarbledReply) else "link.lost" if isinstance(error, LinkLost) else "link.timeout"
        self._troubled = True
        self.recorder.note(kind, self.name, detail=str(error))

    def _good(self) -> None:
        """Journal the first good exchange after trouble."""
        if self._troubled:
            self._troubled = False
            self.recorder.note("device.recovered", self.name)

    def _refused(self, alarm: Alarm | None, detail: str, code: int = 0) -> DeviceError:
        """Journal that the machine refused, and give the error to raise."""
        name = alarm.name if alarm is not None else "refused"
        self.recorder.note("device.refused", self.name, alarm=name, detail=detail)
        return DeviceError(detail, device=self.name, code=code, alarm=name)
