"""The receipt printer's model: what it answers, what it prints, and what it does when it cannot."""

from __future__ import annotations

from itertools import pairwise

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from caixue.wire.escpos import QUERIES
from tests.caixue.scripted import FakeClock
from twin.devices.escpos_model import INPUT_LIMIT
from twin.devices.escpos_page import Picture
from twin.devices.thermal_printer import FAULTS, KEPT_LINES, ThermalPrinterModel

ALL_FOUR = b"".join(QUERIES)
CUT = b"\x1bd\x06\x1dV\x00"
ASB_ON = b"\x1da\x0f"
FRAGMENTS = [
    *QUERIES, b"\x10", b"\x04", b"\x01", b"\x10\x05\x02", b"\x10\x05\x01", b"\x10\x14\x01\x00\x02", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    b"\n", b"Queue 17\n", "采血\n".encode("gb18030"), b"\xb2", b"\xc9", b"x" * 31, b"x" * 40, b"\t", b"\x1c&", b"\x1c.", b"\x1b@", b"\x1b", b"\x1d", b"\x1c",
    b"\x1bd\x02", b"\x1bd\xff", b"\x1bJ\x08", CUT, b"\x1dVB\x10", b"\x1bi", ASB_ON, b"\x1da\x00", b"\x1da\x08", b"\x1dr\x01", b"\x1bv",
    b"\x1dv0\x00\x01\x00\x03\x00\x10\x04\x01", b"\x1dv0\x02\x02\x00\x02\x00abcd", b"\x1dv", b"\x1b*\x21\x01\x00abc", b"\x1b*\x00\x02\x00", b"\x1bD\x08\x10",
    b"\x1dk\x04123\x00", b"\x1dkI\x02{B", b"\x1dk", b"\x1dh\x20", b"\x1d(k\x03\x001C\x05", b"\x1d(k\x06\x001P0abc", b"\x1d(k\x03\x001Q0", b"\x1d(L\x00\x00",
    b"\x1d(L\x0e\x000p0\x01\x011\x08\x00\x02\x00abcd", b"\x1d(L\x02\x0002", b"\x1d(", b"\x1d8L\xff\xff\xff\xff", b"\x1b\xff", b"\xff", b"\x00",
]  # fmt: skip
STREAMS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(b"".join), st.binary(max_size=200))


class Bench:
    """A model on a table: what it says, and when, with a clock moved by hand."""

    def __init__(self, **options: float) -> None:
        self.clock = FakeClock()
        self.model = ThermalPrinterModel("printer", **options)
        self.model.call_later = self.clock.call_later
        self.model.send = lambda data, after_us=0: self.said.append((self.clock.now_us + after_us, data))
        self.said: list[tuple[int, bytes]] = []
        self.effects: list[str] = []

    def ask(self, data: bytes) -> bytes:
        """Feed `data` and give what is said to it before any time passes."""
        self.said.clear()
        self.model.feed(data)
        return b"".join(data for _, data in self.said)

    def begin(self, symptom: str) -> None:
        self.model.effects[symptom] = lambda: self.effects.append(symptom)
        self.model.begin(symptom)

    def wait(self, duration_s: float) -> None:
        self.clock.advance_to(self.clock.now_us + round(duration_s * 1e6))

    def print(self, *lines: str) -> None:
        self.model.feed(b"".join(line.encode("gb18030") + b"\n" for line in lines) + CUT)


def state(bench: Bench) -> tuple[object, ...]:
    """All that can be seen of a model from outside."""
    model = bench.model
    return (
        bench.said,
        list(model.printed),
        model.paper_mm,
        model.head_mm,
        model.cuts,
        model.unknown,
        model.pulses,
        model.overflow,
        bench.clock.now_us,
    )


def test_a_healthy_printer_answers_12_to_all_four_queries() -> None:
    bench = Bench()
    assert [bench.ask(query).hex() for query in QUERIES] == ["12"] * 4


def test_out_of_paper_it_answers_as_printed_in_the_public_reference() -> None:
    """1A, 32 and 7E to n = 1, 2 and 4: docs.rs, hardless-http-dialects, PrinterStatus::from_dle_eot."""
    bench = Bench()
    bench.model.load_roll(0.0)
    assert [bench.ask(query).hex() for query in QUERIES] == ["1a", "32", "12", "7e"]


def test_four_queries_in_one_write_give_four_bytes_in_order() -> None:
    bench = Bench()
    bench.model.begin("cover-open")
    assert bench.ask(ALL_FOUR).hex() == "1a161212"


