"""Sorter (分拣机): reads each tube that the belt brings and sends it through a gate to the lane of its kind; over Modbus."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.drivers.card import Alarm, Counter, DeviceCard, Register
from caixue.drivers.jobs import COUNTERS_ADDRESS, COUNTERS_PROFILE, HOLDINGS, INPUTS, JobDriver
from caixue.errors import UsageError
from caixue.tubes import TUBE_KINDS
from caixue.units import nearest

PROFILE = "open profile caixue-sorter/1, assumed: docs/assumptions.md A-81"
LANES = 8
REJECT = LANES  # tubes that nobody can read, or whose kind has no lane
JAM, MISMATCH, SCANNER = 1, 2, 3  # codes of the alarms below

CARD = DeviceCard(
    kind="sorter",
    zh="分拣机",
    en="sorter",
    protocol="Modbus RTU",
    baudrate=19200,
    reply_timeout_s=0.5,
    source=PROFILE,
    inputs={
        **INPUTS,
        "colour": Register(5, "colour code of the last tube, 0 when it could not be read", PROFILE),
        "lane": Register(6, "lane in which the last tube arrived", PROFILE),
        "misrouted": Register(7, "tubes that arrived in another lane than commanded, modulo 65,536", PROFILE),
        "unread": Register(8, "tubes that could not be read, modulo 65,536", PROFILE),
        "warnings": Register(9, "bit mask of alarms that do not stop the sorter, bit 0 = code 1", PROFILE),
        **{f"lane-{lane}": Register(9 + lane, f"tubes counted into lane {lane}, modulo 65,536", PROFILE) for lane in range(1, LANES + 1)},
    },
    holdings=HOLDINGS,
    commands={"assign": 1, "test": 2, "reset": 3},
    alarms={
        JAM: Alarm("sorter-jam", "分拣口卡管", "tube jammed in the sorter", source=PROFILE),
        MISMATCH: Alarm("lane-mismatch", "分拣错道", "a tube arrived in the wrong lane", blocks=False, source=PROFILE),
        SCANNER: Alarm("sorter-scanner-fail", "分拣扫描失效", "the sorter's scanner does not read", blocks=False, source=PROFILE),
    },
    # Times: assumed, docs/assumptions.md A-81.
    durations_s={"assign": 0.1, "test": 2.0, "reset": 0.2, "poll": 0.2},
    limits={"job_s": 6.0, "lanes": LANES},
    counters={"tubes": Counter("tube", COUNTERS_PROFILE, COUNTERS_ADDRESS)},
    capabilities=("jobs", "self-test", "scanner", "lane-sensors"),
)


class Sorter(JobDriver):
    """The gates at the end of the belt. Lanes are numbered from 1; the last one takes what cannot be sorted."""

    card = CARD
    moves = ("assign", "self_test", "reset", "restart")

    def assign(self, tube_kind: str, lane: int) -> None:
        """Send tubes of `tube_kind` to `lane` (1–7) from now on. Raises UsageError for another lane or an unknown kind."""
        if tube_kind not in TUBE_KINDS:
            raise UsageError(f"unknown tube kind {tube_kind!r}{nearest(tube_kind, TUBE_KINDS)}")
        if not 1 <= lane < REJECT:
            raise UsageError(f"lanes for kinds are 1–{REJECT - 1}, not {lane}; lane {REJECT} takes what cannot be sorted")
        self._do("assign", lane << 8 | TUBE_KINDS[tube_kind].colour)

    def self_test(self) -> None:
        """Move every gate and trigger the scanner without a tube; alarms that stand afterwards are in `reading`.

        Raises DeviceError with alarm sorter-jam.
        """
        self._do("test")

    def restart(self) -> None:
        """Clear the alarms and try gates and scanner. Raises DeviceError when something still fails, LinkError."""
        self.reset()
        self.self_test()
        standing = self._warned(int(self.status().values["warnings"]))
        if standing:
            alarm = next(alarm for alarm in CARD.alarms.values() if alarm.name == standing[0])
            raise self._refused(alarm, f"self-test failed: {alarm.en}")

    def counts(self) -> dict[int, int]:
        """Tubes counted into each lane at the last reading; empty before the first."""
        reading = self.reading
        return {lane: int(reading.values[f"lane-{lane}"]) for lane in range(1, LANES + 1)} if reading is not None else {}

    def _alarms(self, values: Mapping[str, int]) -> tuple[str, ...]:
        return super()._alarms(values) + self._warned(values["warnings"])
