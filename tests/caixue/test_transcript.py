"""Transcripts: every protocol in words, any bytes a line, no name ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue import cli
from caixue.clock import SystemClock
from caixue.drivers.receipt import typeset
from caixue.link.recording import Direction, Header, Recorded, TrafficRecorder, Transfer
from caixue.opening import driver_classes
from caixue.transcript import as_json, as_text, transcribe
from caixue.tubes import LabelContent
from caixue.wire import tspl
from tests.caixue.scripted import START

Talk = list[tuple[int, Direction, bytes]]
KINDS = sorted(driver_classes())
NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")


def header(kind: str, *, framing: str = "") -> Header:
    card = driver_classes()[kind].card
    framing = framing or ("rtu" if card.protocol.startswith("Modbus") else "")
    return Header("site", START, (Recorded("d", kind, "COM3", card.baudrate, card.protocol, framing),))


def words(kind: str, talk: Talk, *, framing: str = "") -> list[str]:
    """The transcript's lines without time and name."""
    found = header(kind, framing=framing)
    lines = transcribe(found, [Transfer(at_us, "d", way, data) for at_us, way, data in talk])
    return [as_text(line, START).split(" ", 2)[2] for line in lines]


def test_a_dispensed_tube_in_modbus_rtu_reads_like_this() -> None:
    talk: Talk = [
        (0, ">", bytes.fromhex("01100000000306000100010001 4b40")),
        (28_000, "<", bytes.fromhex("0110000000")),
        (28_000, "<", bytes.fromhex("038008")),
        (1_300_000, ">", bytes.fromhex("010400000009300c")),
        (1_336_000, "<", bytes.fromhex("01041200000000000100010001000300000000000 07fd8".replace(" ", ""))),
    ]
    assert words("tube-dispenser", talk) == [
        "→ unit 1: write command=1(dispense) parameter=1 job=1  [01 10 00 00 00 03 06 00 01 00 01 00 01 4b 40]",
        "← unit 1: wrote 3 registers from 0  [01 10 00 00 00 03 80 08]",
        "→ unit 1: read input registers 0–8 (state, alarm, accepted, completed, result, colour, low, empty, locked)  [01 04 00 00 00 09 30 0c]",
        "← unit 1: state=0(ready) alarm=0 accepted=1 completed=1 result=1 colour=3 low=0 empty=0 locked=0"
        "  [01 04 12 00 00 00 00 00 01 00 01 00 01 00 03 00 00 00 00 00 00 7f d8]",
    ]


def test_modbus_tcp_frames_are_taken_apart_by_their_header() -> None:
    talk: Talk = [
        (0, ">", bytes.fromhex("0007 0000 0006 01 04 0000 0002")),
        (9, "<", bytes.fromhex("0007 0000 0007 01 04 04 0002 0001")),
        (99, ">", bytes.fromhex("0008 0000 0006 01 04 fff0 0001")),
        (100, "<", bytes.fromhex("0008 0000 0003 01 84 02")),
    ]
    assert [line.partition("  [")[0] for line in words("tube-dispenser", talk, framing="mbap")] == [
        "→ unit 1: read input registers 0–1 (state, alarm)",
        "← unit 1: state=2(fault) alarm=1(tube jammed)",
        "→ unit 1: read input registers 65520",
        "← unit 1: refused, exception 2: illegal data address",
    ]


def test_a_frame_with_a_wrong_crc_is_called_damaged() -> None:
    assert words("tube-dispenser", [(0, "<", bytes.fromhex("0110000000038009"))])[0].startswith("← damaged frame, 8 bytes")


def test_a_label_shows_its_serial_and_no_name() -> None:
    job = tspl.render_label(LabelContent("261123000042", ("王小明", "edta-purple")))
    lines = words("label-printer", [(0, ">", job), (9, "<", b"\x24"), (99, ">", b"\x1b!?"), (100, "<", b"\x44")])
    assert lines[6] == "→ BARCODE 100,16,128,96,0,0,2,2,261123000042"
    assert lines[8] == "→ TEXT 24,152,<text, 9 bytes>,0,1,1,<text, 6 bytes>"
    assert lines[-3:] == [
        "← status: out of labels、printing  [24]",
        "→ status?  [1b 21 3f]",
        "← status: out of labels、cover open  [44]",
    ]


