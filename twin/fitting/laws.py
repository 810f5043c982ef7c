"""Laws of service times: lognormal, gamma and exponential by maximum likelihood, else the recorded times themselves; and how well each fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from twin.fitting.statistics import Z95, Floats, digamma, gamma_cdf, normal_cdf, trigamma

COARSE = 0.1  # of the mean: times noted no finer than this are told


@dataclass(frozen=True, slots=True)
class Law:
    """One law fitted to the services; times in seconds. `aic` and the statistics are None where they have no meaning."""

    name: str
    mean_s: float
    mean_low_s: float
    mean_high_s: float
    sd_s: float
    sd_low_s: float
    sd_high_s: float
    ks: float | None  # Kolmogorov-Smirnov: the largest distance between the law and the recorded share
    ad: float | None  # Anderson-Darling: the same with the tails given weight
    aic: float | None


class Sample:
    """The services as distinct values in seconds and how often each came, with the moments that all fits need."""

    def __init__(self, x: Floats, counts: NDArray[np.int64], grid: float) -> None:
        self.x, self.counts, self.grid = x, counts, grid
        self.n = int(counts.sum())
        self.mean = float((x * counts).sum() / self.n)
        self.variance = float((counts * (x - self.mean) ** 2).sum() / self.n)
        self.sd = math.sqrt(self.variance * self.n / max(1, self.n - 1))
        logs = np.log(x)
        self.log_mean = float((logs * counts).sum() / self.n)
        self.log_variance = float((counts * (logs - self.log_mean) ** 2).sum() / self.n)

    def ks(self, cdf: Callable[[Floats], Floats]) -> float:
        """The largest distance. On a grid the recorded x stands for all within half a step of it."""
        upto = np.cumsum(self.counts) / self.n
        before = upto - self.counts / self.n
        if self.grid * 1000 >= 1:  # noted in milliseconds or coarser
            half = self.grid / 2
            return float(max(np.abs(upto - cdf(self.x + half)).max(), np.abs(before - cdf(self.x - half)).max()))
        law = cdf(self.x)
        return float(max((upto - law).max(), (law - before).max()))

    def ad(self, cdf: Callable[[Floats], Floats]) -> float | None:
        """Anderson and Darling's statistic with equal times spread evenly over their ranks; None on a coarse grid."""
        if self.grid > COARSE * self.mean:
            return None
        share = np.clip(cdf(self.x), 1e-15, 1 - 1e-15)
        after = np.cumsum(self.counts).astype(np.float64)
        before = after - self.counts
        # the sum of 2i - 1 over the ranks of one value, and the same counted from the top
        low, high = after**2 - before**2, (self.n - before) ** 2 - (self.n - after) ** 2
        return float(-self.n - (low * np.log(share) + high * np.log1p(-share)).sum() / self.n)


def _lognormal(sample: Sample) -> Law:
    mu, sigma = sample.log_mean, math.sqrt(sample.log_variance)
    likelihood = -sample.n * (mu + math.log(sigma) + 0.5 * math.log(2 * math.pi) + 0.5)
    mean = math.exp(mu + sigma**2 / 2)
    spread = math.expm1(sigma**2)
    slope = sigma + sigma * math.exp(sigma**2) / spread  # of ln sd over sigma
    mean_error = math.sqrt((sigma**2 + sigma**4 / 2) / sample.n)
    sd_error = math.sqrt((sigma**2 + slope**2 * sigma**2 / 2) / sample.n)
    return _law(
        "lognormal",
        sample,
        (mean, mean_error),
        (mean * math.sqrt(spread), sd_error),
        partial(_lognormal_cdf, mu, sigma),
        4 - 2 * likelihood,
    )


