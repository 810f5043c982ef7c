"""Programs that strangers wrote: they drive our models as they would drive machines, and our drivers drive their server."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from escpos.printer import Network
from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from caixue.clock import SystemClock
from caixue.drivers.tube_dispenser import CARD, TubeDispenser
from caixue.errors import DeviceError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.arming import UNGUARDED
from caixue.link.port import Port
from tests.twin.live_bench import PATIENCE_S, LiveBench, live_bench
from twin.live.serving import HAS_PTY

DISPENSER, RECEIPTS = "window-1.tube-dispenser", "window-1.thermal-printer"
NODE_THERMAL_PRINTER = "node-thermal-printer@4.6.1"
needs_pty = pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBench]:
    with live_bench(tmp_path_factory.mktemp("bench")) as running:
        yield running


def run(*command: str, **options: Any) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE_S * 4, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


# mbpoll: Debian's Modbus master, on libmodbus


@pytest.fixture
def mbpoll() -> str:
    found = shutil.which("mbpoll")
    if found is None:
        pytest.skip("mbpoll is not installed (Debian: apt install mbpoll)")
    return found


def aimed(bench: LiveBench, way: str) -> list[str]:
    """mbpoll's options and the device, for one question to the dispenser."""
    if way == "rtu":
        return ["-m", "rtu", "-b", "9600", "-P", "none", "-a", "1", "-0", "-1", bench.url(DISPENSER, "pty")]
    host, port = bench.address(DISPENSER)
    return ["-m", "tcp", "-p", str(port), "-a", "1", "-0", "-1", host]


MODES = [pytest.param("rtu", marks=needs_pty), "tcp"]


@pytest.mark.parametrize("way", MODES)
def test_mbpoll_reads_what_the_card_says(bench: LiveBench, mbpoll: str, way: str) -> None:
    count = len(CARD.inputs)
    out = run(mbpoll, "-t", "3", "-r", "0", "-c", str(count), *aimed(bench, way))
    values = dict(re.findall(r"^\[(\d+)\]:\s+(\d+)", out, re.MULTILINE))
    assert [int(values[str(address)]) for address in range(count)] == bench.room.models[DISPENSER].read_inputs()  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", MODES)
def test_a_write_of_mbpoll_dispenses_a_tube(bench: LiveBench, mbpoll: str, way: str) -> None:
    model: Any = bench.room.models[DISPENSER]
    job, before = {"rtu": 70, "tcp": 71}[way], model.dispensed
    run(mbpoll, "-t", "4", "-r", "0", *aimed(bench, way), str(CARD.commands["dispense"]), "2", str(job))
    bench.until(lambda: model.completed == job)
    assert model.dispensed == before + 1
    assert model.result == 1


@pytest.mark.parametrize("way", MODES)
def test_mbpoll_is_told_of_registers_that_do_not_exist(bench: LiveBench, mbpoll: str, way: str) -> None:
    done = subprocess.run([mbpoll, "-t", "3", "-r", "90", "-c", "2", *aimed(bench, way)], capture_output=True, text=True, timeout=PATIENCE_S)
    assert "Illegal data address" in done.stdout + done.stderr


# python-escpos: its own command line, and its status calls


def test_the_command_line_of_python_escpos_prints_and_cuts(bench: LiveBench, tmp_path: Path) -> None:
    host, port = bench.address(RECEIPTS)
    config = tmp_path / "config.yaml"
    config.write_text(f"printer:\n  type: network\n  host: {host}\n  port: {port}\n", encoding="utf-8")
    program = [sys.executable, "-c", "from escpos.cli import main; main()", "-c", str(config)]
    model: Any = bench.room.models[RECEIPTS]
    cuts = model.cuts
    run(*program, "text", "--txt", "Window 3, please\n")
    run(*program, "cut")
    bench.until(lambda: model.cuts == cuts + 1)
    assert any("Window 3, please" in str(row) for row in model.printed)
    assert not model.unknown


def test_the_status_calls_of_python_escpos_tell_paper_and_cover(bench: LiveBench) -> None:
    host, port = bench.address(RECEIPTS)
    printer = Network(host, port, timeout=1)
    try:
        assert printer.is_online() and printer.paper_status() == 2
        bench.within(lambda: bench.room.inject(RECEIPTS, "paper-out"))
        assert printer.paper_status() == 0 and not printer.is_online()
        bench.within(lambda: bench.room.repair(RECEIPTS))
        assert printer.is_online() and printer.paper_status() == 2
    finally:
        printer.close()


# node-thermal-printer: npm

