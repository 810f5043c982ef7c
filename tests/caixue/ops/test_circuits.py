"""Circuits and the hospital's instructions: mains are worked on with the hospital, always by name."""

from __future__ import annotations

from typing import Any

import pytest

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.forms import circuit, instruction
from caixue.ops.sheets import Form, Sheets
from tests.caixue.scripted import FakeClock

PEOPLE = {"engineer-1": "engineer", "nurse-1": "nurse", "head-1": "head", "facilities-1": "hospital", "facilities-2": "hospital"}
LISTED: dict[str, Any] = {
    "name": "配电箱 2F-A",
    "type": "mains",
    "feeds": ["window-1", "window-2"],
    "rated": "220 V 32 A",
    "contact": "facilities-1",
}


class Book:
    """One register over a journal in memory."""

    def __init__(self, form: Form) -> None:
        self.clock, self.journal = FakeClock(), MemoryJournal()
        self.clock.advance_to(1_000_000)
        self.sheets = Sheets(form, Recorder(self.journal, self.clock), PEOPLE, self.journal)

    def open(self, **values: Any) -> list[Event]:
        return self.sheets.open(by="engineer-1", **values)

    def take(self, step: str, **values: Any) -> str:
        """Take a step on the first sheet; gives the state after it."""
        self.sheets.take(step, "1", by="engineer-1", **values)
        return self.sheets.named("1").state

    def refuse(self, step: str, **values: Any) -> None:
        before = len(self.journal.events)
        with pytest.raises(UsageError):
            self.take(step, **values) if step != "opened" else self.open(**values)
        assert len(self.journal.events) == before


@pytest.fixture
def circuits() -> Book:
    book = Book(circuit.FORM)
    book.open(**LISTED)
    return book


@pytest.fixture
def instructions() -> Book:
    return Book(instruction.FORM)


def test_a_circuit_is_inspected_with_its_readings_as_often_as_one_likes(circuits: Book) -> None:
    assert circuits.take("inspected", passed=True, voltage_v=228.5, current_a=11) == "in-use"
    assert circuits.take("inspected", passed=False, remarks="端子发热") == "in-use"
    assert circuits.sheets.named("1").values["voltage_v"] == 228.5


def test_a_fault_of_the_mains_goes_to_somebody_of_the_hospital_and_comes_back_from_him(circuits: Book) -> None:
    assert circuits.take("fault-found", found="相序错") == "faulty"
    circuits.refuse("mended", action="自己换的")
    assert circuits.take("handed-over", to="facilities-2", what="换空开") == "handed-over"
    circuits.refuse("taken-back", person="facilities-1", result="好了")
    assert circuits.take("taken-back", person="facilities-2", result="已换，228 V") == "in-use"


def test_what_is_no_mains_may_be_mended_by_the_engineer(circuits: Book) -> None:
    circuits.open(**{**LISTED, "name": "交换机上联", "type": "network"})
    circuits.sheets.take("fault-found", "2", by="engineer-1", found="光模块坏")
    circuits.sheets.take("mended", "2", by="engineer-1", action="换光模块")
    assert circuits.sheets.named("2").state == "in-use"


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ("opened", LISTED),  # the same name again
        ("opened", {**LISTED, "name": "b", "type": "gas"}),
        ("opened", {**LISTED, "name": "b", "contact": "engineer-1"}),
        ("opened", {**LISTED, "name": "b", "feeds": []}),
        ("inspected", {"passed": True}),
        ("inspected", {"passed": True, "voltage_v": float("nan")}),
        ("inspected", {"passed": True, "voltage_v": 5000}),
        ("handed-over", {"to": "nurse-1", "what": "x"}),
        ("handed-over", {"to": "facilities-1", "what": ""}),
        ("taken-back", {"person": "facilities-1", "result": "x"}),
        ("mended", {"action": "x"}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_noted(circuits: Book, step: str, values: dict[str, Any]) -> None:
    circuits.refuse(step, **values)


def test_the_name_of_a_retired_circuit_is_free_again(circuits: Book) -> None:
    assert circuits.take("retired", reason="改造") == "retired"
    assert circuits.open(**LISTED)[0].subject == "circuit-0002"
    circuits.refuse("inspected", passed=True, voltage_v=220)


def test_an_instruction_has_somebody_of_the_hospital_his_words_and_a_result(instructions: Book) -> None:
    instructions.open(person="head-1", said_us=500, words="等中午再修", incident="incident-0001")
    assert instructions.take("carried-out", result="12:10 修好") == "carried-out"
    instructions.refuse("declined", reason="x")


@pytest.mark.parametrize("end", [("declined", {"reason": "备件未到"}), ("withdrawn", {"person": "facilities-1", "reason": "不用等了"})])
def test_an_instruction_may_end_otherwise_with_its_reason(instructions: Book, end: tuple[str, dict[str, str]]) -> None:
    instructions.open(person="facilities-1", said_us=0, words="停电检修，全部关机")
    instructions.refuse(end[0], **{**end[1], "reason": ""})
    assert instructions.take(end[0], **end[1]) == end[0]


@pytest.mark.parametrize(
    "values",
    [
        {"person": "engineer-1", "said_us": 0, "words": "x"},
        {"person": "somebody", "said_us": 0, "words": "x"},
        {"person": "head-1", "said_us": 0, "words": " "},
        {"person": "head-1", "said_us": 2_000_000, "words": "x"},  # in the future
        {"person": "head-1", "said_us": -1, "words": "x"},
    ],
)
def test_an_instruction_of_nobody_about_nothing_or_from_the_future_is_none(instructions: Book, values: dict[str, Any]) -> None:
    instructions.refuse("opened", **values)
