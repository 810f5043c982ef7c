"""The engines against exact results: a quick part of the validation page, and that the comparison notices what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.timing.arrays import Workload
from twin.validation import theory
from twin.validation.comparing import compare, dice_of, path, paths
from twin.validation.estimates import LIMIT, chi_square_chance, estimate, normal_of_student, student_quantile
from twin.validation.page import page
from twin.validation.rooms import Dice, poisson, queue
from twin.validation.rows import MORNING, Row, Size, all_rows, mean_wait_s

pytest.importorskip("numba")

from twin.engines.compiled import run as compiled
from twin.engines.reference import run as reference

ROWS = {f"{row.group} {row.name}": row for row in all_rows()}
QUICK = [name for name, row in ROWS.items() if row.quick]
# windows, rho: mean number waiting in M/D/c, M/E2/c, M/M/c, to four digits, computed elsewhere
TABLE = {
    (2, 0.95): (8.8235, 13.2101, 17.5872),
    (3, 0.7): (0.6011, 0.8779, 1.1488),
    (5, 0.8): (1.1562, 1.6929, 2.2165),
    (8, 0.9): (3.2398, 4.7914, 6.3138),
}
HALF_HOURS = (37.08677, 106.20121, 195.29212, 264.38303, 273.47394, 242.56485, 181.65598, 101.02167, 22.66346, 1.88887)


@pytest.mark.parametrize("name", QUICK)
def test_the_estimate_agrees_with_theory_and_the_engines_with_each_other(name: str) -> None:
    row = ROWS[name]
    found = compare(row, compiled, row.size.fewer(10), reference)
    assert found.passed, f"{found.estimate} against {row.exact}, alike: {found.alike}"


@pytest.mark.parametrize("windows, rho", TABLE)
def test_the_exact_values_are_those_computed_elsewhere(windows: int, rho: float) -> None:
    formulas = (theory.mdc_waiting, theory.me2c_waiting, theory.mmc_waiting)
    assert [round(formula(windows, rho), 4) for formula in formulas] == pytest.approx(TABLE[windows, rho], abs=1e-4)


def test_one_window_with_breakdowns_gives_the_closed_form_as_a_chain_too() -> None:
    assert theory.mmc_breakdowns(1, 0.5, 1, 0.1, 0.5, 300) == pytest.approx(theory.mm1_breakdowns(0.5, 1, 0.1, 0.5), rel=1e-9)


def test_the_forward_equations_give_the_means_computed_elsewhere() -> None:
    rates = [count / 1800 for count in MORNING]
    assert theory.mtmc_present(8, rates, 1800, 1 / 110, 900) == pytest.approx(HALF_HOURS, abs=1e-5)


def at_load(rho: float, mean_s: float, size: Size) -> Row:
    """M/M/1 whose services are drawn with that mean, against the theory of a mean of one second."""

    def draw(dice: Dice, visits: int) -> Workload:
        return queue(poisson(dice, rho, visits), dice.standard_exponential(visits) * mean_s, 1)

    exact = theory.mg1_wait(rho, 1, 1)
    return Row("planted", f"{rho} {mean_s}", exact, "s", "", size, draw, mean_wait_s)


def test_a_service_that_is_a_twentieth_too_long_is_noticed() -> None:
    size = Size(30_000, 3_000, 10)
    assert compare(at_load(0.8, 1.05, size), compiled).estimate.z > LIMIT
    assert compare(at_load(0.8, 1.0, size), compiled).passed


def test_an_estimate_that_keeps_the_empty_beginning_is_noticed() -> None:
    size = Size(6_000, 4_000, 200)
    assert compare(at_load(0.95, 1.0, size._replace(visits=2_000, cut=0)), compiled).estimate.z < -LIMIT
    assert compare(at_load(0.95, 1.0, size), compiled).passed


def test_littles_law_holds_exactly_on_every_path_of_a_room_whose_windows_fail() -> None:
    row = next(row for name, row in ROWS.items() if "M/M/8: 220/h" in name)
    workload = row.draw(dice_of(row, 0), 2_000)
    found = {one.name: one for one in paths(workload, compiled(workload))}
    assert all(one.area_us == one.stays_us for one in found.values())
    assert found["windows"].most == 8 and found["engineer.repairs"].most == 1 and found["window.down"].passed > 0
    assert path("x", np.array([0, 10]), np.array([30, 20])).area_us == 40


def test_students_distribution_comes_near_its_table() -> None:
    assert student_quantile(1.959964, 9) == pytest.approx(2.262, abs=0.01)
    assert student_quantile(1.959964, 39) == pytest.approx(2.023, abs=0.001)
    assert normal_of_student(student_quantile(-1.5, 20), 20) == pytest.approx(-1.5)
    assert chi_square_chance(124.3, 100) == pytest.approx(0.05, abs=0.001)
    assert estimate([1.0, 2.0, 3.0], 2.0).z == 0


def test_the_page_shows_each_row_its_verdict_and_the_checklist() -> None:
    row = at_load(0.5, 1.0, Size(2_000, 200, 4))
    right, wrong = compare(row, compiled), compare(replace(row, exact=50.0), compiled)
    text = page([right, wrong], {})
    assert "0.5 1.0 | 1 s |" in text and "通过" in text and "失败" in text and "2 行" in text
    assert "2.2 Base model logic" in text