def test_a_receipt_and_its_status_queries_read_like_this() -> None:
    lines = words("thermal-printer", [(0, ">", b"\x1b@\x1c&\xcd\xf5\n\n\x1dVB\x00"), (90_000, ">", b"\x10\x04\x04"), (91_000, "<", b"\x7e")])
    assert lines == [
        "→ initialise",
        "→ Chinese mode",
        "→ <text, 2 bytes>",
        "→ line feed ×2",
        "→ cut",
        "→ asks: paper  [10 04 04]",
        "← paper: paper out、paper near end  [7e]",
    ]


def test_a_zpl_label_and_a_stopped_printer_read_like_this() -> None:
    label = b"^XA^FO100,16^BCN,96,N,N,N^FD261123000042^FS^FO24,152^FH^FD_E7_8E_8B^FS^XZ"
    errors = b"\x02\r\nPRINTER STATUS\r\nERRORS: 1 00000000 00000005\r\nWARNINGS: 0 00000000 00000000\r\n\x03"
    lines = words("zpl-label-printer", [(0, ">", label), (90_000, ">", b"~HQES"), (95_000, "<", errors)])
    assert [line.partition("  [")[0] for line in lines] == [
        "→ ^XA",
        "→ ^FO 100,16",
        "→ ^BC N,96,N,N,N",
        "→ ^FD 261123000042",
        "→ ^FS",
        "→ ^FO 24,152",
        "→ ^FH",
        "→ ^FD <text, 3 bytes>",
        "→ ^FS",
        "→ ^XZ",
        "→ errors?",
        "← errors: head open、out of labels",
    ]


def test_a_scan_shows_the_serial_it_read() -> None:
    talk: Talk = [(0, ">", b"\x16T\r"), (80_000, "<", b"261123000042\r"), (900_000, ">", b"\x16T\r"), (990_000, "<", b"ZHANG SAN\r")]
    assert [line.partition("  [")[0] for line in words("barcode-scanner", talk)] == [
        "→ asks SYN T CR",
        "← 261123000042",
        "→ asks SYN T CR",
        "← <text, 5 bytes> <text, 3 bytes>",
    ]


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from((">", "<")), st.binary(max_size=40)), max_size=8))
def test_any_bytes_become_lines(kind: str, talk: list[tuple[int, Direction, bytes]]) -> None:
    for framing in ("", "mbap") if driver_classes()[kind].card.protocol.startswith("Modbus") else ("",):
        found = header(kind, framing=framing)
        rows = [Transfer(at_us, "d", way, data) for at_us, way, data in sorted(talk, key=lambda row: row[0])]
        lines = [*transcribe(found, rows)]
        assert [*map(as_json, lines)] and all(json.loads(as_json(line)) for line in lines) if any(row.data for row in rows) else True


@settings(max_examples=30)
@given(NAMES)
def test_no_name_is_ever_shown_whatever_printer_it_went_to(name: str) -> None:
    receipt, _ = typeset([name, f"姓名 {name}"], 32, 100)
    label = tspl.render_label(LabelContent("261123000042", (name,)))
    shown = "\n".join(words("thermal-printer", [(0, ">", receipt)]) + words("label-printer", [(0, ">", label)]))
    assert not set(name) & set(shown)
    assert name.encode("gbk", "replace").hex(" ") not in shown


def test_turns_of_several_devices_stand_in_the_order_in_which_they_began() -> None:
    both = Header("site", START, tuple(Recorded(name, "label-printer", "", 19200, "TSPL") for name in ("a", "b")))
    rows: list[tuple[int, str, Direction]] = [(0, "a", ">"), (10, "b", ">"), (1_000, "a", "<"), (900_000, "b", "<"), (2_000_000, "a", ">")]
    lines = transcribe(both, [Transfer(at_us, name, way, b"\x00") for at_us, name, way in rows])
    assert [(line.at_us, line.device) for line in lines] == [(at_us, name) for at_us, name, _ in rows]


def test_caixue_transcript_shows_what_is_whole_before_it_names_the_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    with TrafficRecorder(path, SystemClock(), site="s", devices=header("label-printer").devices) as recorder:
        recorder.tap("d", ">", b"\x1b!?")
        recorder.tap("d", "<", b"\x00")
    assert cli.main(["transcript", str(path), "--json"]) == 0
    assert [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()] == ["status?", "status: ready"]
    path.write_bytes(path.read_bytes()[:-4])
    assert cli.main(["transcript", str(path)]) == 2
    told = capsys.readouterr()
    assert "status?" in told.out and f"{path}:3: the line is cut off" in told.err
