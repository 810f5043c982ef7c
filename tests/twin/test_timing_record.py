"""The day record of timing: the columns that a journal of the same day would give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from caixue.day import NEVER, Outcome, Patients, problems
from caixue.events import from_json
from caixue.folding import fold
from caixue.metrics import FIGURES, figures
from tests.twin.timing_days import base, random_days
from twin.basis import basis_for
from twin.engines.wire import run_replication
from twin.faults.untold import NOT_SIMULATED
from twin.replications import drawn_day
from twin.scenario import load_scenario, recorded_load, scenario_site
from twin.timing.arrays import Status, Track
from twin.timing.cases import INCIDENT, cases
from twin.timing.courses import cut, last_calls
from twin.timing.design import design_of
from twin.timing.record import day_record
from twin.timing.retelling import events_of

BARE = (
    *('site="bare-windows"', "fault=[]", "steady=[]", "expect=[]", 'duration="2 h"', "load.scale=0.7"),
    'staff.nurses={ "07:00-08:00" = 7, "08:00-12:00" = 5 }',
)
IMPATIENT = 'patient_class=[{ name = "child", share = 0.3, patience = { distribution = "exponential", mean = "4 min" } }]'
BREAKS = 'random_fault=[{ device = "window-*", kind = "out-of-service", mtbf = "2 h", repair = { distribution = "exponential", mean = "9 min" } }]'
LATER_ONLY = {"window.busy.share"}  # a course keeps the last call of everybody, a journal every call


@pytest.mark.parametrize("more", [(), (IMPATIENT,), (IMPATIENT, BREAKS)], ids=["plain", "some leave", "windows break down"])
def test_on_bare_windows_the_record_tells_what_the_wire_engine_tells(more: tuple[str, ...]) -> None:
    scenario = load_scenario("peak-monday", [*BARE, *more])
    site, basis = scenario_site(scenario), basis_for(scenario, scenario_site(scenario))
    wire = run_replication(scenario, site, recorded_load(scenario)).day
    design = design_of(scenario)
    timing = day_record(design, *drawn_day(design, 0))
    assert timing.end_us == wire.end_us
    expected, found = figures(wire, basis), figures(timing, basis)
    left_out = NOT_SIMULATED | (LATER_ONLY if BREAKS in more else set())
    assert {name: found[name] for name in FIGURES if name not in left_out} == {
        name: expected[name] for name in FIGURES if name not in left_out
    }
    order = np.argsort(timing.patients.arrived_us, kind="stable")
    assert Patients(**{name: getattr(timing.patients, name)[order] for name in Patients.__slots__}) == wire.patients


def test_no_record_tells_what_cannot_be() -> None:
    for design, drawn in random_days(21, 40):
        record = day_record(design, *drawn)
        assert problems(record) == []


def test_visits_in_the_record_are_those_that_came() -> None:
    for design, drawn in random_days(22, 20):
        record = day_record(design, *drawn)
        assert len(record.patients) == np.count_nonzero(drawn.course.arrived_us != NEVER)
        assert int((record.patients.outcome == Outcome.WAITING).sum()) == 0 or drawn.course.status == Status.UNFINISHED


def test_every_job_that_is_an_incident_is_one_in_the_record_with_its_steps_in_order() -> None:
    seen = 0
    for design, drawn in random_days(23, 40):
        known, record = cases(design), day_record(design, *drawn)
        begun = sum(known[job].task == INCIDENT for job in drawn.course.jobs[:, 4].tolist())
        assert begun <= len(record.incidents) <= begun + len(design.troubles)
        for incident in record.incidents:
            steps = (incident.occurred_us, incident.detected_us, incident.acknowledged_us, incident.on_site_us, incident.restored_us)
            known_steps = [us for us in steps if us != NEVER]
            assert known_steps == sorted(known_steps)
            assert incident.opened_us <= record.end_us
            seen += 1
    assert seen > 40


def test_a_window_that_breaks_down_by_itself_is_repaired_and_is_no_incident() -> None:
    design = design_of(load_scenario("peak-monday", [*BARE, BREAKS]))
    drawn = drawn_day(design, 0)
    assert len(drawn.course.jobs) > 0
    record = day_record(design, *drawn)
    assert record.incidents == ()
    assert record.engineer_spells == ()
    assert sum(len(window.blocked) for window in record.windows) > 0


def test_a_worn_print_head_is_larger_and_a_jam_is_general() -> None:
    design = design_of(load_scenario("peak-monday", ["fidelity=timing"]))
    found = {(case.device, case.symptom): case.class_ for case in cases(design) if case.task == INCIDENT}
    assert found["window-3.label-printer", "print-head-dead-dots"] == "较大"
    assert found["window-5.tube-dispenser", "tube-jam"] == "一般"
    assert found["window-6.tube-dispenser", "lane-empty"] == "一般"


def test_somebody_who_was_sent_back_and_lost_patience_was_last_seen_in_the_queue() -> None:
    one = np.array([0], np.int64)
    columns = {"arrived_us": one, "called_us": one + 5, "ended_us": one + 30, "window": one, "outcome": one + int(Outcome.LEFT)}
    assert last_calls(**columns, patience_us=one + 30, abandons=one, positions=2).tolist() == [NEVER]
    assert last_calls(**columns, patience_us=one + NEVER, abandons=one + 1, positions=2).tolist() == [5]


def test_people_who_come_back_have_the_name_of_their_first_visit() -> None:
    changes = ["fidelity=timing", "fault=[]", 'patient_class=[{ name = "timed", share = 0.1, returns = ["60 min"], tolerance = "5 min" }]']
    design = design_of(load_scenario("peak-monday", changes))
    names = day_record(design, *drawn_day(design, 0)).patients.id.tolist()
    later = [name for name in names if name.endswith("-r")]
    assert later
    assert {name.removesuffix("-r") for name in later} <= set(names)


def test_only_tubes_with_their_times_are_in_the_record_and_no_label() -> None:
    design = design_of(load_scenario("peak-monday", ["fidelity=timing"]))
    drawn = drawn_day(design, 0)
    labels = day_record(design, *drawn).labels
    assert len(labels) == drawn.workload.tubes[drawn.course.outcome == Outcome.SERVED].sum() > 0
    assert set(labels.serial.tolist()) == {""}
    assert (labels.received_us > labels.drawn_us).all()


def test_the_record_told_as_events_and_folded_is_the_record() -> None:
    for design, drawn in random_days(24, 24):
        if (drawn.course.bumps > 0).any() or (drawn.workload.missed_us != NEVER).any() or drawn.course.status == Status.UNFINISHED:
            continue
        record = day_record(design, *drawn)
        told = fold(from_json(event.to_json()) for event in events_of(design, record))
        assert told.end_us == record.end_us
        assert told.contradictions == ()
        windows = [replace(window, busy=np.sort(window.busy, axis=0)) for window in record.windows]
        again = {window.name: replace(window, busy=np.sort(window.busy, axis=0)) for window in told.windows}
        assert all(again.get(window.name, replace(window)) == window for window in windows if any(map(len, (window.open, window.busy))))
        assert [one.restored_us for one in told.incidents] == [one.restored_us for one in record.incidents]
        assert told.stockouts == record.stockouts


def test_a_course_that_is_cut_knows_nothing_of_what_comes_later() -> None:
    for design, drawn in random_days(25, 12):
        at_us = drawn.course.end_us // 2
        course = cut(drawn.course, at_us)
        record = day_record(design, drawn.workload, course, drawn.kinds)
        assert record.end_us == at_us
        times = [course.arrived_us, course.called_us, course.ended_us, course.stopped_us, course.log[:, 0]]
        assert max(int(each.max(initial=NEVER)) for each in times) < at_us
        assert problems(record) == []


def test_stockouts_are_those_of_the_log() -> None:
    for design, drawn in random_days(26, 12):
        rows = drawn.course.log[drawn.course.log[:, 2] == Track.STOCKOUT]
        assert [one.at_us for one in day_record(design, *drawn).stockouts] == rows[:, 0].tolist()


def test_a_design_without_trouble_has_a_case_for_every_refill_and_jam() -> None:
    design = base("", 1)
    assert len(cases(design)) == len(design.troubles) + 2 * len(design.positions)
