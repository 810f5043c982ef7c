"""The figures of a day, against counting by hand and second by second."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SHANGHAI, US_PER_S
from caixue.day import NEVER, ClassSpell, DayRecord, EngineerSpell, Incident, Labels, Outcome, Patients, Stockout, WindowTrack
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import Folder, fold
from caixue.intervals import Intervals, intervals
from caixue.measures.incidents import breached_at_us
from caixue.measures.statistics import nearest_rank
from caixue.metrics import FIGURES, Basis, Value, figure_value, figures
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.random_days import BASIS, days, script

pytestmark = pytest.mark.usefixtures("english")

SHORT = replace(BASIS, usable_within_us=30 * US_PER_S, windows_required=3, slot_us=60 * US_PER_S, load_us=200 * US_PER_S)
STEMS = {
    "patient": "count served left",
    "patient.wait": "mean p50 p90 p95 max",
    "patient.stay": "mean p50 p90 p95 max",
    "queue.length": "mean max by_slot",
    "window.busy": "share",
    "window.usable": "min mean",
    "window.staffed": "min mean",
    "window": "usable down.minutes below_eight.minutes",
    "tube": "labelled voided",
    "label": "crossed duplicate unverified",
    "incident": "count",
    "incident.response": "mean max",
    "incident.repair": "mean max",
    "incident.detect": "mean max",
    "engineer.busy": "share",
    "specimen.transport": "mean p95",
}
AT_LEAST = [f"{stem}.{end}" for stem, ends in STEMS.items() for end in ends.split()]
AT_LEAST += ["fault.rate", "collection.per_window_h", "sla.breaches", "consumable.stockouts", "throughput.per_h"]


def s(seconds: float) -> int:
    return round(seconds * US_PER_S)


def spans(*pairs: tuple[float, float]) -> Intervals:
    return intervals([(s(start), s(end)) for start, end in pairs])


def value(day: DayRecord, name: str, where: str = "", basis: Basis = BASIS) -> Value:
    return figure_value(day, basis, name, where)


# ---- the catalogue


def test_the_catalogue_holds_every_figure_that_tools_rely_on() -> None:
    assert set(AT_LEAST) <= set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_what_it_is_in_both_languages(name: str) -> None:
    row = FIGURES[name]
    assert row.name == name and row.zh and row.en and row.definition
    assert row.zh == row.zh.encode("gbk", errors="ignore").decode("gbk")


def test_a_day_on_which_nothing_is_known_has_no_samples_rather_than_good_figures() -> None:
    nothing = figures(DayRecord(0), BASIS)
    counts = {name for name, figure in nothing.items() if figure == 0}
    assert list(nothing) == list(FIGURES)
    assert counts == {
        *("patient.count", "patient.served", "patient.left", "tube.labelled", "tube.voided", "incident.count", "sla.breaches"),
        "consumable.stockouts",
        "porter.calls",
        "arrival.breaches",
    }
    assert all(nothing[name] is None for name in FIGURES if name not in counts)


@given(days())
def test_every_figure_is_a_finite_number_a_list_of_them_or_none(events: list[Event]) -> None:
    for each in figures(fold(events), SHORT).values():
        assert each is None or all(
            type(number) is float and math.isfinite(number) for number in (each if isinstance(each, list) else [each])
        )


def test_an_unknown_figure_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'patient\.wait\.p90'"):
        value(DayRecord(0), "patient.wate.p90")


# ---- statistics


@given(st.lists(st.integers(0, 10**12), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_sample_that_reaches_its_share(samples: list[int], percent: int) -> None:
    ranked = sorted(samples)
    expected = next(each for place, each in enumerate(ranked, 1) if place * 100 >= percent * len(ranked))
    assert nearest_rank(np.array(samples, dtype=np.int64), percent) == expected


def test_times_are_whole_microseconds_turned_into_seconds_once() -> None:
    people = Patients.of(id=["a", "b"], arrived_us=[0, 0], called_us=[1, 2], ended_us=[5, 5], outcome=[Outcome.SERVED] * 2)
    day = DayRecord(9, people)
    assert value(day, "patient.wait.mean") == 1.5e-6
    assert value(day, "patient.wait.max") == 2e-6


# ---- patients and the queue


BUMPED = script(
    (0, "window.opened", "window-1"),
    (10, "patient.arrived", "patient-1", {"class": "elderly", "priority": 1}),
    (20, "patient.called", "patient-1", {"window": "window-1"}),
    (30, "patient.bumped", "patient-1", {"window": "window-1", "reason": "device"}),
    (40, "patient.arrived", "patient-2", {"class": "adult", "priority": 0}),
    (70, "patient.called", "patient-1", {"window": "window-1"}),
    (90, "patient.served", "patient-1", {"window": "window-1"}),
    (95, "patient.left", "patient-2", {"reason": "patience"}),
    (100, "window.closed", "window-1"),
)


def test_the_wait_of_a_bumped_patient_counts_once_and_runs_to_the_last_call() -> None:
    day = fold(BUMPED)
    assert (value(day, "patient.count"), value(day, "patient.served"), value(day, "patient.left")) == (2, 1, 1)
    assert value(day, "patient.wait.mean") == value(day, "patient.wait.max") == 60
    assert value(day, "patient.stay.mean") == 80


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("class == elderly", 1),
        ("class != elderly", 1),
        ("class == 'elderly' and priority == 0", 0),
        ("priority == 1", 1),
        ("window == window-1", 1),
        ("", 2),
    ],
)
def test_where_chooses_patients(where: str, count: int) -> None:
    assert value(fold(BUMPED), "patient.count", where) == count


def naive_queue(events: list[Event], at_us: int) -> int:
    """People in the queue at an instant, by asking of each: arrived, and the last call or leaving still to come?"""
    waiting = 0
    for patient in {event.subject for event in events if event.kind == "patient.arrived"}:
        own = [event for event in events if event.subject == patient]
        arrived_us = own[0].at_us
        calls = [place for place, event in enumerate(own) if event.kind == "patient.called"]
        bumps = [place for place, event in enumerate(own) if event.kind == "patient.bumped"]
        lasting = [place for place in calls if not bumps or place > max(bumps)]
        out = [own[place].at_us for place in lasting] or [event.at_us for event in own if event.kind == "patient.left"]
        waiting += arrived_us <= at_us and (not out or at_us < out[0])
    return waiting


@settings(max_examples=40)
@given(days(most=25))
def test_the_queue_is_what_counting_heads_every_second_gives(events: list[Event]) -> None:
    day = fold(events)
    heads = [naive_queue(events, s(second)) for second in range(day.end_us // US_PER_S)]
    padded = heads + [0] * 200
    slots = [padded[start : min(start + 60, 200)] for start in range(0, 200, 60)]
    assert value(day, "queue.length.mean") == (pytest.approx(sum(heads) / len(heads)) if heads else None)
    assert value(day, "queue.length.max") == max(heads, default=None)
    assert value(day, "queue.length.by_slot", basis=SHORT) == [pytest.approx(sum(slot) / len(slot)) for slot in slots]


@given(days())
def test_the_mean_queue_is_the_sum_of_all_waiting_over_the_length_of_the_day(events: list[Event]) -> None:
    """Little's law, with those who left and those still waiting."""
    day = fold(events)
    people = day.patients
    out = np.where(people.called_us != NEVER, people.called_us, np.where(people.ended_us != NEVER, people.ended_us, day.end_us))
    assert day.end_us == 0 or value(day, "queue.length.mean") == int((out - people.arrived_us).sum()) / day.end_us


