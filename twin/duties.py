"""The engineer's day in the twin: start-up, rounds, refills, maintenance, orders and shut-down, by the services of a real site (C2.1.1–C2.1.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from caixue.drivers.base import Driver
from caixue.ops.calibration import calibration_of
from caixue.ops.incidents import Incidents
from caixue.ops.maintenance_round import FAILED, MISSING, Round
from caixue.ops.planning import PlannedStep, plan
from caixue.ops.preventive import IDLE_FROM, Planned, Task
from caixue.ops.refilling import forecast_for
from caixue.ops.sequencing import Outcome, Sequencer
from caixue.ops.services_up import MISSING as MISSING_SERVICE
from caixue.ops.services_up import STEP as SERVICE_STEP
from caixue.ops.services_up import Watch, start_up
from caixue.ops.stopping import SHUT_DOWN
from caixue.ops.symptoms import SYMPTOMS
from caixue.site import Site
from twin.books import Books
from twin.days import Day
from twin.devices.base import DeviceModel
from twin.devices.ups import UpsModel
from twin.driver_service import service_of
from twin.engineer import Engineers
from twin.position import Steps
from twin.room import Room
from twin.supply import Supply
from twin.truth import Truth
from twin.world import US, World

SWITCH_ON_US = 60 * US  # the engineer has switched the mains on, and everything starts up; docs/assumptions.md A-74
ROUND_EVERY_US = 1800 * US  # a look at all levels while patients are there; docs/assumptions.md A-74
LEAVE_US = 1800 * US  # of the shift kept free for the shut-down; docs/assumptions.md A-74


class Fingers:
    """What maintenance needs a person for; the twin's machines do not drift, so that every gauge shows the reference."""

    def __init__(self, books: Books, models: Mapping[str, DeviceModel], truth: Truth) -> None:
        self._books = books
        self._models = models
        self._truth = truth

    def work(self, planned: Planned) -> None:
        """Cleaning changes nothing that is modelled; a new part does."""
        part = planned.row.part
        if part:
            self._truth.carry_out(part, 1)
            self._truth.fitted[part] += 1
            self._models[planned.device].renew(part)

    def serials(self, planned: Planned, number: str) -> tuple[str, str]:
        """The new part's number, and that of the one it replaces."""
        old = self._books.maintenance.wear.parts.get((planned.device, planned.row.part))
        return f"{planned.row.part}-{number}", old.serial if old is not None else ""

    def gauge(self, planned: Planned) -> float:
        """The reference itself."""
        return calibration_of(planned.row.kind, planned.row.calibrates).reference


