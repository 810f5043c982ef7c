"""Link faults under Modbus TCP: whatever a network can do, no answer is taken for another, and the connection heals."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import GarbledReply, LinkError, LinkLost, ReplyTimeout, UncertainOutcome
from caixue.site import load_site
from tests.caixue.modbus_bench import Bench, Registers
from twin.faults.link import SERIAL_ONLY, disturbance
from twin.line import TO_DEVICE, TO_HOST
from twin.scenario_checks import check_faults
from twin.scenario_model import Fault
from twin.world import US

TIMEOUT_S = 0.3
FRAMES = ("bad-crc", "wrong-length", "wrong-reply", "lost-reply", "half-open")
often = st.fixed_dictionaries({"every": st.integers(1, 4), "probability": st.sampled_from([0.2, 1.0]), "after": st.integers(0, 4)})
to_host: dict[str, dict[str, Any]] = {
    "bad-crc": {},
    "wrong-length": {},
    "wrong-reply": {},
    "lost-reply": {},
    "half-open": {},
    "latency": {"delay_us": 700_000},
    "jitter": {"jitter_us": 2 * US},
    "bandwidth": {"bytes_per_s": 100},
    "partial": {"pieces": 4, "gap_us": 30_000},
    "merged": {"within_us": 400_000},
    "reset": {"back_us": 200_000},
    "slow-close": {"linger_us": 500_000, "back_us": 200_000},
}
to_device = ("lost-reply", "half-open", "bandwidth", "partial", "merged", "reset")
chains = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(to_host)), st.just(TO_HOST), often),
        st.tuples(st.sampled_from(to_device), st.just(TO_DEVICE), often),
    ),
    min_size=1,
    max_size=4,
).map(lambda chain: sorted(chain, key=lambda one: one[0] not in FRAMES))  # a piece of a frame is no frame, and TCP loses none


class TcpBench(Bench):
    """The bench of the client's own tests, speaking Modbus TCP."""

    def __init__(self) -> None:
        super().__init__(Registers(), baudrate=0)
        self.model.speak_tcp()  # type: ignore[attr-defined]
        self.modbus = self.client(framing="mbap", reply_timeout_s=TIMEOUT_S)

    def disturb(self, kind: str, direction: str = TO_HOST, seed: int = 1, **how: Any) -> None:
        """Put one fault on the line."""
        change = disturbance(kind, random.Random(seed), lambda: None, line=self.line, direction=direction, **to_host[kind], **how)
        (self.line.to_host if direction == TO_HOST else self.line.to_device).append(change)

    def calm(self) -> None:
        """No faults any more."""
        self.line.to_host.clear()
        self.line.to_device.clear()
        self.pass_time(5)


@pytest.mark.parametrize(
    ("kind", "costs"),
    [
        ("bad-crc", ReplyTimeout),
        ("wrong-length", GarbledReply),
        ("lost-reply", ReplyTimeout),
        ("half-open", ReplyTimeout),
        ("latency", ReplyTimeout),
        ("reset", LinkLost),
        ("slow-close", LinkError),
        ("partial", None),
    ],
)
def test_what_a_client_sees_of_a_network_that_does_this_to_every_reply(kind: str, costs: type[LinkError] | None) -> None:
    bench = TcpBench()
    bench.disturb(kind)
    if costs is None:
        assert bench.run(bench.modbus.read_inputs, 10, 2) == (1010, 1011)
    else:
        with pytest.raises(costs):
            bench.run(bench.modbus.read_inputs, 10, 2)
    bench.calm()
    assert bench.run(bench.modbus.read_inputs, 10, 2) == (1010, 1011)
    bench.world.close()


def test_a_write_that_meets_a_wrong_transaction_number_is_uncertain_and_done_once() -> None:
    bench = TcpBench()
    bench.disturb("bad-crc", count=1)
    with pytest.raises(UncertainOutcome):
        bench.run(bench.modbus.write, 0, (1, 2, 3))
    assert bench.model.written == [(0, (1, 2, 3))]  # type: ignore[attr-defined]


def tried(operation: Callable[[], object]) -> bool:
    try:
        operation()
    except LinkError:
        return False
    return True


@given(chains, st.integers(0, 1000))
@settings(max_examples=100)
def test_no_chain_of_network_faults_brings_an_answer_of_another_request_or_a_second_write(
    chain: list[tuple[str, str, Any]], seed: int
) -> None:
    bench = TcpBench()
    for number, (kind, direction, how) in enumerate(chain):
        bench.disturb(kind, direction, seed + number, **how)
    client, model = bench.modbus, bench.model
    assert isinstance(model, Registers)

    def read(address: int) -> None:
        before = model.answers
        first, *others = client.read_inputs(0, address)
        assert before < first <= model.answers and others == list(range(1001, 1000 + address))

    def work() -> None:
        for step in range(12):
            before_us, written = bench.world.now_us, len(model.written)
            if step % 4 == 3:
                tried(lambda step=step: client.write(0, (step,)))  # type: ignore[misc]
            else:
                tried(lambda step=step: read(2 + step % 5))  # type: ignore[misc]
            assert len(model.written) <= written + 1
            assert bench.world.now_us - before_us <= 4 * TIMEOUT_S * US

    bench.run(work)
    bench.calm()
    assert bench.run(client.read_inputs, 0, 2) == (model.answers, 1001)
    assert len(model.written) <= 3
    bench.world.close()


@pytest.mark.parametrize("kind", sorted(SERIAL_ONLY))
def test_a_scenario_cannot_damage_bytes_on_the_way_to_a_device_that_speaks_modbus_tcp(kind: str) -> None:
    site, name = load_site("eight-window"), "window-1.tube-dispenser"
    over_tcp = replace(site, devices={**site.devices, name: replace(site.devices[name], framing="mbap")})
    fault = Fault.model_validate({"at": "1 min", "link": name, "kind": kind, "for": "1 min"})
    assert [finding.path for finding in check_faults([(0, fault)], over_tcp)] == [("fault", 0, "kind")]
    assert list(check_faults([(0, fault)], site)) == []
