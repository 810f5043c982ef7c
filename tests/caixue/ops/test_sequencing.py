"""Start-up and shut-down: the order follows from the table, whatever fails, is interrupted or taken up again, and a dry run sends nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from caixue.drivers.base import Driver
from caixue.errors import DeviceError, NotArmed, ReplyTimeout, UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.opening import make_driver
from caixue.ops.planning import PlannedStep, out_of_order, plan, remaining, rows_in_order
from caixue.ops.runs import KINDS, STARTING_US, Runs
from caixue.ops.sequencing import Outcome, Sequencer
from caixue.ops.starting import START_UP
from caixue.ops.steps import Procedure, StepRow
from caixue.ops.stopping import SHUT_DOWN
from caixue.site import Site, load_site
from tests.caixue.scripted import FakeClock

FULL, PLAIN = load_site("eight-window-full"), load_site("eight-window")
TWO = FULL.with_windows(2)
SITES = [FULL, PLAIN, TWO, load_site("bare-windows")]
BOTH = (START_UP, SHUT_DOWN)

# What must never happen before what, said once more and apart from the tables: I-23 and the physics of the room.
BEFORE = {
    START_UP: [
        ("ups-on-mains", "dispenser-ready"),
        ("answers", "host-ready"),
        ("host-ready", "belt-runs"),
        ("sorter-ready", "belt-runs"),
        ("dispenser-ready", "test-label"),
        ("label-printer-ready", "test-label"),
        ("host-ready", "test-label"),
        ("test-label", "display-cleared"),
    ],
    SHUT_DOWN: [
        *(("patients-gone", row.name) for row in SHUT_DOWN.rows if row.name != "patients-gone"),
        *((row.name, "output-off") for row in SHUT_DOWN.rows if row.name not in ("output-off", "mains-cut")),
        *((row.name, "mains-cut") for row in SHUT_DOWN.rows if row.name != "mains-cut"),
        ("tubes-rest", "host-empty"),
        ("belt-drained", "belt-stands"),
    ],
}


def names(steps: tuple[PlannedStep, ...]) -> list[str]:
    return [step.name for step in steps]


def row_of(step: str) -> str:
    return step.partition("@")[0]


class Scripted:
    """A site whose steps do what the test says: they note that they were carried out, fail, restart a device, or break off."""

    def __init__(self, site: Site = TWO) -> None:
        self.site = site
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.drivers = {name: Silent(name) for name in site.devices}
        self.acted: list[str] = []
        self.broken: dict[str, Exception] = {}  # step → what goes wrong when it is carried out
        self.fallen: set[str] = set()  # steps that no longer hold
        self.dies_at = 0  # after so many further acts the process is gone

    def procedure(self, real: Procedure) -> Procedure:
        """The real table with scripted acts and checks."""
        return replace(real, rows=tuple(self._row(row) for row in real.rows))

    def _row(self, row: StepRow) -> StepRow:
        if row.by_hand:
            return row

        def step_of(drivers: tuple[Any, ...]) -> str:
            return next(step.name for step in plan(self.site, Procedure("", "", "", (replace(row, needs=(), after=()),))) if step.devices[0] == drivers[0].name)

        def act(place: Any, *drivers: Any) -> str:
            step = step_of(drivers)
            self.acted.append(step)
            self.clock.sleep(1)
            if self.dies_at and len(self.acted) >= self.dies_at:
                raise KeyboardInterrupt
            if step in self.broken:
                raise self.broken[step]
            self.fallen.discard(step)
            return "scripted"

        def stands(place: Any, *drivers: Any) -> bool:
            return step_of(drivers) not in self.fallen

        return replace(row, act=act, stands=stands if row.stands else None)

    def sequencer(self) -> Sequencer:
        """A new process that reads the record from its beginning."""
        return Sequencer(self.site, self.drivers, self.recorder, self.journal)  # type: ignore[arg-type]

    def run(self, real: Procedure, *, by: str = "engineer-1", vouched: tuple[str, ...] = ("patients-gone", "mains-cut"), **how: Any) -> Outcome:
        """One attempt; `vouched` are the steps that a person confirms."""
        return self.sequencer().run(
            self.procedure(real), by=by, confirm=lambda step, why: "nurse-1" if {step.name, step.row.name} & set(vouched) else "", **how
        )

    def noted(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.journal.events if event.kind == kind]


@dataclass
class Silent:
    """A driver that nobody speaks through."""

    name: str
    reading: None = field(default=None)


@pytest.fixture
def room() -> Scripted:
    return Scripted()


# the order


@pytest.mark.parametrize("procedure", BOTH, ids=lambda procedure: procedure.name)
@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.name}, {len(site.windows)} windows")
def test_every_step_stands_after_all_that_it_needs(site: Site, procedure: Procedure) -> None:
    seen: set[str] = set()
    for step in plan(site, procedure):
        assert seen.issuperset(step.needs + step.after), step
        seen.add(step.name)


@pytest.mark.parametrize("procedure", BOTH, ids=lambda procedure: procedure.name)
@pytest.mark.parametrize("site", SITES[:3], ids=lambda site: f"{site.name}, {len(site.windows)} windows")
def test_what_the_room_demands_is_in_the_order_whatever_the_tables_say(site: Site, procedure: Procedure) -> None:
    assert not broken_demands(site, procedure)


def broken_demands(site: Site, procedure: Procedure) -> list[str]:
    """Pairs of BEFORE that the dependencies of the plan, followed to their end, do not enforce; within a window where both stand at one."""
    steps = plan(site, procedure)
    ancestors: dict[str, set[str]] = {}
    for step in steps:
        direct = step.needs + step.after
        ancestors[step.name] = set(direct).union(*(ancestors[each] for each in direct))
    return [
        f"{first.name} before {then.name}"
        for earlier, later in BEFORE[procedure]
        for then in steps
        for first in steps
        if row_of(then.name) == later and row_of(first.name) == earlier and (not (first.window and then.window) or first.window == then.window)
        and first.name not in ancestors[then.name]
        and not (earlier == "answers" and not set(first.devices) & set(then.devices))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("procedure", "row", "change"),
    [
        (SHUT_DOWN, "output-off", {"needs": ("patients-gone",)}),
        (SHUT_DOWN, "belt-stands", {"needs": ("patients-gone",)}),
        (SHUT_DOWN, "host-empty", {"after": ()}),
        (START_UP, "belt-runs", {"after": ()}),
        (START_UP, "test-label", {"needs": ("answers",)}),
    ],
)
def test_a_dependency_forgotten_in_the_table_is_caught(procedure: Procedure, row: str, change: dict[str, Any]) -> None:
    wrong = replace(procedure, rows=tuple(replace(each, **change) if each.name == row else each for each in procedure.rows))
    BEFORE[wrong] = BEFORE[procedure]
    assert broken_demands(FULL, wrong)


def test_on_a_site_without_a_ups_the_mains_still_wait_for_all_that_moves() -> None:
    steps = {step.name: step for step in plan(PLAIN, SHUT_DOWN)}
    assert not [name for name in steps if name.startswith("output-off")]
    assert {"belt-stands@conveyor-1", "host-empty@window-8.collection-host", "sorter-rests@sorter-1"} <= set(steps["mains-cut"].needs)


def test_the_power_goes_last_and_by_hand() -> None:
    steps = plan(FULL, SHUT_DOWN)
    assert names(steps)[-2:] == ["output-off@ups-room", "mains-cut"] and steps[-1].row.by_hand


def test_a_step_means_its_own_window_and_a_shared_one_means_all() -> None:
    steps = {step.name: step for step in plan(FULL, START_UP)}
    own = {"host-ready@window-3.collection-host", "dispenser-ready@window-3.tube-dispenser", "label-printer-ready@window-3.label-printer"}
    assert own == {need for need in steps["test-label@window-3"].needs if not need.startswith("answers")}
    assert len([each for each in steps["belt-runs@conveyor-1"].after if each.startswith("host-ready")]) == 8


def test_the_plan_does_not_depend_on_anything_but_its_arguments() -> None:
    assert plan(FULL, START_UP) == plan(FULL, START_UP)


def test_one_window_alone_leaves_alone_what_is_shared() -> None:
    for procedure in BOTH:
        steps = plan(FULL, procedure, ["window-2"])
        assert {step.window for step in steps} == {"window-2"}
        assert not {name for step in steps for name in step.needs + step.after} - set(names(steps))


def test_an_unknown_window_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="window-2"):
        plan(TWO, START_UP, ["window-22"])


ROWS = st.integers(2, 7).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.booleans()), max_size=2 * count)
    )
)


@given(ROWS)
def test_any_table_becomes_a_linear_extension_in_its_own_order_or_is_refused_as_a_circle(drawn: tuple[int, list[tuple[int, int, bool]]]) -> None:
    count, edges = drawn
    rows = tuple(
        StepRow(
            f"row-{number}",
            "",
            "",
            needs=tuple(f"row-{before}" for before, after, hard in edges if after == number and hard),
            after=tuple(f"row-{before}" for before, after, hard in edges if after == number and not hard),
        )
        for number in range(count)
    )
    try:
        ordered = rows_in_order(Procedure("any", "任意", "any", rows))
    except UsageError:
        assert has_circle(count, [(before, after) for before, after, _ in edges])
        return
    assert not has_circle(count, [(before, after) for before, after, _ in edges])
    seen: set[str] = set()
    for row in ordered:
        assert seen.issuperset(row.needs + row.after)
        seen.add(row.name)
    if all(before < after for before, after, _ in edges):
        assert ordered == list(rows)  # what is in order already stays as it is


def has_circle(count: int, edges: list[tuple[int, int]]) -> bool:
    """By brute force: whoever can be reached from itself."""
    reach = [[(i, j) in edges for j in range(count)] for i in range(count)]
    for k in range(count):
        for i in range(count):
            for j in range(count):
                reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j])
    return any(reach[i][i] for i in range(count))


@pytest.mark.parametrize("rows", [(StepRow("a", "", "", needs=("b",)),), (StepRow("a", "", ""), StepRow("a", "", ""))], ids=["unknown", "twice"])
def test_a_table_that_names_a_row_it_does_not_have_or_has_twice_is_refused(rows: tuple[StepRow, ...]) -> None:
    with pytest.raises(UsageError):
        plan(TWO, Procedure("odd", "怪", "odd", rows))


# one attempt


def test_a_start_up_does_every_step_once_in_the_planned_order(room: Scripted) -> None:
    outcome = room.run(START_UP)
    assert outcome.complete and outcome.run == "startup-20261123-1"
    assert room.acted == names(plan(TWO, START_UP))
    assert [row["result"] for row in room.noted("sequence.step")] == ["done"] * len(room.acted)
    assert room.noted("sequence.finished") == [{"failed": [], "skipped": []}]


def test_one_dead_window_does_not_hold_up_the_others(room: Scripted) -> None:
    room.broken["answers@window-1.collection-host"] = ReplyTimeout("no reply", device="window-1.collection-host")
    outcome = room.run(START_UP)
    assert outcome.failed == outcome.unreachable == ("answers@window-1.collection-host",)
    assert outcome.skipped == ("host-ready@window-1.collection-host", "test-label@window-1")
    assert {"test-label@window-2", "belt-runs@conveyor-1", "display-cleared@waiting-display"} <= set(room.acted)
    skipped = next(row for row in room.noted("sequence.step") if row["step"] == "test-label@window-1")
    assert "host-ready@window-1.collection-host" in skipped["detail"]


def test_a_host_that_cannot_be_emptied_keeps_the_power_on(room: Scripted) -> None:
    room.broken["host-empty@window-2.collection-host"] = DeviceError("2 in the tray", device="window-2.collection-host")
    outcome = room.run(SHUT_DOWN)
    assert outcome.skipped == ("output-off@ups-room", "mains-cut") and outcome.unreachable == ()


def test_a_person_can_vouch_by_name_for_a_step_that_the_machine_fails(room: Scripted) -> None:
    stuck = "host-empty@window-2.collection-host"
    room.broken[stuck] = DeviceError("2 in the tray", device="window-2.collection-host")
    outcome = room.run(SHUT_DOWN, vouched=("patients-gone", "mains-cut", stuck))
    assert outcome.complete and room.acted[-1] == "output-off@ups-room"
    assert {"step": stuck, "person": "nurse-1"} in room.noted("sequence.confirmed")
    assert [row["result"] for row in room.noted("sequence.step") if row["step"] == stuck] == ["failed", "done"]


def test_without_a_name_the_sequence_stops_at_the_step_done_by_hand_and_goes_on_there(room: Scripted) -> None:
    outcome = room.run(SHUT_DOWN, vouched=("patients-gone",))
    assert outcome.waiting == "mains-cut" and not room.noted("sequence.finished")
    acted = len(room.acted)
    assert room.run(SHUT_DOWN, resume=True).complete
    assert len(room.acted) == acted
    assert room.noted("sequence.confirmed")[-1] == {"step": "mains-cut", "person": "nurse-1"}


def test_nothing_moves_while_patients_may_still_be_there(room: Scripted) -> None:
    assert room.run(SHUT_DOWN, vouched=()).waiting == "patients-gone"
    assert room.acted == []


@pytest.mark.parametrize("by", ["", "  "])
def test_nobody_starts_a_room_without_a_name(room: Scripted, by: str) -> None:
    with pytest.raises(UsageError):
        room.run(START_UP, by=by)
    assert room.journal.events == []


def test_a_device_that_nobody_has_armed_ends_the_attempt_and_says_so(room: Scripted) -> None:
    room.broken["dispenser-ready@window-1.tube-dispenser"] = NotArmed("nobody has armed it")
    with pytest.raises(NotArmed):
        room.run(START_UP)
    assert room.acted[-1] == "dispenser-ready@window-1.tube-dispenser" and room.noted("sequence.step")[-1]["result"] == "failed"
    room.broken.clear()
    assert room.run(START_UP, resume=True).complete


# taking up again


def test_after_a_failure_only_what_is_left_is_done(room: Scripted) -> None:
    room.broken["host-ready@window-2.collection-host"] = DeviceError("motor fault", device="window-2.collection-host")
    room.run(START_UP)
    room.broken.clear()
    first = len(room.acted)
    assert room.run(START_UP, resume=True).complete
    assert room.acted[first:] == ["host-ready@window-2.collection-host", "test-label@window-2"]


@pytest.mark.parametrize("at", [1, 7, 20, 30])
def test_a_process_that_is_gone_half_way_is_taken_up_at_the_step_it_was_in(room: Scripted, at: int) -> None:
    room.dies_at = at
    with pytest.raises(KeyboardInterrupt):
        room.run(START_UP)
    room.dies_at = 0
    assert room.run(START_UP, resume=True).complete
    order = names(plan(TWO, START_UP))
    assert room.acted == order[:at] + order[at - 1 :]
    assert {event.subject for event in room.journal.events} == {"startup-20261123-1"}


def test_what_no_longer_holds_is_done_again_with_all_that_rests_on_it_and_nothing_else(room: Scripted) -> None:
    room.broken["test-label@window-2"] = DeviceError("no read", device="window-2.label-printer")
    room.run(START_UP)
    room.broken.clear()
    room.fallen.add("host-ready@window-1.collection-host")
    first = len(room.acted)
    assert room.run(START_UP, resume=True).complete
    assert room.acted[first:] == ["host-ready@window-1.collection-host", "test-label@window-1", "test-label@window-2"]


def test_an_attempt_that_dies_after_finding_that_something_fell_does_not_forget_what_rested_on_it(room: Scripted) -> None:
    room.broken["test-label@window-2"] = DeviceError("no read", device="window-2.label-printer")
    room.run(START_UP)
    room.broken.clear()
    room.fallen.add("host-ready@window-1.collection-host")
    room.dies_at = len(room.acted) + 2  # within the test label that has to be repeated
    with pytest.raises(KeyboardInterrupt):
        room.run(START_UP, resume=True)
    room.dies_at = 0
    assert room.run(START_UP, resume=True).complete
    assert room.acted.count("test-label@window-1") == 3  # done, interrupted, done
    assert room.acted.count("host-ready@window-1.collection-host") == 2


def test_there_is_nothing_to_resume_after_a_complete_run_or_the_other_procedure(room: Scripted) -> None:
    with pytest.raises(UsageError):
        room.run(START_UP, resume=True)
    room.run(START_UP)
    with pytest.raises(UsageError):
        room.run(START_UP, resume=True)
    room.broken["belt-stands@conveyor-1"] = DeviceError("blocked", device="conveyor-1")
    room.run(SHUT_DOWN)
    with pytest.raises(UsageError):
        room.run(START_UP, resume=True)


def test_a_site_that_has_changed_since_is_started_anew(room: Scripted) -> None:
    room.broken["test-label@window-2"] = DeviceError("no read", device="window-2.label-printer")
    room.run(START_UP)
    room.site = FULL
    with pytest.raises(UsageError):
        room.run(START_UP, resume=True)


def test_runs_of_one_day_are_numbered(room: Scripted) -> None:
    assert [room.run(START_UP).run for _ in range(2)] == ["startup-20261123-1", "startup-20261123-2"]
    assert room.run(SHUT_DOWN).run == "shutdown-20261123-1"


# dry


@pytest.mark.parametrize("procedure", BOTH, ids=lambda procedure: procedure.name)
def test_a_dry_run_sends_not_one_byte_and_names_every_step(procedure: Procedure) -> None:
    sent: list[tuple[str, str, bytes]] = []
    clock, journal = FakeClock(), MemoryJournal()
    recorder = Recorder(journal, clock)
    drivers: dict[str, Driver] = {
        spec.name: make_driver(spec, clock, recorder, url="loop://", tap=lambda *moved: sent.append(moved)) for spec in FULL.devices.values()
    }
    outcome = Sequencer(FULL, drivers, recorder, journal).run(procedure, by="engineer-1", dry_run=True)
    assert sent == [] and all(driver.port.line.serial is None for driver in drivers.values())
    steps = [event.data for event in journal.events if event.kind == "sequence.step"]
    assert [(row["step"], row["result"]) for row in steps] == [(name, "would") for name in names(plan(FULL, procedure))]
    assert outcome.dry and outcome.complete
    assert {event.kind for event in journal.events} == {"sequence.started", "sequence.step", "sequence.finished"}


def test_a_dry_run_is_never_taken_for_a_real_one(room: Scripted) -> None:
    room.run(START_UP, dry_run=True)
    with pytest.raises(UsageError):
        room.run(START_UP, resume=True)
    assert room.run(START_UP).run == "startup-20261123-2"


def test_a_dry_run_of_a_resumption_names_what_is_left(room: Scripted) -> None:
    room.broken["test-label@window-2"] = DeviceError("no read", device="window-2.label-printer")
    room.run(START_UP)
    room.run(START_UP, resume=True, dry_run=True)
    assert room.noted("sequence.started")[-1]["steps"] == ["test-label@window-2"]
    assert not remaining(plan(TWO, START_UP), {*room.acted})


# the check that sees wrong orders


def test_a_parallel_stop_is_seen(room: Scripted) -> None:
    room.run(SHUT_DOWN)
    steps = plan(TWO, SHUT_DOWN)
    assert not out_of_order(steps, room.journal.events)
    noted = [event for event in room.journal.events if event.kind == "sequence.step"]
    at_once = [noted[-2], *noted[:-2], noted[-1]]  # the UPS does not wait for the rest
    assert [wrong for wrong in out_of_order(steps, at_once) if wrong.startswith("output-off@ups-room before belt-stands")]


def test_every_device_of_a_site_is_asked_before_anything_at_it_is_done() -> None:
    asked = {step.devices[0] for step in plan(FULL, START_UP) if step.row.name == "answers"}
    assert asked == set(FULL.devices)


# whatever happens


class AnyCourse(RuleBasedStateMachine):
    """Starts, failures, kills, fallen checks, resumptions and dry runs in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Scripted(TWO)
        self.procedure = START_UP
        self.steps: tuple[PlannedStep, ...] = ()
        self.acted_before = 0

    @initialize(procedure=st.sampled_from(BOTH))
    def choose(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.steps = plan(TWO, procedure)

    def _step(self, number: int) -> str:
        machine = [step.name for step in self.steps if not step.row.by_hand]
        return machine[number % len(machine)]

    @rule(number=st.integers(0, 200), link=st.booleans())
    def breaks(self, number: int, link: bool) -> None:
        self.room.broken[self._step(number)] = ReplyTimeout("silent", device="d") if link else DeviceError("refused", device="d")

    @rule()
    def heals(self) -> None:
        self.room.broken.clear()

    @rule(number=st.integers(0, 200))
    def falls(self, number: int) -> None:
        step = self._step(number)
        row = next(each.row for each in self.steps if each.name == step)
        if row.stands:
            self.room.fallen.add(step)

    @rule(kill=st.integers(0, 30), vouched=st.sampled_from([(), ("patients-gone",), ("patients-gone", "mains-cut")]))
    def starts(self, kill: int, vouched: tuple[str, ...]) -> None:
        self.room.fallen.clear()  # a new run does everything anew
        self._attempt(kill, vouched, resume=False)

    @precondition(lambda self: self._resumable())
    @rule(kill=st.integers(0, 30), vouched=st.sampled_from([(), ("patients-gone",), ("patients-gone", "mains-cut")]))
    def resumes(self, kill: int, vouched: tuple[str, ...]) -> None:
        run = self.room.sequencer().runs.latest
        assert run is not None
        done, fallen = run.done, set(self.room.fallen)
        acted = self._attempt(kill, vouched, resume=True)
        assert not (set(acted) & (done - self._resting_on(fallen & done))), "a step that was done was repeated without need"

    @rule()
    def runs_dry(self) -> None:
        before = len(self.room.acted)
        self.room.run(self.procedure, dry_run=True)
        assert len(self.room.acted) == before

    def _resumable(self) -> bool:
        run = self.room.sequencer().runs.latest
        return run is not None and not run.complete

    def _attempt(self, kill: int, vouched: tuple[str, ...], *, resume: bool) -> list[str]:
        before = len(self.room.acted)
        self.room.dies_at = before + kill if kill else 0
        try:
            outcome = self.room.run(self.procedure, vouched=vouched, resume=resume)
        except KeyboardInterrupt:
            pass
        else:
            if outcome.complete:
                assert not self.room.fallen, "complete, and yet something no longer holds"
                last = {step: number for number, step in enumerate(self.room.acted)}
                pairs = [(step.name, need) for step in self.steps for need in step.needs if step.name in last and need in last]
                assert all(last[need] < last[step] for step, need in pairs), "what a step rests on was done again, and the step was not"
        self.room.dies_at = 0
        return self.room.acted[before:]

    def _resting_on(self, fallen: set[str]) -> set[str]:
        found = set(fallen)
        for step in self.steps:
            if found.intersection(step.needs):
                found.add(step.name)
        return found

    @invariant()
    def the_order_is_always_a_linear_extension(self) -> None:
        runs: dict[str, list[Any]] = {}
        for event in self.room.journal.events:
            runs.setdefault(event.subject, []).append(event)
        for events in runs.values():
            assert not out_of_order(self.steps, events)

    @invariant()
    def the_power_goes_only_when_everything_rests(self) -> None:
        moving = {step.name for step in self.steps if step.row.name in ("tubes-rest", "host-empty", "belt-stands", "sorter-rests", "labels-idle")}
        for run in self.room.sequencer().runs.by_name.values():
            if not run.dry and run.results.get("output-off@ups-room") == "done":
                assert run.done.issuperset(moving)

    @invariant()
    def the_record_alone_tells_the_state(self) -> None:
        live, again = Runs(), Runs()
        self.room.journal.follow(live.hear, KINDS)
        for event in self.room.journal.events:
            if event.kind in KINDS:
                again.hear(event)
        assert live.by_name == again.by_name == self.room.sequencer().runs.by_name


AnyCourse.TestCase.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)
test_whatever_fails_and_whenever_it_is_taken_up_again = AnyCourse.TestCase


