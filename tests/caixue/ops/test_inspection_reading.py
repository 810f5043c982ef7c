"""Automatic readings: from the devices' own bytes, from probes, this machine and the ledger; what does not answer is unknown, with the reason (C1)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from caixue.clock import SystemClock
from caixue.errors import UsageError
from caixue.ops.inspection_items import How, State
from caixue.ops.inspection_known import Known
from caixue.ops.inspection_points import Point, points_for
from caixue.ops.inspection_reading import Observed, Sources, observe
from caixue.ops.starting import START_UP
from caixue.probes.asking import probe
from caixue.probes.machine import Host, machine
from caixue.probes.reading import Reading
from caixue.site_estate import ProbeSpec
from caixue.units import US_PER_DAY
from tests.caixue.ops.inspection_desk import InspectionDesk
from tests.twin.test_start_and_stop import Room
from twin.devices.label_printer import LabelPrinterModel
from twin.devices.ups import UpsModel

HOUR_US = US_PER_DAY // 24


class Morning(Room):
    """A room that has been started, and an engineer who reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.run(START_UP)
        self.known = Known(self.recorder, self.journal)

    def read(self, *hows: How) -> dict[str, Observed]:
        points = [point for point in points_for(self.site).values() if point.item.how in hows]
        sources = Sources(self.world.clock, self.known, self.plant.drivers)
        return {one.point.name: one for one in self.do(lambda: observe(points, sources))}


@pytest.fixture(scope="module")
def morning() -> Morning:
    return Morning()


def test_in_a_room_that_works_every_device_is_read_and_good(morning: Morning):
    read = morning.read(How.DEVICE, How.WEAR)
    assert {one.state for one in read.values()} == {State.OK}
    assert read["belt-ratio@conveyor-1"].value == pytest.approx(1.0, abs=0.05)
    times = [(one.value, one.limit) for name, one in read.items() if name.startswith("answer-time")]
    assert len(times) == len(morning.site.devices) and all(0 < took <= limit for took, limit in times if took and limit)
    assert all(one.counters for name, one in read.items() if "-wear@" in name)


def test_a_silent_device_is_unknown_with_its_reason_asked_once_and_the_others_are_read():
    room = Morning()
    room.model(UpsModel).power_off()
    read = room.read(How.DEVICE)
    dark = {name: one for name, one in read.items() if one.state is State.UNKNOWN}
    assert set(dark) == {"device-state@ups-room", "answer-time@ups-room", "ups-load@ups-room", "ups-temperature@ups-room"}
    assert len({one.reason for one in dark.values()}) == 1 and all(one.value is None for one in dark.values())
    assert len([event for event in room.events("link.timeout") if event.subject == "ups-room"]) <= 3  # one question with its retries


def test_wear_is_a_share_of_the_life_since_the_part_was_put_in():
    room = Morning()
    printer = room.model(LabelPrinterModel)
    printer.head_km = 27.0
    name = f"print-head-wear@{printer.name}"
    worn = room.read(How.WEAR)[name]
    assert (worn.state, worn.limit, worn.unit) == (State.WARN, 0.8, "share") and worn.value == pytest.approx(0.9, abs=0.02)
    part = {"part": "print-head", "lot": "L1", "old_serial": "", "new_serial": "N1", "counter": "printed-km", "wear_at": 27.0}
    room.recorder.note("part.replaced", printer.name, **part)
    assert room.read(How.WEAR)[name].value == pytest.approx(0.0, abs=0.03)


# the monitor's readings


@pytest.fixture
def desk() -> InspectionDesk:
    return InspectionDesk()


def read_one(desk: InspectionDesk, name: str, **asking: object) -> Observed:
    sources = Sources(desk.clock, Known(desk.recorder, desk.journal), **asking)  # type: ignore[arg-type]
    return observe([desk.inspection.points[name]], sources)[0]


def note_scan(desk: InspectionDesk, value: float, kind: str = "reading.noted") -> None:
    desk.recorder.note(kind, "window-1", reading="label.first-scan", value=value, limit=0.97, unit="share")


def test_the_monitors_last_reading_is_taken_while_it_is_fresh(desk: InspectionDesk):
    assert read_one(desk, "first-scan@window-1").state is State.UNKNOWN
    note_scan(desk, 0.995)
    fresh = read_one(desk, "first-scan@window-1")
    assert (fresh.state, fresh.value, fresh.limit) == (State.OK, 0.995, 0.97)
    desk.clock.sleep(4 * 86_400)
    assert read_one(desk, "first-scan@window-1").state is State.UNKNOWN


def test_a_reading_that_is_no_number_is_unknown_and_never_good(desk: InspectionDesk):
    note_scan(desk, float("nan"))
    assert read_one(desk, "first-scan@window-1").state is State.UNKNOWN


def test_what_is_out_of_limit_stays_a_warning_until_it_is_back(desk: InspectionDesk):
    note_scan(desk, 0.96, "reading.out-of-limit")
    desk.clock.sleep(9 * 86_400)
    assert read_one(desk, "first-scan@window-1").state is State.WARN
    note_scan(desk, 0.995)
    assert read_one(desk, "first-scan@window-1").state is State.OK


# probes


def answering(state: State, latency_us: int | None, lost: int = 0, tried: int = 5, detail: str = ""):
    return lambda spec: Reading(spec.name, spec.about, state, latency_us, lost, tried, detail)


