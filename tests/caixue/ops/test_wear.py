"""Counters of use: read from the devices with real bytes, and added up so that neither an exchange nor a reset makes wear vanish or go below 0."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.jobs import COUNTERS_ADDRESS
from caixue.drivers.label_printer import LabelPrinter
from caixue.drivers.sorter import Sorter
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.drivers.ups import Ups
from caixue.errors import GarbledReply, ReplyTimeout, UsageError
from caixue.journal import Draft, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.opening import driver_classes
from caixue.ops.wear import LIVES, Meter, Wear, life_of, read_wear, units_of
from caixue.site import load_site
from caixue.units import US_PER_DAY
from caixue.wire import escpos
from caixue.wire.modbus import READ_INPUT, Request, request_frame
from tests.caixue.coupled import LoopPort
from tests.caixue.modbus_bench import Bench, with_crc
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder
from tests.twin.vendor_site import vendor_site
from twin.devices.collection_host import CollectionHostModel
from twin.devices.conveyor import ConveyorModel
from twin.devices.label_printer import LabelPrinterModel
from twin.devices.sorter import SorterModel
from twin.devices.thermal_printer import ThermalPrinterModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.things import Station, TubeFactory

PRINTER = "window-1.label-printer"


def wear_book() -> tuple[Wear, MemoryJournal, FakeClock]:
    clock, journal = FakeClock(), MemoryJournal()
    return Wear(Recorder(journal, clock), journal), journal, clock


def read(book: Wear, value: float, device: str = PRINTER, counter: str = "printed-km") -> None:
    book.note({device: {counter: value}}, {counter: "km"}, by="engineer-1")


def replaced(book: Wear, wear_at: float | None = None, serial: str = "N-1", device: str = PRINTER) -> None:
    data = {"part": "print-head", "lot": "opening", "old_serial": "", "new_serial": serial, "counter": "printed-km", "wear_at": wear_at}
    book.recorder.note_all([Draft("part.replaced", device, data)], actor="engineer-1")


# the wire


def test_the_conveyors_counter_is_read_with_one_exchange_that_no_poll_makes() -> None:
    bench = Bench(ConveyorModel("conveyor-1", 10_000.0))
    bench.model.left = 0x0001_2345
    conveyor = Conveyor("conveyor-1", bench.port, bench.world.clock, bench.recorder)
    assert bench.run(conveyor.wear) == {"tubes": 0x12345}
    assert bench.sent[0][1] == with_crc(bytes.fromhex("01 04 01 00 00 02")) == request_frame(Request(1, READ_INPUT, COUNTERS_ADDRESS, 2))
    assert b"".join(data for _, data in bench.received) == with_crc(bytes.fromhex("01 04 04 00 01 23 45"))


def test_a_dispenser_counts_its_tubes_and_a_host_its_labels_and_a_sorter_what_it_sorts() -> None:
    for driver, model, used in (
        (TubeDispenser, TubeDispenserModel("d", Station(), TubeFactory(), {1: "serum-yellow"}, capacity=10, low=2), "dispensed"),
        (CollectionHost, CollectionHostModel("d", Station()), "applied"),
    ):
        bench = Bench(model)
        setattr(model, used, 70_000)
        assert list(bench.run(driver("d", bench.port, bench.world.clock, bench.recorder).wear).values()) == [70_000]
    bench = Bench(SorterModel("sorter"))
    bench.model.counts[3] = 9
    assert bench.run(Sorter("sorter", bench.port, bench.world.clock, bench.recorder).wear) == {"tubes": 9}


def test_a_vendors_register_map_lists_no_counters_and_so_nothing_is_asked(tmp_path: Path) -> None:
    spec = load_site(vendor_site(tmp_path)).devices["window-1.tube-dispenser"]
    bench = Bench()
    driver = TubeDispenser("d", bench.port, bench.world.clock, bench.recorder, registers=spec.registers)
    assert bench.run(driver.wear) == {} and bench.sent == []


def test_a_receipt_printer_is_asked_for_its_cuts_with_the_bytes_of_the_command_reference() -> None:
    healthy = [(query, b"\x12") for query in escpos.QUERIES]
    asked = [(bytes.fromhex("1d 67 32 00 32 00"), bytes.fromhex("5f 31 32 33 00"))]
    port = ScriptedPort([*healthy, *asked], name="window-1.thermal-printer")
    printer = ThermalPrinter("window-1.thermal-printer", port, port.fake_clock, recorder(port.fake_clock)[0])
    assert printer.wear() == {"cuts": 123} and port.finished


@pytest.mark.parametrize("reply", ["5f 31 3a 00", "5f 00", "5f" + "39" * 14, "31 32 00"])
def test_what_is_no_count_is_garbled_or_silence_and_never_a_number(reply: str) -> None:
    healthy = [(query, b"\x12") for query in escpos.QUERIES]
    port = ScriptedPort([*healthy, (escpos.counter_query(50), bytes.fromhex(reply))], name="p")
    printer = ThermalPrinter("p", port, port.fake_clock, recorder(port.fake_clock)[0])
    with pytest.raises((GarbledReply, ReplyTimeout)):
        printer.wear()


@given(st.integers(0, 10**10 - 1))
def test_every_count_comes_back_as_it_was_sent(count: int) -> None:
    assert escpos.counted(escpos.counter_answer(count)) == count


def test_the_models_cuts_are_read_after_receipts_and_not_while_the_cover_is_open() -> None:
    clock = FakeClock()
    model = ThermalPrinterModel("window-1.thermal-printer")
    printer = ThermalPrinter(model.name, LoopPort(model, clock), clock, recorder(clock)[0])
    for _ in range(3):
        printer.print_receipt(["采血回执"])
    assert printer.wear() == {"cuts": 3}
    printer.tell_changes()
    assert printer.wear() == {"cuts": 3}  # what is told unasked is not taken for the count
    model.begin_cover_open()
    assert printer.wear() == {}
    assert printer.status().alarms == ("cover-open",)


def test_devices_that_do_not_answer_are_named_and_the_others_read() -> None:
    clock = FakeClock()
    good, silent = LabelPrinterModel("good"), LabelPrinterModel("silent")
    drivers = [LabelPrinter(model.name, LoopPort(model, clock), clock, recorder(clock)[0]) for model in (good, silent)]
    good.head_km = 12.9
    silent.begin_silence()
    assert read_wear(drivers) == ({"good": {"printed-km": 12}}, {"silent": str(read_wear(drivers)[1]["silent"])})
    assert units_of(drivers) == {"printed-km": "km"}


def test_every_life_is_of_a_kind_that_keeps_that_counter() -> None:
    for life in LIVES:
        card = driver_classes()[life.kind].card
        assert life.counter in card.counters and life.limit > 0 and life.source
        assert life_of(life.kind, life.part) == life
    assert life_of("ups", "ups-battery") is None and Ups.card.counters == {}


# adding up


def test_wear_is_what_was_counted_since_the_part_was_put_in() -> None:
    book, _, _ = wear_book()
    read(book, 20)
    replaced(book, wear_at=26)
    read(book, 29)
    assert book.of_part(PRINTER, "print-head", "printed-km") == 3
    assert book.run(PRINTER, "printed-km") == 29


def test_a_counter_that_begins_again_with_the_new_part_goes_on_without_a_word() -> None:
    book, _, _ = wear_book()
    read(book, 20)
    replaced(book, wear_at=26)
    read(book, 1)
    assert book.of_part(PRINTER, "print-head", "printed-km") == 1 and book.restarts == []


def test_a_counter_that_goes_back_is_told_and_the_known_wear_stays() -> None:
    book, _, _ = wear_book()
    for value in (18, 20, 2, 5):
        read(book, value)
    assert book.of_part(PRINTER, "print-head", "printed-km") == 25
    (told,) = book.restarts
    assert (told.before, told.after) == (20, 2) and PRINTER in str(told)


def test_a_part_that_was_put_in_before_the_counter_was_ever_read_counts_from_the_first_reading() -> None:
    book, _, _ = wear_book()
    replaced(book)
    read(book, 500)
    assert book.of_part(PRINTER, "print-head", "printed-km") == 0
    read(book, 507)
    assert book.of_part(PRINTER, "print-head", "printed-km") == 7


def test_a_counter_that_was_never_read_tells_nothing() -> None:
    book, _, _ = wear_book()
    assert book.run(PRINTER, "printed-km") is None and book.of_part(PRINTER, "print-head", "printed-km") is None


def test_use_per_day_is_known_after_a_day() -> None:
    book, _, clock = wear_book()
    read(book, 100)
    assert book.meters[PRINTER, "printed-km"].per_day is None
    clock.advance_to(4 * US_PER_DAY)
    read(book, 108)
    assert book.meters[PRINTER, "printed-km"].per_day == pytest.approx(2.0)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_reading_that_no_counter_can_give_is_refused_and_nothing_noted(value: float) -> None:
    book, journal, _ = wear_book()
    with pytest.raises(UsageError):
        read(book, value)
    assert journal.events == []


steps = st.lists(st.one_of(st.integers(0, 1000), st.sampled_from(["part", "part-unread"])), max_size=30)


@given(steps)
def test_wear_never_falls_below_nothing_and_what_a_counter_has_run_never_falls(course: list[int | str]) -> None:
    book, journal, _ = wear_book()
    run = 0.0
    for number, step in enumerate(course):
        if isinstance(step, int):
            read(book, step)
        else:
            replaced(book, wear_at=None if step == "part-unread" else 7, serial=f"N-{number}")
        now, wear = book.run(PRINTER, "printed-km"), book.of_part(PRINTER, "print-head", "printed-km")
        assert now is None or now >= run
        assert wear is None or (now is not None and 0 <= wear <= now)
        run = now or run
    again = Wear(Recorder(MemoryJournal(), FakeClock()))
    for event in journal.events:
        again.hear(event)
    assert (again.meters, again.parts, again.restarts) == (book.meters, book.parts, book.restarts)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_counter_that_never_goes_back_has_run_what_it_says(values: list[int]) -> None:
    meter = Meter()
    for at_us, value in enumerate(sorted(values)):
        assert not meter.goes_back(value)
        meter = meter.read(value, at_us)
    assert meter.run == max(values)
