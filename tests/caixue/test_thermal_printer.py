"""The receipt printer's driver: bytes by script, and against the model."""

from __future__ import annotations

import re

import pytest
from escpos.escpos import Escpos
from hypothesis import given
from hypothesis import strategies as st

from caixue import fonts
from caixue.drivers.receipt import typeset
from caixue.drivers.thermal_printer import CARD, Paper, ThermalPrinter
from caixue.errors import DeviceError, GarbledReply, LinkLost, ReplyTimeout, UncertainOutcome, UsageError
from caixue.wire import escpos
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, Notes, ScriptedPort, recorder
from twin.devices.escpos_page import Picture
from twin.devices.thermal_printer import ThermalPrinterModel

HEALTHY = "12 12 12 12"
OUT_OF_PAPER = "1a 32 12 7e"  # docs.rs, hardless-http-dialects: the replies 1A, 32 and 7E to n = 1, 2 and 4
RECEIPT = ("采血回执", "Window 3")
# ESC @, ESC a 0, FS & 采血回执 LF, Window 3 LF, ESC d 6, GS V 0
JOB = bytes.fromhex("1b40 1b6100 1c26 b2c9d1aabbd8d6b4 0a 57696e646f772033 0a 1b6406 1d5600")
HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("\x00\x04\x05\n\x10\x14\x1b\x1c\x1d\x7f@&V〓㐀䶮𠮷张三\ud800")), max_size=60)


def answers(replies: str) -> list[tuple[bytes, bytes]]:
    """One whole status as a script."""
    return list(zip(escpos.QUERIES, (bytes((value,)) for value in bytes.fromhex(replies)), strict=True))


def scripted(*script: tuple[bytes, bytes | Exception | None], received: bytes = b"") -> tuple[ThermalPrinter, ScriptedPort, Notes]:
    port = ScriptedPort(script, name="window-3.thermal-printer", received=received)
    record, notes = recorder(port.fake_clock)
    return ThermalPrinter("window-3.thermal-printer", port, port.fake_clock, record), port, notes


def coupled(**options: bool) -> tuple[ThermalPrinter, ThermalPrinterModel, LoopPort, Notes]:
    clock = FakeClock()
    model = ThermalPrinterModel("window-3.thermal-printer")
    port = LoopPort(model, clock, **options)
    record, notes = recorder(clock)
    return ThermalPrinter(model.name, port, clock, record), model, port, notes


def test_a_healthy_printer_is_ready_after_four_queries_one_at_a_time() -> None:
    printer, port, notes = scripted(*answers(HEALTHY))
    reading = printer.status()
    assert (reading.state, reading.alarms, printer.paper) == ("ready", (), Paper.PLENTY)
    assert reading.values == {"printer": 0x12, "offline": 0x12, "error": 0x12, "paper": 0x12}
    assert port.finished and port.fake_clock.locks[0].taken == 4 and notes.kinds == []


def test_the_public_out_of_paper_replies_mean_paper_out_and_nothing_else_that_blocks() -> None:
    printer, _, _ = scripted(*answers(OUT_OF_PAPER))
    reading = printer.status()
    assert (reading.state, reading.alarms) == ("fault", ("paper-out", "paper-near-end"))
    assert printer.paper is Paper.OUT


@pytest.mark.parametrize(
    ("replies", "state", "alarms"),
    [
        ("16 12 12 12", "ready", ()),  # a cash drawer's pin
        ("12 12 12 1e", "ready", ("paper-near-end",)),
        ("12 12 12 16", "ready", ("paper-near-end",)),
        ("1a 16 12 12", "fault", ("cover-open",)),
        ("1a 52 1a 12", "fault", ("cutter-jam",)),
        ("1a 52 16 12", "fault", ("mechanical-error",)),
        ("1a 52 32 12", "fault", ("unrecoverable-error",)),
        ("1a 52 52 12", "fault", ("overheated",)),
        ("1a 16 12 7e", "fault", ("cover-open", "paper-out", "paper-near-end")),
        ("12 32 12 12", "fault", ("paper-out",)),
        ("1a 12 12 12", "fault", ("offline",)),
        ("12 52 12 12", "fault", ("offline",)),
        ("1a 1a 12 12", "busy", ()),  # the FEED button is held down
    ],
)
def test_each_status_bit_has_its_meaning(replies: str, state: str, alarms: tuple[str, ...]) -> None:
    printer, _, _ = scripted(*answers(replies))
    reading = printer.status()
    assert (reading.state, reading.alarms) == (state, alarms)


