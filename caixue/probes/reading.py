"""What a probe tells: a state with its reason, and the figures of the attempts behind it (contract C2.3.1, C2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import Any

from caixue.lang import tr
from caixue.site_estate import ProbeSpec

LOST_CRIT = 0.5  # from this share of lost attempts on nobody can work with it: docs/assumptions.md A-191


class State(StrEnum):
    """How a check ended; unknown is never good."""

    OK = "OK"
    WARN = "WARN"
    CRIT = "CRIT"
    UNKNOWN = "UNKNOWN"


def gravest(states: Iterable[State]) -> State:
    """The gravest of them; unknown counts between a warning and a critical one, and so does nothing at all."""
    order = (State.OK, State.WARN, State.UNKNOWN, State.CRIT)
    return max(states, key=order.index, default=State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading; `about` is the host or interface, `latency_us` the median of the attempts that were answered."""

    name: str
    about: str
    state: State
    latency_us: int | None = None
    lost: int = 0
    tried: int = 0
    detail: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The reading as plain data."""
        times = {"latency_us": self.latency_us, "lost": self.lost, "tried": self.tried}
        return {
            "name": self.name,
            "about": self.about,
            "state": self.state.value,
            **times,
            "detail": self.detail,
            "values": dict(self.values),
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: how long the answer took, None for a lost one; what the peer said, or why it is lost."""

    latency_us: int | None
    said: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def percentile(latencies_us: Sequence[int], percent: int) -> int:
    """The nearest-rank percentile of some latencies; `percent` is 1 to 100."""
    return sorted(latencies_us)[ceil(len(latencies_us) * percent / 100) - 1]


def judged(spec: ProbeSpec, attempts: Sequence[Attempt]) -> Reading:
    """The reading that these attempts make: critical from half of them lost, a warning from one lost or from a slow median."""
    times = [attempt.latency_us for attempt in attempts if attempt.latency_us is not None]
    lost, tried = len(attempts) - len(times), len(attempts)
    why = next((attempt.said for attempt in attempts if attempt.latency_us is None), "")
    values: dict[str, Any] = {}
    for attempt in attempts:
        values |= attempt.values
    if times:
        values |= {f"p{percent}_us": percentile(times, percent) for percent in (50, 95)} | {"max_us": max(times)}
    median_us = percentile(times, 50) if times else None
    if tried == 0 or lost >= tried * LOST_CRIT:
        state = State.CRIT if tried else State.UNKNOWN
    elif lost:
        state = State.WARN
    else:
        state, why = _speed(spec, median_us or 0)
    return Reading(spec.name, spec.about, state, median_us, lost, tried, why, values)


def _speed(spec: ProbeSpec, median_us: int) -> tuple[State, str]:
    if median_us < spec.slow_us:
        return State.OK, ""
    slow, limit = f"{median_us / 1e6:.2f} s", f"{spec.slow_us / 1e6:g} s"
    return State.WARN, tr(f"慢：{slow}，从 {limit} 起算慢", f"slow: {slow}, and {limit} is slow")


def unknown(spec: ProbeSpec, why: str) -> Reading:
    """The reading where nothing could be asked."""
    return Reading(spec.name, spec.about, State.UNKNOWN, detail=why)
