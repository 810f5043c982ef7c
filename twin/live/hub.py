"""Where the clients of one line meet: everybody's bytes go to the models on it, an answer goes to whoever asked, news to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from caixue.wire.modbus import Reply
from twin.devices.base import DeviceModel
from twin.devices.modbus import ModbusModel
from twin.line import Disturbance, Line, Timeline


class End(Protocol):
    """One client's end of a line to the device."""

    line: Line

    def answer(self, data: bytes, after_us: int) -> None:
        """Bytes of the device to this client, the first of them `after_us` from now."""

    def cut(self) -> None:
        """The cable comes out."""

    def plug_in(self) -> None:
        """The cable is back."""


class Hub:
    """One device, or several Modbus units of one line, with a line to each client; link faults lie on all of them alike.

    What a model sends while it takes a client's bytes is its answer to that client; what it sends at any other time
    (automatic status, pushed codes, replies that waited for a movement) goes to every client.
    """

    def __init__(self, kernel: Timeline, name: str) -> None:
        self.kernel = kernel
        self.name = name
        self.models: list[DeviceModel] = []
        self.lines: dict[str, Line] = {}
        self.ends: dict[str, End] = {}
        self.down = False
        self.to_device: list[Disturbance] = []
        self.to_host: list[Disturbance] = []
        self._asking: End | None = None
        self._numbers = 0

    def carry(self, model: DeviceModel) -> None:
        """One more device on this line."""
        self.models.append(model)
        model.send, model.call_later = self._send, self.call_later

    @property
    def now_us(self) -> int:
        """Microseconds since the start."""
        return self.kernel.now_us

    def join(self, end: End, baudrate: int) -> Line:
        """A new line for `end`; link faults of the device act on it."""
        self._numbers += 1
        line = Line(self, f"{self.name}#{self._numbers}", end, baudrate)  # type: ignore[arg-type]  # an end stands where a device would
        line.to_device, line.to_host, line.down = self.to_device, self.to_host, self.down
        self.ends[line.name] = end
        return line

    def leave(self, end: End) -> None:
        """The client has gone; what is still on its way to it is lost."""
        end.line.receive = None
        self.ends.pop(end.line.name, None)
        self.lines.pop(end.line.name, None)

    def feed(self, end: End, data: bytes) -> None:
        """Bytes of one client have arrived at the devices."""
        self._let_hear(end, lambda model: model.feed(data))

    def ask(self, end: End, body: bytes, framed: Callable[[Reply], bytes]) -> None:
        """One client's whole Modbus request has arrived, whatever others have half sent."""
        self._let_hear(end, lambda model: model.take_request(body, framed) if isinstance(model, ModbusModel) else None)

    def _let_hear(self, end: End, hear: Callable[[DeviceModel], object]) -> None:
        """The devices that have power hear it; what they say meanwhile is for `end`."""
        self._asking = end
        try:
            for model in self.models:
                if model.powered:
                    hear(model)
        finally:
            self._asking = None

    # What a link fault asks of a line

    def arrival_us(self, direction: str) -> int:
        """When the last byte sent so far in `direction` arrives, faults aside."""
        return max((line.arrival_us(direction) for line in self.lines.values()), default=self.now_us)

    def keep(self, direction: str, within_us: int) -> None:
        """The receiving end of the line that was used last keeps what arrives next for `within_us`."""
        if self.lines:
            max(self.lines.values(), key=lambda line: line.arrival_us(direction)).keep(direction, within_us)

    def call_later(self, after_us: int, function: Callable[..., object], *arguments: object) -> None:
        """Call `function` `after_us` from now."""
        self.kernel.at(self.kernel.now_us + after_us, function, *arguments)

    def drop(self) -> None:
        """The cable comes out, for every client."""
        self.down = True
        for end in list(self.ends.values()):
            end.line.drop()
            end.cut()

    def restore(self) -> None:
        """The cable is back."""
        self.down = False
        for end in self.ends.values():
            end.line.restore()
            end.plug_in()

    def _send(self, data: bytes, after_us: int = 0) -> None:
        for end in [self._asking] if self._asking is not None else list(self.ends.values()):
            end.answer(data, after_us)
