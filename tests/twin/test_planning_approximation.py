"""The queueing approximation that guides plans: near theory, near the engine, and never of the opinion that more nurses mean longer waits."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.planning.approximation import LONGEST_S, Demand, demand_of, waits
from twin.planning.staffing import Slots, Staffing, full
from twin.planning.trials import nurses_a_minute
from twin.replications import Wanted, replications
from twin.scenario import parse_scenario
from twin.timing.design import Design, design_of
from twin.timing.sampling import sample

MINUTES = 240
DAY = """
schema = 1
site = "bare-windows"
fidelity = "timing"
duration = "4 h"
seed = 11
[load]
rates_per_h = [60, 120, 230, 200, 150, 90, 50, 30]
slot = "30 min"
service = { distribution = "lognormal", mean = "120 s", sd = "50 s" }
[staff]
nurses = { "07:00-07:30" = %d, "07:30-09:30" = %d, "09:30-11:00" = %d }
"""


def steady(per_minute: float, work_s: float, square_s2: float, minutes: int = 2000) -> Demand:
    return Demand(np.full(minutes, per_minute), np.zeros(minutes), work_s, square_s2)


def erlang_c(servers: int, offered: float) -> float:
    """The textbook sum, as an independent check of the recursion."""
    top = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return top / (sum(offered**k / math.factorial(k) for k in range(servers)) + top)


@pytest.mark.parametrize(("servers", "share"), [(2, 0.7), (4, 0.8), (8, 0.85), (8, 0.95)])
def test_a_steady_queue_comes_near_to_erlang_c(servers: int, share: float) -> None:
    work_s = 120.0
    per_minute = share * servers * 60 / work_s
    exact_s = erlang_c(servers, share * servers) * work_s / (servers * (1 - share))
    demand = steady(per_minute, work_s, 2 * work_s**2)
    told = waits(demand, np.full(2000, float(servers)))
    assert told.ordinary_s[-400:-100].mean() == pytest.approx(exact_s, rel=0.25)


def day(*nurses: int) -> tuple[Design, Staffing]:
    text = DAY % nurses
    staffing = Staffing((nurses[0], *[nurses[1]] * 4, *[nurses[2]] * 3), 8)
    return design_of(parse_scenario(text.encode(), Path("day.toml"))), staffing


@pytest.mark.parametrize("nurses", [(3, 8, 5), (2, 6, 4), (1, 5, 5), (4, 7, 2)], ids=str)
def test_the_p90_and_the_mean_come_near_to_those_of_the_engine(nurses: tuple[int, int, int]) -> None:
    pytest.importorskip("numba")
    design, staffing = day(*nurses)
    slots = Slots(7 * 3_600_000_000, 8)
    demand = demand_of([sample(design, number) for number in range(60)], MINUTES)
    told = waits(demand, nurses_a_minute(staffing, slots, MINUTES, slots.start_us))
    p90_s, mean_s = replications(design, range(60), [Wanted("patient.wait.p90"), Wanted("patient.wait.mean")]).mean(axis=0)
    assert told.percentile_s(0.9) == pytest.approx(p90_s, rel=0.15, abs=45)
    assert told.mean_s == pytest.approx(mean_s, rel=0.15, abs=30)


@settings(deadline=None, max_examples=40)
@given(nurses=st.lists(st.integers(0, 8), min_size=4, max_size=4), where=st.integers(0, 3), rate=st.floats(0.5, 5))
def test_one_nurse_more_never_makes_the_mean_wait_longer(nurses: list[int], where: int, rate: float) -> None:
    demand = Demand(np.full(120, rate * 0.9), np.full(120, rate * 0.1), 120.0, 120.0**2 * 1.2)
    more = [count + (place == where) for place, count in enumerate(nurses)]
    few, many = (waits(demand, np.repeat(np.array(each, float), 30)) for each in (nurses, more))
    assert many.mean_s <= few.mean_s + 1.0


def test_nobody_is_served_without_nurses() -> None:
    told = waits(steady(1.0, 120.0, 20_000.0, 60), np.zeros(60))
    assert told.mean_s == LONGEST_S


def test_who_comes_before_the_doors_open_waits_for_that() -> None:
    demand = Demand(np.array([0.1] * 30 + [0.0] * 60), np.zeros(90), 120.0, 20_000.0)
    told = waits(demand, np.array([0.0] * 30 + [8.0] * 60))
    assert told.ordinary_s[0] == pytest.approx(1800, abs=120)
    assert told.ordinary_s[40] < 30


def test_a_day_without_people_has_no_waits() -> None:
    told = waits(Demand(np.zeros(60), np.zeros(60), 0.0, 0.0), nurses_a_minute(full(Slots(0, 2), 3), Slots(0, 2), 60, 0))
    assert (told.mean_s, told.percentile_s(0.9), told.longest_s) == (0.0, 0.0, 0.0)
