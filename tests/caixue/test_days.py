"""A record of several days: its figures leave the nights out, and cut into days each day is what it would have been alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from caixue.day import Clinic
from caixue.days import split
from caixue.events import Event
from caixue.folding import fold
from caixue.metrics import figure_value, figures
from tests.caixue.random_days import BASIS, days, script

H = 3600
NIGHT_S = 20 * H


def one_of_several(events: list[Event], length_s: int) -> list[Event]:
    """The same day as the first of two, the second without anybody."""
    started, *rest = events
    begin = Event(1, 0, "day.started", "site", data={"date": "2026-11-23"})
    rows = [started, begin, *rest, *_day(length_s, NIGHT_S)]
    return [replace(event, seq=seq) for seq, event in enumerate(rows)]


def _day(ends_s: int, night_s: int) -> list[Event]:
    next_s = ends_s + night_s
    rows = ((ends_s, "day.ended", "2026-11-23"), (next_s, "day.started", "2026-11-24"), (next_s + H, "day.ended", "2026-11-24"))
    return [Event(0, at_s * 1_000_000, kind, "site", data={"date": date}) for at_s, kind, date in rows]


@given(days())
def test_a_day_cut_out_of_a_record_has_the_figures_that_it_has_alone(events: list[Event]) -> None:
    length_s = events[-1].at_us // 1_000_000 + 60
    [(clinic, first), (_, second)] = split(fold(one_of_several(events, length_s)))
    alone = fold([*events, Event(len(events), length_s * 1_000_000, "record.ended", "site")])
    numbers, same = figures(first, BASIS), figures(alone, BASIS)
    for told in ("queue.length.by_slot", "throughput.per_h"):  # these count from the opening of a day
        numbers.pop(told), same.pop(told)
    still_open = {"incident.repair.mean", "incident.repair.max", "incident.response.mean", "incident.response.max", "sla.breaches"}
    assert {name: value for name, value in numbers.items() if name not in still_open} == {
        name: value for name, value in same.items() if name not in still_open
    }
    assert clinic == Clinic("2026-11-23", 0, length_s * 1_000_000)
    assert (len(second.patients), second.incidents) == (0, ())


TWO_DAYS = script(
    (0, "record.started", "site", {"windows": ["window-1"], "opening": [[0, H * 10**6], [24 * H * 10**6, 25 * H * 10**6]]}),
    (0, "day.started", "site", {"date": "2026-11-23"}),
    (0, "window.opened", "window-1"),
    (0, "patient.arrived", "a"),
    (600, "patient.called", "a", {"window": "window-1"}),
    (1200, "patient.served", "a", {"window": "window-1"}),
    (1800, "incident.opened", "i-1", {"device": "window-1.label-printer", "class": "一般", "detected_us": 1800 * 10**6}),
    (1800, "window.blocked", "window-1", {"device": "window-1.label-printer"}),
    (3600, "window.closed", "window-1"),
    (3600, "day.ended", "site", {"date": "2026-11-23"}),
    (24 * H, "day.started", "site", {"date": "2026-11-24"}),
    (24 * H, "window.opened", "window-1"),
    (24 * H + 60, "window.restored", "window-1"),
    (24 * H + 60, "incident.restored", "i-1"),
    (24 * H + 100, "patient.arrived", "b"),
    (24 * H + 700, "patient.called", "b", {"window": "window-1"}),
    (24 * H + 1300, "patient.served", "b", {"window": "window-1"}),
    (25 * H, "window.closed", "window-1"),
    (25 * H, "day.ended", "site", {"date": "2026-11-24"}),
)


def test_figures_over_time_leave_the_nights_out() -> None:
    record = fold(TWO_DAYS)
    assert figure_value(record, BASIS, "queue.length.mean") == 1200 / 7200
    assert figure_value(record, BASIS, "queue.length.by_slot") == [1200 / 7200]
    assert figure_value(record, BASIS, "throughput.per_h") == 2 * 3600 / (1200 + 1300)


def test_an_incident_belongs_to_the_day_on_which_it_was_opened_with_its_whole_course() -> None:
    [(_, first), (_, second)] = split(fold(TWO_DAYS))
    assert figure_value(first, BASIS, "incident.repair.max") == 24 * H + 60 - 1800
    assert (second.incidents, [incident.id for incident in second.earlier]) == ((), ["i-1"])


def test_what_is_blocked_in_the_evening_is_blocked_in_the_morning() -> None:
    [(_, first), (_, second)] = split(fold(TWO_DAYS))
    assert first.windows[0].blocked.tolist() == [[1800 * 10**6, 3600 * 10**6]]
    assert second.windows[0].blocked.tolist() == [[0, 60 * 10**6]]


def test_a_record_that_names_no_days_has_none() -> None:
    assert split(fold(script((0, "patient.arrived", "a")))) == ()
