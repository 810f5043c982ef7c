"""The port seam on real ends: pyserial's loop, a pseudo terminal that hangs up, a TCP connection that breaks."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from caixue.clock import SystemClock
from caixue.errors import LinkLost, UsageError
from caixue.link.port import Port

posix = pytest.mark.skipif(os.name != "posix", reason="needs pseudo terminals")


@pytest.fixture
def loop() -> Iterator[Port]:
    port = Port("loop://", SystemClock(), name="loop", timeout_s=0.01)
    yield port
    port.close()


class Pty:
    """A pseudo terminal: `port` is its near end, `write` speaks at the far one, `hang_up` takes that away."""

    def __init__(self) -> None:
        self._far, near = os.openpty()
        self.port = Port(os.ttyname(near), SystemClock(), name="pty")
        os.close(near)

    def write(self, data: bytes) -> None:
        os.write(self._far, data)

    def read(self, size: int) -> bytes:
        return os.read(self._far, size)

    def hang_up(self) -> None:
        if self._far >= 0:
            os.close(self._far)
            self._far = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.port.close()
    made.hang_up()


class Tcp:
    """A TCP device that a Port reaches by `socket://`."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = Port(f"socket://127.0.0.1:{self._server.getsockname()[1]}", SystemClock(), name="tcp")
        self.port.waiting()
        self.device = self._server.accept()[0]

    def accept(self) -> None:
        self.device = self._server.accept()[0]

    def close(self) -> None:
        self.port.close()
        self.device.close()
        self._server.close()


@pytest.fixture
def tcp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tcp]:
    monkeypatch.setattr("serial.urlhandler.protocol_socket.time.sleep", lambda _: None)  # it rests 0.3 s after closing
    made = Tcp()
    yield made
    made.close()


# Bytes


def test_what_is_written_is_what_is_read(loop: Port):
    loop.write(b"hello")
    assert loop.waiting() == 5
    assert loop.read(5, 0.01) == b"hello"


def test_nothing_is_opened_before_it_is_needed():
    port = Port("no-such-scheme://", SystemClock(), name="port")
    port.close()
    with pytest.raises(UsageError):
        port.write(b"x")


def test_a_read_gives_what_there_is_when_its_time_is_over(loop: Port):
    loop.write(b"abc")
    assert loop.read(5, 0.001) == b"abc"
    assert loop.read(5, 0.001) == b""


def test_read_some_gives_all_that_has_come(loop: Port):
    loop.write(b"abcdef")
    assert loop.read_some(0.01) == b"abcdef"
    assert loop.read_some(0.001) == b""


def test_discard_leaves_nothing(loop: Port):
    loop.write(b"abcdef")
    loop.discard()
    assert loop.waiting() == 0


def test_discard_leaves_nothing_where_pyserial_counts_no_further_than_one(tcp: Tcp):
    tcp.device.sendall(b"a late reply")
    tcp.port.read(1, 1.0)
    assert tcp.port.waiting() == 1  # pyserial's socket:// knows only "something"
    tcp.port.discard()
    assert tcp.port.waiting() == 0


def test_a_tap_sees_every_byte_both_ways_and_no_empty_reads():
    seen: list[tuple[str, str, bytes]] = []
    port = Port("loop://", SystemClock(), name="loop", tap=lambda *transfer: seen.append(transfer))
    port.read(1, 0.001)
    port.write(b"ab")
    port.read_some(0.01)
    port.close()
    assert seen == [("loop", ">", b"ab"), ("loop", "<", b"a"), ("loop", "<", b"b")]


def test_a_character_takes_ten_bits():
    assert Port("loop://", SystemClock(), name="loop", baudrate=9600).character_s == pytest.approx(1 / 960)


@posix
def test_bytes_pass_a_pseudo_terminal_both_ways(pty: Pty):
    pty.port.write(b"ping")
    assert pty.read(4) == b"ping"
    pty.write(b"pong")
    assert pty.port.read(4, 1.0) == b"pong"


# Losses


@pytest.mark.parametrize("url", ["/dev/no-such-port", "socket://127.0.0.1:1"])
def test_a_port_that_cannot_be_opened_is_a_lost_link_that_names_its_device(url: str):
    with pytest.raises(LinkLost, match=r"window-1\.tube-dispenser") as caught:
        Port(url, SystemClock(), name="window-1.tube-dispenser").write(b"x")
    assert caught.value.device == "window-1.tube-dispenser"


@pytest.mark.parametrize("url", ["gopher://x", "loop:://"])
def test_a_url_that_pyserial_does_not_know_is_a_mistake_in_the_call(url: str):
    with pytest.raises((UsageError, LinkLost)):
        Port(url, SystemClock(), name="port").write(b"x")


@posix
@pytest.mark.parametrize("use", ["read", "waiting", "write", "read_some", "discard"])
def test_a_port_that_hangs_up_is_a_lost_link_whatever_is_done_with_it(pty: Pty, use: str):
    pty.port.waiting()
    pty.hang_up()
    arguments = {"read": (1, 0.5), "write": (b"x",), "read_some": (0.5,)}.get(use, ())
    with pytest.raises(LinkLost):
        getattr(pty.port, use)(*arguments)


def test_a_broken_connection_is_a_lost_link_and_the_next_call_makes_a_new_one(tcp: Tcp):
    tcp.device.close()
    with pytest.raises(LinkLost):
        tcp.port.read(1, 1.0)
    tcp.port.write(b"hello again")
    tcp.accept()
    assert tcp.device.recv(20) == b"hello again"


def test_a_closed_port_opens_again_by_itself(loop: Port):
    loop.write(b"abc")
    loop.close()
    loop.close()
    loop.write(b"d")
    assert loop.read(1, 0.01) == b"d"