# ---- windows


def naive_usable(events: list[Event], day: DayRecord, at_us: int, within_us: int) -> int:
    """Usable windows at an instant: those that no long block covers; a block that the record does not end is long."""
    usable = 0
    for window in day.windows:
        changes = [event for event in events if event.subject == window.name and event.kind in ("window.blocked", "window.restored")]
        lost = False
        for begin, end in zip(changes[::2], [*changes[1::2], None], strict=False):
            long = end is None or end.at_us - begin.at_us > within_us or end.at_us >= day.end_us
            lost = lost or (long and begin.at_us <= at_us < (day.end_us if end is None else end.at_us))
        usable += not lost
    return usable


def without_touching_blocks(events: list[Event]) -> bool:
    """No window is blocked again in the very instant in which it was restored."""
    marks = [(event.subject, event.at_us) for event in events if event.kind in ("window.blocked", "window.restored")]
    return len(marks) == len(set(marks))


@settings(max_examples=60)
@given(days().filter(without_touching_blocks))
def test_usable_windows_and_the_time_below_the_required_number_are_those_of_every_second(events: list[Event]) -> None:
    day = fold(events)
    opening = [second for second in range(day.end_us // US_PER_S) if any(a <= s(second) < b for a, b in day.opening.tolist())]
    usable = [naive_usable(events, day, s(second), SHORT.usable_within_us) for second in opening]
    clocks = [naive_clock(incident, day.end_us) for incident in day.incidents]
    below = [at for at, count in zip(opening, usable, strict=True) if count < 3 and not any(a <= s(at) < b for a, b in clocks)]
    assert value(day, "window.usable.min", basis=SHORT) == min(usable, default=None)
    assert value(day, "window.usable.mean", basis=SHORT) == (pytest.approx(sum(usable) / len(usable)) if usable else None)
    assert value(day, "window.down.minutes", basis=SHORT) == (sum(3 - count for count in usable) if opening else None)
    assert value(day, "window.below_eight.minutes", basis=SHORT) == (len(below) if opening else None)


def naive_clock(incident: Incident, end_us: int) -> tuple[int, int]:
    started_us = incident.detected_us if incident.reported_us == NEVER else min(incident.reported_us, incident.detected_us)
    return started_us, min(started_us + s(1800), end_us if incident.restored_us == NEVER else incident.restored_us)


def room(*blocked: Intervals, incidents: tuple[Incident, ...] = (), end: float = 7200) -> DayRecord:
    """Eight windows open and staffed for two hours, blocked as given."""
    whole = spans((0, 7200))
    tracks = [
        WindowTrack(f"window-{number + 1}", whole, whole, blocked[number] if number < len(blocked) else spans()) for number in range(8)
    ]
    return DayRecord(s(end), windows=tuple(tracks), incidents=incidents)


@pytest.mark.parametrize(
    ("blocked_s", "lost_s"),
    [pytest.param(600, 0, id="ten minutes are within the reading"), pytest.param(600.000001, 600.000001, id="a microsecond more is not")],
)
def test_a_window_back_within_ten_minutes_was_usable(blocked_s: float, lost_s: float) -> None:
    day = room(spans((1000, 1000 + blocked_s)))
    assert value(day, "window.down.minutes") == value(day, "window.below_eight.minutes") == lost_s
    assert value(day, "window.usable.min") == (7 if lost_s else 8)


def test_a_window_that_is_not_back_when_the_record_ends_was_not_usable() -> None:
    assert value(room(spans((7100, 7200))), "window.down.minutes") == 100


def test_minutes_below_eight_count_only_outside_an_incident_that_is_inside_its_clock() -> None:
    late = Incident("i1", class_="一般", opened_us=s(1060), detected_us=s(1060), restored_us=s(4000))
    day = room(spans((1000, 4000)), incidents=(late,))
    assert value(day, "window.down.minutes") == 3000
    assert value(day, "window.below_eight.minutes") == 60 + (4000 - 2860)  # before it was detected, and after its 30 minutes


def test_a_drill_excuses_nothing_and_counts_nowhere() -> None:
    drill = Incident("i1", class_="一般", opened_us=0, detected_us=0, drill=True)
    day = room(spans((1000, 2000)), incidents=(drill,))
    assert value(day, "window.below_eight.minutes") == 1000
    assert (value(day, "incident.count"), value(day, "sla.breaches"), value(day, "incident.repair.max")) == (0, 0, None)


def test_usable_now_gives_a_window_ten_minutes_before_it_is_lost() -> None:
    folder = Folder()
    for event in script((0, "record.started", "site", {"windows": 8}), (100, "window.blocked", "window-3")):
        folder.add(event)
    assert value(folder.day(s(700)), "window.usable") == 8
    assert value(folder.day(s(701)), "window.usable") == 7
    folder.add(Event(2, s(702), "window.restored", "window-3"))
    assert value(folder.day(s(703)), "window.usable") == 8


def test_a_manual_station_never_stands_in_for_a_window_that_is_lost() -> None:
    events = script(
        (0, "record.started", "site", {"windows": 8, "opening": [[0, s(2000)]]}),
        (100, "window.blocked", "window-3"),
        (110, "window.staffed", "manual-1"),
        (2000, "record.ended", "site"),
    )
    day = fold(events)
    assert len(day.windows) == 9
    assert (value(day, "window.usable.min"), value(day, "window.usable"), value(day, "window.below_eight.minutes")) == (7, 7, 1900)


def test_usable_and_staffed_are_two_figures() -> None:
    day = DayRecord(s(100), windows=(WindowTrack("a", spans((0, 100)), spans((0, 50))), WindowTrack("b", spans((0, 100)), spans())))
    assert (value(day, "window.usable.min"), value(day, "window.staffed.min")) == (2, 0)
    assert (value(day, "window.usable.mean"), value(day, "window.staffed.mean")) == (2, 0.5)


def test_busy_share_is_over_staffed_open_time_only() -> None:
    track = WindowTrack("a", open=spans((0, 100)), staffed=spans((50, 200)), busy=spans((40, 60), (90, 110)))
    assert value(DayRecord(s(200), windows=(track,)), "window.busy.share") == (10 + 10) / 50


def test_throughput_and_collection_are_per_hour_of_the_room_and_of_a_staffed_window() -> None:
    people = Patients.of(id=list("abc"), arrived_us=[0] * 3, called_us=[1] * 3, ended_us=[s(900), s(1800), NEVER], outcome=[1, 1, 0])
    tracks = tuple(WindowTrack(name, spans((0, 3600)), spans((0, 3600))) for name in ("a", "b"))
    day = DayRecord(s(3600), people, windows=tracks)
    assert value(day, "throughput.per_h") == 4  # two in the half hour until the last was served
    assert value(day, "collection.per_window_h") == 1


# ---- incidents


INCIDENTS = (
    Incident("i1", "window-1.label-printer", "window-1", "一般", (), "", s(10), s(0), s(30), s(10), on_site_us=s(70), restored_us=s(610)),
    Incident("i2", "window-2.host", "window-2", "较大", (), "", s(20), NEVER, s(20), NEVER, on_site_us=s(140), restored_us=s(2420)),
    Incident("i3", "window-1.host", "window-1", "一般", (), "", s(50), s(20), NEVER, s(50), restored_us=s(60)),
)


@pytest.mark.parametrize(
    ("name", "where", "expected"),
    [
        ("incident.count", "", 3),
        ("incident.count", "window == window-1", 2),
        ("incident.response.mean", "", 90),  # i3 was restored without a visit
        ("incident.response.max", "class == 一般", 60),
        ("incident.repair.max", "", 2400),
        ("incident.repair.max", "class == 一般", 600),
        ("incident.repair.mean", "class == 一般", 305),
        ("incident.repair.max", "device == window-1.host", 10),
        ("incident.repair.max", "class == 重大", None),
        ("incident.detect.mean", "", 20),
        ("incident.detect.max", "", 30),
        ("sla.breaches", "", 0),
    ],
)
def test_figures_of_incidents_count_from_the_first_of_reported_and_detected(name: str, where: str, expected: float | None) -> None:
    assert value(DayRecord(s(7200), incidents=INCIDENTS), name, where) == expected


def test_an_incident_still_open_counts_with_its_time_so_far() -> None:
    waiting = Incident("i1", class_="一般", opened_us=0, detected_us=0)
    day = DayRecord(s(2000), incidents=(waiting,))
    assert value(day, "incident.response.max") == value(day, "incident.repair.max") == 2000
    assert value(day, "sla.breaches") == 1


@pytest.mark.parametrize(("repaired_s", "breaches"), [(1800, 0), (1800.000001, 1)], ids=["exactly 30 min", "a microsecond more"])
def test_thirty_minutes_are_in_time_and_a_microsecond_more_is_not(repaired_s: float, breaches: int) -> None:
    incident = Incident("i1", class_="一般", opened_us=0, detected_us=0, restored_us=s(repaired_s))
    assert value(DayRecord(s(9000), incidents=(incident,)), "sla.breaches") == breaches


@pytest.mark.parametrize(
    ("history", "breached_s"),
    [
        pytest.param([(0, "一般"), (1900, "较大")], 1800, id="a passed deadline never moves"),
        pytest.param([(0, "一般"), (1700, "较大")], None, id="a larger class in time has the longer clock"),
        pytest.param([(0, "较大"), (2500, "一般")], 2500, id="a smaller class takes effect when it is given"),
        pytest.param([(0, "较大"), (60, "一般")], 1800, id="a smaller class given early"),
        pytest.param([(0, "较大"), (3500, "一般")], None, id="a class given after the repair"),
    ],
)
def test_a_class_holds_from_when_it_is_given(history: list[tuple[int, str]], breached_s: float | None) -> None:
    spells = tuple(ClassSpell(s(at), class_) for at, class_ in history)
    incident = Incident("i1", history=spells, opened_us=0, detected_us=0, restored_us=s(3000))
    assert breached_at_us(incident, BASIS, s(9000)) == (None if breached_s is None else s(breached_s))


def test_a_deadline_named_in_the_journal_goes_before_the_contracts() -> None:
    incident = Incident("i1", history=(ClassSpell(0, "一般", s(100)),), opened_us=0, detected_us=0, restored_us=s(200))
    assert breached_at_us(incident, BASIS, s(9000)) == s(100)


@pytest.mark.parametrize(("reading", "start_s"), [("first of reported and detected", 10), ("reported", 30), ("detected", 10)])
def test_the_clock_starts_as_the_site_reads_it(reading: str, start_s: float) -> None:
    day = DayRecord(s(7200), incidents=INCIDENTS[:1])
    assert value(day, "incident.repair.max", basis=replace(BASIS, clock_starts=reading)) == 610 - start_s


def test_fault_rate_is_incidents_per_thousand_tubes_labelled() -> None:
    day = DayRecord(s(7200), labels=Labels.of(serial=["1", "2", "3", "4"], applied_us=[1, 2, NEVER, 3]), incidents=INCIDENTS)
    assert value(day, "fault.rate") == 1000
    assert value(day, "fault.rate", "class == 较大") == pytest.approx(1000 / 3)


def test_the_engineers_share_counts_opening_hours_and_each_instant_once() -> None:
    spells = (
        EngineerSpell("e1", "a", "", s(0), s(1000)),
        EngineerSpell("e1", "b", "", s(500), s(1500)),
        EngineerSpell("e1", "c", "", s(7000), s(9000)),
    )
    day = replace(room(end=9000), engineer_spells=spells)
    assert value(day, "engineer.busy.share") == 1700 / 7200
    assert value(day, "engineer.busy.share", basis=replace(BASIS, engineers=2)) == 1700 / 14400


def test_stockouts_are_counted() -> None:
    assert value(DayRecord(1, stockouts=(Stockout("d", "edta-purple", 0),) * 3), "consumable.stockouts") == 3


def test_porter_calls_are_counted() -> None:
    assert value(DayRecord(9, porter_calls_us=(1, 2, 2)), "porter.calls") == 3


def test_the_sites_readings_and_the_contracts_deadlines_reach_the_figures() -> None:
    start_at = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
    basis = Basis.of(Deadlines.of(load_site("eight-window")), start_at, slot_us=s(1800), engineers=1)
    assert basis.deadline_us("一般", s(60)) == s(1860)
    assert (basis.deadline_us("较大", 0) or 0) > s(86_400)
    assert basis.deadline_us("", 0) is None
    assert (basis.usable_within_us, basis.windows_required, basis.slot_us, basis.engineers) == (s(600), 8, s(1800), 1)


# ---- labels


def test_labels_wrong_in_each_way_are_counted_apart() -> None:
    labels = Labels.of(
        serial=["good", "never", "late", "by-lab", "crossed", "twice", "void"],
        kind=["serum-yellow"] * 6 + ["edta-purple"],
        applied_us=[1] * 7,
        verified_us=[2, NEVER, 9, 2, 2, 2, NEVER],
        handed_over_us=[3, 3, 3, 3, 3, 3, NEVER],
        drawn_us=[s(10)] * 6 + [NEVER],
        received_us=[s(100), s(20), NEVER, s(30), s(40), s(50), NEVER],
        voided_us=[NEVER] * 6 + [5],
        crossed=[False] * 4 + [True, False, False],
        duplicate=[False] * 5 + [True, False],
        unverified=[False] * 3 + [True] + [False] * 3,
    )
    day = DayRecord(s(200), labels=labels)
    assert [value(day, f"label.{kind}") for kind in ("crossed", "duplicate", "unverified")] == [1, 1, 3]
    assert (value(day, "tube.labelled"), value(day, "tube.voided")) == (7, 1)
    assert (value(day, "specimen.transport.mean"), value(day, "specimen.transport.p95")) == (38, 90)
    assert (value(day, "label.crossed", "kind == edta-purple"), value(day, "label.crossed", "kind == esr-black")) == (0, None)


# ---- where


@pytest.mark.parametrize(
    ("figure", "where", "hint"),
    [
        ("incident.repair.max", "clas == 一般", "did you mean 'class'"),
        ("incident.repair.max", "class = 一般", "write it like"),
        ("incident.repair.max", "class == 一般 or window == window-1", "write it like"),
        ("incident.repair.max", "priority == 1", "known: class, device, window"),
        ("queue.length.mean", "class == adult", "whole room"),
    ],
)
def test_a_where_that_does_not_fit_its_figure_is_refused_with_a_hint(figure: str, where: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        value(DayRecord(0), figure, where)


def test_a_figure_that_the_record_cannot_tell_is_none_whatever_its_columns_hold() -> None:
    known = DayRecord(US_PER_S, labels=Labels.of(serial=["1"]))
    blind = replace(known, unknown=frozenset({"label.crossed"}))
    assert (figure_value(known, BASIS, "label.crossed"), figure_value(blind, BASIS, "label.crossed")) == (0.0, None)
    assert figures(blind, BASIS) == {**figures(known, BASIS), "label.crossed": None}
