"""The sorter as a physical thing: every tube drops into one lane, the right one unless something is wrong, and is counted there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers.sorter import CARD, JAM, LANES, REJECT
from caixue.tubes import TUBE_KINDS
from tests.twin.test_modbus_models import Device, answers, streams
from twin.devices.sorter import FAULTS, SorterModel
from twin.things import Tube, TubeFactory

KINDS = tuple(TUBE_KINDS)


class Gates(Device):
    """A sorter on a bench; `dropped` keeps where each tube went and where it should have."""

    def __init__(self) -> None:
        super().__init__(SorterModel("sorter"))
        self.factory = TubeFactory()
        self.dropped: list[tuple[Tube, int, int]] = []
        self.model.deliver = lambda tube, lane, meant: self.dropped.append((tube, lane, meant))

    def send(self, *kinds: str) -> list[bool]:
        return [self.model.take(self.factory.make(kind)) for kind in kinds]

    def lanes(self) -> list[int]:
        return [lane for _, lane, _ in self.dropped]


@pytest.fixture
def gates() -> Gates:
    return Gates()


@given(streams, st.lists(st.integers(0, 200), max_size=8))
@settings(max_examples=40)
def test_answers_do_not_depend_on_how_the_bytes_are_cut(stream: bytes, cuts: list[int]):
    whole = answers(Gates(), [stream])
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert answers(Gates(), [stream[start:end] for start, end in pairwise(places)]) == whole
    assert answers(Gates(), [stream[at : at + 1] for at in range(len(stream))]) == whole


def test_every_kind_has_a_lane_of_its_own(gates: Gates):
    gates.send(*KINDS)
    assert len(set(gates.lanes())) == len(KINDS)
    assert REJECT not in gates.lanes()


def test_tubes_of_one_kind_go_to_one_lane(gates: Gates):
    gates.send(*["edta-purple"] * 5)
    assert len(set(gates.lanes())) == 1 and gates.inputs()[f"lane-{gates.lanes()[0]}"] == 5


def test_a_gate_that_sticks_takes_every_tube_and_the_lane_sensor_sees_it(gates: Gates):
    fired: list[str] = []
    gates.model.effects["wrong-lane"] = lambda: fired.append("wrong-lane")
    gates.model.begin("wrong-lane", lane=1)
    gates.send("citrate-blue")  # lane 1 is its own
    assert (gates.inputs()["misrouted"], fired) == (0, [])
    gates.send("serum-yellow", "edta-purple")
    assert gates.lanes() == [1, 1, 1]
    assert (gates.inputs()["misrouted"], fired) == (2, ["wrong-lane"])


def test_tubes_that_cannot_be_read_go_to_the_last_lane(gates: Gates):
    gates.model.begin("scanner-fail")
    gates.send("serum-yellow", "edta-purple")
    inputs = gates.inputs()
    assert (gates.lanes(), inputs["unread"], inputs["misrouted"], inputs["colour"]) == ([REJECT, REJECT], 2, 0, 0)


def test_a_jam_lets_tubes_wait_outside_and_none_is_lost(gates: Gates):
    gates.model.begin("jam")
    assert gates.send("serum-yellow", "serum-yellow") == [False, False]
    assert (gates.dropped, gates.inputs()["alarm"]) == ([], JAM)
    gates.model.end("jam")
    assert gates.send("serum-yellow") == [True]


def test_without_power_nothing_is_taken(gates: Gates):
    gates.model.power_off()
    assert gates.send("serum-yellow") == [False]


@pytest.mark.parametrize("parameter", [0, 3, REJECT << 8 | 3, 0xFFFF])
def test_a_lane_that_does_not_exist_is_not_assigned(gates: Gates, parameter: int):
    before = dict(gates.model.lanes)
    gates.do("assign", parameter)
    assert gates.model.lanes == before


def test_a_reset_takes_the_warnings_back_and_the_next_tube_brings_them_again(gates: Gates):
    gates.model.begin("scanner-fail")
    gates.send("serum-yellow")
    assert gates.inputs()["warnings"] == 4
    assert gates.do("reset")["warnings"] == 0
    gates.send("serum-yellow")
    assert gates.inputs()["warnings"] == 4


@given(st.lists(st.sampled_from([*KINDS, "begin wrong-lane", "end wrong-lane", "begin scanner-fail", "end scanner-fail", "begin jam", "end jam"])))
def test_the_counts_always_add_up_to_the_tubes_that_were_taken(script: list[str]):
    gates, taken = Gates(), 0
    for word in script:
        act, _, symptom = word.partition(" ")
        if not symptom:
            taken += gates.send(word)[0]
        else:
            (gates.model.begin if act == "begin" else gates.model.end)(symptom, **({"lane": 2} if word == "begin wrong-lane" else {}))
    inputs = gates.inputs()
    assert sum(inputs[f"lane-{lane}"] for lane in range(1, LANES + 1)) == taken == len(gates.dropped)
    assert inputs["misrouted"] == sum(lane != meant for _, lane, meant in gates.dropped)


def test_every_alarm_of_the_card_has_a_fault_that_raises_it():
    raised = set()
    for fault in FAULTS:
        gates = Gates()
        gates.model.begin(fault.symptom, **fault.detail)
        gates.send("serum-yellow")
        if not gates.model.silent:
            inputs = gates.inputs()
            raised |= {inputs["alarm"]} | {code for code in CARD.alarms if inputs["warnings"] >> (code - 1) & 1}
    assert set(CARD.alarms) <= raised
