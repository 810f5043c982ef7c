"""The preventive plan: what is due follows from calendar and wear alone, calibrations are judged by the table, and replay equals live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import UsageError
from caixue.journal import Draft, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.opening import driver_classes
from caixue.ops.calibration import CALIBRATIONS, MEASURES, Bench, calibration_of, measured
from caixue.ops.maintenance import Maintenance
from caixue.ops.preventive import Done, Planned, Use, due, months_later, outlook, plan_for, possible_now
from caixue.ops.preventive_tasks import TASKS, TaskRow
from caixue.ops.wear import life_of
from caixue.site import load_site
from caixue.units import US_PER_DAY
from tests.caixue.modbus_bench import Bench as WireBench
from tests.caixue.scripted import START, FakeClock, ScriptedPort, recorder
from twin.devices.conveyor import ConveyorModel

SITE = load_site("eight-window-full")
SINCE = date(2026, 1, 1)
HEAD = "window-1.label-printer"
DISPENSER = "window-1.tube-dispenser"

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def at(day: date, hour: int = 16) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def row(name: str, kind: str = "label-printer") -> TaskRow:
    return next(row for row in TASKS if (row.name, row.kind) == (name, kind))


def book() -> tuple[Maintenance, MemoryJournal, FakeClock]:
    clock, journal = FakeClock(), MemoryJournal()
    return Maintenance(Recorder(journal, clock), SITE, START, journal), journal, clock


# the table


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind}/{task.name}")
def test_every_row_of_the_plan_can_fall_due_and_be_done(task: TaskRow) -> None:
    card = driver_classes()[task.kind].card
    assert task.days or task.months or task.counter, "it would never fall due"
    assert task.duration_s > 0 and task.zh and task.en and task.source
    assert not task.counter or task.counter in card.counters
    if task.part:
        life = life_of(task.kind, task.part)
        assert life is not None and life.counter == task.counter, "the wear of a part is its life's"
    else:
        assert bool(task.counter) == bool(task.every)
    if task.calibrates:
        assert calibration_of(task.kind, task.calibrates)


def test_no_device_has_a_task_twice_and_every_calibration_is_planned_or_by_hand() -> None:
    keys = [(planned.device, planned.row.name) for planned in plan_for(SITE)]
    assert len(keys) == len(set(keys)) > 60
    planned = {(row.kind, row.calibrates) for row in TASKS if row.calibrates}
    assert {(row.kind, row.quantity) for row in CALIBRATIONS} - planned == {("barcode-scanner", "first-read")}
    assert set(MEASURES) <= {row.quantity for row in CALIBRATIONS}


# what is due: pure


@given(days, days)
def test_a_task_by_calendar_is_due_from_its_day_on_and_overdue_by_the_days_since(last: date, today: date) -> None:
    planned = Planned(row("clean-platen"), HEAD)
    (task,) = outlook([planned], {(HEAD, "clean-platen"): Done(last)}, {}, SINCE, at(today))
    assert task.due_on == months_later(last, 1)
    assert task.due == (today >= task.due_on)
    assert task.overdue_days == max(0, (today - task.due_on).days)
    assert bool(due([planned], {(HEAD, "clean-platen"): Done(last)}, {}, SINCE, at(today))) == task.due


def test_what_was_never_done_counts_from_the_beginning_of_the_record() -> None:
    (task,) = outlook([Planned(row("clean-print-head"), HEAD)], {}, {}, SINCE, at(SINCE + timedelta(days=9)))
    assert (task.due_on, task.overdue_days, task.last) == (SINCE + timedelta(days=7), 2, None)


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0.001, 10))
def test_a_task_by_wear_is_due_when_its_life_is_used_up_and_the_forecast_follows_the_use(run: float, done_at: float, per_day: float) -> None:
    planned, key = Planned(row("replace-print-head"), HEAD), (HEAD, "replace-print-head")
    assert planned.limit == 30
    done_at = min(done_at, run)
    (task,) = outlook([planned], {key: Done(SINCE, done_at)}, {(HEAD, "printed-km"): Use(run, per_day)}, SINCE, at(SINCE))
    assert task.wear == pytest.approx(run - done_at) and task.margin == pytest.approx(30 - (run - done_at))
    assert task.due == (task.margin <= 0 or 1e-9 + task.margin / per_day < 1)
    if not task.due and task.due_on != date.max:
        assert abs((task.due_on - SINCE).days - task.margin / per_day) <= 1


def test_whichever_comes_first_of_calendar_and_wear_decides_and_is_given_as_the_reason() -> None:
    planned, done = [Planned(row("clean-print-head"), HEAD)], {(HEAD, "clean-print-head"): Done(SINCE, 10)}
    soon = outlook(planned, done, {(HEAD, "printed-km"): Use(11.2)}, SINCE, at(SINCE + timedelta(days=2)))[0]
    assert soon.due and "1.2 / 1" in soon.reason and soon.overdue_days == 0 and soon.margin == pytest.approx(-0.2)
    later = outlook(planned, done, {(HEAD, "printed-km"): Use(10.1)}, SINCE, at(SINCE + timedelta(days=2)))[0]
    assert not later.due and later.due_on == SINCE + timedelta(days=7) and SINCE.isoformat() in later.reason


def test_what_needs_an_idle_window_waits_until_three_in_the_afternoon() -> None:
    tasks = outlook(plan_for(SITE), {}, {}, SINCE, at(date(2027, 1, 1)))
    morning, afternoon = (possible_now(tasks, at(date(2027, 1, 1), hour)) for hour in (9, 15))
    assert morning and all(not task.planned.row.idle for task in morning) and len(afternoon) == len(tasks)


def test_the_longest_overdue_comes_first() -> None:
    found = due(plan_for(SITE), {}, {}, SINCE, at(date(2026, 12, 1)))
    assert [task.overdue_days for task in found] == sorted((task.overdue_days for task in found), reverse=True)


@given(days, st.integers(1, 60))
def test_months_are_counted_as_people_do(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


# what was done


def test_a_done_task_is_not_due_until_its_interval_is_over() -> None:
    maintenance, _, clock = book()
    clock.advance_to(8 * US_PER_DAY)
    mine = (HEAD, "clean-print-head")
    assert mine in {(task.planned.device, task.planned.row.name) for task in maintenance.due(clock.now())}
    event = maintenance.do(*mine, by="engineer-1", note="酒精棒")
    assert event.data == {"task": "clean-print-head", "note": "酒精棒", "duration_s": 120}
    assert mine not in {(task.planned.device, task.planned.row.name) for task in maintenance.due(clock.now())}
    clock.advance_to(15 * US_PER_DAY)
    assert mine in {(task.planned.device, task.planned.row.name) for task in maintenance.due(clock.now())}


def test_a_new_print_head_resets_its_replacement_and_nothing_else() -> None:
    maintenance, _, clock = book()
    maintenance.wear.note({HEAD: {"printed-km": 31}}, {"printed-km": "km"}, by="engineer-1")
    tasks = {task.planned.row.name for task in maintenance.due(clock.now()) if task.planned.device == HEAD}
    assert tasks == {"replace-print-head", "clean-print-head"}
    data = {"part": "print-head", "lot": "opening", "old_serial": "O", "new_serial": "N", "counter": "printed-km", "wear_at": 31}
    maintenance.recorder.note_all([Draft("part.replaced", HEAD, data)], actor="engineer-1")
    assert {task.planned.row.name for task in maintenance.due(clock.now()) if task.planned.device == HEAD} == {"clean-print-head"}


def test_what_was_done_before_the_counter_was_ever_read_counts_from_the_first_reading() -> None:
    maintenance, _, clock = book()
    maintenance.do(DISPENSER, "clean-tube-path", by="engineer-1")
    maintenance.wear.note({DISPENSER: {"tubes": 500_000}}, {"tubes": "tube"}, by="engineer-1")
    assert not [task for task in maintenance.due(clock.now()) if task.planned.row.name == "clean-tube-path" and task.planned.device == DISPENSER]
    maintenance.wear.note({DISPENSER: {"tubes": 510_000}}, {"tubes": "tube"}, by="engineer-1")
    assert [task for task in maintenance.due(clock.now()) if task.planned.row.name == "clean-tube-path" and task.planned.device == DISPENSER]


@pytest.mark.parametrize(("after", "passed"), [(194.0, True), (206.0, True), (193.9, False), (206.1, False)])
def test_a_calibration_passes_at_the_edge_of_its_tolerance_and_no_further(after: float, passed: bool) -> None:
    maintenance, _, clock = book()
    found = maintenance.calibrate("conveyor-1", "belt-speed", before=180.0, after=after, by="engineer-1")
    assert found.passed == passed == found.event.data["passed"]
    assert (("conveyor-1", "belt-speed") in maintenance.flagged) == (not passed)
    clock.advance_to(40 * US_PER_DAY)
    assert (maintenance.done.get(("conveyor-1", "calibrate-belt-speed")) is not None) == passed


def test_a_device_that_failed_stays_flagged_until_a_calibration_passes() -> None:
    maintenance, _, _ = book()
    maintenance.calibrate("conveyor-1", "belt-speed", before=150, after=160, by="engineer-1")
    assert maintenance.flagged == {("conveyor-1", "belt-speed"): 160}
    maintenance.calibrate("conveyor-1", "belt-speed", before=160, after=200, by="engineer-1")
    assert maintenance.flagged == {}


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda book: book.do("window-1.label-printr", "clean-platen", by="engineer-1"), "window-1.label-printer"),
        (lambda book: book.do(HEAD, "clean-plate", by="engineer-1"), "clean-platen"),
        (lambda book: book.do(HEAD, "replace-print-head", by="engineer-1"), "replace"),
        (lambda book: book.do("conveyor-1", "calibrate-belt-speed", by="engineer-1"), "calibrate"),
        (lambda book: book.do(HEAD, "clean-platen", by="engineer-1", duration_s=-1.0), "-1"),
        (lambda book: book.calibrate(HEAD, "belt-speed", before=1, after=1, by="engineer-1"), "label-placement"),
        (lambda book: book.calibrate("conveyor-1", "belt-speed", before=1, after=float("nan"), by="engineer-1"), "nan"),
    ],
)
def test_bad_input_is_refused_with_a_hint_and_nothing_is_noted(act, said: str) -> None:
    maintenance, journal, _ = book()
    with pytest.raises(UsageError, match=said):
        act(maintenance)
    assert journal.events == []


acts = st.one_of(
    st.tuples(st.just("wear"), st.integers(0, 100)),
    st.tuples(st.just("do"), st.sampled_from(["clean-print-head", "clean-platen"])),
    st.tuples(st.just("part"), st.sampled_from(["print-head", "platen-roller"])),
    st.tuples(st.just("calibrate"), st.floats(-5, 5)),
    st.tuples(st.just("days"), st.integers(1, 40)),
)


def play(maintenance: Maintenance, clock: FakeClock, course: list[tuple[str, object]]) -> Iterator[None]:
    for number, (act, what) in enumerate(course):
        if act == "wear":
            maintenance.wear.note({HEAD: {"printed-km": what}}, {"printed-km": "km"}, by="engineer-1")
        elif act == "do":
            maintenance.do(HEAD, str(what), by="engineer-1")
        elif act == "calibrate":
            maintenance.calibrate(HEAD, "label-placement", before=None, after=what, by="engineer-1")
        elif act == "part":
            data = {"part": what, "lot": "l", "old_serial": "", "new_serial": f"N-{number}", "counter": "printed-km", "wear_at": None}
            maintenance.recorder.note_all([Draft("part.replaced", HEAD, data)], actor="engineer-1")
        else:
            clock.advance_to(clock.now_us + what * US_PER_DAY)
        yield


@settings(max_examples=60)
@given(st.lists(acts, max_size=25))
def test_the_state_after_replay_is_the_state_live_and_the_wear_since_a_task_is_never_negative(course: list[tuple[str, object]]) -> None:
    maintenance, journal, clock = book()
    for _ in play(maintenance, clock, course):
        assert all(task.wear is None or task.wear >= 0 for task in maintenance.outlook(clock.now()) if task.planned.device == HEAD)
    again = Maintenance(Recorder(MemoryJournal(), clock), SITE, START)
    for event in journal.events:
        again.hear(event)
    assert (again.done, again.flagged, again.wear.meters, again.wear.parts) == (
        maintenance.done,
        maintenance.flagged,
        maintenance.wear.meters,
        maintenance.wear.parts,
    )
    assert again.outlook(clock.now()) == maintenance.outlook(clock.now())


# measured by the drivers


def test_the_speed_of_a_slipping_belt_is_measured_and_is_out_of_tolerance() -> None:
    bench = WireBench(ConveyorModel("conveyor-1", 10_000.0), baudrate=19_200)
    conveyor = Conveyor("conveyor-1", bench.port, bench.world.clock, bench.recorder)
    around = Bench({}, (), 200.0)
    assert bench.run(measured, conveyor, "belt-speed", around) == 200
    bench.model.begin_slip(0.9)
    found = bench.run(measured, conveyor, "belt-speed", around)
    assert found == 180 and not calibration_of("conveyor", "belt-speed").passed(found, 200)


def test_a_test_tube_that_is_read_every_time_passes_and_one_miss_does_not() -> None:
    line = (b"\x16T\r", b"T-1\r")
    for script, share in (([line] * 20, 1.0), ([line] * 19 + [(b"\x16T\r", b"NOREAD\r")], 0.95)):
        port = ScriptedPort(script, name="scanner")
        scanner = BarcodeScanner("scanner", port, port.fake_clock, recorder(port.fake_clock)[0])
        found = measured(scanner, "first-read", Bench({}, (), 1.0, code="T-1"))
        assert found == share and calibration_of("barcode-scanner", "first-read").passed(found, 1.0) == (share == 1.0)


def test_what_only_a_gauge_can_measure_and_what_lacks_a_neighbour_is_said_so() -> None:
    bench = WireBench(ConveyorModel("conveyor-1", 10_000.0))
    conveyor = Conveyor("conveyor-1", bench.port, bench.world.clock, bench.recorder)
    with pytest.raises(UsageError, match="label-placement"):
        measured(conveyor, "label-placement", Bench({}, (), 0.0))
    with pytest.raises(UsageError):
        measured(TubeDispenser("d", bench.port, bench.world.clock, bench.recorder), "colour-sensor", Bench({}, ((1, "serum-yellow"),), 1.0))
