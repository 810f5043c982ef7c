"""ZPL: formats that say what they mean whatever the text, replies as the guide prints them, and a stream cut anywhere."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import GarbledReply, UsageError
from caixue.tubes import LabelContent
from caixue.wire import zpl
from caixue.wire.zpl import HostStatus
from caixue.wire.zpl_stream import Command, CommandStream, parse_commands

# The three lines of the guide (~HS), with the letters in their places; aaa for 9600 baud 8N1 is 030 by its table.
GUIDE = b"\x02030,0,0,0245,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
# Oki LE850 technical reference p. 96, with label end and head open as its table says.
OKI = b"\x02\r\nPRINTER STATUS\r\nERRORS: 1 00000000 00000005\r\nWARNINGS: 0 00000000 00000000\r\n\x03"
# What one printer sold as ZPL-compatible was seen to say to ~HI and ~HQOD.
SEEN_NAME = b"\x02TVSE LP 46 Dlite-200dpi,V56.17.9Z,8,8172KB\x03\r\n"
SEEN_METERS = (
    b"\x02\r\n\r\n  PRINT METERS                          \r\n   TOTAL NONRESETTABLE:          154 \"  \r\n"
    b"   USER RESETTABLE CNTR1:        154 \"  \x03"
)  # fmt: skip
DAMAGED = st.builds(lambda at, byte: GUIDE[:at] + bytes((byte,)) + GUIDE[at + 1 :], st.integers(0, 90), st.integers(0, 255))
PARSERS = (zpl.host_status, zpl.error_flags, zpl.identification, zpl.printed_km)
STATUSES = st.builds(
    HostStatus,
    *[st.booleans()] * 6,
    formats=st.integers(0, 999),
    remaining=st.integers(0, 99_999_999),
    label_dots=st.integers(0, 9999),
)


def test_a_ready_printer_answers_as_in_the_guide() -> None:
    assert zpl.host_status(GUIDE) == HostStatus(label_dots=245)


@pytest.mark.parametrize(
    ("place", "name"),
    [(5, "paper_out"), (7, "paused"), (22, "partial"), (32, "over_temperature"), (43, "head_up"), (45, "ribbon_out")],
)
def test_each_flag_of_host_status_stands_where_the_guide_puts_it(place: int, name: str) -> None:
    data = GUIDE[:place] + b"1" + GUIDE[place + 1 :]
    assert zpl.host_status(data) == HostStatus(**{name: True}, label_dots=245)


@given(STATUSES)
def test_what_a_model_says_is_what_a_driver_hears(status: HostStatus) -> None:
    assert zpl.host_status(zpl.host_status_reply(status)) == status


def test_labels_still_to_come_are_counted_in_the_buffer_and_in_the_batch() -> None:
    assert [status.busy for status in (HostStatus(formats=1), HostStatus(remaining=2), HostStatus(partial=True), HostStatus())] == [
        True,
        True,
        True,
        False,
    ]


def test_error_flags_are_those_of_the_reference() -> None:
    assert zpl.error_flags(OKI) == zpl.MEDIA_OUT | zpl.HEAD_OPEN


@given(st.integers(0, 0xFFFF_FFFF))
def test_an_error_that_no_known_flag_names_is_still_an_error(flags: int) -> None:
    read = zpl.error_flags(zpl.error_reply(flags))
    assert read & 0xFFFF_FFFF == flags and bool(read & (zpl.KNOWN | zpl.UNNAMED)) == bool(flags)


def test_names_and_meters_are_read_from_answers_that_were_seen() -> None:
    assert zpl.identification(SEEN_NAME) == "TVSE LP 46 Dlite-200dpi V56.17.9Z"
    assert zpl.identification(b"\x02XXXXXX,V1.0.0,8,512KB,X\x03\r\n") == "XXXXXX V1.0.0"
    assert zpl.printed_km(SEEN_METERS) == pytest.approx(154 * 2.54e-5)
    assert zpl.printed_km(SEEN_METERS.replace(b'"', b"cm")) == pytest.approx(154e-5)


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@given(data=st.one_of(st.binary(max_size=200), DAMAGED))
def test_any_bytes_are_an_answer_or_a_garbled_reply(parse, data: bytes) -> None:
    with suppress(GarbledReply):
        parse(data)


@pytest.mark.parametrize("cut", [1, 20, 37, 60, len(GUIDE) - 1])
def test_part_of_an_answer_is_none(cut: int) -> None:
    with pytest.raises(GarbledReply):
        zpl.host_status(GUIDE[:cut])


def test_a_label_is_these_bytes() -> None:
    assert zpl.render_label(LabelContent("261123000042", ("张*", "EDTA 2 mL"))) == (
        b"^XA^JZN^CI28^PW400^LL240^LH0,0\r\n"
        b"^FO100,16^BY2^BCN,96,N,N,N,N^FD>;261123000042^FS\r\n"
        b"^FO24,124^A@N,24,12,E:SIMSUN.FNT^FH^FD261123000042^FS\r\n"
        b"^FO24,152^A@N,24,12,E:SIMSUN.FNT^FH^FD_E5_BC_A0*^FS\r\n"
        b"^FO24,180^A@N,24,12,E:SIMSUN.FNT^FH^FDEDTA 2 mL^FS\r\n"
        b"^PQ1^XZ\r\n"
    )


@given(st.text(max_size=60))
def test_text_is_escaped_to_signs_that_mean_nothing_and_comes_back_whole(text: str) -> None:
    data = zpl.escaped(text.encode("utf-8", "replace").decode())
    assert data.isascii() and not set(data) & set("^~,\\\r\n\x10\x1b")
    assert zpl.unescaped(data.encode("ascii")).decode() == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("content", [LabelContent("123", ()), LabelContent("12a4", ()), LabelContent("", ()), LabelContent("12", ("a",) * 4)])
def test_what_no_label_can_hold_is_refused(content: LabelContent) -> None:
    with pytest.raises(UsageError):
        zpl.render_label(content)


def test_a_stream_is_divided_into_its_commands() -> None:
    assert parse_commands(b"^XA^FO10,20\r\n^FDa,b\r\nc^FS~HS^xz") == [
        Command(b"^XA"),
        Command(b"^FO", b"10,20"),
        Command(b"^FD", b"a,bc"),
        Command(b"^FS"),
        Command(b"~HS"),
        Command(b"^XZ"),
    ]


def test_a_control_command_overtakes_and_does_not_end_the_field_it_stands_in() -> None:
    assert parse_commands(b"^FDab~HScd^FS") == [Command(b"~HS"), Command(b"^FD", b"abcd"), Command(b"^FS")]


@pytest.mark.parametrize("command", [zpl.CANCEL_ALL, zpl.RESET])
def test_cancel_and_reset_drop_the_unfinished_command_before_them(command: bytes) -> None:
    assert parse_commands(b"^FDab" + command + b"cd^FS") == [Command(command), Command(b"^FS")]


@given(st.lists(st.sampled_from([b"^XA", b"^XZ", b"^FD", b"^FS", b"~HS", b"~JA", b"~HQES", b"abc", b"^", b"~", b"\r\n", b"^F", b"\x00"])), st.data())
def test_any_chunks_of_the_same_bytes_give_the_same_commands(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted({0, len(stream), *data.draw(st.lists(st.integers(0, len(stream)), max_size=6))})
    pieces = CommandStream()
    found = [command for start, end in pairwise(cuts) for command in pieces.feed(stream[start:end])]
    assert found == parse_commands(stream)


def test_memory_stays_bounded_whatever_a_field_holds() -> None:
    stream = CommandStream()
    stream.feed(b"^FD")
    for _ in range(20):
        stream.feed(b"x" * 1000)
    assert len(stream.feed(b"^FS")[0].data) == zpl.LONGEST_FIELD
