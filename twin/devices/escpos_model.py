"""How an ESC/POS printer takes bytes in: the part between the wire and whatever moves.

Bytes are obeyed in two ways, as in a real printer: real-time commands on arrival, wherever they stand (Epson ESC/POS command
reference: even within other commands and image data), and everything in its turn from the receive buffer.
"""

from __future__ import annotations

from collections import Counter

from caixue.wire.escpos_parser import REAL_TIME, REAL_TIME_BEGUN, first_item
from twin.devices.base import DeviceModel
from twin.devices.escpos_page import Page

INPUT_LIMIT = 128 * 1024  # bytes of receive buffer, and of the longest command; what is beyond is lost


class EscPosModel(DeviceModel):
    """The receive buffer, real-time commands and settings of a printer; subclasses have the paper and the status."""

    def __init__(self, name: str) -> None:
        self.reply_us = round(self.card.durations_s["reply"] * 1e6)  # from a query's last byte to its answer's first
        self.epoch = 0  # counts losses of power, so that a movement begun before one never ends
        self.answers: dict[bytes, bytes] = {}  # to each real-time query, whole
        self.pulses = 0  # DLE DC4 of any kind: cash drawers and power-off, which nobody here should ever ask for
        self.overflow = 0  # bytes lost because they fitted no buffer
        self.unknown: Counter[bytes] = Counter()  # by name of command
        self.forget()
        super().__init__(name)

    @property
    def powered(self) -> bool:
        """Whether it has power; without, buffer and settings are lost and the paper stays where it is."""
        return self._powered

    @powered.setter
    def powered(self, on: bool) -> None:
        self._powered = on
        if not on:
            self.forget()

    def forget(self) -> None:
        """Lose all that is held in memory."""
        self.epoch += 1
        self.quick = False  # a whole query that comes now can be answered from the table at once
        self._begun = b""  # what may become a real-time command
        self.clear()

    def clear(self) -> None:
        """Lose what has been received and not printed; a movement in progress ends as it began."""
        self._buffer = bytearray()
        self._skip = 0
        self.page = self.new_page()

    def new_page(self) -> Page:
        """A page with the settings after power-on."""
        raise NotImplementedError

    def answer(self, query: int) -> None:
        """Answer DLE EOT; `query` counts from 0."""
        raise NotImplementedError

    def report(self, name: bytes, body: bytes) -> bool:
        """Carry out a buffered command that asks for an answer; False when it is none."""
        raise NotImplementedError

    def run(self) -> None:
        """Start the next movement, or `take` from the buffer, as long as nothing moves."""
        raise NotImplementedError

    def stopped(self) -> bool:
        """Whether nothing may be printed now."""
        raise NotImplementedError

    def stall(self) -> None:
        """Something waits for the printer to go on."""
        raise NotImplementedError

    def watchful(self) -> bool:
        """Whether answers need more than the table."""
        raise NotImplementedError

    def feed(self, data: bytes) -> None:
        if self.quick:
            answer = self.answers.get(data)
            if answer is not None:
                self.send(answer, self.reply_us)
                return
        if self._powered and data:
            self._receive(data)

    def _receive(self, data: bytes) -> None:
        done = len(self._begun)
        data = self._begun + data
        for found in REAL_TIME.finditer(data):
            self._accept(data[done : found.end()])
            done = found.end()
            self._obey(found[0])
        self._accept(data[done:])
        begun = REAL_TIME_BEGUN.search(data)
        self._begun = begun[0] if begun is not None else b""
        self.quick = not (self._begun or self._buffer or self._skip or self.watchful())

    def _obey(self, command: bytes) -> None:
        """A real-time command."""
        if command[1] == 0x04:
            self.answer(command[2] - 1)
        elif command[1] == 0x14:
            self.pulses += 1
        if command[1:] in (b"\x05\x02", b"\x14\x08"):
            self.clear()

    def _accept(self, data: bytes) -> None:
        """Put bytes in the receive buffer and work through what can be done now."""
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._buffer += data[skipped:]
        self.run()
        if len(self._buffer) > INPUT_LIMIT:
            self.overflow += len(self._buffer) - INPUT_LIMIT
            del self._buffer[INPUT_LIMIT:]

    def take(self) -> bool:
        """Obey the first item of the buffer; False when it must wait."""
        buffer = self._buffer
        if not buffer:
            return False
        name, size, known = first_item(buffer)
        if size > INPUT_LIMIT:
            self._pass_over(size)
            return False
        if not 0 < size <= len(buffer):
            return False
        if self.stopped() and name[:1] != b"\x10":
            self.stall()
            return False
        body = bytes(buffer[:size])
        del buffer[:size]
        if not known:
            self.unknown[name] += 1
        elif not name:
            buffer[:0] = self.page.text(body)
        elif not self.report(name, body):
            self.page.obey(name, body)
        return True

    def _pass_over(self, size: int) -> None:
        """A command longer than any buffer is lost."""
        here = min(size, len(self._buffer))
        self.overflow += size
        self._skip = size - here
        del self._buffer[:here]
