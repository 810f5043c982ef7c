"""Exact results of queueing theory, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

from twin.validation.levels import Matrix, Process, mean_level

FAR_ENOUGH = 1e-14  # a tail that is smaller than this is left out


def erlang_c(windows: int, rho: float) -> float:
    """The share of patients who wait in M/M/c, by the recursion of Erlang's loss formula. Source: Erlang 1917."""
    offered, blocked = windows * rho, 1.0
    for count in range(1, windows + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - rho * (1 - blocked))


def mmc_waiting(windows: int, rho: float) -> float:
    """Mean number waiting in M/M/c."""
    return erlang_c(windows, rho) * rho / (1 - rho)


def mmc_longer(windows: int, rho: float, services: float) -> float:
    """Share of patients who wait longer than so many mean services in M/M/c."""
    return erlang_c(windows, rho) * exp(-windows * (1 - rho) * services)


def mdc_waiting(windows: int, rho: float) -> float:
    """Mean number waiting in M/D/c: Lq = a Σ [P(Poisson(ia) ≥ ic) − P(Poisson(ia) ≥ ic + 1) / ρ], i from 1. Source: Crommelin 1932."""
    offered, total, turn = windows * rho, 0.0, 0
    while True:
        turn += 1
        tail = _poisson_tail(turn * offered, turn * windows + 1)
        here = exp(turn * windows * log(turn * offered) - turn * offered - lgamma(turn * windows + 1))
        term = here + tail - tail / rho
        total += term
        if here < FAR_ENOUGH:
            return offered * total


def _poisson_tail(mean: float, least: int) -> float:
    """P(Poisson(mean) ≥ least) for least above the mean, where the terms fall."""
    term, total, count = exp(least * log(mean) - mean - lgamma(least + 1)), 0.0, least
    while term > FAR_ENOUGH * 1e-6:
        total += term
        count += 1
        term *= mean / count
    return total


def me2c_waiting(windows: int, rho: float) -> float:
    """Mean number waiting in M/E2/c, unit mean service: levels of patients, phases = how many are in the first half of their service."""

    def busy(level: int) -> int:
        return min(level, windows)

    def up(level: int) -> Matrix:
        return windows * rho * np.eye(busy(level) + 1, busy(level + 1) + 1, k=1 if level < windows else 0)

    def within(level: int) -> Matrix:
        return np.diag(2.0 * np.arange(1, busy(level) + 1), k=-1)

    def down(level: int) -> Matrix:
        rates = 2.0 * (busy(level) - np.arange(busy(level) + 1))
        below = np.zeros((len(rates), busy(level - 1) + 1))
        moved = 1 if level > windows else 0  # somebody who waited begins the first half
        for first in range(busy(level)):
            below[first, first + moved] = rates[first]
        return below

    return mean_level(Process(up, within, down), windows + int(40 / (1 - rho)), windows)


def mg1_wait(rate: float, mean: float, sd: float) -> float:
    """Mean wait in M/G/1. Source: Pollaczek 1930, Khinchine 1932."""
    return rate * (mean**2 + sd**2) / (2 * (1 - rate * mean))


def mm1_breakdowns(rate: float, service: float, failing: float, repair: float) -> float:
    """Mean number in M/M/1 whose server fails busy or idle; the service goes on where it stopped. Source: White and Christie 1958."""
    both = failing + repair
    return rate * (both**2 + service * failing) / (both * (repair * (service - rate) - rate * failing))


def mmc_breakdowns(windows: int, rate: float, service: float, failing: float, repair: float, most: int) -> float:
    """Mean number in M/M/c whose servers fail busy or idle, one repairman: phases = how many servers work."""

    def up(level: int) -> Matrix:
        return rate * np.eye(windows + 1)

    def within(level: int) -> Matrix:
        failures = np.diag(failing * np.arange(1, windows + 1), k=-1)
        return failures + np.diag(np.full(windows, repair), k=1)

    def down(level: int) -> Matrix:
        return np.diag(service * np.minimum(np.arange(windows + 1), level).astype(float))

    return mean_level(Process(up, within, down), most)


def machines_down(machines: int, repairmen: int, failing_over_repair: float) -> float:
    """Mean number of machines that are down: p(n) ∝ M!/(M−n)! rⁿ / (n! or c! c^(n−c)). Source: Palm 1947."""
    weights = [1.0]
    for down in range(machines):
        weights.append(weights[-1] * (machines - down) * failing_over_repair / min(down + 1, repairmen))
    return sum(down * weight for down, weight in enumerate(weights)) / sum(weights)


def mtmc_present(windows: int, rates: Sequence[float], slot: float, service: float, most: int) -> list[float]:
    """Mean number present at the end of each slot in M(t)/M/c that starts empty: Kolmogorov's forward equations by uniformisation.

    Source: Jensen 1953. Time in any unit; `rates` and `service` are per unit.
    """
    chances = np.zeros(most + 1)
    chances[0] = 1.0
    leaving = service * np.minimum(np.arange(most + 1), windows)
    means = []
    for rate in rates:
        chances = _after(chances, rate, leaving, slot)
        means.append(float(chances @ np.arange(most + 1)))
    return means


def _after(chances: NDArray[np.float64], rate: float, leaving: NDArray[np.float64], time: float) -> NDArray[np.float64]:
    """The state after `time` of a birth and death process: a Poisson number of steps of its uniformised chain."""
    fastest = rate + leaving[-1]
    coming = np.append(np.full(len(chances) - 1, rate), 0.0)  # nobody comes into the last state's queue: it is never near
    weight, step, total, result = -fastest * time, 0, 0.0, np.zeros_like(chances)
    while total < 1 - FAR_ENOUGH * 10:
        share = exp(weight)
        result += share * chances
        total += share
        step += 1
        weight += log(fastest * time / step)
        if step > fastest * time and share < FAR_ENOUGH / 1000:
            break
        moved = chances * (1 - (coming + leaving) / fastest)
        moved[1:] += chances[:-1] * coming[:-1] / fastest
        moved[:-1] += chances[1:] * leaving[1:] / fastest
        chances = moved
    return result / total
