"""A short day of every duty, on a ledger wherever it is: the same services and the same acts, and all that they know at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ops.consumables import Consumables
from caixue.ops.deliveries import Deliveries, Line, Refusal
from caixue.ops.incidents import Incidents
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_items import State
from caixue.ops.inspection_reading import Observed
from caixue.ops.leave import Leave, LeaveBook
from caixue.ops.maintenance import Maintenance
from caixue.ops.orders import OrderLine, Orders
from caixue.ops.periods import Periods
from caixue.ops.refilling import Forecast
from caixue.ops.remote import RemoteSessions
from caixue.ops.sequencing import Sequencer
from caixue.ops.spares import Spares
from caixue.ops.starting import START_UP
from caixue.ops.stock import Stock
from caixue.ops.stopping import SHUT_DOWN
from caixue.ops.telephone import Telephone
from caixue.ops.training import Training
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import START, FakeClock

SITE = load_site("eight-window-full")
ENGINEER, OTHER, NURSE, HEAD = "engineer-1", "engineer-2", "nurse-1", "head-1"
PEOPLE = {**{person.name: person.role for person in SITE.people}, OTHER: "engineer"}
DISPENSER, PRINTER = "window-1.tube-dispenser", "window-1.label-printer"
MINUTE_US = 60_000_000


class Room:
    """Every service on one ledger, with a clock that is moved by hand."""

    def __init__(self, place: str, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.ledger: Ledger = open_ledger(place, site=SITE.name, people=PEOPLE, clock=self.clock, start=START)
        recorder, ledger = LedgerRecorder(self.ledger), self.ledger
        self.stock = Stock(recorder, SITE.stock, ledger)
        self.consumables = Consumables(recorder, SITE, self.stock, ledger)
        self.orders = Orders(recorder, self.stock, ledger)
        self.deliveries = Deliveries(recorder, self.stock, ledger)
        self.incidents = Incidents(recorder, ledger.clock, Deadlines.of(SITE), followed=ledger)
        self.telephone = Telephone(self.incidents, ledger)
        self.remote = RemoteSessions(self.incidents, ledger)
        self.maintenance = Maintenance(recorder, SITE, ledger.start, ledger)
        self.spares = Spares(recorder, SITE, self.stock, self.maintenance.wear, ledger)
        self.leave = LeaveBook(recorder, PEOPLE, ledger)
        self.inspection = Inspection(recorder, SITE, ledger.start, ledger)
        self.training = Training(recorder, PEOPLE, ledger)
        self.periods = Periods(SITE, recorder, ledger)
        self.sequencer = Sequencer(SITE, {}, recorder, ledger)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.clock.advance_to(self.clock.now_us + round(minutes * MINUTE_US))

    @property
    def now(self) -> datetime:
        return self.ledger.clock.now()

    @property
    def today(self) -> date:
        return self.now.date()

    def knows(self) -> Mapping[str, Any]:
        """Everything that the services know."""
        loaded, wear = self.consumables.loaded, self.maintenance.wear
        return {
            "stock": dict(self.stock.lots),
            "consumables": (dict(self.consumables.levels), dict(loaded.flows), dict(self.consumables.tasks)),
            "supply": (dict(self.orders.orders), list(self.orders.issued), dict(self.deliveries.deliveries)),
            "incidents": ({number: asdict(one) for number, one in self.incidents.incidents.items()}, list(self.incidents.open)),
            "telephone": (dict(self.telephone.calls), dict(self.remote.permissions), dict(self.remote.running)),
            "maintenance": (dict(self.maintenance.done), dict(self.maintenance.flagged), dict(wear.meters), dict(wear.parts), list(wear.restarts)),
            "spares": (dict(self.spares.by_number), dict(self.spares.missing)),
            "leave": list(self.leave.granted),
            "inspection": ({number: asdict(one) for number, one in self.inspection.rounds.items()}, dict(self.inspection.findings)),
            "learning": (dict(self.training.sheets.sheets), dict(self.periods.drills.sheets.sheets)),
            "sequencing": {name: asdict(run) for name, run in self.sequencer.runs.by_name.items()},
        }


def stock(room: Room) -> None:
    """Opening stock, a receipt, pieces given out and back, scrapping and counting."""
    room.stock.open_with(by=ENGINEER)
    item, lot = "serum-yellow", "批号 7"
    room.stock.receive(item, 10, lot=lot, by=ENGINEER, expires=room.today + timedelta(days=90), op="delivery-7")
    room.stock.issue(item, 12, to="window-1", why="补充", today=room.today, by=ENGINEER)
    room.stock.give_back(item, lot, 2, came_from="window-1", by=ENGINEER)
    room.stock.scrap(item, lot, 1, reason="受潮", by=ENGINEER)
    room.stock.count(item, lot, 5, reason="盘点", by=ENGINEER)


def consumables(room: Room) -> None:
    """Slots full, counted, told by a device, refilled by tasks."""
    room.stock.open_with(by=ENGINEER)
    room.consumables.open_with(by=ENGINEER)
    room.consumables.count(DISPENSER, "lane-1", 20, by=ENGINEER, reason="点过")
    room.consumables.count(PRINTER, "roll", 100, by=ENGINEER, reason="看过")
    room.wait(60)
    tasks = room.consumables.open_tasks(Forecast({}), room.now, by=ENGINEER)
    room.consumables.cancel(tasks[0].number, reason="不用了", by=ENGINEER)
    for task in tasks[1:]:
        room.consumables.fill(task.device, task.slot, by=ENGINEER, today=room.today)
    room.consumables.settle()


def supply(room: Room) -> None:
    """An order, its delivery signed in part, and the order closed."""
    room.stock.open_with(by=ENGINEER)
    room.orders.place([OrderLine("serum-yellow", 1500, 90)], due_us=MINUTE_US * 60 * 48, supplier="供应商", by=ENGINEER)
    order = room.orders.order("order-0001")
    lines = [Line("serum-yellow", "S1", 1000, room.today + timedelta(days=300), 90), Line("edta-purple", "E1", 200, None, 60)]
    room.wait(60 * 24)
    (event,) = room.deliveries.announce(lines, supplier="供应商", by=ENGINEER, order=order)
    room.deliveries.sign(event.subject, [Refusal(2, "破损", 40)], person=HEAD, today=room.today)
    room.orders.close("order-0001", reason="其余不要了", by=ENGINEER)


def incidents(room: Room) -> None:
    """An alarm, a call about it, the way to the end, another class with a reason, a pause, and a drill."""
    one = room.incidents.report(DISPENSER, "tube-jam", window="window-1", windows_lost=1, by="monitor")
    room.wait(2)
    room.incidents.report(DISPENSER, "tube-jam", window="window-1", windows_lost=1, by=NURSE)
    for state in ("acknowledged", "on-site", "diagnosed"):
        room.wait(5)
        room.incidents.advance(one, state, by=ENGINEER, **({"found": "卡管"} if state == "diagnosed" else {}))
    room.incidents.report("window-2.tube-dispenser", "tube-jam", window="window-2", windows_lost=0, by=ENGINEER, drill=True)
    for state in ("restored", "closed"):
        room.wait(5)
        room.incidents.advance(one, state, by=ENGINEER)


def telephone(room: Room) -> None:
    """A call that reports nothing, and a remote session that the hospital allowed."""
    one = room.incidents.report(PRINTER, "printer-fault", window="window-1", windows_lost=1, by="monitor")
    room.telephone.receive("一切正常", caller="护士站", report=None, answered_us=None, by=ENGINEER)
    room.remote.authorise(one, person="maker-1", scope="看日志", until_us=room.clock.now_us + 120 * MINUTE_US, by=HEAD)
    room.wait(3)
    room.remote.start(one, by="maker-1")
    room.wait(20)
    room.remote.end(one, result="固件已确认", by="maker-1")


def maintenance(room: Room) -> None:
    """Counters, planned work, a calibration that passed and one that did not."""
    room.maintenance.wear.note({PRINTER: {"km": 1.25}, "conveyor-1": {"hours": 10}}, {"km": "km", "hours": "h"}, by="monitor")
    planned = room.maintenance.outlook(room.now)[0].planned
    room.maintenance.do(planned.device, planned.row.name, by=ENGINEER, note="", duration_s=600)
    conveyor = next(name for name, device in SITE.devices.items() if device.kind == "conveyor")
    for after in (100.0, 1.0):
        room.wait(30)
        room.maintenance.calibrate(conveyor, "belt-speed", before=None, after=after, by=ENGINEER)


def spares(room: Room) -> None:
    """A spare from the shelf to the user's signature, one brought back, and one that was not there."""
    room.stock.open_with(by=ENGINEER)
    number = room.spares.take("print-head", "incident-0001", PRINTER, ENGINEER)
    assert number is not None
    room.spares.fit(number, "N-1", by=ENGINEER, old_serial="O-1", wear_at=29.5)
    room.spares.return_old(number, old_serial="O-1", condition="磨损", to="maker", by=ENGINEER)
    room.spares.sign(number, person=NURSE)
    again = room.spares.take("print-head", "incident-0002", PRINTER, ENGINEER)
    assert again is not None
    room.spares.bring_back(again, reason="没用上", by=ENGINEER)
    while room.spares.take("print-head", "incident-0003", PRINTER, ENGINEER) is not None:
        pass


