"""Collection host (采血主机): applies the label, turns the tube to the scanner, fills the tray; over Modbus."""

from __future__ import annotations

from caixue.drivers.card import Alarm, Counter, DeviceCard, Register
from caixue.drivers.jobs import COUNTERS_ADDRESS, COUNTERS_PROFILE, HOLDINGS, INPUTS, PROFILE, JobDriver

CARD = DeviceCard(
    kind="collection-host",
    zh="采血主机",
    en="collection host",
    protocol="Modbus RTU",
    baudrate=19200,
    reply_timeout_s=0.5,
    source=PROFILE,
    inputs={
        **INPUTS,
        "station": Register(5, "1 while a tube stands at the station", PROFILE),
        "tray": Register(6, "tubes in the tray", PROFILE),
        "bin": Register(7, "tubes in the reject bin", PROFILE),
    },
    holdings=HOLDINGS,
    commands={"apply": 1, "release": 2, "reject": 3, "present": 4, "clear": 5, "reset": 6},
    alarms={
        1: Alarm("motor-fault", "电机故障", "motor fault"),
        2: Alarm("suction-lost", "吸盘失压", "suction lost"),
        3: Alarm("label-missing", "无标签可取", "no label to take"),
        4: Alarm("tube-missing", "工位无管", "no tube at the station"),
        5: Alarm("door-open", "前门打开", "door open"),
        6: Alarm("emergency-stop", "急停", "emergency stop"),
    },
    # One tube through pick, print, apply, verify and release takes about 9 s: NESLI labelling robot, 8.96 s a tube
    # (Demirci 2024, doi 10.1093/ajcp/aqae108); the split between the steps is assumed: docs/assumptions.md A-06.
    durations_s={"apply": 3.6, "release": 1.8, "reject": 1.8, "present": 1.0, "clear": 4.0, "reset": 0.5, "poll": 0.25},
    limits={"job_s": 15.0},
    counters={"labels": Counter("label", COUNTERS_PROFILE, COUNTERS_ADDRESS)},
    capabilities=("jobs", "applicator", "reject-bin"),
)


class CollectionHost(JobDriver):
    """One window's host. Every operation names a goal; the tube in question is the one at the station."""

    card = CARD
    moves = ("apply_label", "release", "reject", "present_tray", "clear", "reset")

    def apply_label(self) -> None:
        """Take the label from the printer's peel plate and put it on the tube at the station.

        Raises DeviceError with alarm label-missing, tube-missing, suction-lost or motor-fault.
        """
        self._do("apply")

    def release(self) -> None:
        """Put the tube at the station into the tray."""
        self._do("release")

    def reject(self) -> None:
        """Put the tube at the station into the reject bin."""
        self._do("reject")

    def present_tray(self) -> None:
        """Hand the tray to the nurse."""
        self._do("present")

    def clear(self) -> None:
        """Empty station, peel plate and tray into the reject bin, so that the next patient starts clean."""
        self._do("clear")
