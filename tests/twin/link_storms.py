"""Bad weather on links, made of the twin's own fault kinds, and what lives in it: our Modbus client beside pymodbus's, and a whole window.

`python -m tests.twin.link_storms` prints the table of docs/decisions/0003-own-modbus-client.md.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import pymodbus.client.serial
import pymodbus.transaction.transaction
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException

from caixue.errors import LinkError
from tests.caixue.modbus_bench import Bench, Registers
from twin.faults.link import disturbance
from twin.line import Disturbance, Line
from twin.world import US

SEEDS, TRANSACTIONS = range(60), 200
REPLY_TIMEOUT_S = 0.3
LATENESS_S = (0.25, 0.5, 1.5)  # within the reply time; within reply time and quiet time; beyond both


def weather(
    dice: random.Random, late_up_to_s: float, line: Line, direction: str = "to-host", fired: Callable[[], None] = lambda: None
) -> list[Disturbance]:
    """1 % each of damaged bytes, lost bytes, noise and lost transfers, 5 % in two pieces, and 3 % late by up to `late_up_to_s`."""
    kinds: list[tuple[str, dict[str, Any]]] = [(kind, {"probability": 0.01}) for kind in ("corrupt", "dropped-byte", "noise", "lost-reply")]
    kinds.append(("partial", {"probability": 0.05, "pieces": 2, "gap_us": 20_000}))
    if late_up_to_s:
        kinds.append(("jitter", {"probability": 0.03, "jitter_us": round(late_up_to_s * US)}))
    return [disturbance(kind, dice, fired, line=line, direction=direction, **detail) for kind, detail in kinds]


@dataclass
class Ledger:
    """What one client did in one storm, and what the device did."""

    transactions: int = 0
    wrong_reads: int = 0
    doubles: int = 0  # writes that the device carried out beyond one for each that was asked for
    errors: int = 0  # transactions that raised, or returned an error
    unconfirmed: int = 0  # writes among them
    fired: int = 0
    simulated_s: float = 0.0

    def add(self, other: Ledger) -> None:
        """Sum up."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Ours:
    """Our client."""

    def __init__(self, bench: Bench) -> None:
        self._client = bench.client(reply_timeout_s=REPLY_TIMEOUT_S)

    def read(self, address: int) -> tuple[int, ...]:
        return self._client.read_inputs(address, 2)

    def write(self, number: int) -> None:
        self._client.write(0, (1, 2, number))


class Stock:
    """pymodbus's own serial client; its modules' clocks are the world's (see `stock_clocks`)."""

    def __init__(self, bench: Bench) -> None:
        self._client = ModbusSerialClient(bench.port.url, baudrate=9600, timeout=REPLY_TIMEOUT_S, retries=3)
        assert self._client.connect()

    def read(self, address: int) -> tuple[int, ...]:
        reply = self._client.read_input_registers(address, count=2, device_id=1)
        if reply.isError():
            raise ModbusException(str(reply))
        return tuple(reply.registers)

    def write(self, number: int) -> None:
        if self._client.write_registers(0, [1, 2, number], device_id=1).isError():
            raise ModbusException("write refused")


@contextmanager
def stock_clocks(bench: Bench) -> Iterator[None]:
    """Let the stock client live in this world's time: it knows the time from two module names."""
    clock = bench.world.clock

    class Time:
        time = monotonic = staticmethod(lambda: clock.monotonic_us() / US)
        sleep = staticmethod(clock.sleep)

    serial_module, transaction_module = pymodbus.client.serial, pymodbus.transaction.transaction
    kept = serial_module.time, transaction_module.monotonic  # type: ignore[attr-defined]
    serial_module.time, transaction_module.monotonic = Time, Time.monotonic  # type: ignore[attr-defined, assignment]
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # the stock client logs each lost reply
    try:
        yield
    finally:
        logging.disable(level)
        serial_module.time, transaction_module.monotonic = kept  # type: ignore[attr-defined]


def live_through(make: Callable[[Bench], Ours | Stock], seed: int, late_up_to_s: float, transactions: int = TRANSACTIONS) -> Ledger:
    """One client, one storm: reads of two registers at random addresses, and every tenth time a write that dispenses.

    The script and the dice depend on the seed alone, so that every client meets the same world.
    """
    bench, ledger, dice = Bench(), Ledger(), random.Random(f"script {seed}")
    for direction, late_s in (("to-host", late_up_to_s), ("to-device", 0.0)):
        on_it = bench.line.to_host if direction == "to-host" else bench.line.to_device
        on_it += weather(random.Random(f"{direction} {seed}"), late_s, bench.line, direction, lambda: _count(ledger))
    with stock_clocks(bench):
        bench.run(_script, bench, make, ledger, dice, transactions)
    ledger.simulated_s = bench.world.now_us / US
    bench.world.close()
    return ledger


def _count(ledger: Ledger) -> None:
    ledger.fired += 1


def _script(bench: Bench, make: Callable[[Bench], Ours | Stock], ledger: Ledger, dice: random.Random, transactions: int) -> None:
    client, model = make(bench), bench.model
    assert isinstance(model, Registers)
    for step in range(transactions):
        address, writes, before = dice.randrange(1, 98), step % 10 == 0, len(model.written)
        ledger.transactions += 1
        try:
            if writes:
                client.write(step)
            else:
                ledger.wrong_reads += client.read(address) != (1000 + address, 1001 + address)
        except (LinkError, ModbusException):
            ledger.errors += 1
            ledger.unconfirmed += writes
        bench.world.clock.sleep(0.05)
        ledger.doubles += max(0, len(model.written) - before - writes)


def total(make: Callable[[Bench], Ours | Stock], late_up_to_s: float, seeds: range = SEEDS) -> Ledger:
    """All storms of these seeds together."""
    found = Ledger()
    for seed in seeds:
        found.add(live_through(make, seed, late_up_to_s))
    return found


def table(latenesses_s: tuple[float, ...] = LATENESS_S) -> str:
    """Ours and stock side by side, as Markdown."""
    lines = [
        "| late up to | client | wrong reads | double dispenses | errors (of them writes) | simulated s | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for late_s in latenesses_s:
        for name, make in (("stock", Stock), ("ours", Ours)):
            before_s = time.process_time()
            one = total(make, late_s)
            row = (f"{late_s:g} s", name, one.wrong_reads, one.doubles, f"{one.errors} ({one.unconfirmed})", round(one.simulated_s))
            lines.append(f"| {' | '.join(map(str, row))} | {time.process_time() - before_s:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
