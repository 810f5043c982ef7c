"""Where an entry belongs in time, what several corrections of one entry come to, and what a later cut-off leaves alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.events import Event
from caixue.months.corrections import Late
from caixue.months.rows import Value
from caixue.ops.accounting import Period
from caixue.ops.closing import canonical
from caixue.ops.forms.improvement import FORM
from caixue.ops.sheets import Sheets
from tests.caixue.months.closing_bench import DECEMBER, NOVEMBER, OCTOBER, PEOPLE, START, YEAR, Bench

PLAN = {"what": "spare print heads", "why": "two stock-outs", "person": "engineer-1", "due": "2027-02-01"}


def us(*moment: int) -> int:
    """Microseconds from the record's start to a moment."""
    return (datetime(*moment, tzinfo=SHANGHAI) - START) // timedelta(microseconds=1)


def corrected(bench: Bench, entry: Event, right: object) -> Event:
    return bench.note("entry.corrected", f"entry-{entry.seq}", reason="typed wrong", right=json.dumps(right))


def both(bench: Bench, figure: str) -> tuple[Value, Value]:
    """A figure of October and of November, looked at in December."""
    bench.at(12, 1)
    return bench.months.figures(OCTOBER).value(figure), bench.months.figures(NOVEMBER).value(figure)


# when a thing belongs


def test_a_day_of_attendance_that_is_noted_after_the_month_counts_into_its_own_month():
    bench = Bench().at(11, 2)
    bench.note("attendance.opened", "attendance-0001", person="engineer-1", day="2026-10-31", came_us=us(2026, 10, 31, 7))
    assert both(bench, "attendance.days") == ({"engineer-1": 1}, {})


def test_a_leave_that_is_granted_afterwards_counts_into_the_months_in_which_it_lay():
    bench = Bench().at(11, 2)
    bench.note("leave.granted", "engineer-1", from_us=us(2026, 10, 31), until_us=us(2026, 11, 1, 12), substitute="engineer-2", reason="ill")
    assert both(bench, "leave.hours") == ({"engineer-1": 24.0}, {"engineer-1": 12.0})


def test_a_leave_granted_after_the_cut_off_is_a_late_entry_of_its_month():
    bench = Bench().at(11, 2).signed().at(11, 3)
    bench.note("leave.granted", "engineer-1", from_us=us(2026, 10, 31), until_us=us(2026, 11, 1), substitute="engineer-2", reason="ill")
    (late,) = bench.at(12, 1).months.figures(NOVEMBER).corrections
    assert late.effect == {"leave.hours": ({}, {"engineer-1": 24.0})}


def test_feedback_that_was_reopened_is_open():
    bench = Bench().at(10, 5)
    for step in ("opened", "answered", "closed", "reopened"):
        bench.note(f"feedback.{step}", "feedback-0001")
    assert both(bench, "feedback.open") == (1, 1)


def test_an_item_that_was_read_again_counts_once_by_what_came_of_it():
    bench = Bench().at(10, 5)
    for state in ("UNKNOWN", "OK"):
        bench.note("inspection.read", "inspection-2026-10", item="cpu", state=state)
    assert (both(bench, "inspection.items")[0], both(bench, "inspection.state")[0]) == (1, {"OK": 1})


# the plan of a year


def closed_year() -> tuple[Bench, Sheets]:
    """All months of 2026 are signed, on 4 January."""
    bench = Bench().at(12, 2).signed(OCTOBER).signed(NOVEMBER).at(1, 4, year=2027).signed(DECEMBER)
    return bench, Sheets(FORM, bench.recorder, PEOPLE, bench.journal)


def test_what_is_planned_in_january_for_the_year_that_is_over_stands_in_its_report():
    bench, plan = closed_year()
    plan.open(by="engineer-1", year=2026, **PLAN)
    bench.drafted(YEAR)
    reports = bench.months.closings.of(YEAR).reports
    assert reports is not None and reports["C6.4"]["improvement.open"] == {"value": 1}


def test_a_plan_that_was_dropped_is_no_plan_of_the_year():
    bench, plan = closed_year()
    plan.open(by="engineer-1", year=2026, **PLAN)
    plan.take("dropped", "1", by="engineer-1", reason="no money")
    bench.months.cut_off(YEAR, by="engineer-1")
    with pytest.raises(UsageError, match="improve"):
        bench.months.draft(YEAR, by="engineer-1")


