"""Clauses and deadlines: the contract's limits over real Chinese calendars, checked against a minute-by-minute oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.site import load_site
from caixue.sla import Deadlines, clause, clause_ids, severities
from caixue.workdays import day_kind

END_OF_DAY = Deadlines.of(load_site("eight-window"))
WORKING_HOURS = replace(END_OF_DAY, readings=replace(END_OF_DAY.readings, working_day="8 working hours"))
DAYS = {"较大": 1, "重大": 3}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def working_minutes(start: datetime, end: datetime) -> int:
    """How many minutes of shift lie between two moments, counted one by one: 06:30-12:00 and 15:00-17:30 on workdays."""
    count = 0
    while start < end:
        minute = start.hour * 60 + start.minute
        in_shift = 390 <= minute < 720 or 900 <= minute < 1050
        count += in_shift and day_kind(start.date()).works
        start += timedelta(minutes=1)
    return count


def test_the_contract_has_a_row_for_every_clause() -> None:
    expected = (
        "G1 G2 G3 G4 S1 S2 S3 S4 S5 S6 S7 C1 C2.1 C2.1.1 C2.1.2 C2.1.3 C2.1.4 C2.1.5 C2.2.1 C2.2.2 C2.2.3 C2.3.1 C2.3.2 C2.4 C3 C4 C5 "
        "C6.1 C6.2 C6.3 C6.4 R1 R2 R3 R4 R5.1 R5.2 R5.3 R5.4 R5.5 R5.6"
    )
    assert clause_ids() == tuple(expected.split())


def test_the_starred_clauses_are_those_that_allow_no_deviation() -> None:
    assert [clause_id for clause_id in clause_ids() if clause(clause_id).star] == ["R1", "R2", "R5.1", "R5.3", "R5.5"]


def test_every_clause_reads_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for clause_id in clause_ids():
        row = clause(clause_id)
        assert any("\u4e00" <= character <= "\u9fff" for character in row.zh)
        assert row.en
        assert not any("\u4e00" <= character <= "\u9fff" for character in row.en)
    monkeypatch.setenv("CAIXUE_LANG", "en")
    assert clause("R3").text == clause("R3").en


def test_an_unknown_clause_is_answered_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    with pytest.raises(UsageError, match=r"did you mean 'R5\.[1-6]'"):
        clause("R5.33")


@pytest.mark.parametrize("severity", severities())
def test_every_deadline_names_a_clause_of_the_contract(severity: str) -> None:
    assert END_OF_DAY.deadline(severity, at("2026-11-23T08:00")).clause in clause_ids()


@pytest.mark.parametrize(
    ("severity", "started", "due"),
    [
        ("一般", "2026-11-23T08:00", "2026-11-23T08:30"),
        ("一般", "2026-11-21T23:45", "2026-11-22T00:15"),
        ("response", "2026-11-23T08:00", "2026-11-23T08:05"),
        ("arrival", "2026-11-22T08:00", "2026-11-22T09:00"),
        ("较大", "2026-11-20T08:00", "2026-11-23T17:30"),
        ("较大", "2026-11-20T23:59", "2026-11-23T17:30"),
        ("较大", "2026-11-21T08:00", "2026-11-23T17:30"),
        ("重大", "2026-11-20T08:00", "2026-11-25T17:30"),
        ("较大", "2026-02-13T08:00", "2026-02-14T17:30"),
        ("较大", "2026-02-14T08:00", "2026-02-24T17:30"),
        ("重大", "2026-02-25T08:00", "2026-02-28T17:30"),
        ("较大", "2026-09-30T08:00", "2026-10-08T17:30"),
        ("重大", "2026-09-30T08:00", "2026-10-10T17:30"),
        ("重大", "2026-09-18T08:00", "2026-09-22T17:30"),
    ],
    ids=[
        "general: clock time",
        "general: past midnight",
        "immediate response",
        "on site",
        "Friday to Monday",
        "late Friday to Monday",
        "Saturday to Monday",
        "three days over a weekend",
        "make-up Saturday before Spring Festival",
        "over Spring Festival 2026",
        "make-up Saturday after Spring Festival",
        "over National Day 2026",
        "National Day and its make-up Saturday",
        "make-up Sunday before National Day",
    ],
)
def test_a_working_day_ends_with_the_shift_of_the_next_working_day(severity: str, started: str, due: str) -> None:
    deadline = END_OF_DAY.deadline(severity, at(started))
    assert (deadline.at, deadline.provisional) == (at(due), False)


@pytest.mark.parametrize(
    ("severity", "started", "due"),
    [
        ("较大", "2026-11-23T06:30", "2026-11-23T17:30"),
        ("较大", "2026-11-23T08:00", "2026-11-24T08:00"),
        ("较大", "2026-11-20T16:30", "2026-11-23T16:30"),
        ("较大", "2026-11-20T12:00", "2026-11-23T12:00"),
        ("较大", "2026-11-21T10:00", "2026-11-23T17:30"),
        ("重大", "2026-09-30T08:00", "2026-10-10T08:00"),
    ],
)
def test_eight_working_hours_count_only_hours_of_the_shift(severity: str, started: str, due: str) -> None:
    assert WORKING_HOURS.deadline(severity, at(started)).at == at(due)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3 * 365 * 1440 - 20 * 1440), st.sampled_from(["较大", "重大"]))
def test_working_hours_agree_with_counting_minute_by_minute(offset_minutes: int, severity: str) -> None:
    started = at("2024-01-01T00:00") + timedelta(minutes=offset_minutes)
    due = WORKING_HOURS.deadline(severity, started).at
    assert working_minutes(started, due) == DAYS[severity] * 480
    assert working_minutes(started, due - timedelta(minutes=1)) == DAYS[severity] * 480 - 1


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2026, 12, 20)), st.sampled_from(["较大", "重大"]))
def test_exactly_as_many_workdays_begin_after_the_incident_as_the_contract_gives(day: date, severity: str) -> None:
    due = END_OF_DAY.deadline(severity, datetime(day.year, day.month, day.day, 8, tzinfo=SHANGHAI)).at
    between = [day + timedelta(days=offset) for offset in range(1, (due.date() - day).days + 1)]
    assert sum(day_kind(one).works for one in between) == DAYS[severity]
    assert day_kind(due.date()).works


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000 * 1440), st.integers(0, 10 * 1440), st.sampled_from(severities()), st.sampled_from([END_OF_DAY, WORKING_HOURS]))
def test_a_later_start_never_gives_an_earlier_deadline(first: int, more: int, severity: str, engine: Deadlines) -> None:
    start = at("2024-01-01T00:00") + timedelta(minutes=first)
    assert engine.deadline(severity, start).at <= engine.deadline(severity, start + timedelta(minutes=more)).at


@pytest.mark.parametrize("engine", [END_OF_DAY, WORKING_HOURS], ids=["end of day", "working hours"])
def test_a_deadline_that_crosses_into_an_unpublished_year_is_provisional_and_says_so(
    engine: Deadlines, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadline = engine.deadline("重大", at("2026-12-30T08:00"))
    assert deadline.provisional
    assert deadline.at.year == 2027
    assert str(deadline).endswith("（暂定）")
    monkeypatch.setenv("CAIXUE_LANG", "en")
    assert str(deadline).endswith("(provisional)")


def test_the_last_workday_of_a_published_year_is_not_provisional() -> None:
    assert not END_OF_DAY.deadline("较大", at("2026-12-30T08:00")).provisional


def test_a_deadline_is_passed_only_after_its_very_instant() -> None:
    deadline = END_OF_DAY.deadline("一般", at("2026-11-23T08:00"))
    assert not deadline.passed(at("2026-11-23T08:30"))
    assert deadline.passed(at("2026-11-23T08:30") + timedelta(microseconds=1))


def test_the_same_moment_in_another_zone_has_the_same_deadline() -> None:
    started = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert END_OF_DAY.deadline("较大", started) == END_OF_DAY.deadline("较大", at("2026-11-21T01:00"))


def test_a_new_class_in_time_gives_the_new_deadline() -> None:
    started = at("2026-11-20T08:00")
    general = END_OF_DAY.deadline("一般", started)
    assert END_OF_DAY.reclassified(general, "较大", started, at("2026-11-20T08:20")) == END_OF_DAY.deadline("较大", started)


def test_a_passed_deadline_never_moves() -> None:
    started = at("2026-11-20T08:00")
    general = END_OF_DAY.deadline("一般", started)
    kept = END_OF_DAY.reclassified(general, "重大", started, at("2026-11-20T08:31"))
    assert kept == general
    assert kept.passed(at("2026-11-20T08:31"))


@pytest.mark.parametrize(
    ("severity", "started"),
    [("一船", at("2026-11-20T08:00")), ("一般", at("2026-11-20T08:00").replace(tzinfo=None))],
    ids=["unknown class", "no time zone"],
)
def test_a_question_without_an_answer_is_a_usage_error(severity: str, started: datetime) -> None:
    with pytest.raises(UsageError):
        END_OF_DAY.deadline(severity, started)
