"""Stationary queues whose state is a level (how many patients) and a phase, solved exactly but for a far truncation.

Level-dependent quasi-birth-death process by backward recursion: R(n) = U(n) (−L(n+1) − R(n+1) D(n+2))⁻¹, π(n+1) = π(n) R(n).
Source: Neuts, Matrix-Geometric Solutions in Stochastic Models, 1981.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Rates = Callable[[int], Matrix]


class Process(NamedTuple):
    """Rates from the phases of a level: one level up, within the level (no diagonal), one level down."""

    up: Rates
    within: Rates
    down: Rates


def mean_level(process: Process, most: int, waiting_above: int = 0) -> float:
    """The stationary mean of max(level − `waiting_above`, 0); `most` is the highest level that is looked at."""
    steps: list[Matrix] = []
    above = np.zeros((len(process.within(most)),) * 2)
    for level in range(most, 0, -1):
        top = level == most
        above = process.up(level - 1) @ np.linalg.inv(_leaving(process, level, top) - above)
        steps.append(above)
        above = above @ process.down(level)
    start = _null(above - _leaving(process, 0, most == 0))
    return _mean(start, steps[::-1], waiting_above)


def _leaving(process: Process, level: int, top: bool) -> Matrix:
    """Minus the generator within that level; the top level goes no further up."""
    within, down = process.within(level), process.down(level)
    total = within.sum(axis=1) + (down.sum(axis=1) if level else 0.0) + (0.0 if top else process.up(level).sum(axis=1))
    return np.diag(total) - within


def _null(matrix: Matrix) -> Matrix:
    """The row x with x · matrix = 0, scaled so that it sums to one."""
    system = np.vstack((matrix.T, np.ones(len(matrix))))
    return np.linalg.lstsq(system, np.append(np.zeros(len(matrix)), 1.0), rcond=None)[0]


def _mean(row: Matrix, steps: list[Matrix], waiting_above: int) -> float:
    mass, total = row.sum(), 0.0
    for level, step in enumerate(steps, 1):
        row = row @ step
        mass += row.sum()
        total += max(level - waiting_above, 0) * row.sum()
    return float(total / mass)
