"""The ESC/POS codec: status bits, Chinese text, raster rows, and where commands end."""

from __future__ import annotations

import re

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from caixue.errors import UsageError
from caixue.wire import escpos
from caixue.wire.escpos_parser import REAL_TIME, first_item

FLAGS = [value for name, value in vars(escpos).items() if name.isupper() and isinstance(value, int) and value > 0xFF]
HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("\x00\x04\x05\n\x10\x14\x1b\x1c\x1d\x7f@&V〓㐀𠮷张三\ud800\ufe00")))


def test_the_queries_are_those_of_the_epson_reference() -> None:
    assert [query.hex() for query in escpos.QUERIES] == ["100401", "100402", "100403", "100404"]


def test_a_printer_out_of_paper_answers_as_printed_in_the_public_reference() -> None:
    """Replies to DLE EOT 1, 2 and 4: docs.rs, hardless-http-dialects, PrinterStatus::from_dle_eot(0x1A, 0x32, 0x7E)."""
    flags = (escpos.OFFLINE, escpos.PAPER_STOP, escpos.NEAR_END, escpos.PAPER_END)
    assert b"".join(escpos.answers(flags)) == bytes.fromhex("1a 32 12 7e")
    assert [flag for flag in FLAGS if escpos.is_up(flag, bytes.fromhex("1a 32 12 7e"))] == sorted(flags)


def test_a_healthy_printer_answers_12_to_everything() -> None:
    assert escpos.answers(()) == (b"\x12",) * 4


@given(st.sets(st.sampled_from(FLAGS)))
def test_every_answer_has_its_fixed_bits_and_tells_exactly_its_flags(flags: set[int]) -> None:
    replies = escpos.answers(flags)
    assert all(reply in escpos.ANSWERS for reply in replies)
    assert {flag for flag in FLAGS if escpos.is_up(flag, b"".join(replies))} == flags


@given(st.sets(st.sampled_from(FLAGS)))
def test_no_byte_of_an_automatic_status_can_pass_for_an_answer(flags: set[int]) -> None:
    packet = escpos.automatic_status(b"".join(escpos.answers(flags)))
    assert len(packet) == 4
    assert escpos.starts_automatic_status(packet[:1])
    assert not any(bytes((value,)) in escpos.ANSWERS for value in packet)


def test_an_automatic_status_says_cover_paper_and_cutter_where_the_reference_puts_them() -> None:
    replies = escpos.answers((escpos.OFFLINE, escpos.COVER_OPEN, escpos.CUTTER, escpos.NEAR_END, escpos.PAPER_END))
    assert escpos.automatic_status(b"".join(replies)) == bytes.fromhex("38 08 0f 00")
    assert escpos.automatic_status(b"\x12\x12\x12\x12") == bytes.fromhex("10 00 00 00")


@given(HOSTILE)
def test_clean_text_has_no_control_bytes_in_any_code(text: str) -> None:
    data = escpos.clean(text).encode(escpos.CODE_TABLE)
    assert not [value for value in data if value < 0x20 or value == 0x7F]


def test_cleaning_keeps_what_people_wrote() -> None:
    assert escpos.clean("张三　男\t45岁\n黄帽·血清") == "张三　男 45岁 黄帽·血清"


@given(HOSTILE, st.integers(2, 48))
def test_wrapping_loses_nothing_and_never_exceeds_the_columns(text: str, columns: int) -> None:
    rows = escpos.wrap(text, columns)
    assert "".join(rows) == text
    assert all(escpos.width(row) <= columns for row in rows)


def test_a_chinese_character_is_two_columns_wide_and_is_never_halved() -> None:
    assert escpos.width("A采血") == 5
    assert escpos.wrap("A采血", 4) == ["A采", "血"]


def test_chinese_rows_switch_chinese_mode_on_and_ascii_rows_do_not() -> None:
    assert escpos.text_row("采血") == bytes.fromhex("1c 26 b2 c9 d1 aa 0a")
    assert escpos.text_row("Window 3") == b"Window 3\n"
    assert escpos.text_row("【】：，") == bytes.fromhex("1c 26 a1 be a1 bf a3 ba a3 ac 0a")


def test_whatever_the_head_has_is_two_bytes_in_gb18030_that_no_command_begins_with() -> None:
    held = [char for char in map(chr, [*range(0x80, 0xD800), *range(0xE000, 0x10000)]) if not escpos.lacking(char)]
    codes = [char.encode(escpos.CODE_TABLE) for char in held]
    assert len(codes) > 21_000
    assert all(len(code) == 2 and code[0] > 0x80 and code[1] >= 0x40 for code in codes)


@pytest.mark.parametrize("char", "㐀䶮龦𠮷€\ue000")
def test_rare_characters_are_known_to_be_lacking_in_the_head(char: str) -> None:
    assert escpos.lacking(f"张{char}三{char}") == char


