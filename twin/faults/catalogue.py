"""The fault catalogue: one row a fault, kept beside the device model it belongs to and collected here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from caixue.discovery import modules
from caixue.errors import UsageError

GENERAL, LARGER, MAJOR = "一般", "较大", "重大"  # the contract's three fault classes


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    `symptom` names what the model does: the injector calls `model.begin(symptom, **detail)` when the fault fires and
    `model.end(symptom)` when it is repaired. `severity` is the usual class; an incident's own class is computed from the
    state of the room. `per` says what `mean_between` counts: "h" powered hours, "tube", "label", "cut", "km" or "day".
    `detail` holds the fault's keys with their defaults, `options` keys that are off unless written, each with an example.
    `absorbed` marks what the protocol is made to swallow without a trace: it must fire and pass, and nobody need see it.
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
    options: Mapping[str, Any] = field(default_factory=dict)
    absorbed: bool = False


@cache
def catalogue() -> Mapping[tuple[str, str], Fault]:
    """Every fault row by (device kind, fault kind): each module of twin.devices, twin.faults and third-party models may hold FAULTS."""
    rows: dict[tuple[str, str], Fault] = {}
    for package_name, group in (("twin.devices", "caixue.models"), ("twin.faults", "caixue.faults")):
        for module in modules(importlib.import_module(package_name), group):
            for row in getattr(module, "FAULTS", ()):
                if (row.device, row.kind) in rows:
                    raise UsageError(f"{module.__name__}: a second fault row for {row.device}/{row.kind}")
                rows[row.device, row.kind] = row
    return rows
