"""Bare windows against theory: eight windows with exponential times are Erlang's M/M/8, by scenario file and exactly.

z: one long run, cut into 21 batches of 1,000 patients in the order of arrival, the first left out because the room starts
empty; z = (mean of the batch means - theory) / (their standard deviation / √20). A batch lasts more than ten relaxation
times 1 / (√(c·mu) - √lambda)², so batches are as good as independent, and |z| < 3.3 fails a right program in 4 of 1,000 sets.
"""

from __future__ import annotations

from functools import cache
from heapq import heapify, heapreplace
from math import exp, sqrt
from statistics import fmean, stdev

import numpy as np
import pytest

from caixue.day import Patients
from tests.twin.small_scenarios import bare, read, replay_line
from twin.chance import Chance
from twin.engines.wire import run_replication
from twin.scenario import scenario_site
from twin.workload import patients

WINDOWS = 8
BATCH, BATCHES = 1000, 20
# (patients an hour, mean service in seconds, mean wait in seconds where it was computed elsewhere)
CASES = [(200, 110, 22.33366094458517), (240, 90, None), (160, 110, None), (300, 75, None), (180, 130, None)]
IDS = [f"{per_h} an hour, {mean_s} s" for per_h, mean_s, _ in CASES]


def erlang_c(windows: int, per_h: float, mean_s: float) -> tuple[float, float]:
    """The share of patients who wait, and the mean wait in seconds (Erlang 1917; B by the usual recursion)."""
    offered, blocked = per_h / 3600 * mean_s, 1.0
    for count in range(1, windows + 1):
        blocked = offered * blocked / (count + offered * blocked)
    waiting = blocked / (1 - offered / windows * (1 - blocked))
    return waiting, waiting / (windows / mean_s - per_h / 3600)


def scenario_text(per_h: int, mean_s: int) -> str:
    """A long quiet run: constant rate, exponential service, as many hours as give the patients that are needed."""
    hours = -(-(BATCHES + 1) * BATCH * 103 // (100 * per_h))
    service = f'{{ distribution = "exponential", mean = "{mean_s} s" }}'
    return bare(windows=WINDOWS, per_h=str(per_h), service=service, duration=f"{hours} h", seed=20261123)


@cache
def long_run(per_h: int, mean_s: int) -> Patients:
    """Everybody who came in the run, in the order of arrival."""
    scenario = read(scenario_text(per_h, mean_s))
    return run_replication(scenario, scenario_site(scenario), None).day.patients


def waits_us(per_h: int, mean_s: int) -> list[int]:
    """Everybody's wait in the run, in the order of arrival."""
    people = long_run(per_h, mean_s)
    waits: list[int] = (people.called_us - people.arrived_us).tolist()
    return waits


def relaxations_in_a_batch(per_h: int, mean_s: int) -> float:
    """How many relaxation times of M/M/c a batch lasts."""
    return BATCH / per_h * (sqrt(WINDOWS * 3600 / mean_s) - sqrt(per_h)) ** 2


def z_score(samples: list[float], theory: float) -> float:
    """How many standard errors the batch means lie from `theory`."""
    means = [fmean(samples[start : start + BATCH]) for start in range(BATCH, (BATCHES + 1) * BATCH, BATCH)]
    assert len(means) == BATCHES and len(samples) >= (BATCHES + 1) * BATCH
    return (fmean(means) - theory) / (stdev(means) / sqrt(BATCHES))


@pytest.mark.parametrize(("per_h", "mean_s", "known_s"), CASES, ids=IDS)
def test_the_mean_wait_agrees_with_erlang_c(per_h: int, mean_s: int, known_s: float | None) -> None:
    _, theory_s = erlang_c(WINDOWS, per_h, mean_s)
    assert known_s is None or theory_s == pytest.approx(known_s, rel=1e-12)
    assert relaxations_in_a_batch(per_h, mean_s) > 10
    z = z_score([wait_us / 1e6 for wait_us in waits_us(per_h, mean_s)], theory_s)
    assert abs(z) < 3.3, f"z = {z:.2f} against {theory_s:.3f} s\n{replay_line(scenario_text(per_h, mean_s))}"


@pytest.mark.parametrize(("per_h", "mean_s", "known_s"), CASES, ids=IDS)
def test_as_many_wait_at_all_and_wait_long_as_erlang_c_says(per_h: int, mean_s: int, known_s: float | None) -> None:
    waiting, _ = erlang_c(WINDOWS, per_h, mean_s)
    waits = waits_us(per_h, mean_s)
    long_s = mean_s / 4
    longer = waiting * exp(-(WINDOWS / mean_s - per_h / 3600) * long_s)
    for limit_s, theory in ((0.0, waiting), (long_s, longer)):
        z = z_score([float(wait_us > limit_s * 1e6) for wait_us in waits], theory)
        assert abs(z) < 3.3, f"z = {z:.2f} against {theory:.4f} above {limit_s} s\n{replay_line(scenario_text(per_h, mean_s))}"


@pytest.mark.parametrize(("per_h", "mean_s", "known_s"), CASES, ids=IDS)
def test_every_single_wait_is_that_of_the_textbook_recursion(per_h: int, mean_s: int, known_s: float | None) -> None:
    """First come, first served at c windows: whoever comes next gets the window that is free first (Kiefer and Wolfowitz 1955)."""
    scenario = read(scenario_text(per_h, mean_s))
    people = patients(scenario, scenario_site(scenario), Chance(scenario.seed, 0), None)
    free_us = [0] * WINDOWS
    heapify(free_us)
    expected = []
    for patient in people:
        start_us = max(patient.arrived_us, free_us[0])
        expected.append(start_us - patient.arrived_us)
        heapreplace(free_us, start_us + patient.service_us)
    assert waits_us(per_h, mean_s) == expected, replay_line(scenario_text(per_h, mean_s))


def test_the_queue_obeys_littles_law() -> None:
    """On one sample path that starts and ends empty, mean number at the windows and waiting = arrivals × mean stay / time."""
    people = long_run(200, 110)
    steps = np.concatenate((people.arrived_us, people.ended_us))
    changes = np.concatenate((np.ones(len(people), np.int64), -np.ones(len(people), np.int64)))
    order = np.argsort(steps, kind="stable")
    area = np.sum(np.cumsum(changes[order])[:-1] * np.diff(steps[order]))
    assert area == np.sum(people.ended_us - people.arrived_us)


def test_the_z_score_notices_a_service_that_is_a_tenth_too_short() -> None:
    """The check itself: against the theory of a room that is a tenth slower, the same run is far off."""
    waits = [wait_us / 1e6 for wait_us in waits_us(240, 90)]
    assert z_score(waits, erlang_c(WINDOWS, 240, 90 * 1.1)[1]) < -3.3
