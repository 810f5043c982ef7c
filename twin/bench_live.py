"""How fast a running bench answers: raw pyserial, stock pymodbus and ours side by side, and a good client among hostile ones."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import serial
from pymodbus import pymodbus_apply_logging_config
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from caixue.clock import SystemClock
from caixue.link.modbus import ModbusClient
from caixue.link.port import Port
from caixue.wire.modbus import READ_INPUT, Request, reply_size, request_frame
from twin.live.serving import HAS_PTY

BAUD = 9600
COUNT = 9  # registers a read: all of a dispenser's
READ = Request(1, READ_INPUT, 0, COUNT)
PATIENCE_S = 30.0
CONTENDERS = ("raw pyserial", "stock pymodbus", "caixue")
SITE = """
schema = 1
extends = "eight-window"
name = "bench"
window = [{ name = "window-1" }, { name = "window-2" }, { name = "window-3" }]
manual_station = { name = "manual-1", devices = [], factor = 1.3 }
"""
DEVICE = """
[[device]]
name = "window-{n}.tube-dispenser"
kind = "tube-dispenser"
url = "twin://window-{n}.tube-dispenser"
framing = "rtu"
baudrate = {baudrate}
"""

Exchange = Callable[[], object]


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Mapping[str, str]]]:
    """A bench in a process of its own, with one dispenser for each contender; gives the process and URL by device."""
    rows = [DEVICE.format(n=number, baudrate=BAUD) for number in (1, 2, 3)]
    site, ready = folder / "bench.toml", folder / "ready.toml"
    site.write_text(SITE + "".join(rows), encoding="utf-8")
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "caixue.cli", "serve", str(site), "--ready-file", str(ready), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            end_s = time.monotonic() + PATIENCE_S
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > end_s:
                    process.kill()
                    raise RuntimeError(f"the bench did not start: {process.communicate()[1].decode(errors='replace')}")
                time.sleep(0.02)
            yield process, {row["name"]: row["url"] for row in tomllib.loads(ready.read_text(encoding="utf-8"))["device"]}
        finally:
            process.terminate()


def round_trips(rounds: int) -> dict[str, Any]:
    """Milliseconds of one read of nine registers, by way and contender; each contender has its turn in every round."""
    figures: dict[str, Any] = {}
    for way in ("pty", "tcp") if HAS_PTY else ("tcp",):
        with tempfile.TemporaryDirectory() as folder, served(Path(folder), "--only", way) as (_, urls), ExitStack() as stack:
            exchanges = [make(url, stack) for make, url in zip((_raw, _stock, _ours), urls.values(), strict=True)]
            for exchange in exchanges * 3:
                exchange()
            times: list[list[float]] = [[] for _ in exchanges]
            for _ in range(rounds):
                for exchange, kept in zip(exchanges, times, strict=True):
                    kept.append(_taken_ms(exchange))
            figures[way] = {name: spread(kept) for name, kept in zip(CONTENDERS, times, strict=True)}
    return figures


def among_hostile(connects: int, reads: int) -> dict[str, Any]:
    """A good client's milliseconds on TCP alone, and while hostile clients connect that often to the same device."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), "--only", "tcp") as (process, urls), ExitStack() as stack:
        url = urls["window-1.tube-dispenser"]
        exchange = _ours(url, stack)
        exchange()
        before = _held(process.pid)
        quiet = [_taken_ms(exchange) for _ in range(reads)]  # half before and half after, because the machine is not alone
        host, _, port = url.removeprefix("socket://").partition(":")
        hostile = subprocess.Popen([sys.executable, "-m", "twin.bench_hostile", host, port, str(connects)], stdout=subprocess.PIPE)
        attacked: list[float] = []
        while hostile.poll() is None:
            attacked.append(_taken_ms(exchange))
        taken = int(hostile.communicate()[0])
        quiet += [_taken_ms(exchange) for _ in range(reads)]
        return {
            "connections": taken,
            "quiet": spread(quiet),
            "attacked": spread(attacked),
            "p99_ratio": spread(attacked)["p99"] / spread(quiet)["p99"],
            "memory_kb": [before.get("memory_kb"), _held(process.pid).get("memory_kb")],
            "descriptors": [before.get("descriptors"), _held(process.pid).get("descriptors")],
        }


def spread(times_ms: list[float]) -> dict[str, float]:
    """Median, p95 and p99."""
    cuts = quantiles(times_ms, n=100)
    return {"p50": median(times_ms), "p95": cuts[94], "p99": cuts[98], "n": len(times_ms)}


def _taken_ms(exchange: Exchange) -> float:
    before_s = time.perf_counter()
    exchange()
    return (time.perf_counter() - before_s) * 1000


def _held(pid: int) -> dict[str, int]:
    """Resident memory and open descriptors of a process, where the system tells (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        memory_kb = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        return {"memory_kb": memory_kb, "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir()))}
    except OSError:
        return {}


def _raw(url: str, stack: ExitStack) -> Exchange:
    line = stack.enter_context(serial.serial_for_url(url, baudrate=BAUD, timeout=1.0))
    frame, size = request_frame(READ), reply_size(READ)

    def exchange() -> None:
        line.write(frame)
        if len(line.read(size)) != size:
            raise RuntimeError("raw pyserial had no reply")

    return exchange


def _stock(url: str, stack: ExitStack) -> Exchange:
    pymodbus_apply_logging_config("CRITICAL")
    client: Any
    if url.startswith("socket://"):
        host, _, port = url.removeprefix("socket://").partition(":")
        client = ModbusTcpClient(host, port=int(port))
    else:
        client = ModbusSerialClient(url, baudrate=BAUD)
    client.connect()
    stack.callback(client.close)

    def exchange() -> None:
        if client.read_input_registers(0, count=COUNT, device_id=1).isError():
            raise RuntimeError("stock pymodbus had no reply")

    return exchange


def _ours(url: str, stack: ExitStack) -> Exchange:
    port = Port(url, SystemClock(), name="bench", baudrate=BAUD)
    stack.callback(port.close)
    client = ModbusClient(port, retries=0)
    return lambda: client.read_inputs(0, COUNT)