# several corrections


@pytest.fixture
def day() -> tuple[Bench, Event]:
    """A day of October with its numbers."""
    bench = Bench().at(10, 12)
    return bench, bench.note("day.counted", "room", date="2026-10-12", tubes=1000, served=300, patients=310)


def test_a_second_correction_leaves_standing_what_the_first_one_said_of_something_else(day: tuple[Bench, Event]):
    bench, entry = day
    for right in ({"tubes": 900, "served": 280}, {"served": 290}):
        corrected(bench, entry, right)
    assert both(bench, "tube.labelled")[0] == 900
    assert both(bench, "patient.served")[0] == 290


def test_a_correction_that_should_not_be_there_corrects_nothing(day: tuple[Bench, Event]):
    bench, entry = day
    corrected(bench, corrected(bench, entry, {"tubes": 9}), None)
    assert both(bench, "tube.labelled")[0] == 1000


def test_a_correction_that_was_itself_wrong_can_be_put_right(day: tuple[Bench, Event]):
    bench, entry = day
    corrected(bench, corrected(bench, entry, {"tubes": 9}), {"right": '{"tubes": 990}'})
    assert both(bench, "tube.labelled")[0] == 990


def test_a_late_correction_of_a_correction_is_listed_with_the_month_of_the_entry(day: tuple[Bench, Event]):
    bench, entry = day
    wrong = corrected(bench.at(11, 1), entry, {"tubes": 9})
    bench.at(11, 2).signed()
    corrected(bench, wrong, None)
    (late,) = bench.at(12, 1).months.figures(NOVEMBER).corrections
    assert (late.period, late.effect["tube.labelled"]) == (OCTOBER, (9, 1000))


def test_an_incident_that_should_never_have_been_opened_goes_with_all_that_was_noted_about_it():
    bench = Bench().at(10, 12)
    bench.incident(1)
    opened = bench.journal.events[-1]
    for step in ("acknowledged", "on-site", "restored", "closed"):
        bench.note(f"incident.{step}", "incident-0001")
    corrected(bench, opened, None)
    assert [both(bench, name)[0] for name in ("incident.count", "sla.restored", "response.count", "repair.closed")] == [0, {}, 0, 0]


@pytest.mark.parametrize("effect", [{}, {"power.lost": (0, 1)}], ids=["that change nothing", "that change a figure"])
def test_a_month_can_be_closed_whatever_a_spool_brought_over_late(effect: dict[str, tuple[Value, Value]]):
    bench = Bench().at(11, 2)
    event = bench.note("power.lost", "mains", device="ups")
    many = tuple(Late(OCTOBER, replace(event, seq=10_000 + number), effect, readable=True) for number in range(5000))
    report = replace(bench.months.figures(OCTOBER), corrections=many).reports()
    assert report["C6.3"]["late"] == 5000 and len(canonical(report)) < 50_000


# a month that is cut off again


def test_a_signed_month_stays_as_it_was_when_the_one_before_it_is_cut_off_again():
    bench = Bench().at(11, 2).drafted()
    bench.months.closings.reject(OCTOBER, reason="a day is missing", by="head-1")
    bench.at(11, 20).note("day.counted", "room", date="2026-10-09", tubes=700)
    signed = bench.at(12, 2).signed(NOVEMBER).months.closings.of(NOVEMBER).reports
    assert signed is not None and signed["C6.3"]["corrections"] == ["2026-10 3"]
    bench.months.cut_off(OCTOBER, by="engineer-1")
    assert bench.months.figures(NOVEMBER).reports() == signed
    assert bench.months.figures(OCTOBER).value("tube.labelled") == 700


# limits


@pytest.mark.parametrize(("late_us", "missed"), [(0, 0), (1, 1)], ids=["on the limit", "after it"])
def test_who_comes_on_the_very_limit_is_not_late(late_us: int, missed: int):
    bench = Bench().at(10, 12)
    bench.incident(1)
    bench.clock.at += timedelta(seconds=300, microseconds=late_us)
    bench.note("incident.on-site", "incident-0001")
    bench.note("call.received", "call-0001", rang_us=us(2026, 10, 12, 9), answered_us=us(2026, 10, 12, 9) + 300_000_000 + late_us)
    assert (both(bench, "response.late")[0], both(bench, "call.late")[0]) == (missed, missed)


