"""What the figures of a run rest on beside its record: the site's deadlines and readings, the load's slots."""

from __future__ import annotations

from datetime import timedelta

from caixue.metrics import Basis
from caixue.site import Site
from caixue.sla import Deadlines
from twin.scenario_model import Scenario


def basis_for(scenario: Scenario, site: Site, from_us: int = 0) -> Basis:
    """What the figures rest on beside the record, or beside a day of it that began at `from_us`."""
    start = scenario.start + timedelta(microseconds=from_us)
    return Basis.of(
        Deadlines.of(site), start, slot_us=scenario.load.slot_us, load_us=scenario.duration_us, engineers=scenario.staff.engineers
    )
