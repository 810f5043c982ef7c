"""The fault catalogue: one row a fault, kept beside the device model it belongs to and collected here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

GENERAL, LARGER, MAJOR = "一般", "较大", "重大"  # the contract's three fault classes


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    `symptom` names what the model does: the injector calls `model.begin(symptom, **detail)` when the fault fires and
    `model.end(symptom)` when it is repaired. `severity` is the usual class; an incident's own class is computed from the
    state of the room. `per` says what `mean_between` counts: "h" powered hours, "tube", "label", "cut", "km" or "day".
    """

    kind: str  # "print-head-dead-dots"
    device: str  # the card's kind, or "link", "window", "engineer", "room"
    symptom: str
    zh: str
    en: str
    severity: str
    repair_mean_s: float
    repair_sd_s: float
    source: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    per: str = "h"
    mean_between: float | None = None  # None: only injected by hand
    part: str = ""  # spare part that a repair uses
    nurse_clears: bool = False  # a nurse can clear it without the engineer


@cache
def catalogue() -> Mapping[tuple[str, str], Fault]:
    """Every fault row of the project, by (device kind, fault kind): each module of twin.devices and twin.faults may hold FAULTS."""
    rows: dict[tuple[str, str], Fault] = {}
    for package_name in ("twin.devices", "twin.faults"):
        package = importlib.import_module(package_name)
        for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            for row in getattr(importlib.import_module(f"{package_name}.{module}"), "FAULTS", ()):
                assert (row.device, row.kind) not in rows, f"two rows for {row.device}/{row.kind}"
                rows[row.device, row.kind] = row
    return rows
