"""What each probe tells of its peer: it answers, it answers wrongly, it breaks off, it is slow, or it cannot be asked."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import SystemClock
from caixue.errors import UsageError
from caixue.probes import http
from caixue.probes.asking import probe
from caixue.probes.reading import Attempt, State, gravest, judged, percentile
from caixue.site_estate import target_of
from tests.caixue.probes.peers import Behaviour, closing, dripping, peer, resetting, silent, spec

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
S = 5_000_000
WELL = closing(OK)


def told(scheme: str, behave: Behaviour, path: str = "", **more: object) -> tuple[State, str]:
    with peer(behave) as port:
        reading = probe(spec(f"{scheme}://127.0.0.1:{port}{path}", S, **more), SystemClock())
    return reading.state, reading.detail


# Targets.


@pytest.mark.parametrize(
    "target",
    [
        "",
        "tcp://",
        "tcp://h",
        "ftp://h",
        "ping://h:1",
        "ping://-c",
        "mllp://u:secret@h",
        "tcp://h:0",
        "tcp://h:70000",
        "tcp://h:1/x",
        "http://h/\n",
    ],
)
def test_a_target_that_is_none_is_refused_at_the_door(target: str) -> None:
    with pytest.raises(ValueError):
        target_of(target)


def test_addresses_of_the_documentation_are_never_asked() -> None:
    reading = probe(spec("tcp://192.0.2.11:80"), SystemClock())
    assert (reading.state, reading.tried) == (State.UNKNOWN, 0)


def test_a_target_of_another_kind_is_a_mistake_in_the_site_file() -> None:
    with pytest.raises(UsageError):
        probe(replace(spec("tcp://127.0.0.1:1"), kind="http"), SystemClock())


# TCP.


def test_a_port_that_takes_connections_is_well_even_if_it_closes_at_once() -> None:
    assert told("tcp", lambda connection, over: None, count=3) == (State.OK, "")


# HTTP.


def test_success_with_the_expected_text_is_well() -> None:
    assert told("http", closing(OK), "/health?x=1", expect="hell") == (State.OK, "")


def test_the_request_is_a_plain_get_that_goes_straight_to_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    heard: list[bytes] = []

    def behave(connection: socket.socket, over: threading.Event) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(OK)

    assert told("http", behave, "/健康?a=b c%20")[0] is State.OK
    assert heard[0].startswith(b"GET /%E5%81%A5%E5%BA%B7?a=b%20c%20 HTTP/1.1\r\nHost: 127.0.0.1:") and heard[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (OK.replace(b"hello", b"world"), "hell"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "503"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://203.0.113.9/?token=secret\r\nContent-Length: 0\r\n\r\n", "302"),
        (b"SSH-2.0-OpenSSH_9\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
        (b"\x00" * 70_000, "LineTooLong"),
        (b"", ""),
    ],
)
def test_any_other_answer_is_critical_and_says_what_it_was(answer: bytes, word: str) -> None:
    state, detail = told("http", closing(answer), expect="hell")
    assert state is State.CRIT and detail and "secret" not in detail
    assert word == "hell" or word in detail


@pytest.mark.parametrize("bytes_", range(len(OK)))
def test_an_answer_that_closes_at_any_byte_is_never_well(bytes_: int) -> None:
    assert told("http", closing(OK[:bytes_]))[0] is State.CRIT


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "unicode_escape", "zlib", "x-none", "GBK", "utf-8", "\xe9"])
def test_whatever_charset_the_peer_names_its_answer_is_a_reading(charset: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset={charset}\r\nContent-Length: 5\r\n\r\n"
    assert told("http", closing(head.encode("latin-1") + b"hello"), expect="hell")[0] is State.OK


def test_no_more_than_so_many_bytes_are_read() -> None:
    sent: list[int] = []

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            sent.append(connection.send(b"x" * 4096))

    assert told("http", behave)[0] is State.OK
    assert sent and http.MOST_BYTES < 1_000_000


def test_a_connection_that_is_reset_is_critical() -> None:
    assert told("http", resetting)[0] is State.CRIT and told("mllp", resetting)[0] is State.CRIT


@contextmanager
def https(folder: Path, say: Behaviour = WELL) -> Iterator[tuple[int, Path]]:
    """A peer with a certificate for 127.0.0.1 that nobody but itself has signed; `say` goes on behind the handshake."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*words, *more], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def behave(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            say(secure, over)

    with peer(behave) as port:
        yield port, certificate


def test_a_certificate_is_verified_and_one_that_the_machine_trusts_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with https(tmp_path) as (port, certificate):
        strange = probe(spec(f"https://127.0.0.1:{port}/", S), SystemClock())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = probe(spec(f"https://127.0.0.1:{port}/", S), SystemClock())
        other_name = probe(spec(f"https://localhost:{port}/", S), SystemClock())
    assert (strange.state, known.state, other_name.state) == (State.CRIT, State.OK, State.CRIT)
    assert "self" in strange.detail


@pytest.mark.parametrize("say", [silent, dripping(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100)])
def test_a_peer_that_is_silent_or_slow_behind_the_handshake_does_not_extend_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Behaviour
) -> None:
    with https(tmp_path, say) as (port, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        clock = SystemClock()
        reading = probe(spec(f"https://127.0.0.1:{port}/", 300_000), clock)
    assert reading.state is State.CRIT and clock.monotonic_us() < 10 * 300_000  # the drip takes 12 s


def test_tls_to_a_port_without_it_is_critical() -> None:
    assert told("https", closing(OK))[0] is State.CRIT


# What attempts come to.


def test_lost_attempts_are_counted_and_half_of_them_are_critical() -> None:
    asked = spec("tcp://127.0.0.1:1")
    good, bad = Attempt(1000), Attempt(None, "why")
    states = [judged(asked, [good] * (4 - lost) + [bad] * lost).state for lost in range(5)]
    assert states == [State.OK, State.WARN, State.CRIT, State.CRIT, State.CRIT]
    assert judged(asked, [good, good, bad]).detail == "why" and judged(asked, []).state is State.UNKNOWN


def test_a_slow_median_is_a_warning() -> None:
    asked = spec("tcp://127.0.0.1:1", slow_us=500)
    assert judged(asked, [Attempt(100), Attempt(600), Attempt(700)]).state is State.WARN
    assert judged(asked, [Attempt(100), Attempt(200), Attempt(700)]).state is State.OK


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=100))
def test_percentiles_are_answers_that_were_measured(times: list[int]) -> None:
    low, high = percentile(times, 50), percentile(times, 95)
    assert low in times and high in times and min(times) <= low <= high <= percentile(times, 100) == max(times)
    assert sum(time <= high for time in times) >= 0.95 * len(times)


def test_unknown_is_never_good() -> None:
    assert gravest([State.OK, State.UNKNOWN, State.WARN]) is State.UNKNOWN and gravest([]) is State.UNKNOWN
