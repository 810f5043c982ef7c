"""Faults that come by themselves on a day of timing, at the catalogue's rates: by the hour as causes of trouble, by use as jams of visits.

All that can stop one window by the hour is one cause: which it is, is drawn each time. So it is with all that only calls the
engineer. What goes by the use of a device that all windows share is spread evenly over the day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.faults.catalogue import Fault
from twin.people import Numbers, lognormal_parameters
from twin.timing.arrays import FAR, Jam
from twin.timing.calibration import Felt
from twin.timing.struck import usual
from twin.timing.troubles import Trouble

ENOUGH = 1e-9  # probability that a cause would come more often than is drawn


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of fault of one device: how often it comes, and what is measured of it."""

    device: str
    row: Fault
    felt: Felt
    per_us: float  # by the clock
    per_use: float = 0.0  # or by tube: labels, cuts and metres are as many

    @property
    def hidden_us(self) -> int:
        """The usual time until the window stops, or the engineer is called."""
        times = self.felt.hidden_us if self.felt.stops else self.felt.noticed_us
        return usual(times)


@dataclass(frozen=True, slots=True)
class Group:
    """One cause, and all that it may be; `fixed_us` of each is what comes on top of its repair."""

    trouble: Trouble
    sources: Sequence[Source]
    fixed_us: Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """Every cause that comes by itself, and of which sources it is one each time. Tables: a cause × a source."""

    troubles: tuple[Trouble, ...]
    bounds: NDArray[np.float64]  # the shares of the sources, added up, without the last
    mean_us: NDArray[np.float64]  # a cause: between two
    hidden_us: Numbers
    log_mean: NDArray[np.float64]  # of the repair in µs
    log_sd: NDArray[np.float64]
    fixed_us: Numbers  # what comes on top of the repair: the way, the restart; or all, where a nurse clears it
    draws: int
    until_us: int

    def times(self, chance: Chance) -> tuple[Numbers, Numbers]:
        """When they come and how long each lasts: causes × draws."""
        dice, shape = chance.numpy_stream("random-fault.causes"), (len(self.troubles), self.draws)
        gaps = dice.standard_exponential(shape) * self.mean_us[:, None]
        which = (dice.random(shape)[:, :, None] >= self.bounds[:, None, :]).sum(axis=2)
        place = (np.arange(shape[0])[:, None], which)
        up_us = gaps.astype(np.int64) + self.hidden_us[place]
        down_us = np.exp(self.log_mean[place] + self.log_sd[place] * dice.standard_normal(shape)).astype(np.int64) + self.fixed_us[place]
        up_us[np.cumsum(up_us, axis=1) > self.until_us] = FAR
        return up_us, down_us


def coming(rows: Sequence[Group], until_us: int) -> Coming:
    """The table of these causes; a cause with fewer sources than another never is one of those it lacks."""
    width = max(len(row.sources) for row in rows)
    rates = np.zeros((len(rows), width))
    hidden_us, fixed_us = np.zeros((len(rows), width), np.int64), np.ones((len(rows), width), np.int64)
    log_mean, log_sd = np.full((len(rows), width), -math.inf), np.zeros((len(rows), width))
    for place, row in enumerate(rows):
        for column, (source, on_top_us) in enumerate(zip(row.sources, row.fixed_us, strict=True)):
            rates[place, column], hidden_us[place, column], fixed_us[place, column] = source.per_us, source.hidden_us, max(1, on_top_us)
            if source.felt.cleared_us is None:
                log_mean[place, column], log_sd[place, column] = _logarithm(source.row)
    total = rates.sum(axis=1)
    bounds = (np.cumsum(rates, axis=1) / total[:, None])[:, :-1]
    troubles = tuple(row.trouble for row in rows)
    return Coming(troubles, bounds, 1 / total, hidden_us, log_mean, log_sd, fixed_us, most(float(total.max()) * until_us), until_us)


def _logarithm(row: Fault) -> tuple[float, float]:
    """Mean and sd of the logarithm of the repair in µs."""
    return lognormal_parameters(row.repair_mean_s * 1e6, row.repair_sd_s * 1e6)


def most(mean: float) -> int:
    """So many draws that a Poisson number of that mean is hardly ever above, and one that is never used up."""
    number, left, term = 0, 1.0 - math.exp(-mean), math.exp(-mean)
    while left > ENOUGH and number < 10_000:
        number += 1
        term *= mean / number
        left -= term
    return number + 2


@dataclass(frozen=True, slots=True, eq=False)
class Jams:
    """Preparations that are stopped by what comes by use: one in so many, in proportion to the tubes."""

    per_tube: float  # of all kinds together
    bounds: NDArray[np.float64]  # the shares of the kinds, added up
    who: Numbers  # of Jam, a kind
    nurse_us: Numbers  # a kind
    repair: NDArray[np.float64]
    fixed_us: Numbers

    def draw(self, chance: Chance, tubes: Numbers, prepare_us: Numbers) -> dict[str, Numbers]:
        """The columns of the jams; `prepare_us` is that at a window."""
        dice, count = chance.numpy_stream("random-fault.jams"), len(tubes)
        columns = {name: np.zeros(count, np.int64) for name in ("jam", "jam_at_us", "jam_nurse_us", "jam_engineer_us")}
        hit = np.flatnonzero(dice.random(count) < -np.expm1(-self.per_tube * tubes))
        if len(hit):
            which = np.searchsorted(self.bounds[:-1], dice.random(len(hit)), side="right")
            columns["jam"][hit] = self.who[which]
            columns["jam_at_us"][hit] = (dice.random(len(hit)) * prepare_us[hit]).astype(np.int64)
            columns["jam_nurse_us"][hit] = self.nurse_us[which]
            spread = dice.standard_normal(len(hit))
            repair_us = np.exp(self.repair[which, 0] + self.repair[which, 1] * spread)
            columns["jam_engineer_us"][hit] = np.rint(repair_us).astype(np.int64) + self.fixed_us[which]
        return columns


def jams(sources: Iterable[Source], walk_us: int, restart_us: int) -> Jams | None:
    """The jams of one window's devices; None where nothing comes by use."""
    known = [source for source in sources if source.per_use > 0]
    if not known:
        return None
    rates = np.array([source.per_use for source in known])
    repair = [_logarithm(source.row) for source in known]
    cleared = [source.felt.cleared_us for source in known]
    return Jams(
        float(rates.sum()),
        np.cumsum(rates) / rates.sum(),
        np.array([Jam.ENGINEER if alone is None else Jam.NURSE for alone in cleared], np.int64),
        np.array([max(0, source.felt.call_us) if alone is None else alone for source, alone in zip(known, cleared, strict=True)], np.int64),
        np.array(repair),
        np.full(len(known), walk_us + restart_us, np.int64),
    )