@given(st.tuples(*[st.sampled_from(sorted(escpos.ANSWERS))] * 4))
def test_a_printer_that_says_it_is_offline_or_in_error_is_never_ready(replies: tuple[bytes, ...]) -> None:
    printer, _, _ = scripted(*zip(escpos.QUERIES, replies, strict=True))
    reading = printer.status()
    printing, cause, error, paper = b"".join(replies)
    if printing & 0x08 or cause & 0x64 or error & 0x6C or paper & 0x60:
        assert reading.state != "ready"
    assert (reading.state == "fault") == bool(printer.blocking_alarms.intersection(reading.alarms))


def test_alarms_are_journaled_when_they_come_and_when_they_go() -> None:
    printer, _, notes = scripted(*answers(OUT_OF_PAPER), *answers(OUT_OF_PAPER), *answers(HEALTHY))
    for _ in range(3):
        printer.status()
    assert [(event.kind, event.data["alarm"]) for event in notes.events] == [
        ("alarm.raised", "paper-out"),
        ("alarm.raised", "paper-near-end"),
        ("alarm.cleared", "paper-out"),
        ("alarm.cleared", "paper-near-end"),
    ]


def test_a_silent_printer_costs_exactly_its_timeout_and_its_paper_becomes_unknown() -> None:
    printer, port, notes = scripted(*answers(HEALTHY), (escpos.QUERIES[0], None))
    printer.status()
    before_us = port.fake_clock.now_us
    with pytest.raises(ReplyTimeout):
        printer.status()
    assert port.fake_clock.now_us - before_us == CARD.reply_timeout_s * 1e6
    assert printer.paper is Paper.UNKNOWN and notes.kinds == ["link.timeout"]


def test_before_the_first_status_the_paper_is_unknown() -> None:
    assert scripted()[0].paper is Paper.UNKNOWN


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    printer, model, port, notes = coupled()
    model.load_roll(2_000.0)
    write = port.write

    def slow_in_the_last(data: bytes) -> None:
        model.reply_us = 1_500_000 if data == escpos.QUERIES[3] else 2_000
        write(data)

    with monkeypatch.context() as slow, pytest.raises(ReplyTimeout):
        slow.setattr(port, "write", slow_in_the_last)
        printer.status()
    model.reply_us = 2_000
    reading = printer.status()  # 1E, the late answer, would mean offline to DLE EOT 1
    assert (reading.state, reading.values["printer"], reading.values["paper"]) == ("ready", 0x12, 0x1E)
    assert notes.kinds == ["link.timeout", "alarm.raised", "device.recovered"]


@pytest.mark.parametrize("garbage", ["00", "ff", "13 00", "80", "02", "1b"])
def test_a_byte_without_the_fixed_bits_is_garbled_and_never_fine(garbage: str) -> None:
    printer, _, notes = scripted((escpos.QUERIES[0], bytes.fromhex(garbage)))
    with pytest.raises(GarbledReply):
        printer.status()
    assert notes.kinds == ["link.garbled"] and printer.paper is Paper.UNKNOWN


def test_two_answers_in_one_piece_do_not_shift_the_meaning_of_the_next() -> None:
    script = answers(HEALTHY)
    script[0] = (script[0][0], b"\x12\x7e")
    printer, port, _ = scripted(*script)
    assert printer.status().alarms == () and port.finished


