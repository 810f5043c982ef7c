"""What the commands of inspection share (contract C1): the duty at a desk, whom it asks, and the facts for hidden trouble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from caixue.commands.common import open_desk, site_source
from caixue.commands.upkeep import drivers
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import nearest

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.events import Event
    from caixue.ops.inspection import Inspection
    from caixue.ops.inspection_known import Known
    from caixue.ops.inspection_points import Point
    from caixue.ops.inspection_reading import Observed
    from caixue.ops.trouble_facts import Evidence


@dataclass(frozen=True, slots=True)
class InspectionDesk:
    """The inspections of one desk, with what the ledger says about them."""

    desk: Desk
    source: str  # of the site
    inspection: Inspection
    known: Known

    def observe(self, points: Iterable[Point]) -> list[Observed]:
        """Ask devices, probes and this machine, before the ledger is touched."""
        from caixue.ops.inspection_reading import Sources, observe
        from caixue.probes.asking import probe
        from caixue.probes.machine import machine

        points = list(points)
        with drivers(self.source, self.desk) as opened:
            why_not = _simulated({name: driver.port.url for name, driver in opened.drivers.items()})
            clock, ports = self.desk.clock, opened.drivers
            sources = Sources(clock, self.known, ports, lambda spec: probe(spec, clock), lambda: machine(clock), why_not)
            return observe(points, sources)

    def read(self, patterns: Iterable[str], op: str = "") -> list[Event]:
        """Read these items, by default all that are open in the round, and note them. Raises UsageError without an open round."""
        inspection, patterns = self.inspection, list(patterns)
        current = inspection.current
        if current is None:
            raise UsageError(tr("没有进行中的巡检；先 caixue inspect begin", "no round is open: caixue inspect begin"))
        mine = [name for name in current.points if name in inspection.points and inspection.points[name].automatic]
        points = [inspection.points[name] for name in self.matching(patterns, mine)] if patterns else inspection.to_read()
        observed = self.observe(points)
        return inspection.note_readings(observed, by=self.desk.person, op=op) if observed else []

    def evidence(self) -> Evidence:
        """Everything that the rules of hidden trouble look at."""
        from caixue.ops.orders import Orders
        from caixue.ops.stock import Stock
        from caixue.ops.trouble_facts import Evidence

        desk = self.desk
        stock = Stock(desk.recorder, desk.site.stock, desk.ledger)
        return Evidence(self.inspection, self.known, stock, Orders(desk.recorder, stock, desk.ledger), desk.ledger)

    def matching(self, patterns: Iterable[str], among: Iterable[str]) -> list[str]:
        """The items that these names or patterns (*) mean. Raises UsageError for one that means none."""
        among, found = tuple(among), dict[str, None]()
        for pattern in patterns:
            mine = [name for name in among if fnmatchcase(name, pattern)]
            if not mine:
                raise UsageError(tr(f"没有巡检项 {pattern}", f"there is no item {pattern}") + nearest(pattern, among))
            found.update(dict.fromkeys(mine))
        return list(found)


@contextmanager
def at_desk(site: str | None, ledger: str | None, by: str | None = None, *, acts: bool = True) -> Iterator[InspectionDesk]:
    """The inspections of a site, open for one command."""
    from caixue.ops.inspection import Inspection
    from caixue.ops.inspection_known import Known

    with open_desk(site, ledger, by, acts=acts) as desk:
        inspection = Inspection(desk.recorder, desk.site, desk.ledger.start, desk.ledger)
        yield InspectionDesk(desk, site_source(site), inspection, Known(desk.recorder, desk.ledger))


def _simulated(urls: Mapping[str, str]) -> dict[str, str]:
    """The devices that exist in a simulation alone, and that this cannot be asked."""
    from caixue.link.arming import can_move

    words = tr("只在仿真里，没有真设备可问", "exists in a simulation alone: there is nothing to ask")
    return {name: words for name, url in urls.items() if not can_move(url)}
