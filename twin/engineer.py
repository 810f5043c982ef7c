"""The resident engineer: comes when an incident is opened or something must be refilled, and repairs by hand.

He knows what caixue told him and what he sees when he stands before the device; nobody tells him what was injected.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import simpy

from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError
from caixue.journal import Recorder
from caixue.labelling import HelpNeeded
from caixue.ops.escalation import NEAR_US, due_escalations, escalate
from caixue.ops.incidents import GENERAL, LARGER, MAJOR, STATES, Incident, Incidents
from twin.chance import Chance
from twin.devices.base import DeviceModel
from twin.driver_service import service_of
from twin.faults.catalogue import Fault
from twin.faults.injector import Injector
from twin.hands import Hands
from twin.people import lognormal_parameters
from twin.position import Position, Rank, Steps
from twin.room import Room
from twin.world import World

CAN_WAIT = ("ups",)  # kinds of devices whose repair no patient waits for: it is left for anything else
_ALONG_THE_BELT = {"conveyor", "sorter"}  # a jam of one shows at the other
_URGENCY = {MAJOR: 0, LARGER: 1, GENERAL: 1}  # one engineer: a window down is as urgent as another; first come, first served
_REFILL_URGENCY = 5
_ERRAND_URGENCY = 2  # after a window that is down, before what runs low
_AT_ONCE = -1
REFILL_US = 60_000_000  # one device, standing before it; docs/assumptions.md A-63
DIAGNOSIS_SHARE = 0.2  # of the repair time; docs/assumptions.md A-63
UNKNOWN_REPAIR_S = (300.0, 90.0)  # nothing visibly wrong: checks, cleaning, restart; docs/assumptions.md A-63
COME_BACK_US = 120_000_000  # after a repair that did not help; docs/assumptions.md A-63
TELL_US = 120_000_000  # from the opening of an incident until those are told who must know; docs/assumptions.md A-63


@dataclass(frozen=True, slots=True)
class Refill:
    """Something that runs low."""

    device: str
    item: str
    slots: tuple[str, ...] = ()  # to be filled though a look at the device does not show it


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """A duty of the day; nobody is called away from it. `done` happens when it is over."""

    name: str
    steps: Callable[[str], Steps]  # for the engineer who does it
    done: simpy.Event


Task = Incident | Refill | Errand


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
        hands: Hands,
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
        self.hands = hands
        self._walk_us = walk_us
        self._tasks: list[tuple[int, int, Task]] = []
        self._on_errand: set[str] = set()  # engineers
        self._at_leisure: set[str] = set()  # engineers who repair what can wait
        self._fetched: dict[str, str] = {}  # incident → the spare that was fetched for it
        self._visits: dict[str, int] = {}  # device of an incident → how often somebody has begun to repair there
        self._number = 0
        self._idle: list[simpy.Event] = []
        self._refills: set[tuple[str, str]] = set()
        self.waiting: list[tuple[str, Incident]] = []  # parts that have to come first, and for which incident
        self.on_missing: Callable[[str], None] = lambda part: None  # somebody has to get it
        self.on_duty: Callable[[], bool] = lambda: True  # whether anybody begins something new now
        self.away: set[str] = set()  # who is not on site
        self.by_phone: Callable[[Incident], None] | None = None  # what happens then
        self.procedures: dict[str, Callable[[str, Incident], Steps]] = {}  # what is done about a device that has an own way
        self.stands_in: Callable[[str], str] = lambda name: name  # who does the work of that engineer now
        self.names = tuple(f"engineer-{number}" for number in range(1, count + 1))
        self._workers = [world.process(self._work(name, index)) for index, name in enumerate(self.names)]

    def take(self, incident: Incident) -> None:
        """An incident has been opened. One that has a procedure of its own calls an engineer away from whatever he does."""
        if self.names:
            for at_us in (self.world.now_us + TELL_US, incident.deadline_us - NEAR_US):
                self.world.kernel.at(max(self.world.now_us, at_us), self.tell_others, incident)
        if self.by_phone is not None and self.away.issuperset(self.names):
            self.by_phone(incident)
            return
        free = self._workers and self.names[0] not in self._on_errand
        called_away = incident.device in self.procedures and not self._idle and bool(free)
        self.see_to(incident)
        if called_away:
            self._workers[0].interrupt("called away")
        elif not self._idle and self._kind_of(incident) not in CAN_WAIT and self._at_leisure:
            name = min(self._at_leisure)
            self._at_leisure.discard(name)
            self._workers[self.names.index(name)].interrupt("more urgent")

    def see_to(self, incident: Incident) -> None:
        """Somebody goes to `incident`: it had to wait until now."""
        self._add(_AT_ONCE if incident.device in self.procedures else _URGENCY[incident.severity], incident)

    def refill(self, device: str, item: str, slots: tuple[str, ...] = ()) -> None:
        """Something on `device` runs low; asked twice, it is done once."""
        if (device, item) not in self._refills:
            self._refills.add((device, item))
            self.recorder.note("consumable.low", device, item=item, level=None)
            self._add(_REFILL_URGENCY, Refill(device, item, slots))

    def come(self) -> None:
        """The engineers' hours begin: whoever is idle looks for work."""
        idle, self._idle = self._idle, []
        for waiting in idle:
            waiting.succeed()

    def errand(self, name: str, steps: Callable[[str], Steps]) -> simpy.Event:
        """One of the engineers does a duty of the day next; gives the event of its end."""
        task = Errand(name, steps, self.world.kernel.event())
        self._add(_ERRAND_URGENCY, task)
        return task.done

    def part_came(self, part: str) -> None:
        """What waited for `part` can be repaired now."""
        came = [incident for waiting, incident in self.waiting if waiting == part]
        self.waiting = [row for row in self.waiting if row[0] != part]
        for incident in came:
            self._add(_URGENCY[incident.severity], incident)

    def tell_others(self, incident: Incident) -> None:
        """Tell the head of department and the maker what they must know of `incident` by now (R4)."""
        site = self.hands.books.site
        for due in due_escalations([incident], self.world.now_us):
            person = next((person.name for person in site.people if person.role == due.to), due.to)
            escalate(self.incidents, incident, to=due.to, person=person, reason=due.rule, by=self.first)

    @property
    def first(self) -> str:
        """The first of them, or who stands in for him."""
        return self.stands_in(self.names[0])

    @property
    def busy(self) -> bool:
        """Whether any incident is open."""
        return bool(self.incidents.open)

    def _add(self, urgency: int, task: Task) -> None:
        self._number += 1
        heappush(self._tasks, (urgency, self._number, task))
        if self._idle:
            self._idle.pop(0).succeed()

    def _work(self, name: str, index: int) -> Steps:
        while True:
            while not self._tasks or not self.on_duty() or name in self.away:
                idle = self.world.kernel.event()
                self._idle.append(idle)
                yield idle
            urgency, _, task = heappop(self._tasks)
            acting = self.stands_in(name)
            label, number = ("incident", task.number) if isinstance(task, Incident) else (task.name if isinstance(task, Errand) else "refill", "")
            self.recorder.note("engineer.started", acting, actor=acting, task=label, incident=number)
            try:
                yield from self._do(acting, index, task)
            except simpy.Interrupt:
                self._add(urgency, task)
            self.recorder.note("engineer.finished", acting, actor=acting, task=label, incident=number)

    def _do(self, name: str, index: int, task: Task) -> Steps:
        if isinstance(task, Refill):
            return self._do_refill(name, index, task)
        if isinstance(task, Errand):
            return self._do_errand(name, index, task)
        return self.procedures[task.device](name, task) if task.device in self.procedures else self._do_incident(name, index, task)

    def _wait(self, index: int, duration_us: int) -> simpy.Event:
        return self.world.kernel.ranked(self.world.now_us + duration_us, Rank.REPAIRED, index)

    def _do_errand(self, name: str, index: int, task: Errand) -> Steps:
        self._on_errand.add(self.names[index])
        yield from task.steps(name)
        self._on_errand.discard(self.names[index])
        task.done.succeed()

    def _do_refill(self, name: str, index: int, task: Refill) -> Steps:
        yield self._wait(index, self._walk_us + REFILL_US)
        self._refills.discard((task.device, task.item))
        self.hands.refill(task.device, name, task.slots)

    def _do_incident(self, name: str, index: int, incident: Incident) -> Steps:
        """One visit to the device; when it does not help, the engineer comes back later."""
        self._advance(incident, "acknowledged", name)
        yield self._wait(index, self._walk_us)
        self._advance(incident, "on-site", name)
        device, found = self.look(incident)
        visit = self.hands.truth.visit(name, incident.number, device, self.world.now_us)
        visit.cause = found.kind if found is not None else ", ".join(self._models[device].low_slots()) if device in self._models else ""
        repair_us = self.repair_time(found, incident.device)
        yield self._wait(index, round(repair_us * DIAGNOSIS_SHARE))
        part = found.part if found is not None else ""
        missing = self.hands.lacks(device)
        spare = None if missing else self._fetch(part, incident, device, name) if part else ""
        what = found.en if found is not None else "nothing visibly wrong"
        self._advance(incident, "diagnosed", name, found=what, missing=(missing or part) if spare is None else "")
        if spare is None:
            self.waiting.append((missing or part, incident))  # nothing can be done before it comes
            self.tell_others(incident)
            self.on_missing(missing or part)
            return
        if self._kind_of(incident) in CAN_WAIT:
            self._at_leisure.add(self.names[index])
        yield self._wait(index, round(repair_us * (1 - DIAGNOSIS_SHARE)))
        self._at_leisure.discard(self.names[index])
        self._set_right(name, device, spare)
        self._fetched.pop(incident.number, None)
        if (yield from self.works_again(incident, device)):
            visit.works_us = self.world.now_us
            self._advance(incident, "restored", name, part=part, action=f"replaced {part}" if part else "set right", verified_by=name)
            self.give_back(incident)
            if spare:
                self.hands.settle(spare, name)
            self._advance(incident, "closed", name)
        else:
            self.world.kernel.at(self.world.now_us + COME_BACK_US, self._add, _URGENCY[incident.severity], incident)

    def _fetch(self, part: str, incident: Incident, device: str, name: str) -> str | None:
        """The spare for this incident: the one that he had with him before he was called away, or one from the store."""
        number = self._fetched.get(incident.number) or self.hands.fetch(part, incident.number, device, name)
        if number is not None:
            self._fetched[incident.number] = number
        return number

    def _kind_of(self, incident: Incident) -> str:
        spec = self.hands.books.site.devices.get(incident.device)
        return spec.kind if spec is not None else ""

    def _advance(self, incident: Incident, state: str, name: str, **data: str) -> None:
        """Move the incident on, unless an earlier visit has done so."""
        if STATES.index(incident.state) < STATES.index(state):
            self.incidents.advance(incident, state, by=name, **data)

    def repair_time(self, found: Fault | None, device: str) -> int:
        """How long this repair takes, in microseconds; drawn by device and visit, so that the same visit takes as long in another design."""
        self._visits[device] = number = self._visits.get(device, 0) + 1
        mean, sd = (found.repair_mean_s, found.repair_sd_s) if found is not None else UNKNOWN_REPAIR_S
        return round(1_000_000 * self._chance.stream(f"repair.{device}.{number}").lognormvariate(*lognormal_parameters(mean, sd)))

    def look(self, incident: Incident) -> tuple[str, Fault | None]:
        """The device that he finds faulty, and its fault: first the one that was named, then the others at that window, or along the belt."""
        others = sorted(name for name in self._models if name != incident.device and self._beside(name, incident))
        for device in (incident.device, *others, *([service_of(incident.window)] if incident.window else [])):
            found = self.injector.visible(device)
            if found is not None:
                return device, found
        return incident.device, None

    def _beside(self, name: str, incident: Incident) -> bool:
        """Whether a device stands at the window of `incident`, or where that is none, along the same belt."""
        devices = self.hands.books.site.devices
        known = devices.get(incident.device)
        along = known is not None and {known.kind, devices[name].kind} <= _ALONG_THE_BELT
        return devices[name].window == incident.window and (bool(incident.window) or along)

    def _set_right(self, name: str, device: str, spare: str) -> None:
        """Everything that a person before the device sees and can set right by hand."""
        self.injector.repair(device)
        if spare:
            self.hands.build_in(spare, device, name)
        self.hands.refill(device, name)

    def _position(self, incident: Incident) -> Position | None:
        """Where it happened; None for a device that all windows share."""
        return next((position for position in self.room.positions if position.name == incident.window), None)

    def works_again(self, incident: Incident, device: str = "") -> Generator[Any, Any, bool]:
        """Try it out through the drivers: the window must come back to a clean start, shared devices too, or the device must answer.

        `device`: what was repaired, where the incident names another.
        """
        if self.injector.visible(incident.device) is not None:
            return False
        try:
            for trial in self._trials(incident, device):
                yield from self.world.call(trial)
        except (DeviceError, LinkError):
            return False
        return True

    def _trials(self, incident: Incident, device: str) -> list[Callable[[], object]]:
        """How the repair is tried out; nothing where there is nothing to talk to."""
        position = self._position(incident)
        if position is not None and position.station is not None and position.blocks:
            return [position.station.restart]
        if position is not None:
            return [self._drivers[incident.device].status] if incident.device in self._drivers else []
        names = [name for name in (device, incident.device) if name in self._drivers]
        if "exit-blocked" in incident.symptoms:  # the belt stood behind it
            names += [name for name, driver in self._drivers.items() if driver.card.kind == "conveyor"]
        return [self._drivers[name].restart for name in dict.fromkeys(names)]

    def give_back(self, incident: Incident) -> None:
        """The window of `incident` is in service again."""
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
