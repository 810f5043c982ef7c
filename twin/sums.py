"""Number, mean and spread of many columns over any number of rows, in constant memory and exactly: neither order nor batches show in them."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from caixue.verdict.spread import t_95

_BITS = 53  # of a float's mantissa
_HALF = 27
_LOWEST = -1074  # exponent of the smallest float
_EXPONENTS = 2100


class ExactSum:
    """The sum of each column as a whole number times 2**(_LOWEST - _BITS): one counter for each exponent that a float may have."""

    def __init__(self, columns: int) -> None:
        self._high = np.zeros((columns, _EXPONENTS), np.int64)
        self._low = np.zeros((columns, _EXPONENTS), np.int64)

    def add(self, column: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add each value to its column; at most 2**36 of them in all."""
        mantissa, exponent = np.frexp(values)
        whole = np.ldexp(mantissa, _BITS).astype(np.int64)
        place = (column, exponent.astype(np.int64) - _LOWEST)
        np.add.at(self._high, place, whole >> _HALF)
        np.add.at(self._low, place, whole & ((1 << _HALF) - 1))

    def total(self, column: int) -> Fraction:
        """The sum of that column, without any rounding."""
        high, low = self._high[column], self._low[column]
        whole = 0
        for place in np.flatnonzero(high | low).tolist():
            whole += ((int(high[place]) << _HALF) + int(low[place])) << place
        return Fraction(whole, 1 << (_BITS - _LOWEST))


class Sums:
    """What is kept of many rows; NaN, no sample, does not count. The spread is taken around each column's first value."""

    def __init__(self, columns: int) -> None:
        self.n = np.zeros(columns, np.int64)
        self._origin = np.full(columns, np.nan)
        self._values, self._distances, self._squares = ExactSum(columns), ExactSum(columns), ExactSum(columns)

    def add(self, rows: NDArray[np.float64]) -> None:
        """Count more rows; batches come in the order of their rows."""
        known = ~np.isnan(rows)
        if len(rows):
            first = rows[known.argmax(axis=0), np.arange(rows.shape[1])]
            self._origin = np.where(np.isnan(self._origin), first, self._origin)
        self.n += known.sum(axis=0)
        column = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)[known]
        values = rows[known]
        distances = values - self._origin[column]
        self._values.add(column, values)
        self._distances.add(column, distances)
        self._squares.add(column, distances * distances)

    def mean(self, column: int) -> float | None:
        """The mean; None without samples."""
        n = int(self.n[column])
        return float(self._values.total(column) / n) if n else None

    def interval(self, column: int) -> tuple[float, float] | None:
        """The 95 % interval of the mean (Student's t): the mean itself where there is one sample; None without any."""
        n, mean = int(self.n[column]), self.mean(column)
        if mean is None:
            return None
        half = t_95(n - 1) * sqrt(self._variance(column, n)) / sqrt(n) if n > 1 else 0.0
        return mean - half, mean + half

    def _variance(self, column: int, n: int) -> float:
        distance = self._distances.total(column)
        return max(0.0, float((self._squares.total(column) - distance * distance / n) / (n - 1)))
