"""Mistakes planted on purpose: each is caught, on a scenario that is clean without it.

A metric that counts a bumped patient twice is planted in tests/caixue/test_day.py, beside the fold that it would spoil.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.jobs import COMMAND_ADDRESS, JobDriver
from caixue.errors import UncertainOutcome
from caixue.labelling import LabellingStation, Order
from caixue.tubes import LabelContent, PlannedTube, SerialNumbers
from tests.twin.small_scenarios import Ran, assert_clean, assert_fails, bare, fault, ran, small
from twin.devices.collection_host import CollectionHostModel
from twin.devices.label_mechanism import LabelMechanism, PrintedLabel
from twin.position import Position
from twin.room import Room
from twin.workload import Patient
from twin.world import WorldClock

LOST_REPLIES = small(fault("link:window-1.tube-dispenser", "lost-reply", end='for = "10 min"', every=5))
PAPER_OUT = small(fault("window-1.label-printer", "label-paper-out"))
DEAD_DOTS = small(fault("window-1.label-printer", "print-head-dead-dots"))
QUIET = small(duration="10 min")
BUSY = small(duration="40 min", per_h="100")
LOST_WINDOW = bare(fault("window-1", "out-of-service", end='for = "5 min"'), per_h="90")

Patch = pytest.MonkeyPatch


def test_a_driver_that_sends_a_dispense_again_without_asking(monkeypatch: Patch) -> None:
    def start(driver: JobDriver, command: str, parameter: int, job: int) -> None:
        for _ in range(3):
            try:
                return driver.client.write(COMMAND_ADDRESS, (int(driver.card.commands[command]), parameter, job))
            except UncertainOutcome:
                continue

    assert_clean(ran(LOST_REPLIES))
    monkeypatch.setattr(JobDriver, "_start", start)
    assert_fails(ran(LOST_REPLIES), "one-tube at window-1", "one-command at window-1.tube-dispenser")


def test_a_printer_that_prints_the_last_label_again_after_paper_out(monkeypatch: Patch) -> None:
    assert_clean(ran(PAPER_OUT))
    printed = _printer_reprints(monkeypatch)
    one = ran(PAPER_OUT)
    assert_clean(one)  # the restart throws away what lies on the plate
    given_up = {label.serial for label in printed if label.complete} - {event.subject for event in one.events("label.printed")}
    assert len(given_up) == 1 and one.of_serial(given_up.pop())[-1] == "void", one


def test_the_scanner_stops_a_reprinted_label_that_nobody_threw_away(monkeypatch: Patch) -> None:
    assert_clean(ran(PAPER_OUT))
    _printer_reprints(monkeypatch)
    _host_leaves_labels_on_the_plate(monkeypatch)
    one = ran(PAPER_OUT)
    assert one.events("scan.mismatch"), one
    assert one.reasons == () and _wrong_labels(one) == [0, 0, 0], f"{one.reasons} in{one!r}"


def test_a_workflow_that_lets_a_reprinted_label_leave(monkeypatch: Patch) -> None:
    assert_clean(ran(PAPER_OUT))
    _printer_reprints(monkeypatch)
    _host_leaves_labels_on_the_plate(monkeypatch)
    _nobody_looks_at_labels(monkeypatch)
    assert_fails(ran(PAPER_OUT), "never-crossed at window-1")


def test_a_scanner_that_accepts_any_code_with_labels_that_cannot_be_read(monkeypatch: Patch) -> None:
    assert_clean(ran(DEAD_DOTS))
    _scanner_accepts_all(monkeypatch)
    assert_fails(ran(DEAD_DOTS), "one-label at window-1")


def test_a_scanner_that_accepts_any_code_with_the_labels_of_other_tubes(monkeypatch: Patch) -> None:
    assert_clean(ran(PAPER_OUT))
    _printer_reprints(monkeypatch)
    _host_leaves_labels_on_the_plate(monkeypatch)
    _scanner_accepts_all(monkeypatch)
    one = ran(PAPER_OUT)
    assert_fails(one, "never-crossed at window-1")
    assert one.figure("label.crossed") > 0, one  # the laboratory finds it too


def test_a_lock_that_re_enters(monkeypatch: Patch) -> None:
    """Monitor and workflow share each port; in one thread a re-entrant lock keeps nobody out."""
    assert_clean(ran(BUSY))
    monkeypatch.setattr(WorldClock, "lock", lambda clock: threading.RLock())
    assert_fails(ran(BUSY), "one-exchange at window-1.")


def test_a_workflow_that_releases_tubes_without_verifying_them(monkeypatch: Patch) -> None:
    assert_clean(ran(QUIET))
    monkeypatch.setattr(LabellingStation, "_verify", lambda station, serial: None)
    one = ran(QUIET)
    assert_fails(one, "verified at window-1")
    assert one.figure("label.unverified") > 0, one


def test_a_serial_that_is_given_twice(monkeypatch: Patch) -> None:
    following, pending = SerialNumbers.next, []

    def twice(serials: SerialNumbers) -> str:
        if pending:
            return pending.pop()
        pending.append(following(serials))
        return pending[0]

    assert_clean(ran(QUIET))
    monkeypatch.setattr(SerialNumbers, "next", twice)
    one = ran(QUIET)
    assert_fails(one, "a serial was given twice", "a second tube with this serial leaves")
    assert one.figure("label.duplicate") > 0, one


def test_a_room_that_loses_a_bumped_patient(monkeypatch: Patch) -> None:
    assert_clean(ran(LOST_WINDOW))
    assert ran(LOST_WINDOW).events("patient.bumped")
    monkeypatch.setattr(Room, "_bump", lambda room, position, patient, reason: room._free(position))
    assert_fails(ran(LOST_WINDOW), "people at room")


def test_a_room_that_calls_two_patients_to_one_window(monkeypatch: Patch) -> None:
    assert_clean(ran(LOST_WINDOW))
    monkeypatch.setattr(Position, "ready", property(lambda position: position.open and position.staffed and not position.blocks))
    assert_fails(ran(LOST_WINDOW), "one-patient at window-1")


def test_a_room_that_never_serves_the_last_patient(monkeypatch: Patch) -> None:
    dispatched = Room._next_patient

    def lazy(room: Room) -> Patient | None:
        return dispatched(room) if room.expected else None

    assert_clean(ran(LOST_WINDOW))
    monkeypatch.setattr(Room, "_next_patient", lazy)
    assert_fails(ran(LOST_WINDOW), "drains at room")


def test_a_host_that_drops_a_tube_on_the_floor(monkeypatch: Patch) -> None:
    moved = CollectionHostModel._move

    def drop(host: CollectionHostModel, command: str) -> int:
        if command == "reject" and host.station.cradle:
            host.station.cradle.pop()
            return 0
        return moved(host, command)

    assert_clean(ran(DEAD_DOTS))
    monkeypatch.setattr(CollectionHostModel, "_move", drop)
    assert_fails(ran(DEAD_DOTS), "tubes at room")


def test_a_tube_that_gets_the_label_of_another_kind(monkeypatch: Patch) -> None:
    """The right patient and the wrong additive."""
    create = LabellingStation._create

    def mixed_up(station: LabellingStation, order: Order, tube: PlannedTube) -> LabelContent:
        return create(station, order, PlannedTube("esr-black", tube.tests))

    assert_clean(ran(QUIET))
    monkeypatch.setattr(LabellingStation, "_create", mixed_up)
    assert_fails(ran(QUIET), "never-crossed at window-1")


def _printer_reprints(monkeypatch: Patch) -> list[PrintedLabel]:
    """Printers print a stopped label again, whatever they were told. Gives the list of all labels that will come out."""
    printed: list[PrintedLabel] = []
    made, put_out = LabelMechanism.__init__, LabelMechanism._put_out

    def init(printer: LabelMechanism, *arguments: Any, **mechanism: Any) -> None:
        made(printer, *arguments, **mechanism)
        printer.reprint_always = True

    def keep(printer: LabelMechanism, label: PrintedLabel) -> None:
        printed.append(label)
        put_out(printer, label)

    monkeypatch.setattr(LabelMechanism, "__init__", init)
    monkeypatch.setattr(LabelMechanism, "_put_out", keep)
    return printed


def _host_leaves_labels_on_the_plate(monkeypatch: Patch) -> None:
    """Clearing a station takes its tubes away and forgets the labels that were never stuck."""
    moved = CollectionHostModel._move

    def move(host: CollectionHostModel, command: str) -> int:
        take = host.station.take_label
        host.station.take_label = (lambda: None) if command == "clear" else take
        try:
            return moved(host, command)
        finally:
            host.station.take_label = take

    monkeypatch.setattr(CollectionHostModel, "_move", move)


def _nobody_looks_at_labels(monkeypatch: Patch) -> None:
    def verify(station: LabellingStation, serial: str) -> None:
        station.recorder.note("label.verified", serial, device=station.scanner.name, printer=station.label_printer.name)

    monkeypatch.setattr(LabellingStation, "_verify", verify)


def _scanner_accepts_all(monkeypatch: Patch) -> None:
    """The scanner says whatever the workflow wants to hear."""
    wanted: dict[str, str] = {}
    create = LabellingStation._create

    def remember(station: LabellingStation, order: Order, tube: PlannedTube) -> LabelContent:
        content = create(station, order, tube)
        wanted[station.scanner.name] = content.serial
        return content

    monkeypatch.setattr(LabellingStation, "_create", remember)
    monkeypatch.setattr(BarcodeScanner, "scan", lambda scanner: wanted[scanner.name])


def _wrong_labels(one: Ran) -> list[float]:
    return [one.figure(f"label.{how}") for how in ("crossed", "duplicate", "unverified")]
