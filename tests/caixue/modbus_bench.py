"""A Modbus bench in virtual time: port, line and a device whose every answer carries a number, and ways to disturb the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from caixue.clock import SHANGHAI
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.modbus import ModbusClient
from caixue.link.port import Port
from twin.devices.base import DeviceModel
from twin.devices.modbus import ModbusModel
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.line import Disturbance, Line
from twin.protocol_twin import register
from twin.things import Station, TubeFactory
from twin.world import US, World

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
BAUD = 9600
CHARACTER_US = 1042  # ten bits at 9600 baud, rounded up
TURNAROUND_US = 4000


class Registers(ModbusModel):
    """100 input registers: 0 holds the number of this answer, every other 1000 + its address. `written` keeps what was written."""

    def __init__(self, name: str = "device", unit: int = 1) -> None:
        super().__init__(name, unit)
        self.answers = 0
        self.written: list[tuple[int, tuple[int, ...]]] = []

    def read_inputs(self) -> list[int]:
        self.answers += 1
        return [self.answers % 0x10000, *range(1001, 1100)]

    def read_holdings(self) -> list[int]:
        return [0] * 10

    def write(self, address: int, values: tuple[int, ...]) -> int:
        self.written.append((address, values))
        return 0


class Bench:
    """One device on one line, and the port that leads to it. `sent` and `received` keep what passed the port, with its time."""

    def __init__(self, model: DeviceModel | None = None, *, baudrate: int = BAUD) -> None:
        register()
        self.world = World(START)
        self.model = model if model is not None else Registers()
        self.line = Line(self.world, "device", self.model, baudrate)
        self.overlaps: list[str] = []
        self.world.on_overlap = self.overlaps.append
        self.sent: list[tuple[int, bytes]] = []
        self.received: list[tuple[int, bytes]] = []
        self.port = Port(self.world.url("device"), self.world.clock, name="device", baudrate=baudrate, tap=self._tap)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.world.clock)

    def client(self, **options: Any) -> ModbusClient:
        """A Modbus client on the port."""
        return ModbusClient(self.port, **options)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call blocking code and let time pass until it returns."""
        return self.world.kernel.run(self.world.process(self.world.call(function, *arguments)))

    def together(self, *functions: Callable[[], Any]) -> None:
        """Run several pieces of blocking code at the same time, to the end of the last."""
        processes = [self.world.process(self.world.call(function)) for function in functions]
        self.world.kernel.run(self.world.kernel.all_of(processes))

    def cost_us(self, function: Callable[..., Any], *arguments: Any) -> int:
        """How long a call takes in virtual time."""
        before_us = self.world.now_us
        self.run(function, *arguments)
        return self.world.now_us - before_us

    def pass_time(self, duration_s: float) -> None:
        self.run(self.world.clock.sleep, duration_s)

    def kinds(self) -> list[str]:
        """Kinds of the events so far."""
        return [event.kind for event in self.journal.events]

    def _tap(self, port: str, direction: str, data: bytes) -> None:
        (self.sent if direction == ">" else self.received).append((self.world.now_us, data))


def with_crc(body: bytes) -> bytes:
    """The frame of `body`, with the CRC computed bit by bit as Modbus over Serial Line V1.02, 6.2.2 says."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return body + crc.to_bytes(2, "little")


# Disturbances of one reply


def flip(bit: int) -> Disturbance:
    """Turn over one bit, counted from the first bit of the first byte."""
    return lambda data: [(0, data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :])]


def drop(place: int) -> Disturbance:
    """Lose one byte."""
    return lambda data: [(0, data[:place] + data[place + 1 :])]


def before(noise: bytes) -> Disturbance:
    """Bytes in front of the reply."""
    return lambda data: [(0, noise + data)]


def behind(noise: bytes) -> Disturbance:
    """Bytes after the reply."""
    return lambda data: [(0, data + noise)]


def late(delay_s: float) -> Disturbance:
    """The reply comes later."""
    return lambda data: [(round(delay_s * US), data)]


def split(place: int, gap_s: float) -> Disturbance:
    """The reply pauses after `place` bytes."""
    return lambda data: [(0, data[:place]), (round(gap_s * US), data[place:])]


def lose(data: bytes) -> list[tuple[int, bytes]]:
    """No reply."""
    return []


def once(change: Disturbance) -> Disturbance:
    """The first reply suffers, and no other."""
    pending = [change]
    return lambda data: pending.pop()(data) if pending else [(0, data)]


class DispenserBench(Bench):
    """A tube dispenser and its driver; two lanes of `capacity` tubes each: 1 yellow, 2 purple."""

    lanes: Mapping[int, str] = {1: "serum-yellow", 2: "edta-purple"}

    def __init__(self, *, capacity: int = 50, low: int = 5, model_class: type[TubeDispenserModel] = TubeDispenserModel) -> None:
        self.station = Station()
        self.factory = TubeFactory()
        super().__init__(model_class("device", self.station, self.factory, self.lanes, capacity=capacity, low=low))
        self.driver = self.new_driver()

    def new_driver(self) -> TubeDispenser:
        """A driver that knows nothing yet, as after a restart of the program."""
        return TubeDispenser("device", self.port, self.world.clock, self.recorder)
