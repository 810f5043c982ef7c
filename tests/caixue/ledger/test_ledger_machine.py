"""The ledger against a model of it, through long stories: notes, batches, repeats, refusals, two programs, restarts, corrections."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.rebuilding import rebuild
from caixue.ledger.verifying import verify
from tests.caixue.ledger.numbers import often
from tests.caixue.ledger.powerless import FILE, MEMORY, PEOPLE, SITE
from tests.caixue.scripted import START, FakeClock

Row = tuple[str, str, str, dict[str, Any]]  # kind, subject, actor, data
TIMES = {"occurred_us": 1, "reported_us": None, "detected_us": 2, "deadline_us": 9_000_000}
STEPS = ("acknowledged", "on-site", "diagnosed", "restored", "closed")

words = st.sampled_from(["conveyor-1", "传送带", "a'b", "%_#", "x" * 200])
drafts = st.one_of(
    st.builds(lambda name, text: Draft("alarm.raised", name, {"alarm": text}), words, st.text("ab 带\n😀'\"\\", max_size=30)),
    st.builds(
        lambda number, device: Draft("incident.opened", f"incident-{number}", {"device": device, "window": None, "class": "一般", "symptom": "x", **TIMES}),
        st.integers(0, 4),
        words,
    ),
    st.builds(lambda number, step: Draft(f"incident.{step}", f"incident-{number}", {"found": "皮带", "part": ""}), st.integers(0, 4), st.sampled_from(STEPS)),
    st.builds(lambda name, level: Draft("consumable.low", name, {"item": "tube", "level": level}), words, st.floats(0, 1)),
)
batches = st.lists(drafts, min_size=1, max_size=4)
actors = st.sampled_from(["engineer-1", "monitor"])
bad = st.sampled_from(
    [
        (Draft("alarm.raised", "a\0", {}), "monitor"),
        (Draft("alarm.raised", "a", {"level": float("nan")}), "monitor"),
        (Draft("alarm.raised", "a", {}), "stranger"),
        (Draft("incident.closed", "incident-0", {}), "nurse-1"),
        (Draft("incident.opened", "incident-0", {"device": None, "class": "一般", **TIMES}), "monitor"),
    ]
)


@dataclass
class Program:
    """One program with the ledger open, and what its listener has heard."""

    ledger: Ledger
    heard: list[Event]


class LedgerMachine(RuleBasedStateMachine):
    """Two programs take turns on one file; the model is the list of what was acknowledged."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.clock = FakeClock()
        self.model: list[Row] = []
        self.ops: dict[str, list[Row]] = {}
        self.programs = [self.started(), self.started()]

    def started(self) -> Program:
        people = PEOPLE
        ledger = open_ledger(Path(self.folder.name, FILE), site=SITE, people=people, clock=self.clock, start=START)
        program = Program(ledger, [])
        ledger.follow(program.heard.append)
        return program

    def noted(self, program: int, batch: list[Draft], actor: str, op: str) -> None:
        self.clock.now_us += 1_000
        events = self.programs[program].ledger.note(batch, actor=actor, op=op)
        rows = [(draft.kind, draft.subject, actor, dict(draft.data)) for draft in batch]
        if op in self.ops:
            assert plain(events) == self.ops[op]
            return
        assert plain(events) == rows
        self.model += rows
        if op:
            self.ops[op] = rows

    @rule(program=st.integers(0, 1), batch=batches, actor=actors)
    def note(self, program: int, batch: list[Draft], actor: str) -> None:
        self.noted(program, batch, allowed(batch, actor), "")

    @rule(program=st.integers(0, 1), batch=batches, actor=actors, number=st.integers(0, 20))
    def note_an_operation(self, program: int, batch: list[Draft], actor: str, number: int) -> None:
        op, actor = f"op-{number}", allowed(batch, actor)
        if op in self.ops and self.ops[op] != [(draft.kind, draft.subject, actor, dict(draft.data)) for draft in batch]:
            with pytest.raises(UsageError):
                self.programs[program].ledger.note(batch, actor=actor, op=op)
        else:
            self.noted(program, batch, actor, op)

    @precondition(lambda self: self.ops)
    @rule(program=st.integers(0, 1), data=st.data())
    def repeat_an_operation(self, program: int, data: st.DataObject) -> None:
        op = data.draw(st.sampled_from(sorted(self.ops)))
        rows = self.ops[op]
        self.noted(program, [Draft(kind, subject, more) for kind, subject, _, more in rows], rows[0][2], op)
        assert plain(self.programs[program].ledger.done(op)) == rows

    @rule(program=st.integers(0, 1), batch=batches, wrong=bad)
    def be_refused(self, program: int, batch: list[Draft], wrong: tuple[Draft, str]) -> None:
        with pytest.raises(UsageError):
            self.programs[program].ledger.note([*batch, wrong[0]], actor=wrong[1], op="refused")
        assert self.programs[program].ledger.done("refused") == []

    @precondition(lambda self: self.model)
    @rule(program=st.integers(0, 1), data=st.data())
    def correct(self, program: int, data: st.DataObject) -> None:
        seq = data.draw(st.integers(0, len(self.model) - 1))
        self.noted(program, [Draft("entry.corrected", str(seq), {"reason": "wrong", "right": "right"})], "engineer-1", "")

    @rule(program=st.integers(0, 1))
    def start_again(self, program: int) -> None:
        self.programs[program].ledger.close()
        self.programs[program] = self.started()

    @rule(program=st.integers(0, 1))
    def rebuild(self, program: int) -> None:
        rebuild(self.programs[program].ledger)

    @invariant()
    def everything_acknowledged_is_there_in_order_and_was_heard_once(self) -> None:
        for program in self.programs:
            program.ledger.catch_up()
            assert plain(program.heard) == self.model
            assert [event.seq for event in program.heard] == list(range(len(self.model)))
            times = [event.at_us for event in program.heard]
            assert times == sorted(times)

    def teardown(self) -> None:
        if not hasattr(self, "programs"):
            return
        assert verify(self.programs[0].ledger) == []
        assert list(self.programs[1].ledger.events()) == self.programs[0].heard
        for program in self.programs:
            program.ledger.close()
        self.folder.cleanup()


def allowed(batch: list[Draft], actor: str) -> str:
    """Who notes these: the way of an incident is for people to go."""
    return "engineer-1" if any(draft.kind.removeprefix("incident.") in STEPS for draft in batch) else actor


def plain(events: list[Event]) -> list[Row]:
    return [(event.kind, event.subject, event.actor, dict(event.data)) for event in events]


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=often(12, 400), stateful_step_count=30, deadline=None)