SCRIPT = """
const { ThermalPrinter, PrinterTypes } = require('node-thermal-printer');
(async () => {
  const printer = new ThermalPrinter({ type: PrinterTypes.EPSON, interface: process.argv[2], width: 32 });
  if (!(await printer.isPrinterConnected())) throw new Error('not connected');
  printer.alignCenter();
  printer.println('Ticket A-017');
  printer.drawLine();
  printer.bold(true);
  printer.println('Window 3');
  printer.bold(false);
  printer.printQR('261123000001');
  printer.cut();
  await printer.execute();
  console.log('printed');
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed; skips where npm or its registry cannot be reached."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    folder = tmp_path_factory.mktemp("node")
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000", "--prefix", str(folder)]
    command = [npm, "install", *options, NODE_THERMAL_PRINTER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not install {NODE_THERMAL_PRINTER} within 120 s")
    if done.returncode:
        pytest.skip(f"npm could not install {NODE_THERMAL_PRINTER}: {done.stderr.strip()[-200:]}")
    return folder


def test_node_thermal_printer_prints_a_ticket(bench: LiveBench, node_folder: Path) -> None:
    model: Any = bench.room.models[RECEIPTS]
    cuts, host_port = model.cuts, ":".join(map(str, bench.address(RECEIPTS)))
    script = node_folder / "ticket.js"
    script.write_text(SCRIPT, encoding="utf-8")
    assert run("node", str(script), f"tcp://{host_port}", cwd=node_folder).strip() == "printed"
    bench.until(lambda: model.cuts == cuts + 1)
    printed = "\n".join(map(str, model.printed))
    assert "Ticket A-017" in printed and "Window 3" in printed
    assert not model.unknown


# Our driver against the stock pymodbus server


class StockDispenser:
    """A dispenser on pymodbus's own server: takes a job by holding registers and shows it done in its input registers."""

    def __init__(self) -> None:
        self.inputs = [0] * len(CARD.inputs)
        self.jobs: list[list[int]] = []
        bits, registers = [SimData(0, values=False, datatype=DataType.BITS)], DataType.REGISTERS
        blocks = (bits, bits, [SimData(0, values=[0, 0, 0], datatype=registers)], [SimData(0, values=list(self.inputs), datatype=registers)])
        self.device = SimDevice(id=1, simdata=blocks, action=self.act)

    async def act(
        self, function: int, start: int, address: int, count: int, current: list[int], values: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        if function == 4:
            current[:] = self.inputs
        elif function == 16 and values:
            self.jobs.append([int(value) for value in values])
            self.inputs[2:6] = [int(values[2]), int(values[2]), 1, 5]  # accepted, completed, done, yellow
        return None


@contextmanager
def stock_server(way: str, device: SimDevice) -> Iterator[str]:
    """pymodbus's server on TCP or on a pseudo terminal, in a thread of its own; gives the URL."""
    loop, ready = asyncio.SelectorEventLoop(), threading.Event()
    ends: list[int] = []
    found: list[str] = []

    async def serve() -> None:
        if way == "tcp":
            server: Any = ModbusTcpServer(device, framer=FramerType.RTU, address=("127.0.0.1", 0))
            await server.serve_forever(background=True)
            found.append("socket://127.0.0.1:" + str(server.transport.sockets[0].getsockname()[1]))
        else:
            theirs, ours = bridge(loop, ends)
            server = ModbusSerialServer(device, framer=FramerType.RTU, port=theirs, baudrate=9600)
            await server.serve_forever(background=True)
            found.append(ours)
        ready.set()
        await stop.wait()
        await server.shutdown()

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
        for end in ends:
            os.close(end)


def bridge(loop: asyncio.AbstractEventLoop, ends: list[int]) -> tuple[str, str]:
    """Two pseudo terminals joined back to back: what is written to one is read from the other."""
    import tty

    pairs = [os.openpty(), os.openpty()]
    for (master, slave), (other, _) in zip(pairs, reversed(pairs), strict=True):
        tty.setraw(slave)
        loop.add_reader(master, lambda source=master, sink=other: os.write(sink, os.read(source, 4096)))
        ends += [master, slave]
    return os.ttyname(pairs[0][1]), os.ttyname(pairs[1][1])


@pytest.mark.parametrize("way", ["tcp", pytest.param("rtu", marks=needs_pty)])
def test_our_driver_works_against_the_stock_pymodbus_server(way: str) -> None:
    stock, clock = StockDispenser(), SystemClock()
    with stock_server(way, stock.device) as url:
        port = Port(url, clock, name="stock", baudrate=9600, arming=UNGUARDED)
        driver = TubeDispenser("stock", port, clock, Recorder(MemoryJournal(), clock))
        assert driver.status().state == "ready"
        driver.lock_lane(3)
        assert stock.jobs == [[CARD.commands["lock"], 3, 1]]
        assert driver.client.read_holdings(0, 3) == (CARD.commands["lock"], 3, 1)
        with pytest.raises(DeviceError, match="illegal data address"):
            driver.client.read_inputs(200, 2)
        assert driver.status().values["completed"] == 1
        port.close()
