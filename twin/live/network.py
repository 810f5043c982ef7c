"""The ends on a network: the TCP port of a device and its connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from twin.devices.modbus import FRAME_GAP_US
from twin.live.ends import BLOCK, ClientEnd
from twin.live.framing import Frames
from twin.live.hub import Hub

CLIENTS = 16  # connections to one device; one more sends away the one not answered for longest: docs/assumptions.md A-70
AGAIN_US = 100_000  # until a port that could not take a connection tries again


class TcpEnd(ClientEnd):
    """One TCP connection. Bytes take no time of their own; a client that does not read is cut off."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, connection: socket.socket, frames: Frames | None) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._frames = frames
        self._fed = 0
        self.answered_us = 0  # 0: never
        super().__init__(loop, hub, 0)
        self._listen()

    def feed(self, data: bytes) -> None:
        """Bytes of the client have passed the line: Modbus goes on request by request, all else as it came."""
        frames = self._frames
        if frames is None:
            self.hub.feed(self, data)
            return
        frames.feed(data)
        while (request := frames.take()) is not None:
            self.hub.ask(self, *request)
        if frames.unfinished:
            self._fed += 1
            self.hub.kernel.at(self.hub.now_us + FRAME_GAP_US, self._forget, self._fed)

    def answer(self, data: bytes, after_us: int) -> None:
        """Bytes of the device to this client."""
        self.answered_us = self.hub.now_us
        super().answer(data, after_us)

    def cut(self) -> None:
        """The cable comes out: the connection is reset."""
        if self.open:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _forget(self, fed: int) -> None:
        if self._frames is not None and self._fed == fed:
            self._frames.forget()

    def _fileno(self) -> int:
        return self._connection.fileno()

    def _read(self) -> bytes:
        return self._connection.recv(BLOCK)

    def _write(self, data: bytes) -> None:
        try:
            taken = self._connection.send(data)
        except OSError:
            taken = -1
        if taken != len(data):
            self.close()

    def close(self) -> None:
        """End the connection."""
        if self.open:
            self.open = False
            self._loop.remove_reader(self._connection.fileno())
            self.hub.leave(self)
            self._connection.close()


class TcpPort:
    """The port of one device; takes one new client at a time, so that a flood of connections leaves time for the others."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, host: str, port: int, frames: Callable[[], Frames] | None) -> None:
        self._loop = loop
        self._hub = hub
        self._frames = frames
        self._socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
        self._socket.setblocking(False)
        self.clients: list[TcpEnd] = []
        name, number = self._socket.getsockname()[:2]
        self.url = f"socket://[{name}]:{number}" if ":" in host else f"socket://{name}:{number}"
        self._open = True
        self._listen()

    def _listen(self) -> None:
        if self._open:
            self._loop.add_reader(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionError):  # gone again
            return
        except OSError:  # the process has no descriptor left
            self._loop.remove_reader(self._socket.fileno())
            self._hub.kernel.at(self._hub.now_us + AGAIN_US, self._listen)
            return
        if self._hub.down:
            connection.close()
            return
        self.clients = [client for client in self.clients if client.open]
        if len(self.clients) >= CLIENTS:
            longest = min(self.clients, key=lambda client: client.answered_us)  # of those never answered, the first to come
            longest.close()
            self.clients.remove(longest)
        self.clients.append(TcpEnd(self._loop, self._hub, connection, self._frames() if self._frames is not None else None))

    def close(self) -> None:
        """End every connection and the port."""
        self._open = False
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        for client in self.clients:
            client.close()