class Duties:
    """The duties of every day of one run; `morning` and `evening` are hung on its course."""

    def __init__(
        self,
        world: World,
        site: Site,
        books: Books,
        sequencer: Sequencer,
        engineers: Engineers,
        incidents: Incidents,
        room: Room,
        models: Mapping[str, DeviceModel],
        drivers: Mapping[str, Driver],
        supply: Supply,
        truth: Truth,
        held: Callable[[str], bool],
        services: Watch,
    ) -> None:
        self.desk: Callable[[Day], Steps] = _no_desk  # what is done at the desk on a working afternoon, before maintenance
        self._world = world
        self._site = site
        self._books = books
        self._sequencer = sequencer
        self._engineers = engineers
        self._incidents = incidents
        self._room = room
        self._models = models
        self._drivers = drivers
        self._supply = supply
        self._held = held  # whether a UPS feeds that device
        self._truth = truth
        self._start = start_up(site.software, services)
        self._round = Round(books.maintenance, books.spares, drivers, Fingers(books, models, truth), signs=books.signer)

    def morning(self, day: Day) -> Steps:
        """Start-up, then what must be refilled before the doors open; the rounds of the day begin."""
        yield self._engineers.errand("start-up", self._start_up)
        self._engineers.hands.look_at_rolls(self._engineers.first)
        self._look_at_levels()
        self._world.process(self._rounds(day))

    def evening(self, day: Day) -> Steps:
        """Refill for the next day, maintenance while the windows are idle, orders, and shut-down."""
        self._look_at_levels()
        works = self._site.calendar.day_kind(day.date).works
        if works:
            idle_us = day.midnight_us + _after_midnight_us(IDLE_FROM)
            yield self._world.kernel.timeout(max(0, idle_us - self._world.now_us))
            yield from self.desk(day)
            yield self._engineers.errand("maintenance", lambda name: self._maintain(name, self._shift_end_us(day) - LEAVE_US))
            self._supply.look(self._engineers.first)
        yield self._engineers.errand("shut-down", self._shut_down)

    # start-up and shut-down

    def _start_up(self, name: str) -> Steps:
        self._switch(on=True)
        self._truth.switched_on += 1
        yield self._world.kernel.timeout(SWITCH_ON_US)
        why: dict[str, str] = {}
        outcome: Outcome = yield from self._world.call(
            lambda: self._sequencer.run(self._start, by=name, confirm=lambda step, wrong: "", told=_reasons(why))
        )
        failed = [step for step in plan(self._site, self._start) if step.name in outcome.failed]
        without = {step.window for step in failed if step.row.name == SERVICE_STEP}  # whose devices cannot be reached for that reason
        for step in failed:
            if step.row.name == SERVICE_STEP or step.window not in without:
                self._report(step, name, why.get(step.name, ""))

    def _report(self, step: PlannedStep, name: str, why: str) -> None:
        """A step of the start-up failed: its window is not opened, and there is an incident before the first patient."""
        position = next((each for each in self._room.positions if each.name == step.window), None)
        device, symptom = step.devices[0] if step.devices else step.name, _symptom(why)
        if step.row.name == SERVICE_STEP:
            device, symptom = service_of(step.window), MISSING_SERVICE
        if position is not None:
            self._room.block(position, device, "start-up")
        lost = int(position is not None and not position.fallback)
        self._incidents.report(device, symptom, window=step.window, windows_lost=lost, by=name)

    def _shut_down(self, name: str) -> Steps:
        self._books.consumables.settle(by=name)

        def confirm(step: PlannedStep, wrong: str) -> str:
            """He vouches for what is done by hand, and for a device that he knows to be broken and at rest."""
            return name if not wrong or self._is_broken(step) else ""

        yield from self._world.call(lambda: self._sequencer.run(SHUT_DOWN, by=name, confirm=confirm))
        self._switch(on=False)
        self._truth.switched_off += 1

    def _is_broken(self, step: PlannedStep) -> bool:
        """Whether there is an open incident about a device of the step, or its window."""
        places = {*step.devices, *([step.window] if step.window else [])}
        return any(incident.device in places or incident.window in places for incident in self._incidents.waiting())

    def _switch(self, *, on: bool) -> None:
        """The mains of the room, by hand; what a UPS feeds gets its power from that."""
        for name, model in self._models.items():
            if isinstance(model, UpsModel):
                model.mains_on() if on else model.mains_off()
            elif not self._held(name) and model.powered != on:
                model.power_on() if on else model.power_off()

    # consumables

    def _rounds(self, day: Day) -> Steps:
        while self._world.now_us + ROUND_EVERY_US < day.end_us:
            yield self._world.kernel.timeout(ROUND_EVERY_US)
            self._look_at_levels()

    def _look_at_levels(self) -> None:
        """What the devices last said of their levels is noted; whatever must be refilled becomes a task, and every such device is visited."""
        now, consumables = self._world.clock.now(), self._books.consumables
        for driver in self._drivers.values():
            consumables.look(driver)
        slots: dict[str, list[str]] = {}
        for task in consumables.open_tasks(forecast_for(self._site, now), now, by=self._engineers.first):
            slots.setdefault(task.device, []).append(task.slot)
        for device, wanted in slots.items():
            self._engineers.refill(device, "task", tuple(wanted))

    # maintenance

    def _maintain(self, name: str, until_us: int) -> Steps:
        """Read the counters, then do what is due, as far as the shift goes."""
        yield from self._world.call(self._round.read, name)
        for task in self._round.tasks():
            if self._world.now_us + round(task.planned.row.duration_s * US) <= until_us:
                yield from self._carry_out(task, name)

    def _carry_out(self, task: Task, name: str) -> Steps:
        outcome = yield from self._world.call(self._round.carry_out, task.planned, name)
        if outcome.result == MISSING:
            self._supply.order_part(task.planned.row.part, name)
        elif outcome.result == FAILED:
            self._incidents.report(task.planned.device, "out-of-tolerance", window=task.planned.window, windows_lost=0, by=name)

    def _shift_end_us(self, day: Day) -> int:
        return day.midnight_us + self._site.shift.workday[-1].end_us


def _no_desk(day: Day) -> Steps:
    yield from ()


def _after_midnight_us(moment: time) -> int:
    return timedelta(hours=moment.hour, minutes=moment.minute) // timedelta(microseconds=1)


def _reasons(why: dict[str, str]) -> Callable[[PlannedStep, str, str], None]:
    def told(step: PlannedStep, result: str, detail: str) -> None:
        if result == "failed":
            why[step.name] = detail

    return told


def _symptom(why: str) -> str:
    """The symptom that the text of a failed step names."""
    return next((name for name in SYMPTOMS if name in why), "no-answer")
