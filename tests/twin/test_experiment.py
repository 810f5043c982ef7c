"""One scenario run for a verdict: replications, limits, steady state, and what result.json says."""

from __future__ import annotations

import json
from statistics import fmean

import pytest

from caixue.errors import UsageError
from caixue.folding import fold
from caixue.metrics import FIGURES, figures
from tests.twin.small_scenarios import assert_clean, bare, fault, ran, read, small
from twin.engines.wire import basis_for
from twin.experiment import Progress, run
from twin.scenario import scenario_site

WAITS = '[[expect]]\nfigure = "patient.wait.mean"\nlimit = "<= {limit}"\nclause = "G3"\n'
STEADY = '[[steady]]\nfigure = "window.usable"\nlimit = ">= {count}"\n'
KEYS = {
    "schema", "scenario", "seed", "fidelity", "engine", "replications", "verdict", "expectations", "figures", "faults", "trace_sha256", "software",
    "wall_s", "simulated_s",
}  # fmt: skip


def test_the_result_has_every_key_that_tools_rely_on_and_is_plain_json() -> None:
    data = run(read(small(WAITS.format(limit="10 min"), fault("window-1.tube-dispenser", "tube-jam")))).data
    assert data.keys() >= KEYS
    assert set(data["figures"]) == set(FIGURES)
    assert {"figure", "limit", "actual", "low", "high", "n", "clause", "verdict"} <= data["expectations"][0].keys()
    assert data["faults"][0].keys() == {"name", "armed_at", "fired_at", "seen_at", "recovered_at"}
    assert data["software"].keys() == {"caixue", "commit"}
    assert (data["schema"], data["scenario"], data["fidelity"], data["engine"]) == (1, "small", "wire", "wire")
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize(("limit", "code", "verdict"), [("10 min", 0, "pass"), ("1 s", 99, "fail")])
def test_a_limit_that_is_breached_ends_with_99(limit: str, code: int, verdict: str) -> None:
    one = ran(bare(WAITS.format(limit=limit), per_h="100"))
    assert (one.exit_code, one.result.data["verdict"]) == (code, verdict), one


def test_a_limit_without_samples_is_no_data_and_fails() -> None:
    one = ran(bare(WAITS.format(limit="10 min"), per_h="0"))
    assert (one.exit_code, one.result.data["verdict"], one.result.data["expectations"][0]["actual"]) == (99, "no-data", None), one


def test_what_is_judged_is_the_mean_over_the_replications() -> None:
    scenario = read(bare(WAITS.format(limit="40 s"), per_h="100"))
    alone = [run(scenario, first=number).data["figures"] for number in range(4)]
    together = run(scenario, replications=4).data
    waits = [figures["patient.wait.mean"] for figures in alone]
    row = together["expectations"][0]
    assert row["actual"] == pytest.approx(fmean(waits)) and row["n"] == together["replications"] == 4
    assert row["low"] < row["actual"] < row["high"]
    assert row["breached_share"] == sum(wait > 40 for wait in waits) / 4
    for name in ("patient.count", "patient.served", "queue.length.mean", "window.busy.share"):
        assert together["figures"][name] == pytest.approx(fmean(figures[name] for figures in alone)), name


def test_the_plain_run_owns_events_and_trace() -> None:
    scenario = read(bare(per_h="60"))
    plain, many = run(scenario), run(scenario, replications=3)
    assert many.lines == plain.lines and many.data["trace_sha256"] == plain.data["trace_sha256"]
    assert [event.to_json() for event in plain.events] == list(plain.lines)


def test_progress_is_told_for_each_replication_and_never_runs_back() -> None:
    told: list[Progress] = []
    run(read(bare(per_h="60")), replications=2, progress=told.append)
    assert {one.replications for one in told} == {2} and {one.expected_us for one in told} == {1_200_000_000}
    places = [(one.replication, one.simulated_us) for one in told]
    assert places == sorted(places) and {number for number, _ in places} == {0, 1}


def test_a_run_that_is_stopped_judges_the_replications_that_are_done() -> None:
    done: list[int] = []

    def stop() -> bool:
        done.append(1)
        return len(done) == 2

    assert run(read(bare(per_h="60")), replications=10, stop=stop).data["replications"] == 2


def test_a_room_that_is_not_steady_before_the_first_fault_ends_with_3() -> None:
    tables = (STEADY.format(count=2), fault("window-1", "out-of-service", at="+10 min", end='for = "2 min"'))
    assert_clean(ran(bare(*tables)))
    one = ran(bare(*tables, windows=1))
    assert one.exit_code == 3, one
    assert any("window.usable" in reason for reason in one.reasons), one
    assert one.result.data["simulated_s"] == 600, one  # it ends there


def test_an_unknown_scenario_is_a_usage_error_that_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="peak-monday"):
        run("peak-mondy")


def test_figures_come_from_the_journal_alone() -> None:
    """Whoever reads events.jsonl finds the same patients, labels and incidents as the figures say."""
    one = ran(small(fault("window-1.label-printer", "print-head-dead-dots"), per_h="100"))
    assert one.figure("patient.served") == len(one.events("patient.served")), one
    assert one.figure("tube.labelled") == len(one.events("label.applied")), one
    assert one.figure("tube.voided") == len(one.events("label.void")) > 0, one
    assert one.figure("incident.count") == len(one.events("incident.opened")) == 1, one


def test_a_journal_without_the_twins_own_events_gives_the_same_figures() -> None:
    one = ran(small(fault("window-1.label-printer", "print-head-dead-dots"), per_h="100"))
    day = fold(event for event in one.events() if not event.kind.startswith("twin."))
    scenario = one.result.scenario
    assert figures(day, basis_for(scenario, scenario_site(scenario))) == one.result.data["figures"], one
