"""The engineer's desk in the twin: what is done there, who does it while he is on leave, and how the month is closed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.events import Event
from caixue.ops.verdicts import read_verdict
from tests.caixue.months.recount import Recount, different
from tests.twin.desk_month import desk_month, ran_once, the_run
from tests.twin.small_scenarios import read
from twin.engines.wire import Replication
from twin.experiment import evidence
from twin.scenario_model import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return desk_month()


@pytest.fixture(scope="module")
def run() -> Replication:
    """Five days, three of them worked, and the morning after them."""
    return the_run()


def of(run: Replication, *kinds: str) -> list[Event]:
    return [event for event in run.operations if event.kind in kinds]


def kinds(run: Replication, register: str) -> list[str]:
    return [event.kind.partition(".")[2] for event in run.operations if event.kind.startswith(f"{register}.")]


def clock(scenario: Scenario, event: Event) -> datetime:
    return scenario.start + timedelta(microseconds=event.at_us)


def test_nothing_breaks(run: Replication) -> None:
    assert run.broken == ()


def test_a_patch_without_a_verdict_is_not_approved_and_with_one_it_is_backed_up_installed_and_closed(run: Replication) -> None:
    assert kinds(run, "patch") == ["opened", "tested", "approved", "installed", "closed"]
    assert run.truth.desk.refused["patch.approved"] == 1
    assert [event.actor for event in of(run, "patch.approved", "patch.opened")] == ["maker-1", "head-1"]
    (installed,) = of(run, "patch.installed")
    before = next(event for event in of(run, "backup.made") if event.subject == installed.data["backup"])
    assert before.at_us < installed.at_us and before.data["version"] == installed.data["before"]
    assert run.truth.desk.versions["label-templates"] == installed.data["version"]


def test_its_verdict_is_a_real_run_of_the_scenario_that_a_template_must_pass(run: Replication) -> None:
    (tested,) = of(run, "patch.tested")
    (shown,) = tested.data["verdicts"]
    assert (shown["scenario"], shown["verdict"], shown["fidelity"]) == ("wrong-label-day", "pass", "wire")
    assert shown["sha256"] == read_verdict(evidence("wrong-label-day")).sha256


def test_the_same_code_gives_the_same_bytes_of_a_result() -> None:
    assert evidence.__wrapped__("network-lost") == evidence("network-lost")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Replication, Path]:
    """Two days with nobody to run the twin, and the folder for whatever is made for a moment."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        return ran_once(desk_month("days=2"), with_evidence=False), folder


def test_where_nobody_can_run_the_twin_the_patch_stays_refused(alone: tuple[Replication, Path]) -> None:
    run, _ = alone
    assert kinds(run, "patch") == ["opened"]
    assert run.truth.desk.refused["patch.approved"] == 2
    assert run.truth.desk.versions["label-templates"] == "2026.10"


def test_a_month_with_days_to_come_is_not_closed(alone: tuple[Replication, Path]) -> None:
    assert kinds(alone[0], "month") == []


def test_files_on_a_disk_are_gone_when_the_run_is_over_and_none_of_their_paths_is_in_the_journal(alone: tuple[Replication, Path]) -> None:
    run, folder = alone
    assert len(of(run, "backup.made")) == 3
    assert list(folder.iterdir()) == []
    assert folder.as_posix() not in "\n".join(event.to_json() for event in run.operations)


def test_leave_without_a_substitute_is_refused_and_with_one_granted_by_the_head(run: Replication) -> None:
    refused, granted = of(run, "leave.refused", "leave.granted")
    assert (refused.kind, refused.data["substitute"], granted.kind, granted.data["substitute"]) == (
        "leave.refused",
        "",
        "leave.granted",
        "engineer-2",
    )
    assert (refused.actor, granted.actor) == ("head-1", "head-1")


def test_while_he_is_on_leave_the_substitute_does_all_his_work(run: Replication) -> None:
    (granted,) = of(run, "leave.granted")
    from_us, until_us = granted.data["from_us"], granted.data["until_us"]
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for event in run.operations:
        if event.actor.startswith("engineer"):
            names[from_us <= event.at_us < until_us].add(event.actor)
    assert names == {True: {"engineer-2"}, False: {"engineer-1"}}


def test_the_shift_is_handed_over_to_the_substitute_and_back(run: Replication) -> None:
    notes = of(run, "handover.opened", "handover.accepted")
    assert [(event.kind.partition(".")[2], event.actor) for event in notes] == [
        ("opened", "engineer-1"),
        ("accepted", "engineer-2"),
        ("opened", "engineer-2"),
        ("accepted", "engineer-1"),
    ]


