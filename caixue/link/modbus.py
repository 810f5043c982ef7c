"""A Modbus client that never guesses: it repeats reads, never writes, and takes no reply that is not its own.

Compared with the stock client of pymodbus: a lost or damaged reply to a write raises UncertainOutcome instead of
sending the write again; noise before a frame costs nothing; after a missing reply, an interrupted call or a lost port
nothing is sent until two reply times after the request, so that a late reply is not taken for the next one; unit,
function, count and echo are checked. A reply that is later than that cannot be told from a fresh one on RTU: set the
reply time from the device's worst case. Over TCP the transaction number tells, however late it comes, and nobody waits.
Source of the behaviour: measurements in docs/decisions/0003-own-modbus-client.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from caixue.clock import US_PER_S
from caixue.errors import DeviceError, GarbledReply, LinkError, ReplyTimeout, UncertainOutcome
from caixue.link.modbus_tcp import tcp_exchange
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
Framing = Literal["rtu", "mbap"]


class ModbusClient:
    """One unit on one port. Each call is one exchange under the port's lock."""

    def __init__(
        self,
        port: Port,
        *,
        unit: int = 1,
        framing: Framing = "rtu",
        reply_timeout_s: float = 1.0,
        retries: int = 2,
        on_trouble: Callable[[LinkError], None] = lambda error: None,
    ) -> None:
        self.port = port
        self.unit = unit
        self.reply_timeout_s = reply_timeout_s
        self.retries = retries
        self._on_trouble = on_trouble
        self._tcp = framing == "mbap"

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
                    self._give_up()
                    raise
        self._check(reply)
        return reply.values

    def _check(self, reply: Reply) -> None:
        if reply.error:
            meaning = EXCEPTIONS.get(reply.error, "not in the standard")
            raise DeviceError(f"Modbus exception {reply.error}: {meaning}", device=self.port.name, code=reply.error)

    def _give_up(self) -> None:
        """Over TCP connect anew next time: a far end that has vanished is not noticed in any other way."""
        if self._tcp:
            with self.port.lock:
                self.port.close()

    def _exchange(self, request: Request) -> Reply:
        if self._tcp:
            return tcp_exchange(self.port, request, self.reply_timeout_s)
        port, frame = self.port, request_frame(request)
        line, moves = port.line, request.function == WRITE
        with port.lock:
            if line.quiet_until_us:
                self._drain()
            elif port.waiting():
                port.discard()
            if moves:
                port.require_armed(frame)
            # From here on a reply is on its way, also when this call times out, is interrupted or loses the port.
            line.quiet_until_us = port.clock.monotonic_us() + int(2 * self.reply_timeout_s * US_PER_S)
            port.write(frame, moves)
            data = port.read(SHORTEST_REPLY, self.reply_timeout_s)
            if not data:
                raise ReplyTimeout(f"no reply within {self.reply_timeout_s:g} s", device=port.name)
            missing = (SHORTEST_REPLY if len(data) > 1 and data[1] & ERROR_BIT else reply_size(request)) - len(data)
            if missing > 0 and len(data) == SHORTEST_REPLY:
                data += port.read(missing, GAP_S + missing * port.character_s)
            reply = parse_reply(data, request) or self._search(data, request)
            line.quiet_until_us = 0
            return reply

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
        if len(data) >= reply_size(request) - 1:  # it was the reply, less a byte at most; fewer bytes are noise before a late one
            self.port.line.quiet_until_us = self.port.clock.monotonic_us() + int(GAP_S * US_PER_S)
        raise GarbledReply(f"not a reply: {data[:32].hex(' ')}", device=self.port.name)

    def _drain(self) -> None:
        """Throw away what comes until the quiet time is over and the line silent; a babbling line costs at most three reply times."""
        port, now_us = self.port, self.port.clock.monotonic_us
        end_us = now_us() + int(3 * self.reply_timeout_s * US_PER_S)
        wait_s = (port.line.quiet_until_us - now_us()) / US_PER_S
        if wait_s <= 0:
            port.discard()
            return
        while port.read_some(wait_s) and now_us() < end_us:
            wait_s = max(GAP_S, (port.line.quiet_until_us - now_us()) / US_PER_S)
