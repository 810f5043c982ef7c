"""From the course of a day of timing to its day record: the same columns that the journal of a wire run is folded into.

What timing does not simulate is named in the record (docs/decisions/0020-what-timing-does-not-simulate.md): its figures are
None there, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from caixue.day import (
    ClassSpell,
    DayRecord,
    EngineerSpell,
    Incident,
    Labels,
    Outcome,
    Patients,
    Stockout,
    WindowTrack,
    Words,
    busy_from_patients,
)
from caixue.intervals import Intervals, intervals
from caixue.ops.symptoms import MAJOR
from twin.roster import all_spans, open_spans
from twin.timing.arrays import NEVER, Course, Numbers, Track, Workload
from twin.timing.cases import INCIDENT, Case, cases
from twin.timing.courses import BEGUN, JOB, OCCURRED, ON_SITE, OPENED, RESTORED, incident_rows, last_calls
from twin.timing.design import Design


def day_record(design: Design, workload: Workload, course: Course, kinds: Numbers | None = None) -> DayRecord:
    """The record of one day; `kinds` is the class of each visit (place among the design's), needed where there are several."""
    calls = calls_of(workload, course)
    patients = _patients(design, workload, course, calls, kinds)
    known = cases(design)
    return DayRecord(
        end_us=course.end_us,
        patients=patients,
        labels=_tubes(design, workload, course),
        windows=tuple(_track(workload, course, place, name, patients) for place, name in enumerate(design.positions)),
        incidents=tuple(_incidents(known, incident_table(design, hidden_of(known), counted_of(known), workload, course))),
        engineer_spells=tuple(_spells(design, known, course)),
        stockouts=tuple(_stockouts(design, course)),
        opening=opening_of(design),
        unknown=design.untold.figures,
    )


def opening_of(design: Design) -> Intervals:
    """The hours that the room is meant to be open."""
    windows = [window.name for window in design.site.windows]
    return intervals(all_spans(open_spans(design.scenario, windows, design.log, design.day)))


def calls_of(workload: Workload, course: Course) -> Numbers:
    """When each visit was called to where it ended or still is; NEVER for who was last seen in the queue."""
    return last_calls(
        *(course.arrived_us, course.called_us, course.ended_us, course.window, course.outcome),
        *(workload.patience_us, workload.abandons, len(workload.fallback)),
    )


def incident_table(design: Design, hidden_us: Numbers, counted: np.ndarray, workload: Workload, course: Course) -> Numbers:
    """The incidents as numbers, a row each; the columns are in `twin.timing.courses`."""
    return incident_rows(
        *(course.log, course.jobs, course.stopped_us, workload.cause_call_us, workload.cause_itself, hidden_us, counted),
        *(len(design.positions), design.site.walking.engineer_us, course.end_us),
    )


def hidden_of(known: Sequence[Case]) -> Numbers:
    """How long each job's trouble is there before it is felt."""
    return np.array([case.hidden_us for case in known], np.int64)


def counted_of(known: Sequence[Case]) -> np.ndarray:
    """Which jobs are about incidents."""
    return np.array([case.task == INCIDENT for case in known], np.bool_)


def names_of_visits(workload: Workload) -> Words:
    """Pseudonyms as in the wire engine: somebody who comes back has the same with "-r"."""
    names = [f"patient-{number:05d}" for number in range(1, workload.arrivals + 1)] + [""] * (len(workload.again) - workload.arrivals)
    for visit, later in enumerate(workload.again.tolist()):
        if later != NEVER:
            names[later] = f"{names[visit]}-r"
    return np.array(names, dtype=object)


def _patients(design: Design, workload: Workload, course: Course, calls: Numbers, kinds: Numbers | None) -> Patients:
    names = np.array(design.class_names, dtype=object)
    classes = names[np.zeros(len(calls), np.int64) if kinds is None else kinds]
    windows, called = _names(design, course.window), calls != NEVER
    every = Patients.of(
        id=names_of_visits(workload),
        class_=classes,
        priority=workload.priority,
        arrived_us=course.arrived_us,
        called_us=calls,
        draw_start_us=np.where(called & (course.drawn_us >= calls), course.drawn_us, NEVER),
        ended_us=course.ended_us,
        window=np.where(called, windows, ""),
        bumps=course.bumps,
        outcome=course.outcome,
        due_us=due_of(workload, course),
        tolerance_us=tolerance_of(design, workload, kinds),
    )
    return every.only(every.arrived_us != NEVER)


def due_of(workload: Workload, course: Course) -> Numbers:
    """When the draw of each visit should begin, of those who come back: so long after the end of the first visit. NEVER for all others."""
    due_us, first = np.full(len(workload.again), NEVER, np.int64), np.arange(len(workload.again))
    for visit in np.flatnonzero(workload.again != NEVER).tolist():  # a later visit stands further back than the one before it
        later = int(workload.again[visit])
        first[later] = first[visit]
        if course.arrived_us[later] != NEVER:
            due_us[later] = course.ended_us[first[later]] + workload.again_us[later]
    return due_us


def tolerance_of(design: Design, workload: Workload, kinds: Numbers | None) -> Numbers:
    """How much earlier or later the draw of a visit may begin, by its class; 0 of those who do not come back."""
    tolerances_us = np.array([row.tolerance_us for row in design.crowd.classes], np.int64)
    every_us = tolerances_us[np.zeros(len(workload.again), np.int64) if kinds is None else kinds]
    return np.where(np.arange(len(every_us)) < workload.arrivals, 0, every_us)


def _names(design: Design, places: Numbers) -> Words:
    return np.array(design.positions, dtype=object)[places]


def _tubes(design: Design, workload: Workload, course: Course) -> Labels:
    """A row for each tube that was drawn, with no more than its times: labels are not simulated one by one."""
    each = np.where(course.outcome == Outcome.SERVED, workload.tubes, 0)
    return Labels.of(
        patient=np.repeat(names_of_visits(workload), each),
        window=np.repeat(_names(design, course.window), each),
        state=np.repeat(np.where(course.received_us == NEVER, "drawn", "received").astype(object), each),
        drawn_us=np.repeat(course.ended_us, each),
        received_us=np.repeat(course.received_us, each),
    )


def _track(workload: Workload, course: Course, place: int, name: str, patients: Patients) -> WindowTrack:
    open_, staffed, blocked = (_spans(course, place, track) for track in (Track.OPEN, Track.STAFFED, Track.BLOCKED))
    return WindowTrack(name, open_, staffed, blocked, busy_from_patients(patients, name, course.end_us), not workload.fallback[place])


def _spans(course: Course, place: int, track: Track) -> Intervals:
    """When the log says yes of a position; what goes on ends with the day."""
    rows = course.log[(course.log[:, 1] == place) & (course.log[:, 2] == track)]
    at_us = rows[:, 0] if len(rows) % 2 == 0 else np.append(rows[:, 0], course.end_us)
    return intervals(at_us.reshape(-1, 2))


def _incidents(known: Sequence[Case], rows: Numbers) -> Iterator[Incident]:
    for number, row in enumerate(rows.tolist(), 1):
        case = known[row[JOB]]
        opened_us, restored_us = row[OPENED], row[RESTORED]
        yield Incident(
            id=f"incident-{number:04d}",
            device=case.device,
            window=case.window,
            class_=case.class_,
            history=(ClassSpell(opened_us, case.class_),),
            symptom=case.symptom,
            opened_us=opened_us,
            occurred_us=row[OCCURRED],
            reported_us=opened_us,
            detected_us=opened_us,
            acknowledged_us=row[BEGUN],
            on_site_us=row[ON_SITE],
            restored_us=restored_us,
            closed_us=restored_us,
            part=case.part if restored_us != NEVER else "",
            major_us=opened_us if case.class_ == MAJOR else NEVER,
        )


def _spells(design: Design, known: Sequence[Case], course: Course) -> Iterator[EngineerSpell]:
    """What the engineers did; on bare windows there are none in a record, as in the wire engine."""
    for _, begun_us, over_us, engineer, job in course.jobs.tolist() if design.site.devices else ():
        yield EngineerSpell(f"engineer-{engineer + 1}", known[job].task, "", begun_us, min(over_us, course.end_us))


def _stockouts(design: Design, course: Course) -> Iterator[Stockout]:
    for at_us, place, _, _ in course.log[course.log[:, 2] == Track.STOCKOUT].tolist():
        yield Stockout(design.positions[place], "", at_us)