@pytest.mark.parametrize("unasked", ["10 00 00 00", "18 00 0f 00", "11", "13 11", "10 00 00 00 11"])
def test_automatic_status_and_flow_control_that_nobody_asked_for_are_passed_over(unasked: str) -> None:
    script = answers(HEALTHY)
    script[2] = (script[2][0], bytes.fromhex(unasked) + b"\x12")
    printer, port, notes = scripted(*script)
    assert printer.status().state == "ready"
    assert port.finished and notes.kinds == []


def test_endless_unasked_bytes_end_as_garbled() -> None:
    printer, _, _ = scripted((escpos.QUERIES[0], b"\x11" * 50))
    with pytest.raises(GarbledReply):
        printer.status()


def test_what_was_received_before_the_question_is_no_answer() -> None:
    printer, port, _ = scripted(*answers(OUT_OF_PAPER), received=b"\x12\x12\x12\x12")
    assert printer.status().state == "fault" and port.finished


def test_a_port_that_is_gone_is_journaled_and_told() -> None:
    printer, _, notes = scripted((escpos.QUERIES[0], LinkLost("gone", device="port")))
    with pytest.raises(LinkLost):
        printer.status()
    assert notes.kinds == ["link.lost"]


def test_a_receipt_is_these_bytes_between_two_statuses() -> None:
    printer, port, notes = scripted(*answers(HEALTHY), (JOB, None), *answers(HEALTHY))
    receipt = printer.print_receipt(RECEIPT)
    assert (receipt.lines, receipt.rastered, receipt.missing) == (RECEIPT, (), ())
    assert port.finished and notes.kinds == []


def test_the_driver_sleeps_as_long_as_wire_lines_and_cut_take_and_not_on_the_lock() -> None:
    printer, port, _ = scripted(*answers(HEALTHY), (JOB, None), *answers(HEALTHY))
    port.fake_clock.call_later(100_000, lambda: held.append(port.fake_clock.locks[0].held))
    held: list[bool] = []
    printer.print_receipt(RECEIPT)
    assert port.fake_clock.sleeps == [pytest.approx(len(JOB) * 10 / 19200 + 8 * 0.06 + 0.4 + 0.1)]
    assert held == [False] and port.fake_clock.locks[0].taken == 9


@pytest.mark.parametrize(("replies", "alarm"), [(OUT_OF_PAPER, "paper-out"), ("1a 16 12 12", "cover-open"), ("1a 52 1a 12", "cutter-jam")])
def test_nothing_is_sent_to_a_printer_that_cannot_print(replies: str, alarm: str) -> None:
    printer, port, notes = scripted(*answers(replies))
    with pytest.raises(DeviceError, match="nothing was printed") as caught:
        printer.print_receipt(RECEIPT)
    assert (caught.value.alarm, CARD.alarms[caught.value.code].name) == (alarm, alarm)
    assert port.finished and notes.kinds[-1] == "device.refused"


def test_a_receipt_is_sent_although_the_roll_is_near_its_end() -> None:
    printer, port, _ = scripted(*answers("12 12 12 1e"), (JOB, None), *answers("12 12 12 1e"))
    printer.print_receipt(RECEIPT)
    assert port.finished and printer.paper is Paper.NEAR_END


@pytest.mark.parametrize("replies", [OUT_OF_PAPER, "1a 16 12 12", "1a 52 1a 12"])
def test_a_printer_that_stops_on_the_way_leaves_an_uncertain_receipt(replies: str) -> None:
    printer, _, notes = scripted(*answers(HEALTHY), (JOB, None), *answers(replies))
    with pytest.raises(DeviceError, match="the receipt is uncertain"):
        printer.print_receipt(RECEIPT)
    assert notes.kinds[-1] == "device.refused"


def test_silence_after_the_job_leaves_an_uncertain_receipt() -> None:
    printer, _, notes = scripted(*answers(HEALTHY), (JOB, None), (escpos.QUERIES[0], None))
    with pytest.raises(UncertainOutcome):
        printer.print_receipt(RECEIPT)
    assert notes.kinds == ["link.timeout"]


