"""The device side of Modbus RTU, and of numbered jobs: the part that host and dispenser models share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from caixue.drivers.jobs import DONE, FAILED
from caixue.wire.modbus import (
    DEVICE_BUSY,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    MOST_READ,
    MOST_WRITTEN,
    READ_HOLDING,
    READ_INPUT,
    WRITE,
    Reply,
    Request,
    parse_request,
    reply_frame,
    request_size,
)
from twin.devices.base import DeviceModel

TURNAROUND_US = 4_000  # from the last character of a request to the first of its reply; source: prototype measurements, wire.md
FRAME_GAP_US = 50_000  # a silence this long ends an unfinished request


class ModbusModel(DeviceModel):
    """Answers requests for its unit; chunk-invariant; skips what is no frame byte by byte."""

    def __init__(self, name: str, unit: int = 1) -> None:
        super().__init__(name)
        self.unit = unit
        self.silent = False
        self._buffer = b""
        self._fed = 0

    def feed(self, data: bytes) -> None:
        if not self._buffer:
            request = parse_request(data)
            if request is not None:
                self._answer(request)
                return
        self._buffer += data
        self._take_frames()
        if self._buffer:
            self._fed += 1
            self.call_later(FRAME_GAP_US, self._forget, self._fed)

    def read_inputs(self) -> list[int]:
        """All input registers, from address 0."""
        raise NotImplementedError

    def read_holdings(self) -> list[int]:
        """All holding registers, from address 0."""
        raise NotImplementedError

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Write holding registers; gives 0 or a Modbus exception code."""
        raise NotImplementedError

    def _take_frames(self) -> None:
        while self._buffer:
            size = request_size(self._buffer)
            if size == 0 or (size is not None and len(self._buffer) < size):
                return
            request = parse_request(self._buffer[:size]) if size is not None else None
            if request is None:
                self._buffer = self._buffer[1:]
                continue
            self._buffer = self._buffer[size:]
            self._answer(request)

    def _forget(self, fed: int) -> None:
        if fed == self._fed:
            self._buffer = b""

    def _answer(self, request: Request) -> None:
        if request.unit != self.unit:
            return
        if self.silent:
            self.effect("silence")
            return
        self.send(reply_frame(self._reply(request)), TURNAROUND_US)

    def _reply(self, request: Request) -> Reply:
        unit, function, first, count = request.unit, request.function, request.address, request.count
        if function == WRITE:
            good = 1 <= count <= MOST_WRITTEN and count == len(request.values)
            error = self.write(first, request.values) if good else ILLEGAL_VALUE
            return Reply(unit, WRITE, (), first, count) if not error else Reply(unit, WRITE, error=error)
        if function not in (READ_INPUT, READ_HOLDING):
            return Reply(unit, function, error=ILLEGAL_FUNCTION)
        if not 1 <= count <= MOST_READ:
            return Reply(unit, function, error=ILLEGAL_VALUE)
        registers = self.read_inputs() if function == READ_INPUT else self.read_holdings()
        if first + count > len(registers):
            return Reply(unit, function, error=ILLEGAL_ADDRESS)
        return Reply(unit, function, tuple(registers[first : first + count]))

    def begin_silence(self) -> None:
        """Stop answering, as a crashed controller does."""
        self.silent = True

    def end_silence(self) -> None:
        """Answer again."""
        self.silent = False


class JobModel(ModbusModel):
    """A device that carries out numbered jobs, one at a time.

    A command written while another runs is carried out after it, as a latched PLC command would be, and nothing guards
    against a command that is sent twice: that is the driver's duty. `most_in_flight` shows whether it kept it.
    """

    codes: ClassVar[Mapping[int, str]]  # command code → command

    def __init__(self, name: str, unit: int = 1) -> None:
        super().__init__(name, unit)
        self.alarm = 0
        self.accepted = self.completed = self.result = 0
        self.holdings = [0, 0, 0]
        self.most_in_flight = 0
        self._waiting: list[tuple[int, int, int]] = []  # the running job first
        self.on_job: Callable[[str, str], None] = lambda device, command: None

    @property
    def stuck(self) -> bool:
        """Whether an alarm stops every job but reset."""
        alarm = self.card.alarms.get(self.alarm)
        return alarm is not None and alarm.blocks

    def read_holdings(self) -> list[int]:
        return self.holdings

    def read_inputs(self) -> list[int]:
        state = 2 if self.stuck else 1 if self._waiting else 0
        return [state, self.alarm, self.accepted, self.completed, self.result, *self.own_inputs()]

    def own_inputs(self) -> list[int]:
        """The input registers from address 5."""
        raise NotImplementedError

    def carry_out(self, command: str, parameter: int) -> int:
        """Do the job's work at its end; gives 0 or the alarm code that failed it."""
        raise NotImplementedError

    def write(self, address: int, values: tuple[int, ...]) -> int:
        if address + len(values) > len(self.holdings):
            return ILLEGAL_ADDRESS
        if address == 0 and values[0] not in self.codes:
            return ILLEGAL_VALUE
        if address == 0 and len(self._waiting) > 1:
            return DEVICE_BUSY
        self.holdings[address : address + len(values)] = values
        if address == 0:
            self._accept(*self.holdings)
        return 0

    def _accept(self, code: int, parameter: int, job: int) -> None:
        self.accepted = job
        self._waiting.append((code, parameter, job))
        self.most_in_flight = max(self.most_in_flight, len(self._waiting))
        if len(self._waiting) == 1:
            self._start()

    def _start(self) -> None:
        command = self.codes[self._waiting[0][0]]
        self.on_job(self.name, command)
        self.call_later(int(self.card.durations_s[command] * 1_000_000), self._finish)

    def _finish(self) -> None:
        code, parameter, job = self._waiting[0]
        command = self.codes[code]
        if not self.stuck or command == "reset":
            self.alarm = 0 if command == "reset" else self.carry_out(command, parameter)
            self.result = FAILED if self.alarm else DONE
        else:
            self.result = FAILED
        self.completed = job
        del self._waiting[0]
        if self._waiting:
            self._start()


def command_codes(commands: Mapping[str, int | bytes]) -> dict[int, str]:
    """A card's commands by their code."""
    return {code: command for command, code in commands.items() if isinstance(code, int)}
