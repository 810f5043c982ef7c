"""What is kept of many days: number, mean, spread and extremes, updated day by day in order, so that no way of batching shows in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan, sqrt
from typing import Any

from caixue.verdict.spread import t_95

ENOUGH = 30  # days that differ from the usual one; with fewer of them no interval can be trusted: docs/assumptions.md A-179


@dataclass(slots=True)
class Tally:
    """One figure over the days that had samples (Welford's update); times in seconds."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0  # sum of squared distances from the mean
    least: float = 0.0
    most: float = 0.0
    at_least: int = 0  # days on which it was the least
    at_most: int = 0
    zeros: int = 0

    def add(self, value: float) -> None:
        """Count one more day; NaN, a day without samples, does not count."""
        if isnan(value):
            return
        self.n += 1
        before = value - self.mean
        self.mean += before / self.n
        self.squares += before * (value - self.mean)
        if self.n == 1 or value < self.least:
            self.least, self.at_least = value, 0
        if self.n == 1 or value > self.most:
            self.most, self.at_most = value, 0
        self.at_least += value == self.least
        self.at_most += value == self.most
        self.zeros += value == 0

    @property
    def sd(self) -> float | None:
        """Standard deviation of a day; None below two days."""
        return sqrt(self.squares / (self.n - 1)) if self.n > 1 else None

    @property
    def half(self) -> float | None:
        """Half the width of the 95 % interval of the mean (Student's t); None below two days."""
        return None if self.sd is None else t_95(self.n - 1) * self.sd / sqrt(self.n)

    @property
    def usual(self) -> int:
        """Days of the value that comes most often, of 0 and both extremes: what is rare is mostly 0, a share mostly 1."""
        return max(self.at_least, self.at_most, self.zeros)

    @property
    def alike(self) -> bool:
        """Whether no two days differed: that says nothing of how large the differences are that have not come yet."""
        return self.n > 1 and self.usual == self.n

    @property
    def seldom(self) -> bool:
        """Whether most days are alike and fewer than ENOUGH differ: the interval is then too often beside the truth."""
        return 2 * self.usual > self.n > 1 and self.n - self.usual < ENOUGH

    def to_json(self) -> dict[str, float | int | None]:
        """mean, low, high, n, sd, min, max; None where there is no sample, and for low and high where all days were alike."""
        if not self.n:
            return {"mean": None, "low": None, "high": None, "n": 0, "sd": None, "min": None, "max": None}
        half = self.half or 0.0
        interval = {"mean": self.mean, "low": None if self.alike else self.mean - half, "high": None if self.alike else self.mean + half}
        return {**interval, "n": self.n, "sd": self.sd, "min": self.least, "max": self.most}

    def state(self) -> list[float]:
        """Everything, so that `of` continues where this stands."""
        return [self.n, self.mean, self.squares, self.least, self.most, self.at_least, self.at_most, self.zeros]

    @classmethod
    def of(cls, state: Sequence[Any]) -> Tally:
        """The tally with that state."""
        n, mean, squares, least, most, *counts = state
        return cls(int(n), float(mean), float(squares), float(least), float(most), *map(int, counts))


@dataclass(slots=True)
class Pair:
    """One figure of two designs on the same days; only days count on which both have it."""

    a: Tally = field(default_factory=Tally)
    b: Tally = field(default_factory=Tally)
    difference: Tally = field(default_factory=Tally)  # b - a
    lower: int = 0  # days on which b is the lower
    higher: int = 0
    products: float = 0.0  # sum of the products of both distances from their means

    def add(self, a: float, b: float) -> None:
        """Count one more day."""
        if isnan(a) or isnan(b):
            return
        before = a - self.a.mean
        self.a.add(a)
        self.b.add(b)
        self.products += before * (b - self.b.mean)
        self.difference.add(b - a)
        self.lower += b < a
        self.higher += b > a

    @property
    def correlation(self) -> float | None:
        """How much both days have in common, from -1 to 1; None where one of them never changes."""
        spread = sqrt(self.a.squares) * sqrt(self.b.squares)
        return max(-1.0, min(1.0, self.products / spread)) if spread > 0 else None

    @property
    def saved(self) -> float | None:
        """How many times as many days it would take without pairing; None where that cannot be told."""
        return (self.a.squares + self.b.squares) / self.difference.squares if self.difference.squares > 0 else None
