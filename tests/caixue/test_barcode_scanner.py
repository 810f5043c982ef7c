"""The scanner driver: it passes on what was read now, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers.barcode_scanner import CARD, BarcodeScanner
from caixue.errors import GarbledReply, LinkError, ReplyTimeout
from caixue.wire.lines import LineSplitter
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, ScriptedPort, recorder
from twin.devices.barcode_scanner import BarcodeScannerModel
from twin.devices.base import DeviceModel
from twin.devices.label_printer import PrintedLabel

TRIGGER, STATUS = b"\x16T\r", b"\x16S\r"
SILENCE = None
Piece = tuple[float, bytes]  # seconds after the question, bytes of the answer
LABEL = PrintedLabel("window-1.label-printer", 1, "261123000042", "261123000042", True)


class Bench:
    """A driver, its port, and what it journals."""

    def __init__(self, port: ScriptedPort | LoopPort, clock: FakeClock) -> None:
        self.port, self.clock = port, clock
        recording, self.journal = recorder(clock)
        self.driver = BarcodeScanner("bench", port, clock, recording)


class Speaker(DeviceModel):
    """Answers each question with its own list of pieces."""

    card = CARD

    def __init__(self, answers: list[list[Piece]]) -> None:
        super().__init__("bench")
        self.answers = answers

    def feed(self, data: bytes) -> None:
        for after_s, piece in self.answers.pop(0):
            self.call_later(round(after_s * 1_000_000), self.send, piece)


def bench(*script: tuple[bytes, bytes | None]) -> Bench:
    clock = FakeClock()
    return Bench(ScriptedPort(script, clock, name="bench", baudrate=CARD.baudrate), clock)


def heard(*answers: list[Piece]) -> Bench:
    clock = FakeClock()
    return Bench(LoopPort(Speaker(list(answers)), clock), clock)


def coupled() -> tuple[Bench, BarcodeScannerModel]:
    clock, model = FakeClock(), BarcodeScannerModel("window-1.verify-scanner")
    return Bench(LoopPort(model, clock), clock), model


def test_a_code_is_passed_on_as_it_was_read():
    assert bench((TRIGGER, b"261123000042\r")).driver.scan() == "261123000042"


def test_no_read_is_none():
    assert bench((TRIGGER, b"NOREAD\r")).driver.scan() is None


def test_an_answer_in_pieces_is_one_answer():
    assert heard([(0.08 + index / 100, bytes([byte])) for index, byte in enumerate(b"261123000042\r")]).driver.scan() == "261123000042"


def test_what_came_in_unasked_is_thrown_away():
    script = heard([(0.002, b"OK\r"), (0.5, b"999999999999\r")], [(0.08, b"261123000042\r")])
    script.driver.status()
    script.clock.sleep(1)
    assert script.driver.scan() == "261123000042"


def test_a_code_that_comes_too_late_is_not_taken_for_the_next_tube():
    script = heard([(0.9, b"000000000001\r")], [(0.08, b"261123000042\r")])
    assert script.driver.scan() == "261123000042"
    assert script.journal.kinds == ["link.timeout", "device.recovered"]


@pytest.mark.parametrize(
    "reply",
    [b"\r", b"261123000042", b"2611230\x0000042\r", b"\xb261123000042\r", b"1\r2\r", b"1" * 65 + b"\r", b"261123000042\r\n"],
    ids=["empty", "no-end", "nul", "eighth-bit", "two-lines", "too-long", "foreign-suffix"],
)
def test_what_is_not_one_line_of_printable_text_is_garbled(reply: bytes):
    script = bench(*[(TRIGGER, reply)] * 3)
    with pytest.raises(GarbledReply):
        script.driver.scan()
    assert script.journal.kinds == ["link.garbled"] * 3


def test_a_damaged_code_is_read_again():
    script = bench((TRIGGER, b"26112\x81000042\r"), (TRIGGER, b"261123000042\r"))
    assert script.driver.scan() == "261123000042"


def test_a_silent_scanner_costs_exactly_its_timeouts_and_quiet_times():
    script = bench(*[(TRIGGER, SILENCE)] * 3)
    with pytest.raises(ReplyTimeout):
        script.driver.scan()
    assert script.clock.now_us == 5 * CARD.reply_timeout_s * 1_000_000


def test_an_answer_other_than_ok_is_not_health():
    with pytest.raises(GarbledReply):
        bench(*[(STATUS, b"261123000042\r")] * 3).driver.status()


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_a_text_a_no_read_or_a_link_error(replies: list[bytes]):
    script = bench(*[(TRIGGER, reply) for reply in replies])
    try:
        text = script.driver.scan()
    except LinkError:
        return
    assert text is None or (text.isascii() and text.isprintable() and 1 <= len(text) <= 64)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"bc", b"x" * 3000]), max_size=12))
@settings(max_examples=60, deadline=None)
def test_lines_do_not_depend_on_chunks(parts: list[bytes]):
    data = b"".join(parts)
    single = LineSplitter()
    assert [line for byte in data for line in single.feed(bytes([byte]))] == LineSplitter().feed(data)


# With the model at the other end of the line.


@pytest.mark.parametrize(("view", "read"), [(LABEL, "261123000042"), (None, None)], ids=["a-label", "nothing"])
def test_driver_and_model_agree_on_what_is_there(view: PrintedLabel | None, read: str | None):
    room, model = coupled()
    model.target = lambda: view
    assert room.driver.scan() == read
    assert room.driver.status().state == "ready"
    assert room.journal.events == []


def test_a_scanner_that_falls_silent_is_found_and_found_again_when_it_speaks():
    room, model = coupled()
    model.begin("silence")
    with pytest.raises(ReplyTimeout):
        room.driver.status()
    model.end("silence")
    room.driver.status()
    assert room.journal.kinds == ["link.timeout"] * 3 + ["device.recovered"]


# Presentation mode: codes that come unasked.


def pushed(*pieces: Piece) -> Bench:
    """A line on which these pieces come by themselves, at their seconds."""
    clock = FakeClock()
    room = Bench(LoopPort(Speaker([]), clock), clock)
    for at_s, piece in pieces:
        clock.call_later(round(at_s * 1_000_000), room.port.received.extend, piece)
    return room


def test_a_code_that_is_shown_to_the_scanner_comes_unasked():
    room, model = coupled()
    room.clock.call_later(3_000_000, model.present, LABEL)
    assert room.driver.wait_for_code(10.0) == "261123000042"
    assert room.port.written == [] and 3_000_000 < room.clock.now_us < 3_200_000


def test_without_a_code_the_wait_ends_after_its_time():
    room = pushed()
    assert room.driver.wait_for_code(2.0) is None
    assert room.clock.now_us == 2_000_000 and room.journal.kinds == []


def test_codes_that_come_in_one_piece_are_given_in_order():
    room = pushed((0.1, b"P000001\rP000002\rP000003\r"))
    assert [room.driver.wait_for_code(1.0) for _ in range(4)] == ["P000001", "P000002", "P000003", None]


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_code_in_two_pieces_is_one_code(cut: int):
    assert pushed((0.1, b"P000001\r"[:cut]), (0.13, b"P000001\r"[cut:])).driver.wait_for_code(1.0) == "P000001"


def test_half_a_code_is_never_the_beginning_of_the_next():
    room = pushed((0.1, b"P0000"), (0.5, b"P000002\r"))
    with pytest.raises(GarbledReply):
        room.driver.wait_for_code(1.0)
    assert room.driver.wait_for_code(1.0) == "P000002"
    assert room.journal.kinds == ["link.garbled", "device.recovered"]


def test_a_wait_that_ends_within_a_code_waits_for_its_end():
    assert pushed((0.99, b"P0000"), (1.02, b"01\r")).driver.wait_for_code(1.0) == "P000001"


def test_babble_without_an_end_is_garbled_and_not_kept():
    room = pushed(*[(0.1 + index / 100, b"x" * 20) for index in range(200)])
    with pytest.raises(GarbledReply):
        room.driver.wait_for_code(10.0)
    assert room.clock.now_us < 500_000


def test_a_trigger_never_takes_an_older_code_that_came_unasked_for_its_answer():
    room, model = coupled()
    old = PrintedLabel("p", 1, "000000000001", "000000000001", True)
    model.target = lambda: LABEL
    for _ in range(2):
        model.present(old)
    assert room.driver.wait_for_code(1.0) == "000000000001"
    model.present(old)
    room.clock.sleep(1)
    assert room.driver.scan() == "261123000042"
    assert room.driver.wait_for_code(1.0) is None


def test_a_trigger_throws_away_the_codes_that_were_kept():
    room = heard([(0.08, b"261123000042\r")])
    room.port.received += b"P000001\rP000002\r"
    assert room.driver.wait_for_code(1.0) == "P000001"
    assert room.driver.scan() == "261123000042"
    assert room.driver.wait_for_code(1.0) is None


def test_the_late_answer_to_a_trigger_is_not_a_code_that_somebody_shows():
    late = CARD.reply_timeout_s + 0.3
    room = heard([(late, b"000000000001\r")], [(late, b"000000000001\r")], [(late, b"000000000001\r")])
    with pytest.raises(ReplyTimeout):
        room.driver.scan()
    room.clock.call_later(1_500_000, room.port.received.extend, b"P000002\r")
    assert room.driver.wait_for_code(5.0) == "P000002"


def test_a_monitor_can_ask_while_somebody_waits_for_a_code():
    room, _ = coupled()
    assert room.driver.wait_for_code(2.0) is None
    assert room.clock.locks[0].taken >= 8


@given(st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=12)), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_bytes_that_come_unasked_are_a_code_or_nothing_or_the_declared_error(pieces: list[tuple[int, bytes]]):
    room = pushed(*[(at / 100, piece) for at, piece in pieces])
    for _ in range(4):
        try:
            code = room.driver.wait_for_code(1.0)
        except LinkError:
            continue
        assert code is None or (0 < len(code) <= 64 and code.isascii() and code.isprintable())
    assert room.clock.now_us <= 30_000_000
