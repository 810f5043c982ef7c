"""The store, the loads, orders and deliveries of the default site on a journal in memory, for the tests of supply."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.balance import unbalanced
from caixue.ops.consumables import Consumables
from caixue.ops.deliveries import Deliveries
from caixue.ops.orders import Orders
from caixue.ops.stock import Stock
from caixue.site import Site, load_site
from tests.caixue.scripted import START, FakeClock

TODAY = START.date()
ENGINEER, HEAD = "engineer-1", "head-1"
DISPENSER, PRINTER, THERMAL = "window-1.tube-dispenser", "window-1.label-printer", "window-1.thermal-printer"


@cache
def the_site(name: str = "eight-window") -> Site:
    return load_site(name)


class Desk:
    """All services of supply over one journal."""

    def __init__(self, journal: MemoryJournal | None = None, site: Site | None = None, clock: FakeClock | None = None) -> None:
        self.site = site or the_site()
        self.clock = clock or FakeClock()
        self.journal = journal or MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.stock = Stock(self.recorder, self.site.stock, self.journal)
        self.consumables = Consumables(self.recorder, self.site, self.stock, self.journal)
        self.orders = Orders(self.recorder, self.stock, self.journal)
        self.deliveries = Deliveries(self.recorder, self.stock, self.journal)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.date()

    def days_on(self, days: float) -> None:
        self.clock.now_us += round(days * 86_400_000_000)

    def note(self, kind: str, subject: str, **data: Any) -> Event:
        return self.recorder.note(kind, subject, **data)

    def pick(self, lane: int, count: int = 1, device: str = DISPENSER) -> None:
        """So many tubes come out of a lane in the patients' workflow."""
        for _ in range(count):
            self.note("tube.picked", device, lane=lane, tube="", serial="1")

    def label(self, count: int = 1, device: str = PRINTER) -> None:
        for _ in range(count):
            self.note("label.sent", "261123000001", device=device)

    def level(self, device: str, slot: str) -> int:
        return self.consumables.load(device, slot).level

    def wrong(self) -> list[str]:
        return unbalanced(self.stock.lots.values(), self.consumables.loaded)

    def state(self) -> tuple[Any, ...]:
        """Everything that the services know."""
        mine = self.consumables
        levels, flows = dict(mine.levels), dict(mine.loaded.flows)
        return self.stock.lots, levels, flows, mine.tasks, self.orders.orders, self.orders.issued, self.deliveries.deliveries

    def again(self) -> Desk:
        """The same services started anew on what the journal holds."""
        return Desk(self.journal, self.site, self.clock)


def opened(**how: Any) -> Desk:
    """A desk whose store is as the site says and whose slots are full."""
    desk = Desk(**how)
    desk.stock.open_with(by=ENGINEER)
    desk.consumables.open_with(by=ENGINEER)
    return desk


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)