@pytest.mark.parametrize("begun", [b"\x1b", b"\x1b*\x21\x08\x00ab", b"\x1dv0\x00\x30\x00\x18\x00" + b"\xff" * 100, b"Queue", b"\xb2"])
def test_a_query_is_answered_at_once_in_the_middle_of_another_command(begun: bytes) -> None:
    bench = Bench()
    bench.model.feed(begun)
    assert bench.ask(QUERIES[3]) == b"\x12"
    assert bench.said[0][0] == 2_000


def test_a_query_is_answered_while_lines_are_being_printed() -> None:
    bench = Bench()
    bench.print("一", "二", "三")
    bench.wait(0.1)
    assert list(bench.model.printed) == ["一"] and bench.ask(ALL_FOUR) == b"\x12" * 4


def test_a_query_within_image_data_is_obeyed_and_stays_part_of_the_image() -> None:
    bench = Bench()
    assert bench.ask(b"\x1dv0\x00\x04\x00\x01\x00\x10\x04\x01\xaa") == b"\x12"
    bench.clock.run_out()
    assert list(bench.model.printed) == [Picture("raster", b"\x10\x04\x01\xaa")]


@given(STREAMS, st.data())
def test_bytes_act_the_same_however_they_are_cut_into_pieces(stream: bytes, data: st.DataObject) -> None:
    whole, single, pieces = (Bench(roll_mm=60.0, near_end_mm=20.0) for _ in range(3))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    whole.model.feed(stream)
    for at in range(len(stream)):
        single.model.feed(stream[at : at + 1])
    for start, end in pairwise([0, *cuts, len(stream)]):
        pieces.model.feed(stream[start:end])
    for bench in (whole, single, pieces):
        bench.clock.run_out()
        bench.model.load_roll()
        bench.clock.run_out()
    assert state(whole) == state(single) == state(pieces)


@given(st.lists(STREAMS, max_size=4))
def test_after_any_bytes_and_a_power_cycle_it_answers_and_prints_again(streams: list[bytes]) -> None:
    bench = Bench()
    for stream in streams:
        bench.model.feed(stream)
        bench.wait(0.3)
    bench.model.powered = False
    bench.model.powered = True
    bench.model.load_roll()
    bench.model.printed.clear()
    assert bench.ask(ALL_FOUR) == b"\x12" * 4
    bench.print("采血回执")
    bench.clock.run_out()
    assert bench.model.printed[-1] == "采血回执"


def test_lines_come_out_one_by_one_and_the_cut_last() -> None:
    bench = Bench()
    bench.print("采血回执", "Queue 17")
    bench.wait(0.119)
    assert (list(bench.model.printed), bench.model.cuts) == (["采血回执"], 0)
    bench.wait(8 * 0.06 + 0.4 - 0.119 - 0.001)
    assert (list(bench.model.printed), bench.model.cuts) == (["采血回执", "Queue 17"], 0)
    bench.wait(0.001)
    assert (bench.model.cuts, bench.model.paper_mm, bench.model.head_mm) == (1, 30_000 - 8 * 4.25, 8 * 4.25)


def test_paper_is_near_its_end_from_the_sensors_length_on() -> None:
    bench = Bench(roll_mm=100.0, near_end_mm=95.0)
    bench.model.feed(b"\n")
    bench.clock.run_out()
    assert bench.ask(QUERIES[3]) == b"\x12"
    bench.model.feed(b"\n")
    bench.clock.run_out()
    assert bench.ask(ALL_FOUR).hex() == "1212121e"