@pytest.mark.parametrize(
    ("period", "terms"),
    [
        (
            Period(2026, 9),
            ["2026-10-09", "2026-10-10", "2026-10-13"],
        ),  # after the holidays of 1 to 7 October; Saturday the 10th is made up for
        (Period(2026), ["2027-01-08", "2027-01-15", "2027-01-22"]),
    ],
    ids=str,
)
def test_the_terms_are_working_days_after_the_end_of_a_month_and_of_a_year(period: Period, terms: list[str]):
    from tests.caixue.months.closing_bench import SITE

    assert [period.due(step, SITE.calendar).isoformat() for step in ("cut-off", "drafted", "signed")] == terms


def test_the_states_of_an_inspection_are_told_in_the_users_words():
    from caixue.months.catalogue import figure
    from caixue.months.printed import written

    assert written({"OK": 5, "UNKNOWN": 2}, figure("inspection.state")) == "正常 5, 未知 2"


def test_windows_are_whole_numbers_on_paper():
    from caixue.months.catalogue import figure
    from caixue.months.printed import written

    assert [written(value, figure("window.usable.min")) for value in (8.0, 7, None)] == ["8", "7", "-"]


def test_a_month_that_was_sent_back_may_be_cut_off_again_until_it_is_drafted():
    bench = Bench().at(11, 2).drafted()
    bench.months.closings.reject(OCTOBER, reason="a day is missing", by="head-1")
    for tubes in (700, 20):
        bench.note("day.counted", "room", date=f"2026-10-{tubes % 19 + 1:02d}", tubes=tubes)
        bench.months.cut_off(OCTOBER, by="engineer-1")
    bench.months.draft(OCTOBER, by="engineer-1")
    assert (bench.months.closings.of(OCTOBER).revision, bench.months.figures(OCTOBER).value("tube.labelled")) == (2, 720)


@pytest.mark.parametrize(
    ("begins", "listed"), [((2026, 12, 1), []), ((2026, 11, 30, 23, 59, 59, 999_999), [NOVEMBER])], ids=["midnight", "before"]
)
def test_a_late_entry_of_the_very_midnight_is_about_the_month_that_begins(begins: tuple[int, ...], listed: list[Period]):
    bench = Bench().at(12, 2).signed(OCTOBER).signed(NOVEMBER)
    bench.clock.at = datetime(*begins, tzinfo=SHANGHAI)
    bench.note("power.lost", "mains", device="ups")
    assert [late.period for late in bench.at(1, 4, year=2027).months.figures(DECEMBER).corrections] == listed


@pytest.mark.parametrize(
    ("begins", "listed"), [((2026, 12, 1), []), ((2026, 11, 1), [NOVEMBER])], ids=["of the month after", "of its first instant"]
)
def test_a_late_correction_is_listed_with_the_month_in_which_the_entry_stands(begins: tuple[int, ...], listed: list[Period]):
    bench = Bench()
    bench.clock.at = datetime(*begins, tzinfo=SHANGHAI)
    entry = bench.note("consumable.refilled", "window-1.label-printer", item="label-roll", quantity=30, lot="A1")
    bench.at(12, 2).signed(OCTOBER).signed(NOVEMBER)
    corrected(bench.at(12, 3), entry, {"quantity": 3})
    assert [late.period for late in bench.at(1, 4, year=2027).months.figures(DECEMBER).corrections] == listed


@pytest.mark.parametrize(
    ("right", "hours"),
    [({"window_h": 60.5}, 60.5), ({"window_h": "61"}, 60), ({"window_h": True}, 60), ({"windows_h": 61}, 60), ([61], 60)],
    ids=["a number of another sort", "words", "a flag", "an unknown key", "no mapping"],
)
def test_a_correction_puts_a_number_in_the_place_of_a_number_and_nothing_else(right: object, hours: float):
    bench = Bench().at(10, 12)
    corrected(bench, bench.note("day.counted", "room", date="2026-10-12", served=600, window_h=60), right)
    assert both(bench, "collection.per_window_h")[0] == pytest.approx(600 / hours, abs=1e-6)
