"""Special periods (C5): the freeze with its exemptions, plans approved before they begin, and drills that count only with a passing verdict."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.ops.drills import carried_out
from caixue.ops.drills_table import DRILLS, REQUIRED
from caixue.ops.freeze import freeze_at
from caixue.ops.periods import PlanStanding
from caixue.ops.verdicts import TwinVerdict
from caixue.site import SpecialPeriod
from tests.caixue.ops.learning_bench import LearningBench, noon

NEW_YEAR = SpecialPeriod("元旦保障", date(2026, 12, 30), date(2027, 1, 3))
HOUR_US = 3_600_000_000


def verdict(outcome: str = "pass", scenario: str = "power-cut") -> TwinVerdict:
    row = {"figure": "label.crossed", "where": "", "limit": "== 0", "actual": 0.0, "verdict": outcome}
    return TwinVerdict(scenario, 1, outcome, "wire", 1, "1.0", "abc", "0" * 64, "f" * 64, (row,))  # type: ignore[arg-type]


@pytest.fixture
def bench() -> LearningBench:
    return LearningBench("2026-11-23", NEW_YEAR)


def planned(bench: LearningBench, **more: Any) -> str:
    return bench.periods.plan("元旦保障", "值守", "engineer-1", "8001", by="engineer-1", **more)[0].subject


def drilled(bench: LearningBench, drill: str = "power-cut", result: TwinVerdict | None = None) -> str:
    now_us = bench.clock.now_us
    number = bench.periods.drills.plan(drill, bench.clock.now().date(), "engineer-1", by="engineer-1")[0].subject
    bench.periods.drills.carry_out(number, ["engineer-1", "nurse-1"], now_us - HOUR_US, now_us, "照明不足", by="engineer-1", result=result)
    return number


# The freeze.


@pytest.mark.parametrize(
    ("moment", "frozen"),
    [
        ("2026-12-29T23:59:59.999999", False),
        ("2026-12-30T00:00:00", True),
        ("2026-12-31T23:59:59", True),
        ("2027-01-01T00:00:00", True),
        ("2027-01-03T23:59:59.999999", True),
        ("2027-01-04T00:00:00", False),
    ],
)
def test_the_first_and_the_last_day_are_frozen_and_new_year_lies_between(bench: LearningBench, moment: str, frozen: bool) -> None:
    found = freeze_at(bench.site, datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))
    assert found == (NEW_YEAR if frozen else None)


def test_a_moment_told_in_another_time_zone_counts_by_its_day_in_shanghai(bench: LearningBench) -> None:
    assert freeze_at(bench.site, datetime.fromisoformat("2026-12-29T16:00:00+00:00")) is NEW_YEAR
    assert freeze_at(bench.site, datetime.fromisoformat("2027-01-03T16:00:00+00:00")) is None


def test_only_what_the_head_exempted_may_be_changed_and_only_in_that_period(bench: LearningBench) -> None:
    bench.freeze.exempt("patch-7", "正在被利用的漏洞", period="元旦保障", by="head-1")
    assert bench.freeze.objection("patch-8") == ""
    bench.on("2026-12-31")
    assert bench.freeze.objection("patch-7") == "" and bench.freeze.objection("driver-service", "patch-7") == ""
    assert "元旦保障" in bench.freeze.objection("patch-8") and "元旦保障" in bench.freeze.objection()


def test_where_two_periods_meet_an_exemption_from_one_does_not_end_the_freeze_of_the_other() -> None:
    periods = (
        SpecialPeriod("new-year", date(2026, 12, 31), date(2027, 1, 3)),
        SpecialPeriod("congress", date(2027, 1, 2), date(2027, 1, 8)),
    )
    bench = LearningBench("2026-12-20", *periods).on("2027-01-02")
    bench.freeze.exempt("change-0001", "cannot wait", by="head-1")
    assert "congress" in bench.freeze.objection("change-0001")
    bench.freeze.exempt("change-0001", "cannot wait", period="congress", by="head-1")
    assert bench.freeze.objection("change-0001") == ""


def test_on_the_last_day_of_a_period_something_may_still_be_exempted() -> None:
    bench = LearningBench("2026-12-20", NEW_YEAR).on("2027-01-03")
    bench.freeze.exempt("change-0001", "cannot wait", period=NEW_YEAR.name, by="head-1")
    assert bench.freeze.objection("change-0001") == ""


def test_an_exemption_that_was_taken_back_exempts_nothing(bench: LearningBench) -> None:
    number = bench.on("2026-12-31").freeze.exempt("patch-7", "漏洞", by="head-1")[0].subject
    bench.freeze.withdraw(number, "已有别的办法", by="head-1")
    assert bench.freeze.objection("patch-7")


def test_an_exemption_of_one_year_says_nothing_about_the_next() -> None:
    next_year = SpecialPeriod("元旦保障", date(2027, 12, 30), date(2028, 1, 3))
    bench = LearningBench("2026-12-31", next_year, NEW_YEAR)
    bench.freeze.exempt("patch-7", "漏洞", period="元旦保障", by="head-1")
    assert bench.freeze.objection("patch-7") == ""
    assert bench.on("2028-01-01").freeze.objection("patch-7")


@pytest.mark.parametrize(("day", "words"), [("2026-11-23", {}), ("2026-11-23", {"period": "元旦"}), ("2027-01-04", {"period": "元旦保障"})])
def test_an_exemption_needs_a_period_that_is_not_over(bench: LearningBench, day: str, words: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        bench.on(day).freeze.exempt("patch-7", "漏洞", by="head-1", **words)
    assert not bench.journal.events


@given(
    st.dates(date(2026, 11, 1), date(2028, 2, 1)), st.lists(st.tuples(st.dates(date(2026, 11, 1), date(2028, 1, 1)), st.integers(0, 60)))
)
def test_a_day_is_frozen_exactly_when_some_period_holds_it(day: date, spans: list[tuple[date, int]]) -> None:
    periods = [SpecialPeriod(f"p{number}", first, first + timedelta(days=days)) for number, (first, days) in enumerate(spans)]
    bench = LearningBench("2026-11-23", *periods)
    expected = any((day - period.first).days in range((period.last - period.first).days + 1) for period in periods)
    assert (freeze_at(bench.site, noon(str(day))) is not None) == expected


# Plans.


@pytest.mark.parametrize(
    ("day", "due", "overdue"),
    [
        ("2026-11-29", False, False),
        ("2026-11-30", True, False),
        ("2026-12-29", True, False),
        ("2026-12-30", True, True),
        ("2027-01-03", True, True),
        ("2027-01-04", False, False),
    ],
)
@pytest.mark.parametrize("drafted", [False, True], ids=["no plan", "a draft"])
def test_a_plan_is_asked_for_30_days_before_and_overdue_from_the_first_day(
    bench: LearningBench, day: str, due: bool, overdue: bool, drafted: bool
) -> None:
    if drafted:
        planned(bench)
    (cover,) = bench.on(day).periods.covers()
    assert (cover.due, cover.overdue) == (due, overdue)


@pytest.mark.parametrize(
    ("day", "standing"),
    [("2026-12-29", PlanStanding.APPROVED), ("2026-12-30", PlanStanding.APPROVED_LATE), ("2027-01-01", PlanStanding.APPROVED_LATE)],
)
def test_a_plan_that_is_approved_on_the_first_day_or_later_is_late_for_good(bench: LearningBench, day: str, standing: PlanStanding) -> None:
    number = planned(bench)
    bench.on(day).periods.approve(number, by="head-1")
    (cover,) = bench.periods.covers()
    assert (cover.standing, cover.due, cover.overdue) == (standing, False, False)


def test_a_plan_that_was_changed_must_be_approved_anew(bench: LearningBench) -> None:
    number = planned(bench)
    bench.periods.approve(number, by="head-1")
    bench.periods.revise(number, telephone="8002", by="engineer-1")
    (cover,) = bench.periods.covers()
    assert (cover.standing, cover.plan and cover.plan.values["telephone"]) == (PlanStanding.DRAFT, "8002")
    assert cover.plan is not None and cover.plan.values["on_call"] == "engineer-1"


def test_a_period_has_one_plan_until_that_is_withdrawn(bench: LearningBench) -> None:
    number = planned(bench)
    with pytest.raises(UsageError, match=number):
        planned(bench)
    bench.periods.withdraw(number, "改由医院统一安排", by="engineer-1")
    assert planned(bench) == "plan-0002"


@pytest.mark.parametrize(
    ("period", "on_call", "drills"),
    [("元旦", "engineer-1", REQUIRED), ("元旦保障", "nurse-1", REQUIRED), ("元旦保障", "engineer-1", ("power-out",))],
)
def test_a_plan_names_a_period_of_the_site_an_engineer_and_drills_that_exist(
    bench: LearningBench, period: str, on_call: str, drills: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError):
        bench.periods.plan(period, "值守", on_call, "8001", drills=drills, by="engineer-1")
    assert not bench.journal.events


def test_a_period_that_is_over_gets_no_plan(bench: LearningBench) -> None:
    with pytest.raises(UsageError):
        planned(bench.on("2027-01-04"))


def test_a_revision_says_what_is_changed(bench: LearningBench) -> None:
    number = planned(bench)
    with pytest.raises(UsageError):
        bench.periods.revise(number, by="engineer-1", telephone="")


# Drills.


def test_a_drill_with_a_passing_verdict_counts_as_rehearsed(bench: LearningBench) -> None:
    bench.on("2026-12-01")
    assert [(row.drill, row.period) for row in bench.periods.drills_due()] == [("network-lost", "元旦保障"), ("power-cut", "元旦保障")]
    drilled(bench, result=verdict())
    assert [row.drill for row in bench.periods.drills_due()] == ["network-lost"]


@pytest.mark.parametrize("result", [None, verdict("fail"), verdict("no-data")], ids=["no verdict", "fail", "no-data"])
def test_a_drill_whose_scenario_the_twin_did_not_pass_is_on_record_but_not_rehearsed(
    bench: LearningBench, result: TwinVerdict | None
) -> None:
    number = drilled(bench.on("2026-12-01"), result=result)
    done = carried_out(bench.periods.drills.sheets.named(number))
    assert done is not None and not done.rehearsed and done.verdict == (result.verdict if result else "")
    assert "power-cut" in [row.drill for row in bench.periods.drills_due()]


def test_what_failed_is_carried_out_again_on_the_same_sheet_and_the_old_verdict_says_nothing_about_the_new_time(
    bench: LearningBench,
) -> None:
    number, drills = drilled(bench, result=verdict("fail")), bench.periods.drills
    drills.carry_out(number, ["engineer-1"], 0, 0, "已补应急灯", by="engineer-1")
    done = carried_out(drills.sheets.named(number))
    assert done is not None and (done.verdict, done.breached, done.learned) == ("", (), "已补应急灯")
    drills.attach(number, verdict(), by="engineer-1")
    done = carried_out(drills.sheets.named(number))
    assert done is not None and done.rehearsed and done.learned == "已补应急灯"
    with pytest.raises(UsageError):
        drills.carry_out(number, ["engineer-1"], 0, 0, "再来一次", by="engineer-1")


@pytest.mark.parametrize(
    ("people", "began", "ended", "scenario"),
    [
        (["nobody"], 0, 0, "power-cut"),
        ([], 0, 0, "power-cut"),
        (["engineer-1"], 1, 0, "power-cut"),
        (["engineer-1"], 0, HOUR_US, "power-cut"),
        (["engineer-1"], 0, 0, "peak-monday"),
    ],
    ids=["a stranger", "nobody", "ended before it began", "in the future", "another scenario"],
)
def test_what_does_not_fit_a_drill_is_refused(bench: LearningBench, people: list[str], began: int, ended: int, scenario: str) -> None:
    number = bench.periods.drills.plan("power-cut", date(2026, 11, 23), "engineer-1", by="engineer-1")[0].subject
    with pytest.raises(UsageError):
        bench.periods.drills.carry_out(number, people, began, ended, "照明不足", by="engineer-1", result=verdict(scenario=scenario))
    assert bench.periods.drills.sheets.named(number).state == "opened"


@pytest.mark.parametrize(("day", "due"), [("2026-09-30", True), ("2026-10-01", False), ("2026-12-29", False)])
def test_a_drill_before_a_period_is_none_older_than_90_days_on_its_first_day(day: str, due: bool) -> None:
    bench = LearningBench("2026-09-01", NEW_YEAR).on(day)
    drilled(bench, result=verdict())
    rows = [row for row in bench.on("2026-12-29").periods.drills_due() if row.drill == "power-cut"]
    assert bool(rows) == due


def test_a_drill_of_december_rehearses_for_a_period_in_january() -> None:
    january = SpecialPeriod("春运保障", date(2027, 1, 10), date(2027, 1, 20))
    bench = LearningBench("2026-12-01", january)
    for name in REQUIRED:
        drilled(bench.on("2026-12-20"), name, verdict(scenario=name))
    assert bench.on("2027-01-09").periods.drills_due() == []


@pytest.mark.parametrize(("day", "rows"), [("2027-10-23", 0), ("2027-10-24", 1), ("2027-11-23", 1), ("2027-11-24", 1)])
def test_the_drills_of_the_contract_are_due_every_year(day: str, rows: int) -> None:
    bench = LearningBench("2026-11-23")
    drilled(bench, result=verdict())
    found = [row for row in bench.on(day).periods.drills_due() if row.drill == "power-cut"]
    assert len(found) == rows
    assert [row.overdue for row in found] == [day == "2027-11-24"] * rows


def test_a_plan_may_ask_for_more_drills(bench: LearningBench) -> None:
    planned(bench, drills=("belt-stopped",))
    assert [row.drill for row in bench.on("2026-12-01").periods.drills_due()] == ["belt-stopped", *sorted(REQUIRED)]


def test_every_drill_is_rehearsed_by_scenarios_that_ship() -> None:
    shipped = {path.stem for path in (Path(__file__).parents[3] / "scenarios").glob("*.toml")}
    assert {scenario for drill in DRILLS.values() for scenario in drill.scenarios} <= shipped
    assert set(REQUIRED) == {"power-cut", "network-lost"}


def test_duties_that_read_the_journal_later_know_the_same(bench: LearningBench) -> None:
    bench.periods.approve(planned(bench), by="head-1")
    drilled(bench, result=verdict("fail"))
    bench.freeze.exempt("patch-7", "漏洞", period="元旦保障", by="head-1")
    later, freeze = (
        type(bench.periods)(bench.site, bench.recorder, bench.journal),
        type(bench.freeze)(bench.site, bench.recorder, bench.journal),
    )
    assert later.covers() == bench.periods.covers() and later.drills.sheets.sheets == bench.periods.drills.sheets.sheets
    assert freeze.sheets.sheets == bench.freeze.sheets.sheets