def test_the_state_heard_live_is_the_state_read_from_the_record(room: Scripted) -> None:
    sequencer = room.sequencer()
    room.broken["test-label@window-2"] = DeviceError("no read", device="window-2.label-printer")
    sequencer.run(room.procedure(START_UP), by="engineer-1")
    assert sequencer.runs.by_name == room.sequencer().runs.by_name


def laid_down(room: Scripted) -> bool:
    """What the record says of the room at this moment."""
    return room.sequencer().runs.laid_down(room.clock.monotonic_us())


def test_a_room_that_was_laid_down_is_known_to_be_until_it_is_started(room: Scripted) -> None:
    assert not laid_down(room)
    room.run(SHUT_DOWN)
    assert laid_down(room)
    room.run(START_UP, windows=["window-1"])
    assert laid_down(room)
    room.run(START_UP)
    assert not laid_down(room)


def test_a_run_of_which_no_step_is_done_blinds_nothing(room: Scripted) -> None:
    assert room.run(SHUT_DOWN, vouched=()).waiting == "patients-gone"
    assert not laid_down(room)
    room.run(SHUT_DOWN, resume=True)
    assert laid_down(room)


def test_a_start_up_after_a_shut_down_counts_as_laid_down_for_half_an_hour_and_no_longer(room: Scripted) -> None:
    room.run(SHUT_DOWN)
    room.dies_at = len(room.acted) + 3
    with pytest.raises(KeyboardInterrupt):
        room.run(START_UP)
    (started,) = [run for run in room.sequencer().runs.by_name.values() if run.procedure == START_UP.name]
    assert started.done and STARTING_US == 30 * 60 * 1_000_000
    room.clock.advance_to(started.started_us + STARTING_US - 1)
    assert laid_down(room)
    room.clock.advance_to(started.started_us + STARTING_US)
    assert not laid_down(room)