def _gamma(sample: Sample) -> Law:
    shape, n = gamma_shape(math.log(sample.mean) - sample.log_mean), sample.n
    scale = sample.mean / shape
    likelihood = (shape - 1) * sample.log_mean - sample.mean / scale - shape * math.log(scale) - math.lgamma(shape)
    mean_error = 1 / math.sqrt(shape * n)
    shape_error = math.sqrt(1 / (n * max(1e-300, shape * (shape * trigamma(shape) - 1))))  # of ln shape
    sd_error = math.hypot(mean_error, shape_error / 2)
    sd = sample.mean / math.sqrt(shape)
    return _law("gamma", sample, (sample.mean, mean_error), (sd, sd_error), partial(_gamma_cdf, shape, scale), 4 - 2 * n * likelihood)


def gamma_shape(s: float) -> float:
    """The shape of most likelihood for s = ln(mean) - mean(ln), by Newton's method (Minka 2002 gives the start)."""
    s = max(s, 1e-12)
    shape = (3 - s + math.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    if shape > 1e6:
        return shape
    for _ in range(100):
        step = (math.log(shape) - digamma(shape) - s) / (1 / shape - trigamma(shape))
        after = shape - step if shape > step else shape / 2
        if abs(after - shape) <= 1e-13 * shape:
            break
        shape = after
    return shape


def _exponential(sample: Sample) -> Law:
    likelihood = -sample.n * (math.log(sample.mean) + 1)
    error = (sample.mean, 1 / math.sqrt(sample.n))
    return _law("exponential", sample, error, error, partial(_exponential_cdf, sample.mean), 2 - 2 * likelihood)


def _empirical(sample: Sample) -> Law:
    """The recorded times themselves; the interval of their standard deviation from the fourth moment."""
    fourth = float((sample.counts * (sample.x - sample.mean) ** 4).sum() / sample.n) / sample.variance**2
    mean = (sample.mean, sample.sd / sample.mean / math.sqrt(sample.n))
    return _law("empirical", sample, mean, (sample.sd, math.sqrt(max(0.0, fourth - 1) / (4 * sample.n))), None, None)


def constant(sample: Sample) -> Law:
    """The law of services that are all equally long."""
    return _law("deterministic", sample, (sample.mean, 0.0), (0.0, 0.0), None, None)


def fitted(sample: Sample) -> tuple[Law, ...]:
    """Every law by maximum likelihood, and the recorded times themselves."""
    return tuple(fit(sample) for fit in (_lognormal, _gamma, _exponential, _empirical))


def _law(
    name: str, sample: Sample, mean: tuple[float, float], sd: tuple[float, float], cdf: Callable[[Floats], Floats] | None, aic: float | None
) -> Law:  # fmt: skip
    """`mean` and `sd` with the standard error of their logarithms."""
    spans = (value * math.exp(way * Z95 * error) for value, error in (mean, sd) for way in (-1, 1))
    mean_low, mean_high, sd_low, sd_high = spans
    ks, ad = (None, None) if cdf is None else (sample.ks(cdf), sample.ad(cdf))
    return Law(name, mean[0], mean_low, mean_high, sd[0], sd_low, sd_high, ks, ad, aic)


def _lognormal_cdf(mu: float, sigma: float, x: Floats) -> Floats:
    share = normal_cdf((np.log(np.maximum(x, 1e-300)) - mu) / sigma)
    return np.where(x > 0, share, 0.0)


def _gamma_cdf(shape: float, scale: float, x: Floats) -> Floats:
    return gamma_cdf(shape, x / scale)


def _exponential_cdf(mean: float, x: Floats) -> Floats:
    return -np.expm1(-np.maximum(x, 0.0) / mean)


def law_cdf(law: Law, x: Floats) -> Floats | None:
    """The share up to x under a law, from its mean and standard deviation; None for one without a formula."""
    if law.name == "lognormal":
        variance = math.log1p((law.sd_s / law.mean_s) ** 2)
        return _lognormal_cdf(math.log(law.mean_s) - variance / 2, math.sqrt(variance), x)
    if law.name == "gamma":
        return _gamma_cdf((law.mean_s / law.sd_s) ** 2, law.sd_s**2 / law.mean_s, x)
    return _exponential_cdf(law.mean_s, x) if law.name == "exponential" else None
