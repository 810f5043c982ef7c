"""Training until competent (C3): who may judge whom, how long a pass holds, and what is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.ops.competence import EXPIRING_DAYS, Competence, Standing, lacking
from caixue.ops.forms.training import FORM
from caixue.ops.topics import TOPICS
from caixue.roles import ROLES
from tests.caixue.ops.learning_bench import PEOPLE, LearningBench


@pytest.fixture
def bench() -> LearningBench:
    return LearningBench()


def standing(bench: LearningBench, person: str = "nurse-1", topic: str = "label-check") -> Competence:
    (found,) = [one for one in bench.training.competence() if (one.person, one.topic.name) == (person, topic)]
    return found


def test_new_people_lack_everything_that_their_post_needs(bench: LearningBench) -> None:
    found = bench.training.competence()
    assert {one.standing for one in found} == {Standing.NEVER}
    assert {one.topic.name for one in lacking(found) if one.person == "nurse-1"} == {t.name for t in TOPICS.values() if "nurse" in t.roles}


def test_who_passed_is_competent_for_as_long_as_the_topic_says(bench: LearningBench) -> None:
    bench.training.passed(bench.trained(), "95", "engineer-1", by="engineer-1")
    found = standing(bench)
    assert (found.competent, found.valid_until) == (True, date(2027, 11, 23))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-10-23", Standing.COMPETENT),
        ("2027-10-24", Standing.EXPIRING),
        ("2027-11-23", Standing.EXPIRING),
        ("2027-11-24", Standing.EXPIRED),
    ],
    ids=["31 days left", "30 days left", "the last day", "the day after"],
)
def test_the_last_day_of_validity_counts(bench: LearningBench, day: str, expected: Standing) -> None:
    bench.training.passed(bench.trained(), "95", "engineer-1", by="engineer-1")
    assert standing(bench.on(day)).standing is expected


def test_a_pass_of_29_february_ends_on_28_february() -> None:
    bench = LearningBench("2028-02-29")
    bench.training.passed(bench.trained(), "95", "engineer-1", by="engineer-1")
    assert standing(bench).valid_until == date(2029, 2, 28)


@pytest.mark.parametrize(("until", "fits"), [("2026-11-22", False), ("2026-11-23", True), ("2027-11-23", True), ("2027-11-24", False)])
def test_a_pass_is_valid_from_the_day_of_the_training_and_never_longer_than_the_topic_says(
    bench: LearningBench, until: str, fits: bool
) -> None:
    number = bench.trained()
    if fits:
        bench.training.passed(number, "95", "engineer-1", by="engineer-1", valid_until=date.fromisoformat(until))
        assert standing(bench).valid_until == date.fromisoformat(until)
        return
    with pytest.raises(UsageError, match="2027-11-23"):
        bench.training.passed(number, "95", "engineer-1", by="engineer-1", valid_until=date.fromisoformat(until))
    assert bench.training.sheets.named(number).state == "held"


@pytest.mark.parametrize(
    ("assessor", "by"),
    [("nurse-1", "engineer-1"), ("engineer-1", "nurse-1"), ("nurse-2", "nurse-2")],
    ids=["the trainee judges", "the trainee notes", "another nurse judges"],
)
@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_who_may_not_judge_does_not(bench: LearningBench, assessor: str, by: str, outcome: str) -> None:
    number = bench.trained()
    with pytest.raises(UsageError):
        getattr(bench.training, outcome)(number, "95", assessor, by=by)
    assert [event.kind for event in bench.journal.events] == ["training.opened", "training.held"]


def test_the_engineer_is_judged_by_the_maker_or_the_head_and_by_no_other_engineer(bench: LearningBench) -> None:
    number = bench.training.plan("engineer-1", "upkeep", "maker-1", date(2026, 11, 23), by="engineer-2")[0].subject
    bench.training.hold(number, date(2026, 11, 23), by="engineer-2")
    with pytest.raises(UsageError, match="厂家"):
        bench.training.passed(number, "95", "engineer-2", by="engineer-2")
    bench.training.passed(number, "95", "maker-1", by="engineer-2")
    assert standing(bench, "engineer-1", "upkeep").competent


def test_who_failed_goes_on_on_the_same_sheet_until_competent(bench: LearningBench) -> None:
    number = bench.trained()
    bench.training.failed(number, "40", "engineer-1", by="engineer-1")
    assert (standing(bench).standing, standing(bench).attempts) == (Standing.FAILED, 1)
    with pytest.raises(UsageError, match=number):
        bench.training.plan("nurse-1", "label-check", "engineer-1", date(2026, 12, 1), by="engineer-1")
    bench.on("2026-12-01").training.hold(number, date(2026, 12, 1), by="engineer-1")
    bench.training.passed(number, "90", "engineer-1", by="engineer-1")
    found = standing(bench)
    assert (found.competent, found.attempts, found.valid_until) == (True, 2, date(2027, 12, 1))


def test_the_last_judgement_decides_whatever_an_earlier_pass_says(bench: LearningBench) -> None:
    bench.training.passed(bench.trained(), "95", "engineer-1", by="engineer-1")
    again = bench.on("2026-12-01").trained()
    assert standing(bench).competent
    bench.training.failed(again, "30", "engineer-1", by="engineer-1")
    assert standing(bench).standing is Standing.FAILED


def test_a_training_is_not_held_before_its_day_and_not_before_the_attempt_that_it_repeats(bench: LearningBench) -> None:
    number = bench.training.plan("nurse-1", "label-check", "engineer-1", date(2026, 11, 24), by="engineer-1")[0].subject
    with pytest.raises(UsageError):
        bench.training.hold(number, date(2026, 11, 24), by="engineer-1")
    bench.on("2026-11-25").training.hold(number, date(2026, 11, 24), by="engineer-1")
    bench.training.failed(number, "40", "engineer-1", by="engineer-1")
    with pytest.raises(UsageError):
        bench.training.hold(number, date(2026, 11, 23), by="engineer-1")


def test_nobody_trains_themselves(bench: LearningBench) -> None:
    with pytest.raises(UsageError):
        bench.training.plan("engineer-1", "upkeep", "engineer-1", date(2026, 11, 24), by="engineer-1")
    assert not bench.journal.events


def test_who_was_not_there_gets_another_day(bench: LearningBench) -> None:
    number = bench.training.plan("nurse-1", "label-check", "engineer-1", date(2026, 11, 23), by="engineer-1")[0].subject
    bench.training.miss(number, "值班", date(2026, 12, 3), by="engineer-1")
    assert (bench.training.sheets.named(number).state, bench.training.sheets.named(number).values["planned"]) == ("opened", "2026-12-03")
    assert not [row for row in bench.training.due() if row.number == number]
    (row,) = [row for row in bench.on("2026-12-04").training.due() if row.number == number]
    assert (row.what, row.overdue) == ("hold", True)


def test_what_is_due_is_the_next_step_of_what_goes_on_and_a_plan_for_the_rest(bench: LearningBench) -> None:
    failed, held = bench.trained(), bench.trained("nurse-2")
    bench.training.failed(failed, "40", "engineer-1", by="engineer-1")
    due = {(row.person, row.topic.name): row.what for row in bench.training.due()}
    assert (due["nurse-1", "label-check"], due["nurse-2", "label-check"], due["nurse-2", "fault-report"]) == ("repeat", "assess", "plan")
    bench.training.passed(held, "95", "engineer-1", by="engineer-1")
    due = {(row.person, row.topic.name): (row.what, row.overdue) for row in bench.on("2027-11-23").training.due()}
    assert due["nurse-2", "label-check"] == ("renew", False)


def test_every_topic_is_needed_by_somebody_and_can_be_judged_by_another() -> None:
    for topic in TOPICS.values():
        assert topic.roles and set(topic.roles) < set(ROLES) and topic.months > 0
        assert all(set(topic.assessors) - {role} for role in topic.roles)


DAYS = st.integers(0, 800)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["plan", "hold", "pass", "fail", "miss", "wait"]), st.sampled_from(["nurse-1", "nurse-2", "engineer-1"]), DAYS
    ),
    max_size=25,
)


@given(ACTS)
def test_whatever_is_asked_for_competence_is_the_last_judgement_within_its_validity(acts: list[tuple[str, str, int]]) -> None:
    bench, topic = LearningBench(), "label-check"
    today, numbers, expected = date(2026, 11, 23), dict[str, str](), dict[str, date | None]()
    for act, person, days in acts:
        try:
            match act:
                case "plan":
                    numbers[person] = bench.training.plan(person, topic, "engineer-2", today, by="engineer-2")[0].subject
                case "hold":
                    bench.training.hold(numbers.get(person, "9"), today, by="engineer-2")
                case "pass":
                    event = bench.training.passed(numbers.get(person, "9"), "95", "head-1", by="engineer-2")[0]
                    expected[person] = date.fromisoformat(event.data["valid_until"])
                case "fail":
                    bench.training.failed(numbers.get(person, "9"), "40", "head-1", by="engineer-2")
                    expected[person] = None
                case "miss":
                    bench.training.miss(numbers.get(person, "9"), "病假", today, by="engineer-2")
                case _:
                    today += timedelta(days=days)
                    bench.on(str(today))
        except UsageError:
            pass
    for person in ("nurse-1", "nurse-2", "engineer-1"):
        until, found = expected.get(person), standing(bench, person)
        assert found.competent == (until is not None and today <= until)
        assert (found.standing is Standing.EXPIRING) == (until is not None and 0 <= (until - today).days <= EXPIRING_DAYS)


def test_a_book_that_reads_the_journal_later_knows_the_same(bench: LearningBench) -> None:
    bench.training.failed(bench.trained(), "40", "engineer-1", by="engineer-1")
    later = type(bench.training)(bench.recorder, PEOPLE, bench.journal)
    assert later.sheets.sheets == bench.training.sheets.sheets
    assert later.competence() == bench.training.competence()


def test_what_is_tried_is_noted_nowhere(bench: LearningBench) -> None:
    number = bench.training.trial().plan("nurse-1", "label-check", "engineer-1", date(2026, 11, 24), by="engineer-1")[0].subject
    assert number == f"{FORM.name}-0001"
    assert not bench.journal.events and not bench.training.sheets.sheets
