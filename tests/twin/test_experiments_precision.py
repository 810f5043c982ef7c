"""Tallies and the rule that gives a design as many days as a wanted precision takes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import nan, sqrt
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.verdict.spread import interval_95
from tests.twin import fake_days
from twin.experiments.precision import GROWTH, Rule, fixed, read_targets
from twin.experiments.running import Running
from twin.experiments.tally import Pair, Tally
from twin.experiments.wanted import read_wanted
from twin.experiments.watching import Pacer
from twin.pools import Here

WAIT = read_wanted("patient.wait.mean")
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12)


def ran(design: fake_days.OneServer, rule: Rule) -> Running:
    running = Running([design], WAIT, rule, work=fake_days.work)
    for _ in running.batches(Here()):
        pass
    return running


@given(VALUES)
def test_a_tally_has_mean_spread_interval_and_extremes_of_its_days(values: list[float]) -> None:
    tally = Tally()
    for value in values:
        tally.add(value)
    row = tally.to_json()
    assert row["mean"] == pytest.approx(mean(values), abs=1e-6)
    assert row["sd"] == pytest.approx(stdev(values), abs=1e-6)
    if min(values) < max(values):
        assert (row["low"], row["high"]) == pytest.approx(interval_95(values), abs=1e-5)
    else:
        assert (row["low"], row["high"]) == (None, None), "no interval where nothing has varied yet"
    assert (row["n"], row["min"], row["max"]) == (len(values), min(values), max(values))


def test_a_day_without_samples_does_not_count_and_one_day_alone_has_no_spread() -> None:
    tally = Tally()
    assert tally.to_json() == {"mean": None, "low": None, "high": None, "n": 0, "sd": None, "min": None, "max": None}
    tally.add(nan)
    tally.add(5.0)
    assert tally.to_json() == {"mean": 5.0, "low": 5.0, "high": 5.0, "n": 1, "sd": None, "min": 5.0, "max": 5.0}


@given(VALUES)
def test_a_tally_goes_on_from_its_state_to_the_last_bit(values: list[float]) -> None:
    whole, part = Tally(), Tally()
    for place, value in enumerate(values):
        whole.add(value)
        part = Tally.of(part.state())
        part.add(value)
        assert part == whole, place


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=3, max_size=12))
def test_a_pair_has_the_correlation_of_its_days(days: list[tuple[float, float]]) -> None:
    pair = Pair()
    for a, b in days:
        pair.add(a, b)
    a, b = np.array(days).T
    assert pair.difference.mean == pytest.approx(float((b - a).mean()), abs=1e-6)
    if min(a.std(), b.std()) > 1e-3:
        assert pair.correlation == pytest.approx(float(np.corrcoef(a, b)[0, 1]), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "value", "relative"),
    [
        ("patient.wait.p90=30s", 30.0, False),
        ("patient.wait.p90 = 0.5 min", 30.0, False),
        ("patient.wait.mean=2%", 0.02, True),
        ("window.busy.share=0.01", 0.01, False),
        ("incident.repair.max[class == 一般]=1 min", 60.0, False),
    ],
)
def test_a_precision_is_half_an_interval_in_the_figures_unit_or_in_percent_of_the_mean(text: str, value: float, relative: bool) -> None:
    (target,) = read_targets([text])
    assert (target.value, target.relative) == (pytest.approx(value), relative)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient.wait.p90", "patient.wait.p90=30s"),
        ("patient.wait.p90=30", '"30 min"'),
        ("patient.wait.p91=30s", "patient.wait.p95"),
        ("patient.wait.p90=0 s", "大于零"),
        ("queue.length.by_slot=2", "一列数"),
        ("incident.repair.max[clas == 一般]=30s", "class"),
        ("patient.wait.p90,patient.wait.mean=30s", "patient.wait.p90=30s"),
    ],
)
def test_a_precision_that_is_none_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_targets([text])
    assert words in str(refused.value)


def test_looks_grow_and_end_at_the_most_days() -> None:
    looks = list(Rule(100, 1000, read_targets(["patient.wait.mean=1%"])).looks())
    assert looks[0] == 100 and looks[-1] == 1000
    assert all(before < after <= before * GROWTH + 1 for before, after in pairwise(looks))
    assert list(fixed(300).looks()) == [300]


def test_a_known_queue_gets_as_many_days_as_its_precision_takes() -> None:
    design = fake_days.OneServer(load=0.6)
    rule = Rule(50, 1000, read_targets(["patient.wait.mean=3 s"]))
    running = ran(design, rule)
    (tally,) = running.standings[0].tallies
    assert tally.half is not None and tally.half <= 3 and running.finished(0)
    assert abs(tally.mean - design.wait_s) < 3 * tally.half / 1.96
    looks = list(rule.looks())
    days = running.standings[0].days
    before = design.days()[: looks[looks.index(days) - 1]]
    assert days == tally.n in looks and 1.96 * before.std(ddof=1) / sqrt(len(before)) > 3 * 0.99, (
        "it stopped at the first look that allowed it"
    )


def test_what_cannot_be_reached_ends_at_the_most_days_and_says_so() -> None:
    running = ran(fake_days.OneServer(), Rule(50, 200, read_targets(["patient.wait.mean=0.1%"])))
    assert running.standings[0].days == 200 and running.finished(0) and not running.precise(0)


@pytest.mark.parametrize("rule", [fixed(100), Rule(100, 1000, read_targets(["patient.wait.mean=6%"]))], ids=["fixed", "sequential"])
def test_the_interval_covers_the_truth_about_95_times_in_100(rule: Rule) -> None:
    repeats, covered = 200, 0
    for seed in range(repeats):
        design = fake_days.OneServer(load=0.5, seed=seed)
        (tally,) = ran(design, rule).standings[0].tallies
        assert tally.half is not None
        covered += abs(tally.mean - design.wait_s) <= tally.half
    assert 0.91 <= covered / repeats <= 0.98


Law = Callable[[np.random.Generator, int], NDArray[np.float64]]


def rare(share: float) -> Law:
    """On that share of days something happens, of mean 1."""
    return lambda dice, days: (dice.random(days) < share) * dice.standard_exponential(days)


def skewed(dice: np.random.Generator, days: int) -> NDArray[np.float64]:
    """Lognormal days of mean 1 and skewness 4."""
    return np.exp(dice.standard_normal(days) * 0.83 - 0.83**2 / 2)


def stopped(law: Law, rule: Rule, seed: int) -> Tally:
    """The days of that law for as long as the rule wants more."""
    dice, tally = np.random.Generator(np.random.PCG64(seed)), Tally()
    for look in rule.looks():
        for value in law(dice, look - tally.n).tolist():
            tally.add(value)
        if all(target.reached(tally) for target in rule.targets):
            break
    return tally


@pytest.mark.parametrize(("law", "mean", "percent"), [(rare(0.01), 0.01, 40), (skewed, 1.0, 8)], ids=["rare", "skewed"])
def test_where_the_rule_stops_the_interval_covers_the_truth_9_times_in_10(law: Law, mean: float, percent: int) -> None:
    rule, repeats = Rule(100, 20_000, read_targets([f"patient.wait.mean={percent}%"])), 200
    found = [stopped(law, rule, seed) for seed in range(repeats)]
    assert all(tally.n < 20_000 for tally in found), "they were precise"
    assert sum(abs(tally.mean - mean) <= (tally.half or 0.0) for tally in found) / repeats >= 0.88


def test_days_on_which_nothing_happened_are_not_precise_however_many_they_are() -> None:
    tally = stopped(lambda dice, days: np.zeros(days), Rule(100, 1000, read_targets(["patient.wait.mean=2%"])), 1)
    assert tally.n == 1000 and tally.alike and (tally.to_json()["low"], tally.to_json()["high"]) == (None, None)


@pytest.mark.parametrize("usual", [0.0, 1.0, -1.0])
def test_a_figure_that_seldom_differs_is_precise_from_30_other_days_on(usual: float) -> None:
    (target,), tally = read_targets(["window.busy.share=0.5"]), Tally()
    for number in range(3000):
        tally.add(0.5 if number % 100 == 50 else usual)
        assert target.reached(tally) == (number >= 2950), number
        assert (target.share(tally) == 1) == (number >= 2950)


def test_the_difference_of_two_designs_is_not_precise_either_while_few_days_differ() -> None:
    (target,), pair = read_targets(["patient.wait.mean=100 s"]), Pair()
    for number in range(100):
        pair.add(5.0, 5.0 + (number % 10 == 0) - (number % 10 == 5))
    assert not target.reached(pair.difference, pair.a.mean)


def test_the_time_left_is_told_from_the_speed_since_the_first_batch() -> None:
    now = iter([12.0, 12.0, 13.0])
    running = Running([fake_days.OneServer()], WAIT, fixed(1000), work=fake_days.work, batch=100)
    pacer, told = Pacer(lambda: next(now, 13.0)), []
    for place, _ in enumerate(running.batches(Here())):
        told.append(pacer.pace(running))
        if place == 1:
            break
    assert told[0].left_s is None and told[0].share == 0.1
    assert (told[1].a_second, told[1].left_s) == (100.0, 8.0) and "0:08" in told[1].told()
