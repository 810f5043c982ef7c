"""The queue kiosk: the thermal printer's driver with wider paper, and the ticket itself."""

from __future__ import annotations

import pytest

from caixue.drivers import thermal_printer
from caixue.drivers.queue_kiosk import CARD, QueueKiosk
from caixue.errors import DeviceError
from caixue.wire.escpos import QUERIES
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder


class Printing(ScriptedPort):
    """A port that answers every query as a printer that is well, and keeps the job."""

    def write(self, data: bytes, moves: bool = False) -> None:
        self.written.append(data)
        self.received += b"\x12" if data in QUERIES else b""


def kiosk(port: ScriptedPort) -> QueueKiosk:
    return QueueKiosk("kiosk-1", port, port.fake_clock, recorder(port.fake_clock)[0])


def test_a_ticket_shows_the_number_and_how_many_are_ahead() -> None:
    port = Printing((), FakeClock())
    receipt = kiosk(port).print_ticket("A042", 7)
    assert "A042" in receipt.lines and any("7" in line for line in receipt.lines)
    assert "A042".encode("gb18030") in b"".join(port.written)


def test_a_row_holds_forty_eight_columns() -> None:
    assert kiosk(Printing((), FakeClock())).print_receipt(["9" * 48]).lines == ("9" * 48,)
    assert len(kiosk(Printing((), FakeClock())).print_receipt(["9" * 49]).lines) == 2


def test_a_number_that_looks_like_a_command_is_printed_as_text() -> None:
    port = Printing((), FakeClock())
    kiosk(port).print_ticket("A\x1bp\x00\x10\x14\x01", 0)
    job = b"".join(data for data in port.written if data not in QUERIES)
    assert b"\x1bp" not in job and b"\x10\x14" not in job


def test_without_paper_no_ticket_is_sent() -> None:
    replies = (b"\x1a", b"\x32", b"\x12", b"\x7e")
    port = ScriptedPort(list(zip(QUERIES, replies, strict=True)), FakeClock())
    with pytest.raises(DeviceError, match="nothing was printed"):
        kiosk(port).print_ticket("A001", 0)
    assert port.finished


def test_the_card_differs_from_the_windows_printer_in_paper_alone() -> None:
    base = thermal_printer.CARD
    assert CARD.alarms == base.alarms and CARD.commands == base.commands and CARD.protocol == base.protocol
    assert CARD.limits["roll_mm"] / CARD.limits["slip_mm"] == 800
    assert {key for key in base.limits if base.limits[key] != CARD.limits[key]} == {"columns", "roll_mm", "near_end_mm"}
