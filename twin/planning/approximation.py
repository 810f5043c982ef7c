"""A queueing approximation of a day's waits: what guides the search for a staffing, never what decides it.

The unfinished work of the room is carried from minute to minute as a mean and a variance: it grows by the work that comes, shrinks by what
the nurses do, and never falls below zero (the maximum of a normal variable and zero, Clark 1961). So a backlog passes from one half hour to
the next, also through half hours that are overloaded, where a stationary formula has no value. Beside it goes the stationary wait of each
minute's load (Erlang C with Allen and Cunneen's correction), which the room approaches the more slowly the more it is loaded; the longer of
the two counts.
Who goes first waits for the work of those alone; everybody else waits until the room has done the rest beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caixue.clock import US_PER_S
from twin.timing.arrays import NEVER, Workload

Floats = NDArray[np.float64]

STEP_S = 60.0
STEP_US = int(STEP_S) * US_PER_S
LONGEST_S = 12 * 3600.0  # of a wait that has no end, such as one without nurses
CALM = 0.98  # the greatest load whose stationary wait means anything within a morning
_SQRT_2 = math.sqrt(2.0)
_SQRT_2_PI = math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Who comes in each minute on an average day, and the nurse's time for one of them, in seconds and seconds squared."""

    ordinary: Floats  # people a minute
    first: Floats  # those who go first
    work_s: float
    square_s2: float

    @property
    def total(self) -> Floats:
        """People a minute."""
        return self.ordinary + self.first


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """Mean waits in seconds of those who come in each minute, and how many they are."""

    ordinary_s: Floats
    first_s: Floats
    demand: Demand

    @property
    def mean_s(self) -> float:
        """Over all people of the day."""
        demand = self.demand
        total = float(demand.total.sum())
        return float(self.ordinary_s @ demand.ordinary + self.first_s @ demand.first) / total if total else 0.0

    def percentile_s(self, share: float) -> float:
        """The wait that `share` (0 to 1) of the day's people do not exceed, by the mean course of the day."""
        waits = np.concatenate((self.ordinary_s, self.first_s))
        weights = np.concatenate((self.demand.ordinary, self.demand.first))
        if not weights.sum():
            return 0.0
        order = np.argsort(waits, kind="stable")
        reached = np.cumsum(weights[order])
        return float(waits[order][np.searchsorted(reached, share * reached[-1])])

    @property
    def longest_s(self) -> float:
        """The longest mean wait of a minute in which anybody comes."""
        some = self.demand.ordinary > 0
        return float(self.ordinary_s[some].max()) if some.any() else 0.0


def demand_of(workloads: Sequence[Workload], minutes: int) -> Demand:
    """The mean day of these, cut or filled to so many minutes; who comes back does so after the draw, as if nobody had waited."""
    edges = np.arange(minutes + 1, dtype=np.int64) * STEP_US
    ordinary, first = np.zeros(minutes), np.zeros(minutes)
    works = []
    for workload in workloads:
        came_us, work_us = _came_us(workload), _nurse_us(workload)
        goes_first = workload.priority > 0
        ordinary += np.histogram(came_us[~goes_first], edges)[0]
        first += np.histogram(came_us[goes_first], edges)[0]
        works.append(work_us)
    work_s = np.concatenate(works) / US_PER_S if works else np.zeros(0)
    days = max(1, len(workloads))
    moments = (float(work_s.mean()), float((work_s**2).mean())) if len(work_s) else (0.0, 0.0)
    return Demand(ordinary / days, first / days, *moments)


def _came_us(workload: Workload) -> NDArray[np.int64]:
    """When each visit would arrive if nobody ever waited."""
    came_us = workload.arrived_us.copy()
    work_us = _visit_us(workload)
    for visit in range(len(came_us)):  # who comes back does so after an earlier visit, and so stands further back
        after, ended_us = int(workload.again[visit]), int(came_us[visit] + work_us[visit])
        while after != NEVER:
            came_us[after] = ended_us + workload.again_us[after]
            after = int(workload.again[after])
    return came_us


def _visit_us(workload: Workload) -> NDArray[np.int64]:
    """From the call to the end of the draw at a window where nothing fails."""
    if workload.resumes:
        return workload.draw_us[0]
    return np.maximum(workload.prepare_us[0], workload.approach_us) + workload.draw_us[0]


def _nurse_us(workload: Workload) -> NDArray[np.int64]:
    """The time of nurses that each visit takes: of all that it needs, missed calls included."""
    missed_us = np.where(workload.missed_us == NEVER, 0, workload.missed_us)
    return _visit_us(workload) * workload.nurses + missed_us