@pytest.mark.parametrize(
    ("reading", "reach", "loss"),
    [
        (answering(State.OK, 2_000), State.OK, State.OK),
        (answering(State.WARN, 2_000, lost=1), State.WARN, State.WARN),
        (answering(State.CRIT, None, lost=5, detail="no answer"), State.CRIT, State.CRIT),
        (answering(State.UNKNOWN, None, tried=0, detail="no ping here"), State.UNKNOWN, State.UNKNOWN),
        (answering(State.OK, None, tried=0), State.UNKNOWN, State.UNKNOWN),  # good without an answer is nothing
    ],
    ids=["answers", "loses one", "is down", "cannot be asked", "says nothing"],
)
def test_a_probe_says_how_fast_and_how_much_is_lost(desk: InspectionDesk, reading: object, reach: State, loss: State):
    reached, lost = (read_one(desk, f"{name}@switch-1-ping", probe=reading) for name in ("network-reach", "network-loss"))
    assert (reached.state, lost.state) == (reach, loss)
    assert reached.limit == 1000 and (reached.value == 2.0 if reach in (State.OK, State.WARN) else reached.value is None)


@pytest.mark.parametrize("fault", [UsageError("a bad target"), OSError("no route"), ValueError("nonsense")])
def test_a_probe_that_breaks_is_unknown_and_not_a_crash(desk: InspectionDesk, fault: Exception):
    def break_(spec: ProbeSpec) -> Reading:
        raise fault

    broken = read_one(desk, "database-reach@oracle-up", probe=break_)
    assert broken.state is State.UNKNOWN and str(fault) in broken.reason


def test_a_database_without_a_probe_is_unknown():
    site = InspectionDesk().site
    bare = InspectionDesk(replace(site, probes=()))
    assert read_one(bare, "database-reach@server-db-oracle", probe=answering(State.OK, 1)).state is State.UNKNOWN
    assert {one.split("@")[0] for one in bare.inspection.points if "reach" in one} == {"server-reach", "database-reach", "network-reach"}


def test_a_real_listening_port_is_reached_and_a_closed_one_is_critical(desk: InspectionDesk):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        spec = ProbeSpec("oracle-up", "tcp", f"tcp://127.0.0.1:{port}", "server-db-oracle")
        point = replace(desk.inspection.points["database-reach@oracle-up"], probe=spec)
        sources = Sources(desk.clock, Known(desk.recorder), probe=lambda spec: probe(spec, SystemClock()))
        assert observe([point], sources)[0].state is State.OK
    assert observe([point], sources)[0].state is State.CRIT


# this machine, and the record


class Small(Host):
    """A machine with two disks."""

    def disks(self) -> list[str]:
        return ["C:", "D:"]

    def space(self, place: str) -> tuple[int, int]:
        return 100_000_000_000, {"C:": 50_000_000_000, "D:": 10_000_000_000}[place]

    def memory(self) -> tuple[float, float]:
        return 0.5, 0.0

    def cpu(self) -> tuple[float, float]:
        raise OSError("no counters")


def test_of_several_disks_the_fullest_counts_and_what_cannot_be_read_is_unknown(desk: InspectionDesk):
    def readings() -> Sequence[Reading]:
        return machine(desk.clock, Small())

    disk, memory, cpu = (read_one(desk, name, machine=readings) for name in ("disk", "memory", "cpu"))
    assert (disk.state, disk.value) == (State.WARN, 0.9) and (memory.state, memory.value) == (State.OK, 0.5)
    assert cpu.state is State.UNKNOWN and cpu.reason


@pytest.mark.parametrize("name", ["cpu", "memory", "disk", "network-reach@switch-1-ping", "device-state@ups-room"])
def test_where_there_is_nobody_to_ask_the_answer_is_unknown(desk: InspectionDesk, name: str):
    nobody = read_one(desk, name)
    assert nobody.state is State.UNKNOWN and nobody.reason


def test_a_backup_counts_when_it_was_verified_and_has_not_been_found_damaged(desk: InspectionDesk):
    name = "data-backup@label-templates"
    assert read_one(desk, name).state is State.CRIT
    desk.recorder.note("backup.made", "backup-0001", software="label-templates", verified=False)
    assert read_one(desk, name).state is State.CRIT
    desk.recorder.note("backup.made", "backup-0002", software="label-templates", verified=True)
    assert read_one(desk, name).state is State.OK
    desk.clock.sleep(9 * 86_400)
    assert read_one(desk, name).state is State.WARN
    desk.recorder.note("backup.checked", "backup-0002", whole=False, reason="differs")
    assert read_one(desk, name).state is State.CRIT


def test_software_is_good_until_half_a_year_before_its_support_ends(desk: InspectionDesk):
    point = desk.inspection.points["support-left@collection-system"]
    assert point.software is not None

    def left(until: date | None) -> State:
        software = replace(point.software, supported_until=until)  # type: ignore[type-var]
        return observe([Point(point.item, point.about, software=software)], Sources(desk.clock, Known(desk.recorder)))[0].state

    assert [left(date(2027, 12, 31)), left(date(2026, 12, 1)), left(date(2026, 8, 1)), left(None)] == [
        State.OK,
        State.WARN,
        State.CRIT,
        State.UNKNOWN,
    ]
