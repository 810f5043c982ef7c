"""What the twin must have shown before a software is changed (contract R5.5): by kind of software the scenarios, and what each of them asks for.

The limits are those of the scenario files that ship; a result with looser ones proves nothing. The choice is assumed: docs/assumptions.md A-240.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FIDELITY = "wire"  # only there the drivers speak real bytes


@dataclass(frozen=True, slots=True)
class Limit:
    """One row that a result must hold."""

    figure: str
    limit: str
    clause: str = "project"
    where: str = ""


_LABELS = (Limit("label.crossed", "== 0", "C2.1"), Limit("label.duplicate", "== 0", "C2.1"))
_IN_TIME = Limit("incident.repair.max", "<= 30 min", "R3", "class == 一般")
_NO_BREACH = Limit("sla.breaches", "== 0", "R3")

LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "peak-monday": (
        Limit("patient.wait.p90", "<= 20 min", "G3"),
        _IN_TIME,
        Limit("incident.response.max", "<= 5 min", "R3"),
        Limit("window.below_eight.minutes", "<= 0 s", "R5.3"),
        Limit("label.crossed", "== 0", "C2.1"),
        Limit("label.unverified", "== 0", "C2.1"),
    ),
    "wrong-label-day": (*_LABELS, Limit("label.unverified", "== 0", "G1"), _IN_TIME, _NO_BREACH),
    "conveyor-stopped": (
        Limit("specimen.transport.p95", "<= 30 min", "C2.1"),
        Limit("porter.calls", ">= 1"),
        Limit("incident.count", "== 0", "R3", "class == 重大"),
        _NO_BREACH,
        *_LABELS,
        Limit("label.unverified", "== 0", "C2.1"),
    ),
    "power-cut": (
        *_LABELS,
        Limit("label.unverified", "== 0", "C2.1"),
        Limit("incident.repair.max", "<= 15 min", "C2.1.1", "device == mains"),
        Limit("incident.detect.max", "<= 1 min", "C5", "device == mains"),
        _NO_BREACH,
        Limit("tube.voided", ">= 1", "C2.1"),
    ),
}

# What each of them injects, all of it to be noticed.
FAULTS: Mapping[str, tuple[str, ...]] = {
    "peak-monday": (
        "window-3.label-printer print-head-dead-dots",
        "window-6.tube-dispenser lane-empty",
        "window-5.tube-dispenser tube-jam",
        "window-2.tube-dispenser bad-crc",
    ),
    "wrong-label-day": (
        "window-3.label-printer print-head-dead-dots",
        "window-5.label-printer power-cycle-mid-label",
        "window-1.tube-dispenser wrong-rack",
        "window-7.barcode-scanner stale-reply",
    ),
    "conveyor-stopped": ("conveyor-1 belt-stopped",),
    "power-cut": ("mains power-off",),
}

# The scenario files as they ship (Scenario.digest): a run of another room, load or staff under the same name proves nothing.
DIGESTS: Mapping[str, str] = {
    "peak-monday": "b75e8a9d83858482300ddb6eebd280f5e09d15d146b4fd3185b9215f4e7bad9b",
    "wrong-label-day": "ed3b5e6adeae7c90150a3871dc764f2ca2b3536afc4399206e482a352263f5de",
    "conveyor-stopped": "ca2f19c5cad955976e9db77695c74f5bc951eb56d6dedb6d06bedff1da5f09ba",
    "power-cut": "9fff1cff0e399391660692eeffa193cd9b24279f9ac9d8a9eb314c0283dfb3af",
}

# Kind of the software ([[software]] in the site file) → scenarios that must have passed; docs/assumptions.md A-240
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "driver": ("peak-monday", "wrong-label-day"),
    "firmware": ("peak-monday", "wrong-label-day"),
    "template": ("wrong-label-day",),
    "system": ("peak-monday", "conveyor-stopped"),
    "database": ("peak-monday", "conveyor-stopped"),
    "os": ("peak-monday", "power-cut"),  # it restarts what it runs on
}
