"""Tube dispenser (试管分发器): lanes of empty tubes beside one collection host, over Modbus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.drivers.card import Alarm, Counter, DeviceCard, Register
from caixue.drivers.jobs import COUNTERS_ADDRESS, COUNTERS_PROFILE, HOLDINGS, INPUTS, PROFILE, JobDriver
from caixue.errors import UsageError

LANES = 8

CARD = DeviceCard(
    kind="tube-dispenser",
    zh="试管分发器",
    en="tube dispenser",
    protocol="Modbus RTU",
    baudrate=9600,
    reply_timeout_s=0.5,
    source=PROFILE,
    inputs={
        **INPUTS,
        "colour": Register(5, "colour code of the last tube, 0 none", PROFILE),
        "low": Register(6, "bit mask of lanes at or below the low mark", PROFILE),
        "empty": Register(7, "bit mask of empty lanes", PROFILE),
        "locked": Register(8, "bit mask of lanes that are locked", PROFILE),
    },
    holdings=HOLDINGS,
    commands={"dispense": 1, "lock": 2, "unlock": 3, "reset": 4},
    alarms={
        1: Alarm("tube-jam", "试管卡住", "tube jammed"),
        2: Alarm("lane-empty", "料道已空", "lane empty", blocks=False),
        3: Alarm("lane-locked", "料道已锁定", "lane locked", blocks=False),
        4: Alarm("double-pick", "一次出两管", "two tubes picked"),
        5: Alarm("lane-low", "料道将空", "lane low", blocks=False),
    },
    # Times: assumed, docs/assumptions.md A-05.
    durations_s={"dispense": 1.2, "lock": 0.05, "unlock": 0.05, "reset": 0.2, "poll": 0.2},
    limits={"job_s": 5.0, "lanes": LANES},
    counters={"tubes": Counter("tube", COUNTERS_PROFILE, COUNTERS_ADDRESS)},
    capabilities=("jobs", "colour-sensor", "lane-lock"),
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One tube that came out: from which lane, and the colour code that the sensor saw."""

    lane: int
    colour: int


class TubeDispenser(JobDriver):
    """Dispenses tubes lane by lane. Lanes are numbered from 1."""

    card = CARD
    moves = ("dispense", "lock_lane", "unlock_lane", "reset")

    def dispense(self, lane: int) -> Picked:
        """Move one tube of `lane` (1–8) into the host's cradle.

        Raises UsageError for another lane; DeviceError with alarm lane-empty, lane-locked, tube-jam or double-pick; LinkError when it cannot be reached.
        """
        reading = self._do("dispense", _known(lane))
        return Picked(lane, int(reading.values["colour"]))

    def lock_lane(self, lane: int) -> None:
        """Take `lane` out of use until a person has looked at it; locking a locked lane changes nothing."""
        self._do("lock", _known(lane))

    def unlock_lane(self, lane: int) -> None:
        """Put `lane` back into use."""
        self._do("unlock", _known(lane))

    def usable(self, lane: int) -> bool:
        """Whether the last reading shows `lane` neither empty nor locked; true when nothing is known yet."""
        reading = self.reading
        return reading is None or not (int(reading.values["empty"]) | int(reading.values["locked"])) >> (lane - 1) & 1

    def low_lanes(self) -> tuple[int, ...]:
        """Lanes at or below their low mark in the last reading."""
        return lanes_in(int(self.reading.values["low"])) if self.reading is not None else ()

    def _alarms(self, values: Mapping[str, int]) -> tuple[str, ...]:
        named = super()._alarms(values)
        masks = (("lane-empty", values["empty"]), ("lane-locked", values["locked"]), ("lane-low", values["low"]))
        return named + tuple(name for name, mask in masks if mask and name not in named)


def _known(lane: int) -> int:
    if not 1 <= lane <= LANES:
        raise UsageError(f"lanes are 1–{LANES}, not {lane}")
    return lane


def lanes_in(mask: int) -> tuple[int, ...]:
    """The lane numbers whose bit is set."""
    return tuple(lane for lane in range(1, LANES + 1) if mask >> (lane - 1) & 1)
