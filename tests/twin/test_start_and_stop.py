"""Start-up and shut-down of a whole simulated room through the real drivers, in virtual time: how long, in which order, and what stands then."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.folding import Folder
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.planning import out_of_order, plan
from caixue.ops.sequencing import Outcome, Sequencer
from caixue.ops.starting import START_UP
from caixue.ops.steps import Procedure
from caixue.ops.stopping import OUTPUT_OFF_S, SHUT_DOWN
from caixue.site import load_site
from caixue.tubes import TEST_DAY, SerialNumbers
from tests.caixue.window_bench import order_of
from twin.devices.collection_host import CollectionHostModel
from twin.devices.conveyor import ConveyorModel
from twin.devices.modbus import JobModel
from twin.devices.ups import UpsModel
from twin.invariants import Invariants
from twin.plant import build
from twin.things import Tube
from twin.world import US, World

MINUTE_US = 60 * US
HALF_PAST_SIX = datetime(2026, 11, 23, 6, 30, tzinfo=SHANGHAI)


class Room:
    """The machines of a site in a world of their own, and the engineer at the console."""

    def __init__(self, site: str = "eight-window-full") -> None:
        self.site = load_site(site)
        self.world = World(HALF_PAST_SIX)
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.world.clock)
        self.invariants = Invariants(self.recorder, lambda check: None)
        self.sent: list[str] = []
        self.plant = build(self.world, self.site, self.recorder, self.invariants, lambda port, way, data: self.sent.append(port) if way == ">" else None)
        self.sequencer = Sequencer(self.site, self.plant.drivers, self.recorder, self.journal)

    def do(self, function: Callable[[], Any]) -> Any:
        """Run blocking code to its end, and give what it gave."""
        given: list[Any] = []

        def course() -> Generator[Any, Any, None]:
            given.append((yield from self.world.call(function)))

        self.world.kernel.run(self.world.process(course()))
        return given[0]

    def wait(self, seconds: float) -> None:
        self.do(lambda: self.world.clock.sleep(seconds))

    def run(self, procedure: Procedure, **how: Any) -> Outcome:
        """One attempt; manual steps are confirmed, nothing else is vouched for."""
        return self.do(lambda: self.sequencer.run(procedure, by="engineer-1", confirm=lambda step, why: "" if why else "engineer-1", **how))

    def model(self, kind: type) -> Any:
        return next(model for model in self.plant.models.values() if isinstance(model, kind))

    def events(self, kind: str) -> list[Any]:
        return [event for event in self.journal.events if event.kind == kind]

    def assert_whole(self) -> None:
        self.invariants.check_all()
        assert self.invariants.broken == []


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.mark.parametrize("site", ["eight-window", "eight-window-full"])
def test_eight_windows_are_started_between_half_past_six_and_seven(site: str) -> None:
    room = Room(site)
    assert room.run(START_UP).complete
    assert room.world.now_us < 30 * MINUTE_US
    assert 2 * MINUTE_US < room.world.now_us < 4 * MINUTE_US  # the machines' own time; the rest is the engineer's
    room.assert_whole()


def test_after_the_start_up_every_window_serves_and_the_belt_runs(room: Room) -> None:
    room.run(START_UP)
    assert room.model(ConveyorModel).speed_mm_s == 200
    for position in room.plant.positions:
        if not position.fallback:
            assert len(room.do(lambda position=position: position.station.prepare(order_of("serum-yellow", "edta-purple"))).labels) == 2
    room.assert_whole()


def test_test_labels_are_applied_read_back_and_thrown_away_and_belong_to_nobody(room: Room) -> None:
    room.run(START_UP)
    for window in room.site.windows:
        (tube,) = room.plant.stations[window.name].bin
        assert [label.readable[:6] for label in tube.labels] == [TEST_DAY]
    made = {event.subject for event in room.journal.events if event.kind.startswith("label.")}
    assert len(made) == 8 and all(serial.startswith(TEST_DAY) for serial in made)
    assert [event.data["reason"] for event in room.events("label.void")] == ["test"] * 8
    assert not room.events("label.created")
    day = Folder()
    for event in room.journal.events:
        day.add(event)
    assert len(day.day(room.world.now_us).labels) == 0


def test_no_patient_can_ever_get_the_serial_of_a_test_label() -> None:
    with pytest.raises(UsageError):
        SerialNumbers(TEST_DAY)


def test_in_a_whole_day_the_shut_down_follows_and_the_room_starts_again_the_next_morning(room: Room) -> None:
    assert room.run(START_UP).complete
    room.wait(10 * 3600)
    assert room.run(SHUT_DOWN).complete
    room.wait(12 * 3600)
    assert room.run(START_UP).complete
    runs = [event.subject for event in room.events("sequence.started")]
    assert runs == ["startup-20261123-1", "shutdown-20261123-1", "startup-20261124-1"]
    room.assert_whole()


def test_the_record_of_both_is_a_linear_extension(room: Room) -> None:
    for procedure in (START_UP, SHUT_DOWN):
        outcome = room.run(procedure)
        events = [event for event in room.journal.events if event.subject == outcome.run]
        assert len(events) > 40 and not out_of_order(plan(room.site, procedure), events)


def physical_state(room: Room) -> list[str]:
    """What still moves, or lies in the machines, at this instant."""
    belt = room.model(ConveyorModel)
    moving = [model.name for model in room.plant.models.values() if isinstance(model, JobModel) and model.accepted != model.completed]
    filled = [name for name, station in room.plant.stations.items() if station.cradle or station.tray]
    return [*moving, *filled, *(["belt runs"] if belt.speed_mm_s else []), *(["tubes on the belt"] if belt.positions_mm() else [])]


def laid_down(room: Room, procedure: Procedure) -> list[str]:
    """Lay the room down with tubes in a tray and on the belt, and give what was physically wrong when the UPS was told to go off."""
    room.run(START_UP)
    room.plant.stations["window-3"].tray.append(room.plant.factory.make("serum-yellow"))
    room.model(ConveyorModel).place(0.0, [Tube(-1, "serum-yellow")])
    room.wait(2)
    found: list[str] = []
    ups = room.plant.drivers["ups-room"]
    usual = ups.shut_down  # type: ignore[attr-defined]
    ups.shut_down = lambda after_s: (found.extend(physical_state(room)), usual(after_s))  # type: ignore[attr-defined]
    room.run(procedure)
    assert ups.status is not None and room.model(UpsModel)._shutdown
    return found


def test_when_the_power_is_told_to_go_nothing_moves_and_nothing_is_left_in_the_machines(room: Room) -> None:
    assert laid_down(room, SHUT_DOWN) == []


def test_a_ups_that_does_not_wait_for_the_rest_is_caught_by_the_same_look(room: Room) -> None:
    """The planted mistake: everything is stopped at once."""
    rows = tuple(replace(row, needs=("patients-gone",), after=()) if row.name == "output-off" else row for row in SHUT_DOWN.rows)
    hasty = replace(SHUT_DOWN, rows=(rows[0], rows[-2], *rows[1:-2], rows[-1]))
    assert {"window-3", "belt runs", "tubes on the belt"} <= set(laid_down(room, hasty))


def test_the_output_goes_off_after_the_shut_down_and_stays_off_when_the_mains_are_cut(room: Room) -> None:
    room.run(START_UP)
    ups = room.model(UpsModel)

    def cut(step: Any, why: str) -> str:
        if step.name == "mains-cut":
            ups.mains_off()
        return "engineer-1"

    assert room.do(lambda: room.sequencer.run(SHUT_DOWN, by="engineer-1", confirm=cut)).complete
    assert ups.output
    room.wait(OUTPUT_OFF_S + 1)
    assert not ups.output
    room.wait(3600)
    assert not ups.output and not ups.ran_flat


def test_a_shut_down_that_waits_for_the_hand_at_the_switch_can_be_finished_in_the_dark(room: Room) -> None:
    room.run(START_UP)
    waiting = room.do(lambda: room.sequencer.run(SHUT_DOWN, by="engineer-1", confirm=lambda step, why: "" if step.name == "mains-cut" else "engineer-1"))
    assert waiting.waiting == "mains-cut"
    for model in room.plant.models.values():
        model.mains_off() if isinstance(model, UpsModel) else model.power_off()
    room.wait(600)
    before = len(room.events("sequence.step"))
    assert room.run(SHUT_DOWN, resume=True).complete
    assert [event.data["step"] for event in room.events("sequence.step")[before:]] == ["mains-cut"]


def test_a_start_up_within_the_countdown_keeps_the_power_on(room: Room) -> None:
    room.run(SHUT_DOWN)
    assert room.run(START_UP).complete
    room.wait(OUTPUT_OFF_S + 60)
    assert room.model(UpsModel).output


@pytest.mark.parametrize(
    ("device", "symptom", "failed", "lost"),
    [
        ("window-4.collection-host", "silence", "answers@window-4.collection-host", "test-label@window-4"),
        ("window-4.collection-host", "motor-fault", "host-ready@window-4.collection-host", "test-label@window-4"),
        ("window-4.label-printer", "paper-out", "test-label@window-4", ""),
        ("window-4.label-printer", "dead-dots", "test-label@window-4", ""),
        ("window-4.barcode-scanner", "no-read", "test-label@window-4", ""),
        ("window-4.tube-dispenser", "jam", "test-label@window-4", ""),
        ("conveyor-1", "jam", "belt-runs@conveyor-1", ""),
        ("sorter-1", "scanner-fail", "sorter-ready@sorter-1", "belt-runs@conveyor-1"),
        ("waiting-display", "black-screen", "display-cleared@waiting-display", ""),
    ],
)
def test_whatever_is_broken_in_the_morning_is_found_before_seven_and_stops_nothing_else(
    room: Room, device: str, symptom: str, failed: str, lost: str
) -> None:
    model = room.plant.models[device]
    model.begin(symptom)
    outcome = room.run(START_UP)
    assert room.world.now_us < 30 * MINUTE_US
    assert failed in outcome.failed or any(step.endswith(f"@{device}") for step in outcome.failed), outcome
    others = {f"test-label@window-{number}" for number in range(1, 9)} - set(outcome.failed) - set(outcome.skipped)
    assert len(others) >= 7
    if lost:
        assert lost in outcome.skipped
    model.end(symptom)
    room.wait(30)
    assert room.run(START_UP, resume=True).complete
    room.assert_whole()


def test_a_host_that_restarts_after_its_step_is_reset_again(room: Room) -> None:
    printer = room.plant.models["window-8.label-printer"]
    printer.begin("dead-dots")
    room.run(START_UP)
    printer.end("dead-dots")
    host = room.model(CollectionHostModel)
    host.power_off()
    host.power_on()
    before = len(room.events("sequence.step"))
    assert room.run(START_UP, resume=True).complete
    steps = [(event.data["step"], event.data["result"]) for event in room.events("sequence.step")[before:]]
    assert steps == [
        ("host-ready@window-1.collection-host", "undone"),
        ("test-label@window-1", "undone"),
        ("host-ready@window-1.collection-host", "done"),
        ("test-label@window-1", "done"),
        ("test-label@window-8", "done"),
    ]


@pytest.mark.parametrize("at_s", [3.0, 40.0, 60.0, 63.2, 63.8, 65.0, 68.0, 100.0])
def test_an_engineer_who_breaks_off_at_any_moment_leaves_a_room_that_can_be_taken_up(room: Room, at_s: float) -> None:
    def broken_off() -> Generator[Any, Any, None]:
        attempt = room.world.process(room.world.call(lambda: room.sequencer.run(START_UP, by="engineer-1")))
        yield room.world.kernel.timeout(round(at_s * US))
        attempt.interrupt("called away")
        attempt.defused = True
        yield room.world.kernel.timeout(5 * US)

    room.world.kernel.run(room.world.process(broken_off()))
    assert not room.events("sequence.finished")
    for serial in {event.subject for event in room.events("label.sent")}:
        life = [event.kind for event in room.journal.events if event.subject == serial]
        assert life[-1] == "label.void" and ("label.printed" in life or life[-2] == "label.unknown"), life
    assert room.run(START_UP, resume=True).complete
    room.assert_whole()


def test_a_dry_run_sends_nothing_to_any_device(room: Room) -> None:
    outcome = room.run(START_UP, dry_run=True)
    assert outcome.dry and room.sent == [] and room.world.now_us == 0
