"""Every probe has one deadline, and no peer can make it last longer: not by silence, not by dripping, not by a name that resolves slowly."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable

import pytest

from caixue.clock import SystemClock
from caixue.errors import LinkLost, ReplyTimeout
from caixue.probes.asking import probe
from caixue.probes.deadline import Deadline
from caixue.probes.reading import Reading, State
from caixue.probes.resolving import Names
from caixue.probes.talking import connect
from caixue.site_estate import ProbeSpec, Target
from tests.caixue.probes.peers import DRIP_S, dripping, peer, refusing_port, silent, spec
from tests.caixue.scripted import FakeClock

TIMEOUT_US = 200_000
DRIPPED = 300  # bytes: 6 s, thirty times the timeout
HTTP_DRIP = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * DRIPPED
MLLP_DRIP = b"\x0bMSH|^~\\&|" + b"x" * DRIPPED
TLS_DRIP = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03" + b"x" * DRIPPED


def timed(asked: ProbeSpec) -> tuple[Reading, float]:
    """The reading, and how many of its timeouts it took."""
    clock = SystemClock()
    reading = probe(asked, clock)
    return reading, clock.monotonic_us() / asked.timeout_us


@pytest.mark.parametrize("scheme", ["http", "https", "mllp"])
def test_a_silent_peer_costs_the_timeout_and_is_critical(scheme: str) -> None:
    with peer(silent) as port:
        reading, timeouts = timed(spec(f"{scheme}://127.0.0.1:{port}", TIMEOUT_US))
    assert (reading.state, reading.lost, reading.tried, reading.latency_us) == (State.CRIT, 1, 1, None)
    assert timeouts < 10 and "0.2 s" in reading.detail


@pytest.mark.parametrize(("scheme", "drip"), [("http", HTTP_DRIP), ("https", TLS_DRIP), ("mllp", MLLP_DRIP)])
def test_a_peer_that_sends_one_byte_after_the_other_does_not_extend_it(scheme: str, drip: bytes) -> None:
    assert len(drip) * DRIP_S > 25 * TIMEOUT_US / 1e6
    with peer(dripping(drip)) as port:
        reading, timeouts = timed(spec(f"{scheme}://127.0.0.1:{port}", TIMEOUT_US))
    assert reading.state is State.CRIT and timeouts < 10


def test_a_body_that_drips_does_not_extend_it_either() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        dripping(b"x" * DRIPPED)(connection, over)

    with peer(behave) as port:
        reading, timeouts = timed(spec(f"http://127.0.0.1:{port}", TIMEOUT_US))
    assert reading.state is State.CRIT and timeouts < 10


@pytest.mark.parametrize("scheme", ["tcp", "http", "https", "mllp"])
def test_a_port_that_refuses_is_told_at_once(scheme: str) -> None:
    reading, timeouts = timed(spec(f"{scheme}://127.0.0.1:{refusing_port()}", 5_000_000))
    assert reading.state is State.CRIT and timeouts < 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops the first packet of a connection when the queue is full")
def test_a_host_that_never_completes_the_connection_costs_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        full = [socket.socket() for _ in range(4)]
        for each in full:
            each.setblocking(False)
            each.connect_ex(address)
        reading, timeouts = timed(spec(f"tcp://127.0.0.1:{address[1]}", TIMEOUT_US))
        for each in full:
            each.close()
    assert (reading.state, reading.lost) == (State.CRIT, 1)
    assert timeouts < 10


def test_several_attempts_share_the_one_deadline() -> None:
    with peer(silent) as port:
        reading, timeouts = timed(spec(f"mllp://127.0.0.1:{port}", TIMEOUT_US, count=5))
    assert reading.lost == reading.tried >= 1 and timeouts < 5


# Names.


def slow(until: threading.Event, asked: list[str]) -> Callable[[str], list[tuple[int, tuple[object, ...]]]]:
    def look(host: str) -> list[tuple[int, tuple[object, ...]]]:
        asked.append(host)
        until.wait(30)
        return [(socket.AF_INET, ("127.0.0.1", 0))]

    return look


def test_a_name_that_resolves_slowly_costs_the_timeout_and_one_thread_however_often_it_is_asked() -> None:
    until, asked = threading.Event(), list[str]()
    names, clock = Names(slow(until, asked)), SystemClock()
    for _ in range(3):
        with pytest.raises(ReplyTimeout):
            names.addresses("his.hospital.example", Deadline(clock, 50_000))
    assert asked == ["his.hospital.example"] and clock.monotonic_us() < 5_000_000
    until.set()
    assert names.addresses("his.hospital.example", Deadline(clock, 5_000_000)) == ((socket.AF_INET, ("127.0.0.1", 0)),)


def test_what_the_name_took_is_missing_for_the_rest() -> None:
    clock = FakeClock()

    def look(host: str) -> list[tuple[int, tuple[object, ...]]]:
        clock.advance_to(400_000)
        return [(socket.AF_INET, ("127.0.0.1", 0))]

    with pytest.raises(ReplyTimeout), connect(Target("tcp", "a.example", refusing_port()), Deadline(clock, 300_000), Names(look)):
        pass


def test_a_name_that_does_not_exist_is_told_as_such() -> None:
    def look(host: str) -> list[tuple[int, tuple[object, ...]]]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(LinkLost, match="not known"):
        Names(look).addresses("nobody.example", Deadline(SystemClock(), 5_000_000))


def test_the_second_address_is_tried_when_the_first_is_dead() -> None:
    with peer(silent) as port:
        both = [(socket.AF_INET, ("127.0.0.2", 0)), (socket.AF_INET, ("127.0.0.1", 0))]
        with connect(Target("tcp", "a.example", port), Deadline(SystemClock(), 5_000_000), Names(lambda host: both)):
            pass


def test_an_address_of_a_family_that_this_machine_lacks_is_a_dead_one() -> None:
    lacking = (99, ("a", 0))  # as IPv6 is where it is switched off
    with peer(silent) as port:
        target = Target("tcp", "a.example", port)
        with connect(target, Deadline(SystemClock(), 5_000_000), Names(lambda host: [lacking, (socket.AF_INET, ("127.0.0.1", 0))])):
            pass
        with pytest.raises(LinkLost):
            connect(target, Deadline(SystemClock(), 5_000_000), Names(lambda host: [lacking]))


def test_a_number_needs_no_resolver() -> None:
    def look(host: str) -> list[tuple[int, tuple[object, ...]]]:
        raise AssertionError(host)

    assert Names(look).addresses("127.0.0.1", Deadline(FakeClock(), 1))[0][1][0] == "127.0.0.1"


def test_a_share_is_an_even_part_of_what_is_left_and_nothing_left_is_late() -> None:
    clock = FakeClock()
    deadline = Deadline(clock, 900)
    assert deadline.share(3).left_us() == 300
    clock.advance_to(500)
    assert deadline.share(2).left_us() == 200 and deadline.spent_us == 500
    clock.advance_to(900)
    with pytest.raises(ReplyTimeout):
        deadline.left_us()
