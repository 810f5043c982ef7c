"""What one site's inspection consists of (contract C1): every item of the table at every place that has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from caixue.ops.inspection_items import HOSTS_OF, ITEMS, How, Item
from caixue.ops.readings import SPECIMENS
from caixue.site import Site
from caixue.site_estate import ProbeSpec, SoftwareSpec


@dataclass(frozen=True, slots=True)
class Point:
    """One item at one place: a device, a window, a probe, a host, a software; empty where the item is of the whole room."""

    item: Item
    about: str = ""
    probe: ProbeSpec | None = None  # of an item that a probe reads; None: no probe tells of it
    software: SoftwareSpec | None = None

    @property
    def name(self) -> str:
        """What it is called in commands and in the ledger, such as `answer-time@ups-room`."""
        return f"{self.item.name}@{self.about}" if self.about else self.item.name

    @property
    def automatic(self) -> bool:
        """Whether no person has to look."""
        return self.item.how is not How.MANUAL


def points_for(site: Site) -> Mapping[str, Point]:
    """Every point of a site by its name, in the order of the table."""
    return {point.name: point for item in ITEMS for point in _points(item, site)}


def _points(item: Item, site: Site) -> Iterator[Point]:
    match item.how:
        case How.DEVICE | How.WEAR:
            yield from (Point(item, device.name) for device in site.devices.values() if item.of in ("*", device.kind))
        case How.GAUGE:
            yield from (Point(item, place) for place in _measured(item, site))
        case How.PROBE:
            yield from _probed(item, site)
        case How.MACHINE:
            yield Point(item)
        case How.RECORD:
            yield from _recorded(item, site)
        case How.MANUAL:
            yield from _looked_at(item, site)


def _measured(item: Item, site: Site) -> tuple[str, ...]:
    if item.of == "window":
        return tuple(window.name for window in site.windows if window.devices)
    return (SPECIMENS,) if site.devices else ()


def _probed(item: Item, site: Site) -> Iterator[Point]:
    """The probes that tell of such hosts, and the hosts that no probe tells of. What is about no host is an interface."""
    hosts = [host.name for host in site.hosts if host.kind in HOSTS_OF.get(item.of, ())]
    every = {host.name for host in site.hosts}
    told = [probe for probe in site.probes if (probe.about in hosts if item.of in HOSTS_OF else probe.about not in every)]
    yield from (Point(item, probe.name, probe) for probe in told)
    yield from (Point(item, host) for host in hosts if not any(probe.about == host for probe in told))


def _recorded(item: Item, site: Site) -> Iterator[Point]:
    """The ledger, software that a maker supports (templates have no maker's support), and software whose files are backed up."""
    if item.of == "ledger":
        yield Point(item)
    for one in site.software:
        if (item.of == "supported" and one.kind != "template") or (item.of == "backed-up" and one.folder):
            yield Point(item, one.name, software=one)


def _looked_at(item: Item, site: Site) -> Iterator[Point]:
    if item.of in HOSTS_OF:
        yield from (Point(item, host.name) for host in site.hosts if host.kind in HOSTS_OF[item.of])
    elif not item.of or any(device.kind == item.of for device in site.devices.values()):
        yield Point(item)
