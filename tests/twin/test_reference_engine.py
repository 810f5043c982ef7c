"""The rules of docs/timing.md, one small day each, computed by hand. Both engines are held to them; times are seconds.

Unless a test says otherwise: one window with a nurse, one engineer, 10 s of preparation and 60 s of drawing, no way to the window.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caixue.day import Outcome
from tests.twin.hand_written_days import Person, Room, Trouble, day, rows, seconds
from twin.engines.reference import counted
from twin.timing.arrays import Cause, Course, Jam, Status, Track, What, Workload

Engine = Callable[[Workload], Course]
STOP_ITSELF = {"kind": Cause.STOP, "itself": True}


@pytest.fixture(params=["reference", "compiled"])
def run(request: pytest.FixtureRequest) -> Engine:
    """An engine."""
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled engine needs numba")
        from twin.engines.compiled import run as compiled

        return compiled
    from twin.engines.reference import run as reference

    return reference


# The queue


def test_higher_priority_goes_first_and_then_who_came_first(run: Engine):
    course = run(day(Room(), [Person(0), Person(10), Person(15), Person(20, priority=5)]))
    assert seconds(course.called_us) == [0, 140, 210, 70]


def test_of_two_who_come_at_one_instant_the_lower_number_goes_first(run: Engine):
    assert seconds(run(day(Room(), [Person(5), Person(5), Person(5)])).called_us) == [5, 75, 145]


def test_a_window_that_is_free_at_the_instant_of_an_arrival_calls_who_waited_before_they_come(run: Engine):
    course = run(day(Room(), [Person(0), Person(10), Person(70, priority=9)]))
    assert seconds(course.called_us) == [0, 70, 140]


def test_the_lowest_ready_window_calls(run: Engine):
    course = run(day(Room(windows=3), [Person(0), Person(1), Person(2), Person(3)]))
    assert course.window.tolist() == [0, 1, 2, 0]


def test_only_the_window_of_a_lane_serves_its_people_though_another_is_free(run: Engine):
    course = run(day(Room(windows=2), [Person(0, lane=1), Person(5, lane=1), Person(6)]))
    assert (seconds(course.called_us), course.window.tolist()) == ([0, 70, 6], [1, 1, 0])


def test_a_lane_is_open_to_all_windows_while_its_own_is_blocked(run: Engine):
    stop = Trouble(at=1, up=(20,), down=(1000,), **STOP_ITSELF)
    course = run(day(Room(windows=2), [Person(0, lane=1), Person(5, lane=1)], [stop]))
    assert (seconds(course.called_us), course.window.tolist()) == ([0, 20], [1, 0])


def test_who_loses_patience_in_the_queue_leaves(run: Engine):
    course = run(day(Room(), [Person(0), Person(5, patience=60)]))
    assert (course.outcome[1], seconds(course.ended_us)) == (Outcome.LEFT, [70, 65])


def test_patience_that_ends_at_the_instant_of_the_call_is_long_enough(run: Engine):
    course = run(day(Room(), [Person(0), Person(10, patience=60)]))
    assert (course.outcome[1], seconds(course.called_us)) == (Outcome.SERVED, [0, 70])


def test_patience_does_not_end_a_visit_that_was_called(run: Engine):
    assert run(day(Room(), [Person(0, patience=30)])).outcome.tolist() == [Outcome.SERVED]


# A visit


def test_the_draw_begins_when_tubes_and_patient_are_there(run: Engine):
    people = [Person(0, prepare=(10, 10)), Person(0, prepare=(40, 40))]
    assert seconds(run(day(Room(windows=2, approach=25), people)).drawn_us) == [25, 40]


def test_who_abandons_is_gone_when_the_draw_should_begin(run: Engine):
    course = run(day(Room(approach=25), [Person(0, abandons=True), Person(1)]))
    assert (course.outcome.tolist(), seconds(course.ended_us)) == ([Outcome.LEFT, Outcome.SERVED], [25, 110])
    assert seconds(course.drawn_us) == [None, 50]


def test_a_missed_call_holds_the_window_and_keeps_the_place_in_the_queue(run: Engine):
    people = [Person(0, missed=30, missed_back=100), Person(10), Person(90), Person(95)]
    course = run(day(Room(), people))
    assert seconds(course.called_us) == [170, 30, 100, 240]
    assert course.bumps.tolist() == [0, 0, 0, 0]


def test_a_return_is_counted_from_the_end_of_the_first_visit(run: Engine):
    people = [Person(0, again=1), Person(None, again=2, again_after=100), Person(None, again_after=120)]
    course = run(day(Room(), people))
    assert seconds(course.arrived_us) == [0, 170, 240]  # 70 + 120 would be before the second visit is over


def test_of_many_who_come_back_at_one_instant_the_lower_number_goes_first(run: Engine):
    """They are told to come back in another order than that of their numbers, and most of them have to wait."""
    numbers = [7, 2, 5, 0, 6, 3, 1, 4]
    people = [Person(0, prepare=(0, 0), draw=(10 + 10 * place,) * 2, again=8 + number) for place, number in enumerate(numbers)]
    returns = [Person(None, again_after=500 - 10 * numbers.index(number), prepare=(0, 0), draw=(30, 30)) for number in range(8)]
    course = run(day(Room(windows=8, more=((400, What.NURSES, 0, 1),)), [*people, *returns]))
    assert seconds(course.arrived_us[8:]) == [510] * 8
    assert seconds(course.called_us[8:]) == [510 + 30 * number for number in range(8)]


def test_a_lower_number_that_comes_at_the_same_instant_but_after_still_goes_first(run: Engine):
    """At 50 s visit 4 lines up, then 5, which takes no time and is followed at once by 3 of the same person."""
    nothing = {"prepare": (0, 0), "draw": (0, 0)}
    own = [Person(0, prepare=(0, 0), draw=(300, 300)), Person(10, again=4, **nothing), Person(10, again=5, **nothing)]
    returns = [Person(None, lane=0), Person(None, lane=0, again_after=40), Person(None, again_after=40, again=3, **nothing)]
    course = run(day(Room(windows=2), [*own, *returns]))
    assert seconds(course.arrived_us[3:]) == [50, 50, 50]
    assert seconds(course.called_us[3:]) == [300, 370, 50]


def test_who_left_does_not_come_back(run: Engine):
    course = run(day(Room(), [Person(0, again=1, abandons=True), Person(None)]))
    assert seconds(course.arrived_us) == [0, None]
    assert course.status == Status.DONE


def test_a_child_holds_its_window_until_a_second_nurse_is_free(run: Engine):
    course = run(day(Room(windows=2), [Person(0), Person(5, nurses=2), Person(75)]))
    assert (seconds(course.called_us), seconds(course.drawn_us)) == ([0, 5, 140], [10, 80, 150])
    assert course.window.tolist() == [0, 1, 0]


def test_a_second_child_is_not_called_while_one_waits_for_nurses(run: Engine):
    people = [Person(0), Person(0, draw=(100, 100)), Person(5, nurses=2), Person(6, nurses=2)]
    course = run(day(Room(windows=3), people))
    assert (seconds(course.called_us), seconds(course.drawn_us)) == ([0, 0, 5, 110], [10, 10, 80, 150])


def test_with_one_nurse_on_duty_one_is_enough_for_a_child(run: Engine):
    assert seconds(run(day(Room(), [Person(0, nurses=3)])).drawn_us) == [10]


# Bumps


def test_who_is_sent_back_keeps_the_place(run: Engine):
    course = run(day(Room(), [Person(0), Person(3)], [Trouble(at=0, up=(5,), down=(30,), **STOP_ITSELF)]))
    assert (seconds(course.called_us), course.bumps.tolist()) == ([35, 105], [1, 0])


def test_with_devices_a_draw_goes_on_though_the_window_stops(run: Engine):
    course = run(day(Room(), [Person(0), Person(3)], [Trouble(at=0, up=(20,), down=(100,), **STOP_ITSELF)]))
    assert (seconds(course.called_us), seconds(course.ended_us)) == ([0, 120], [70, 190])


def test_on_bare_windows_a_visit_goes_on_where_it_was_broken_off(run: Engine):
    course = run(day(Room(bare=True), [Person(0)], [Trouble(at=0, up=(20,), down=(30,), **STOP_ITSELF)]))
    assert (seconds(course.drawn_us), seconds(course.ended_us), course.bumps.tolist()) == ([50], [90], [1])


def test_a_child_who_waits_for_nurses_at_a_window_that_stops_goes_elsewhere(run: Engine):
    stop = Trouble(at=1, up=(20,), down=(300,), **STOP_ITSELF)
    course = run(day(Room(windows=2), [Person(0), Person(5, nurses=2)], [stop]))
    assert (seconds(course.called_us), course.window.tolist(), course.bumps.tolist()) == ([0, 70], [0, 0], [0, 1])


def test_two_causes_at_one_window_both_have_to_be_over(run: Engine):
    troubles = [Trouble(at=0, up=(5,), down=(30,), **STOP_ITSELF), Trouble(at=0, up=(10,), down=(90,), **STOP_ITSELF)]
    course = run(day(Room(), [Person(0)], troubles))
    assert seconds(course.called_us) == [100]
    assert rows(course.log, 1, Track.BLOCKED) == [(5, 0, Track.BLOCKED, 1), (100, 0, Track.BLOCKED, 0)]


# Windows and nurses


def test_closing_lets_who_is_at_the_window_be_served(run: Engine):
    room = Room(more=((20, What.CLOSE, 0, 0), (200, What.OPEN, 0, 0)))
    assert seconds(run(day(room, [Person(0), Person(5)])).ended_us) == [70, 270]


def test_no_nurse_walks_away_from_a_patient(run: Engine):
    course = run(day(Room(windows=2, more=((20, What.NURSES, 0, 1),)), [Person(0), Person(0), Person(5), Person(6)]))
    assert (seconds(course.ended_us), course.window.tolist()) == ([70, 70, 140, 210], [0, 1, 0, 0])


def test_a_shift_counts_from_the_first_event_of_its_instant(run: Engine):
    course = run(day(Room(windows=2, nurses=1, more=((70, What.NURSES, 0, 2),)), [Person(0), Person(5), Person(6)]))
    assert seconds(course.called_us) == [0, 70, 70]


def test_the_fallback_opens_while_a_window_is_blocked_and_closes_after_its_patient(run: Engine):
    room = Room(windows=1, fallback=True, nurses=1)
    person = Person(30, prepare=(10, 50), draw=(60, 90))
    course = run(day(room, [person], [Trouble(at=0, up=(20,), down=(30,), **STOP_ITSELF)]))
    assert (seconds(course.ended_us), course.window.tolist()) == ([170], [1])
    assert rows(course.log, 1, Track.OPEN) == [(0, 0, Track.OPEN, 1), (20, 1, Track.OPEN, 1), (170, 1, Track.OPEN, 0)]


def test_what_stops_every_window_leaves_the_fallback(run: Engine):
    room = Room(windows=2, fallback=True, nurses=2)
    person = Person(0, prepare=(30, 50), draw=(60, 90))
    course = run(day(room, [person], [Trouble(up=(20,), down=(500,), **STOP_ITSELF)]))
    assert (seconds(course.ended_us), course.window.tolist()) == ([160], [2])
    assert course.bumps.tolist() == [2]  # the second window is stopped after the first: it had just called


# Jams and slow devices


def test_a_jam_sends_the_patient_elsewhere_and_the_nurse_clears_it(run: Engine):
    course = run(day(Room(windows=2), [Person(0, jam=Jam.NURSE, jam_at=4, jam_nurse=20)]))
    assert (seconds(course.called_us), seconds(course.drawn_us), course.window.tolist()) == ([4], [14], [1])
    assert rows(course.log, 1, Track.BLOCKED) == [(4, 0, Track.BLOCKED, 1), (24, 0, Track.BLOCKED, 0)]
    assert rows(course.jobs, 3) == []


def test_a_jam_that_the_nurse_cannot_clear_is_the_engineers(run: Engine):
    course = run(day(Room(windows=2, load=200), [Person(0, jam=Jam.ENGINEER, jam_at=4, jam_nurse=20, jam_engineer=100)]))
    assert rows(course.log, 1, Track.BLOCKED) == [(4, 0, Track.BLOCKED, 1), (124, 0, Track.BLOCKED, 0)]
    assert rows(course.jobs, 3) == [(24, 24, 124, 0, 2)]


def test_a_slow_cause_lengthens_the_preparations_that_begin_while_it_lasts(run: Engine):
    slow = Trouble(kind=Cause.SLOW, up=(5,), down=(45,), slow=20, itself=True)
    course = run(day(Room(windows=3), [Person(0), Person(6), Person(60)], [slow]))
    assert seconds(course.drawn_us) == [10, 36, 70]


def test_a_slow_cause_everywhere_leaves_the_fallback_alone(run: Engine):
    troubles = [Trouble(at=0, up=(1,), down=(500,), **STOP_ITSELF), Trouble(kind=Cause.SLOW, up=(1,), down=(500,), slow=20, itself=True)]
    assert seconds(run(day(Room(fallback=True), [Person(5)], troubles)).drawn_us) == [15]


# Engineers


def test_the_engineer_is_called_so_long_after_the_stop(run: Engine):
    course = run(day(Room(), [Person(0)], [Trouble(at=0, up=(5,), down=(100,), call=40)]))
    assert rows(course.jobs, 3) == [(45, 45, 145, 0, 0)]
    assert (seconds(course.stopped_us[0]), seconds(course.restored_us[0])) == ([5, None], [145, None])


def test_two_engineers_work_at_once_and_the_lower_number_goes_first(run: Engine):
    troubles = [Trouble(at=window, up=(10 + 10 * window,), down=(100,)) for window in range(3)]
    course = run(day(Room(windows=3, engineers=2, load=300), [], troubles))
    assert rows(course.jobs, 3) == [(10, 10, 110, 0, 0), (20, 20, 120, 1, 1), (30, 110, 210, 0, 2)]


def test_the_more_urgent_job_is_begun_first_and_then_the_one_asked_for_first(run: Engine):
    troubles = [Trouble(at=window, up=(10 + window,), down=(100,), urgency=(0, 3, 3, 1)[window]) for window in range(4)]
    course = run(day(Room(windows=4, load=500), [], troubles))
    assert [row[4] for row in rows(course.jobs, 3)] == [0, 3, 1, 2]


def test_who_goes_off_duty_finishes_and_who_comes_begins_what_waits(run: Engine):
    troubles = [Trouble(at=window, up=(10,), down=(100,)) for window in range(2)]
    more = ((20, What.ENGINEERS, 0, 0), (300, What.ENGINEERS, 0, 2))
    course = run(day(Room(windows=2, load=500, more=more), [], troubles))
    assert rows(course.jobs, 3) == [(10, 10, 110, 0, 0), (10, 300, 400, 0, 1)]


def test_the_next_trouble_of_a_cause_is_counted_from_the_end_of_the_last(run: Engine):
    course = run(day(Room(load=500), [], [Trouble(at=0, up=(10, 50), down=(100, 200))]))
    assert seconds(course.stopped_us[0]) == [10, 160, None]
    assert seconds(course.restored_us[0]) == [110, 360, None]


# Supplies


def test_what_is_low_is_refilled_while_the_window_goes_on(run: Engine):
    people = [Person(0, need=3), Person(5, need=3), Person(6, need=3)]
    course = run(day(Room(level=10, capacity=10, low=4), people))
    assert (seconds(course.called_us), rows(course.jobs, 3)) == ([0, 70, 140], [(70, 70, 170, 0, 0)])
    assert rows(course.log, 1, Track.STOCKOUT) == []


def test_a_window_that_is_empty_waits_for_the_refill(run: Engine):
    course = run(day(Room(level=2, capacity=10), [Person(0, need=3)]))
    assert (seconds(course.called_us), rows(course.jobs, 3)) == ([100], [(0, 0, 100, 0, 0)])
    stock_out = [row for row in rows(course.log, 1) if row[2] in (Track.STOCKOUT, Track.BLOCKED)]
    assert stock_out == [(0, 0, Track.STOCKOUT, 1), (0, 0, Track.BLOCKED, 1), (100, 0, Track.BLOCKED, 0)]


def test_somebody_whom_an_empty_window_cannot_serve_goes_to_the_next(run: Engine):
    course = run(day(Room(windows=2, level=5, capacity=5), [Person(0, need=4), Person(0, need=1), Person(80, need=2), Person(81, need=1)]))
    assert course.window.tolist() == [0, 1, 1, 1]  # the first has 1 left; blocked, it calls nobody, though one tube would be there


def test_a_refill_that_waits_becomes_urgent_when_the_window_is_empty(run: Engine):
    troubles = [Trouble(at=1, up=(1,), down=(200,)), Trouble(kind=Cause.SLOW, at=1, up=(10,), down=(50,), urgency=3)]
    course = run(day(Room(windows=2, level=4, capacity=4, low=1), [Person(5, need=3), Person(6, need=3)], troubles))
    assert rows(course.jobs, 3)[:2] == [(1, 1, 201, 0, 0), (5, 201, 301, 0, 2)]


def test_a_day_with_too_few_refills_drawn_says_so(run: Engine):
    people = [Person(0, need=3), Person(1, need=3), Person(2, need=3)]
    assert run(day(Room(level=3, capacity=3, refill=(100,)), people)).status == Status.REFILLS_DRAWN


def test_a_refill_that_was_not_drawn_matters_only_when_it_is_begun(run: Engine):
    people = [Person(0, need=3), Person(1, need=3), Person(2, need=3, patience=400)]
    course = run(day(Room(level=3, capacity=3, refill=(100,), more=((180, What.ENGINEERS, 0, 0),)), people))
    assert (course.status, course.outcome.tolist()) == (Status.DONE, [Outcome.SERVED, Outcome.SERVED, Outcome.LEFT])
    assert rows(course.log, 1, Track.STOCKOUT) == [(70, 0, Track.STOCKOUT, 1), (240, 0, Track.STOCKOUT, 1)]


def test_a_cause_with_too_few_draws_says_so(run: Engine):
    workload = day(Room(load=1000), [], [Trouble(at=0, up=(10,), down=(5,))])
    too_few = workload._replace(up_us=workload.up_us[:, :1].copy(), down_us=workload.down_us[:, :1].copy())
    assert run(too_few).status == Status.CAUSES_DRAWN


# The belt


def test_a_window_whose_tray_is_full_calls_nobody_until_the_belt_has_taken_some(run: Engine):
    people = [Person(at, tubes=3, belt=100, way=20) for at in (0, 1, 2)]
    course = run(day(Room(tray=5), people))
    assert seconds(course.called_us) == [0, 70, 170]
    assert seconds(course.received_us) == [190, 290, 390]
    assert rows(course.log, 1, Track.BLOCKED)[:2] == [(140, 0, Track.BLOCKED, 1), (170, 0, Track.BLOCKED, 0)]


def test_a_tray_that_all_tubes_of_the_day_fill_is_full(run: Engine):
    course = run(day(Room(tray=2), [Person(0, tubes=2, belt=50)]))
    assert rows(course.log, 1, Track.BLOCKED) == [(70, 0, Track.BLOCKED, 1), (120, 0, Track.BLOCKED, 0)]


def test_of_two_who_came_at_the_instant_at_which_a_window_is_free_twice_the_higher_priority_goes_first(run: Engine):
    """The tray is emptied after both have come; whoever waited before them is called then, and takes no time."""
    quick = Person(80, priority=9, prepare=(0, 0), draw=(0, 0))
    course = run(day(Room(tray=1), [Person(0, tubes=1, belt=30), quick, Person(100), Person(100, priority=5)]))
    assert seconds(course.called_us) == [0, 100, 170, 100]


def test_tubes_wait_while_the_belt_stands(run: Engine):
    belt = Trouble(kind=Cause.BELT, up=(50,), down=(200,), itself=True)
    assert seconds(run(day(Room(), [Person(0, tubes=3, belt=10, way=20)], [belt])).received_us) == [280]


def test_what_is_being_loaded_when_the_belt_stops_is_loaded_to_the_end(run: Engine):
    belt = Trouble(kind=Cause.BELT, up=(75,), down=(200,), itself=True)
    assert seconds(run(day(Room(), [Person(0, tubes=3, belt=10, way=20)], [belt])).received_us) == [100]


def test_the_belt_runs_when_nothing_stops_it_any_more(run: Engine):
    belts = [Trouble(kind=Cause.BELT, up=(up,), down=(100,), itself=True) for up in (50, 60)]
    assert seconds(run(day(Room(), [Person(0, tubes=3, belt=10)], belts)).received_us) == [170]


# The end


def test_the_day_lasts_as_long_as_people_may_come(run: Engine):
    assert run(day(Room(load=100), [Person(0)])).end_us == 100_000_000


def test_the_day_lasts_until_the_last_patient_is_through(run: Engine):
    course = run(day(Room(load=100, more=((90, What.NURSES, 0, 1), (200, What.NURSES, 0, 0))), [Person(50)]))
    assert (course.end_us, course.status) == (120_000_000, Status.DONE)


def test_the_day_lasts_until_the_belt_is_empty(run: Engine):
    assert run(day(Room(), [Person(0, tubes=1, belt=500)])).end_us == 570_000_000


def test_a_day_that_is_broken_off_says_so_and_what_happens_at_that_instant_still_counts(run: Engine):
    early, late = run(day(Room(end=69), [Person(0)])), run(day(Room(end=70), [Person(0), Person(80)]))
    assert (early.status, early.end_us, seconds(early.ended_us)) == (Status.UNFINISHED, 69_000_000, [None])
    assert (late.status, seconds(late.ended_us), seconds(late.arrived_us)) == (Status.UNFINISHED, [70, None], [0, None])


def test_people_for_whom_nothing_is_left_to_happen_are_there_at_the_end(run: Engine):
    course = run(day(Room(nurses=0), [Person(0)]))
    assert (course.status, course.end_us, course.outcome.tolist()) == (Status.UNFINISHED, 36_000_000_000, [Outcome.WAITING])


def test_without_a_window_everybody_waits(run: Engine):
    course = run(day(Room(windows=0, end=100), [Person(50)]))
    assert (course.status, seconds(course.arrived_us), course.outcome.tolist()) == (Status.UNFINISHED, [50], [Outcome.WAITING])


def test_a_day_without_anybody_is_a_day(run: Engine):
    course = run(day(Room(load=60), []))
    assert (course.status, course.end_us) == (Status.DONE, 60_000_000)


def test_events_are_counted_and_those_at_one_instant_too():
    assert counted(day(Room(load=60), []))[1] == (3, 2)
