"""Text is data: whatever a name holds, in no printer language does it become a command; it is printed as text, or refused."""

from __future__ import annotations

import re

import pytest

from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.label_printer import LabelPrinter
from caixue.drivers.thermal_printer import ThermalPrinter
from caixue.drivers.zpl_label_printer import ZplLabelPrinter
from caixue.errors import UsageError
from caixue.tubes import LabelContent
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.label_mechanism import LabelMechanism
from twin.devices.label_printer import LabelPrinterModel
from twin.devices.thermal_printer import ThermalPrinterModel
from twin.devices.zpl_label_printer import ZplLabelPrinterModel

SERIAL, NEXT = "261123000042", "261123000043"
LABEL_PRINTERS = {"TSPL": (LabelPrinter, LabelPrinterModel), "ZPL": (ZplLabelPrinter, ZplLabelPrinterModel)}


def ending_with(trail: int) -> str:
    """A Chinese character whose second byte in GBK is `trail`."""
    return bytes((0xB0, trail)).decode("gbk") if trail >= 0x80 else bytes((0x84, trail)).decode("gbk")


TEXTS = {
    "ESC": "张\x1b三",
    "ESC @": "\x1b@张三",
    "DLE EOT 1": "张\x10\x04\x01三",
    "DLE ENQ 2": "张\x10\x05\x02三",
    "DLE DC4, a pulse": "张\x10\x14\x01\x00\x05三",
    "DLE DC4 8, clear": "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    "GS V, a cut": "张\x1dV\x00三",
    "GS a, automatic status": "\x1da\xff",
    "FS .": "张\x1c.三",
    "NUL": "张\x00三",
    "all control characters": "".join(map(chr, range(32))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "CR LF": "张\r\n三",
    "line separators": "张\u2028三\u2029四\x85五\x0b\x0c六",
    "end of format": "张^XZ三",
    "cancel and a label of its own": "^XZ~JA^XA^FDX^FS^XZ",
    "end of field": "^FS^FO0,0^GB400,240,240^FS",
    "another caret": "^CC*~CT+*XZ",
    "host status": "~HS~HI~HQES",
    "reset in ZPL": "~JR",
    "hex in ZPL": "_5EXZ_7EJA",
    "quote": '张"三',
    "end of a TSPL line": '",0\r\nPRINT 99',
    "end of a TSPL line without control characters": '"PRINT 99"',
    "quote escape": '\\["]\\["',
    "TSPL status": "\x1b!?\x1b!S",
    "TSPL reset": "\x1b!R",
    "TSPL cancel": "\x1b!.",
    "TSPL mileage": "~!@~!T",
    "full-width look-alikes": "＾ＸＺ～ＪＡ＂，０ＰＲＩＮＴ　９９！",
    "a character that ends with a backslash": ending_with(0x5C) + '["]' + ending_with(0x5C) + "[",
    "a character that ends with a tilde": ending_with(0x7E) + "!T" + ending_with(0x7E) + "!@",
    "a character that ends with a caret": ending_with(0x5E) + "XZ" + ending_with(0x5E) + "XA",
    "a character that ends with a tilde, in ZPL": ending_with(0x7E) + "JA" + ending_with(0x7E) + "HS",
    "four bytes in GB 18030": "㐀䶮𠮷\U0002a6d6",
    "half a surrogate": "张\ud800三",
    "invisible and turning": "张\u202e三\u200b\ufeff\u2066",
    "emoji": "张🩸三",
    "very long": "^XZ\x1b!R\x10\x14\x01" * 400,
    "very long in Chinese": "采血" * 500,
    "white space": " \t\u3000 ",
    "empty": "",
}
CASES = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def letters(text: str) -> str:
    """Latin letters and digits, which every language prints as they are."""
    return "".join(re.findall("[0-9A-Za-z]", text))


def visible(text: str) -> bool:
    """Whether nothing in it is a control or invisible character; the wide space of Chinese is not one."""
    return text.replace("\u3000", " ").isprintable()


def marks(language: str, job: bytes) -> list[bytes]:
    """Everything in a job that begins or divides a command, found by hand and not by the project's own parsers."""
    if language == "ZPL":
        return re.findall(rb"\^..|~..|[\x00-\x1f\x7f-\xff]", job, re.DOTALL)
    two_byte_characters_out = re.sub(rb"[\x81-\xfe][\x40-\xfe]", b"", job)
    return [line.split(b" ")[0] for line in two_byte_characters_out.split(b"\r\n")] + re.findall(rb'"|~!|\\\[|[\x00-\x09\x0b\x0c\x0e-\x1f]', job)


class Printer:
    """A label printer, its driver and all that it did."""

    def __init__(self, language: str) -> None:
        driver_class, model_class = LABEL_PRINTERS[language]
        self.clock = FakeClock()
        self.model: LabelMechanism = model_class("window-1.label-printer")
        self.port = LoopPort(self.model, self.clock)
        recording, _ = recorder(self.clock)
        self.driver: LabelDriver = driver_class(self.model.name, self.port, self.clock, recording)

    def print(self, *lines: str, serial: str = SERIAL) -> bytes:
        """Print, and give the bytes of the job."""
        self.driver.print_label(LabelContent(serial, lines))
        return next(data for data in reversed(self.port.written) if serial.encode() in data)

    def serials(self) -> list[str]:
        return [label.serial for label in self.model.plate]


@CASES
@pytest.mark.parametrize("language", LABEL_PRINTERS)
def test_on_a_label_text_never_changes_what_the_printer_does(language: str, text: str) -> None:
    printer, plain = Printer(language), Printer(language)
    job, harmless = printer.print(text, "A", text), plain.print("A", "A", "A")
    assert marks(language, job) == marks(language, harmless)
    assert [reply for _, reply in printer.port.replies] == [reply for _, reply in plain.port.replies], "it answered something unasked"
    printer.clock.sleep(10)
    printer.print("B", serial=NEXT)
    assert printer.serials() == [SERIAL, NEXT] and printer.model.printed_total == 2
    assert printer.model.powered and not printer.model.paused and not printer.model.reprint


@CASES
@pytest.mark.parametrize("language", LABEL_PRINTERS)
def test_on_a_label_text_is_printed_as_text_as_far_as_it_fits(language: str, text: str) -> None:
    job = Printer(language).print(text)
    fields = re.findall(rb"\^FD([^^]*)\^FS", job) if language == "ZPL" else re.findall(rb'"([^"]*)"\r\n', job)
    shown = fields[-1]
    if language == "ZPL":
        shown = re.sub(rb"_(..)", lambda found: bytes.fromhex(found[1].decode("ascii")), shown)
    line = shown.decode("utf-8" if language == "ZPL" else "gbk")
    assert visible(line) and len(line.encode("gbk")) <= 31
    assert letters(text).startswith(letters(line)) and (letters(line) == letters(text) or line.endswith("…"))


@pytest.mark.parametrize("language", LABEL_PRINTERS)
@pytest.mark.parametrize("serial", ["", "1", "^XZ", '12"', "1\r\n2", "12\x1b!R", "１２", "12 ", "-1"])
def test_a_serial_that_is_no_number_is_refused_before_anything_is_sent(language: str, serial: str) -> None:
    printer = Printer(language)
    with pytest.raises(UsageError):
        printer.driver.print_label(LabelContent(serial, ()))
    assert printer.port.written == []


@CASES
def test_on_a_receipt_text_never_cuts_answers_pulses_or_clears(text: str) -> None:
    clock = FakeClock()
    model = ThermalPrinterModel("window-1.thermal-printer")
    port = LoopPort(model, clock)
    recording, _ = recorder(clock)
    driver = ThermalPrinter(model.name, port, clock, recording)
    lines = ["采血回执", text[:600], "完"]
    receipt = driver.print_receipt(lines)
    job = max(port.written, key=len)
    assert (model.cuts, model.pulses, model.overflow, dict(model.unknown)) == (1, 0, 0, {})
    assert [reply for _, reply in port.replies] == [b"\x12"] * 8, "it answered something unasked"
    assert re.findall(rb"\x10[\x04\x05\x14]", job) == [] and job.count(b"\x1dV") == 1
    assert [row if isinstance(row, str) else "" for row in model.printed] == [
        "" if number in receipt.rastered else row for number, row in enumerate(receipt.lines)
    ]
    whole = "".join(receipt.lines)
    assert visible(whole) and letters(whole) == letters(text[:600])


def test_a_receipt_with_too_much_text_is_refused_before_anything_is_sent() -> None:
    clock = FakeClock()
    port = LoopPort(ThermalPrinterModel("window-1.thermal-printer"), clock)
    recording, _ = recorder(clock)
    with pytest.raises(UsageError):
        ThermalPrinter("window-1.thermal-printer", port, clock, recording).print_receipt([TEXTS["very long"]] * 2)
    assert port.written == []
