"""The queue kiosk's model through its driver: tickets on wide paper, and the faults of its printer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers.queue_kiosk import CARD, QueueKiosk
from caixue.errors import DeviceError, LinkError
from caixue.wire.escpos import QUERIES
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices import thermal_printer
from twin.devices.queue_kiosk import FAULTS, QueueKioskModel


class Bench:
    """A model and its driver."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.model = QueueKioskModel("kiosk-1")
        self.driver = QueueKiosk("kiosk-1", LoopPort(self.model, self.clock), self.clock, recorder(self.clock)[0])


def test_a_ticket_comes_out_with_its_number() -> None:
    bench = Bench()
    receipt = bench.driver.print_ticket("A042", 7)
    assert "A042" in bench.model.printed and set(receipt.lines) <= set(bench.model.printed)
    assert bench.model.cuts == 1


def test_a_row_of_forty_eight_columns_is_printed_as_one() -> None:
    bench = Bench()
    bench.driver.print_receipt(["9" * 48])
    assert "9" * 48 in bench.model.printed


def test_a_roll_gives_more_than_eight_hundred_tickets() -> None:
    bench = Bench()
    bench.driver.print_ticket("A042", 7)
    used_mm = bench.model.head_mm
    assert CARD.limits["roll_mm"] / used_mm > 800


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_fault_stops_a_ticket_and_is_over_after_the_repair(row) -> None:
    bench, shown = Bench(), []
    bench.model.effects[row.symptom] = lambda: shown.append(row.kind)
    bench.model.begin(row.symptom, **row.detail)
    with pytest.raises((DeviceError, LinkError)):
        bench.driver.print_ticket("A042", 7)
    assert shown == [row.kind]
    bench.model.end(row.symptom)
    bench.clock.sleep(5)
    assert bench.driver.status().state == "ready"


def test_its_faults_are_those_of_the_windows_printer() -> None:
    assert [(row.kind, row.symptom) for row in FAULTS] == [(row.kind, row.symptom) for row in thermal_printer.FAULTS]
    assert {row.device for row in FAULTS} == {"queue-kiosk"}


@given(
    st.lists(st.sampled_from([*QUERIES, "采血 A001\n".encode("gb18030"), b"9" * 50, b"\n", b"\x1dV\x00", b"\x10", b"\x04"]), max_size=12)
)
@settings(max_examples=40, deadline=None)
def test_any_chunks_of_the_same_bytes_print_the_same(parts: list[bytes]) -> None:
    data, printed = b"".join(parts), []
    for piecewise in (False, True):
        bench = Bench()
        for piece in (data[at : at + 1] for at in range(len(data))) if piecewise else (data,):
            bench.model.feed(piece)
        bench.clock.run_out()
        printed.append(list(bench.model.printed))
    assert printed[0] == printed[1]
