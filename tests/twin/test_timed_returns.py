"""Timed draws: who comes back is on time when the draw begins within the tolerance of the class, in every engine alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import twin
from caixue.day import NEVER, DayRecord, Patients
from caixue.metrics import figure_value
from twin.basis import basis_for
from twin.replications import Wanted, replications
from twin.scenario import load_scenario, parse_scenario, scenario_site
from twin.timing.design import design_of

FIGURE = "return.on_time.share"
TIMED = """
schema = 1
site = "bare-windows"
duration = "1 h"
seed = 9
[load]
rates_per_h = [150]
service = { distribution = "lognormal", mean = "170 s", sd = "45 s" }
[[patient_class]]
name = "timed"
share = 0.3
returns = ["20 min", "40 min"]
tolerance = "2 min"
"""


def share_of(**columns: list[int]) -> object:
    scenario = load_scenario("after-holiday")
    day = DayRecord(10_000, patients=Patients.of(id=[str(place) for place in range(len(columns["due_us"]))], **columns))
    return figure_value(day, basis_for(scenario, scenario_site(scenario)), FIGURE)


def test_early_late_and_never_drawn_are_told_apart() -> None:
    due = [NEVER, 1000, 1000, 1000, 1000]
    drawn = [900, 1100, 899, 1101, NEVER]
    assert share_of(due_us=due, draw_start_us=drawn, tolerance_us=[0, 100, 100, 100, 100]) == 0.25


def test_a_day_without_timed_draws_has_no_share() -> None:
    assert share_of(due_us=[NEVER], draw_start_us=[5], tolerance_us=[0]) is None


@pytest.mark.parametrize("share", ["0.3", "0.05"])
def test_wire_and_timing_agree_to_the_last_bit(share: str) -> None:
    text = TIMED.replace("0.3", share)
    shares = []
    for fidelity in ("wire", "timing"):
        scenario = parse_scenario(text.encode(), Path("timed.toml"), [f"fidelity={fidelity}"])
        shares.append(twin.run(scenario).data["figures"][FIGURE])
    quick = replications(design_of(parse_scenario(text.encode(), Path("timed.toml"), ["fidelity=timing"])), range(1), [Wanted(FIGURE)])
    assert shares[0] == shares[1] == float(quick[0, 0])
    assert 0 < shares[0] <= 1


def test_the_share_can_be_asked_for_one_class() -> None:
    design = design_of(parse_scenario(TIMED.encode(), Path("timed.toml"), ["fidelity=timing"]))
    row = replications(design, range(3), [Wanted(FIGURE), Wanted(FIGURE, "class == timed"), Wanted(FIGURE, "class == adult")])
    assert np.array_equal(row[:, 0], row[:, 1]) and np.isnan(row[:, 2]).all()