def test_a_start_up_of_a_room_that_was_not_laid_down_blinds_nothing(room: Scripted) -> None:
    room.dies_at = 3
    with pytest.raises(KeyboardInterrupt):
        room.run(START_UP)
    assert not laid_down(room)


def test_two_programs_never_give_two_runs_one_name(tmp_path: Path) -> None:
    people, clock = {person.name: person.role for person in TWO.people}, FakeClock()
    with ExitStack() as both:
        ledgers = [both.enter_context(open_ledger(tmp_path / "room.db", site=TWO.name, people=people, clock=clock)) for _ in range(2)]
        programs = [Sequencer(TWO, {}, LedgerRecorder(ledger), ledger) for ledger in ledgers]
        names = [programs[number % 2].run(START_UP, by="engineer-1", dry_run=True).run for number in range(4)]
        assert [name.rpartition("-")[2] for name in names] == ["1", "2", "3", "4"]


def test_a_run_that_another_program_has_completed_meanwhile_is_not_resumed(tmp_path: Path, room: Scripted) -> None:
    people = {person.name: person.role for person in TWO.people}
    with ExitStack() as both:
        ledgers = [both.enter_context(open_ledger(tmp_path / "room.db", site=TWO.name, people=people, clock=room.clock)) for _ in range(2)]
        first, second = (Sequencer(TWO, room.drivers, LedgerRecorder(ledger), ledger) for ledger in ledgers)  # type: ignore[arg-type]
        procedure = room.procedure(SHUT_DOWN)
        waiting = first.run(procedure, by="engineer-1")
        assert waiting.waiting
        ledgers[1].catch_up()
        assert first.run(procedure, by="engineer-1", resume=True, confirm=lambda step, why: "nurse-1").complete
        before = ledgers[0].head()
        with pytest.raises(UsageError):
            second.run(procedure, by="engineer-1", resume=True)
        assert ledgers[0].head() == before
