"""From figures to a verdict, and the verdict as people and tools read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from statistics import mean
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from caixue.clock import SHANGHAI
from caixue.day import DayRecord, Outcome, Patients
from caixue.errors import UsageError
from caixue.metrics import FIGURES
from caixue.verdict import (
    Expectation,
    FaultTimes,
    amount,
    conclude,
    exit_code,
    fault_table,
    judge,
    junit_xml,
    values_of,
    verdict_table,
)
from caixue.verdict.spread import interval_95, t_95
from tests.caixue.random_days import BASIS

WAIT = Expectation("patient.wait.p90", "<=", 900, "<= 15 min", clause="G3")
REPAIR = Expectation("incident.repair.max", "<=", 1800, "<= 30 min", where="class == 一般", clause="R3")
USABLE = Expectation("window.usable.min", ">=", 8, ">= 8", clause="R5.3")
CROSSED = Expectation("label.crossed", "==", 0, "== 0", clause="C2.1")
SEEN = FaultTimes("window-3.label-printer print-head-dead-dots", 0, 2_700_000_000, 2_712_000_000, 4_300_000_000)
NEVER_FIRED = FaultTimes("window-5.tube-dispenser bad-crc", 0)
NEVER_SEEN = FaultTimes("window-6.tube-dispenser lane-empty", 0, 3_600_000_000)
START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


def shown(table: Table) -> list[str]:
    console = Console(file=StringIO(), width=80)
    console.print(table)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


# ---- judging


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("<=", True, True, False),
        ("<", True, False, False),
        (">=", False, True, True),
        (">", False, False, True),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_a_limit_holds_as_its_operator_says(operator: str, below: bool, at: bool, above: bool) -> None:
    limit = Expectation("patient.count", operator, 8, f"{operator} 8")
    assert [limit.holds(actual) for actual in (7.999, 8, 8.001)] == [below, at, above]


def test_actual_is_the_mean_over_the_replications_and_the_breached_share_stands_beside_it() -> None:
    (row,) = judge([WAIT], [(600.0,), (900.0,), (1300.0,), (700.0,)])
    assert (row.actual, row.n, row.breached_share, row.verdict) == (875.0, 4, 0.25, "pass")


def test_a_mean_beyond_the_limit_fails() -> None:
    (row,) = judge([WAIT], [(600.0,), (1300.0,)])
    assert (row.actual, row.verdict) == (950.0, "fail")


def test_one_replication_has_no_spread() -> None:
    (row,) = judge([WAIT], [(678.25,)])
    assert row.low == row.high == row.actual == 678.25


def test_the_interval_is_students() -> None:
    low, high = interval_95([1.0, 2.0, 3.0, 4.0])  # mean 2.5, sd 1.290994, t(3) 3.182
    assert (low, high) == (pytest.approx(2.5 - 2.05397, abs=1e-4), pytest.approx(2.5 + 2.05397, abs=1e-4))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (30, 2.042), (31, 2.0395), (40, 2.0211), (60, 2.0003), (120, 1.9799), (10**6, 1.96)]
)
def test_the_quantiles_agree_with_the_printed_table(freedom: int, quantile: float) -> None:
    assert t_95(freedom) == pytest.approx(quantile, abs=1e-3)


@given(st.floats(0, 1e6), st.integers(1, 60))
def test_equal_replications_have_exactly_their_value_as_mean(value: float, count: int) -> None:
    (row,) = judge([WAIT], [(value,)] * count)
    assert row.actual == value
    assert row.low == pytest.approx(value) and row.high == pytest.approx(value)


@given(st.lists(st.one_of(st.none(), st.floats(0, 2000)), max_size=20))
def test_replications_without_samples_are_left_out(values: list[float | None]) -> None:
    (row,) = judge([WAIT], [(value,) for value in values])
    known = [value for value in values if value is not None]
    assert row.n == len(known)
    assert row.actual == (mean(known) if known else None)
    assert row.verdict == ("no-data" if not known else "pass" if WAIT.holds(mean(known)) else "fail")


def test_a_limit_without_samples_is_no_data_and_fails_the_run() -> None:
    verdict = conclude(judge([WAIT, CROSSED], [(600.0, None)]))
    assert [row.verdict for row in verdict.rows] == ["pass", "no-data"]
    assert (verdict.verdict, exit_code(verdict)) == ("no-data", 99)


def test_of_a_figure_that_is_a_list_the_worst_slot_is_judged() -> None:
    assert Expectation("queue.length.by_slot", "<=", 20, "<= 20").one_number([3.0, 25.0, 8.0]) == 25
    assert Expectation("queue.length.by_slot", ">=", 1, ">= 1").one_number([3.0, 25.0, 8.0]) == 3


def test_what_a_day_says_to_each_expectation_comes_in_their_order() -> None:
    people = Patients.of(id=["a"], arrived_us=[0], called_us=[5_000_000], ended_us=[9_000_000], outcome=[Outcome.SERVED])
    assert values_of([CROSSED, WAIT], DayRecord(9_000_000, people), BASIS) == (None, 5.0)


@pytest.mark.parametrize(
    ("figure", "operator", "where"),
    [
        ("patient.wait", "<=", ""),
        ("patient.wait.p90", "=<", ""),
        ("patient.wait.p90", "<=", "colour == red"),
        ("queue.length.by_slot", "==", ""),
    ],
)
def test_an_expectation_that_cannot_be_judged_is_refused_at_once(figure: str, operator: str, where: str) -> None:
    with pytest.raises(UsageError):
        Expectation(figure, operator, 1, "", where)


# ---- the run as a whole


def test_a_run_that_keeps_every_limit_passes() -> None:
    verdict = conclude(judge([WAIT], [(600.0,)]), [SEEN])
    assert (verdict.verdict, verdict.reasons, exit_code(verdict)) == ("pass", (), 0)


@pytest.mark.parametrize("fault", [NEVER_FIRED, NEVER_SEEN], ids=["never fired", "never seen"])
def test_a_fault_that_never_fired_or_that_nobody_saw_fails_the_run(fault: FaultTimes) -> None:
    verdict = conclude(judge([WAIT], [(600.0,)]), [SEEN, fault])
    assert (verdict.verdict, exit_code(verdict)) == ("fail", 99)
    assert [reason.startswith(fault.name) for reason in verdict.reasons] == [True]


def test_a_broken_promise_fails_the_run_whatever_its_figures() -> None:
    verdict = conclude(judge([WAIT], [(600.0,)]), broken=["stock is not conserved"])
    assert (verdict.verdict, verdict.reasons) == ("fail", ("stock is not conserved",))


def test_what_was_not_simulated_does_not_decide_the_verdict() -> None:
    rows = judge([WAIT, CROSSED], [[600.0, None]])
    left_out = (rows[0], replace(rows[1], simulated=False))
    assert exit_code(conclude(rows)) == 99
    assert exit_code(conclude(left_out)) == 0
    assert conclude(left_out).to_json()["expectations"][1]["simulated"] is False


def test_a_run_of_which_nothing_was_simulated_is_no_data() -> None:
    assert conclude([replace(judge([CROSSED], [[None]])[0], simulated=False)]).verdict == "no-data"


def test_a_breach_outweighs_missing_data() -> None:
    assert conclude(judge([WAIT, CROSSED], [(1000.0, None)])).verdict == "fail"


def test_a_room_that_was_not_steady_before_the_first_fault_exits_3() -> None:
    assert exit_code(conclude(judge([WAIT], [(1000.0,)])), steady=False) == 3


def test_the_verdict_is_what_result_json_holds() -> None:
    verdict = conclude(judge([REPAIR], [(1700.0,)]), [SEEN, NEVER_FIRED])
    assert json.loads(json.dumps(verdict.to_json())) == {
        "verdict": "fail",
        "expectations": [
            {
                "figure": "incident.repair.max",
                "where": "class == 一般",
                "limit": "<= 30 min",
                "actual": 1700.0,
                "low": 1700.0,
                "high": 1700.0,
                "n": 1,
                "breached_share": 0.0,
                "clause": "R3",
                "verdict": "pass",
            }
        ],
        "faults": [
            {"name": SEEN.name, "armed_at": 0.0, "fired_at": 2700.0, "seen_at": 2712.0, "recovered_at": 4300.0},
            {"name": NEVER_FIRED.name, "armed_at": 0.0, "fired_at": None, "seen_at": None, "recovered_at": None},
        ],
        "broken": [],
    }


# ---- tables


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (678.2, "s", "11.3 min"),
        (45.24, "s", "45.2 s"),
        (9000, "s", "2.5 h"),
        (0, "s", "0 s"),
        (8.0, "count", "8"),
        (7.998, "count", "8.00"),
        (0.831, "share", "83.1 %"),
        (152.345, "per_h", "152.3 /h"),
        (None, "s", "-"),
    ],
)
def test_amounts_are_written_as_people_say_them(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit) == text


@pytest.mark.parametrize("unit", sorted({row.unit for row in FIGURES.values()} | {"yuan"}))
def test_every_unit_of_the_catalogue_can_be_written(unit: str) -> None:
    assert "12" in amount(0.12 if unit == "share" else 12.0, unit)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_verdict_table_shows_every_figure_in_80_columns_of_a_gbk_console(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", language)
    limits = [Expectation(name, ">=", 123456.789, ">= 123456.79", clause="project") for name in FIGURES]
    lines = shown(verdict_table(judge(limits, [(98765.4321,) * len(limits), (43210.1234,) * len(limits)])))
    assert max(map(cell_len, lines)) <= 80
    assert "\n".join(lines).encode("gbk")
    assert len(lines) > len(FIGURES)


def test_a_row_of_the_verdict_table_reads_as_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    lines = shown(verdict_table(judge([WAIT, REPAIR, CROSSED], [(678.0, 1800.5, None)])))
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
    assert cells[0] == ["指标", "限值", "实际", "条款", "结果"]
    assert cells[2] == ["等候时间 P90", "<= 15 min", "11.3 min", "G3", "√ 通过"]
    assert cells[3] == ["最长修复时间", "<= 30 min", "30.0 min", "R3", "× 不达标"]
    assert cells[4][:3] == ["class == 一般", "", "= 1800.5 s"]  # rounding hides nothing
    assert cells[5] == ["错人标签数", "== 0", "-", "C2.1", "? 无数据"]


def test_the_fault_table_shows_clock_times_and_what_never_happened() -> None:
    lines = shown(fault_table([SEEN, NEVER_FIRED], START))
    assert max(map(cell_len, lines)) <= 80
    row = next(line for line in lines if "07:45:00" in line)
    assert [cell.strip() for cell in row.strip("| ").split("|")][1:] == ["07:00:00", "07:45:00", "07:45:12", "08:11:40"]
    assert next(line for line in lines if "bad-crc" in line).count(" - ") == 3


def test_a_time_on_a_later_day_says_so() -> None:
    late = FaultTimes("f", 0, int(timedelta(hours=26) / timedelta(microseconds=1)), None, None)
    assert any("+1d 09:00:00" in line for line in shown(fault_table([late], START)))


def test_names_from_a_scenario_are_never_taken_as_markup() -> None:
    assert any("[bold]x" in line for line in shown(fault_table([FaultTimes("[bold]x")], START)))


# ---- JUnit


def result(**changes: object) -> dict[str, object]:
    verdict = conclude(judge([WAIT, REPAIR, CROSSED], [(600.0, 1900.0, None)]), [SEEN, NEVER_FIRED, NEVER_SEEN], ["stock is not conserved"])
    return {"scenario": "peak-monday", "seed": 20261123, "wall_s": 4.25, **verdict.to_json(), **changes}


def test_junit_skips_what_was_not_simulated() -> None:
    rows = judge([WAIT, CROSSED], [[600.0, None]])
    verdict = conclude([rows[0], replace(rows[1], simulated=False)]).to_json()
    suite = ElementTree.fromstring(junit_xml({"scenario": "day", "seed": 1, **verdict}))
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"]) == ("2", "0", "1")
    assert len(suite.findall(".//skipped")) == 1


def test_junit_has_a_case_for_each_expectation_each_fault_and_each_broken_promise() -> None:
    suite = ElementTree.fromstring(junit_xml(result()))[0]
    failed = {case.get("name"): case[0].get("message") for case in suite if len(case)}
    assert (suite.get("tests"), suite.get("failures")) == ("7", "5") == (str(len(suite)), str(len(failed)))
    assert failed["incident.repair.max <= 30 min where class == 一般 (R3)"] == "fail: actual 1900.0, limit <= 30 min"
    assert failed["label.crossed == 0 (C2.1)"] == "no-data: actual None, limit == 0"
    assert (failed[NEVER_FIRED.name], failed[NEVER_SEEN.name]) == ("never fired", "never seen")


@given(st.text())
def test_junit_is_well_formed_whatever_a_scenario_is_called(name: str) -> None:
    assert ElementTree.fromstring(junit_xml(result(scenario=name, broken=[name]))).tag == "testsuites"
