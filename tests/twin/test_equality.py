"""Random days with everything on: both engines to the last bit, what every course must keep, and mistakes that must be noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simpy.events import Event

from caixue.day import Outcome
from caixue.errors import UsageError
from twin.engines import compiled, compiled_loop, reference
from twin.engines.reference_engineers import Engineers, Job
from twin.engines.reference_people import Position
from twin.engines.reference_room import Room
from twin.engines.reference_service import Service
from twin.engines.reference_time import Rank, Timeline
from twin.equality.__main__ import main
from twin.equality.comparing import difference
from twin.equality.days import GRIDS_S, random_day, with_nothing_rare
from twin.equality.tally import Tally, compare_days, day_of
from twin.timing.arrays import ANYONE, EVERYWHERE, LATEST_US, NEVER, Cause, Course, Status, Track, What, Workload
from twin.timing.compiling import plainly
from twin.validation.comparing import paths

SEED = 20261123
CHUNKS, CHUNK = 10, 200
LOOKED_AT = range(40)  # days of which everything is checked, of the same seed
Day = tuple[Workload, Course]


@cache
def course_of(number: int) -> Day:
    """One day, and its course by the reference; where more was needed than had been drawn, another one instead."""
    workload = day_of(SEED, number)
    course = reference.run(workload)
    return (workload, course) if course.status <= Status.UNFINISHED else course_of(number + 1_000)


@pytest.fixture(params=LOOKED_AT, ids=lambda number: f"day {number}")
def a_day(request: pytest.FixtureRequest) -> Day:
    """One of the days."""
    return course_of(request.param)


# Equality


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_engines_give_the_same_day_to_the_last_bit(chunk: int):
    pytest.importorskip("numba", reason="the compiled engine needs numba")
    tally = compare_days((SEED, CHUNK * chunk, CHUNK * (chunk + 1)))
    assert tally.unequal == ()
    assert tally.days == CHUNK
    assert tally.coincident > 10_000
    assert min(tally.bumps, tally.jobs, tally.stock_outs, tally.unfinished) > 0


def test_the_compiled_engine_reads_and_writes_inside_its_arrays(tmp_path: Path):
    pytest.importorskip("numba", reason="the compiled engine needs numba")
    checked = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "twin.equality", "--days", "100", "--seed", str(SEED), "--quiet"]
    done = subprocess.run(command, env=checked, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.replace("首次运行要编译，约半分钟，以后不必\n", "", 1) == ""


def test_more_positions_than_a_timer_can_name_are_refused():
    compiled = pytest.importorskip("twin.engines.compiled")
    with pytest.raises(UsageError, match="1023"):
        compiled.run(random_day(SEED, 1, 0)._replace(fallback=np.zeros(1024, np.int64)))


@pytest.mark.parametrize("day", [(1, 94_737), (77, 1250)])
def test_days_on_which_the_engines_once_differed_stay_equal(day: tuple[int, int]) -> None:
    """A refill and a cause that run out in one instant; a day beyond the last instant that a place in the queue can tell."""
    pytest.importorskip("numba")
    assert compare_days((day[0], day[1], day[1] + 1)).unequal == ()


def test_a_day_longer_than_a_place_in_the_queue_can_tell_is_refused() -> None:
    day = random_day(1, 1, 0)
    assert compiled.run(day._replace(end_us=LATEST_US - 1)).end_us < LATEST_US
    with pytest.raises(UsageError, match="12"):
        compiled.run(day._replace(end_us=LATEST_US))


def test_random_days_are_no_longer_than_a_day_may_be() -> None:
    ends_us = [day_of(77, day).end_us for day in (*range(40), 1250)]
    assert max(ends_us) < LATEST_US and ends_us[-1] > LATEST_US - 60_000_000  # it was longer when it was drawn


def test_on_a_grid_most_events_share_their_instant():
    counts = [reference.counted(random_day(SEED, number, 30))[1] for number in range(10)]
    assert sum(one.coincident for one in counts) > 0.5 * sum(one.events for one in counts)


def test_on_a_grid_every_time_is_a_multiple_of_it():
    for number, grid_s in enumerate(GRIDS_S[1:], 1):
        _, course = course_of(number)
        for times in (course.arrived_us, course.called_us, course.drawn_us, course.ended_us, course.log[:, 0], course.jobs[:, :3]):
            assert not (times[times != NEVER] % (grid_s * 1_000_000)).any()


def test_the_random_days_have_every_feature():
    days = [day_of(SEED, number) for number in range(200)]
    assert {len(day.fallback) for day in days} == set(range(1, 13))
    assert {int(kind) for day in days for kind in day.cause_kind} == set(Cause)
    assert {day.resumes for day in days} == {0, 1}
    for column in ("priority", "jam", "abandons", "fallback", "cause_itself", "cause_call_us"):
        assert any(getattr(day, column).any() for day in days), column
    assert any((day.nurses > 1).any() for day in days)
    assert any((day.again != NEVER).any() and (day.missed_us != NEVER).any() and (day.lane != ANYONE).any() for day in days)
    for what in (What.NURSES, What.ENGINEERS):
        assert {0, 1} <= {int(value) for day in days for value in day.calendar_value[day.calendar_what == what]}
    assert any((day.cause_at == EVERYWHERE).any() for day in days)
    assert any(len(set(day.cause_at.tolist())) < len(day.cause_at) for day in days)
    assert max(day.arrivals for day in days) >= 400


# What every course keeps


def test_nobody_vanishes(a_day: Day):
    workload, course = a_day
    came = course.arrived_us != NEVER
    assert ((course.outcome == Outcome.WAITING) | came).all()
    assert ((course.ended_us != NEVER) == (course.outcome != Outcome.WAITING)).all()
    assert (course.called_us[course.outcome == Outcome.SERVED] != NEVER).all()
    served = course.outcome == Outcome.SERVED
    returned = workload.again[served & (workload.again != NEVER)]
    if course.status == Status.DONE:
        assert (course.outcome[: workload.arrivals] != Outcome.WAITING).all()
        assert sorted(np.flatnonzero(came[workload.arrivals :]) + workload.arrivals) == sorted(returned)


def test_a_visit_comes_is_called_is_drawn_and_ends_in_this_order(a_day: Day):
    _, course = a_day
    served = course.outcome == Outcome.SERVED
    times = np.stack([course.arrived_us, course.called_us, course.drawn_us, course.ended_us])[:, served]
    assert (np.diff(times, axis=0) >= 0).all()


def test_no_two_patients_are_at_one_position_at_once(a_day: Day):
    _, course = a_day
    done = course.outcome == Outcome.SERVED
    for position in range(course.window.max(initial=-1) + 1):
        here = done & (course.window == position)
        spans = sorted(zip(course.called_us[here].tolist(), course.ended_us[here].tolist(), strict=True))
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_an_engineer_does_one_job_at_a_time_and_none_before_it_was_asked_for(a_day: Day):
    _, course = a_day
    assert (np.diff(course.jobs[:, :3], axis=1) >= 0).all()
    assert (np.diff(course.jobs[:, 1]) >= 0).all()
    for engineer in set(course.jobs[:, 3].tolist()):
        mine = course.jobs[course.jobs[:, 3] == engineer]
        assert (mine[1:, 1] >= mine[:-1, 2]).all()


def test_the_log_alternates_for_each_position_and_track(a_day: Day):
    workload, course = a_day
    assert (np.diff(course.log[:, 0]) >= 0).all()
    for position in range(len(workload.fallback)):
        for track in (Track.OPEN, Track.STAFFED, Track.BLOCKED):
            values = course.log[(course.log[:, 1] == position) & (course.log[:, 2] == track), 3].tolist()
            assert values == [(number + 1) % 2 for number in range(len(values))]


def test_nobody_overtakes_in_a_class_without_being_bumped(a_day: Day):
    """Of those who may be served anywhere by one nurse and come at once when they are called: first come, first called."""
    workload, course = a_day
    plain = (course.called_us != NEVER) & (workload.lane == ANYONE) & (workload.nurses == 1) & (workload.missed_us == NEVER)
    plain &= course.bumps == 0
    if (course.log[:, 2] == Track.STOCKOUT).any():
        return  # an empty position leaves the first to the next position, and calls nobody else itself
    for priority in set(workload.priority[plain].tolist()):
        numbers = np.flatnonzero(plain & (workload.priority == priority))
        order = numbers[np.lexsort((numbers, course.arrived_us[numbers]))]
        assert (np.diff(course.called_us[order]) >= 0).all()


def test_littles_law_holds_on_every_path(a_day: Day):
    """Heads counted while the reference engine runs, summed over time, are the stays of the course, summed."""
    workload, course = a_day
    if course.status != Status.DONE:
        return
    assert all(one.area_us == one.stays_us for one in paths(workload, course)), paths(workload, course)


@pytest.mark.parametrize("number", range(0, 200, 10))
def test_nurses_levels_and_trays_stay_within_their_bounds(number: int, monkeypatch: pytest.MonkeyPatch):
    """Whenever nurses are sent: those who are held were on duty when their patients were called, and nothing is below zero."""
    held_before = 0
    staff = Room.staff

    def watched(room: Room) -> None:
        nonlocal held_before
        staff(room)
        held = sum(position.held for position in room.positions)
        assert held <= max(held_before, room.on_duty())
        held_before = held
        for position in room.positions:
            assert min(position.level) >= 0
            assert position.tray >= 0
            assert position.blocks >= 0
            assert (position.patient is None) == (position.held == 0)
            assert position.fallback or position.patient is None or position.staffed

    monkeypatch.setattr(Room, "staff", watched)
    reference.run(day_of(SEED, number))


@pytest.mark.parametrize("start", range(0, 200, 40))
def test_days_with_nothing_rare_are_the_same_in_stretches_and_event_by_event(start: int):
    for workload in (with_nothing_rare(day_of(SEED, number)) for number in range(start, start + 40)):
        known = reference.run(workload)
        assert difference(known, compiled.run(workload)) is None
        event_by_event = compiled._course(workload, True)
        assert event_by_event is not None and difference(known, event_by_event) is None


@pytest.mark.parametrize("column", ["lane", "nurses", "patience_us", "jam", "missed_us", "again"])
def test_a_day_on_which_one_visit_has_anything_rare_goes_event_by_event(column: str):
    workload = with_nothing_rare(day_of(SEED, 0))
    one = getattr(workload, column).copy()
    one[workload.arrivals // 2] = 2 if column != "again" else workload.arrivals
    assert workload.arrivals < len(workload.lane)
    assert compiled._course(workload, None) is not None
    assert compiled._course(workload._replace(**{column: one}), None) is None


def in_plain_python(workload: Workload) -> Course:
    """The course by the compiled engine, its functions called as plain Python."""
    with plainly():
        return compiled.run(workload)


def test_most_patients_of_a_day_with_nothing_rare_are_called_in_stretches(monkeypatch: pytest.MonkeyPatch):
    called = []
    stretch = compiled_loop.stretch

    def counted(*arguments: Any) -> tuple[int, ...]:
        found = stretch(*arguments)
        called.append(found[0])
        return found

    monkeypatch.setattr(compiled_loop, "stretch", counted)
    courses = [in_plain_python(with_nothing_rare(day_of(SEED, number))) for number in range(20)]
    assert sum(called) > 0.5 * sum(np.count_nonzero(course.called_us != NEVER) for course in courses)


@pytest.mark.parametrize("place", [2, 3, 8], ids=["nurses", "the instant", "the belt"])
def test_a_stretch_that_leaves_something_else_than_its_events_is_noticed(place: int, monkeypatch: pytest.MonkeyPatch):
    stretch = compiled_loop.stretch

    def wrong(*arguments: Any) -> tuple[int, ...]:
        found = list(stretch(*arguments))
        found[place] += found[0] > 0
        return tuple(found)

    days = [with_nothing_rare(day_of(SEED, number)) for number in range(8)]
    known = [reference.run(workload) for workload in days]
    assert all(difference(*pair) is None for pair in zip(known, map(in_plain_python, days), strict=True))
    monkeypatch.setattr(compiled_loop, "stretch", wrong)
    assert any(difference(*pair) is not None for pair in zip(known, map(in_plain_python, days), strict=True))


# Extremes


def plain_day(number: int) -> Workload:
    """A day with devices on which causes come, and which is not broken off early."""
    found = (random_day(SEED, candidate, 1) for candidate in range(40 * number, 40 * number + 40))
    return next(day for day in found if not day.resumes and (day.up_us < day.arrived_us.max()).any() and day.end_us > day.arrived_us.max())


def without(workload: Workload, what: What) -> Workload:
    """As if nobody of that kind ever came to work."""
    return workload._replace(calendar_value=np.where(workload.calendar_what == what, 0, workload.calendar_value))


@pytest.mark.parametrize("number", range(5))
def test_without_nurses_nobody_is_served(number: int):
    course = reference.run(without(plain_day(number), What.NURSES))
    assert not (course.outcome == Outcome.SERVED).any()
    assert (course.called_us == NEVER).all()


@pytest.mark.parametrize("number", range(5))
def test_without_engineers_what_does_not_end_by_itself_does_not_end(number: int):
    workload = without(plain_day(number), What.ENGINEERS)
    course = reference.run(workload)
    assert len(course.jobs) == 0
    assert (course.restored_us[workload.cause_itself == 0] == NEVER).all()
    assert (course.stopped_us != NEVER).any()


@pytest.mark.parametrize("number", range(5))
def test_more_nurses_than_positions_change_nothing_where_no_child_comes(number: int):
    workload = plain_day(number)
    workload = workload._replace(nurses=np.ones_like(workload.nurses))
    enough, plenty = (np.where(workload.calendar_what == What.NURSES, many, workload.calendar_value) for many in (12, 40))
    assert difference(reference.run(workload._replace(calendar_value=enough)), reference.run(workload._replace(calendar_value=plenty))) is None


# Mistakes that must be noticed


@pytest.mark.parametrize("number", range(8))
def test_one_microsecond_in_one_draw_is_noticed(number: int):
    workload, course = next(day for day in map(course_of, range(20 * number, 20 * number + 20)) if (day[1].outcome == Outcome.SERVED).any())
    longer = workload.draw_us.copy()
    longer[:, np.flatnonzero(course.outcome == Outcome.SERVED)[-1]] += 1
    assert difference(course, reference.run(workload._replace(draw_us=longer))) is not None


def test_the_comparison_names_the_field_and_the_row():
    course = next(course for _, course in map(course_of, LOOKED_AT) if course.status == Status.DONE and len(course.jobs) > 2)
    for name in ("called_us", "received_us", "log", "jobs", "stopped_us"):
        changed = getattr(course, name).copy()
        if changed.size:
            changed[-1] += 1
            found = difference(course, course._replace(**{name: changed}))
            assert found is not None
            assert (found.field, found.row) == (name, len(changed) - 1)
    shorter = difference(course, course._replace(jobs=course.jobs[:-1]))
    assert shorter is not None
    assert (shorter.field, shorter.row, shorter.second) == ("jobs", len(course.jobs) - 1, "")
    assert difference(course, course._replace(end_us=course.end_us + 1)) is not None
    assert difference(course, course._replace(status=Status.UNFINISHED)) is not None
    assert difference(course, course._replace(bumps=course.bumps.astype(np.int32))) is not None


def unequal_days(days: int = 12) -> int:
    """How many of so many days on the 30 s grid the reference, changed, gives otherwise than it did."""
    return sum(difference(as_it_was(number), reference.run(random_day(SEED, number, 30))) is not None for number in range(days))


@cache
def as_it_was(number: int) -> Course:
    """A day on the 30 s grid before anything was changed."""
    return reference.run(random_day(SEED, number, 30))


SWAPS = [(Rank.ARRIVAL, Rank.PHASE), (Rank.CAUSE, Rank.PHASE), (Rank.OVER, Rank.PHASE), (Rank.PATIENCE, Rank.PHASE), (Rank.LOADED, Rank.PHASE)]


@pytest.mark.parametrize(("one", "other"), SWAPS, ids=lambda rank: rank.name.lower())
def test_another_order_of_coincident_events_is_noticed(one: Rank, other: Rank, monkeypatch: pytest.MonkeyPatch):
    assert unequal_days() == 0
    ranked = Timeline.ranked

    def swapped(timeline: Timeline, at_us: int, rank: int, key: int) -> Event:
        return ranked(timeline, at_us, {int(one): int(other), int(other): int(one)}.get(int(rank), int(rank)), key)

    monkeypatch.setattr(Timeline, "ranked", swapped)
    assert unequal_days() > 0


def test_coincident_events_in_the_order_of_their_making_are_noticed(monkeypatch: pytest.MonkeyPatch):
    assert unequal_days() == 0
    ranked = Timeline.ranked
    monkeypatch.setattr(Timeline, "ranked", lambda timeline, at_us, rank, key: ranked(timeline, at_us, 1, 0))
    assert unequal_days() > 0


def test_a_patient_who_loses_the_place_by_being_sent_back_is_noticed(monkeypatch: pytest.MonkeyPatch):
    assert unequal_days() == 0
    back = Service.back

    def to_the_end(service: Service, position: Position) -> None:
        assert position.patient is not None
        position.patient.arrived_us = service._time.now_us
        back(service, position)

    monkeypatch.setattr(Service, "back", to_the_end)
    assert unequal_days() > 0


def test_an_engineer_who_is_idle_before_the_repair_takes_effect_is_noticed(monkeypatch: pytest.MonkeyPatch):
    assert unequal_days(40) == 0

    def at_once(engineers: Engineers, job: Job, engineer: int) -> None:
        engineers._idle(engineer)
        job.over.succeed()

    monkeypatch.setattr(Engineers, "_over", at_once)
    assert unequal_days(40) > 0


# The command


def test_the_command_counts_and_returns_0_when_all_days_are_equal(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("numba", reason="the compiled engine needs numba")
    assert main(["--days", "8", "--seed", "3", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "8" in out.splitlines()[0]


def test_an_unequal_day_is_shown_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def later(workload: Workload) -> Course:
        course = reference.run(workload)
        return course._replace(called_us=course.called_us + 1)

    monkeypatch.setattr("twin.equality.tally.both_engines", lambda: (reference.counted, later))
    assert main(["--days", "2", "--seed", "3", "--quiet"]) == 1
    assert "python -m twin.equality --seed 3 --day 1" in capsys.readouterr().out
    assert main(["--seed", "3", "--day", "1"]) == 1


def test_breaking_it_off_prints_the_count_so_far(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    counted = iter([Tally(days=50, patients=7)])

    def interrupted(task: tuple[int, int, int]) -> Tally:
        if (tally := next(counted, None)) is None:
            raise KeyboardInterrupt
        return tally

    monkeypatch.setattr("twin.equality.__main__.compare_days", interrupted)
    assert main(["--days", "200", "--quiet"]) == 130
    assert capsys.readouterr().out.splitlines()[0].endswith(" 50")


def test_several_processes_count_the_same(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("numba", reason="the compiled engine needs numba")
    told = []
    for processes in ("1", "2"):
        assert main(["--days", "110", "--seed", "4", "--quiet", "--processes", processes]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
