"""The call display model through its driver: what people can read, and the ways in which they cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.drivers.call_display import CARD, CallDisplay
from caixue.errors import DeviceError, ReplyTimeout
from caixue.wire import display
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.call_display import FAULTS, CallDisplayModel


class Bench:
    """A model and its driver."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.model = CallDisplayModel("waiting-display")
        self.port = LoopPort(self.model, self.clock)
        self.driver = CallDisplay("waiting-display", self.port, self.clock, recorder(self.clock)[0])

    def settle(self) -> None:
        self.clock.sleep(CARD.durations_s["stale"])


def test_people_read_what_was_called_last_at_each_window() -> None:
    bench = Bench()
    bench.driver.show(1, "A001 请到1号窗口")
    bench.driver.show(3, "A002 请到3号窗口")
    bench.driver.show(1, "A003 请到1号窗口")
    bench.settle()
    assert bench.model.visible == {1: "A003 请到1号窗口", 3: "A002 请到3号窗口"}


def test_after_clear_nobody_reads_anything() -> None:
    bench = Bench()
    bench.driver.show(1, "A001")
    bench.driver.clear()
    bench.settle()
    assert bench.model.visible == {} and bench.driver.status().alarms == ()


def test_a_long_text_is_cut_to_a_row() -> None:
    bench = Bench()
    bench.driver.show(1, "甲" * 20)
    bench.settle()
    assert bench.model.visible == {1: "甲" * 12}


def test_a_stuck_panel_goes_on_showing_the_call_before_and_is_noticed() -> None:
    bench = Bench()
    bench.driver.show(1, "A001")
    bench.settle()
    bench.model.begin_stale_call()
    bench.driver.show(1, "A002")
    bench.settle()
    assert bench.model.visible == {1: "A001"} and bench.driver.status().alarms == ("stale-call",)
    bench.model.end_stale_call()
    assert bench.model.visible == {1: "A002"} and bench.driver.status().alarms == ()


def test_a_dark_panel_takes_calls_that_nobody_reads() -> None:
    bench = Bench()
    bench.model.begin_black_screen()
    bench.driver.show(1, "A001")
    bench.settle()
    assert bench.model.visible == {} and bench.driver.status().alarms == ("black-screen",)


def test_a_panel_that_lost_its_power_starts_empty() -> None:
    bench = Bench()
    bench.driver.show(1, "A001")
    bench.settle()
    bench.model.power_off()
    with pytest.raises(ReplyTimeout):
        bench.driver.status()
    bench.model.power_on()
    assert bench.model.visible == {} and bench.driver.status().alarms == ()


@pytest.mark.parametrize(
    "line",
    [display.line("SHOW", 1, 13, "41"), display.line("SHOW", 1, 1, "0A"), display.line("SHOW", 1, 1, "4G"), display.line("CLEAR", 1, 2)],
)
def test_a_change_out_of_range_is_answered_with_an_error_and_changes_nothing(line: bytes) -> None:
    bench = Bench()
    bench.port.write(line)
    bench.clock.run_out()
    assert bench.port.replies[-1][1] == display.line("ERR", 1) and bench.model.rows == {}


def test_the_driver_raises_when_the_panel_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    monkeypatch.setattr(bench.model, "_change", lambda *_: False)
    with pytest.raises(DeviceError):
        bench.driver.show(1, "A001")


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.kind)
def test_every_fault_is_noticed_at_a_call_and_over_after_the_repair(row) -> None:
    bench, shown = Bench(), []
    bench.model.effects[row.symptom] = lambda: shown.append(row.kind)
    bench.model.begin(row.symptom, **row.detail)
    if row.kind == "silence":
        with pytest.raises(ReplyTimeout):
            bench.driver.show(1, "A001")
    else:
        bench.driver.show(1, "A001")
        bench.settle()
        assert bench.driver.status().alarms == (row.kind,)
    assert shown == [row.kind]
    bench.model.end(row.symptom)
    bench.settle()
    assert bench.driver.status().alarms == ()


PARTS = [
    display.line("STAT"),
    display.line("SHOW", 7, 1, "413031"),
    display.line("CLEAR", 8),
    display.line("SHOW", 9, 99, "41"),
    b"$STAT*00\r",
    b"$",
    b"*",
    b"\r",
    b"\n",
    b"\xff",
]


@given(st.lists(st.sampled_from(PARTS), max_size=15))
@settings(max_examples=60, deadline=None)
def test_any_chunks_of_the_same_bytes_are_answered_the_same(parts: list[bytes]) -> None:
    data, said = b"".join(parts), []
    for piecewise in (False, True):
        model, answers = CallDisplayModel("waiting-display"), []
        model.send, model.call_later = lambda data, after_us=0, answers=answers: answers.append(data), lambda *_: None
        for piece in (data[at : at + 1] for at in range(len(data))) if piecewise else (data,):
            model.feed(piece)
        said.append((answers, model.rows))
    assert said[0] == said[1]
