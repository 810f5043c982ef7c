"""Conveyor (传送带): carries drawn tubes from the windows to the sorter; belt speed by encoder, photo-eyes, motor load; over Modbus."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.drivers.card import Alarm, Counter, DeviceCard, Register
from caixue.drivers.jobs import COUNTERS_ADDRESS, COUNTERS_PROFILE, HOLDINGS, INPUTS, JobDriver
from caixue.errors import UsageError

PROFILE = "open profile caixue-conveyor/1, assumed: docs/assumptions.md A-80"
BLOCKED, SLIP, STOPPED, EXIT_BLOCKED = 1, 2, 3, 4  # codes of the alarms below

CARD = DeviceCard(
    kind="conveyor",
    zh="传送带",
    en="conveyor",
    protocol="Modbus RTU",
    baudrate=19200,
    reply_timeout_s=0.5,
    source=PROFILE,
    inputs={
        **INPUTS,
        "commanded": Register(5, "mm/s", PROFILE),
        "speed": Register(6, "mm/s, of the belt by its encoder", PROFILE),
        "entered": Register(7, "tubes counted at the entry photo-eyes, modulo 65,536", PROFILE),
        "left": Register(8, "tubes counted at the exit photo-eye, modulo 65,536", PROFILE),
        "eye": Register(9, "1 while the exit photo-eye is covered", PROFILE),
        "load": Register(10, "motor load, % of nominal", PROFILE),
        "warnings": Register(11, "bit mask of alarms that do not stop the belt, bit 0 = code 1", PROFILE),
    },
    holdings=HOLDINGS,
    commands={"set-speed": 1, "reset": 2},
    alarms={
        BLOCKED: Alarm("belt-blocked", "传送带卡住", "belt blocked, motor overloaded", source=PROFILE),
        SLIP: Alarm("belt-slip", "传送带打滑", "belt slips, slower than its motor", blocks=False, source=PROFILE),
        STOPPED: Alarm("belt-stopped", "传送带停机", "belt stopped, drive tripped", source=PROFILE),
        EXIT_BLOCKED: Alarm("exit-blocked", "出口光电被遮挡", "exit photo-eye covered too long", source=PROFILE),
    },
    # Speeds, ramp and delays: assumed, docs/assumptions.md A-80. A change of speed lasts as long as the longest ramp.
    durations_s={"set-speed": 4.0, "reset": 0.2, "poll": 0.5, "cycle": 1.0, "overload": 2.0, "slip": 3.0, "covered": 3.0},
    limits={"job_s": 10.0, "speed_mm_s": 300.0, "usual_mm_s": 200.0, "ramp_mm_s2": 100.0, "slip_share": 0.8, "gap_mm": 60.0},
    counters={"tubes": Counter("tube", COUNTERS_PROFILE, COUNTERS_ADDRESS)},
    capabilities=("jobs", "belt-speed", "encoder", "photo-eyes"),
)


class Conveyor(JobDriver):
    """The belt that all windows share. Every operation names a goal and may be repeated."""

    card = CARD
    moves = ("set_speed", "reset", "restart")

    @property
    def specimen_speed_mm_s(self) -> int | None:
        """How fast specimens travel (contract C2.1): the belt's speed by its encoder at the last reading; None before the first."""
        return int(self.reading.values["speed"]) if self.reading is not None else None

    def set_speed(self, speed_mm_s: float) -> None:
        """Let the belt run at a speed in mm/s, in whole mm/s; 0 stops it. The write is confirmed by reading back.

        Raises UsageError below 0 and above 300 mm/s, DeviceError with alarm belt-blocked, belt-stopped or exit-blocked when
        the belt does not follow, LinkError when it cannot be reached.
        """
        if not 0 <= speed_mm_s <= CARD.limits["speed_mm_s"]:
            raise UsageError(f"the belt runs at 0–{CARD.limits['speed_mm_s']:g} mm/s, not {speed_mm_s:g}")
        self._do("set-speed", round(speed_mm_s))

    def restart(self) -> None:
        """Clear the alarm and let the belt run again at the speed that was last commanded. Raises like `set_speed`."""
        self.reset()
        self.set_speed(self.status().values["commanded"])

    def _alarms(self, values: Mapping[str, int]) -> tuple[str, ...]:
        return super()._alarms(values) + self._warned(values["warnings"])
