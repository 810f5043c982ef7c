"""The books of one run: the same services as at a real site, over the run's journal."""

from __future__ import annotations

from datetime import datetime

from caixue.journal import Followed, Recorder
from caixue.ops.consumables import Consumables
from caixue.ops.deliveries import Deliveries
from caixue.ops.maintenance import Maintenance
from caixue.ops.orders import Orders
from caixue.ops.spares import Spares
from caixue.ops.stock import Stock
from caixue.site import Site

OPENED_BY = "caixue"


class Books:
    """What the engineer keeps: the store, what is loaded where, the preventive plan, orders and deliveries, the spare parts."""

    def __init__(self, site: Site, recorder: Recorder, journal: Followed, start: datetime) -> None:
        self.site = site
        self.stock = Stock(recorder, site.stock, journal)
        self.consumables = Consumables(recorder, site, self.stock, journal)
        self.maintenance = Maintenance(recorder, site, start, journal)
        self.orders = Orders(recorder, self.stock, journal)
        self.deliveries = Deliveries(recorder, self.stock, journal)
        self.spares = Spares(recorder, site, self.stock, self.maintenance.wear, journal)
        self._parts = {item.item for item in site.stock}

    def open(self) -> None:
        """What lies in the store and in the devices when the record begins."""
        self.stock.open_with(by=OPENED_BY)
        self.consumables.open_with(by=OPENED_BY)

    def keeps(self, item: str) -> bool:
        """Whether the site's store has a place for `item`."""
        return item in self._parts

    @property
    def signer(self) -> str:
        """Who signs for the user: the head of department, or else a nurse."""
        by_role = {person.role: person.name for person in reversed(self.site.people)}
        return by_role.get("head") or by_role.get("nurse", "nurse")
