"""The wire runs that calibration measures: a scenario's morning without faults, and with every fault of the catalogue, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, product
from math import gcd

from caixue.site import Site
from twin.faults.catalogue import Fault as Row
from twin.faults.catalogue import catalogue
from twin.faults.link import SERIAL_ONLY
from twin.scenario_model import Fault, Scenario
from twin.scenario_tables import Staff

US_PER_MIN = 60_000_000
# How faults are spread over a morning, and how many engineers work then; docs/assumptions.md A-131.
FIRST_US = 35 * US_PER_MIN  # the first faults: the room has filled by then
EVERY_US = 30 * US_PER_MIN  # from one fault of a window to its next: time to repair most of them
LINK_US = 10 * US_PER_MIN  # how long a link suffers
BUSY_SHARE = 2 / 3  # of a morning; later too few people come to find out a window's faults
ENGINEERS = 6  # nobody waits for one: what is measured is the fault, not the queue for the engineer

STEP = 6  # how much further the faults of the next turn are dealt
PLENTY = 100  # of each part and consumable: no repair waits for a delivery

Kind = tuple[str, Row]  # the kind of device that suffers, and the catalogue's row: its own, or one of links


@dataclass(frozen=True, slots=True)
class Morning:
    """One wire run: whether it has faults, its scenario and the number of the replication."""

    faults: bool
    scenario: Scenario
    replication: int


def mornings_of(scenario: Scenario, site: Site, replications: int) -> Iterator[Morning]:
    """Every run for one scenario; replication k has the same people in each."""
    calm = {"faults": (), "steady": (), "expectations": (), "days": 1, "fidelity": "wire"}
    tested = calm | {"staff": Staff(engineers=ENGINEERS, duties=False)}
    for number in range(replications):
        yield Morning(False, _changed(scenario, calm), number)
        for faults in faulty(site, scenario.duration_us, number):
            yield Morning(True, _changed(scenario, tested | {"faults": faults}), number)


def stocked(site: Site) -> Site:
    """The same site with plenty in its store."""
    return replace(site, stock=tuple(replace(item, on_hand=max(item.on_hand, PLENTY)) for item in site.stock))


def _changed(scenario: Scenario, update: dict[str, object]) -> Scenario:
    return scenario.model_copy(update=update).located(scenario.path, scenario.canonical)


def faulty(site: Site, duration_us: int, turn: int) -> Iterator[tuple[Fault, ...]]:
    """The faults of as many mornings as it takes to have each of the site's once; with `turn` they come at other windows and times."""
    windows = [window.name for window in site.windows if window.devices]
    times = range(FIRST_US, max(FIRST_US + 1, int(BUSY_SHARE * duration_us)), EVERY_US)
    yield from _placed(at_windows(site), times, windows, turn, site)
    times = range(FIRST_US, max(FIRST_US + 1, duration_us - EVERY_US), EVERY_US)
    yield from _placed(shared(site), times, [""], turn, site)


def _placed(kinds: Sequence[Kind], times: Sequence[int], windows: Sequence[str], turn: int, site: Site) -> Iterator[tuple[Fault, ...]]:
    """One fault a time and window. Each turn deals the kinds out in another order, so that a long repair hides others each time."""
    many, across = len(times), len(windows)
    stride = next(step for step in count(1 + STEP * turn) if gcd(step, len(kinds)) == 1) if kinds else 1
    dealt = [kinds[index * stride % len(kinds)] for index in range(len(kinds))]
    for first in range(0, len(dealt), many * across):
        places = ((times[index % many], windows[(index % many + index // many) % across]) for index in range(many * across))
        placed = [(*kind, *place) for kind, place in zip(dealt[first : first + many * across], places, strict=False)]
        yield tuple(sorted((_fault(*one, site) for one in placed), key=lambda fault: fault.at_us))


def at_windows(site: Site) -> Sequence[Kind]:
    """All that the devices of a window can have, their links last."""
    devices = {name for window in site.windows for name in window.devices}
    kinds = tuple(dict.fromkeys(device.kind for device in site.devices.values() if device.name in devices))
    links = [(kind, row) for row, kind in product(catalogue().values(), kinds) if row.device == "link" and _possible(row, kind, site)]
    return [*_own(kinds), *links]


def shared(site: Site) -> Sequence[Kind]:
    """All that the devices of no window can have by themselves."""
    return _own(tuple(dict.fromkeys(device.kind for device in site.devices.values() if not device.window)))


def _own(kinds: Sequence[str]) -> list[Kind]:
    return [(kind, row) for kind, row in product(kinds, catalogue().values()) if row.device == kind]


def _possible(row: Row, kind: str, site: Site) -> bool:
    return row.kind not in SERIAL_ONLY or all(device.framing != "mbap" for device in site.devices.values() if device.kind == kind)


def _fault(kind: str, row: Row, at_us: int, window: str, site: Site) -> Fault:
    device = next(device.name for device in site.devices.values() if device.kind == kind and device.window == window)
    if row.device == "link":
        return Fault.model_construct(at_us=at_us, link=device, kind=row.kind, for_us=LINK_US, detail={})
    return Fault.model_construct(at_us=at_us, device=device, kind=row.kind, until="repaired", detail={})
