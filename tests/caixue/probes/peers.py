"""Peers on 127.0.0.1 that behave badly: each takes connections and does to every one of them what the test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from caixue.site_estate import ProbeSpec

Behaviour = Callable[[socket.socket, threading.Event], object]
DRIP_S = 0.02


@contextmanager
def peer(behave: Behaviour) -> Iterator[int]:
    """A peer on a free port, which it gives; `behave` gets each connection and an event that is set when the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                behave(connection, over)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Takes the connection and says nothing until the test is over."""
    over.wait(30)


def closing(answer: bytes = b"") -> Behaviour:
    """Hears something, says so much and closes."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4096)

    return behave


def dripping(answer: bytes) -> Behaviour:
    """Says one byte after the other, slowly."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(4096)
        for place in range(len(answer)):
            connection.sendall(answer[place : place + 1])
            if over.wait(DRIP_S):
                return
        over.wait(30)

    return behave


def resetting(connection: socket.socket, over: threading.Event) -> None:
    """Breaks the connection off with RST."""
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def refusing_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def spec(target: str, timeout_us: int = 200_000, **more: object) -> ProbeSpec:
    """A probe of that target, whose kind is its scheme."""
    kind = target.partition(":")[0].replace("https", "http")
    return ProbeSpec(name="p", kind=kind, target=target, about="a", timeout_us=timeout_us, **more)  # type: ignore[arg-type]
