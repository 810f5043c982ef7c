"""Workloads of textbook queues: bare positions, everything else of the room left out, times in seconds."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from twin.timing.arrays import Numbers, Workload
from twin.timing.plain import plain_day

S_US = 1_000_000
Seconds = NDArray[np.float64]
Dice = Generator


def microseconds(seconds: Seconds) -> Numbers:
    """Whole microseconds, half to even."""
    return np.rint(seconds * S_US).astype(np.int64)


def poisson(dice: Dice, rate: float, visits: int) -> Seconds:
    """Arrival times of a Poisson process."""
    return np.cumsum(dice.standard_exponential(visits)) / rate


def queue(
    arrived_s: Seconds,
    service_s: Seconds,
    windows: int,
    *,
    up_s: Seconds | None = None,
    repair_s: Seconds | None = None,
    engineers: int = 1,
    until_s: float = 0.0,
) -> Workload:
    """`plain_day` of times in seconds."""
    troubles = {} if up_s is None or repair_s is None else {"up_us": microseconds(up_s), "repair_us": microseconds(repair_s)}
    until_us = round(until_s * S_US)
    return plain_day(microseconds(arrived_s), microseconds(service_s), windows, engineers=engineers, until_us=until_us, **troubles)


def breakdowns(dice: Dice, windows: int, up_s: float, repair_s: float, until_s: float) -> tuple[Seconds, Seconds]:
    """Exponential times to failure and of repair, more than enough for so long a time."""
    draws = int(1.3 * until_s / up_s) + 60
    return dice.standard_exponential((windows, draws)) * up_s, dice.standard_exponential((windows, draws)) * repair_s
