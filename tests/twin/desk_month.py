"""A short month with a desk: five clinic days, three of them worked, at the end of a month; a day's leave over the weekend between."""

from __future__ import annotations

from functools import cache

from tests.twin.small_scenarios import read
from twin.engines.wire import Replication, run_replication
from twin.experiment import evidence
from twin.scenario import scenario_site
from twin.scenario_model import Scenario

FIVE_DAYS = (
    "start=2026-11-26T06:30:00+08:00",
    "days=5",
    "duration=90 min",
    "load.scale=0.05",
    "staff.nurses={'07:00-13:00'=8}",
    "random_faults.scale=4",
    "leave.0.from=2026-11-28",
    "leave.0.until=2026-11-29",
)


def desk_month(*overrides: str) -> Scenario:
    """The scenario, of a Thursday to the Monday that ends November."""
    return read("month-of-operations", *FIVE_DAYS, *overrides)


def ran_once(scenario: Scenario, *, with_evidence: bool = True) -> Replication:
    """One replication of it."""
    return run_replication(scenario, scenario_site(scenario), None, evidence=evidence if with_evidence else None)


@cache
def the_run() -> Replication:
    """The run that several test files look at."""
    return ran_once(desk_month())
