"""A label's life, whatever happens to the window and whenever (I-01, I-04, I-05): only legal steps, a serial once, nothing doubtful handed over."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from caixue.errors import DeviceError, LinkError
from caixue.events import Event
from caixue.labelling import HelpNeeded, Tray
from caixue.tubes import SerialNumbers
from tests.caixue.window_bench import BLUE, GREY, PURPLE, YELLOW, WindowBench, order, read_off
from twin.things import Tube

# The life that facts/reliability gives a label, said here apart from the code: state → what may follow.
LEGAL = {
    "": {"created"},
    "created": {"sent", "void"},
    "sent": {"printed", "unknown"},
    "unknown": {"void"},
    "printed": {"applied", "void"},
    "applied": {"verified", "void"},
    "verified": {"handed-over", "void"},
    "handed-over": {"drawn", "void"},
    "drawn": {"received"},
    "received": set(),
    "void": set(),
}
TERMINAL = {state for state, following in LEGAL.items() if not following}
BREAKS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("label-printer", "dead-dots", {}),
    ("label-printer", "paper-out", {"remaining_mm": 40.0}),
    ("label-printer", "jam", {}),
    ("label-printer", "head-open", {}),
    ("label-printer", "power-cycle", {"reprint": True, "off_s": 3.0}),
    ("label-printer", "power-cycle", {"reprint": False, "off_s": 0.05}),
    ("label-printer", "silence", {}),
    ("barcode-scanner", "no-read", {}),
    ("barcode-scanner", "stale-reply", {}),
    ("barcode-scanner", "silence", {}),
    ("tube-dispenser", "jam", {}),
    ("tube-dispenser", "wrong-rack", {"lane": 3, "loaded": "citrate-blue"}),
    ("collection-host", "motor-fault", {}),
    ("collection-host", "label-missing", {}),
    ("collection-host", "silence", {}),
)
MOMENTS_US = st.sampled_from(range(50_000, 20_000_000, 73_000))  # all over two tubes of one patient, each as likely as another


class BrokenOff(BaseException):
    """Somebody pulls the patient away from the window; no device has failed."""


class LabelLife(RuleBasedStateMachine):
    """One window, its devices, a nurse, and whatever can go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = WindowBench()
        self.tray: Tray | None = None  # in the nurse's hands
        self.down = False  # the window needs somebody
        self.broken: list[tuple[str, str]] = []
        self.gone: list[Tube] = []  # tubes that left with blood
        self.patients = 0
        self.last_us = 0

    # what people do

    @precondition(lambda self: not self.down and self.tray is None)
    @rule(tests=st.lists(st.sampled_from([BLUE, YELLOW, PURPLE, GREY]), min_size=2, max_size=4, unique=True), breaks_off_us=st.none() | MOMENTS_US)
    def serves(self, tests: list[str], breaks_off_us: int | None) -> None:
        self.patients += 1
        serving = [True]
        if breaks_off_us is not None:
            self.bench.clock.call_later(breaks_off_us, self._break_off, serving)
        made = len(self.bench.serials_made())
        try:
            self.tray = self.bench.window.prepare(order(*tests, patient=f"patient-{self.patients}"))
        except (HelpNeeded, BrokenOff):
            self.down = True
            assert all(self.bench.steps(serial)[-1] == "void" for serial in self.bench.serials_made()[made:])
            self.bench.things.nurse.clear()  # a tray may have come out in the end: the nurse throws it away
        else:
            self._look_at_the_tray(self.tray)
        finally:
            serving[0] = False

    @staticmethod
    def _break_off(serving: list[bool]) -> None:
        if serving[0]:
            serving[0] = False
            raise BrokenOff

    def _look_at_the_tray(self, tray: Tray) -> None:
        """The physical tubes against the journal: one readable label each, its own, verified, never given before."""
        tubes = self.bench.things.nurse
        assert [(read_off(tube), tube.kind) for tube in tubes] == [([serial], kind) for serial, kind in tray.labels]
        for serial, _ in tray.labels:
            assert self.bench.steps(serial) == ["created", "sent", "printed", "applied", "verified", "handed-over"]

    @precondition(lambda self: self.tray is not None)
    @rule()
    def draws(self) -> None:
        assert self.tray is not None
        for serial, _ in self.tray.labels:
            self.bench.recorder.note("label.drawn", serial, actor="nurse", patient=self.tray.patient)
            self.bench.recorder.note("label.received", serial, actor="laboratory")
        self.gone += self.bench.things.nurse
        self._hands_empty()

    @precondition(lambda self: self.tray is not None)
    @rule()
    def patient_leaves_after_labelling(self) -> None:
        assert self.tray is not None
        for serial, _ in self.tray.labels:
            self.bench.recorder.note("label.void", serial, actor="nurse", reason="patient-left")
        self._hands_empty()

    def _hands_empty(self) -> None:
        self.bench.things.nurse.clear()
        self.tray = None

    @precondition(lambda self: self.down or self.broken)
    @rule()
    def engineer_repairs(self) -> None:
        """Everything is put right, and the window starts clean."""
        self.bench.clock.sleep(60)
        for kind, symptom in self.broken:
            self.bench.models[f"window-1.{kind}"].end(symptom)
        self.broken.clear()
        self.bench.dispenser.refill()
        self.bench.clock.sleep(60)
        self.bench.window.restart()
        self.down = False

    @precondition(lambda self: self.down)
    @rule()
    def nurse_tries_a_restart(self) -> None:
        """Before anybody has repaired anything; it may help, or not."""
        self.bench.clock.sleep(5)
        try:
            self.bench.window.restart()
        except (DeviceError, LinkError):
            return
        self.down = False

    @precondition(lambda self: len(self.broken) < 2)
    @rule(which=st.sampled_from(BREAKS), after_us=MOMENTS_US)
    def breaks(self, which: tuple[str, str, dict[str, Any]], after_us: int) -> None:
        kind, symptom, detail = which
        if any(device == kind for device, _ in self.broken):
            return
        self.broken.append((kind, symptom))
        model = self.bench.models[f"window-1.{kind}"]
        self.bench.clock.call_later(after_us, lambda: model.begin(symptom, **detail) if (kind, symptom) in self.broken else None)

    @precondition(lambda self: self.tray is None)
    @rule()
    def program_restarts(self) -> None:
        """A new process goes on after the last serial of the journal."""
        made = self.bench.serials_made()
        self.bench.window._serials = SerialNumbers("261123", start_after=int(made[-1][6:]) if made else 0)

    # what always holds

    @invariant()
    def only_legal_steps(self) -> None:
        for serial in self.bench.serials_made():
            states = ["", *self.bench.steps(serial)]
            wrong = [(before, after) for before, after in pairwise(states) if after not in LEGAL[before]]
            assert not wrong, f"{serial}: {wrong}"

    @invariant()
    def a_serial_is_used_once(self) -> None:
        counts = Counter(self.bench.serials_made())
        assert all(count == 1 for count in counts.values())
        on_tubes = Counter(serial for tube in self.gone + self.bench.things.nurse * (self.tray is not None) for serial in read_off(tube))
        assert None not in on_tubes and all(count == 1 for count in on_tubes.values())

    @invariant()
    def nothing_is_open_but_what_the_nurse_holds(self) -> None:
        held = {serial for serial, _ in self.tray.labels} if self.tray is not None else set()
        open_ = {serial for serial, state in self.bench.last_steps().items() if state not in TERMINAL}
        assert open_ == held

    @invariant()
    def never_two_tubes_or_two_commands_at_once(self) -> None:
        assert self.bench.crowded == []
        assert max(self.bench.host.most_in_flight, self.bench.dispenser.most_in_flight) <= 1

    @invariant()
    def a_label_whose_print_was_interrupted_is_unknown_and_then_void(self) -> None:
        for serial in self.bench.serials_made():
            steps = self.bench.steps(serial)
            if "sent" in steps and "printed" not in steps:
                assert steps[steps.index("sent") + 1 :] == ["unknown", "void"], steps

    def teardown(self) -> None:
        """The day ends: the last tray is drawn, the window repaired; every label that was ever made has come to its end."""
        if self.tray is not None:
            self.draws()
        self.engineer_repairs()
        assert set(self.bench.last_steps().values()) <= TERMINAL
        self.only_legal_steps()
        assert len(self.bench.window.prepare(order(YELLOW, patient="patient-last")).labels) == 1


LabelLife.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
test_a_label_lives_by_the_rules_whatever_happens = LabelLife.TestCase


@pytest.mark.parametrize(
    ("moment", "life"),
    [
        ("label.sent", ["created", "sent", "unknown", "void"]),
        ("label.printed", ["created", "sent", "printed", "void"]),
        ("label.handed-over", ["created", "sent", "printed", "applied", "verified", "handed-over", "void"]),
    ],
)
def test_a_patient_who_is_pulled_away_in_the_middle_leaves_no_label_open(moment: str, life: list[str]) -> None:
    """During the print, before the label is stuck, and while the slip is printed beside the tray that is out already."""
    bench = WindowBench()
    keep = bench.notes.append

    def note(event: Event) -> None:
        keep(event)
        if event.kind == moment:
            bench.clock.call_later(20_000, LabelLife._break_off, [True])

    bench.notes.append = note  # type: ignore[method-assign]
    with pytest.raises(BrokenOff):
        bench.window.prepare(order(YELLOW))
    (serial,) = bench.serials_made()
    assert bench.steps(serial) == life
