"""The call display driver: lines of the open profile, text that stays text, and the two ways in which nobody sees a call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.call_display import CARD, CallDisplay
from caixue.errors import DeviceError, GarbledReply, UsageError
from caixue.wire import display
from tests.caixue.scripted import FakeClock, Notes, ScriptedPort, recorder

# Written out by hand from the profile: 53 xor 54 xor 41 xor 54 is 12.
STATUS = b"$STAT*12\r"
SHOW = b"$SHOW,1,3,413030372020C7EBB5BD33BAC5B4B0BFDA*"


def bench(*script: tuple[bytes, bytes | None]) -> tuple[CallDisplay, ScriptedPort, FakeClock, Notes]:
    clock = FakeClock()
    port = ScriptedPort(script, clock, name="waiting-display", baudrate=9600)
    record, notes = recorder(clock)
    return CallDisplay("waiting-display", port, clock, record), port, clock, notes


def test_a_call_travels_as_gb18030_in_hex_with_a_check() -> None:
    line = SHOW + b"%02X\r" % _xor(SHOW[1:-1])
    panel, port, _, _ = bench((line, b"$OK,1*%02X\r" % _xor(b"OK,1")))
    panel.show(3, "A007  请到3号窗口")
    assert port.finished


def test_a_call_that_the_panel_took_twice_is_the_same_call() -> None:
    line = display.line("SHOW", 1, 1, display.encode("A1"))
    panel, port, _, notes = bench((line, None), (line, display.line("OK", 1)))
    panel.show(1, "A1")
    assert port.finished and notes.kinds == ["link.timeout", "device.recovered"]


def test_an_answer_to_another_change_is_not_taken_for_this_one() -> None:
    line = display.line("CLEAR", 1)
    panel, _, _, _ = bench(*[(line, display.line("OK", 999))] * 3)
    with pytest.raises(GarbledReply):
        panel.clear()


def test_a_refused_change_is_a_device_error() -> None:
    panel, _, _, _ = bench((display.line("CLEAR", 1), display.line("ERR", 1)))
    with pytest.raises(DeviceError, match="CLEAR"):
        panel.clear()


@pytest.mark.parametrize("row", [0, 13, -1])
def test_a_row_that_it_does_not_have_is_refused_before_anything_is_sent(row: int) -> None:
    panel, port, _, _ = bench()
    with pytest.raises(UsageError):
        panel.show(row, "A1")
    assert port.written == []


def test_a_dark_panel_reports_a_black_screen() -> None:
    panel, _, _, _ = bench((STATUS, display.line("STAT", 1, 4, 4, 2)))
    assert panel.status().alarms == ("black-screen",)


def test_a_call_that_was_taken_and_not_shown_is_stale_after_two_seconds_and_not_before() -> None:
    line, behind = display.line("SHOW", 1, 1, display.encode("A1")), display.line("STAT", 0, 1, 0, 1)
    panel, _, clock, _ = bench((line, display.line("OK", 1)), (STATUS, behind), (STATUS, behind))
    panel.show(1, "A1")
    assert panel.status().alarms == ()
    clock.sleep(CARD.durations_s["stale"])
    assert panel.status().alarms == ("stale-call",)


@given(text=st.text(max_size=60))
def test_whatever_is_called_the_line_holds_no_command_and_no_control_byte(text: str) -> None:
    line = display.line("SHOW", 1, 1, display.encode(text))
    assert line.count(b"$") == 1 and line.count(b"*") == 1 and line.count(b"\r") == 1 and line.endswith(b"\r")
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])


@pytest.mark.parametrize(
    ("text", "shown"), [("A1\r$CLEAR,9*00\r", "A1 $CLEAR,9*00 "), ("A1*00", "A1*00"), ("\x1b@A1", "@A1"), ("甲\x00乙", "甲乙")]
)
def test_text_that_looks_like_a_command_is_shown_as_text(text: str, shown: str) -> None:
    panel, port, _, _ = bench()
    port.write = lambda data, moves=False: (port.written.append(data), port.received.extend(display.line("OK", 1)))[0]  # type: ignore[method-assign]
    panel.show(1, text)
    _, _, row, sent = display.fields(port.written[0][:-1].decode())
    assert (row, display.decode(sent)) == ("1", shown)


@given(data=st.text(max_size=90))
def test_any_line_has_fields_or_is_garbled(data: str) -> None:
    try:
        display.fields(data)
    except GarbledReply:
        return


@given(digits=st.text(alphabet="0123456789ABCDEFG", max_size=40))
def test_any_digits_are_a_text_without_control_characters_or_none(digits: str) -> None:
    text = display.decode(digits)
    assert text is None or text == "" or text.isprintable()


def _xor(data: bytes) -> int:
    check = 0
    for byte in data:
        check ^= byte
    return check
