"""The resident engineer: comes when an incident is opened or something must be refilled, and repairs by hand.

He knows what caixue told him and what he sees when he stands before the device; nobody tells him what was injected.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, MutableMapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import simpy

from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.labelling import HelpNeeded
from caixue.ops.incidents import GENERAL, LARGER, MAJOR, STATES, Incident, Incidents
from twin.chance import Chance
from twin.devices.base import DeviceModel
from twin.faults.catalogue import Fault
from twin.faults.injector import Injector
from twin.position import Position, Rank, Steps
from twin.room import Room
from twin.workload import lognormal_parameters
from twin.world import World

_URGENCY = {MAJOR: 0, LARGER: 1, GENERAL: 1}  # one engineer: a window down is as urgent as another; first come, first served
_REFILL_URGENCY = 5
_AT_ONCE = -1
REFILL_US = 60_000_000  # one device, standing before it; docs/assumptions.md A-63
DIAGNOSIS_SHARE = 0.2  # of the repair time; docs/assumptions.md A-63
UNKNOWN_REPAIR_S = (300.0, 90.0)  # nothing visibly wrong: checks, cleaning, restart; docs/assumptions.md A-63
COME_BACK_US = 120_000_000  # after a repair that did not help; docs/assumptions.md A-63


@dataclass(frozen=True, slots=True)
class Refill:
    """Something that runs low."""

    device: str
    item: str


class Engineers:
    """The engineers on site and what they have to do, the most urgent first."""

    def __init__(
        self,
        world: World,
        room: Room,
        recorder: Recorder,
        chance: Chance,
        incidents: Incidents,
        injector: Injector,
        models: Mapping[str, DeviceModel],
        drivers: Mapping[str, Driver],
        stock: MutableMapping[str, int],
        *,
        count: int,
        walk_us: int,
    ) -> None:
        self.world = world
        self.room = room
        self.recorder = recorder
        self.incidents = incidents
        self.injector = injector
        self._chance = chance
        self._models = models
        self._drivers = drivers
        self._stock = stock
        self._walk_us = walk_us
        self._tasks: list[tuple[int, int, Incident | Refill]] = []
        self._number = 0
        self._idle: list[simpy.Event] = []
        self._refills: set[tuple[str, str]] = set()
        self.procedures: dict[str, Callable[[str, Incident], Steps]] = {}  # what is done about a device that has an own way
        self.names = tuple(f"engineer-{number}" for number in range(1, count + 1))
        self._workers = [world.process(self._work(name, index)) for index, name in enumerate(self.names)]

    def take(self, incident: Incident) -> None:
        """An incident has been opened. One that has a procedure of its own calls an engineer away from whatever he does."""
        called_away = incident.device in self.procedures and not self._idle and bool(self._workers)
        self._add(_AT_ONCE if incident.device in self.procedures else _URGENCY[incident.severity], incident)
        if called_away:
            self._workers[0].interrupt("called away")

    def refill(self, device: str, item: str) -> None:
        """Something on `device` runs low; asked twice, it is done once."""
        if (device, item) not in self._refills:
            self._refills.add((device, item))
            self.recorder.note("consumable.low", device, item=item, level=None)
            self._add(_REFILL_URGENCY, Refill(device, item))

    @property
    def busy(self) -> bool:
        """Whether any incident is open."""
        return bool(self.incidents.open)

    def _add(self, urgency: int, task: Incident | Refill) -> None:
        self._number += 1
        heappush(self._tasks, (urgency, self._number, task))
        if self._idle:
            self._idle.pop(0).succeed()

    def _work(self, name: str, index: int) -> Steps:
        while True:
            while not self._tasks:
                idle = self.world.kernel.event()
                self._idle.append(idle)
                yield idle
            urgency, _, task = heappop(self._tasks)
            label = "refill" if isinstance(task, Refill) else "incident"
            number = "" if isinstance(task, Refill) else task.number
            self.recorder.note("engineer.started", name, actor=name, task=label, incident=number)
            try:
                yield from self._do(name, index, task)
            except simpy.Interrupt:
                self._add(urgency, task)
            self.recorder.note("engineer.finished", name, actor=name, task=label, incident=number)

    def _do(self, name: str, index: int, task: Incident | Refill) -> Steps:
        if isinstance(task, Refill):
            return self._do_refill(name, index, task)
        return self.procedures[task.device](name, task) if task.device in self.procedures else self._do_incident(name, index, task)

    def _wait(self, index: int, duration_us: int) -> simpy.Event:
        return self.world.kernel.ranked(self.world.now_us + duration_us, Rank.REPAIRED, index)

    def _do_refill(self, name: str, index: int, task: Refill) -> Steps:
        yield self._wait(index, self._walk_us + REFILL_US)
        self._refills.discard((task.device, task.item))
        for item, quantity in self._models[task.device].refill().items():
            self.recorder.note("consumable.refilled", task.device, actor=name, item=item, quantity=quantity)

    def _do_incident(self, name: str, index: int, incident: Incident) -> Steps:
        """One visit to the device; when it does not help, the engineer comes back later."""
        self._advance(incident, "acknowledged", name)
        yield self._wait(index, self._walk_us)
        self._advance(incident, "on-site", name)
        device, found = self._look(incident)
        repair_us = self._repair_time(found, f"{incident.number}.{self.world.now_us}")
        yield self._wait(index, round(repair_us * DIAGNOSIS_SHARE))
        self._advance(incident, "diagnosed", name, found=found.en if found else "nothing visibly wrong")
        part = found.part if found is not None else ""
        if part and not self._stock.get(part, 0):
            return  # nothing can be done before the part comes; the incident stays open
        yield self._wait(index, round(repair_us * (1 - DIAGNOSIS_SHARE)))
        self._set_right(name, device, part)
        if (yield from self._works_again(incident)):
            self._advance(incident, "restored", name, part=part)
            self._give_back(incident)
            self._advance(incident, "closed", name)
        else:
            self.world.kernel.at(self.world.now_us + COME_BACK_US, self._add, _URGENCY[incident.severity], incident)

    def _advance(self, incident: Incident, state: str, name: str, **data: str) -> None:
        """Move the incident on, unless an earlier visit has done so."""
        if STATES.index(incident.state) < STATES.index(state):
            self.incidents.advance(incident, state, by=name, **data)

    def _repair_time(self, found: Fault | None, stream: str) -> int:
        mean, sd = (found.repair_mean_s, found.repair_sd_s) if found is not None else UNKNOWN_REPAIR_S
        return round(1_000_000 * self._chance.stream(f"repair.{stream}").lognormvariate(*lognormal_parameters(mean, sd)))

    def _look(self, incident: Incident) -> tuple[str, Fault | None]:
        """The device that he finds faulty, and its fault: first the one that was named, then the others at that window."""
        others = sorted(name for name in self._models if name != incident.device and name.startswith(f"{incident.window}."))
        for device in (incident.device, *others):
            found = self.injector.visible(device)
            if found is not None:
                return device, found
        return incident.device, None

    def _set_right(self, name: str, device: str, part: str) -> None:
        """Everything that a person before the device sees and can set right by hand."""
        if part:
            self._stock[part] -= 1
        self.injector.repair(device)
        model = self._models.get(device)
        if model is not None:
            for item, quantity in model.refill().items():
                self.recorder.note("consumable.refilled", device, actor=name, item=item, quantity=quantity)

    def _position(self, incident: Incident) -> Position | None:
        """Where it happened; None for a device that all windows share."""
        return next((position for position in self.room.positions if position.name == incident.window), None)

    def _works_again(self, incident: Incident) -> Generator[Any, Any, bool]:
        """Try it out through the drivers: the window must come back to a clean start, a shared device too, or the device must answer."""
        if self.injector.visible(incident.device) is not None:
            return False
        trial = self._trial(incident)
        try:
            if trial is not None:
                yield from self.world.call(trial)
        except (DeviceError, LinkError):
            return False
        return True

    def _trial(self, incident: Incident) -> Callable[[], object] | None:
        """How the repair is tried out; None where there is nothing to talk to."""
        position, driver = self._position(incident), self._drivers.get(incident.device)
        if position is not None and position.station is not None and position.blocks:
            return position.station.restart
        if driver is None:
            return None
        return driver.status if position is not None else driver.restart

    def _give_back(self, incident: Incident) -> None:
        position = self._position(incident)
        if position is not None and position.blocks:
            self.room.unblock(position)


def nurse_tries(
    world: World, room: Room, injector: Injector, report: Callable[[Position, str, str, int], object], tries_us: int
) -> Callable[[Position, HelpNeeded], Steps]:
    """What a nurse does when a window stops: clear it within `tries_us` if that is in her hands, else call the engineer."""

    def steps(position: Position, help_needed: HelpNeeded) -> Steps:
        occurred_us = world.now_us
        found = injector.visible(help_needed.device)
        clears = found is not None and found.nurse_clears
        if clears or "jam" in help_needed.symptom:
            yield world.kernel.ranked(world.now_us + tries_us, Rank.REPAIRED, 1000 + position.index)
        if clears:
            injector.repair(help_needed.device)
            room.come_back(position)
        else:
            report(position, help_needed.device, help_needed.symptom, occurred_us)

    return steps
