"""Days that cost nothing, for tests of what is done with many of them; worker processes import this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from twin.experiments.batches import Answer, Batch

SERVICE_S = 60.0
CUSTOMERS = 100  # a day
MOST_DAYS = 1000


@dataclass(frozen=True)
class OneServer:
    """M/M/1 days with this load, each beginning in the steady state: the mean wait of a day is exactly `wait_s` on average."""

    load: float = 0.7
    seed: int = 1
    empty: int = 0  # every so-manieth day has no samples
    refuses: str = ""
    fails: bool = False

    @property
    def wait_s(self) -> float:
        return SERVICE_S * self.load / (1 - self.load)

    @cache  # noqa: B019
    def days(self) -> NDArray[np.float64]:
        """The mean wait of each day, by its number."""
        dice = np.random.Generator(np.random.PCG64(self.seed))
        between = dice.exponential(SERVICE_S / self.load, (CUSTOMERS, MOST_DAYS))
        service = dice.exponential(SERVICE_S, (CUSTOMERS, MOST_DAYS))
        wait = np.where(dice.random(MOST_DAYS) < self.load, dice.exponential(SERVICE_S / (1 - self.load), MOST_DAYS), 0.0)
        total = np.zeros(MOST_DAYS)
        for place in range(CUSTOMERS):
            total += wait
            wait = np.maximum(0.0, wait + service[place] - between[place])
        return total / CUSTOMERS


def work(batch: Batch) -> Answer:
    """Every wanted figure is the mean wait of the day, times its place."""
    design: OneServer = batch.design
    if design.refuses:
        raise UsageError(design.refuses)
    if design.fails:
        raise ZeroDivisionError("a mistake in the code")
    days = design.days()[batch.first : batch.first + batch.count]
    values = np.outer(days, np.arange(1, len(batch.wanted) + 1))
    if design.empty:
        values[[number % design.empty == 0 for number in batch.numbers]] = nan
    return Answer(values)


def double(number: int) -> int:
    """The simplest work there is."""
    return 2 * number


def picky(number: int) -> int:
    """Work that refuses 3, and fails at 5."""
    if number == 3:
        raise UsageError("three is refused")
    return 1 // (5 - number)


def dies(number: int) -> int:
    """Work that takes its process with it."""
    import os

    os._exit(7)
