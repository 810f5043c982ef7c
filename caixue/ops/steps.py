"""What a step of a start-up or shut-down is (contract C2.1.1): a row of a table, and what the driver calls of such rows have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from caixue.clock import Clock
from caixue.drivers.base import Driver, Reading
from caixue.drivers.collection_host import CollectionHost
from caixue.errors import DeviceError, LinkError

REST_POLLS, REST_S = 20, 1.0  # how often a device is asked whether it rests, and how far apart; docs/assumptions.md A-92

@dataclass(frozen=True, slots=True)
class Place:
    """Where a step is done: a window or a device, the clock there, and which kind of tube each lane holds."""

    name: str
    clock: Clock
    lanes: Mapping[int, str] = field(default_factory=dict)


# A step's driver calls: the place, then a driver for each of the row's `kinds`. What it gives goes into the record.
Act = Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step. `kinds` (* allowed): one, and there is a step for each such device; several, one for each window that has them all."""

    name: str
    zh: str
    en: str
    kinds: tuple[str, ...] = ()  # none: the whole room
    act: Act | None = None  # None: by hand
    needs: tuple[str, ...] = ()  # rows that must be done before
    after: tuple[str, ...] = ()  # rows that must have been tried before
    stands: Callable[..., bool] | None = None  # whether a step that was done still holds; only asks, moves nothing

    @property
    def by_hand(self) -> bool:
        """Whether a person does it, and says so by name."""
        return self.act is None


def carry_out(row: StepRow, place: Place, *drivers: Driver) -> str:
    """Make the driver calls of a step that is not done by hand, and give what is worth recording."""
    assert row.act is not None, f"{row.name} is done by hand"
    return row.act(place, *drivers) or ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A whole table and its name."""

    name: str
    zh: str
    en: str
    rows: tuple[StepRow, ...]


def rest(place: Place, driver: Driver) -> str:
    """Wait until nothing moves. Raises DeviceError when it never rests."""
    for _ in range(REST_POLLS):
        reading = driver.status()
        if reading.state != "busy":
            return reading.state
        place.clock.sleep(REST_S)
    raise DeviceError("still busy", device=driver.name)


def clear(place: Place, host: CollectionHost) -> str:
    """Let the host come to rest, then empty station, plate and tray."""
    rest(place, host)
    host.clear()
    return "cleared"


def leave_empty(place: Place, host: CollectionHost) -> str:
    """Clear the host, and see that it is empty. Raises DeviceError when something is left."""
    clear(place, host)
    values = well(host).values
    if values["station"] or values["tray"]:
        raise DeviceError(f"{values['station']} at the station, {values['tray']} in the tray after clearing", device=host.name)
    return "empty"


def well(driver: Driver) -> Reading:
    """The driver's status; raises DeviceError while an alarm stands that stops the device."""
    reading = driver.status()
    blocking = sorted(driver.blocking_alarms.intersection(reading.alarms))
    if blocking:
        raise DeviceError(f"reports {', '.join(blocking)}", device=driver.name, alarm=blocking[0])
    return reading


def is_well(place: Place, driver: Driver) -> bool:
    """Whether it answers without such an alarm; raises DeviceError or LinkError when it does not."""
    return bool(well(driver))


def rests(place: Place, driver: Driver) -> bool:
    """Whether nothing moves; who is silent has been switched off meanwhile, as was the plan."""
    try:
        return driver.status().state != "busy"
    except LinkError:
        return True
