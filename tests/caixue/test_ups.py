"""The UPS driver: the exchange printed in the Megatec document, every alarm, and a shutdown that is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.ups import CARD, Ups, UpsOptions
from caixue.errors import DeviceError, GarbledReply, ReplyTimeout, UncertainOutcome, UsageError
from caixue.wire import megatec
from tests.caixue.scripted import FakeClock, Notes, ScriptedPort, recorder

# Megatec Protocol information 2.7, C.1 and its example: 208.4 V in, 34 % load, on bypass and failed, not shutting down.
EXAMPLE = b"(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000\r"
WELL = b"(220.0 220.0 220.0 050 50.0 2.27 28.0 00000000\r"
SHUTTING_DOWN = b"(000.0 000.0 220.0 050 00.0 2.00 28.0 10000011\r"
ON_BATTERY = b"(000.0 000.0 220.0 050 00.0 2.00 28.0 10000001\r"


def bench(*script: tuple[bytes, bytes | None]) -> tuple[Ups, ScriptedPort, Notes]:
    clock = FakeClock()
    port = ScriptedPort(script, clock, name="ups-room", baudrate=2400)
    record, notes = recorder(clock)
    return Ups("ups-room", port, clock, record), port, notes


def status_of(reply: bytes) -> tuple[str, ...]:
    ups, _, _ = bench((b"Q1\r", reply))
    return ups.status().alarms


def test_the_example_of_the_megatec_document_reads_as_it_says_there() -> None:
    ups, port, _ = bench((b"Q1\r", EXAMPLE))
    reading = ups.status()
    assert reading.alarms == ("on-bypass", "ups-failed") and reading.state == "fault"
    shown = [reading.values[key] for key in ("input_v", "output_v", "load_percent", "input_hz", "battery_v", "temperature_c")]
    assert shown == [208.4, 208.4, 34, 59.9, 2.05, 35.0]
    assert port.finished


def test_the_rating_is_read_in_the_form_of_the_document() -> None:
    ups, _, _ = bench((b"F\r", b"#220.0 010 024.0 50.0\r"))
    assert ups.rating() == megatec.Rating(220.0, 10, 24.0, 50.0)


@pytest.mark.parametrize(
    ("reply", "alarm"),
    [
        (WELL.replace(b"00000000", b"10000001"), "on-battery"),
        (WELL.replace(b"00000000", b"01000000"), "battery-low"),
        (WELL.replace(b"00000000", b"00100000"), "on-bypass"),
        (WELL.replace(b"00000000", b"00010000"), "ups-failed"),
        (WELL.replace(b" 050 ", b" 101 "), "overload"),
        (WELL.replace(b"28.0", b"45.1"), "overheated"),
    ],
)
def test_each_alarm_of_the_card_has_its_sign_in_the_status(reply: bytes, alarm: str) -> None:
    assert status_of(reply) == (alarm,)


def test_the_limits_themselves_are_still_well() -> None:
    assert status_of(WELL.replace(b" 050 ", b" 100 ").replace(b"28.0", b"45.0")) == ()


def test_a_shutdown_is_certain_only_when_the_status_shows_it() -> None:
    ups, port, notes = bench((b"S.2\r", None), (b"Q1\r", SHUTTING_DOWN))
    ups.shut_down(12)
    assert port.finished and "device.refused" not in notes.kinds


def test_a_shutdown_that_the_status_does_not_show_was_refused() -> None:
    ups, _, _ = bench((b"S01\r", None), (b"Q1\r", ON_BATTERY))
    with pytest.raises(DeviceError, match="did not take"):
        ups.shut_down(60)


def test_a_shutdown_that_cannot_be_read_back_is_uncertain() -> None:
    ups, _, _ = bench((b"S01\r", None), *[(b"Q1\r", None)] * 3)
    with pytest.raises(UncertainOutcome):
        ups.shut_down(60)


def test_a_cancelled_shutdown_is_read_back_too() -> None:
    ups, port, _ = bench((b"C\r", None), (b"Q1\r", ON_BATTERY), (b"C\r", None), (b"Q1\r", SHUTTING_DOWN))
    ups.cancel_shutdown()
    with pytest.raises(DeviceError, match="did not cancel"):
        ups.cancel_shutdown()
    assert port.finished


def test_the_battery_test_is_started_by_one_command() -> None:
    ups, port, _ = bench((b"T\r", None))
    ups.test()
    assert port.finished


@pytest.mark.parametrize(
    ("after_s", "command"), [(12, b"S.2\r"), (13, b"S.3\r"), (54, b"S.9\r"), (55, b"S01\r"), (61, b"S02\r"), (600, b"S10\r")]
)
def test_a_shutdown_never_comes_sooner_than_asked(after_s: float, command: bytes) -> None:
    assert megatec.shutdown(after_s) == command
    taken_s = megatec.shutdown_s(command[:-1])
    assert taken_s is not None and taken_s >= after_s


@pytest.mark.parametrize("after_s", [0, 11.9, 601])
def test_a_shutdown_out_of_range_is_refused_before_anything_is_sent(after_s: float) -> None:
    ups, port, _ = bench()
    with pytest.raises(UsageError):
        ups.shut_down(after_s)
    assert port.written == []


def test_silence_is_a_timeout_after_bounded_retries() -> None:
    ups, port, notes = bench(*[(b"Q1\r", None)] * 3)
    with pytest.raises(ReplyTimeout):
        ups.status()
    assert port.finished and notes.kinds == ["link.timeout"] * 3


@given(text=st.text(max_size=80))
def test_any_text_is_a_status_or_garbled(text: str) -> None:
    for parse in (megatec.parse_status, megatec.parse_rating):
        try:
            parse(text)
        except GarbledReply:
            continue


@given(st.integers(0, 2400), st.integers(0, 100), st.integers(0, 255), st.integers(150, 240))
def test_a_status_survives_the_wire(volts: int, load: int, flags: int, cell: int) -> None:
    status = megatec.Status(volts / 10, volts / 10, volts / 10, load, 50.0, cell / 100, 25.0, flags)
    assert megatec.parse_status(status.line()[:-1].decode()) == status


def test_a_site_may_say_what_the_ups_feeds_and_nothing_else() -> None:
    options = UpsOptions.of({"feeds": ["kiosk-*"], "shutdown_after": "4 min"}, "ups-room")
    assert (options.feeds, options.shutdown_after_us, options.battery_wh) == (("kiosk-*",), 240_000_000, CARD.limits["battery_wh"])
    with pytest.raises(UsageError, match="ups-room"):
        UpsOptions.of({"feed": ["kiosk-*"]}, "ups-room")
