"""The conveyor as a physical thing: tubes keep their places and their order, and speed, encoder, eyes and load tell the truth."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers.conveyor import BLOCKED, CARD, EXIT_BLOCKED, STOPPED
from caixue.wire.modbus import WRITE, Request
from tests.twin.test_modbus_models import Device, answers, streams
from twin.devices.conveyor import CYCLE_US, FAULTS, ConveyorModel
from twin.things import Tube, TubeFactory

LENGTH_MM, GAP_MM, USUAL_MM_S = 10_000.0, CARD.limits["gap_mm"], CARD.limits["usual_mm_s"]
S = 1_000_000


class Belt(Device):
    """A belt of 10 m on a bench; `out` keeps the tubes that left it, with their times."""

    def __init__(self) -> None:
        super().__init__(ConveyorModel("conveyor", LENGTH_MM))
        self.factory = TubeFactory()
        self.out: list[tuple[int, Tube]] = []
        self.taking = True
        self.model.exit = self._take

    def _take(self, tube: Tube) -> bool:
        if self.taking:
            self.out.append((self.now_us, tube))
        return self.taking

    def put(self, at_mm: float, count: int = 1) -> list[Tube]:
        tubes = [self.factory.make("serum-yellow") for _ in range(count)]
        self.model.place(at_mm, tubes)
        return tubes

    def cycles(self, count: float) -> None:
        self.pass_time(round(count * CYCLE_US))

    @property
    def alarm(self) -> int:
        return self.inputs()["alarm"]


@pytest.fixture
def belt() -> Belt:
    return Belt()


# Bytes


@given(streams, st.lists(st.integers(0, 200), max_size=8))
@settings(max_examples=40)
def test_answers_do_not_depend_on_how_the_bytes_are_cut(stream: bytes, cuts: list[int]):
    whole = answers(Belt(), [stream])
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert answers(Belt(), [stream[start:end] for start, end in pairwise(places)]) == whole
    assert answers(Belt(), [stream[at : at + 1] for at in range(len(stream))]) == whole


def test_the_drive_limits_a_setpoint_that_is_too_high(belt: Belt):
    assert belt.ask(Request(1, WRITE, 0, 3, (CARD.commands["set-speed"], 9999, 1))) is not None
    belt.cycles(5)
    assert belt.model.speed_mm_s == CARD.limits["speed_mm_s"]


# Motion


def test_a_tube_travels_with_the_belt_and_comes_out_after_its_way(belt: Belt):
    belt.put(4000)
    belt.cycles(1)
    assert belt.model.positions_mm() == [4000]
    belt.cycles(10)
    assert belt.model.positions_mm() == [4000 + 10 * USUAL_MM_S]
    belt.cycles(20)
    assert [at_us for at_us, _ in belt.out] == [CYCLE_US + round(6000 / USUAL_MM_S * S)]


def test_tubes_come_out_in_the_order_in_which_they_pass_the_exit(belt: Belt):
    far, near = belt.put(0)[0], belt.put(8000)[0]
    belt.cycles(60)
    assert [tube for _, tube in belt.out] == [near, far]


def test_no_two_tubes_stand_closer_than_the_gap(belt: Belt):
    for at_mm in (0, 2000, 4000):
        belt.put(at_mm, 30)
    for _ in range(60):
        belt.cycles(1)
        places = belt.model.positions_mm()
        assert all(ahead - behind >= GAP_MM for ahead, behind in pairwise(places)), places


def test_the_speed_follows_a_new_setpoint_on_a_ramp(belt: Belt):
    belt.start("set-speed", 0)
    speeds = []
    for _ in range(3):
        belt.cycles(1)
        speeds.append(belt.inputs()["speed"])
    assert speeds == [100, 0, 0]


def test_a_belt_with_nothing_on_it_needs_no_cycles(belt: Belt):
    belt.put(9000)
    belt.cycles(30)
    assert belt.model.held() == 0
    assert not belt._timers


def test_a_tray_is_emptied_while_the_belt_runs_and_fills_while_it_stands(belt: Belt):
    belt.model.begin("stopped")
    belt.put(2000, 5)
    belt.cycles(20)
    assert (belt.model.waiting(2000), belt.inputs()["entered"]) == (5, 0)
    belt.model.end("stopped")
    belt.cycles(20)
    assert (belt.model.waiting(2000), belt.inputs()["entered"]) == (0, 5)


def test_a_person_can_empty_a_tray(belt: Belt):
    belt.model.begin("stopped")
    tubes = belt.put(2000, 5)
    assert belt.model.take_away(2000) == tubes
    assert belt.model.take_away(2000) == []
    assert belt.model.held() == 0


def test_without_power_the_belt_stands_and_with_it_runs_again(belt: Belt):
    belt.put(0)
    belt.cycles(5)
    belt.model.power_off()
    belt.cycles(2)
    before = belt.model.positions_mm()
    belt.cycles(10)
    assert belt.model.positions_mm() == before and belt.model.speed_mm_s == 0
    belt.model.power_on()
    belt.cycles(5)
    assert belt.model.speed_mm_s == USUAL_MM_S


acts = st.one_of(
    st.tuples(st.just("put"), st.sampled_from([0.0, 2000.0, 9950.0]), st.integers(1, 6)),
    st.tuples(st.just("speed"), st.integers(0, 300)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.sampled_from(["begin", "end"]), st.sampled_from(["jam", "slip", "stopped", "eye-dirty"])),
    st.tuples(st.just("taking"), st.booleans()),
    st.tuples(st.just("take away"), st.sampled_from([0.0, 2000.0])),
)


@given(st.lists(acts, max_size=25))
@settings(max_examples=80, deadline=None)
def test_whatever_happens_no_tube_is_lost_and_none_goes_backwards(script: list[tuple]):
    belt, away = Belt(), 0
    for act, *how in script:
        if act == "put":
            belt.put(*how)
        elif act == "speed":
            belt.start("set-speed", how[0], job=belt.model.accepted % 250 + 1)
        elif act == "wait":
            for _ in range(how[0]):
                before = {id(tube): exit_mm - belt.model._odometer_mm for exit_mm, _, tube in belt.model._belt}
                belt.cycles(1)
                after = {id(tube): exit_mm - belt.model._odometer_mm for exit_mm, _, tube in belt.model._belt}
                assert all(after[tube] <= before[tube] for tube in after.keys() & before.keys())
        elif act == "begin":
            belt.model.begin(how[0], **({"share": 0.4} if how[0] == "slip" else {}))
        elif act == "end":
            belt.model.end(how[0])
        elif act == "taking":
            belt.taking = how[0]
        else:
            away += len(belt.model.take_away(how[0]))
    assert belt.factory.made == belt.model.held() + len(belt.out) + away
    assert belt.model.entered == belt.model.left + len(belt.model._belt)
    assert len(belt.out) == belt.model.left


def test_after_the_last_fault_the_belt_empties(belt: Belt):
    for symptom in ("jam", "stopped", "eye-dirty"):
        belt.model.begin(symptom)
        belt.put(0, 10)
        belt.cycles(30)
        belt.model.end(symptom)
    belt.cycles(120)
    assert (belt.model.held(), len(belt.out), belt.alarm) == (0, 30, 0)


# What the controller sees


def test_a_jam_lets_the_belt_stand_under_an_overloaded_motor_and_then_switches_it_off(belt: Belt):
    fired: list[str] = []
    belt.model.effects["jam"] = lambda: fired.append("jam")
    belt.put(0)
    belt.cycles(3)
    belt.model.begin("jam")
    belt.cycles(1)
    assert (belt.inputs()["speed"], belt.inputs()["load"], belt.alarm, fired) == (0, 180, 0, ["jam"])
    belt.cycles(2)
    assert (belt.inputs()["load"], belt.alarm) == (0, BLOCKED)
    assert belt.do("set-speed", 100, job=1)["result"] == 2


def test_a_slipping_belt_is_slower_by_its_encoder_than_commanded(belt: Belt):
    belt.model.begin("slip", share=0.4)
    belt.put(0)
    belt.cycles(4)
    inputs = belt.inputs()
    assert (inputs["commanded"], inputs["speed"], inputs["warnings"], inputs["alarm"]) == (200, 80, 2, 0)
    belt.cycles(10)
    start = belt.model.positions_mm()[0]
    belt.cycles(10)
    assert belt.model.positions_mm()[0] - start == pytest.approx(800)


def test_a_small_slip_is_no_alarm(belt: Belt):
    belt.model.begin("slip", share=0.9)
    belt.put(0)
    belt.cycles(10)
    assert (belt.inputs()["speed"], belt.inputs()["warnings"]) == (180, 0)


def test_a_tube_that_nobody_takes_covers_the_exit_eye_holds_the_belt_and_goes_on_by_itself(belt: Belt):
    belt.taking = False
    belt.put(9000, 2)
    belt.cycles(7)
    assert (belt.inputs()["eye"], belt.inputs()["speed"]) == (1, 0)
    belt.cycles(4)
    assert belt.alarm == EXIT_BLOCKED
    belt.taking = True
    belt.cycles(10)
    assert (belt.alarm, len(belt.out), belt.inputs()["eye"]) == (0, 2, 0)


def test_a_tripped_drive_cannot_be_reset_before_it_is_repaired(belt: Belt):
    belt.model.begin("stopped")
    belt.do("reset")
    assert belt.alarm == STOPPED
    belt.model.end("stopped")
    assert belt.alarm == 0


def test_a_stopped_belt_counts_nothing_and_a_running_one_everything(belt: Belt):
    belt.put(0, 3)
    belt.put(5000, 4)
    belt.cycles(80)
    inputs = belt.inputs()
    assert (inputs["entered"], inputs["left"]) == (7, 7)


def test_every_alarm_of_the_card_has_a_fault_that_raises_it():
    raised = set()
    for fault in FAULTS:
        belt = Belt()
        belt.model.begin(fault.symptom, **fault.detail)
        belt.cycles(6)
        if not belt.model.silent:
            inputs = belt.inputs()
            raised |= {inputs["alarm"]} | {code for code in CARD.alarms if inputs["warnings"] >> (code - 1) & 1}
    assert set(CARD.alarms) <= raised
