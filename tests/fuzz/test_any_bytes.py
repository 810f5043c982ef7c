"""Any bytes give a message or the declared error, soon, and nothing else: every wire format, every file that people bring.

A few examples run with the other tests; `nox -s fuzz` runs many and also holds each call to 10 ms of CPU time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.discovery import modules
from caixue.errors import CaixueError
from caixue.events import from_json
from caixue.site import load_site
from caixue.wire import code128, display, escpos_parser, lines, megatec, mllp, modbus, tspl, zpl, zpl_stream
from twin.arrivals import parse_arrivals
from twin.devices.base import DeviceModel, Surroundings
from twin.plant import model_classes
from twin.scenario import parse_scenario
from twin.things import Station, TubeFactory

LONGEST_S = 0.010
TIMED = os.environ.get("CAIXUE_FUZZ") == "timed"
START = datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=8)))
REQUEST = modbus.Request(1, modbus.READ_INPUT, 0, 9)

SAMPLES = (
    bytes.fromhex("01030000000ac5cd"),
    bytes.fromhex("0110000000030600010003000746bd"),
    bytes.fromhex("01040a000000000001000100010000"),
    b"\x1b!?",
    b'SIZE 50 mm,30 mm\r\nGAP 3 mm,0\r\nCODEPAGE 936\r\nCLS\r\nBARCODE 20,20,"128",80,1,0,2,2,"261123000001"\r\nPRINT 1,1\r\n',
    b"^XA^CI28^FO20,20^BCN,80,Y,N,N^FH^FD261123000001^FS^XZ~HS",
    b"\x0212,0,0,0000,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x020000,0\x03\r\n",
    b"\x10\x04\x01\x10\x04\x02\x1b@\x1c&" + "采血回执".encode("gb18030") + b"\n\x1dV\x00",
    b"\x16T\r261123000001\rNOREAD\r",
    b"\x0bMSH|^~\\&|LIS|LAB|CAIXUE|ROOM|20261123070000||NMR^N01|7|P|2.5\rMSA|AA|caixue-1\r\x1c\r",
    b"(220.0 220.0 220.0 035 50.0 13.50 28.0 00000000\r",
    b'{"seq":0,"at_us":0,"kind":"window.opened","subject":"window-1","actor":"","cause":null,"data":{}}',
    'schema = 1\ntitle = "一"\nsite = "bare-windows"\n[load]\nrates_per_h = [60]\n[[fault]]\nat = "+1 min"\n'.encode(),
    b"arrived_at,service_started_at,service_ended_at,position\r\n07:00:00,07:01:00,07:02:00,S01\r\n",
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A known message with bytes changed, cut, doubled or put in."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(("flip", "drop", "insert", "double", "cut"))):
            case "flip" if data:
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "drop":
                del data[place : place + draw(st.integers(1, 8))]
            case "insert":
                data[place:place] = draw(st.binary(max_size=12))
            case "double":
                data += data[place : place + 40]
            case _:
                del data[place:]
    return bytes(data)


HOSTILE = st.one_of(st.binary(max_size=600), mutated(), st.lists(mutated(), max_size=3).map(b"".join))


def text_of(data: bytes) -> str:
    return data.decode("latin-1")


def fed(make: Callable[[], Any]) -> Callable[[bytes], object]:
    return lambda data: make().feed(data)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "modbus request": modbus.parse_request,
    "modbus reply": lambda data: modbus.parse_reply(data, REQUEST),
    "modbus reply in noise": lambda data: modbus.find_reply(data, REQUEST),
    "tspl commands": tspl.parse_commands,
    "tspl stream": fed(tspl.CommandStream),
    "zpl commands": zpl_stream.parse_commands,
    "zpl host status": zpl.host_status,
    "zpl error flags": zpl.error_flags,
    "zpl identification": zpl.identification,
    "lines": fed(lines.LineSplitter),
    "line reply": lines.reply_text,
    "megatec status": lambda data: megatec.parse_status(text_of(data)),
    "megatec rating": lambda data: megatec.parse_rating(text_of(data)),
    "display fields": lambda data: display.fields(text_of(data)),
    "display text": lambda data: display.decode(text_of(data)),
    "mllp frame": mllp.unframed,
    "hl7 acknowledgement": mllp.acknowledgement,
    "code 128": lambda data: code128.decode(bytes(byte & 1 for byte in data)),
    "event": lambda data: from_json(text_of(data)),
    "scenario": lambda data: parse_scenario(data, Path("fuzz.toml")),
    "arrivals": lambda data: parse_arrivals(data, Path("fuzz.csv"), START, 6 * 3600 * 1_000_000),
}
SLOW = frozenset({"scenario", "arrivals"})  # files, not messages: they are read once and may take longer


@cache
def site() -> Any:
    return load_site("eight-window-full")


def model_of(kind: str) -> DeviceModel:
    name = next((name for name, spec in site().devices.items() if spec.kind == kind), kind)
    model = model_classes()[kind].build(name, 1, Surroundings(Station(), TubeFactory(), site()))
    model.send = lambda data, after_us=0: None
    model.call_later = lambda after_us, function, *arguments: None
    return model


def within_the_time(parse: Callable[[bytes], object], data: bytes, *, timed: bool = True) -> None:
    """Parse, and hold it to the time; a second look is allowed, as the first may have paid for an import or for garbage."""
    spent_s = cpu_s(parse, data)
    assert not (TIMED and timed) or spent_s < LONGEST_S or cpu_s(parse, data) < LONGEST_S, f"{spent_s:.4f} s for {data!r}"


def cpu_s(parse: Callable[[bytes], object], data: bytes) -> float:
    before = time.process_time()
    with suppress(CaixueError):
        parse(data)
    return time.process_time() - before


@pytest.mark.parametrize("name", PARSERS)
@given(data=HOSTILE)
def test_a_parser_gives_a_message_or_its_declared_error(name: str, data: bytes) -> None:
    within_the_time(PARSERS[name], data, timed=name not in SLOW)


@pytest.mark.parametrize("kind", sorted(model_classes()))
@given(data=HOSTILE)
def test_a_device_takes_any_bytes_without_an_error(kind: str, data: bytes) -> None:
    within_the_time(model_of(kind).feed, data)


def test_every_wire_module_is_under_fuzz_by_itself_or_through_a_device() -> None:
    import caixue.wire

    behind_models = {"escpos", "escpos_parser", "mbap", "label_layout", "code128"}
    explained = {name for name in (module.__name__.rpartition(".")[2] for module in modules(caixue.wire, "-")) if name.startswith("explain")}
    direct = {value.__name__.rpartition(".")[2] for value in (display, lines, megatec, mllp, modbus, tspl, zpl, zpl_stream, escpos_parser)}
    all_of_them = {module.__name__.rpartition(".")[2] for module in modules(caixue.wire, "-")}
    assert all_of_them - explained - behind_models - direct == set()
