"""A desk for tests of inspection: one site, a journal in memory, a clock that is set, and readings that a test hands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_items import State
from caixue.ops.inspection_known import Known
from caixue.ops.inspection_points import Point
from caixue.ops.inspection_reading import Observed
from caixue.ops.orders import Orders
from caixue.ops.stock import Stock
from caixue.ops.trouble import Facts
from caixue.ops.trouble_facts import Evidence
from caixue.site import Site, load_site
from tests.caixue.ops.incident_bench import WallClock

ENGINEER = "engineer-1"
START = datetime(2026, 9, 1, 8, tzinfo=SHANGHAI)


def good(point: Point) -> Observed:
    """The reading of something that is as it should be."""
    return Observed(point, State.OK, 1.0, point.item.warn, point.item.unit)


@dataclass
class InspectionDesk:
    """The duty, its journal and its clock."""

    site: Site = field(default_factory=lambda: load_site("eight-window-full"))
    start: datetime = START

    def __post_init__(self) -> None:
        self.clock = WallClock(self.start)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.inspection = Inspection(self.recorder, self.site, self.start, self.journal)

    def at(self, day: str) -> None:
        """Let it be ten o'clock on that day."""
        wanted = datetime.fromisoformat(day).replace(hour=10, tzinfo=SHANGHAI)
        self.clock.sleep((wanted - self.clock.now()) / timedelta(seconds=1))

    def automatic(self) -> list[Point]:
        return self.inspection.to_read()

    def manual(self) -> list[str]:
        return [point.name for point in self.inspection.to_look()]

    def whole_round(self, values: Mapping[str, float] | None = None) -> None:
        """A round in which all is well; `values` are those of some points."""
        self.inspection.begin(by=ENGINEER)
        known = values or {}
        observed = [replace(good(point), value=known.get(point.name, 1.0)) for point in self.automatic()]
        self.inspection.note_readings(observed, by=ENGINEER)
        for name in self.manual():
            self.inspection.check(name, "ok", by=ENGINEER)
        self.inspection.finish(by=ENGINEER)

    def again(self) -> Inspection:
        """The duty as somebody finds it who reads the journal afterwards."""
        return Inspection(self.recorder, self.site, self.start, self.journal)

    def facts(self) -> Facts:
        """What the rules look at now, from the journal alone."""
        stock = Stock(self.recorder, self.site.stock, self.journal)
        known = Known(self.recorder, self.journal)
        evidence = Evidence(self.again(), known, stock, Orders(self.recorder, stock, self.journal), self.journal)
        return evidence.facts(self.clock.monotonic_us())
