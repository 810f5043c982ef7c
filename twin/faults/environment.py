"""Faults of what every room depends on and no device is: the mains, the people, what they left undone, and the programs on the hosts."""

from __future__ import annotations

from twin.faults.catalogue import GENERAL, LARGER, MAJOR, Fault

SERVICE = "driver-service"  # of a window: the program through which its devices are reached

FAULTS = (
    Fault("power-off", "mains", "power-off", "市电中断", "mains out", MAJOR, 1800.0, 600.0, "docs/assumptions.md A-89",
          detail={"release_after": "5 min"}),
    Fault("off-site", "engineer", "off-site", "工程师不在院内", "engineer off site", GENERAL, 3600.0, 900.0, "R2; docs/assumptions.md A-63",
          detail={"answers_after": "1 min", "travel": "45 min"}),
    Fault("refill-skipped", "store", "refill-skipped", "上一班没有补料，订的货也没到", "the last shift did not refill, and its order has not come",
          GENERAL, 1800.0, 600.0, "docs/assumptions.md A-105", detail={"lanes": 0.2, "short_dated": "citrate-blue"}),
    Fault("quarantined", SERVICE, "quarantined", "驱动服务被杀毒软件隔离，要退回原版本", "driver service quarantined: back to the version before",
          LARGER, 360.0, 90.0, "R5.5; docs/assumptions.md A-260"),
)  # fmt: skip
