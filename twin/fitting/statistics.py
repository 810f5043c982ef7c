"""The few functions of statistics that fitting needs, so that it gives the same bytes with and without scipy.

Sources: Abramowitz and Stegun 6.3.18, 6.4.12 (digamma, trigamma), 6.5.29, 6.5.31 (incomplete gamma), 26.2.23 (normal quantile),
26.4.17 (Wilson and Hilferty's cube root).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Z95 = 1.959963984540054  # two-sided 95 %
_LARGE = 20_000.0  # shapes from here on: the cube root of a gamma number is normal for all purposes
_TINY = 1e-300


def digamma(x: float) -> float:
    """The derivative of ln gamma, x > 0."""
    shift = 0.0
    while x < 8:
        shift, x = shift - 1 / x, x + 1
    inverse = 1 / (x * x)
    series = inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse / 132))))
    return shift + math.log(x) - 1 / (2 * x) - series


def trigamma(x: float) -> float:
    """The second derivative of ln gamma, x > 0."""
    shift = 0.0
    while x < 8:
        shift, x = shift + 1 / (x * x), x + 1
    inverse = 1 / (x * x)
    series = inverse / x * (1 / 6 - inverse * (1 / 30 - inverse * (1 / 42 - inverse * (1 / 30 - inverse * 5 / 66))))
    return shift + 1 / x + inverse / 2 + series


def normal_cdf(z: ArrayLike) -> Floats:
    """The standard normal distribution."""
    values = np.asarray(z, np.float64)
    return 0.5 * np.array([math.erfc(-one) for one in (values / math.sqrt(2)).ravel()]).reshape(values.shape)


def normal_quantile(p: float) -> float:
    """Its inverse, 0 < p < 1, by Newton's method from a rational start (Abramowitz and Stegun 26.2.23)."""
    if p > 0.5:
        return -normal_quantile(1 - p)
    t = math.sqrt(-2 * math.log(p))
    z = -(t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t**3))
    for _ in range(4):
        z -= (0.5 * math.erfc(-z / math.sqrt(2)) - p) * math.sqrt(2 * math.pi) * math.exp(z * z / 2)
    return z


def gamma_cdf(shape: float, x: ArrayLike) -> Floats:
    """The share of a gamma distribution of scale 1 up to x: the regularised lower incomplete gamma function."""
    values = np.maximum(np.asarray(x, np.float64), 0.0)
    if shape > _LARGE:
        return normal_cdf((np.cbrt(values / shape) - 1 + 1 / (9 * shape)) * 3 * math.sqrt(shape))
    below = values < shape + 1
    result = np.empty_like(values)
    result[below] = _series(shape, values[below])
    result[~below] = 1 - _fraction(shape, values[~below])
    return np.clip(result, 0.0, 1.0)


def gamma_quantile(shape: float, p: float) -> float:
    """The inverse of `gamma_cdf`, 0 < p < 1."""
    z = normal_quantile(p)
    x = shape * max(1e-3, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3
    if shape > _LARGE:
        return x
    low, high = 0.0, max(10 * x, 50.0)
    for _ in range(200):
        share = float(gamma_cdf(shape, x))
        low, high = (x, high) if share < p else (low, x)
        density = math.exp((shape - 1) * math.log(max(x, _TINY)) - x - math.lgamma(shape))
        after = x - (share - p) / density if density > _TINY else 0.0
        after = after if low < after < high else (low + high) / 2
        if abs(after - x) <= 1e-13 * x:
            return after
        x = after
    return x


def chi_square_tail(value: float, freedom: float) -> float:
    """The chance of a chi-square number above `value`."""
    return float(1 - gamma_cdf(freedom / 2, value / 2)) if value < 4 * freedom + 200 else 0.0


@cache
def poisson_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval of the mean of a Poisson number that came out as `count` (Garwood 1936)."""
    return gamma_quantile(count, 0.025) if count else 0.0, gamma_quantile(count + 1, 0.975)


def _scaled(shape: float, values: Floats) -> Floats:
    """x^a e^-x / gamma(a)."""
    return np.exp(shape * np.log(np.maximum(values, _TINY)) - values - math.lgamma(shape))


def _series(shape: float, values: Floats) -> Floats:
    if not values.size:
        return values
    term = np.full_like(values, 1 / shape)
    total, n = term.copy(), 0
    while n < 10_000 and bool((term > total * 1e-16).any()):
        n += 1
        term = term * values / (shape + n)
        total += term
    return total * _scaled(shape, values)


def _fraction(shape: float, values: Floats) -> Floats:
    """The upper part by Lentz's method."""
    if not values.size:
        return values
    b = values + 1 - shape
    c = np.full_like(values, 1 / _TINY)
    d = 1 / np.where(np.abs(b) < _TINY, _TINY, b)
    h, n = d.copy(), 0
    step = np.zeros_like(values)
    while n < 10_000 and bool((np.abs(step - 1) > 1e-15).any()):
        n += 1
        a = -n * (n - shape)
        b = b + 2
        d = a * d + b
        d = 1 / np.where(np.abs(d) < _TINY, _TINY, d)
        c = b + a / c
        c = np.where(np.abs(c) < _TINY, _TINY, c)
        step = d * c
        h = h * step
    return h * _scaled(shape, values)
