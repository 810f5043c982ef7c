"""C6.4: the annual report: the year's figures from its signed months, and the plan of what is to be improved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.months.closing import Months
from caixue.ops.accounting import Period
from caixue.ops.forms.improvement import FORM
from caixue.ops.sheets import Sheets
from tests.caixue.months.closing_bench import PEOPLE, YEAR, Bench, scan_of
from tests.contract.month_desk import MonthDesk, desk

__all__ = ["desk"]
MONTHS = [Period.named(f"2026-{month}") for month in (10, 11, 12)]


def year_of_three_months() -> Bench:
    """A record from October, each month with an incident and a counted day, signed in January."""
    bench = Bench()
    for number, month in enumerate(MONTHS, 1):
        bench.at(month.month, 12).incident(number)
        bench.note("day.counted", "room", date=f"2026-{month.month}-12", tubes=500, served=150, window_h=30.0)
    bench.at(1, 4, year=2027)
    for month in MONTHS:
        bench.signed(month)
    return bench


def planned(bench: Bench) -> None:
    plan = Sheets(FORM, bench.recorder, PEOPLE, bench.journal)
    plan.open(by="engineer-1", year=2026, what="a second print head on site", why="two stock-outs", person="engineer-1", due="2027-02-01")


def test_the_years_figures_are_those_of_its_months_together():
    bench = year_of_three_months()
    figures = bench.months.figures(YEAR)
    assert figures.value("incident.count") == sum(bench.months.figures(month).value("incident.count") for month in MONTHS) == 3
    assert figures.value("fault.rate") == pytest.approx(3 * 1000 / 1500)
    assert figures.value("collection.per_window_h") == pytest.approx(5.0)


def test_a_months_annual_report_tells_the_year_so_far():
    bench = year_of_three_months()
    assert bench.months.figures(MONTHS[1]).reports()["C6.4"]["incident.count"] == {"value": 2}


def test_a_year_is_closed_after_its_months_and_with_an_improvement_plan():
    bench = year_of_three_months()
    bench.months.cut_off(YEAR, by="engineer-1")
    with pytest.raises(UsageError):
        bench.months.draft(YEAR, by="engineer-1")
    planned(bench)
    bench.months.draft(YEAR, by="engineer-1")
    bench.months.closings.sign(YEAR, **scan_of(YEAR), signed_on=bench.clock.at.date(), by="head-1")
    assert bench.months.closings.of(YEAR).state == "signed"


def test_the_annual_report_lists_what_was_corrected_after_its_months_were_closed():
    bench = year_of_three_months()
    bench.at(1, 5, year=2027).note("entry.corrected", "entry-0", reason="it was a drill", right="null")
    (late,) = bench.months.figures(YEAR).corrections
    assert (str(late.period), late.effect["incident.count"]) == ("2026-10", (1, 0))
    assert bench.months.figures(YEAR).value("incident.count") == 2  # the year itself is still open


def test_the_plan_is_kept_from_the_command_line(desk: MonthDesk):
    desk.ok("month improve spare-head --why stock-outs --due 2027-02-01 --year 2026", by="engineer-1")
    (item,) = desk.ok("month plan --json")["plan"]
    assert (item["what"], item["year"], item["person"], item["state"]) == ("spare-head", 2026, "engineer-1", "opened")
    shown = desk.ok(f"month year {desk.month[:4]} --json")
    assert shown["months"][0]["month"] == desk.month


def test_a_record_of_a_year_that_is_not_over_has_no_annual_closing(tmp_path: Path):
    bench = Bench().at(12, 30)
    assert isinstance(bench.months, Months)
    with pytest.raises(UsageError):
        bench.months.cut_off(YEAR, by="engineer-1")
    assert YEAR not in bench.months.closings.periods(datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI))