def waits(demand: Demand, nurses: Floats) -> Waits:
    """The waits of a day with so many nurses in each minute; after the last minute as many stay as in it."""
    work_s, left_s = demand.work_s, np.zeros(len(nurses))
    mean = variance = calm_s = 0.0
    for minute, (people, servers) in enumerate(zip(demand.total.tolist(), nurses.tolist(), strict=True)):
        wanted_s, nearer = _stationary(people, servers, demand)
        calm_s += (wanted_s - calm_s) * nearer
        surplus_s = min(mean, _heavy_s(people, servers, demand)) * (1.0 - _share_delayed(people, servers, work_s))
        left_s[minute] = max(mean - surplus_s, calm_s * servers)
        mean, variance = _above_zero(mean + people * work_s - servers * STEP_S, variance + people * demand.square_s2)
    rest = np.maximum(nurses - demand.first * work_s / STEP_S, 0.0)  # nurses for those who do not go first
    return Waits(_drain_s(left_s, rest), _first_s(demand, nurses), demand)


def _stationary(people: float, servers: float, demand: Demand) -> tuple[float, float]:
    """The stationary wait of this load in seconds, and which share of the way there a minute goes; at most that of a load of 98 %."""
    if not people or not servers:
        return 0.0, 1.0 if servers else 0.0
    people = min(people, CALM * servers * STEP_S / demand.work_s)
    spare = servers - people * demand.work_s / STEP_S
    wait_s = _share_delayed(people, servers, demand.work_s) * demand.square_s2 / (2.0 * demand.work_s) / spare
    return wait_s, -math.expm1(-STEP_S * spare * spare / (people / STEP_S * demand.square_s2))


def _above_zero(mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of the maximum of zero and a normal variable."""
    if variance <= 0.0:
        return max(0.0, mean), 0.0
    sd = math.sqrt(variance)
    ratio = mean / sd
    density = math.exp(-0.5 * ratio * ratio) / _SQRT_2_PI
    below = 0.5 * (1.0 + math.erf(ratio / _SQRT_2))
    first = mean * below + sd * density
    second = (mean * mean + variance) * below + mean * sd * density
    return first, max(0.0, second - first * first)


def _heavy_s(people: float, servers: float, demand: Demand) -> float:
    """The mean work that waits in a stationary queue of this load, all servers as one (heavy traffic); without end when overloaded."""
    spare = servers * STEP_S - people * demand.work_s
    return people * demand.square_s2 / (2.0 * spare) if spare > 0 else math.inf


def _share_delayed(people: float, servers: float, work_s: float) -> float:
    """Erlang C: the share of people who wait at all, 1 when overloaded; `people` a minute."""
    offered, count = people * work_s / STEP_S, math.floor(servers)
    if count < 1 or offered >= count:
        return 1.0
    blocked = 1.0
    for server in range(1, count + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked / (1.0 - offered / count * (1.0 - blocked))


def _drain_s(left_s: Floats, nurses: Floats) -> Floats:
    """How long it takes from each minute on until the work that is left then has been done."""
    done_s = np.concatenate(([0.0], np.cumsum(nurses * STEP_S)))
    times_s = np.arange(len(done_s)) * STEP_S
    rate = float(nurses[-1]) if len(nurses) else 0.0
    wanted_s = done_s[:-1] + left_s
    within = np.interp(wanted_s, done_s, times_s)
    after = times_s[-1] + (wanted_s - done_s[-1]) / rate if rate > 0 else np.full(len(left_s), 2 * LONGEST_S + times_s[-1])
    beyond = wanted_s > done_s[-1] if rate > 0 else wanted_s >= done_s[-1]
    reached = np.where(beyond, after, within)
    # where nobody works for a while, the work is done at the end of that while, not at its beginning
    late = np.searchsorted(done_s, wanted_s + 1e-9, side="right") - 1
    reached = np.maximum(reached, np.where(beyond, 0.0, times_s[np.minimum(late, len(times_s) - 1)]))
    return np.clip(reached - times_s[:-1], 0.0, LONGEST_S)


def _first_s(demand: Demand, nurses: Floats) -> Floats:
    """The waits of those who go first: until the room opens, for a nurse to become free (never broken off), and for others who go first."""
    if not demand.work_s:
        return np.zeros(len(nurses))
    spare = np.maximum(0.05, 1.0 - demand.first * demand.work_s / (np.maximum(nurses, 1.0) * STEP_S))
    rest_s = demand.square_s2 / (2.0 * demand.work_s) / np.maximum(nurses, 1.0)  # of a visit that is going on
    return _drain_s(np.zeros(len(nurses)), nurses) + rest_s / spare
