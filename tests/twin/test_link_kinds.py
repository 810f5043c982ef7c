"""Link faults that know frames, time or the connection: what each does to bytes, to their order and to an open port."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from caixue.errors import GarbledReply, LinkLost, ReplyTimeout, UsageError
from caixue.wire.modbus import READ_INPUT, WRITE, Reply, Request, find_reply, parse_reply, reply_frame
from tests.caixue.modbus_bench import CHARACTER_US, Bench
from twin.faults.damage import is_tcp_frame
from twin.faults.link import FAULTS, disturbance, in_microseconds, is_absorbed
from twin.line import TO_DEVICE, TO_HOST, Disturbance
from twin.world import US

RTU_READ = reply_frame(Reply(1, READ_INPUT, (10, 11)))
RTU_WRITE = reply_frame(Reply(1, WRITE, address=0, count=3))
TCP_READ = bytes.fromhex("00 07 00 00 00 07 01 04 04 00 0A 00 0B")
replies = st.binary(min_size=1, max_size=40)


def make(kind: str, bench: Bench | None = None, direction: str = TO_HOST, seed: int = 1, **detail: Any) -> Disturbance:
    line = bench.line if bench is not None else None
    return disturbance(kind, random.Random(seed), lambda: None, line=line, direction=direction, **detail)


def hit(kind: str, data: bytes, seed: int = 1) -> list[bytes]:
    return [piece for _, piece in make(kind, seed=seed)(data)]


class Ear:
    """A bench whose host end writes down what arrives and when."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.heard: list[tuple[int, bytes]] = []
        self.bench.line.receive = lambda data: self.heard.append((self.bench.world.now_us, data))

    def send(self, *transfers: bytes, pause_s: float = 0.0) -> list[tuple[int, bytes]]:
        """The device sends these; gives what the host heard by the end."""
        for data in transfers:
            self.bench.line.from_device(data)
            if pause_s:
                self.bench.pass_time(pause_s)
        self.bench.pass_time(60)
        return self.heard

    def add(self, kind: str, seed: int = 1, **detail: Any) -> Ear:
        self.bench.line.to_host.append(make(kind, self.bench, seed=seed, **detail))
        return self


# Frames


@given(replies, st.integers(0, 1000))
def test_a_truncated_reply_is_a_proper_part_from_its_front(data: bytes, seed: int):
    pieces = hit("truncated", data, seed)
    assert len(b"".join(pieces)) < len(data) and data.startswith(b"".join(pieces))
    assert len(data) == 1 or len(pieces) == 1


@given(replies, st.integers(0, 1000))
def test_a_doubled_byte_stands_twice_in_a_row_and_all_others_once(data: bytes, seed: int):
    (damaged,) = hit("duplicated-byte", data, seed)
    assert damaged in [data[: place + 1] + data[place:] for place in range(len(data))]


def test_a_wrong_length_keeps_the_crc_right_so_that_only_the_length_tells():
    (damaged,) = hit("wrong-length", RTU_READ)
    assert damaged[2] != RTU_READ[2] and damaged[3:-2] == RTU_READ[3:-2]
    assert FramerRTU.check_CRC(damaged[:-2], int.from_bytes(damaged[-2:], "big"))
    assert find_reply(damaged, Request(1, READ_INPUT, 0, 2)) is None


@pytest.mark.parametrize("data", [RTU_WRITE, b"OK\r", b"\x00", b"261123000017\r"], ids=["write reply", "line", "byte", "serial"])
def test_a_transfer_without_a_length_field_is_spared(data: bytes):
    assert hit("wrong-length", data) == [data]


def test_over_tcp_a_bad_check_is_a_wrong_transaction_and_a_wrong_length_is_that_of_the_header():
    assert is_tcp_frame(TCP_READ) and not is_tcp_frame(RTU_READ) and not is_tcp_frame(RTU_WRITE)
    (crossed,), (longer,) = hit("bad-crc", TCP_READ), hit("wrong-length", TCP_READ)
    assert crossed[:2] != TCP_READ[:2] and crossed[2:] == TCP_READ[2:]
    assert longer[4:6] != TCP_READ[4:6] and longer[:4] + longer[6:] == TCP_READ[:4] + TCP_READ[6:]


def test_a_wrong_reply_is_the_latest_earlier_one_of_another_length():
    disturb = make("wrong-reply", every=3)
    assert [disturb(data)[0][1] for data in (b"ab", b"wxy", b"cd", b"ef", b"zyx", b"uvw")] == [b"ab", b"wxy", b"wxy", b"ef", b"zyx", b"ef"]


