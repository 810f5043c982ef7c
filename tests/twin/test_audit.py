"""A run's ledger against what really happened: every figure agrees, and every planted mistake is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import read, replay_line
from twin.audit import Row, audit
from twin.bookkeeping import IN_MEMORY, write_ledger
from twin.engines.wire import Replication, basis_for, run_replication
from twin.scenario import scenario_site
from twin.scenario_model import Scenario
from twin.truth import Truth

THREE_DAYS = """schema = 1
site = "eight-window"
start = 2026-11-23T06:30:00+08:00
duration = "3 h"
days = 3
seed = 7
[load]
rates_per_h = [0, 60, 60]
service = { distribution = "lognormal", mean = "86 s", sd = "35 s" }
[[fault]]
at = "+60 min"
device = "window-3.label-printer"
kind = "print-head-dead-dots"
[[fault]]
at = "+80 min"
device = "window-6.tube-dispenser"
kind = "lane-empty"
lane = 1
[[fault]]
at = "+90 min"
device = "window-2.tube-dispenser"
kind = "tube-jam"
[[fault]]
at = "+1510 min"
device = "window-1.label-printer"
kind = "label-paper-out"
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    print(replay_line(THREE_DAYS))
    return read(THREE_DAYS)


@pytest.fixture(scope="module")
def run(scenario: Scenario) -> Replication:
    """Three small days with four faults, duties and all."""
    return run_replication(scenario, scenario_site(scenario), None)


def rows(scenario: Scenario, operations: Sequence[Event], truth: Truth) -> dict[str, Row]:
    site = scenario_site(scenario)
    with write_ledger(IN_MEMORY, operations, scenario, site) as ledger:
        return {row.name: row for row in audit(ledger, truth, site, basis_for(scenario, site), scenario.start)}


def test_every_figure_of_the_ledger_is_what_really_happened(scenario: Scenario, run: Replication):
    found = rows(scenario, run.operations, run.truth)
    assert [str(row) for row in found.values() if not row.agrees] == []
    assert not run.broken


def test_the_audit_is_about_something(scenario: Scenario, run: Replication):
    found = rows(scenario, run.operations, run.truth)
    assert found["tickets"].truth == [1]
    assert len(found["restored"].truth) >= 4
    assert found["parts"].truth == {"print-head": 1}
    assert sum(found["refilled"].truth.values()) > 100
    assert found["repair.max"].truth > 60


def test_no_patient_is_in_the_ledger(run: Replication):
    assert not [event for event in run.operations if "patient-" in event.to_json()]


def without(kind: str) -> Callable[[list[Event]], list[Event]]:
    """The first event of that kind is lost."""

    def lose(events: list[Event]) -> list[Event]:
        place = next(number for number, event in enumerate(events) if event.kind == kind)
        return events[:place] + events[place + 1 :]

    return lose


def changed(kind: str, **data: Any) -> Callable[[list[Event]], list[Event]]:
    """The first event of that kind says something else."""

    def change(events: list[Event]) -> list[Event]:
        place = next(number for number, event in enumerate(events) if event.kind == kind)
        return [*events[:place], replace(events[place], data={**events[place].data, **data}), *events[place + 1 :]]

    return change


def later(kind: str, by_us: int) -> Callable[[list[Event]], list[Event]]:
    """The last event of that kind is noted too late."""

    def move(events: list[Event]) -> list[Event]:
        place = max(number for number, event in enumerate(events) if event.kind == kind)
        return [*events[:place], replace(events[place], at_us=events[place].at_us + by_us), *events[place + 1 :]]

    return move


@pytest.mark.parametrize(
    ("mistake", "found_by"),
    [
        pytest.param(without("stock.issued"), {"stock", "lots"}, id="a piece that left the store is not noted"),
        pytest.param(without("consumable.refilled"), {"refilled", "lots"}, id="a refill is not noted"),
        pytest.param(changed("consumable.refilled", quantity=1), {"refilled", "lots"}, id="a refill is noted with another quantity"),
        pytest.param(without("part.replaced"), {"parts"}, id="a part that was fitted is not noted"),
        pytest.param(without("incident.restored"), {"restored"}, id="a repair is not noted"),
        pytest.param(later("incident.restored", 1), {"restored"}, id="a repair is noted a microsecond late"),
        pytest.param(later("incident.on-site", 60_000_000), {"on-site"}, id="an arrival is noted a minute late"),
        pytest.param(without("window.blocked"), {"below-eight"}, id="a lost window is not noted"),
    ],
)
def test_a_mistake_in_the_books_is_found(
    scenario: Scenario, run: Replication, mistake: Callable[[list[Event]], list[Event]], found_by: set[str]
):
    found = rows(scenario, mistake(list(run.operations)), run.truth)
    if found_by == {"below-eight"}:  # only where the window was down for longer than the reading allows
        long = [down for down in run.truth.downs if down.until_us - down.from_us > 600_000_000]
        assert found["below-eight"].agrees is not bool(long and found["below-eight"].truth)
        return
    assert found_by <= {name for name, row in found.items() if not row.agrees}


def test_an_incident_that_nobody_noted_is_missed(scenario: Scenario, run: Replication):
    gone = next(event.subject for event in run.operations if event.kind == "incident.opened")
    found = rows(scenario, [event for event in run.operations if event.subject != gone], run.truth)
    assert not found["tickets"].agrees


def test_an_incident_without_a_cause_is_found(scenario: Scenario, run: Replication):
    opened = next(event for event in run.operations if event.kind == "incident.opened")
    twice = replace(opened, subject="incident-0099", data={**opened.data, "device": "sorter-1", "window": ""})
    found = rows(scenario, [*run.operations, replace(twice, at_us=run.operations[-1].at_us)], run.truth)
    assert not found["tickets.orphans"].agrees


def test_the_same_run_gives_the_same_ledger(scenario: Scenario, run: Replication):
    site = scenario_site(scenario)
    heads = []
    for _ in range(2):
        with write_ledger(IN_MEMORY, run.operations, scenario, site) as ledger:
            heads.append(ledger.head())
    assert heads[0] == heads[1]
