"""The device side of Modbus, RTU and TCP, and of numbered jobs: the part that host, dispenser, conveyor and sorter models share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from caixue.drivers.jobs import COUNTERS_ADDRESS, DONE, FAILED
from caixue.drivers.registers import RegisterMap
from caixue.wire.mbap import take_frame, tcp_reply
from caixue.wire.modbus import (
    DEVICE_BUSY,
    ERROR_BIT,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    MOST_READ,
    MOST_WRITTEN,
    READ_HOLDING,
    READ_INPUT,
    SHORTEST_REPLY,
    WRITE,
    Reply,
    Request,
    decode_request,
    parse_reply,
    parse_request,
    reply_frame,
    reply_size,
    request_size,
)
from twin.devices.base import DeviceModel
from twin.devices.vendor_registers import VendorRegisters

TURNAROUND_US = 4_000  # from the last character of a request to the first of its reply; source: prototype measurements, wire.md
FRAME_GAP_US = 50_000  # a silence this long ends an unfinished request


class ModbusModel(DeviceModel):
    """Answers requests for its unit; chunk-invariant; skips what is no frame byte by byte.

    On a line with other units it hears their replies too, and knows them by the request before.
    """

    def __init__(self, name: str, unit: int = 1) -> None:
        super().__init__(name)
        self.unit = unit
        self.silent = False
        self._buffer = b""
        self._fed = 0
        self._tcp = False
        self._vendor: VendorRegisters | None = None
        self._asked: Request | None = None  # of another unit, whose reply may follow

    def speak_tcp(self) -> None:
        """Use the framing of Modbus TCP."""
        self._tcp = True

    def show_as(self, registers: RegisterMap) -> None:
        """Show and take the points at a vendor's registers."""
        self._vendor = VendorRegisters(registers, self.card)

    def feed(self, data: bytes) -> None:
        if not self._buffer and not self._tcp:
            request = parse_request(data)
            if request is not None:
                self._answer(request)
                return
        self._buffer += data
        (self._take_tcp_frames if self._tcp else self._take_frames)()
        if self._buffer:
            self._fed += 1
            self.call_later(FRAME_GAP_US, self._forget, self._fed)

    def read_inputs(self) -> list[int]:
        """All input registers, from address 0."""
        raise NotImplementedError

    def read_holdings(self) -> list[int]:
        """All holding registers, from address 0."""
        raise NotImplementedError

    def read_counters(self) -> list[int]:
        """The input registers from `COUNTERS_ADDRESS`."""
        return []

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Write holding registers; gives 0 or a Modbus exception code."""
        raise NotImplementedError

    def _take_frames(self) -> None:
        while self._buffer:
            size, foreign = request_size(self._buffer), self._foreign_size()
            request = parse_request(self._buffer[:size]) if size else None
            if foreign and self._asked is not None and parse_reply(self._buffer[:foreign], self._asked) is not None:
                self._buffer, self._asked = self._buffer[foreign:], None
            elif request is not None:
                self._buffer = self._buffer[size:]
                self._answer(request)
            elif any(known is not None and (not known or known > len(self._buffer)) for known in (size, foreign)):
                return
            else:
                self._buffer = self._buffer[1:]

    def _foreign_size(self) -> int | None:
        """How long the reply of another unit is that may begin here; 0 while that cannot be known, None when none can."""
        asked, start = self._asked, self._buffer
        if asked is None or start[0] != asked.unit:
            return None
        if len(start) < 2:
            return 0
        if start[1] & ~ERROR_BIT != asked.function:
            return None
        return SHORTEST_REPLY if start[1] & ERROR_BIT else reply_size(asked)

    def _take_tcp_frames(self) -> None:
        frame, self._buffer = take_frame(self._buffer)
        while frame is not None:
            self.take_request(frame.body, partial(tcp_reply, transaction=frame.transaction))
            frame, self._buffer = take_frame(self._buffer)

    def _forget(self, fed: int) -> None:
        if fed == self._fed:
            self._buffer = b""

    def _answer(self, request: Request) -> None:
        self._asked = request if request.unit != self.unit else None
        if self._asked is None and self._talks():
            self.send(reply_frame(self._reply(request)), TURNAROUND_US)

    def take_request(self, body: bytes, framed: Callable[[Reply], bytes]) -> None:
        """One whole request, unit, function and data, freed from its framing by whoever heard it; `framed` makes the reply's bytes."""
        unit, function = body[:2]
        if unit == self.unit and self._talks():
            request = decode_request(body)
            error = ILLEGAL_FUNCTION if request_size(body) is None else ILLEGAL_VALUE
            reply = self._reply(request) if request is not None else Reply(unit, function & ~ERROR_BIT, error=error)
            self.send(framed(reply), TURNAROUND_US)

    def _talks(self) -> bool:
        if self.silent:
            self.effect("silence")
        return not self.silent

    def _reply(self, request: Request) -> Reply:
        unit, function, first, count = request.unit, request.function, request.address, request.count
        if function == WRITE:
            good = 1 <= count <= MOST_WRITTEN and count == len(request.values)
            error = self._written(first, request.values) if good else ILLEGAL_VALUE
            return Reply(unit, WRITE, (), first, count) if not error else Reply(unit, WRITE, error=error)
        if function not in (READ_INPUT, READ_HOLDING):
            return Reply(unit, function, error=ILLEGAL_FUNCTION)
        if not 1 <= count <= MOST_READ:
            return Reply(unit, function, error=ILLEGAL_VALUE)
        if self._vendor is not None:
            words = self._vendor.read(function, first, count, self.read_inputs(), self.read_holdings())
            return Reply(unit, function, words) if words else Reply(unit, function, error=ILLEGAL_ADDRESS)
        registers = self.read_inputs() if function == READ_INPUT else self.read_holdings()
        if function == READ_INPUT and 0 <= first - COUNTERS_ADDRESS < len(self.read_counters()):
            registers, first = self.read_counters(), first - COUNTERS_ADDRESS
        if first + count > len(registers):
            return Reply(unit, function, error=ILLEGAL_ADDRESS)
        return Reply(unit, function, tuple(registers[first : first + count]))

    def _written(self, first: int, values: tuple[int, ...]) -> int:
        if self._vendor is None:
            return self.write(first, values)
        writes = self._vendor.writes(first, values)
        if not writes:
            return ILLEGAL_ADDRESS
        return next((error for address, own in writes if (error := self.write(address, own))), 0)

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
        self.standing = 0  # an alarm whose cause is still there: no reset clears it
        self.accepted = self.completed = self.result = 0
        self.holdings = [0, 0, 0]
        self.most_in_flight = 0
        self._waiting: list[tuple[int, int, int]] = []  # the running job first
        self._starts = 0  # a job that began before the power went is never finished
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

    def used(self) -> Mapping[str, int]:
        """The card's counters of use, since the device was made."""
        return {}

    def read_counters(self) -> list[int]:
        used = self.used()
        return [word for name in self.card.counters for word in divmod(used[name] & 0xFFFFFFFF, 0x10000)]

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

    def power_off(self) -> None:
        """Jobs are broken off, and the registers start from nothing."""
        super().power_off()
        self._starts += 1
        self._waiting.clear()
        self.accepted = self.completed = self.result = 0
        self.holdings = [0, 0, 0]

    def _accept(self, code: int, parameter: int, job: int) -> None:
        self.accepted = job
        self._waiting.append((code, parameter, job))
        self.most_in_flight = max(self.most_in_flight, len(self._waiting))
        if len(self._waiting) == 1:
            self._start()

    def _start(self) -> None:
        command = self.codes[self._waiting[0][0]]
        self.on_job(self.name, command)
        self.call_later(int(self.card.durations_s[command] * 1_000_000), self._finish, self._starts)

    def _finish(self, starts: int) -> None:
        if starts != self._starts:
            return
        code, parameter, job = self._waiting[0]
        command = self.codes[code]
        if not self.stuck or command == "reset":
            self.alarm = self.standing if command == "reset" else self.carry_out(command, parameter)
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