def test_every_day_somebody_comes_and_goes(scenario: Scenario, run: Replication) -> None:
    came, left = of(run, "attendance.opened"), of(run, "attendance.left")
    assert [event.data["person"] for event in came] == ["engineer-1"] * 2 + ["engineer-2"] * 2 + ["engineer-1"] * 2
    assert [f"{clock(scenario, event):%H:%M}" for event in left[:5]] == ["17:30", "17:30", "11:30", "11:30", "17:30"]


def test_a_training_is_failed_repeated_and_passed(run: Replication) -> None:
    assert kinds(run, "training") == ["opened", "held", "failed", "held", "passed"]


def test_what_is_due_is_backed_up_and_the_restore_rehearsed(run: Replication) -> None:
    made = Counter(event.data["software"] for event in of(run, "backup.made"))
    assert made == {"collection-system": 1, "driver-service": 1, "label-templates": 3}  # at first, before the patch, and after it
    assert len(of(run, "backup.drilled")) == 1


def test_the_round_of_the_month_is_finished_and_what_it_found_has_a_measure(run: Replication) -> None:
    (finished,) = of(run, "inspection.finished")
    assert finished.data["ok"] > 100 and finished.data["skipped"] == 1
    assert len(of(run, "inspection.finding")) == finished.data["findings"] >= 1


def test_the_drill_is_an_incident_that_no_figure_counts(run: Replication) -> None:
    (drill,) = [event for event in of(run, "incident.opened") if event.data.get("drill")]
    (carried_out,) = of(run, "drill.carried-out")
    assert (carried_out.data["incident"], carried_out.data["scenario"], carried_out.data["verdict"]) == (
        drill.subject,
        "network-lost",
        "pass",
    )
    values = figures_of(run)
    assert values["incident.drills"] == 1
    assert values["incident.count"] == len(of(run, "incident.opened")) - 1


def figures_of(run: Replication) -> dict[str, object]:
    (drafted,) = of(run, "month.drafted")
    reports = drafted.data["reports"]
    assert reports.keys() == {"C6.1", "C6.2", "C6.3", "C6.4"}
    return {name: figure["value"] for report in reports.values() for name, figure in report.items() if isinstance(figure, dict)}


def test_the_month_is_closed_on_the_morning_after_its_last_day_and_signed_by_the_head(scenario: Scenario, run: Replication) -> None:
    closing = of(run, "month.cut-off", "month.drafted", "month.signed")
    assert [event.kind for event in closing] == ["month.cut-off", "month.drafted", "month.signed"]
    assert {f"{clock(scenario, event):%Y-%m-%d}" for event in closing} == {"2026-12-01"}
    assert closing[2].actor == "head-1" and closing[2].data["sha256"] == closing[1].data["sha256"]


def test_the_cut_off_names_the_last_entry_before_it_as_the_ledger_numbers_it(run: Replication) -> None:
    (cut,) = of(run, "month.cut-off")
    assert cut.data["seq"] == run.operations.index(cut) - 1


def test_every_figure_of_the_month_is_that_of_an_independent_recount(scenario: Scenario, run: Replication) -> None:
    (cut,) = of(run, "month.cut-off")
    lines = [replace(event, seq=number).to_json() for number, event in enumerate(run.operations)]
    until_us = (datetime(2026, 12, 1, tzinfo=scenario.start.tzinfo) - scenario.start) // timedelta(microseconds=1)
    recounted = Recount(lines, scenario.start.isoformat(), 0, until_us, cut.data["seq"]).figures()
    drafted = figures_of(run)
    assert different(drafted, {name: recounted[name] for name in drafted}) == []


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("leave.0.person=engineer-7", "engineer-7"),
        ("leave.0.substitute=nurse-1", "nurse-1"),
        ("leave.0.substitute=engineer-1", "substitute"),
        ("leave.0.until=2026-11-01", "2026-11-01"),
        ("staff.desk=false", "desk"),
        ("days=1", "desk"),
    ],
)
def test_a_leave_that_cannot_be_is_refused_at_the_door(override: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read("month-of-operations", override)


def test_two_processes_write_the_same_bytes() -> None:
    code = (
        "from tests.twin.desk_month import *; import hashlib; run = ran_once(desk_month('days=2'), with_evidence=False);"
        "print(hashlib.sha256(repr([event.to_json() for event in run.operations]).encode()).hexdigest())"
    )
    seeds = [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    heads = {subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout for env in seeds}
    assert len(heads) == 1
