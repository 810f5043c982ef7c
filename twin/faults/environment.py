"""Faults of what every room depends on and no site file lists: the mains."""

from __future__ import annotations

from twin.faults.catalogue import MAJOR, Fault

FAULTS = (
    Fault("power-off", "mains", "power-off", "市电中断", "mains out", MAJOR, 1800.0, 600.0, "docs/assumptions.md A-89",
          detail={"release_after": "5 min"}),
)  # fmt: skip
