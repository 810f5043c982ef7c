"""The engines against exact results: a quick part of the validation page, and that the comparison notices what is wrong."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from caixue.day import Outcome
from twin.engines.reference_people import Position, Visit
from twin.engines.reference_room import Room
from twin.engines.reference_service import Service
from twin.timing.arrays import NEVER, Workload
from twin.validation import theory
from twin.validation.__main__ import main
from twin.validation.comparing import Compared, Path, compare, dice_of, paths
from twin.validation.estimates import LIMIT, Estimate, chi_square_chance, estimate, normal_of_student, student_quantile
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


def wrong(found: Sequence[Path]) -> set[str]:
    """The paths on which Little's law does not hold."""
    return {one.name for one in found if one.area_us != one.stays_us}


def test_littles_law_holds_exactly_on_every_path_of_a_room_whose_windows_fail() -> None:
    row = next(row for name, row in ROWS.items() if "M/M/8: 220/h" in name)
    workload = row.draw(dice_of(row, 0), 2_000)
    found = {one.name: one for one in paths(workload, compiled(workload))}
    assert not wrong(list(found.values()))
    assert found["windows"].most <= 8 and found["engineer.repairs"].most == 1 and found["window.down"].passed > 0
    assert found["room"].passed == 2_000 > found["queue"].passed > 1_500, "some were sent back"


def test_counting_heads_changes_nothing_and_three_heads_are_three() -> None:
    workload = queue(np.array([0.0, 0.0, 0.0]), np.array([10.0, 10.0, 10.0]), 1)
    found = {one.name: one for one in paths(workload, reference(workload))}
    assert (found["room"].area_us, found["queue"].area_us, found["windows"].area_us) == (60_000_000, 30_000_000, 30_000_000)
    assert (found["room"].most, found["queue"].most, found["windows"].most) == (3, 2, 1)


@pytest.fixture
def two_windows() -> Workload:
    row = ROWS["Lq: M/M/c, M/D/c, M/E2/c M/M/2, rho = 0.8"]
    return row.draw(dice_of(row, 0), 300)


def test_a_visit_that_stays_in_the_queue_after_its_call_is_noticed(two_windows: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    right, call, may_serve, end = reference(two_windows), Service.call, Room.may_serve, Room.end

    def left_there(service: Service, position: Position, visit: Visit) -> None:
        call(service, position, visit)
        if visit.number == 100:
            insort(service._room.queue, (visit.place, visit))

    def gone(room: Room, visit: Visit, outcome: Outcome) -> None:
        end(room, visit, outcome)
        room.queue[:] = [standing for standing in room.queue if standing[1] is not visit]

    monkeypatch.setattr(Service, "call", left_there)
    monkeypatch.setattr(Room, "may_serve", lambda room, position, visit: visit.called_us == NEVER and may_serve(room, position, visit))
    monkeypatch.setattr(Room, "end", gone)
    assert np.array_equal(reference(two_windows).ended_us, right.ended_us), "nobody else notices"
    assert wrong(paths(two_windows, reference(two_windows))) == {"room", "queue"}


@pytest.mark.parametrize(
    ("column", "noticed"), [("called_us", {"queue", "windows"}), ("ended_us", {"room", "windows"}), ("arrived_us", {"room", "queue"})]
)
def test_a_course_that_is_a_microsecond_off_is_noticed(two_windows: Workload, column: str, noticed: set[str]) -> None:
    course = compiled(two_windows)
    times = getattr(course, column).copy()
    times[100] += 1
    assert wrong(paths(two_windows, course._replace(**{column: times}))) == noticed


def test_the_page_fails_where_littles_law_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("twin.validation.__main__.all_rows", lambda: [at_load(0.5, 1.0, Size(500, 50, 20))])
    monkeypatch.setattr("twin.validation.__main__.days", lambda: {"a day": [Path("queue", 1, 1, 5, 6)]})
    assert main([]) == 1
    assert "a day: queue" in capsys.readouterr().out


def planted(z: float) -> Compared:
    """A row that came out so far off."""
    return Compared(at_load(0.5, 1.0, Size(1, 0, 100)), Estimate(1.0, 0.9, 1.1, z, 100))


@pytest.mark.parametrize(
    ("z", "passes"), [((0.3, -0.3), True), ((0.35, 0.35), False), ((1.4, -1.4), False)], ids=["right", "all too high", "too wide"]
)
def test_rows_that_pass_one_by_one_fail_together_where_all_are_a_little_off(
    z: tuple[float, float], passes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = iter([planted(one) for one in z * 60])
    monkeypatch.setattr("twin.validation.__main__.all_rows", lambda: range(120))
    monkeypatch.setattr("twin.validation.__main__.whole", lambda row: next(found))
    monkeypatch.setattr("twin.validation.__main__.days", dict)
    assert main([]) == (0 if passes else 1)
    assert ("120 rows, all passed" if passes else "Σz") in capsys.readouterr().out


def test_the_least_bias_that_is_noticed_stands_in_the_row() -> None:
    one = planted(0.0)
    assert one.estimate.least_bias == pytest.approx(0.1 * LIMIT / 1.96, rel=0.03)
    assert f"| {one.estimate.least_bias / one.row.exact:.1%} | 100 |" in page([one], {})


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
