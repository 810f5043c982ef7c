"""The 95 % interval of a mean over replications (Student's t)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import mean, stdev

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. Source: any table, e.g. NIST/SEMATECH e-Handbook 1.3.6.7.2.
_T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
_Z_95 = 1.959964


def t_95(freedom: int) -> float:
    """The two-sided 95 % quantile for `freedom` >= 1 degrees of freedom; above 30 by the Cornish-Fisher expansion, good to 0.001."""
    if freedom <= len(_T_95):
        return _T_95[freedom - 1]
    z = _Z_95
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def interval_95(samples: Sequence[float]) -> tuple[float, float]:
    """Low and high end of the interval for the mean; both are the sample itself when there is only one."""
    middle = mean(samples)
    if len(samples) == 1:
        return middle, middle
    half = t_95(len(samples) - 1) * stdev(samples) / sqrt(len(samples))
    return middle - half, middle + half