def test_a_port_lost_during_the_job_leaves_an_uncertain_receipt() -> None:
    printer, _, notes = scripted(*answers(HEALTHY), (JOB, LinkLost("gone", device="port")))
    with pytest.raises(UncertainOutcome):
        printer.print_receipt(RECEIPT)
    assert notes.kinds == ["link.lost"]


@pytest.mark.parametrize("lines", [(), ("行",) * 101, ("x" * 32 * 101,)], ids=["none", "101 lines", "one line of 101 rows"])
def test_a_receipt_without_rows_or_with_too_many_is_refused_before_anything_is_sent(lines: tuple[str, ...]) -> None:
    printer, port, _ = scripted()
    with pytest.raises(UsageError):
        printer.print_receipt(lines)
    assert port.finished and port.written == []


def rows(job: bytes) -> list[bytes]:
    """A job taken apart by another reader than the project's own; fails on any byte it cannot place."""
    head, tail = b"\x1b@\x1ba\x00", b"\x1bd\x06\x1dV\x00"
    assert job.startswith(head) and job.endswith(tail)
    body, found = job[len(head) : -len(tail)], []
    while body:
        row = re.match(rb"(?s)\x1dv0\x00\x30\x00\x18\x00.{1152}\x1bJ\x08|(?:\x1c&)?[^\x00-\x1f\x7f]*\n", body)
        assert row is not None, body[:40]
        found.append(row[0])
        body = body[row.end() :]
    return found


@given(st.lists(HOSTILE, min_size=1, max_size=5))
def test_no_text_becomes_a_command_or_adds_a_row(lines: list[str]) -> None:
    job, receipt = typeset(lines, 32, 1000)
    found = rows(job)
    assert len(found) == len(receipt.lines)
    assert re.search(rb"\x10[\x04\x05\x14]", job) is None
    assert tuple(number for number, row in enumerate(found) if row[:1] == b"\x1d") == receipt.rastered
    texts = [
        (row.removeprefix(b"\x1c&")[:-1].decode("gbk"), line) for row, line in zip(found, receipt.lines, strict=True) if row[:1] != b"\x1d"
    ]
    assert all(text == line for text, line in texts)


@given(HOSTILE, HOSTILE)
def test_text_of_the_same_shape_gives_the_same_number_of_commands(first: str, second: str) -> None:
    """Names as short as a row, whatever is in them: one row each."""
    jobs = [typeset([text[:12]], 32, 100)[0] for text in (first, second)]
    assert [len(rows(job)) for job in jobs] == [1, 1]


def test_a_rare_name_is_drawn_and_its_neighbours_are_printed() -> None:
    printer, model, _, _ = coupled()
    receipt = printer.print_receipt(["姓名 㐀䶮", "男 45岁"])
    assert (receipt.rastered, receipt.missing) == ((0,), ())
    picture, line = model.printed
    assert isinstance(picture, Picture) and picture.kind == "raster" and len(picture.data) == 48 * 24 and any(picture.data)
    assert line == "男 45岁"


