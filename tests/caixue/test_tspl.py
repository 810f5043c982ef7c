"""TSPL: a label is a fixed number of commands whatever its text says, and bytes mean the same in any chunks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.tubes import LabelContent
from caixue.wire import tspl

SERIAL = "261123000042"
ENDS_IN_TILDE, ENDS_IN_BACKSLASH = b"\x81\x7e".decode("gbk"), b"\x95\x5c".decode("gbk")  # Chinese characters whose second byte is ASCII
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(['"', "\r\n", "\r", "\n", "\x1b!R", "\x1b!?", "~!@", "\\[R]", "\\[", '\\["]', "PRINT 9", "\x00", "\x10\x04\x01", "^XZ",
                              "张", ENDS_IN_TILDE, ENDS_IN_TILDE + "!@", ENDS_IN_BACKSLASH + "[R]", "𠮷", "㐀", "\u202e", ","]), max_size=12).map("".join),
)  # fmt: skip


def commands_seen_by_a_plain_parser(data: bytes) -> list[str]:
    """An independent reading of the manual: CR and LF end a command line, quotes protect nothing, ESC ! and ~ ! act at once."""
    immediate = re.findall(rb"\x1b.?.?|~!.?", data, re.DOTALL)
    lines = [line.strip() for line in re.split(rb"[\r\n]+", data)]
    return [*(repr(item) for item in immediate), *(line.split(b" ")[0].decode("latin-1") for line in lines if line)]


def test_the_job_of_one_label_is_these_commands():
    job = tspl.render_label(LabelContent(SERIAL, ("张*", "紫帽 EDTA")))
    assert job.decode("gbk").split("\r\n") == [
        "SIZE 50 mm,30 mm",
        "GAP 3 mm,0",
        "DIRECTION 0",
        "CODEPAGE 936",
        "SET REPRINT OFF",
        "CLS",
        'BARCODE 100,16,"128",96,0,0,2,2,"261123000042"',
        'TEXT 24,124,"TSS24.BF2",0,1,1,"261123000042"',
        'TEXT 24,152,"TSS24.BF2",0,1,1,"张*"',
        'TEXT 24,180,"TSS24.BF2",0,1,1,"紫帽 EDTA"',
        "PRINT 1,1",
        "",
    ]


@given(HOSTILE, HOSTILE)
@settings(max_examples=200, deadline=None)
def test_no_text_changes_number_or_kinds_of_the_commands(first: str, second: str):
    plain = tspl.render_label(LabelContent(SERIAL, ("a", "b")))
    job = tspl.render_label(LabelContent(SERIAL, (first, second)))
    assert commands_seen_by_a_plain_parser(job) == commands_seen_by_a_plain_parser(plain)
    assert [(command.name, len(command.arguments)) for command in tspl.parse_commands(job)] == [
        (command.name, len(command.arguments)) for command in tspl.parse_commands(plain)
    ]
    assert b"\\[" not in job and b"\x00" not in job


@given(HOSTILE)
@settings(max_examples=100, deadline=None)
def test_a_text_fits_on_the_label_and_comes_back_as_it_was_shown(text: str):
    shown = tspl.printable(text, 31)
    assert len(shown.encode("gbk")) <= 31
    command = tspl.parse_commands(tspl.render_label(LabelContent(SERIAL, (text,))))[8]
    assert command.arguments[-1].decode("gbk") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王小明", "王小明"),
        ("𠮷野", "□野"),
        ("a\r\nb\x1b", "a□□b□"),
        ('"A\\[R]"', "＂A＼［R]＂"),
        ("~!@", "～！@"),
        ("采血" * 10, "采血采血采血采血采血采血采血…"),
    ],
)
def test_what_a_label_shows_of_difficult_texts(text: str, shown: str):
    assert tspl.printable(text, 31) == shown


@pytest.mark.parametrize("serial", ["", "12345", "26112300004A", '2611230"0042', "２６１１２３", "26 1"])
def test_a_serial_that_is_not_an_even_number_of_digits_is_refused(serial: str):
    with pytest.raises(UsageError):
        tspl.render_label(LabelContent(serial, ()))


def test_more_lines_than_the_label_has_are_refused():
    with pytest.raises(UsageError):
        tspl.render_label(LabelContent(SERIAL, ("a", "b", "c", "d")))


def test_the_example_of_the_manual_is_taken_apart():
    """Gprinter GP-2120T manual p. 30."""
    line = b'TEXT 100,100,"5",0,1,1,"\\["]DEMO FOR TEXT\\["]"'
    assert tspl.parse_line(line) == tspl.Command("TEXT", (b"100", b"100", b"5", b"0", b"1", b"1", b'"DEMO FOR TEXT"'))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"SIZE 3,2", tspl.Command("SIZE", (b"3", b"2"))),
        (b"CLS", tspl.Command("CLS", ())),
        (b" print  1 , 2 ", tspl.Command("PRINT", (b"1", b"2"))),
        (b'TEXT 1,"a,b"', tspl.Command("TEXT", (b"1", b"a,b"))),
        (b'TEXT "open', tspl.Command("TEXT", (b"open",))),
    ],
)
def test_lines_become_commands(line: bytes, command: tspl.Command):
    assert tspl.parse_line(line) == command


@given(
    st.lists(st.sampled_from([b"\x1b", b"!", b"?", b"R", b".", b"S", b"\r\n", b"\n", b"PRINT 1", b'"', b"CLS", b"\xd5\xc5"]), max_size=25),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_any_chunks_of_a_stream_mean_the_same(parts: list[bytes], data: st.DataObject):
    stream = b"".join(parts)
    whole = tspl.CommandStream().feed(stream)
    single = tspl.CommandStream()
    assert [item for byte in stream for item in single.feed(bytes([byte]))] == whole
    cut = data.draw(st.integers(0, len(stream)))
    halves = tspl.CommandStream()
    assert halves.feed(stream[:cut]) + halves.feed(stream[cut:]) == whole


def test_an_immediate_command_is_found_inside_a_job():
    assert tspl.CommandStream().feed(b"PRI\x1b!?NT 1,1\r\n") == [ord("?"), b"PRINT 1,1"]


def test_cancel_also_drops_the_unfinished_line_before_it():
    assert tspl.CommandStream().feed(b"PRINT 1,1" + tspl.CANCEL + b"\r\nCLS\r\n") == [ord("."), b"CLS"]


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_commands_and_never_an_error(data: bytes):
    tspl.parse_commands(data + b"\r\n")


@pytest.mark.parametrize(
    ("status", "reply"),
    [(0, b"\x02@@@@\x03\r\n"), (tspl.PAPER_OUT, b"\x02E@@A\x03\r\n"), (tspl.PAPER_JAM, b"\x02E@@B\x03\r\n"), (tspl.PAUSED, b"\x02`@@@\x03\r\n"),
     (tspl.PRINTING, b"\x02P@@@\x03\r\n"), (tspl.OVER_TEMPERATURE, b"\x02E@A@\x03\r\n")],
)  # fmt: skip
def test_the_long_status_says_what_the_manual_prints(status: int, reply: bytes):
    """TSC TTP-244 Plus programming manual p. 85."""
    assert tspl.long_status(status) == reply
