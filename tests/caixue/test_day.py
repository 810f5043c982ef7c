"""The day record, and the journal folded into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import US_PER_S
from caixue.day import NEVER, DayRecord, Labels, Outcome, Patients, WindowTrack, busy_from_patients, problems
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import Folder, fold
from caixue.folding.visits import VisitFold
from caixue.intervals import intervals
from caixue.measures.patients import waits_us
from tests.caixue.random_days import BASIS, days, script

BUMPED = script(
    (0, "record.started", "site", {"windows": ["window-1", "window-2"]}),
    (10, "patient.arrived", "patient-1", {"class": "elderly", "priority": 1}),
    (20, "patient.called", "patient-1", {"window": "window-1"}),
    (30, "patient.bumped", "patient-1", {"window": "window-1", "reason": "device"}),
    (70, "patient.called", "patient-1", {"window": "window-2"}),
    (75, "draw.started", "patient-1", {"window": "window-2"}),
    (90, "patient.served", "patient-1", {"window": "window-2"}),
)


def s(seconds: float) -> int:
    return round(seconds * US_PER_S)


def keeps_count(day: DayRecord, events: list[Event]) -> bool:
    """One wait for each patient served: number of waits = patients served = distinct people served."""
    served = [event.subject for event in events if event.kind == "patient.served"]
    ids = day.patients.only(day.patients.outcome == Outcome.SERVED).id.tolist()
    return len(waits_us(day, BASIS)) == len(served) == len(set(ids)) == len(ids)


@given(days())
def test_nobody_vanishes(events: list[Event]) -> None:
    people = fold(events).patients
    arrived = [event.subject for event in events if event.kind == "patient.arrived"]
    counts = [int((people.outcome == outcome).sum()) for outcome in Outcome]
    assert people.id.tolist() == arrived
    assert sum(counts) == len(arrived)
    assert problems(fold(events)) == []


@given(days())
def test_every_patient_served_has_one_wait_however_often_bumped(events: list[Event]) -> None:
    assert keeps_count(fold(events), events)


def test_a_fold_that_counts_a_bumped_patient_twice_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    class CountsEveryCall(VisitFold):
        """The planted mistake: the call that came to nothing stays as a wait of its own."""

        def _bump(self, event: Event) -> None:
            in_vain = dict(self._latest[event.subject], ended_us=event.at_us, outcome=Outcome.SERVED)
            super()._bump(event)
            self._rows.append(in_vain)

    assert keeps_count(fold(BUMPED), BUMPED)
    monkeypatch.setattr("caixue.folding.VisitFold", CountsEveryCall)
    assert not keeps_count(fold(BUMPED), BUMPED)
    assert problems(fold(BUMPED)) == ["2 rows for 1 visits"]


def test_a_bumped_patient_waits_until_the_last_call() -> None:
    people = fold(BUMPED).patients
    assert (people.arrived_us[0], people.called_us[0], people.draw_start_us[0], people.ended_us[0]) == (s(10), s(70), s(75), s(90))
    assert (people.bumps[0], people.window[0], people.class_[0], people.priority[0]) == (1, "window-2", "elderly", 1)


def test_a_window_is_busy_from_call_to_bump_and_from_call_to_end() -> None:
    busy = {window.name: window.busy.tolist() for window in fold(BUMPED).windows}
    assert busy == {"window-1": [[s(20), s(30)]], "window-2": [[s(70), s(90)]]}


@given(days(), st.data())
def test_the_day_asked_for_at_any_instant_is_the_fold_of_the_events_so_far(events: list[Event], data: st.DataObject) -> None:
    asked = set(data.draw(st.lists(st.integers(0, len(events) - 1), max_size=5)))
    folder = Folder()
    for place, event in enumerate(events):
        folder.add(event)
        if place in asked:
            assert folder.day() == fold(events[: place + 1])
    assert folder.day() == fold(events)


@given(days())
def test_what_only_a_twin_can_know_and_unknown_kinds_change_nothing(events: list[Event]) -> None:
    strangers = [Event(0, 10**12, "twin.fault-fired", "f"), Event(0, events[-1].at_us, "coffee.made", "x")]
    assert fold([*events, *strangers]) == fold(events)


@given(days())
def test_states_of_windows_are_the_spans_between_their_events(events: list[Event]) -> None:
    end_us = events[-1].at_us
    for window in fold(events).windows:
        changes = [event for event in events if event.subject == window.name and event.kind in ("window.blocked", "window.restored")]
        ends = [event.at_us for event in changes if event.kind == "window.restored"] + [end_us]
        starts = [event.at_us for event in changes if event.kind == "window.blocked"]
        assert window.blocked.tolist() == [[a, b] for a, b in zip(starts, ends, strict=False) if a < b]


def test_a_state_reported_twice_is_one_span() -> None:
    events = script((1, "window.blocked", "w"), (2, "window.blocked", "w"), (3, "window.restored", "w"), (4, "window.restored", "w"))
    assert fold(events).windows[0].blocked.tolist() == [[s(1), s(3)]]


def test_being_served_twice_is_a_contradiction_and_no_second_visit() -> None:
    events = [*BUMPED, *script((95, "patient.served", "patient-1", {"window": "window-2"}))]
    day = fold(events)
    assert len(day.patients) == 1
    assert problems(day) == ["seq 0: patient.served patient-1: the visit is over"]


def test_a_patient_who_comes_back_later_has_a_second_visit() -> None:
    day = fold([*BUMPED, *script((3600, "patient.arrived", "patient-1", {"class": "timed"}))])
    assert day.patients.id.tolist() == ["patient-1", "patient-1"]
    assert day.patients.outcome.tolist() == [Outcome.SERVED, Outcome.WAITING]
    assert problems(day) == []


def test_a_journal_that_begins_in_the_middle_keeps_the_people_it_finds() -> None:
    day = fold(script((5, "patient.served", "patient-9", {"window": "window-1"})))
    assert day.patients.id.tolist() == ["patient-9"]
    assert day.patients.arrived_us.tolist() == [NEVER]
    assert len(waits_us(day, BASIS)) == 0


def test_a_labels_life_is_kept_with_the_first_time_of_each_step() -> None:
    steps = ("created", "sent", "printed", "applied", "verified", "handed-over", "drawn", "received")
    rows = [
        (place, f"label.{step}", "L1", {"window": "window-1", "patient": "p1", "tube": "edta-purple"}) for place, step in enumerate(steps)
    ]
    labels = fold(script(*rows, (99, "label.received", "L1"))).labels
    kept = [labels.created_us, labels.applied_us, labels.verified_us, labels.handed_over_us, labels.drawn_us, labels.received_us]
    assert [int(column[0]) for column in kept] == [s(0), s(3), s(4), s(5), s(6), s(7)]
    assert (labels.state[0], labels.kind[0], labels.patient[0], labels.window[0]) == ("received", "edta-purple", "p1", "window-1")


@pytest.mark.parametrize(
    ("events", "column"),
    [
        pytest.param([(2, "label.handed-over", "L1", {"patient": "p2"})], "crossed", id="handed to another patient"),
        pytest.param([(2, "label.drawn", "L1", {"patient": "p2"})], "crossed", id="drawn from another patient"),
        pytest.param([(2, "specimen.rejected", "L1", {"reason": "crossed"})], "crossed", id="the laboratory says crossed"),
        pytest.param([(2, "label.created", "L1", {"patient": "p1"})], "duplicate", id="serial used again"),
        pytest.param([(2, "specimen.rejected", "L1", {"reason": "duplicate"})], "duplicate", id="the laboratory says duplicate"),
        pytest.param([(2, "specimen.rejected", "L1", {"reason": "unverified"})], "unverified", id="the laboratory says unverified"),
    ],
)
def test_a_wrong_label_is_marked(events: list[tuple[float, str, str, dict[str, object]]], column: str) -> None:
    labels = fold(script((1, "label.created", "L1", {"patient": "p1"}), *events)).labels
    marked = [name for name in ("crossed", "duplicate", "unverified") if getattr(labels, name)[0]]
    assert marked == [column]


def test_an_incident_keeps_its_times_its_classes_and_its_part() -> None:
    data = {
        "device": "d",
        "window": "w",
        "class": "一般",
        "occurred_us": s(1),
        "reported_us": None,
        "detected_us": s(5),
        "symptom": "no-read",
    }
    events = script(
        (5, "incident.opened", "i1", data),
        (6, "incident.merged", "i1", {"device": "d", "symptom": "call", "reported_us": s(6)}),
        (7, "incident.acknowledged", "i1"),
        (8, "incident.reclassified", "i1", {"class": "较大", "reason": "window lost", "deadline_us": s(900)}),
        (9, "incident.on-site", "i1"),
        (10, "incident.diagnosed", "i1", {"cause": "head"}),
        (20, "incident.restored", "i1", {"part": "label-print-head"}),
        (30, "incident.closed", "i1"),
    )
    incident = fold(events).incidents[0]
    times = (incident.occurred_us, incident.detected_us, incident.reported_us, incident.acknowledged_us, incident.on_site_us)
    assert times == (s(1), s(5), s(6), s(7), s(9))
    assert (incident.diagnosed_us, incident.restored_us, incident.closed_us) == (s(10), s(20), s(30))
    assert [(spell.from_us, spell.class_, spell.deadline_us) for spell in incident.history] == [
        (s(5), "一般", NEVER),
        (s(8), "较大", s(900)),
    ]
    assert (incident.class_, incident.part, incident.drill) == ("较大", "label-print-head", False)


def test_the_engineers_time_and_stockouts_are_kept_and_open_work_ends_with_the_record() -> None:
    events = script(
        (1, "engineer.started", "engineer-1", {"task": "repair", "incident": "i1"}),
        (4, "engineer.finished", "engineer-1", {"task": "repair", "incident": "i1"}),
        (5, "engineer.started", "engineer-1", {"task": "refill", "incident": None}),
        (6, "consumable.stockout", "window-1.tube-dispenser", {"item": "edta-purple"}),
    )
    day = fold(events)
    assert [(spell.task, spell.start_us, spell.end_us) for spell in day.engineer_spells] == [("repair", s(1), s(4)), ("refill", s(5), s(6))]
    assert [(out.device, out.item, out.at_us) for out in day.stockouts] == [("window-1.tube-dispenser", "edta-purple", s(6))]


def test_every_call_for_a_porter_is_kept_and_what_he_takes_is_no_call() -> None:
    call, left = ("porter.called", "window-3", {"tubes": 20}), ("porter.left", "window-3", {"tubes": 26})
    assert fold(script((5, *call), (9, *left), (30, *call))).porter_calls_us == (s(5), s(30))


def test_opening_hours_that_the_record_names_hold_even_when_no_window_opens() -> None:
    events = script((0, "record.started", "site", {"windows": 2, "opening": [[0, s(50)]]}), (40, "record.ended", "site"))
    day = fold(events)
    assert day.opening.tolist() == [[0, s(40)]]
    assert [window.name for window in day.windows] == ["window-1", "window-2"]


def test_without_named_hours_the_room_is_open_while_any_window_is() -> None:
    tracks = (WindowTrack("a", open=intervals([(0, 5)])), WindowTrack("b", open=intervals([(3, 9)])))
    assert DayRecord(20, windows=tracks).opening.tolist() == [[0, 9]]


def test_columns_that_an_engine_leaves_out_hold_their_defaults() -> None:
    people = Patients.of(id=["p1", "p2"], arrived_us=[1, 2])
    assert people.called_us.tolist() == [NEVER, NEVER]
    assert people.class_.tolist() == ["adult", "adult"]
    assert len(Labels.of()) == 0


@pytest.mark.parametrize("columns", [{"id": ["p1"], "arrived_us": [1, 2]}, {"name": ["p1"]}], ids=["unequal", "unknown"])
def test_columns_that_do_not_fit_are_refused(columns: dict[str, list[object]]) -> None:
    with pytest.raises(UsageError):
        Patients.of(**columns)


@given(days())
def test_an_engine_gets_the_same_busy_spans_from_its_columns_when_nobody_is_bumped(events: list[Event]) -> None:
    bumped = {event.subject for event in events if event.kind == "patient.bumped"}
    day = fold(event for event in events if event.subject not in bumped)
    for window in day.windows:
        assert sorted(busy_from_patients(day.patients, window.name, day.end_us).tolist()) == sorted(window.busy.tolist())


@given(days())
def test_two_records_are_equal_exactly_when_every_column_is(events: list[Event]) -> None:
    day = fold(events)
    assert day == fold(events)
    assert day != fold([*events, *script((10**5, "patient.arrived", "somebody-new"))])
