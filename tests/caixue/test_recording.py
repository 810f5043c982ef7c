"""Recordings: lossless, never half read in silence, and good enough to be the other end of a port."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from caixue import cli
from caixue.bench import Bench, open_bench
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import CaixueError, UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link import protocol_replay
from caixue.link.port import Port
from caixue.link.recording import Header, Recorded, TrafficRecorder, Transfer, open_traffic, read_traffic
from caixue.link.replaying import NotRecorded, Replay, Tape
from caixue.opening import make_driver, open_site
from caixue.site import load_site
from caixue.tubes import LabelContent
from tests.caixue.scripted import START, FakeClock

PRINTER = Recorded("window-1.label-printer", "label-printer", "COM3", 19200, "TSPL")
HOST = Recorded("window-1.collection-host", "collection-host", "COM4", 19200, "Modbus RTU", "rtu")
HEADER = Header("eight-window", START, (PRINTER, HOST))

GOLDEN = """\
{"format": "caixue-traffic", "version": 1, "site": "eight-window", "start": "2026-11-23T07:00:00+08:00", "devices": [{"name": "window-1.label-printer", "kind": "label-printer", "url": "COM3", "baudrate": 19200, "protocol": "TSPL", "framing": "", "unit": 1}]}
{"at_us": 0, "device": "window-1.label-printer", "dir": ">", "hex": "1b213f"}
{"at_us": 2521, "device": "window-1.label-printer", "dir": "<", "hex": "00"}
"""  # noqa: E501

moments = st.lists(st.integers(0, 5_000_000), max_size=20)
devices = st.sampled_from((PRINTER.name, HOST.name))
ways = st.sampled_from((">", "<"))


def written(path: Path, transfers: Sequence[tuple[int, str, str, bytes]]) -> Path:
    """A recording of (pause before it, device, direction, bytes)."""
    clock = FakeClock()
    with TrafficRecorder(path, clock, site="eight-window", devices=HEADER.devices) as recorder:
        for pause_us, device, way, data in transfers:
            clock.advance_to(clock.now_us + pause_us)
            recorder.tap(device, way, data)
    return path


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAIXUE_LANG", raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traffic")


def fresh(folder: Path) -> Path:
    return folder / f"{len(list(folder.iterdir()))}.jsonl"


# The file.


def test_a_recording_looks_as_documented(tmp_path: Path) -> None:
    clock = FakeClock()
    recorder = TrafficRecorder(tmp_path / "a.jsonl", clock, site="eight-window", devices=[PRINTER])
    recorder.tap(PRINTER.name, ">", b"\x1b!?")
    clock.advance_to(2521)
    recorder.tap(PRINTER.name, "<", b"\x00")
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == GOLDEN  # already, and nobody has closed it


@given(st.lists(st.tuples(st.integers(0, 10**9), devices, ways, st.binary(max_size=64)), max_size=12))
def test_any_bytes_come_back_with_their_direction_and_microsecond(folder: Path, transfers: list[tuple[int, str, str, bytes]]) -> None:
    header, found = read_traffic(written(fresh(folder), transfers))
    at_us, wanted = 0, []
    for pause_us, device, way, data in transfers:
        at_us += pause_us
        wanted.append((at_us, device, way, data))
    assert [(one.at_us, one.device, one.direction, one.data) for one in found] == wanted
    assert header == HEADER


@given(st.integers(0, len(GOLDEN.encode())))
def test_a_file_cut_anywhere_gives_what_is_whole_and_names_the_line_that_is_not(folder: Path, size: int) -> None:
    path = fresh(folder)
    path.write_bytes(GOLDEN.encode()[:size])
    whole = GOLDEN.encode()[:size].count(b"\n")
    found: list[Transfer] = []
    try:
        _, transfers = open_traffic(path)
        for transfer in transfers:
            found.append(transfer)
    except UsageError as error:
        assert f"{path}:{whole + 1}:" in str(error)
    else:
        assert GOLDEN.encode()[:size].endswith(b"\n")
    assert len(found) == max(0, whole - 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"at_us": 1}', "keys"),
        ("[]", "not an object"),
        ("nonsense", "not JSON"),
        ('{"at_us": -1, "device": "window-1.label-printer", "dir": ">", "hex": ""}', "at_us"),
        ('{"at_us": 1.5, "device": "window-1.label-printer", "dir": ">", "hex": ""}', "at_us"),
        ('{"at_us": 1, "device": "window-9", "dir": ">", "hex": ""}', "window-9"),
        ('{"at_us": 1, "device": "window-1.label-printer", "dir": "?", "hex": ""}', "dir"),
        ('{"at_us": 1, "device": "window-1.label-printer", "dir": ">", "hex": "1B"}', "hex is damaged"),
        ('{"at_us": 1, "device": "window-1.label-printer", "dir": ">", "hex": "1b2"}', "hex is damaged"),
        ('{"at_us": 1, "device": "window-1.label-printer", "dir": ">", "hex": null}', "hex is damaged"),
    ],
)
def test_a_damaged_line_is_named_with_its_number(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{GOLDEN}{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"a\.jsonl:4: .*{problem}"):
        read_traffic(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [(('"version": 1', '"version": 2'), "version 2"), (("caixue-traffic", "pcap"), "not a recording"), (('"kind"', '"sort"'), "devices")],
)
def test_another_format_or_version_is_refused(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(GOLDEN.replace(*change), encoding="utf-8")
    with pytest.raises(UsageError, match=rf"a\.jsonl:1: .*{problem}"):
        read_traffic(path)


def test_a_recording_overwrites_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", [])
    with pytest.raises(UsageError, match="exists already"):
        TrafficRecorder(path, FakeClock(), site="x", devices=[])


# The tape.


def tape(*transfers: tuple[int, str, bytes], any_order: bool = False) -> Tape:
    rows = [Transfer(at_us, PRINTER.name, ">" if way == ">" else "<", data) for at_us, way, data in transfers]
    return Tape(HEADER, rows, PRINTER.name, any_order=any_order)


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=8), st.lists(st.binary(min_size=1, max_size=8), max_size=3)), max_size=6),
    st.data(),
)
def test_a_recorded_talk_can_be_had_again_in_any_chunks(talk: list[tuple[bytes, list[bytes]]], data: st.DataObject) -> None:
    rows: list[tuple[int, str, bytes]] = []
    for request, replies in talk:
        rows += [(len(rows), ">", request), *((len(rows), "<", reply) for reply in replies)]
    again, heard = tape(*rows), []
    for request, _ in talk:
        cut = data.draw(st.integers(0, len(request)))
        for piece in filter(None, (request[:cut], request[cut:])):
            heard.append(b"".join(reply for _, reply in again.write(piece) or ()))
    assert b"".join(heard) == b"".join(reply for _, replies in talk for reply in replies)
    assert again.finished


def test_another_byte_than_the_recorded_one_is_refused_with_both_in_hex_and_in_words() -> None:
    with pytest.raises(NotRecorded) as refused:
        tape((0, ">", b"\x1b!?"), (9, "<", b"\0")).write(b"\x1b!.")
    assert "1b 21 3f (问状态)" in str(refused.value)
    assert "1b 21 2e (取消作业)" in str(refused.value)
    assert "第 1 个请求，从第 3 个字节起不同" in str(refused.value)


def test_a_refusal_quotes_no_printed_name() -> None:
    name = "王小明".encode("gbk")
    with pytest.raises(NotRecorded) as refused:
        tape((0, ">", b'TEXT 1,1,"F",0,1,1,"' + name + b'"\r\n')).write(b'TEXT 1,1,"F",0,1,1,"?')
    assert name.hex(" ") not in str(refused.value) and "王小明" not in str(refused.value)


def test_after_the_last_request_the_recording_is_over() -> None:
    again = tape((0, ">", b"\x1b!?"))
    again.write(b"\x1b!?")
    with pytest.raises(NotRecorded, match="记录到此为止"):
        again.write(b"\x1b!?")


def test_in_any_order_a_request_gets_its_next_recorded_reply() -> None:
    again = tape((0, ">", b"a"), (1, "<", b"1"), (2, ">", b"b"), (3, "<", b"2"), (4, ">", b"a"), (5, "<", b"3"), any_order=True)
    assert [again.write(request) for request in (b"b", b"a", b"a", b"b")] == [[(1, b"2")], [(1, b"3")], [(1, b"1")], [(1, b"2")]]
    with pytest.raises(NotRecorded):
        again.write(b"c")


# The port.


def test_replay_is_a_port_for_any_program_that_uses_pyserial(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", [(0, PRINTER.name, ">", b"\x1b!?"), (3_600_000_000, PRINTER.name, "<", b"\x00\xff\x5c\x6e")])
    with serial.serial_for_url(f"replay://{path}?device={PRINTER.name}", timeout=None) as port:
        port.write(b"\x1b!?")
        assert port.read(4) == b"\x00\xff\x5c\x6e"  # an hour later, at once


def test_a_reply_that_came_too_late_comes_too_late_again(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", [(0, PRINTER.name, ">", b"\x1b!?"), (700_000, PRINTER.name, "<", b"\x20")])
    replay = Replay(path)
    port = Port(replay.url(PRINTER.name), replay.clock, name="p")
    port.write(b"\x1b!?")
    assert (port.read(1, 0.5), replay.clock.monotonic_us()) == (b"", 500_000)
    assert (port.read(1, 0.5), replay.clock.monotonic_us()) == (b"\x20", 700_000)


def test_recorded_gaps_are_waited_for_only_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.jsonl", [(0, PRINTER.name, ">", b"\x1b!?"), (250_000, PRINTER.name, "<", b"\x20")])
    clock = FakeClock()
    monkeypatch.setattr(protocol_replay, "SystemClock", lambda: clock)
    for pace, waited_us in (("", 0), ("&pace=recorded", 250_000)):
        with serial.serial_for_url(f"replay://{path}?device={PRINTER.name}{pace}", timeout=1) as port:
            port.write(b"\x1b!?")
            assert (port.read(1), clock.now_us) == (b"\x20", waited_us)


@pytest.mark.parametrize("query", ["", "?device=window-9", "?device=window-1.label-printer&speed=2"])
def test_a_replay_url_that_means_nothing_is_a_usage_error(tmp_path: Path, query: str) -> None:
    path = written(tmp_path / "a.jsonl", [])
    with pytest.raises(UsageError):
        Port(f"replay://{path}{query}", FakeClock(), name="p").write(b"x")


# Drivers.


def visit(drivers: Any, provoke: Any) -> None:
    """What a test engineer might do at window 1, with an alarm on the way."""
    dispenser: TubeDispenser = drivers["window-1.tube-dispenser"]
    assert dispenser.dispense(1).colour
    drivers["window-1.label-printer"].print_label(LabelContent("261123000001", ("王*明",)))
    drivers["window-1.thermal-printer"].print_receipt(["采血凭条", "鑫龘"])
    drivers["window-1.barcode-scanner"].scan()
    clear = provoke("window-1.label-printer", "paper-out")
    for serial_number in ("261123000002", "261123000003"):
        with suppress(CaixueError):  # the first finds no paper
            drivers["window-1.label-printer"].print_label(LabelContent(serial_number, ()))
        clear()
    drivers["window-1.collection-host"].clear()


@pytest.fixture(scope="module")
def recorded(folder: Path) -> tuple[Path, Bench]:
    path = folder / "visit.jsonl"
    bench = open_bench("twin", path)
    visit(bench.drivers, bench.provoke)
    bench.close()
    return path, bench


def test_replayed_drivers_journal_what_the_recorded_ones_did_to_the_microsecond(recorded: tuple[Path, Bench]) -> None:
    path, bench = recorded
    replay, journal = Replay(path), MemoryJournal()
    recorder = Recorder(journal, replay.clock)
    site = load_site("eight-window")
    names = [device.name for device in replay.header.devices if device.name.startswith("window-1.")]
    drivers = {name: make_driver(site.devices[name], replay.clock, recorder, url=replay.url(name)) for name in names}
    visit(drivers, lambda device, alarm: lambda: None)
    assert [event.to_json() for event in journal.events] == [
        event.to_json() for event in bench.journal.events if not event.kind.startswith("twin.")  # type: ignore[attr-defined]
    ]
    assert all(replay.tape(name).finished for name in names)


@pytest.fixture
def site_file(folder: Path, recorded: tuple[Path, Bench], tmp_path: Path) -> Path:
    """A site whose devices are the recorded ones."""
    path, _ = recorded
    kinds = ("tube-dispenser", "collection-host", "label-printer", "thermal-printer", "barcode-scanner")
    rows = [f'[kinds.{kind}]\nurl = "replay://{path.as_posix()}?device={{name}}&match=any"' for kind in kinds]
    text = 'schema = 1\nextends = "eight-window"\nname = "replayed"\n' + "\n".join(rows)
    target = tmp_path / "site.toml"
    target.write_text(text, encoding="utf-8")
    return target


def test_an_opened_site_keeps_its_traffic_where_it_is_told(site_file: Path, tmp_path: Path) -> None:
    opened = open_site(site_file, record=tmp_path / "b.jsonl")
    opened.drivers["window-1.tube-dispenser"].status()
    header, transfers = read_traffic(tmp_path / "b.jsonl")
    assert header.device("window-1.tube-dispenser").protocol == "Modbus RTU"
    assert [(one.direction, len(one.data)) for one in transfers] == [(">", 8), ("<", 5), ("<", 18)]


def test_caixue_record_reads_the_named_devices_and_keeps_every_byte(
    site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.jsonl"
    words = ["record", str(site_file), "--device", "window-1.label-*", "--count", "2", "--every", "0.01", "--out", str(out), "--json"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["devices"]] == ["window-1.label-printer"]
    assert [(one.direction, one.data) for one in read_traffic(out)[1]][::2] == [(">", b"\x1b!?")] * 2


def test_caixue_record_says_who_did_not_answer(site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = re.sub(r'(label-printer]\nurl = )"[^"]*"', r'\1"no-such-port-{name}"', site_file.read_text(encoding="utf-8"))
    site_file.write_text(text, encoding="utf-8")
    assert cli.main(["record", str(site_file), "--device", "window-1.label-printer", "--out", str(tmp_path / "d.jsonl")]) == 4
    assert "cannot open the port" in capsys.readouterr().out


def test_caixue_record_knows_no_device_of_another_name(site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["record", str(site_file), "--device", "window-1.label-printr", "--out", str(tmp_path / "e.jsonl")]) == 2
    assert "window-1.label-printer" in capsys.readouterr().err
    assert not (tmp_path / "e.jsonl").exists()
