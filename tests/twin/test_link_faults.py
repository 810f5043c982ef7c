"""Link faults: what each kind does to the bytes, how often, and that it reports itself only when bytes really changed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import GarbledReply, ReplyTimeout, UsageError
from caixue.wire.modbus import READ_INPUT, Request, parse_reply
from tests.caixue.modbus_bench import Bench
from twin.faults.link import FAULTS, disturbance
from twin.line import Disturbance

DATA = bytes.fromhex("01 04 02 00 0A 39 37")
REQUEST = Request(1, READ_INPUT, 0, 1)
KINDS = ["bad-crc", "corrupt", "dropped-byte", "noise", "lost-reply", "silence", "partial", "latency"]
replies = st.binary(min_size=1, max_size=40)


class Fault:
    """One disturbance, and how often it said that it fired."""

    def __init__(self, kind: str, seed: int = 1, **detail: float) -> None:
        self.fired = 0
        if kind == "latency":
            detail.setdefault("delay_us", 200_000)
        self.disturb: Disturbance = disturbance(kind, random.Random(seed), self._fire, **detail)  # type: ignore[arg-type]

    def _fire(self) -> None:
        self.fired += 1


def differing_bits(first: bytes, second: bytes) -> int:
    assert len(first) == len(second)
    return sum((one ^ two).bit_count() for one, two in zip(first, second, strict=True))


# What each kind does


def test_a_bad_crc_changes_the_last_byte_alone():
    ((delay_us, damaged),) = Fault("bad-crc").disturb(DATA)
    assert (delay_us, damaged[:-1]) == (0, DATA[:-1])
    assert damaged[-1] != DATA[-1]
    assert parse_reply(DATA, REQUEST) is not None and parse_reply(damaged, REQUEST) is None


@given(replies, st.integers(0, 1000))
def test_corruption_turns_over_exactly_one_bit(data: bytes, seed: int):
    ((_, damaged),) = Fault("corrupt", seed).disturb(data)
    assert differing_bits(data, damaged) == 1


@given(replies, st.integers(0, 1000))
def test_a_dropped_byte_is_missing_and_all_others_are_there(data: bytes, seed: int):
    ((_, damaged),) = Fault("dropped-byte", seed).disturb(data)
    assert damaged in [data[:place] + data[place + 1 :] for place in range(len(data))]


@given(replies, st.integers(0, 1000))
def test_noise_is_one_byte_before_the_reply(data: bytes, seed: int):
    ((_, damaged),) = Fault("noise", seed).disturb(data)
    assert damaged[1:] == data


@pytest.mark.parametrize("kind", ["lost-reply", "silence"])
def test_a_lost_reply_leaves_nothing(kind: str):
    assert Fault(kind).disturb(DATA) == []


@given(replies, st.integers(0, 1000))
def test_a_partial_reply_comes_in_two_pieces_that_are_the_whole(data: bytes, seed: int):
    pieces = Fault("partial", seed).disturb(data)
    assert b"".join(piece for _, piece in pieces) == data
    assert all(piece for _, piece in pieces)
    assert len(pieces) == min(2, len(data))


def test_latency_delays_and_changes_nothing_else():
    assert Fault("latency", delay_us=123).disturb(DATA) == [(123, DATA)]


# How often


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [1, 2, 7])
def test_every_nth_reply_suffers(kind: str, every: int):
    fault = Fault(kind, every=every)
    suffered = [fault.disturb(DATA) != [(0, DATA)] for _ in range(3 * every)]
    assert suffered == ([False] * (every - 1) + [True]) * 3
    assert fault.fired == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_probability_is_kept_in_the_long_run(kind: str):
    fault = Fault(kind, probability=0.1)
    suffered = sum(fault.disturb(DATA) != [(0, DATA)] for _ in range(5000))
    assert suffered == fault.fired
    assert 400 < suffered < 600


@pytest.mark.parametrize("kind", KINDS)
def test_a_probability_of_nothing_never_fires(kind: str):
    fault = Fault(kind, probability=0.0)
    assert all(fault.disturb(DATA) == [(0, DATA)] for _ in range(100))
    assert fault.fired == 0


@given(st.sampled_from(KINDS), st.lists(replies, max_size=10), st.integers(0, 100), st.integers(1, 3))
def test_a_fault_says_that_it_fired_exactly_when_bytes_changed(kind: str, data: list[bytes], seed: int, every: int):
    fault = Fault(kind, seed, every=every)
    assert sum(fault.disturb(each) != [(0, each)] for each in data) == fault.fired


@given(st.sampled_from(KINDS), st.integers(0, 100))
def test_the_same_dice_do_the_same_damage(kind: str, seed: int):
    first, second = Fault(kind, seed, probability=0.5), Fault(kind, seed, probability=0.5)
    assert [first.disturb(DATA) for _ in range(10)] == [second.disturb(DATA) for _ in range(10)]


# The rows


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_row_has_words_in_two_languages_and_a_source(row):
    assert row.device == "link" and row.zh and row.en and row.source


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_one_row(kind: str):
    assert [row.symptom for row in FAULTS].count(kind) == 1


def test_an_unknown_kind_is_a_usage_error_that_lists_the_known():
    with pytest.raises(UsageError, match=r"no link fault 'gremlins'; known: .*bad-crc"):
        disturbance("gremlins", random.Random(1), lambda: None)


# On a line


@pytest.mark.parametrize(
    ("kind", "detail", "costs"),
    [
        ("bad-crc", {}, GarbledReply),
        ("corrupt", {}, GarbledReply),
        ("dropped-byte", {}, GarbledReply),
        ("lost-reply", {}, ReplyTimeout),
        ("silence", {}, ReplyTimeout),
        ("latency", {"delay_us": 600_000}, ReplyTimeout),
        ("latency", {"delay_us": 200_000}, None),
        ("noise", {}, None),
        ("partial", {}, None),
    ],
    ids=lambda value: getattr(value, "__name__", None) if isinstance(value, type) else str(value),
)
def test_what_a_client_sees_of_a_fault_that_spares_no_reply(kind: str, detail: dict[str, int], costs: type[Exception] | None):
    bench, fault = Bench(), Fault(kind, **detail)
    client = bench.client(reply_timeout_s=0.5)
    bench.line.to_host.append(fault.disturb)
    if costs is None:
        assert bench.run(client.read_inputs, 10, 2) == (1010, 1011)
    else:
        with pytest.raises(costs):
            bench.run(client.read_inputs, 10, 2)
    assert fault.fired == (3 if costs else 1)
    bench.line.to_host.clear()
    bench.pass_time(1)
    assert bench.run(client.read_inputs, 10, 2) == (1010, 1011)
    bench.world.close()
