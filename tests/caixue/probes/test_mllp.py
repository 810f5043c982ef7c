"""MLLP and the question to an HL7 v2 interface: the right answer is told from a wrong, a truncated, an oversized and a garbled one."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import SHANGHAI, SystemClock
from caixue.errors import GarbledReply
from caixue.probes.asking import probe
from caixue.probes.mllp import question
from caixue.probes.reading import Reading, State
from caixue.wire.mllp import MOST_BYTES, acknowledgement, framed, unframed
from tests.caixue.probes.peers import dripping, peer, spec

hl7 = pytest.importorskip("hl7")
S = 5_000_000
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=SHANGHAI)


def answer_to(heard: bytes, code: str = "AA", control_id: str | None = None) -> bytes:
    """The acknowledgement that the independent package makes of what was heard."""
    message = hl7.parse(heard.strip(b"\x0b\x1c\r").decode("ascii"))
    ack = message.create_ack(code, application="LIS", facility="LAB")
    if control_id is not None:
        ack["MSA"][0][2] = control_id
    return str(ack).encode("ascii")


def asked(answer: Callable[[bytes], bytes], *, close: bool = True) -> Reading:
    """What the probe says of a peer that answers so."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(answer(connection.recv(4096)))
        if close:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
        else:
            over.wait(30)

    with peer(behave) as port:
        return probe(spec(f"mllp://127.0.0.1:{port}", S), SystemClock())


@pytest.mark.parametrize("code", ["AA", "AE", "AR"])
def test_any_acknowledgement_of_our_message_shows_that_the_interface_works(code: str) -> None:
    reading = asked(lambda heard: framed(answer_to(heard, code)))
    assert (reading.state, reading.values["ack"]) == (State.OK, code)


def test_the_connection_may_stay_open_behind_the_answer() -> None:
    assert asked(lambda heard: framed(answer_to(heard)), close=False).state is State.OK


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda heard: framed(answer_to(heard, control_id="another")), "另一条"),
        (lambda heard: framed(b"MSH|^~\\&|LIS|||||ADT^A01|1|P|2.4\r"), "MSA"),
        (lambda heard: framed(answer_to(heard).replace(b"|AA|", b"|XX|")), "代码"),
        (lambda heard: framed(b"hello"), "HL7"),
        (lambda heard: b"HTTP/1.1 400 Bad Request\r\n\r\n", "MLLP"),
        (lambda heard: b"\x0b" + answer_to(heard) + b"\x1cX", "CR"),
        (lambda heard: b"\x0b" + b"x" * (MOST_BYTES + 9000), "超过"),
        (lambda heard: b"\x0b" + answer_to(heard), "一半"),
        (lambda heard: b"", "没有应答"),
    ],
)
def test_each_wrong_answer_is_critical_and_told_apart(answer: Callable[[bytes], bytes], word: str) -> None:
    reading = asked(answer)
    assert reading.state is State.CRIT and word in reading.detail


def test_an_answer_that_closes_at_any_byte_is_never_well() -> None:
    length = len(framed(answer_to(framed(question(NOW)[0]))))
    readings = [asked(lambda heard, cut=cut: framed(answer_to(heard))[:cut]) for cut in range(0, length, 7)]  # type: ignore[misc]
    readings += [asked(lambda heard, cut=cut: framed(answer_to(heard))[:-cut]) for cut in (1, 2)]  # type: ignore[misc]
    assert {reading.state for reading in readings} == {State.CRIT}


def test_an_answer_in_single_bytes_within_the_timeout_is_well() -> None:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        for byte in framed(answer_to(connection.recv(4096))):
            connection.sendall(bytes([byte]))

    with peer(behave) as port:
        assert probe(spec(f"mllp://127.0.0.1:{port}", S), SystemClock()).state is State.OK


def test_garbage_is_told_without_waiting_for_its_end() -> None:
    with peer(dripping(b"no such thing")) as port:
        reading = probe(spec(f"mllp://127.0.0.1:{port}", S), SystemClock())
    assert reading.state is State.CRIT and "MLLP" in reading.detail


def test_the_server_of_an_independent_package_answers_the_question() -> None:
    from hl7.mllp import start_hl7_server

    ready, port, over = threading.Event(), list[int](), threading.Event()

    async def serve() -> None:
        async def one(reader: object, writer: object) -> None:
            message = await reader.readmessage()  # type: ignore[attr-defined]
            writer.writemessage(message.create_ack("AR"))  # type: ignore[attr-defined]
            await writer.drain()  # type: ignore[attr-defined]
            writer.close()  # type: ignore[attr-defined]

        async with await start_hl7_server(one, host="127.0.0.1", port=0) as server:
            port.append(server.sockets[0].getsockname()[1])
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    reading = probe(spec(f"mllp://127.0.0.1:{port[0]}", S, count=2), SystemClock())
    over.set()
    thread.join(10)
    assert (reading.state, reading.tried, reading.values["ack"]) == (State.OK, 2, "AR")


def test_the_question_names_nobody_and_asks_for_nothing_but_the_state() -> None:
    message, control_id = question(NOW)
    parsed = hl7.parse(message.decode("ascii"))
    assert [str(segment[0]) for segment in parsed] == ["MSH", "NST"]
    assert (str(parsed["MSH"][0][9]), str(parsed["MSH"][0][10]), str(parsed["MSH"][0][11])) == ("NMQ^N01", control_id, "T")
    assert len(control_id) == 20 and message.startswith(b"MSH|^~\\&|CAIXUE||||20261123070000+0800||")


# The framing.


@given(st.binary(max_size=200).filter(lambda data: b"\x0b" not in data and b"\x1c" not in data))
def test_what_was_framed_comes_out_again_and_not_one_byte_earlier(message: bytes) -> None:
    whole = framed(message)
    assert unframed(whole) == message
    assert all(unframed(whole[:cut]) is None for cut in range(len(whole)))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_the_declared_error(data: bytes) -> None:
    try:
        message = unframed(data)
        if message is not None:
            acknowledgement(message)
    except GarbledReply:
        pass


@pytest.mark.parametrize("message", [b"a\x0bb", b"a\x1cb"])
def test_a_message_that_holds_the_marks_of_the_frame_is_not_sent(message: bytes) -> None:
    with pytest.raises(ValueError):
        framed(message)


def test_line_feeds_between_segments_and_another_separator_are_understood() -> None:
    assert acknowledgement(b"MSH#^~\\&#LIS\r\nMSA#AE#77#no\r\n").control_id == "77"
