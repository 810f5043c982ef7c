"""The services of a queue log: the laws fitted to them, which one is chosen and why, and what a scenario needs of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caixue.lang import tr
from twin.fitting.laws import Law, Sample, constant, fitted

FEWEST = 20  # services; with fewer there is no fit: docs/assumptions.md A-164
NEAR = 0.05  # the largest distance at which a law is said to describe the services: docs/assumptions.md A-164
SAME_AIC = 10.0  # up to here a law still has some support (Burnham and Anderson 2002), and the one with fewer parameters is taken: docs/assumptions.md A-164
# Over the root of n: the Kolmogorov-Smirnov distance that chance alone reaches in 1 of 20 fits. Stephens 1974; for gamma about the same.
NOISE: Mapping[str, float] = {"lognormal": 0.895, "gamma": 0.9, "exponential": 1.094}
EMPIRICAL_VALUES = 200  # in a scenario; each the mean of as many services as any other
_STEPS_S = (10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1e4, 1e5, 1e9)
_ROUND = (*(factor * 10.0**power for power in range(-6, 1) for factor in (1, 2, 5)), *_STEPS_S)  # widths of bars
_US_PER_S = 1e6


@dataclass(frozen=True, slots=True)
class ServiceFit:
    """The services, what was fitted to them, which law was chosen, and why."""

    n: int
    unrecorded: int
    mean_s: float
    sd_s: float
    median_s: float
    p90_s: float
    resolution_s: float  # the times are multiples of it
    laws: tuple[Law, ...]
    chosen: str
    why: str
    values_s: tuple[float, ...]  # for the empirical law
    histogram: tuple[tuple[float, float, int], ...]  # from, to (seconds), how many

    @property
    def law(self) -> Law:
        """The one that was chosen."""
        return next(law for law in self.laws if law.name == self.chosen)


def fit_service(service_us: NDArray[np.int64], unrecorded: int) -> ServiceFit | None:
    """The fit of these services, all above zero; None where they are too few."""
    n = len(service_us)
    if n < FEWEST:
        return None
    us, counts = np.unique(service_us, return_counts=True)
    grid_us = int(np.gcd.reduce(us))
    sample = Sample(us / _US_PER_S, counts, grid_us / _US_PER_S)
    laws = fitted(sample) if len(us) > 1 else (constant(sample),)
    chosen, why = _choice(laws, sample)
    median, p90 = (float(sample.x[np.searchsorted(np.cumsum(counts), math.ceil(q * n))]) for q in (0.5, 0.9))
    values = _blocks(np.sort(service_us))
    return ServiceFit(
        n, unrecorded, sample.mean, sample.sd, median, p90, sample.grid, laws, chosen, why, values, _histogram(sample)
    )  # fmt: skip


def _choice(laws: Sequence[Law], sample: Sample) -> tuple[str, str]:
    """The name of the law to use, and why."""
    if laws[0].name == "deterministic":
        return "deterministic", tr("所有服务一样长", "all services are equally long")
    formulas = [law for law in laws if law.aic is not None]
    least = min(law.aic or 0.0 for law in formulas)
    equal = [law for law in formulas if (law.aic or 0.0) <= least + SAME_AIC]
    best = min(equal, key=lambda law: (law.name != "exponential", law.aic))
    distance = best.ks or 0.0
    noise = NOISE[best.name] / math.sqrt(sample.n)
    if distance > max(NEAR, noise):
        what = f"AIC {best.name} 最小，但 KS 距离 {distance:.3f} > {max(NEAR, noise):.3f}：用记录的时长本身"
        return "empirical", tr(
            what, f"{best.name} has the least AIC, but KS {distance:.3f} > {max(NEAR, noise):.3f}: the recorded times themselves"
        )
    how = tr("参数最少", "fewest parameters") if best.aic != least else tr("AIC 最小", "least AIC")
    fits = tr("在机会范围内", "within chance") if distance <= noise else tr("足够近", "near enough")
    return best.name, tr(f"{how}，KS 距离 {distance:.3f} {fits}", f"{how}; KS {distance:.3f} is {fits}")


def _blocks(ordered_us: NDArray[np.int64]) -> tuple[float, ...]:
    """The sorted services in as many equal parts as a scenario may hold, the mean of each, in seconds."""
    n = len(ordered_us)
    parts = min(n, EMPIRICAL_VALUES)
    edges = [part * n / parts for part in range(parts + 1)]
    upto = np.concatenate([[0.0], np.cumsum(ordered_us / _US_PER_S)])
    sums = np.interp(edges, np.arange(n + 1), upto)
    return tuple(float(value) for value in np.diff(sums) * parts / n)


def _histogram(sample: Sample) -> tuple[tuple[float, float, int], ...]:
    """Some twenty bars of a round width up to the 99th percentile, the last one open."""
    top = float(sample.x[np.searchsorted(np.cumsum(sample.counts), 0.99 * sample.n)])
    width = next(step for step in _ROUND if step * 20 >= top and step >= sample.grid)
    bars = np.minimum(np.floor(sample.x / width), 20).astype(np.int64)
    many = np.bincount(bars, weights=sample.counts, minlength=21)
    return tuple((place * width, (place + 1) * width, int(count)) for place, count in enumerate(many))
