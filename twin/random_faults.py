"""Faults that come by themselves, at the catalogue's own rates: exponential in the room's hours and days, or in a device's own uses.

Hours and days run from start-up until the last patients come; nothing breaks in a room that rests. What breaks is armed
through the injector and lasts until repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from caixue.site import Site
from twin.chance import Chance, Dice
from twin.days import Day
from twin.devices.base import DeviceModel
from twin.faults.catalogue import Fault, catalogue
from twin.faults.injector import Injector
from twin.position import Steps
from twin.scenario_model import Fault as FaultLine
from twin.world import US, World

HOUR_US = 3600 * US
LOOK_US = 20 * US  # how often the counters of uses are looked at
# what `per` counts → the model's own counter; the first that a model has
_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "tube": ("dispensed", "applied", "entered", "sorted"),
    "label": ("printed_total",),
    "cut": ("cuts",),
    "km": ("head_km",),
}


@dataclass(slots=True)
class Source:
    """One kind of fault of one device, and the dice that say when it comes next."""

    device: str
    row: Fault
    mean: float  # hours, days or uses between two
    dice: Dice
    count: Callable[[], float] | None = None  # the device's counter, where uses are counted
    next: float = 0.0  # the hour or day of the next one; or how many uses are left until it
    seen: float = 0.0  # the counter when it was last looked at

    def draw(self) -> float:
        """From one to the next."""
        return self.dice.expovariate(1 / self.mean)


def sources(site: Site, models: Mapping[str, DeviceModel], chance: Chance, scale: float) -> Iterator[Source]:
    """Every row of the catalogue that has a rate, for every device of its kind; none at scale 0."""
    for device, spec in site.devices.items() if scale > 0 else ():
        for (kind, _), row in catalogue().items():
            if kind == spec.kind and row.mean_between is not None:
                counter = _counter(models[device], row.per)
                yield Source(device, row, row.mean_between / scale, chance.stream(f"random-fault.{device}.{row.kind}"), counter)


def _counter(model: DeviceModel, per: str) -> Callable[[], float] | None:
    """The counter of the model that `per` means; None for time. A model that counts no such thing is an error of its rows."""
    if per in ("h", "day"):
        return None
    name = next(name for name in _COUNTERS[per] if hasattr(model, name))
    read = attrgetter(name)
    return lambda: read(model)


class RandomFaults:
    """Lets faults come in one world."""

    def __init__(self, world: World, injector: Injector, days: Sequence[Day], rows: Sequence[Source]) -> None:
        self._world = world
        self._injector = injector
        self._days = days
        self._timed = [row for row in rows if row.count is None]
        self._used = [row for row in rows if row.count is not None]

    def begin(self) -> None:
        """Draw the first of each. Those that time brings are put on the clock."""
        for source in self._timed:
            self._put_on_the_clock(source)
        for source in self._used:
            source.next = source.draw()

    def watch(self, over: Callable[[], bool], resting: Callable[[], bool], watching: Callable[[], Any]) -> Steps:
        """The process that looks at the counters of uses; nothing is used while the room rests."""
        while not over() and self._world.now_us < self._days[-1].end_us:
            yield watching() if resting() else self._world.kernel.timeout(LOOK_US)
            for source in self._used:
                self._look(source)

    def _look(self, source: Source) -> None:
        assert source.count is not None
        count = source.count()
        source.next -= count - source.seen if count >= source.seen else count  # a new part counts from nothing
        source.seen = count
        if source.next <= 0:
            source.next = source.draw()
            self._come(source)

    def _put_on_the_clock(self, source: Source) -> None:
        source.next += source.draw()
        at_us = self._hour(source.next) if source.row.per == "h" else self._day(source.next)
        if at_us is not None:
            self._world.kernel.at(at_us, self._strike, source)

    def _strike(self, source: Source) -> None:
        self._come(source)
        self._put_on_the_clock(source)

    def _come(self, source: Source) -> None:
        line = FaultLine.model_construct(at_us=self._world.now_us, device=source.device, kind=source.row.kind, until="repaired")
        self._injector.come(line, source.row)

    def _hour(self, hours: float) -> int | None:
        """When the room has been at work for so many hours; None after the last day."""
        left_us = round(hours * HOUR_US)
        for day in self._days:
            if left_us < day.end_us - day.morning_us:
                return day.morning_us + left_us
            left_us -= day.end_us - day.morning_us
        return None

    def _day(self, days: float) -> int | None:
        """When so many days have passed, the last one in part."""
        number = int(days)
        if number >= len(self._days):
            return None
        day = self._days[number]
        return day.morning_us + round((days - number) * (day.end_us - day.morning_us))
