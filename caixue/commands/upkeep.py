"""What the commands of maintenance and spare parts share: the duties of a desk, and the site's drivers on the ledger's time line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.drivers.base import Driver
    from caixue.opening import OpenSite
    from caixue.ops.maintenance import Maintenance
    from caixue.ops.orders import Orders
    from caixue.ops.spares import Spares

NOT_KEPT = 99  # a calibration out of tolerance, a part that is missing, a minimum that is not kept

Device = Annotated[str, typer.Argument(metavar="DEVICE", help=tr("设备", "The device"))]
Serial = Annotated[
    str | None, typer.Option("--serial", metavar=tr("序列号", "SERIAL"), help=tr("新件的序列号", "The new part's serial number"))
]
OldSerial = Annotated[
    str, typer.Option("--old-serial", metavar=tr("序列号", "SERIAL"), help=tr("旧件的序列号", "The old part's serial number"))
]
WearAt = Annotated[float | None, typer.Option("--wear-at", metavar="N", help=tr("装上时设备的读数", "What the device's counter said then"))]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Maintenance and spare parts of one desk, with what the ledger says about them."""

    desk: Desk
    maintenance: Maintenance
    spares: Spares
    orders: Orders

    @property
    def on_order(self) -> dict[str, int]:
        """Part → pieces that are on order and still to come."""
        return {item: self.orders.on_order(item) for item in self.spares.stock.items}

    @property
    def next_days(self) -> dict[str, float]:
        """Part → days until the next order is due that brings it; what is overdue comes at any moment."""
        now_us, found = self.desk.clock.monotonic_us(), dict[str, float]()
        for order in self.orders.orders.values():
            for item in order.items:
                if order.open(item):
                    days = max(0, order.due_us - now_us) / US_PER_DAY
                    found[item] = min(days, found.get(item, days))
        return found

    @property
    def days(self) -> float:
        """How long the record is, in days."""
        return self.desk.clock.monotonic_us() / US_PER_DAY


def upkeep(desk: Desk) -> Upkeep:
    """The duties of `desk`, as the ledger has them."""
    from caixue.ops.maintenance import Maintenance
    from caixue.ops.orders import Orders
    from caixue.ops.spares import Spares
    from caixue.ops.stock import Stock

    maintenance = Maintenance(desk.recorder, desk.site, desk.ledger.start, desk.ledger)
    stock = Stock(desk.recorder, desk.site.stock, desk.ledger)
    spares = Spares(desk.recorder, desk.site, stock, maintenance.wear, desk.ledger)
    return Upkeep(desk, maintenance, spares, Orders(desk.recorder, stock, desk.ledger))


@contextmanager
def drivers(source: str, desk: Desk) -> Iterator[OpenSite]:
    """The site's drivers; what moves a device needs the lease of `caixue arm`."""
    from caixue.lease import TOKEN
    from caixue.opening import open_site

    opened = open_site(source, clock=desk.clock)
    if TOKEN in os.environ:
        opened.arm_by_lease()
    try:
        yield opened
    finally:
        for driver in opened.drivers.values():
            driver.port.close()


def must_be_real(opened: OpenSite, names: Iterable[str]) -> None:
    """Raises UsageError for a device that exists in a simulation alone."""
    from caixue.link.arming import can_move

    for name in names:
        if not can_move(opened.drivers[name].port.url):
            serve = f"caixue serve {opened.site.name} --ready-file ready.toml"
            raise UsageError(tr(f"{name} 只在仿真里；先运行 {serve}，再 --site ready.toml", f"{name} exists in a simulation alone: {serve}"))


def near(opened: OpenSite, device: str) -> dict[str, Driver]:
    """The drivers at the window of `device`, by kind."""
    window = opened.site.devices[device].window
    return {driver.card.kind: driver for name, driver in opened.drivers.items() if window and opened.site.devices[name].window == window}
