"""The models in real time: the same drivers reach them over pseudo terminals and TCP, and hostile clients harm nobody."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.label_printer import LabelPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import LinkError, UsageError
from caixue.tubes import LabelContent
from caixue.wire.modbus import READ_INPUT, WRITE, Reply, Request, parse_reply, reply_frame, request_frame
from tests.twin.live_bench import PATIENCE_S, LiveBench, live_bench
from twin.bench_hostile import attack
from twin.chance import Chance
from twin.live.framing import Frames
from twin.live.network import CLIENTS, TcpEnd
from twin.live.serving import HAS_PTY
from twin.live.timeline import LoopTimeline

DISPENSER, PRINTER, RECEIPTS, SCANNER, HOST = (
    f"window-1.{kind}" for kind in ("tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner", "collection-host")
)
READ = Request(1, READ_INPUT, 0, 9)
WAYS = ["tcp", pytest.param("pty", marks=pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals"))]
needs_pty = pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBench]:
    with live_bench(tmp_path_factory.mktemp("bench")) as running:
        yield running


def connect(bench: LiveBench, name: str = DISPENSER) -> socket.socket:
    return socket.create_connection(bench.address(name), timeout=PATIENCE_S)


def exactly(connection: socket.socket, count: int) -> bytes:
    """`count` bytes from the device; fewer only when it hangs up."""
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


# Drivers


@pytest.mark.parametrize("over", WAYS)
def test_dispensing_and_printing_work_through_the_real_drivers(bench: LiveBench, over: str) -> None:
    dispenser, printer = bench.driver(DISPENSER, over=over), bench.driver(PRINTER, over=over)
    assert isinstance(dispenser, TubeDispenser) and isinstance(printer, LabelPrinter)
    made = bench.room.models[DISPENSER].dispensed  # type: ignore[attr-defined]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(dispenser.dispense, 1), pool.submit(printer.print_label, LabelContent("261123000001", ("EDTA",)))]
        for job in jobs:
            job.result(PATIENCE_S)
    assert bench.room.models[DISPENSER].dispensed == made + 1  # type: ignore[attr-defined]
    assert bench.room.stations["window-1"].take_label().readable == "261123000001"  # type: ignore[union-attr]
    dispenser.port.close()
    printer.port.close()


@pytest.mark.parametrize("over", WAYS)
@pytest.mark.parametrize("name", [DISPENSER, PRINTER, RECEIPTS, SCANNER, HOST])
def test_every_device_of_a_window_answers_its_driver(bench: LiveBench, name: str, over: str) -> None:
    driver = bench.driver(name, over=over)
    assert driver.status().state == "ready"
    driver.port.close()


# Several clients of one device


def test_an_answer_goes_to_the_client_that_asked_and_to_no_other(bench: LiveBench) -> None:
    asking, silent = connect(bench), connect(bench)
    asking.sendall(request_frame(READ))
    assert len(exactly(asking, 23)) == 23
    silent.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent.recv(1)
    asking.close()
    silent.close()


def test_news_goes_to_every_client(bench: LiveBench) -> None:
    clients = [connect(bench, RECEIPTS) for _ in range(2)]
    clients[0].sendall(b"\x1da\x0f")  # automatic status on
    assert len(exactly(clients[0], 4)) == 4
    bench.until(lambda: len(bench.room.hubs[RECEIPTS].ends) >= 2)
    bench.within(lambda: bench.room.inject(RECEIPTS, "cover-open"))
    told = [exactly(client, 4) for client in clients]
    assert told[0] == told[1] and told[0][0] & 0x20
    bench.within(lambda: bench.room.repair(RECEIPTS))
    clients[0].sendall(b"\x1da\x00")
    for client in clients:
        client.close()


def test_half_a_frame_of_one_client_does_not_spoil_the_frame_of_another(bench: LiveBench) -> None:
    rude, good = connect(bench), connect(bench)
    rude.sendall(bytes.fromhex("0110 0000 007b f600"))  # a write of 246 bytes that never come
    bench.until(lambda: any(getattr(end, "_frames", None) and end._frames.unfinished for end in bench.room.hubs[DISPENSER].ends.values()))  # type: ignore[attr-defined]
    good.sendall(request_frame(READ))
    assert parse_reply(exactly(good, 23), READ) is not None
    rude.close()
    good.close()


def test_a_foreign_unit_gets_no_answer_and_the_next_question_is_answered(bench: LiveBench) -> None:
    client = connect(bench)
    client.sendall(request_frame(Request(9, READ_INPUT, 0, 9)) + request_frame(READ))
    assert exactly(client, 1)[0] == 1
    client.close()


# Hostile clients


def test_a_client_that_never_reads_is_cut_off(bench: LiveBench) -> None:
    client = connect(bench, PRINTER)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE_S)
    bench.until(lambda: any(isinstance(each, TcpEnd) for each in bench.room.hubs[PRINTER].ends.values()))
    end = next(each for each in bench.room.hubs[PRINTER].ends.values() if isinstance(each, TcpEnd))
    bench.within(lambda: end._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096))
    bench.within(lambda: [end.answer(bytes(4096), 0) for _ in range(2000)])
    bench.until(lambda: not end.open)
    client.close()


def test_one_connection_too_many_sends_away_the_one_that_was_never_answered(bench: LiveBench) -> None:
    good = connect(bench)
    good.sendall(request_frame(READ))
    assert len(exactly(good, 23)) == 23
    idle = [connect(bench) for _ in range(CLIENTS + 5)]
    bench.until(lambda: sum(isinstance(end, TcpEnd) for end in bench.room.hubs[DISPENSER].ends.values()) == CLIENTS)
    assert idle[0].recv(1) == b""
    good.sendall(request_frame(READ))
    assert len(exactly(good, 23)) == 23
    for client in (good, *idle):
        client.close()


@pytest.mark.parametrize("name", [DISPENSER, PRINTER, RECEIPTS, SCANNER])
def test_after_floods_and_garbage_nothing_is_left_open_and_the_driver_works(bench: LiveBench, name: str) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert sum(attack(*bench.address(name), 60, Chance(1).stream("hostile"))) == 60
    bench.until(lambda: not any(isinstance(end, TcpEnd) for end in bench.room.hubs[name].ends.values()))
    assert not before or len(os.listdir("/proc/self/fd")) <= before
    if name == DISPENSER:  # printers print what they are sent, as real ones do
        assert bench.driver(name).status().state == "ready"


def test_a_reset_connection_leaves_no_trace(bench: LiveBench) -> None:
    client = connect(bench)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sendall(request_frame(READ))
    client.close()
    bench.until(lambda: not any(isinstance(end, TcpEnd) for end in bench.room.hubs[DISPENSER].ends.values()))


@needs_pty
def test_a_terminal_that_nobody_reads_loses_bytes_and_goes_on(bench: LiveBench) -> None:
    end = bench.room.reached[DISPENSER].pty
    bench.within(lambda: [end._write(bytes(1000)) for _ in range(100)])  # type: ignore[union-attr]
    driver = bench.driver(DISPENSER, over="pty")
    assert driver.status().state == "ready"
    driver.port.close()


@needs_pty
def test_a_terminal_is_raw_and_its_link_leads_to_it(bench: LiveBench) -> None:
    import termios

    end = bench.room.reached[SCANNER].pty
    assert end is not None and os.path.realpath(end.link) == os.path.realpath(end.path)
    fd = os.open(end.link, os.O_RDWR | os.O_NOCTTY)
    _, output, control, local, *_ = termios.tcgetattr(fd)
    os.close(fd)
    assert not local & (termios.ECHO | termios.ICANON | termios.ISIG)
    assert not output & termios.OPOST
    assert control & termios.CSIZE == termios.CS8 and not control & termios.PARENB


# Faults


def test_a_fault_of_the_line_is_seen_by_the_driver_and_ends_by_itself(bench: LiveBench) -> None:
    driver = bench.driver(DISPENSER)
    record = bench.within(lambda: bench.room.inject(DISPENSER, "bad-crc", duration="20 ms", detail={"every": 1}))
    with pytest.raises(LinkError):
        driver.client.retries = 0  # type: ignore[attr-defined]
        driver.status()
    bench.until(lambda: record.ended_us is not None)
    assert record.armed_us <= record.fired_us <= record.ended_us
    assert driver.status().state == "ready"
    driver.port.close()


def test_a_fault_of_the_device_lasts_until_it_is_repaired(bench: LiveBench) -> None:
    driver = bench.driver(PRINTER)
    bench.within(lambda: bench.room.inject(PRINTER, "head-open"))
    assert "head-open" in driver.status().alarms
    assert bench.within(lambda: bench.room.repair(PRINTER)) == ["head-open"]
    assert driver.status().alarms == ()
    kinds = [event.kind for event in bench.journal.events if event.data.get("kind") == "head-open"]
    assert kinds == ["twin.fault-armed", "twin.fault-fired", "twin.fault-ended"]
    driver.port.close()


def test_a_cable_that_comes_out_ends_connections_and_silences_the_terminal_until_it_is_back(bench: LiveBench) -> None:
    client = connect(bench)
    bench.until(lambda: any(isinstance(end, TcpEnd) for end in bench.room.hubs[DISPENSER].ends.values()))
    bench.within(bench.room.hubs[DISPENSER].drop)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    bench.within(bench.room.hubs[DISPENSER].restore)
    for over in ("tcp", *(["pty"] if HAS_PTY else [])):
        driver = bench.driver(DISPENSER, over=over)
        assert driver.status().state == "ready"
        driver.port.close()


@pytest.mark.parametrize(
    ("target", "kind", "named", "complaint"),
    [
        ("window-9.scanner", "silence", {}, "window-9.scanner"),
        (DISPENSER, "head-opn", {}, "head-opn"),
        (DISPENSER, "lane-empty", {"detail": {"lane": 99}}, "99"),
        (DISPENSER, "lane-empty", {"detail": {"lnae": 3}}, "lnae"),
        (DISPENSER, "bad-crc", {"duration": "10"}, "10"),
        ("window-1", "out-of-service", {}, "window-1"),
    ],
)
def test_a_fault_that_nobody_knows_is_refused_and_nothing_is_journaled(
    bench: LiveBench, target: str, kind: str, named: dict[str, object], complaint: str
) -> None:
    before = len(bench.journal.events)
    with pytest.raises(UsageError, match=complaint):
        bench.within(lambda: bench.room.inject(target, kind, **named))
    assert len(bench.journal.events) == before


# Framing on a network


BODY = bytes.fromhex("01 04 0000 0009")  # read nine input registers of unit 1


def with_header(transaction: int, body: bytes) -> bytes:
    return struct.pack(">HHH", transaction, 0, len(body)) + body


def requests(frames: Frames, data: bytes, size: int) -> list[tuple[bytes, bytes]]:
    """Every request in `data`, fed in pieces of `size`, and the bytes of one reply to each."""
    found = []
    for at in range(0, len(data), size):
        frames.feed(data[at : at + size])
        while (request := frames.take()) is not None:
            found.append((request[0], request[1](Reply(1, READ_INPUT, (7,)))))
    return found


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=4), st.integers(1, 7))
def test_frames_with_a_header_are_found_however_they_are_cut_and_answered_with_their_number(numbers: list[int], size: int) -> None:
    data = b"".join(with_header(number, BODY) for number in numbers)
    replies = [with_header(number, bytes.fromhex("01 04 02 0007")) for number in numbers]
    assert requests(Frames(), data, size) == [(BODY, reply) for reply in replies]


@given(st.integers(1, 9))
def test_rtu_frames_are_found_however_they_are_cut_and_answered_in_rtu(size: int) -> None:
    sent = [request_frame(READ), request_frame(Request(1, WRITE, 0, 3, (1, 2, 3)))]
    reply = reply_frame(Reply(1, READ_INPUT, (7,)))
    assert requests(Frames(), b"".join(sent), size) == [(frame[:-2], reply) for frame in sent]


@given(st.binary(max_size=600))
def test_garbage_never_grows_and_never_raises(data: bytes) -> None:
    frames = Frames()
    frames.feed(data)
    while (request := frames.take()) is not None:
        assert len(request[0]) <= 254
    assert frames.unfinished <= 260


@pytest.mark.parametrize(("body", "answer"), [("01 07", "01 87 01"), ("01 04 0000 0000", "01 84 03"), ("01 04 0050 0002", "01 84 02")])
def test_a_request_that_cannot_be_answered_gets_its_exception_over_modbus_tcp(bench: LiveBench, body: str, answer: str) -> None:
    client = connect(bench)
    client.sendall(with_header(7, bytes.fromhex(body)))
    assert exactly(client, 9) == with_header(7, bytes.fromhex(answer))
    client.close()


# Time


def test_functions_of_one_instant_are_called_in_the_order_in_which_they_came() -> None:
    called: list[int] = []

    async def run() -> None:
        timeline = LoopTimeline(asyncio.get_running_loop())
        done = asyncio.Event()
        for number in range(50):
            timeline.at(1000, called.append, number)
        timeline.at(500, called.append, -1)
        timeline.at(1001, done.set)
        await done.wait()

    asyncio.run(run())
    assert called == [-1, *range(50)]


def test_a_late_timer_delays_nothing_after_it() -> None:
    seen: list[int] = []

    async def run() -> None:
        timeline = LoopTimeline(asyncio.get_running_loop())
        done = asyncio.Event()

        def step() -> None:
            seen.append(timeline.now_us)
            if len(seen) < 5:
                timeline.at(timeline.now_us + 1500, step)
            else:
                done.set()

        timeline.at(1500, step)
        await done.wait()

    asyncio.run(run())
    assert seen == [1500, 3000, 4500, 6000, 7500]


def test_an_error_in_one_function_does_not_stop_the_others() -> None:
    called: list[str] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: called.append(type(context["exception"]).__name__))
        timeline = LoopTimeline(loop)
        done = asyncio.Event()
        timeline.at(0, lambda: 1 // 0)
        timeline.at(0, done.set)
        await done.wait()

    asyncio.run(run())
    assert called == ["ZeroDivisionError"]


# Several units on one line


@pytest.mark.parametrize("over", WAYS)
def test_units_of_one_line_share_its_ends_and_only_the_one_that_is_asked_answers(tmp_path: Path, over: str) -> None:
    rows = [
        f'[[device]]\nname = "window-{unit}.tube-dispenser"\nkind = "tube-dispenser"\nurl = "twin://line"\nframing = "rtu"\nunit = {unit}\n'
        for unit in (1, 2)
    ]
    site = tmp_path / "shared.toml"
    windows = 'window = [{ name = "window-1" }, { name = "window-2" }]\nmanual_station = { name = "manual-1", devices = [], factor = 1.3 }\n'
    site.write_text(f'schema = 1\nextends = "eight-window"\nname = "shared"\n{windows}' + "".join(rows), encoding="utf-8")
    with live_bench(tmp_path, site) as bench:
        assert bench.url("window-1.tube-dispenser", over) == bench.url("window-2.tube-dispenser", over)
        bench.within(lambda: bench.room.inject("window-2.tube-dispenser", "lane-empty", detail={"lane": 3}))
        for unit, empty in ((1, 0), (2, 1 << 2)):
            driver = bench.driver(f"window-{unit}.tube-dispenser", over=over)
            assert driver.status().values["empty"] == empty
            driver.port.close()