@given(st.lists(st.sampled_from([b"\x10", b"\x04", b"\x05", b"\x14", b"\x00", b"\xff"]), min_size=8, max_size=64).map(b"".join))
def test_no_real_time_command_hides_in_a_drawn_row_and_only_dots_of_dle_are_given_up(dots: bytes) -> None:
    dots = dots[: len(dots) // 8 * 8]
    row = escpos.raster_row(dots, 8)
    assert re.search(rb"\x10[\x04\x05\x14]", row) is None
    sent = row[8 : 8 + len(dots)]
    assert row == bytes((0x1D, 0x76, 0x30, 0, 8, 0, len(dots) // 8, 0)) + sent + b"\x1bJ\x08"
    given_up = [at for at in range(len(dots)) if sent[at] != dots[at]]
    assert all(dots[at] == 0x10 and sent[at] == 0 and dots[at + 1] in b"\x04\x05\x14" for at in given_up)


@pytest.mark.parametrize(("size", "bytes_a_line"), [(0, 48), (47, 48), (48 * 256, 48), (256, 256), (8, 0)])
def test_what_is_no_raster_is_refused(size: int, bytes_a_line: int) -> None:
    with pytest.raises(UsageError):
        escpos.raster_row(bytes(size), bytes_a_line)


def test_a_drawn_row_is_the_image_command_of_python_escpos() -> None:
    on_paper = Image.new("L", (64, 24), 255)
    on_paper.paste(0, (9, 3, 40, 20))
    printer = Dummy()
    printer.image(on_paper)
    dots = ImageOps.invert(on_paper).convert("1").tobytes()
    assert escpos.raster_row(dots, 8) == printer.output + b"\x1bJ\x08"


def emitted() -> list[tuple[str, bytes]]:
    """What python-escpos sends for everything that a receipt program uses."""
    picture = Image.new("L", (48, 30), 90)
    calls = {
        "init": lambda p: p.hw("INIT"),
        "select": lambda p: p.hw("SELECT"),
        "text": lambda p: p.text("Queue 17\n"),
        "latin": lambda p: p.text("café ½\n"),
        "chinese": lambda p: p.text("采血\n"),
        "defaults": lambda p: p.set_with_default(),
        "big": lambda p: p.set(custom_size=True, width=2, height=2, flip=True, smooth=True, density=3, invert=True),
        "double": lambda p: p.set(double_width=True, double_height=True, bold=True, underline=2, font="b", align="center"),
        "spacing": lambda p: (p.line_spacing(60), p.line_spacing(10, 60), p.line_spacing(), p.print_and_feed(3)),
        "cut": lambda p: (p.cut(), p.cut("PART"), p.cut(feed=False)),
        "qr": lambda p: p.qr("https://example.org/17", native=True, size=4),
        "qr-image": lambda p: p.qr("17"),
        "raster": lambda p: p.image(picture, high_density_vertical=False),
        "graphics": lambda p: p.image(picture, impl="graphics"),
        "columns": lambda p: p.image(picture, impl="bitImageColumn"),
        "columns-8": lambda p: p.image(picture, impl="bitImageColumn", high_density_vertical=False),
        "barcode-a": lambda p: p.barcode("4006381333931", "EAN13", function_type="A"),
        "barcode-b": lambda p: p.barcode("{B261123000001", "CODE128", function_type="B"),
        "drawer": lambda p: (p.cashdraw(2), p.cashdraw(5), p.buzzer()),
        "panel": lambda p: (p.panel_buttons(False), p.target("ROLL"), p.eject_slip()),
        "control": lambda p: (p.control("LF"), p.control("HT"), p.control("CR")),
        "display": lambda p: p.linedisplay("17"),
    }
    found = []
    for name, call in calls.items():
        printer = Dummy(profile="TM-T88V")
        call(printer)
        found.append((name, printer.output))
    return found


@pytest.mark.parametrize(("name", "data"), emitted(), ids=[name for name, _ in emitted()])
def test_everything_python_escpos_sends_is_divided_without_a_rest(name: str, data: bytes) -> None:
    assert data
    while data:
        item = first_item(data)
        assert item.known and 0 < item.size <= len(data), (name, item)
        data = data[item.size :]


@given(
    st.one_of(
        st.binary(min_size=1),
        st.lists(
            st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x10", b"k", b"(", b"v0", b"D", b"A", b"\x00", b"\x04", b"\xff"]), min_size=1
        ).map(b"".join),
    )
)
def test_any_bytes_have_a_first_item_that_more_bytes_do_not_change(data: bytes) -> None:
    sizes = [first_item(data[:end]) for end in range(1, len(data) + 1)]
    settled = [item for end, item in enumerate(sizes, 1) if 0 < item.size <= end]
    assert all(item.size >= 0 for item in sizes)
    assert len({(item.name, item.size) for item in settled if item.name}) <= 1


def test_real_time_commands_are_told_from_what_only_looks_like_one() -> None:
    found = [match[0] for match in REAL_TIME.finditer(bytes.fromhex("10 10 04 01 10 04 05 10 05 02 10 14 08 10 04 04 04"))]
    assert found == [b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x08", b"\x10\x04\x04"]


@given(st.sets(st.sampled_from([escpos.OFFLINE, escpos.COVER_OPEN, escpos.FEEDING, escpos.CUTTER, escpos.UNRECOVERABLE, escpos.NEAR_END])))
def test_an_automatic_status_read_back_means_the_same_flags(flags: set[int]) -> None:
    replies = escpos.answers_of(escpos.automatic_status(b"".join(escpos.answers(flags))))
    for flag in (escpos.OFFLINE, escpos.COVER_OPEN, escpos.FEEDING, escpos.CUTTER, escpos.UNRECOVERABLE, escpos.NEAR_END):
        assert escpos.is_up(flag, replies) == (flag in flags)
    assert escpos.is_up(escpos.ERROR, replies) == bool(flags & {escpos.CUTTER, escpos.UNRECOVERABLE})


@given(st.lists(st.integers(0, 255)), st.sampled_from(["10 00 00 00", "38 08 0f 00", "18 20 0c 0f"]))
def test_a_packet_is_found_after_any_bytes_that_are_not_the_beginning_of_one(noise: list[int], packet: str) -> None:
    finder = escpos.AutomaticStatus()
    for byte in noise:
        finder.hear(byte)
    finder.hear(0x12)  # an answer
    found = [finder.hear(byte) for byte in bytes.fromhex(packet)]
    assert found == [b"", b"", b"", bytes.fromhex(packet)]
