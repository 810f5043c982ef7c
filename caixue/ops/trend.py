"""How a reading moves from round to round (contract C1): a robust slope, the change since the last time, and when the limit would be met.

The slope is Theil and Sen's: the median of the slopes of all pairs, which a stray reading does not move. Whether it is more than noise
is Mann and Kendall's one-sided test at 5 %. With fewer than 4 readings, or a slope that noise would give, the answer is that nobody can tell.
Sources: P. K. Sen, JASA 63 (1968) 1379–1389; M. G. Kendall, Rank Correlation Methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import erfc, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from caixue.lang import tr
from caixue.units import US_PER_DAY

LEAST = 4  # readings without which nothing is told
LEVEL = 0.05  # of the one-sided test; 4 readings pass it when each is worse than the one before (1 in 24); docs/assumptions.md A-227
EXACT = 30  # readings up to which the test counts orders instead of using the normal law
MOST = 120  # daily readings that are looked at, the latest ones

Worse = Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading, microseconds after the record's start."""

    at_us: int
    value: float


@dataclass(frozen=True, slots=True)
class Trend:
    """What can be said of one series. `per_30_days` is None where it cannot be reckoned, `days_left` where nobody can tell."""

    count: int
    last: float | None = None
    change: float | None = None  # since the reading before
    per_30_days: float | None = None
    worsening: bool = False  # towards the limit, and more than noise
    days_left: float | None = None  # until the limit is met at this slope; 0 where it is met already
    why: str = ""  # why nobody can tell


def trend_of(samples: Sequence[Sample], limit: float | None = None, worse: Worse = "above") -> Trend:
    """The trend of one reading in the order of time; several readings of one day count as their median."""
    days = _daily(samples)[-MOST:]
    if not days:
        return Trend(0, why=tr("还没有读数", "no reading yet"))
    x, y = (np.array(column, dtype=float) for column in zip(*days, strict=True))
    change = float(y[-1] - y[-2]) if len(y) > 1 else None
    if len(y) < LEAST:
        why = tr(f"只有 {len(y)} 次读数，少于 {LEAST} 次，说不准", f"{len(y)} of {LEAST} readings: cannot tell")
        return Trend(len(y), float(y[-1]), change, why=why)
    slope = theil_sen(x, y)
    toward = y if worse == "above" else -y
    worsening = chance_of(rising_less_falling(toward), len(y)) <= LEVEL
    left, why = _left(x, y, slope, limit, worse, worsening)
    return Trend(len(y), float(y[-1]), change, slope * 30, worsening, left, why)


def theil_sen(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The median of the slopes between all pairs of points; `x` rises strictly, at least two points."""
    first, second = np.triu_indices(len(x), 1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))


def rising_less_falling(y: NDArray[np.float64]) -> int:
    """Kendall's S: pairs whose later value is higher, less those whose later value is lower."""
    first, second = np.triu_indices(len(y), 1)
    return int(np.sign(y[second] - y[first]).sum())


def chance_of(score: int, count: int) -> float:
    """The probability that `count` readings without any trend have a Kendall's S of `score` or more; ties make it too large, never too small."""
    if count <= EXACT:
        return _exact(score, count)
    deviation = sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return 0.5 * erfc((score - 1) / deviation / sqrt(2))


@lru_cache(maxsize=1024)
def _exact(score: int, count: int) -> float:
    """By counting the orders of `count` things with at most so many inversions."""
    pairs = count * (count - 1) // 2
    most = -((score - pairs) // 2)  # rounded up: readings that are equal make scores that no orders without a tie have
    if most < 0:
        return 0.0
    orders = np.ones(1)
    for size in range(2, count + 1):  # dividing by `size` each time keeps shares instead of counts
        orders = np.convolve(orders, np.ones(size)) / size
    return float(orders[: most + 1].sum())


def _left(
    x: NDArray[np.float64], y: NDArray[np.float64], slope: float, limit: float | None, worse: Worse, worsening: bool
) -> tuple[float | None, str]:
    """Days until the fitted line meets the limit, or why nobody can tell."""
    if limit is None:
        return None, tr("没有限值", "there is no limit")
    now = float(np.median(y - slope * (x - x[-1])))
    if (y[-1] >= limit and now >= limit) if worse == "above" else (y[-1] <= limit and now <= limit):
        return 0.0, ""
    if not worsening or not slope:
        return None, tr("变化没有超出波动，说不准", "no change beyond its noise: cannot tell")
    days = (limit - now) / slope
    return (max(0.0, days), "") if (slope > 0) == (worse == "above") else (None, tr("在远离限值", "moves away from the limit"))


def _daily(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """One value a day of the record, in days since its start: the median of the day."""
    ordered = sorted(samples, key=lambda sample: sample.at_us)
    days = ((day, list(group)) for day, group in groupby(ordered, key=lambda sample: sample.at_us // US_PER_DAY))
    return [(float(day), float(np.median([sample.value for sample in group]))) for day, group in days]
