"""Judging: expectations held against the figures of one or more replications, and what the whole run comes to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Literal

from caixue.clock import US_PER_S
from caixue.day import DayRecord
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import Basis, Value, figure, figure_value
from caixue.verdict.spread import interval_95
from caixue.where import parse_where

Outcome = Literal["pass", "fail", "no-data"]

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_WORST: Mapping[str, Callable[[list[float]], float]] = {"<=": max, "<": max, ">=": min, ">": min}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One limit on one figure; `value` in the figure's unit (seconds for times), `limit` as people wrote it.

    Raises UsageError for an unknown figure or operator, a `where` that does not fit, and == or != on a figure that is a list.
    """

    figure: str
    operator: str
    value: float
    limit: str
    where: str = ""
    clause: str = "project"

    def __post_init__(self) -> None:
        row = figure(self.figure)
        parse_where(self.where, row.table)
        allowed = _WORST if row.unit == "list" else _HOLDS
        if self.operator not in allowed:
            raise UsageError(f"{self.figure}: unknown operator {self.operator!r}; write one of {' '.join(allowed)}")

    def holds(self, actual: float) -> bool:
        """Whether `actual` keeps the limit."""
        return _HOLDS[self.operator](actual, self.value)

    def one_number(self, value: Value) -> float | None:
        """The number that is judged: of a list its worst element; None without samples."""
        if isinstance(value, list):
            return _WORST[self.operator](value) if value else None
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """One judged expectation. `low` and `high` bound the mean at 95 % over the `n` replications that had samples.

    A figure that was not `simulated` has no samples and does not decide the verdict.
    """

    expectation: Expectation
    actual: float | None
    low: float | None
    high: float | None
    n: int
    breached_share: float | None
    verdict: Outcome
    simulated: bool = True
    why: str = ""  # it was not simulated, where that hangs on the scenario

    def to_json(self) -> dict[str, Any]:
        """The row as result.json holds it."""
        expected = self.expectation
        judged = {"actual": self.actual, "low": self.low, "high": self.high, "n": self.n, "breached_share": self.breached_share}
        asked = {"figure": expected.figure, "where": expected.where, "limit": expected.limit}
        more = {} if self.simulated else {"simulated": False} | ({"why": self.why} if self.why else {})
        return {**asked, **judged, "clause": expected.clause, "verdict": self.verdict, **more}


@dataclass(frozen=True, slots=True)
class FaultTimes:
    """One injected fault: armed → fired → seen by caixue → recovered, in microseconds since the start; None = did not happen.

    An `absorbed` one need not be seen: it must fire and be followed by good work. `firings` counts the disturbances of a link.
    A `random` one came by itself: the run may end before it could fire.
    """

    name: str
    armed_us: int | None = None
    fired_us: int | None = None
    seen_us: int | None = None
    recovered_us: int | None = None
    absorbed: bool = False
    firings: int | None = None
    random: bool = False

    def to_json(self) -> dict[str, Any]:
        """The fault as result.json holds it: times in seconds."""
        times = {"armed_at": self.armed_us, "fired_at": self.fired_us, "seen_at": self.seen_us, "recovered_at": self.recovered_us}
        more: dict[str, Any] = {} if self.firings is None else {"firings": self.firings}
        if self.absorbed:
            more["absorbed"] = True
        if self.random:
            more["random"] = True
        return {"name": self.name} | {key: None if us is None else us / US_PER_S for key, us in times.items()} | more

    def failure(self) -> str | None:
        """Why this fault fails the run: it never fired, nobody noticed it, or nothing worked after one to be absorbed; None when neither."""
        if self.fired_us is None:
            return None if self.random else tr(f"{self.name}：从未触发", f"{self.name}: never fired")
        if self.absorbed:
            never = tr(f"{self.name}：已触发，但此后没有恢复的迹象", f"{self.name}: fired, but never recovered")
            return never if self.recovered_us is None else None
        return tr(f"{self.name}：已触发，但从未被发现", f"{self.name}: fired, but never seen") if self.seen_us is None else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run comes to; `broken` names the other promises that it broke, such as invariants."""

    rows: tuple[Row, ...]
    faults: tuple[FaultTimes, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the run fails whatever its figures."""
        failures = (fault.failure() for fault in self.faults)
        return (*(reason for reason in failures if reason is not None), *self.broken)

    @property
    def verdict(self) -> Outcome:
        """fail for any breach or reason; else no-data when a limit has no samples, or none was simulated; else pass."""
        simulated = [row for row in self.rows if row.simulated]
        verdicts = {row.verdict for row in simulated or self.rows}
        if self.reasons or "fail" in verdicts:
            return "fail"
        return "no-data" if "no-data" in verdicts else "pass"

    def to_json(self) -> dict[str, Any]:
        """The verdict's keys of result.json: verdict, expectations, faults, broken."""
        rows, faults = [row.to_json() for row in self.rows], [fault.to_json() for fault in self.faults]
        return {"verdict": self.verdict, "expectations": rows, "faults": faults, "broken": list(self.broken)}


def values_of(expectations: Sequence[Expectation], day: DayRecord, basis: Basis) -> tuple[float | None, ...]:
    """What one replication says to each expectation, in their order."""
    return tuple(expected.one_number(figure_value(day, basis, expected.figure, expected.where)) for expected in expectations)


def judge(expectations: Sequence[Expectation], replications: Sequence[Sequence[float | None]]) -> tuple[Row, ...]:
    """Hold each expectation against the mean over the replications, each given as `values_of` returns it."""
    return tuple(
        _row(expected, [values[place] for values in replications if values[place] is not None])
        for place, expected in enumerate(expectations)
    )


def _row(expected: Expectation, values: Sequence[float | None]) -> Row:
    samples = [value for value in values if value is not None]
    if not samples:
        return Row(expected, None, None, None, 0, None, "no-data")
    actual = mean(samples)
    low, high = interval_95(samples)
    breaches = sum(not expected.holds(value) for value in samples)
    return Row(expected, actual, low, high, len(samples), breaches / len(samples), "pass" if expected.holds(actual) else "fail")


def conclude(rows: Sequence[Row], faults: Sequence[FaultTimes] = (), broken: Sequence[str] = ()) -> Verdict:
    """The verdict on a run: its judged rows, its injected faults, and what else it broke."""
    return Verdict(tuple(rows), tuple(faults), tuple(broken))


def exit_code(verdict: Verdict, *, steady: bool = True) -> int:
    """The exit code of `caixue run` (design §7): 0 pass, 99 anything else, 3 when the room was not steady before the first fault."""
    if not steady:
        return 3
    return 0 if verdict.verdict == "pass" else 99