def test_an_old_reply_to_the_same_question_is_never_put_in_place_of_a_new_one():
    disturb = make("wrong-reply")
    assert [disturb(data) for data in (b"ab", b"cd", b"ef")] == [[(0, b"ab")], [(0, b"cd")], [(0, b"ef")]]


def test_over_tcp_the_transaction_tells_every_old_reply_from_a_new_one():
    disturb, newer = make("wrong-reply"), b"\x00\x08" + TCP_READ[2:]
    assert [disturb(data)[0][1] for data in (TCP_READ, newer)] == [TCP_READ, TCP_READ]


def test_a_wrong_reply_is_refused_by_the_client_whatever_was_asked():
    assert parse_reply(RTU_WRITE, Request(1, READ_INPUT, 0, 2)) is None
    assert parse_reply(RTU_READ, Request(1, WRITE, 0, 3, (1, 2, 3))) is None


# Bytes


@given(replies)
def test_a_wrong_parity_setting_keeps_seven_bits_and_puts_their_parity_in_the_eighth(data: bytes):
    (damaged,) = hit("parity", data)
    assert [byte & 0x7F for byte in damaged] == [byte & 0x7F for byte in data]
    assert all(byte.bit_count() % 2 == 0 for byte in damaged)


@given(replies, st.integers(2, 6), st.integers(0, 1000))
def test_a_parted_reply_comes_in_at_most_so_many_pieces_a_gap_apart(data: bytes, pieces: int, seed: int):
    parted = make("partial", seed=seed, pieces=pieces, gap_us=7)(data)
    assert b"".join(piece for _, piece in parted) == data
    assert [late for late, _ in parted] == [7 * number for number in range(min(pieces, len(data)))]


# Time


@given(st.lists(replies, min_size=1, max_size=8), st.integers(0, 1000), st.sampled_from([0.0, 0.001, 0.02]))
def test_jitter_delays_by_no_more_than_it_says_and_lets_no_byte_overtake(data: list[bytes], seed: int, pause_s: float):
    calm, shaken = Ear().send(*data, pause_s=pause_s), Ear().add("jitter", seed, jitter_us=50_000).send(*data, pause_s=pause_s)
    assert [piece for _, piece in shaken] == [piece for _, piece in calm]
    assert all(0 < late_us - at_us <= 50_000 for (at_us, _), (late_us, _) in zip(calm, shaken, strict=True))


@given(st.lists(replies, min_size=1, max_size=5))
def test_a_narrow_link_passes_every_byte_in_order_and_not_more_a_second_than_it_can(data: list[bytes]):
    heard = Ear().add("bandwidth", bytes_per_s=100).send(*data)
    assert b"".join(piece for _, piece in heard) == b"".join(data)
    assert all(later_us - at_us >= 10_000 for (at_us, _), (later_us, _) in pairwise(heard))


def test_merged_bytes_come_in_one_piece_when_the_time_is_over():
    heard = Ear().add("merged", within_us=50_000, every=1, count=1).send(b"ab", b"cd", b"ef")
    assert heard == [(2 * CHARACTER_US + 50_000, b"abcdef")]


def test_merged_bytes_of_a_port_that_was_lost_meanwhile_are_lost_with_it():
    ear = Ear().add("merged", within_us=50_000)
    ear.bench.world.kernel.at(20_000, ear.bench.line.drop)
    assert [data for _, data in ear.send(b"ab")] == [b""]


@pytest.mark.parametrize("kind", ["jitter", "bandwidth", "merged", "partial", "latency"])
def test_a_client_waits_for_what_only_takes_time(kind: str):
    bench, row = Bench(), next(row for row in FAULTS if row.kind == kind)
    detail = in_microseconds({**row.detail, "probability": 1.0})
    bench.line.to_host.append(make(kind, bench, **detail))
    bench.line.to_device.append(make(kind, bench, TO_DEVICE, **detail))
    client = bench.client(reply_timeout_s=0.8)
    assert [bench.run(client.read_inputs, 8, 2) for _ in range(20)] == [(1008, 1009)] * 20
    assert len(bench.sent) == 20


# Connections


def test_a_reset_loses_the_port_in_mid_reply_and_gives_it_back():
    bench = Bench()
    bench.line.to_host.append(make("reset", bench, back_us=2 * US, count=1))
    client = bench.client(retries=0)
    with pytest.raises(LinkLost):
        bench.run(client.read_inputs, 8, 2)
    assert bench.model.answers == 1
    with pytest.raises(LinkLost):
        bench.run(client.read_inputs, 8, 2)
    bench.pass_time(2)
    assert bench.run(client.read_inputs, 8, 2) == (1008, 1009)


