"""Feedback and its follow-up (C2.2.2): terms, counts by month, and the monthly round of asking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caixue.errors import UsageError
from caixue.units import US_PER_DAY
from tests.caixue.ops.learning_bench import PEOPLE, LearningBench


@pytest.fixture
def bench() -> LearningBench:
    return LearningBench()


def received(bench: LearningBench, sort: str = "complaint", giver: str = "nurse-1") -> str:
    return bench.feedback.receive(sort, "window-3", "标签歪", giver=giver, by="engineer-1")[0].subject


def test_a_person_of_the_site_brings_their_role_along(bench: LearningBench) -> None:
    assert bench.feedback.sheets.named(received(bench)).values["role"] == "nurse"


def test_a_patient_stays_nameless(bench: LearningBench) -> None:
    bench.feedback.receive("wish", "waiting", "等得久", role="patient", by="engineer-1")
    with pytest.raises(UsageError):
        bench.feedback.receive("wish", "waiting", "等得久", role="patient", giver="nurse-1", by="engineer-1")
    assert [event.data.get("giver") for event in bench.journal.events] == [None]


def test_a_complaint_is_not_closed_without_an_answer_but_praise_may_be(bench: LearningBench) -> None:
    number, praise = received(bench), received(bench, "praise")
    with pytest.raises(UsageError):
        bench.feedback.close(number, True, by="engineer-1")
    bench.feedback.close(praise, True, by="engineer-1")
    bench.feedback.answer(number, "已调整", by="engineer-1")
    bench.feedback.close(number, True, by="engineer-1")
    assert not bench.feedback.waiting()


def test_what_was_changed_names_the_change_request_or_the_incident(bench: LearningBench) -> None:
    number = received(bench)
    bench.feedback.improve(number, "换了打印头", reference="incident-0007", by="engineer-1")
    assert bench.feedback.sheets.named(number).values["reference"] == "incident-0007"


@pytest.mark.parametrize(("extra_us", "late"), [(0, []), (1, ["answer"])], ids=["at the end of the term", "a microsecond later"])
def test_a_complaint_is_answered_within_three_days(bench: LearningBench, extra_us: int, late: list[str]) -> None:
    received(bench)
    bench.clock.advance_to(3 * US_PER_DAY + extra_us)
    assert [one.what for one in bench.feedback.overdue()] == late


def test_an_answered_complaint_is_closed_within_30_days_and_praise_needs_no_answer(bench: LearningBench) -> None:
    number, _ = received(bench), received(bench, "praise")
    bench.feedback.answer(number, "已调整", by="engineer-1")
    bench.clock.advance_to(30 * US_PER_DAY)
    assert not bench.feedback.overdue()
    bench.clock.advance_to(30 * US_PER_DAY + 1)
    assert [one.what for one in bench.feedback.overdue()] == ["close", "close"]


def test_what_is_taken_up_again_has_new_terms(bench: LearningBench) -> None:
    number = received(bench)
    bench.feedback.answer(number, "已调整", by="engineer-1")
    bench.feedback.close(number, False, by="engineer-1")
    bench.on("2027-03-01").feedback.reopen(number, "又歪了", by="engineer-1")
    assert not bench.feedback.overdue() and [sheet.number for sheet in bench.feedback.waiting()] == [number]
    assert bench.on("2027-03-05").feedback.overdue()[0].what == "answer"


def test_each_month_counts_what_happened_in_it(bench: LearningBench) -> None:
    number = received(bench)
    received(bench, "wish")
    bench.feedback.collect(["nurse"], "meeting", by="engineer-1")
    bench.feedback.answer(number, "已调整", by="engineer-1")
    bench.on("2026-12-01").feedback.close(number, False, by="engineer-1")
    november, december = bench.feedback.months()
    assert (november.month, november.received, november.answered, november.surveys) == (
        "2026-11",
        {"complaint": 1, "wish": 1, "praise": 0},
        1,
        1,
    )
    assert (december.month, december.unsatisfied, december.satisfied, sum(december.received.values())) == ("2026-12", 1, 0, 0)


def test_a_month_ends_at_midnight_in_shanghai(bench: LearningBench) -> None:
    bench.clock.advance_to(int(timedelta(days=7, hours=12) / timedelta(microseconds=1)) - 1)  # 2026-11-30T23:59:59.999999
    received(bench)
    bench.clock.advance_to(bench.clock.now_us + 1)
    received(bench)
    assert [month.month for month in bench.feedback.months()] == ["2026-11", "2026-12"]


def test_every_month_without_a_round_asks_for_one_over_new_year_too(bench: LearningBench) -> None:
    assert bench.feedback.months_without_survey() == ["2026-11"]
    bench.feedback.collect(["nurse-1", "head"], "in-person", by="engineer-1")
    assert bench.feedback.months_without_survey() == []
    assert bench.on("2027-01-01").feedback.months_without_survey() == ["2026-12", "2027-01"]


def test_feedback_names_the_round_in_which_it_was_said(bench: LearningBench) -> None:
    with pytest.raises(UsageError):
        bench.feedback.receive("wish", "tray", "托盘再大些", giver="nurse-1", survey="1", by="engineer-1")
    bench.feedback.collect(["nurse"], "meeting", by="engineer-1")
    bench.feedback.receive("wish", "tray", "托盘再大些", giver="nurse-1", survey="1", by="engineer-1")
    assert bench.feedback.sheets.named("1").values["survey"] == "survey-0001"


@pytest.mark.parametrize("asked", [[], ["", "nurse"]])
def test_a_round_names_who_was_asked(bench: LearningBench, asked: list[str]) -> None:
    with pytest.raises(UsageError):
        bench.feedback.collect(asked, "meeting", by="engineer-1")
    assert not bench.journal.events


def test_a_book_that_reads_the_journal_later_knows_the_same(bench: LearningBench) -> None:
    bench.feedback.answer(received(bench), "已调整", by="engineer-1")
    bench.feedback.collect(["nurse"], "meeting", by="engineer-1")
    later = type(bench.feedback)(bench.recorder, PEOPLE, bench.journal)
    assert (later.sheets.sheets, later.surveys.sheets) == (bench.feedback.sheets.sheets, bench.feedback.surveys.sheets)