def leave(room: Room) -> None:
    """A day off that was granted."""
    room.leave.ask(Leave(ENGINEER, 0, 480 * MINUTE_US, OTHER), by=HEAD, reason="年假")


def inspection(room: Room) -> None:
    """A round with something good, something unknown, something critical and its finding, the rest left out; one finding closed."""
    duty = room.inspection
    duty.begin(by=ENGINEER)
    room.wait(10)
    good, dark, *_ = duty.to_read()
    duty.note_readings([Observed(good, State.OK, 0.02, 0.16, "s"), Observed(dark, State.UNKNOWN, reason="不答")], by=ENGINEER, op="read-1")
    duty.check("look-room", "正常", by=ENGINEER)
    duty.check("look-mains", "bad", note="插座发热", by=ENGINEER)
    for item in ("look-mains", ""):
        duty.find("插座发热", by=ENGINEER, measure="请电工更换", severity="较大", person=HEAD, item=item)
    duty.close_finding("2", done="重复", by=HEAD)
    duty.skip([point.name for point in (*duty.to_read(), *duty.to_look())], reason="停电", by=ENGINEER)
    duty.finish(by=ENGINEER)


def learning(room: Room) -> None:
    """A training that was failed and then passed, and a drill that was carried out."""
    (planned,) = room.training.plan(NURSE, "window-operation", ENGINEER, room.today, by=ENGINEER)
    room.training.hold(planned.subject, room.today, by=ENGINEER)
    room.training.failed(planned.subject, "扫码不熟", ENGINEER, by=ENGINEER)
    room.training.hold(planned.subject, room.today, by=ENGINEER)
    room.training.passed(planned.subject, "合格", ENGINEER, by=ENGINEER)
    (drill,) = room.periods.drills.plan("power-cut", room.today, ENGINEER, by=ENGINEER)
    room.wait(60)
    began_us = room.ledger.clock.monotonic_us() - 30 * MINUTE_US
    room.periods.drills.carry_out(drill.subject, [ENGINEER, NURSE], began_us, began_us + 10 * MINUTE_US, "对讲机要充电", by=ENGINEER)


def sequencing(room: Room) -> None:
    """What a start-up and a shut-down would do, step by step."""
    for procedure in (START_UP, SHUT_DOWN):
        room.sequencer.run(procedure, by=ENGINEER, dry_run=True)
        room.wait(10)


DAYS: Mapping[str, Callable[[Room], None]] = {
    duty.__name__: duty for duty in (stock, consumables, supply, incidents, telephone, maintenance, spares, leave, inspection, learning, sequencing)
}
