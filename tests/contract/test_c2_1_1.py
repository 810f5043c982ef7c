"""C2.1.1: power-on initialisation of the whole set, ordered shutdown, and power cut by hand, kept end to end in a simulated room of eight windows.

The steps in detail: tests/caixue/ops/test_sequencing.py; whatever can be broken in the morning: tests/twin/test_start_and_stop.py;
the commands on live endpoints: tests/twin/test_startup_live.py; an outage of the mains: tests/twin/test_power_cut.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caixue.clock import RecordClock
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.planning import out_of_order, plan
from caixue.ops.sequencing import Outcome, Sequencer
from caixue.ops.starting import START_UP
from caixue.ops.steps import Procedure
from caixue.ops.stopping import OUTPUT_OFF_S, SHUT_DOWN
from tests.twin.test_start_and_stop import HALF_PAST_SIX, MINUTE_US, Room, physical_state
from twin.devices.ups import UpsModel


class RoomWithLedger(Room):
    """The simulated room, whose start-ups and shut-downs go into a ledger on the disk."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        people = {person.name: person.role for person in self.site.people}
        self.ledger = open_ledger(place, site=self.site.name, people=people, clock=self.world.clock, start=HALF_PAST_SIX)
        assert isinstance(self.ledger.clock, RecordClock)
        self.sequencer = self.new_process()

    def new_process(self) -> Sequencer:
        """The program, started again: all it knows is in the ledger."""
        return Sequencer(self.site, self.plant.drivers, LedgerRecorder(self.ledger), self.ledger)

    def record(self, run: str) -> list[Any]:
        """What the ledger has of one run."""
        return [event for event in self.ledger.events() if event.subject == run]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomWithLedger]:
    room = RoomWithLedger(tmp_path / "room.ledger.db")
    with room.ledger:
        yield room


def attempt(room: RoomWithLedger, procedure: Procedure, hands: tuple[str, ...] = ("patients-gone", "mains-cut"), **how: Any) -> Outcome:
    """One attempt of the engineer, who does `hands` by hand and says so by name."""
    return room.do(
        lambda: room.sequencer.run(procedure, by="engineer-1", confirm=lambda step, why: "engineer-1" if step.name in hands else "", **how)
    )


def test_the_whole_set_is_initialised_before_the_windows_open_and_every_window_has_proved_that_it_labels(room: RoomWithLedger) -> None:
    outcome = attempt(room, START_UP)
    assert outcome.complete and room.world.now_us < 30 * MINUTE_US  # from 06:30, open at 07:00
    proved = {step for step, result in outcome.results.items() if step.startswith("test-label@") and result == "done"}
    assert proved == {f"test-label@window-{number}" for number in range(1, 9)}
    assert set(room.site.devices) == {step.partition("@")[2] for step in outcome.results if step.startswith("answers@")}


def test_both_go_in_the_order_of_their_dependencies_and_the_ledger_proves_it(room: RoomWithLedger) -> None:
    for procedure in (START_UP, SHUT_DOWN):
        run = attempt(room, procedure).run
        assert not out_of_order(plan(room.site, procedure), room.record(run))
        assert {event.data["by"] for event in room.record(run) if event.kind == "sequence.started"} == {"engineer-1"}


def test_power_is_cut_last_when_nothing_moves_by_a_named_person(room: RoomWithLedger) -> None:
    attempt(room, START_UP)
    run = attempt(room, SHUT_DOWN, hands=("patients-gone",)).run
    assert physical_state(room) == []
    assert room.record(run)[-1].data["step"] == "output-off@ups-room"  # and then nobody says that the mains are cut
    room.model(UpsModel).mains_off()
    room.wait(OUTPUT_OFF_S + 1)
    assert not room.model(UpsModel).output
    assert attempt(room, SHUT_DOWN, resume=True).complete
    confirmed = [event for event in room.record(run) if event.kind == "sequence.confirmed"]
    assert [(event.data["step"], event.actor) for event in confirmed] == [("patients-gone", "engineer-1"), ("mains-cut", "engineer-1")]


def test_after_a_failure_half_way_a_new_process_goes_on_where_the_ledger_says_and_repeats_nothing(room: RoomWithLedger) -> None:
    host = room.plant.models["window-5.collection-host"]
    host.begin("motor-fault")
    first = attempt(room, START_UP)
    assert first.failed == ("host-ready@window-5.collection-host",) and first.skipped == ("test-label@window-5",)
    host.end("motor-fault")
    room.sequencer = room.new_process()
    again = attempt(room, START_UP, resume=True)
    assert again.complete and again.run == first.run
    done = [event.data["step"] for event in room.record(first.run) if event.kind == "sequence.step" and event.data["result"] == "done"]
    assert len(done) == len(set(done)) == len(plan(room.site, START_UP))


def test_a_dry_run_says_all_that_would_be_done_and_sends_nothing(room: RoomWithLedger) -> None:
    outcome = attempt(room, SHUT_DOWN, dry_run=True)
    assert room.sent == [] and set(outcome.results.values()) == {"would"} and len(outcome.results) == len(plan(room.site, SHUT_DOWN))
