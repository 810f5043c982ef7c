"""A Modbus RTU client that never guesses: it repeats reads, never writes, and takes no reply that is not its own.

Compared with the stock client of pymodbus: a lost or damaged reply to a write raises UncertainOutcome instead of
sending the write again; noise before a frame costs nothing; after a missing reply the line stays quiet for one reply
time, so that a late reply is not taken for the next one; unit, function, count and echo are checked. A reply that is
later than the reply time and that quiet time together cannot be told from a fresh one on RTU: set the reply time from
the device's worst case. Source of the behaviour: measurements in docs/decisions/0003-own-modbus-client.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from caixue.errors import DeviceError, GarbledReply, LinkError, ReplyTimeout, UncertainOutcome
from caixue.link.port import Port
from caixue.wire.modbus import (
    ERROR_BIT,
    EXCEPTIONS,
    LONGEST_FRAME,
    READ_HOLDING,
    READ_INPUT,
    SHORTEST_REPLY,
    WRITE,
    Reply,
    Request,
    find_reply,
    parse_reply,
    reply_size,
    request_frame,
)

GAP_S = 0.06  # a silence this long ends a frame; USB adapters and Windows were seen to pause 30 ms inside one


class ModbusClient:
    """One unit on one port. Each call is one exchange under the port's lock."""

    def __init__(
        self,
        port: Port,
        *,
        unit: int = 1,
        reply_timeout_s: float = 1.0,
        retries: int = 2,
        on_trouble: Callable[[LinkError], None] = lambda error: None,
    ) -> None:
        self.port = port
        self.unit = unit
        self.reply_timeout_s = reply_timeout_s
        self.retries = retries
        self._on_trouble = on_trouble
        self._quiet_s = 0.0  # how long the line must be silent before the next request

    def read_inputs(self, address: int, count: int) -> tuple[int, ...]:
        """`count` input registers from `address`. Raises LinkError after the last retry, DeviceError on an exception reply."""
        return self._read(Request(self.unit, READ_INPUT, address, count))

    def read_holdings(self, address: int, count: int) -> tuple[int, ...]:
        """`count` holding registers from `address`. Raises like `read_inputs`."""
        return self._read(Request(self.unit, READ_HOLDING, address, count))

    def write(self, address: int, values: Sequence[int]) -> None:
        """Write holding registers, once.

        Raises UncertainOutcome when no valid reply came: the device may or may not have acted, read it back.
        """
        request = Request(self.unit, WRITE, address, len(values), tuple(values))
        try:
            reply = self._exchange(request)
        except LinkError as error:
            self._on_trouble(error)
            raise UncertainOutcome(f"write not confirmed ({error})", device=self.port.name) from None
        self._check(reply)

    def _read(self, request: Request) -> tuple[int, ...]:
        for attempt in range(self.retries + 1):
            try:
                reply = self._exchange(request)
                break
            except LinkError as error:
                self._on_trouble(error)
                if attempt == self.retries:
                    raise
        self._check(reply)
        return reply.values

    def _check(self, reply: Reply) -> None:
        if reply.error:
            raise DeviceError(f"Modbus exception {reply.error}: {EXCEPTIONS[reply.error]}", device=self.port.name, code=reply.error)

    def _exchange(self, request: Request) -> Reply:
        port = self.port
        with port.lock:
            if self._quiet_s:
                self._drain()
            elif port.waiting():
                port.discard()
            port.write(request_frame(request))
            data = port.read(SHORTEST_REPLY, self.reply_timeout_s)
            if not data:
                self._quiet_s = self.reply_timeout_s
                raise ReplyTimeout(f"no reply within {self.reply_timeout_s:g} s", device=port.name)
            missing = (SHORTEST_REPLY if len(data) > 1 and data[1] & ERROR_BIT else reply_size(request)) - len(data)
            if missing > 0 and len(data) == SHORTEST_REPLY:
                data += port.read(missing, GAP_S + missing * port.character_s)
            return parse_reply(data, request) or self._search(data, request)

    def _search(self, data: bytes, request: Request) -> Reply:
        """Read on until the line falls silent, looking for the reply behind noise."""
        while len(data) < LONGEST_FRAME:
            reply = find_reply(data, request)
            if reply is not None:
                return reply
            more = self.port.read_some(GAP_S)
            if not more:
                break
            data += more
        self._quiet_s = GAP_S
        raise GarbledReply(f"not a reply: {data[:32].hex(' ')}", device=self.port.name)

    def _drain(self) -> None:
        """Wait until the line has been silent for the quiet time; a babbling line costs at most three reply times."""
        clock = self.port.clock
        end_us = clock.monotonic_us() + int(3_000_000 * self.reply_timeout_s)
        while self.port.read_some(self._quiet_s) and clock.monotonic_us() < end_us:
            self._quiet_s = GAP_S
        self._quiet_s = 0.0
