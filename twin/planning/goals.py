"""What a staffing must keep, and when it is said to keep it, at a stated confidence.

A limit such as that of the P90 wait is one of the mean over days, and holds when the one-sided bound of the mean keeps it. The
eight-window clause is kept or broken by each day: it holds when so many days keep it (the lower bound of their share).
Below `LEAST_SAMPLES` days with a value nothing is said, and where all days agree as much as the rule of three allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from caixue.clock import US_PER_S
from caixue.units import format_duration
from caixue.verdict import Expectation
from twin.expectations import Expect
from twin.validation.estimates import student_quantile

Floats = NDArray[np.float64]

WAIT = "patient.wait.p90"
LONGEST = "patient.wait.max"
BELOW_EIGHT, USABLE_LEAST = "window.below_eight.minutes", "window.usable.min"
DAILY = (BELOW_EIGHT, USABLE_LEAST)  # kept or broken by each day: the confidence is the share of days that must keep them
LEFT, COUNT = "patient.left", "patient.count"
LEFT_MORE = 0.01  # of the people may leave beyond the share that leaves with a nurse at every window; docs/assumptions.md A-155
LEAST_SAMPLES = 20  # days with a value, below which nothing is said of a limit
ALIKE = 0.95  # days that are all alike speak for at least this share of days
TIMES_THE_LIMIT = 2.0  # the day's longest wait may be so many times the limit of the P90; docs/assumptions.md A-150


class Held(Enum):
    """Whether a limit holds: shown to hold, shown to fail, or neither so far."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Goal:
    """One limit on the mean of a day's figure. `value` in the figure's unit; `text` as people write it.

    `of_mean` makes a limit of the mean of one that each day would keep or break.
    """

    figure: str
    operator: str
    value: float
    text: str
    where: str = ""
    clause: str = "project"
    of_mean: bool = False

    @property
    def expectation(self) -> Expectation:
        """The same, as a verdict takes it."""
        return Expectation(self.figure, self.operator, self.value, self.text, self.where, self.clause)

    @property
    def daily(self) -> bool:
        """True for a limit that each day keeps or breaks; any other is a limit of the mean over days."""
        return self.figure in DAILY and not self.of_mean

    @property
    def is_upper(self) -> bool:
        """True where less is better."""
        return self.operator in ("<=", "<", "==")


@dataclass(frozen=True, slots=True)
class Measured:
    """What so many days say to one goal: the mean, its bound on the side of the limit, and the share of days beyond the limit."""

    goal: Goal
    mean: float
    sd: float
    days: int
    beyond: float

    def bound(self, confidence: float) -> float:
        """The one-sided bound of the mean on the side of the limit."""
        return self.mean + self._half(confidence) if self.goal.is_upper else self.mean - self._half(confidence)

    def interval(self) -> tuple[float, float]:
        """The two-sided 95 % interval of the mean."""
        half = self._half(0.975)
        return self.mean - half, self.mean + half

    def kept(self, confidence: float) -> tuple[float, float]:
        """The one-sided bounds, each at that confidence, of the share of days that keep the limit (Wilson's score)."""
        z, share = NormalDist().inv_cdf(confidence), 1.0 - self.beyond
        middle = share + z * z / (2 * self.days)
        half = z * math.sqrt(share * (1.0 - share) / self.days + (z / (2 * self.days)) ** 2)
        return (middle - half) / (1.0 + z * z / self.days), (middle + half) / (1.0 + z * z / self.days)

    def held(self, confidence: float, wanted: float | None = None) -> Held:
        """Whether the limit holds at that confidence. Of the mean: its bound keeps it, the opposite bound breaks it, or neither.

        Of each day: at least the share `wanted` (by default the confidence) of days keeps it. Too few samples leave it open.
        """
        expected = self.goal.expectation
        if self.days < LEAST_SAMPLES:
            return Held.OPEN
        if self.goal.daily:
            low, high = self.kept(confidence)
            share = confidence if wanted is None else wanted
            return Held.HOLDS if low >= share else Held.OPEN if high >= share else Held.FAILS
        if not self.sd:
            return self._all_alike(confidence)
        if expected.holds(self.mean) and expected.holds(self.bound(confidence)):
            return Held.HOLDS
        return Held.OPEN if expected.holds(self._other_bound(confidence)) else Held.FAILS

    def _all_alike(self, confidence: float) -> Held:
        """What days without any spread say: that at least the share `ALIKE` of days is so, once they are enough (rule of three)."""
        if (1.0 - confidence) ** (1.0 / self.days) < ALIKE:
            return Held.OPEN
        return Held.HOLDS if self.goal.expectation.holds(self.mean) else Held.FAILS

    def _other_bound(self, confidence: float) -> float:
        return self.mean - self._half(confidence) if self.goal.is_upper else self.mean + self._half(confidence)

    def _half(self, confidence: float) -> float:
        if self.days < 2:
            return 0.0
        return student_quantile(NormalDist().inv_cdf(confidence), self.days - 1) * self.sd / math.sqrt(self.days)


def measured(goal: Goal, samples: Floats) -> Measured:
    """What these days say to the goal; days without a value count for nothing."""
    known = samples[~np.isnan(samples)]
    if not len(known):
        return Measured(goal, math.nan, 0.0, 0, 0.0)
    expected = goal.expectation
    beyond = sum(not expected.holds(value) for value in known.tolist()) / len(known)
    spread = len(known) > 1 and bool((known != known[0]).any())
    return Measured(goal, float(known.mean()), float(known.std(ddof=1)) if spread else 0.0, len(known), beyond)


def goals_of(
    expectations: Sequence[Expect], wait_us: int | None, wait_text: str, longest_us: int | None, longest_text: str
) -> tuple[Goal, ...]:
    """What the scenario expects, with another limit of the P90 wait and of the day's longest wait where they are given.

    A scenario that says nothing of the longest wait gets twice the limit of the P90, so that no tenth of the people waits without end.
    """
    rows = [Goal(row.figure, row.limit.operator, row.limit.value, row.limit.text, row.where, row.clause) for row in expectations]
    if wait_us is not None:
        rows = [_upper(WAIT, wait_us / US_PER_S, wait_text), *(row for row in rows if not _is_plain(row, WAIT))]
    if longest_us is not None:
        rows = [*(row for row in rows if not _is_plain(row, LONGEST)), _upper(LONGEST, longest_us / US_PER_S, longest_text)]
    limit = next((row for row in rows if _is_plain(row, WAIT)), None)
    if limit is not None and not any(_is_plain(row, LONGEST) for row in rows):
        rows.append(_upper(LONGEST, TIMES_THE_LIMIT * limit.value, format_duration(round(TIMES_THE_LIMIT * limit.value * US_PER_S))))
    return tuple(rows)


def wait_goal(goals: Sequence[Goal]) -> Goal | None:
    """The limit of the P90 wait over everybody; None where there is none."""
    return next((goal for goal in goals if _is_plain(goal, WAIT)), None)


def left_goal(goals: Sequence[Goal], left: float, count: float) -> Goal | None:
    """The limit on how many leave a day, where `left` of `count` do with a nurse at every window; None where the goals have one."""
    if any(_is_plain(goal, LEFT) for goal in goals):
        return None
    people = math.ceil((left + LEFT_MORE * count) * 10.0) / 10.0
    return Goal(LEFT, "<=", people, f"<= {people:g}")


def _is_plain(goal: Goal, figure: str) -> bool:
    return goal.figure == figure and not goal.where


def _upper(figure: str, value: float, text: str) -> Goal:
    return Goal(figure, "<=", value, f"<= {text}")
