"""Faults of a whole window, whatever the cause: for rooms without devices, and for planning."""

from __future__ import annotations

from twin.faults.catalogue import LARGER, Fault

FAULTS = (
    Fault("out-of-service", "window", "out-of-service", "窗口停用", "window out of service", LARGER, 2700.0, 600.0,
          "judgement in docs/assumptions.md A-62"),
)  # fmt: skip
