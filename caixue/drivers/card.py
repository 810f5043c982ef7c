"""The device card: every fact about one kind of device, in one place, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Register:
    """One Modbus point: where it is and what a count means."""

    address: int
    unit: str
    source: str
    words: int = 1


@dataclass(frozen=True, slots=True)
class Counter:
    """One count of use that a device keeps for itself; `place` is where it is asked for: a Modbus address or a counter's number."""

    unit: str  # "km", "cut", "tube"
    source: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm a device can report."""

    name: str
    zh: str
    en: str
    blocks: bool = True  # the device cannot work until it is cleared
    source: str = "assumed: docs/assumptions.md A-01"


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """What driver and model both know about one kind of device."""

    kind: str
    zh: str
    en: str
    protocol: str
    baudrate: int
    reply_timeout_s: float
    source: str
    poll_s: float = 30.0
    inputs: Mapping[str, Register] = field(default_factory=dict)
    holdings: Mapping[str, Register] = field(default_factory=dict)
    commands: Mapping[str, int | bytes] = field(default_factory=dict)
    alarms: Mapping[int, Alarm] = field(default_factory=dict)
    durations_s: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    counters: Mapping[str, Counter] = field(default_factory=dict)  # of use, which wears parts
    capabilities: tuple[str, ...] = ()
