"""Link faults behind pseudo terminals and TCP in real time: the same disturbances, seen by the same drivers, over both."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from caixue.clock import SystemClock
from caixue.errors import LinkError, LinkLost
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.opening import make_driver
from tests.twin.live_bench import PATIENCE_S, LiveBench, live_bench
from twin.chance import Chance
from twin.faults.injector import FaultRecord
from twin.faults.link import disturbance
from twin.live.network import TcpEnd
from twin.live.serving import HAS_PTY

DISPENSER = "window-1.tube-dispenser"
WAYS = ["tcp", pytest.param("pty", marks=pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals"))]
COSTS = {  # kind → what makes it hit the first reply and no other, as far as that is the kind's to say
    "bad-crc": {"every": 1, "count": 1},
    "wrong-length": {"every": 1, "count": 1},
    "truncated": {"every": 1, "count": 1},
    "dropped-byte": {"probability": 1.0, "count": 1},
    "parity": {"count": 1},
    "lost-reply": {"every": 1, "count": 1},
    "half-open": {"count": 1, "direction": "to-device"},
}
ONLY_TIME: dict[str, dict[str, Any]] = {
    "latency": {"delay": "20 ms"},
    "jitter": {"jitter": "20 ms"},
    "bandwidth": {"bytes_per_s": 2000},
    "partial": {"probability": 1.0, "gap": "5 ms", "pieces": 3},
    "merged": {"probability": 1.0, "within": "10 ms"},
    "noise": {"probability": 1.0},
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBench]:
    with live_bench(tmp_path_factory.mktemp("bench")) as running:
        yield running


class Client:
    """The dispenser's driver, and what it noticed. Its reply time is short, and ten times what the model needs."""

    def __init__(self, bench: LiveBench, over: str) -> None:
        self.journal, clock = MemoryJournal(), SystemClock()
        self.driver = make_driver(bench.site.devices[DISPENSER], clock, Recorder(self.journal, clock), url=bench.url(DISPENSER, over))
        self.driver.client.reply_timeout_s = 0.3  # type: ignore[attr-defined]

    @property
    def troubles(self) -> list[str]:
        """Kinds of trouble so far."""
        return [event.kind for event in self.journal.events if event.kind.startswith("link.")]


@pytest.fixture(scope="module")
def client(bench: LiveBench, request: pytest.FixtureRequest) -> Iterator[Client]:
    made = Client(bench, request.param)
    yield made
    made.driver.port.close()


def inject(bench: LiveBench, kind: str, **detail: Any) -> FaultRecord:
    record: FaultRecord = bench.within(lambda: bench.room.inject(DISPENSER, kind, link=True, detail=detail))
    return record


def repair(bench: LiveBench) -> None:
    bench.within(lambda: bench.room.repair(DISPENSER))


@pytest.mark.parametrize("client", WAYS, indirect=True)
@pytest.mark.parametrize("kind", COSTS)
def test_a_disturbed_exchange_is_noticed_repeated_and_written_down(bench: LiveBench, client: Client, kind: str) -> None:
    noticed = len(client.troubles)
    record = inject(bench, kind, **COSTS[kind])
    assert client.driver.status().state == "ready"
    repair(bench)
    assert record.firings == 1 and len(client.troubles) == noticed + 1
    told = [event for event in bench.journal.events if event.subject == record.name]
    assert [event.kind for event in told] == ["twin.fault-armed", "twin.fault-fired", "twin.link-disturbed", "twin.fault-ended"]


@pytest.mark.parametrize("client", WAYS, indirect=True)
@pytest.mark.parametrize("kind", ONLY_TIME)
def test_what_only_takes_time_and_noise_cost_no_repetition(bench: LiveBench, client: Client, kind: str) -> None:
    noticed = len(client.troubles)
    record = inject(bench, kind, **ONLY_TIME[kind])
    assert [client.driver.status().state for _ in range(3)] == ["ready"] * 3
    repair(bench)
    assert record.firings == 3 and len(client.troubles) == noticed


@pytest.mark.parametrize("client", ["tcp"], indirect=True)
def test_a_reset_connection_is_lost_and_made_again(bench: LiveBench, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    record = inject(bench, "reset", every=1, count=1, back="50 ms")
    monkeypatch.setattr(client.driver.client, "retries", 0)  # type: ignore[attr-defined]
    with pytest.raises(LinkLost):
        client.driver.status()
    bench.until(lambda: record.firings == 1 and not bench.room.hubs[DISPENSER].down)
    repair(bench)
    assert client.driver.status().state == "ready"


@pytest.mark.parametrize("client", ["tcp"], indirect=True)
def test_a_slow_close_is_silence_first_and_then_a_lost_connection(
    bench: LiveBench, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(bench, "slow-close", every=1, count=1, linger="100 ms", back="50 ms")
    monkeypatch.setattr(client.driver.client, "retries", 0)  # type: ignore[attr-defined]
    with pytest.raises(LinkError):
        client.driver.status()
    hub = bench.room.hubs[DISPENSER]
    bench.until(lambda: not any(isinstance(end, TcpEnd) for end in hub.ends.values()) and not hub.down)
    repair(bench)
    assert client.driver.status().state == "ready"


def test_a_client_with_a_header_gets_a_wrong_transaction_number_for_a_bad_check_and_a_wrong_length(bench: LiveBench) -> None:
    request = bytes.fromhex("0042 0000 0006 01 04 0000 0001")
    with socket.create_connection(bench.address(DISPENSER), timeout=PATIENCE_S) as client:
        answers = []
        for kind in ("bad-crc", "wrong-length"):
            inject(bench, kind, every=1, count=1)
            client.sendall(request)
            answers.append(client.recv(64))
            repair(bench)
        client.sendall(request)
        right = client.recv(64)
    assert [answer[:2] == right[:2] for answer in answers] == [False, True]
    assert [answer[4:6] == right[4:6] for answer in answers] == [True, False]
    assert {len(answer) for answer in answers} == {len(right)}


@pytest.mark.parametrize("client", WAYS, indirect=True)
def test_the_dice_of_a_fault_do_the_same_damage_live_as_in_virtual_time(bench: LiveBench, client: Client) -> None:
    record = inject(bench, "corrupt", probability=1.0, count=1)
    client.driver.status()
    repair(bench)
    told = next(event.data for event in bench.journal.events if event.subject == record.name and event.kind == "twin.link-disturbed")
    dice = Chance(0).stream(f"{record.name}.{DISPENSER}")
    before = bytes.fromhex(told["before"])
    ((late_us, after),) = disturbance("corrupt", dice, lambda: None)(before)
    assert told["after"] == [[late_us, after.hex(" ")]]