def test_a_drawn_character_stands_in_the_columns_it_would_have_as_text() -> None:
    printer, model, _, _ = coupled()
    printer.print_receipt(["", "       㐀"])
    picture = model.printed[1]
    assert isinstance(picture, Picture)
    columns = {at % 48 * 8 // 12 for at, byte in enumerate(picture.data) if byte}
    assert columns <= {6, 7, 8} and 7 in columns  # a byte reaches into the column on its left


def test_a_character_that_the_font_lacks_too_is_printed_as_a_geta_mark_and_named() -> None:
    char = next(char for char in map(chr, range(0x3400, 0x4DB6)) if fonts.missing(char))
    printer, model, _, _ = coupled()
    receipt = printer.print_receipt([f"张{char}三{char}"])
    assert (receipt.lines, receipt.rastered, receipt.missing) == (("张〓三〓",), (), (char,))
    assert list(model.printed) == ["张〓三〓"]


@pytest.mark.parametrize("piecewise", [False, True])
def test_what_the_driver_reports_is_what_lies_on_paper(piecewise: bool) -> None:
    printer, model, port, notes = coupled(piecewise=piecewise)
    lines = ["采血回执", "张* 女 window-3", "2611230001 黄帽 血清分离胶 紫帽 EDTA 再加一些字", ""]
    receipt = printer.print_receipt(lines)
    assert tuple(model.printed) == receipt.lines == (*lines[:2], "2611230001 黄帽 血清分离胶 紫帽 ", "EDTA 再加一些字", "")
    assert (model.cuts, model.paper_mm, model.unknown, notes.kinds) == (1, 30_000 - 11 * 4.25, {}, [])
    assert port.fake_clock.next_timer_us() is None  # the driver waited for the cut


def test_a_roll_that_ends_within_the_receipt_makes_it_uncertain_and_the_printer_then_refuses() -> None:
    printer, model, _, _ = coupled()
    model.load_roll(10.0)
    with pytest.raises(DeviceError, match="uncertain"):
        printer.print_receipt(RECEIPT)
    with pytest.raises(DeviceError, match="nothing was printed"):
        printer.print_receipt(RECEIPT)
    model.load_roll()
    assert printer.status().state == "ready"


def test_a_monitor_that_asks_while_a_job_is_on_the_wire_waits_for_it_instead_of_crying_wolf() -> None:
    printer, model, port, notes = coupled()
    readings = []
    port.fake_clock.call_later(500_000, lambda: readings.append(printer.status().state))
    receipt = printer.print_receipt(["㐀"] * 8)  # 9.3 kB are 4.8 s at 19200 baud
    assert readings == ["ready"] and notes.kinds == []
    assert len(model.printed) == len(receipt.lines) == 8 and model.cuts == 1


class EscposOnPort(Escpos):
    """python-escpos with its own status queries, on a port of ours."""

    def __init__(self, port: LoopPort) -> None:
        super().__init__()
        self.port = port

    def _raw(self, msg: bytes) -> None:
        self.port.write(msg)

    def _read(self) -> bytes:
        return self.port.read_some(1.0)


@pytest.mark.parametrize(
    ("paper_mm", "symptom", "online", "paper"),
    [
        (30_000.0, "", True, 2),
        (2_999.0, "", True, 1),
        (0.0, "", False, 0),
        (30_000.0, "cover-open", False, 2),
        (30_000.0, "offline", False, 2),
    ],
)
def test_python_escpos_reads_the_same_state_from_the_model(paper_mm: float, symptom: str, online: bool, paper: int) -> None:
    printer, model, port, _ = coupled()
    model.load_roll(paper_mm)
    if symptom:
        model.begin(symptom)
    judge = EscposOnPort(port)
    assert (judge.is_online(), judge.paper_status()) == (online, paper)
    assert (printer.status().state == "ready") == online
    assert printer.paper is (Paper.OUT, Paper.NEAR_END, Paper.PLENTY)[paper]


# Status that the printer sends by itself.

OPENED = bytes.fromhex("38 00 00 00")  # GS a: offline and cover open
CLOSED = bytes.fromhex("10 00 00 00")
COVER_IS_OPEN = "1a 16 12 12"


def told(printer: ThermalPrinter, port: ScriptedPort) -> None:
    """Switch automatic status on, as the script's first line."""
    port.script.appendleft((b"\x1da\x0f", None))
    printer.tell_changes()


def with_unasked(replies: str, place: int, before: bytes, after: bytes = b"") -> list[tuple[bytes, bytes]]:
    """One whole status whose answer number `place` comes between other bytes."""
    script = answers(replies)
    script[place] = (script[place][0], before + script[place][1] + after)
    return script


def test_switched_on_it_tells_its_state_at_once_and_then_every_change() -> None:
    printer, model, port, notes = coupled()
    printer.tell_changes()
    first = printer.listen(1.0)
    assert first is not None and (first.state, first.alarms) == ("ready", ())
    port.fake_clock.call_later(3_000_000, model.begin, "cover-open")
    told_at = printer.listen(10.0)
    assert told_at is not None and told_at.alarms == ("cover-open",) and printer.paper is Paper.PLENTY
    assert port.fake_clock.now_us < 3_100_000 and len(port.written) == 1
    assert printer.listen(1.0) is None and notes.kinds == ["alarm.raised"]


def test_a_change_and_its_end_between_two_questions_are_both_in_the_journal() -> None:
    printer, model, port, notes = coupled()
    printer.tell_changes()
    printer.status()
    model.begin("cover-open")
    model.end("cover-open")
    port.fake_clock.sleep(1)
    assert printer.status().alarms == ()
    assert notes.kinds == ["alarm.raised", "alarm.cleared"]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(("packet", "replies", "alarms"), [(OPENED, COVER_IS_OPEN, ("cover-open",)), (CLOSED, HEALTHY, ())], ids=["opens", "closes"])
def test_a_change_in_the_middle_of_a_round_makes_the_answers_before_it_old(
    place: int, packet: bytes, replies: str, alarms: tuple[str, ...]
) -> None:
    before = HEALTHY if alarms else COVER_IS_OPEN
    script = [*answers(before)[:place], *with_unasked(replies, place, packet)[place:]]
    printer, port, notes = scripted(*script)
    told(printer, port)
    assert printer.status().alarms == alarms and port.finished
    assert notes.kinds == ["alarm.raised"] * len(alarms)


@pytest.mark.parametrize("cut", range(5))
def test_a_status_split_between_two_answers_is_still_one(cut: int) -> None:
    script = answers(COVER_IS_OPEN)
    script[1] = (script[1][0], script[1][1] + OPENED[:cut])
    script[2] = (script[2][0], OPENED[cut:] + script[2][1])
    printer, port, notes = scripted(*script)
    told(printer, port)
    assert printer.status().alarms == ("cover-open",) and port.finished and notes.kinds == ["alarm.raised"]


def test_several_packets_in_one_piece_are_taken_in_order() -> None:
    printer, port, notes = scripted(*with_unasked(HEALTHY, 0, OPENED + CLOSED + OPENED + CLOSED))
    told(printer, port)
    assert printer.status().alarms == ()
    assert notes.kinds == ["alarm.raised", "alarm.cleared"] * 2


def test_half_a_packet_before_an_answer_is_forgotten() -> None:
    printer, port, notes = scripted(*with_unasked(HEALTHY, 1, OPENED[:2]), *with_unasked(HEALTHY, 0, b"\x00\x00"))
    told(printer, port)
    assert printer.status().alarms == () and notes.kinds == []
    with pytest.raises(GarbledReply):
        printer.status()


def test_switched_off_again_nothing_unasked_is_believed() -> None:
    printer, port, notes = scripted((b"\x1da\x00", None), *with_unasked(HEALTHY, 0, OPENED))
    told(printer, port)
    printer.tell_changes(False)
    assert printer.status().alarms == () and notes.kinds == []


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "byte-by-byte"])
@given(moments=st.lists(st.integers(0, 40), max_size=6), noisy=st.sets(st.integers(0, 60), max_size=5), noise=st.integers(1, 255))
def test_changes_at_any_moment_and_noise_never_end_in_a_wrong_state(piecewise: bool, moments: list[int], noisy: set[int], noise: int) -> None:
    """Cover moved at any millisecond of the rounds; some of the printer's bytes damaged; afterwards the truth is read."""
    printer, model, port, _ = coupled(piecewise=piecewise)
    honest, count = model.send, 0

    def damaged(data: bytes, after_us: int = 0) -> None:
        nonlocal count
        bad = bytes(byte ^ noise if count + place in noisy else byte for place, byte in enumerate(data))
        count += len(data)
        honest(bad, after_us)

    model.send = damaged
    for number, moment in enumerate(sorted(moments)):
        port.fake_clock.call_later(moment * 1000, model.begin if number % 2 == 0 else model.end, "cover-open")
    printer.tell_changes()
    for _ in range(3):
        try:
            printer.status()
        except (GarbledReply, ReplyTimeout):
            continue
    model.send = honest
    port.fake_clock.sleep(3)
    assert printer.status().alarms == (("cover-open",) if len(moments) % 2 else ())