def test_a_slow_close_is_silence_first_and_a_lost_port_later():
    bench = Bench()
    bench.line.to_host.append(make("slow-close", bench, linger_us=3 * US, back_us=2 * US, count=1))
    client = bench.client(reply_timeout_s=0.5, retries=0)
    seen = []
    for _ in range(20):
        try:
            bench.run(client.read_inputs, 8, 2)
            seen.append("answer")
        except (GarbledReply, ReplyTimeout, LinkLost) as error:
            seen.append(type(error).__name__)
        bench.pass_time(0.3)
    changes = [kind for kind, before in zip(seen, [None, *seen], strict=False) if kind != before]
    assert changes in (["ReplyTimeout", "LinkLost", "answer"], ["GarbledReply", "ReplyTimeout", "LinkLost", "answer"])


def test_a_half_open_connection_passes_nothing_either_way_and_raises_no_error_on_writing():
    bench = Bench()
    bench.line.to_host.append(make("half-open", bench))
    bench.line.to_device.append(make("half-open", bench, TO_DEVICE))
    client = bench.client(reply_timeout_s=0.5, retries=0)
    with pytest.raises(ReplyTimeout):
        bench.run(client.read_inputs, 8, 2)
    assert bench.model.answers == 0


def test_a_line_that_is_reset_again_and_again_is_up_at_the_end():
    bench = Bench()
    disturb = make("reset", bench, back_us=100_000)
    bench.line.to_host.append(disturb)
    client = bench.client(reply_timeout_s=0.2, retries=0)
    for _ in range(20):
        with pytest.raises((LinkLost, ReplyTimeout)):
            bench.run(client.read_inputs, 8, 2)
        bench.pass_time(0.05)
    bench.line.to_host.remove(disturb)
    bench.pass_time(1)
    assert bench.run(client.read_inputs, 8, 2) == (1008, 1009)


# How often, and with what


@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 4))
def test_after_spares_the_first_and_count_ends_it(after: int, every: int, count: int):
    disturb = make("lost-reply", after=after, every=every, count=count)
    lost = [number for number in range(1, 40) if not disturb(b"x")]
    assert lost == [after + every * number for number in range(1, count + 1)]


def test_what_a_kind_does_not_know_is_a_usage_error():
    with pytest.raises(UsageError, match="bad-crc does not take \\['back_us'\\]"):
        make("bad-crc", back_us=3)


def test_every_row_knows_its_keys_and_takes_its_own_defaults():
    for row in FAULTS:
        assert not row.options.keys() & row.detail.keys()
        make(row.symptom, Bench(), **in_microseconds(row.detail))(b"abc")


@pytest.mark.parametrize(
    ("kind", "detail", "absorbed"),
    [
        ("latency", {"delay": "400 ms"}, True),
        ("latency", {"delay": "500 ms"}, False),
        ("jitter", {"jitter": "600 ms"}, False),
        ("partial", {"gap": "100 ms"}, True),
        ("partial", {"gap": "120 ms"}, False),
        ("bad-crc", {}, False),
    ],
)
def test_a_fault_is_absorbed_only_while_it_adds_less_time_than_a_driver_waits(kind: str, detail: dict[str, Any], absorbed: bool):
    row = next(row for row in FAULTS if row.kind == kind)
    assert is_absorbed(row, {**row.detail, **detail}, 0.5) is absorbed


# Chains


timing = st.lists(st.sampled_from(["latency", "jitter", "bandwidth", "partial"]), min_size=1, max_size=4)


@given(timing, st.lists(replies, min_size=1, max_size=4), st.integers(0, 1000))
def test_however_faults_of_time_are_chained_the_bytes_of_a_transfer_keep_their_order(kinds: list[str], data: list[bytes], seed: int):
    ear = Ear()
    for number, kind in enumerate(kinds):
        ear.add(kind, seed + number, **({"delay_us": 3000} if kind == "latency" else {"jitter_us": 9000} if kind == "jitter" else {}))
    assert b"".join(piece for _, piece in ear.send(*data, pause_s=30)) == b"".join(data)


def test_what_one_fault_leaves_is_what_the_next_one_gets():
    ear = Ear().add("truncated", count=1)
    seen: list[bytes] = []
    ear.bench.line.to_host.append(lambda data: [seen.append(data) or (0, data)])
    ear.send(b"abcdef")
    assert seen == [data for _, data in ear.heard] and len(seen[0]) < 6
