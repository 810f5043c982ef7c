"""G3: patients wait less. Waiting has figures with limits, and what would shorten it can be tried before it is done.

The what-ifs against arithmetic: tests/twin/test_planning_what_ifs.py; waits against queueing theory: tests/twin/test_validation.py.
"""

from __future__ import annotations

from caixue.metrics import FIGURES
from tests.twin.small_scenarios import bare, ran
from twin.planning.what_ifs import WHAT_IFS

BUSY = {"per_h": "130", "duration": "1 h", "service": '{ distribution = "lognormal", mean = "60 s", sd = "20 s" }'}


def test_how_long_people_wait_is_told_by_mean_percentiles_and_the_longest() -> None:
    assert {f"patient.wait.{name}" for name in ("mean", "p50", "p90", "p95", "max")} <= set(FIGURES)
    assert all(FIGURES[f"patient.wait.{name}"].direction == "low" for name in ("mean", "p90", "max"))


def test_a_limit_on_the_wait_that_is_broken_fails_the_run_and_another_window_mends_it() -> None:
    limit = '[[expect]]\nfigure = "patient.wait.p90"\nlimit = "<= 4 min"\nclause = "G3"\n'
    two, three = ran(bare(limit, windows=2, **BUSY)), ran(bare(limit, windows=3, **BUSY))
    assert (two.exit_code, three.exit_code) == (99, 0), (two, three)
    assert three.figure("patient.wait.p90") < two.figure("patient.wait.p90")


def test_what_would_shorten_the_wait_is_ready_to_be_tried() -> None:
    assert {"appointments", "prepared-ahead", "shared-robot", "two-engineers", "heads-early"} <= set(WHAT_IFS)