@given(st.integers(1, 60))
def test_a_job_stops_where_the_paper_ends_and_goes_on_with_the_next_roll_without_loss_or_repetition(roll_dots: int) -> None:
    bench = Bench()
    bench.model.load_roll(roll_dots * 1.5)
    lines = [f"line {number}" for number in range(9)]
    bench.print(*lines)
    bench.clock.run_out()
    out = len(bench.model.printed)
    assert list(bench.model.printed) == lines[:out] and out == min(9, int(roll_dots * 1.5 // 4.25))
    if bench.model.cuts == 0:
        assert bench.ask(ALL_FOUR).hex() == "1a32127e"
    bench.model.load_roll()
    bench.clock.run_out()
    assert (list(bench.model.printed), bench.model.cuts) == (lines, 1)


@pytest.mark.parametrize(("symptom", "replies"), [("cover-open", "1a161212"), ("offline", "1a121212")])
def test_a_stopped_printer_keeps_its_job_and_prints_it_afterwards(symptom: str, replies: str) -> None:
    bench = Bench()
    bench.print("一", "二")
    bench.wait(0.07)
    bench.model.begin(symptom)
    bench.clock.run_out()
    assert list(bench.model.printed) == ["一", "二"] and bench.model.cuts == 0  # the line that was moving ends
    assert bench.ask(ALL_FOUR).hex() == replies
    bench.model.end(symptom)
    bench.clock.run_out()
    assert list(bench.model.printed) == ["一", "二"] and bench.model.cuts == 1
    assert bench.ask(ALL_FOUR) == b"\x12" * 4


def test_a_jammed_cutter_shows_at_the_next_cut_and_cuts_after_the_repair() -> None:
    bench = Bench()
    bench.begin("cutter-jam")
    assert bench.ask(ALL_FOUR) == b"\x12" * 4 and bench.effects == []
    bench.print("一")
    bench.clock.run_out()
    assert bench.ask(ALL_FOUR).hex() == "1a521a12" and bench.effects == ["cutter-jam"]
    bench.model.end("cutter-jam")
    bench.clock.run_out()
    assert bench.model.cuts == 1 and bench.ask(ALL_FOUR) == b"\x12" * 4


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_fault_shows_only_when_it_changes_something_and_leaves_no_trace_after_its_repair(row) -> None:
    bench = Bench()
    bench.begin(row.symptom)
    assert bench.effects == []
    bench.print("一")
    bench.clock.run_out()
    changed = bench.ask(ALL_FOUR) != b"\x12" * 4
    assert changed and bench.effects == [row.symptom]
    bench.model.end(row.symptom)
    bench.clock.run_out()
    assert bench.ask(ALL_FOUR) == b"\x12" * 4
    assert (list(bench.model.printed), bench.model.cuts) == (["一"], 1)


def test_a_fault_has_not_shown_while_only_questions_that_it_does_not_touch_were_asked() -> None:
    bench = Bench()
    bench.begin("paper-out")
    assert bench.ask(QUERIES[2]) == b"\x12" and bench.effects == []
    assert bench.ask(QUERIES[3]) == b"\x7e" and bench.effects == ["paper-out"]


def test_a_fault_behind_another_has_not_shown() -> None:
    bench = Bench()
    bench.model.begin("cover-open")
    bench.ask(ALL_FOUR)
    bench.begin("offline")
    assert bench.ask(ALL_FOUR).hex() == "1a161212" and bench.effects == []
    bench.model.end("cover-open")
    assert bench.ask(ALL_FOUR).hex() == "1a121212" and bench.effects == ["offline"]


def test_silence_shows_when_an_answer_is_held_back_and_does_not_stop_the_paper() -> None:
    bench = Bench()
    bench.begin("silence")
    bench.print("一")
    bench.clock.run_out()
    assert bench.effects == [] and bench.model.cuts == 1
    assert bench.ask(QUERIES[0]) == b"" and bench.effects == ["silence"]


def test_without_power_the_job_is_lost_and_the_paper_is_not() -> None:
    bench = Bench()
    bench.print("一", "二", "三")
    bench.wait(0.07)
    bench.model.powered = False
    assert bench.ask(QUERIES[0]) == b""
    bench.model.powered = True
    bench.clock.run_out()
    assert list(bench.model.printed) == ["一"] and bench.model.paper_mm == 30_000 - 4.25
    assert bench.ask(QUERIES[0]) == b"\x12"


def test_automatic_status_comes_at_once_and_then_with_every_change_and_only_then() -> None:
    bench = Bench()
    assert bench.ask(ASB_ON).hex() == "10000000"
    bench.said.clear()
    bench.print("一")
    bench.clock.run_out()
    assert bench.said == []
    for act in (lambda: bench.model.begin("cover-open"), lambda: bench.model.end("cover-open"), lambda: bench.model.load_roll(0.0)):
        act()
    assert [data.hex() for _, data in bench.said] == ["38000000", "10000000", "18000f00"]


def test_automatic_status_of_paper_alone_keeps_quiet_about_the_cover() -> None:
    bench = Bench()
    bench.model.feed(b"\x1da\x08")
    bench.said.clear()
    bench.begin("cover-open")
    assert bench.said == [] and bench.effects == []
    bench.begin("paper-out")
    assert [data.hex() for _, data in bench.said] == ["38000f00"] and bench.effects == ["paper-out"]


def test_a_buffered_paper_query_is_answered_in_its_turn() -> None:
    bench = Bench(near_end_mm=29_999.0)
    assert bench.ask(b"\x1dr\x01") == b"\x00"
    assert bench.ask(b"\n\x1dr\x01") == b""
    bench.clock.run_out()
    assert bench.said == [(62_000, b"\x03")]


def test_chinese_prints_with_and_without_the_command_that_switches_it_on() -> None:
    bench = Bench()
    bench.model.feed("张三\n".encode("gbk") + b"\x1c.\x1c&" + "李四\n".encode("gbk"))
    bench.clock.run_out()
    assert list(bench.model.printed) == ["张三", "李四"]


def test_with_chinese_mode_off_or_a_four_byte_code_something_else_is_printed() -> None:
    bench = Bench()
    bench.model.feed(b"\x1c." + "张三\n".encode("gbk") + b"\x1c&" + "㐀\n".encode("gb18030"))
    bench.clock.run_out()
    assert len(bench.model.printed) == 2 and not {"张三", "㐀"} & set(bench.model.printed)


def test_a_line_that_is_too_long_goes_on_in_the_next_without_halving_a_character() -> None:
    bench = Bench()
    bench.print("x" * 31 + "采血", "y" * 32)
    bench.clock.run_out()
    assert list(bench.model.printed) == ["x" * 31, "采血", "y" * 32]


def test_what_python_escpos_sends_is_printed_with_nothing_unknown() -> None:
    printer = Dummy(profile="TM-T88V")
    printer.hw("INIT")
    printer.set_with_default(align="center")
    printer.text("采血回执\n")
    printer.set(double_width=True, double_height=True, bold=True)
    printer.text("Queue 17\n")
    printer.image(Image.new("1", (48, 24)))
    printer.image(Image.new("1", (48, 24)), impl="graphics")
    printer.image(Image.new("1", (48, 24)), impl="bitImageColumn")
    printer.qr("261123000001", native=True)
    printer.barcode("{B261123000001", "CODE128", function_type="B")
    printer.cut()
    bench = Bench()
    bench.model.feed(printer.output)
    bench.clock.run_out()
    kinds = [row.kind if isinstance(row, Picture) else row for row in bench.model.printed]
    assert kinds == ["采血回执", "Queue 17", "raster", "graphics", "columns", "qr", "barcode"]
    assert bench.model.printed[5] == Picture("qr", b"261123000001")
    assert bench.model.unknown == {} and bench.model.cuts == 1


def test_unknown_commands_are_counted_and_the_text_after_them_is_printed() -> None:
    bench = Bench()
    bench.model.feed(b"\x1b~\x1b~\x1d\x01Queue 17\n")
    bench.clock.run_out()
    assert list(bench.model.printed) == ["Queue 17"] and bench.model.unknown == {b"\x1b~": 2, b"\x1d\x01": 1}


@pytest.mark.parametrize("command", [b"\x10\x05\x02", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"], ids=["DLE ENQ 2", "DLE DC4 8"])
def test_a_request_to_clear_the_buffer_ends_the_job_after_the_line_that_moves(command: bytes) -> None:
    bench = Bench()
    bench.print("一", "二")
    bench.model.feed(command)
    bench.clock.run_out()
    assert list(bench.model.printed) == ["一"] and bench.model.cuts == 0
    bench.print("三")
    bench.clock.run_out()
    assert bench.model.printed[-1] == "三" and bench.model.cuts == 1


def test_a_drawer_pulse_is_noticed_even_within_image_data() -> None:
    bench = Bench()
    bench.model.feed(b"\x1dv0\x00\x05\x00\x01\x00\x10\x14\x01\x00\x02")
    assert bench.model.pulses == 1


def test_memory_stays_bounded_whatever_a_stopped_printer_is_sent() -> None:
    bench = Bench()
    bench.model.begin("cover-open")
    for _ in range(30):
        bench.model.feed(b"x" * 9_999 + b"\n")
    assert bench.model.overflow == 300_000 - INPUT_LIMIT
    bench.model.end("cover-open")
    bench.clock.run_out()
    assert len(bench.model.printed) == KEPT_LINES


def test_a_command_longer_than_the_buffer_is_lost_and_the_next_one_obeyed() -> None:
    bench = Bench()
    size = 0xFFFF * 3
    bench.model.feed(b"\x1dv0\x00\xff\xff\x03\x00" + bytes(size - 5))
    bench.model.feed(bytes(5) + b"Queue 17\n")
    bench.clock.run_out()
    assert list(bench.model.printed) == ["Queue 17"] and bench.model.overflow == size + 8
