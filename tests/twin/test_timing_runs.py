"""Runs of many days in timing: one result whatever the workers and batches, valid when broken off, in constant memory."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import count
from math import isnan, nan
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from caixue import cli
from caixue.errors import UsageError
from caixue.metrics import FIGURES, figure_value
from caixue.verdict.spread import interval_95
from twin import replications as replicating
from twin import timing_run
from twin.experiment import run
from twin.progress import Pacer
from twin.replications import Batch, Wanted, do_batch, replications
from twin.result import Progress, Result
from twin.scenario import load_scenario
from twin.scenario_model import Scenario
from twin.sums import ExactSum, Sums
from twin.timing.arrays import Status
from twin.timing.design import design_of

SHORT = ('duration="40 min"', 'staff.nurses={ "07:00-07:40" = 8 }', "steady=[]")
ONE_FAULT = 'fault=[{ at = "+5 min", device = "window-3.label-printer", kind = "print-head-dead-dots", until = "repaired" }]'
BELT = 'fault=[{ at = "+5 min", device = "conveyor-1", kind = "belt-stopped", for = "1 min" }]'
LIMITS = (
    'expect=[{ figure = "patient.wait.p90", limit = "<= 1 min" }, { figure = "incident.repair.max", where = "class == 较大", limit = "<= 1 h" },'
    ' { figure = "queue.length.by_slot", limit = "<= 20" }, { figure = "label.crossed", limit = "== 0" }]'
)


@cache
def small(*changes: str) -> Scenario:
    """A short morning with one fault."""
    return load_scenario("peak-monday", ["fidelity=timing", *SHORT, ONE_FAULT, LIMITS, *changes])


def clock() -> Any:
    """Real seconds that are always the same."""
    seconds = count()
    return lambda: float(next(seconds))


def lasting(result: Result) -> dict[str, Any]:
    """What must be the same in every run."""
    return {key: value for key, value in result.data.items() if key not in ("wall_s", "software")}


@pytest.fixture(scope="module")
def plain() -> Result:
    return timing_run.run_days(small(), clock(), replications=20)


# one result


@pytest.mark.parametrize("batch", [1, 7, 19, 200])
def test_a_run_is_the_same_in_batches_of_any_size(plain: Result, batch: int) -> None:
    assert lasting(timing_run.run_days(small(), clock(), replications=20, batch=batch)) == lasting(plain)


@pytest.mark.parametrize("workers", [2, 3])
def test_a_run_is_the_same_with_any_number_of_workers(plain: Result, workers: int) -> None:
    assert lasting(timing_run.run_days(small(), clock(), replications=20, batch=6, workers=workers)) == lasting(plain)


def test_a_run_is_the_same_with_processes_that_share_nothing(plain: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing_run, "quick_start", lambda: "spawn")
    assert lasting(timing_run.run_days(small(), clock(), replications=20, batch=10, workers=2)) == lasting(plain)


def test_both_engines_give_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    reference = pytest.importorskip("twin.engines.reference")
    compiled = timing_run.run_days(small(), clock(), replications=3)
    for module in (replicating, timing_run):
        monkeypatch.setattr(module, "engine", lambda: ("reference", reference.run))
    other = timing_run.run_days(small(), clock(), replications=3)
    assert (compiled.data["engine"], other.data["engine"]) == ("compiled", "reference")
    assert {**lasting(compiled), "engine": ""} == {**lasting(other), "engine": ""}


def test_each_replication_can_be_done_again_alone(plain: Result) -> None:
    alone = [timing_run.run_days(small(), clock(), first=number).data["figures"]["patient.wait.p90"] for number in range(20)]
    assert plain.data["figures"]["patient.wait.p90"] == mean(alone)
    low, high = interval_95(alone)
    row = plain.data["expectations"][0]
    assert (row["actual"], row["n"]) == (mean(alone), 20)
    assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-12)
    assert row["breached_share"] == sum(value > 60 for value in alone) / 20


def test_replications_gives_a_row_for_each_number_and_a_column_for_each_figure() -> None:
    wanted = (Wanted("patient.count"), Wanted("label.crossed"), Wanted("incident.repair.max", "class == 较大"))
    rows = replications(design_of(small()), range(3, 6), wanted)
    assert rows.shape == (3, 3)
    assert np.isnan(rows[:, 1]).all()
    assert np.array_equal(rows[1:2], replications(design_of(small()), [4], wanted), equal_nan=True)


def test_a_day_that_the_engine_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run_day = replicating.engine()[1]
    monkeypatch.setattr(replicating, "engine", lambda: ("compiled", lambda day: run_day(day)._replace(status=int(Status.REFILLS_DRAWN))))
    with pytest.raises(UsageError, match="--rep 7"):
        replications(design_of(small()), [7], [Wanted("patient.count")])


# what the result says


def test_what_timing_does_not_simulate_has_no_number_and_does_not_decide(plain: Result) -> None:
    row = plain.data["expectations"][3]
    assert (row["figure"], row["verdict"], row["simulated"], row["actual"], row["n"]) == ("label.crossed", "no-data", False, None, 0)
    assert plain.data["figures"]["label.crossed"] is None
    assert plain.data["verdict"] == ("pass" if all(one["verdict"] == "pass" for one in plain.data["expectations"][:3]) else "fail")


def test_a_run_that_judges_only_what_is_not_simulated_is_no_pass() -> None:
    result = timing_run.run_days(small('expect=[{ figure = "label.crossed", limit = "== 0" }]'), clock())
    assert (result.data["verdict"], result.exit_code) == ("no-data", 99)


def test_the_figures_are_all_there_in_the_order_of_the_catalogue(plain: Result) -> None:
    assert list(plain.data["figures"]) == list(FIGURES)
    assert isinstance(plain.data["figures"]["queue.length.by_slot"], list)


def test_the_fault_table_is_that_of_the_first_replication(plain: Result) -> None:
    (fault,) = plain.data["faults"]
    assert (fault["armed_at"], fault["fired_at"]) == (300, 300)
    assert 300 <= fault["seen_at"] < fault["recovered_at"]


def test_a_fault_that_nobody_felt_fails_the_run_unless_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = replicating.drawn_day

    def unfelt(*what: Any) -> Any:
        day = drawn(*what)
        return day._replace(course=day.course._replace(stopped_us=np.full_like(day.course.stopped_us, -1), jobs=day.course.jobs[:0]))

    monkeypatch.setattr(replicating, "drawn_day", unfelt)
    lasting_one, passing = (timing_run.run_days(small(row, "expect=[]"), clock()) for row in (ONE_FAULT, BELT))
    assert (lasting_one.data["faults"][0]["seen_at"], lasting_one.exit_code) == (None, 99)
    assert (passing.data["faults"][0]["absorbed"], passing.exit_code) == (True, 0)


def test_a_room_that_is_not_steady_before_the_first_fault_ends_the_run_with_3() -> None:
    unsteady = small('steady=[{ figure = "window.usable", limit = ">= 9" }]')
    result = timing_run.run_days(unsteady, clock(), replications=50)
    assert result.exit_code == 3
    assert result.data["replications"] == 1
    steady = small('steady=[{ figure = "window.usable", limit = ">= 8" }]')
    assert timing_run.run_days(steady, clock()).exit_code != 3


def test_the_trace_covers_the_whole_course() -> None:
    first, second = (timing_run.run_days(small(f"seed={seed}"), clock()).data["trace_sha256"] for seed in (1, 2))
    assert first != second
    assert first == timing_run.run_days(small("seed=1"), clock(), replications=3).data["trace_sha256"]


def test_the_api_chooses_the_fidelity_of_the_scenario() -> None:
    assert run(small(), replications=2).data["engine"] in ("compiled", "reference")


# what faults make unknown, and whether they came


@pytest.mark.parametrize(
    ("scenario", "limit"),
    [
        ("power-cut", '{ figure = "incident.count", limit = "== 0" }'),
        ("power-cut", '{ figure = "window.below_eight.minutes", limit = "<= 1 h" }'),
        ("peak-monday", '{ figure = "consumable.stockouts", limit = "<= 0" }'),
        ("peak-monday", '{ figure = "incident.response.max", limit = "<= 90 s" }'),
        ("peak-monday", '{ figure = "incident.count", limit = "<= 4" }'),
        ("engineer-away", '{ figure = "incident.response.max", limit = "<= 3 h" }'),
        ("conveyor-stopped", '{ figure = "incident.count", limit = "== 0" }'),
    ],
)
def test_a_figure_that_a_fault_makes_untrustworthy_is_unknown_and_not_judged(scenario: str, limit: str) -> None:
    result = timing_run.run_days(load_scenario(scenario, ["fidelity=timing", "steady=[]", f"expect=[{limit}]"]), clock())
    (row,) = result.data["expectations"]
    assert (row["verdict"], row["simulated"], row["actual"]) == ("no-data", False, None) and row["why"]
    assert result.data["figures"][row["figure"]] is None and result.exit_code == 99


def test_figures_that_no_fault_touches_are_still_judged() -> None:
    calm = timing_run.run_days(small("fault=[]", 'expect=[{ figure = "incident.count", limit = "== 0" }]'), clock())
    assert calm.data["expectations"][0]["verdict"] == "pass" and calm.data["figures"]["consumable.stockouts"] == 0
    assert timing_run.run_days(small(), clock()).data["expectations"][1]["verdict"] in ("pass", "fail")  # repairs of 较大


def test_incidents_that_come_by_themselves_cannot_be_chosen_by_class_or_device() -> None:
    design = design_of(small("fault=[]", "random_faults.enabled=true"))
    assert all(design.untold.hides("incident.repair.max", where) for where in ("class == 一般", "device != conveyor-1"))
    assert not design.untold.hides("incident.repair.max") and not design.untold.hides("incident.repair.max", "window == window-1")


def test_the_steady_state_is_that_of_the_morning_without_what_comes_later() -> None:
    """Whoever is sent back later has been served on time so far: the last calls of the whole day tell another story."""
    asked = ("queue.length.mean", "window.busy.share", "patient.wait.mean", "queue.length.max")
    found = []
    for fault in ((), ("fault=[]",)):
        days = timing_run._Days(design_of(load_scenario("power-cut", ["fidelity=timing", "steady=[]", *fault])), 0, 1, None)
        days.begin()
        before = timing_run._before(days, 75 * 60_000_000)
        found.append([figure_value(before, days.basis, name) for name in asked])
    assert found[0] == found[1]


def test_a_fault_that_met_nobody_never_fired() -> None:
    late = 'fault=[{ at = "+39 min", device = "window-3.label-printer", kind = "print-head-dead-dots", for = "1 s" }]'
    early = 'windows.open={ "1-2" = "07:00-07:40", "3" = "07:00-07:05", "4-8" = "07:00-07:40" }'
    result = timing_run.run_days(small(late, early, "expect=[]"), clock())
    (fault,) = result.data["faults"]
    assert (fault["fired_at"], fault["recovered_at"], result.exit_code) == (None, None, 99)


def test_of_many_unfinished_days_the_first_five_are_named_and_all_are_counted() -> None:
    days = timing_run._Days(design_of(small()), 0, 1, None)
    row = np.full((4, len(days.columns.wanted)), nan)
    for first in range(0, 40, 4):
        days._count(replicating.Done(row, 0, list(range(first, first + 4))))
    assert (days.unfinished, days.left_first) == (40, [0, 1, 2, 3, 4])


# broken off


def test_a_run_that_is_told_to_stop_judges_the_days_that_are_done(plain: Result) -> None:
    asked = iter([False, False, True])
    result = timing_run.run_days(small(), clock(), replications=40, batch=5, stop=lambda: next(asked))
    assert result.data["replications"] == 11
    assert lasting(result) == lasting(timing_run.run_days(small(), clock(), replications=11))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_leaves_a_valid_partial_result(workers: int) -> None:
    def told(progress: Progress) -> None:
        if progress.replication >= 10:
            raise KeyboardInterrupt

    result = timing_run.run_days(small(), clock(), replications=400, batch=5, progress=told, workers=workers)
    done = result.data["replications"]
    assert done == 11
    assert lasting(result) == lasting(timing_run.run_days(small(), clock(), replications=done))


def test_an_interrupt_before_the_first_day_is_over_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(batch: Batch) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(timing_run, "do_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        timing_run.run_days(small(), clock(), replications=3)


# memory and exactness


def test_many_days_take_no_more_memory_than_some(monkeypatch: pytest.MonkeyPatch) -> None:
    design = design_of(small())
    day = do_batch(Batch(design, 0, 1, timing_run._Columns([], 1, design.untold).wanted))

    def cheap(batch: Batch) -> Any:
        if batch.keep:
            return do_batch(batch)
        return replicating.Done(np.repeat(day.values, batch.count, axis=0), day.simulated_us * batch.count, [])

    monkeypatch.setattr(timing_run, "do_batch", cheap)
    peaks = []
    for days in (2_000, 40_000):
        tracemalloc.start()
        assert timing_run.run_days(small("expect=[]"), clock(), replications=days, workers=1).data["replications"] == days
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000


FLOATS = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: value or 0.0)


@given(st.lists(FLOATS, min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_sum_is_exact(values: list[float]) -> None:
    total = ExactSum(1)
    total.add(np.zeros(len(values), np.int64), np.array(values))
    assert total.total(0) == sum(map(Fraction, values))


@given(st.lists(st.one_of(FLOATS, st.just(nan)), min_size=1, max_size=30), st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_mean_and_interval_do_not_show_how_rows_were_batched(values: list[float], size: int) -> None:
    rows, batched = np.array(values).reshape(-1, 1), Sums(1)
    for first in range(0, len(rows), size):
        batched.add(rows[first : first + size])
    whole = Sums(1)
    whole.add(rows)
    known = [value for value in values if not isnan(value)]
    assert batched.mean(0) == whole.mean(0) == (mean(known) if known else None)
    assert batched.interval(0) == whole.interval(0)
    if known:
        assert batched.interval(0) == pytest.approx(interval_95(known), rel=1e-6, abs=1e-6 * max(1.0, *map(abs, known)))


def test_equal_values_have_no_spread() -> None:
    sums = Sums(1)
    sums.add(np.full((7, 1), 0.1))
    assert sums.interval(0) == (0.1, 0.1)


# the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(*more: str) -> list[str]:
    changes = (word for change in (*SHORT, ONE_FAULT, LIMITS) for word in ("--set", change))
    return ["run", "peak-monday", "--fidelity", "timing", *changes, *more]


def test_the_command_writes_a_whole_result_and_names_what_is_not_simulated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(words("--reps", "30", "--out", "here"))
    shown = capsys.readouterr()
    assert " ".join(shown.out.split()).count("不模拟 label.crossed") == 1
    assert "4 条限值中 1 条未判" in shown.out
    assert sorted(path.name for path in (folder / "here").iterdir()) == ["events.jsonl", "junit.xml", "replay.html", "result.json"]
    result = json.loads((folder / "here" / "result.json").read_text(encoding="utf-8"))
    assert (result["fidelity"], result["replications"], result["exchanges"]) == ("timing", 30, 0)
    assert 'skipped="1"' in (folder / "here" / "junit.xml").read_text(encoding="utf-8")


def test_the_tables_fit_80_columns_and_a_gbk_console(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(words("--reps", "12"))
    shown = capsys.readouterr()
    table = [line for line in shown.out.splitlines() if "|" in line]
    assert table
    assert max(map(cell_len, table)) <= 80
    (shown.out + shown.err).encode("gbk")


def test_rep_does_one_replication_again(folder: Path) -> None:
    cli.main(words("--rep", "4", "-q"))
    (path,) = folder.glob("runs/*-rep4/result.json")
    assert json.loads(path.read_text(encoding="utf-8"))["replications"] == 1


def test_the_progress_of_days_that_are_done_together_tells_no_time_of_day() -> None:
    seconds: Iterator[int] = count()
    start = small().start
    pacer = Pacer(start, lambda: float(next(seconds)))
    pace = pacer.pace(Progress(199, 1000, 10**12, 10**12, together=True))
    assert pace.share == 0.2
    assert ":" not in pace.told().split("·")[0]
    assert "200/1000" in pace.told()


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is for the machines of CI")
def test_numbers_are_plain_floats_for_json(plain: Result) -> None:
    json.dumps(plain.data, allow_nan=False)
