"""From independent replications to an interval and a z-score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, erfc, exp, log, sqrt
from statistics import NormalDist, fmean, stdev

LIMIT = 3.3  # |z| from which a row fails: one right row in a thousand
RARE = 0.001  # all rows together fail where right ones would be so far off more rarely than this
NOTICED = 1.96  # beyond it lies one right row in twenty


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of independent replications against an exact value."""

    mean: float
    low: float  # 95 % interval
    high: float
    z: float  # as a standard normal number
    replications: int

    @property
    def least_bias(self) -> float:
        """The bias that makes z reach LIMIT in one of two runs of this size."""
        degrees = self.replications - 1
        return (self.high - self.low) / 2 * student_quantile(LIMIT, degrees) / student_quantile(NOTICED, degrees)


@dataclass(frozen=True, slots=True)
class Together:
    """All z-scores of a page: sum and sum of squares, and how probable as much or more is where every row is right."""

    total: float
    total_chance: float
    squares: float
    squares_chance: float

    @property
    def passed(self) -> bool:
        """Neither is rarer than RARE: no bias all rows share, no spread that is too large."""
        return min(self.total_chance, self.squares_chance) >= RARE


def together(z: Sequence[float]) -> Together:
    """Independent standard normal numbers, one at least: their sum is normal (two-sided), that of their squares chi-square."""
    total, squares = sum(z), sum(one * one for one in z)
    return Together(total, erfc(abs(total) / sqrt(2 * len(z))), squares, chi_square_chance(squares, len(z)))


def estimate(values: Sequence[float], exact: float) -> Estimate:
    """Student's t over the replications; two at least, not all alike."""
    degrees = len(values) - 1
    mean, error = fmean(values), stdev(values) / sqrt(len(values))
    half = student_quantile(NOTICED, degrees) * error
    return Estimate(mean, mean - half, mean + half, normal_of_student((mean - exact) / error, degrees), len(values))


def normal_of_student(t: float, degrees: int) -> float:
    """The standard normal number that is as improbable as `t`. Source: Wallace 1959, better than 0.02 from ten degrees up."""
    return copysign((8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log(1 + t * t / degrees)), t)


def student_quantile(z: float, degrees: int) -> float:
    """The inverse of `normal_of_student`."""
    return copysign(sqrt(degrees * (exp((z * (8 * degrees + 3) / (8 * degrees + 1)) ** 2 / degrees) - 1)), z)


def chi_square_chance(total: float, degrees: int) -> float:
    """How probable so large a sum of squares is. Source: Wilson and Hilferty 1931."""
    spread = 2 / (9 * degrees)
    return erfc(((total / degrees) ** (1 / 3) - (1 - spread)) / sqrt(2 * spread)) / 2


def beyond(z: Sequence[float]) -> tuple[int, float]:
    """How many lie beyond 1.96, and how many are to be expected."""
    return sum(abs(one) > NOTICED for one in z), 2 * (1 - NormalDist().cdf(NOTICED)) * len(z)
