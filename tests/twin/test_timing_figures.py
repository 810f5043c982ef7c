"""The quick figures of a day of timing are those of its day record, to the last bit."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.measures.statistics import nearest_rank
from caixue.metrics import FIGURES, figure_value
from tests.twin.timing_days import fitting, random_days
from twin.faults.untold import NOT_SIMULATED
from twin.timing import kernels
from twin.timing.figures import Day, Figures, Wanted, one_number

PLAIN = tuple(Wanted(name) for name, row in FIGURES.items() if row.unit != "list")
SLOTS = tuple(Wanted("queue.length.by_slot", slot=slot) for slot in range(6))
PATIENTS = ("class == child", "class != adult and priority == 0", "window == window-1", "window != window-2 and class == timed")
INCIDENTS = (
    "class == 一般",
    "class != 一般",
    "window == window-2",
    "device == window-1.label-printer",
    "device != conveyor-1 and class == 较大",
)
NARROWED = (
    *(Wanted(name, where) for where in PATIENTS for name in ("patient.count", "patient.wait.mean", "patient.wait.p90", "patient.left")),
    *(
        Wanted(name, where)
        for where in INCIDENTS
        for name in ("incident.count", "incident.repair.max", "incident.response.mean", "sla.breaches")
    ),
    *(Wanted(name, "window == window-1") for name in ("specimen.transport.mean", "specimen.transport.p95")),
)


def unequal(figures: Figures, day: Day, found: Iterable[float]) -> list[tuple[Wanted, float, float]]:
    """The figures that differ from those of the record."""
    expected = [one_number(figure_value(day.record, figures.rules.basis, each.figure, each.where), each) for each in figures.wanted]
    rows = zip(figures.wanted, found, expected, strict=True)
    return [row for row in rows if row[1] != row[2] and not (isnan(row[1]) and isnan(row[2]))]


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_of_a_random_day_has_the_bits_of_the_one_from_its_record(seed: int) -> None:
    done = 0
    for design, drawn in random_days(seed, 110):
        figures = Figures(design, (*PLAIN, *SLOTS))
        assert unequal(figures, Day(figures.rules, drawn), figures.values(drawn)) == []
        done += 1
    assert done >= 100


def test_figures_of_some_patients_or_incidents_have_these_bits_too() -> None:
    for design, drawn in random_days(9, 24):
        figures = Figures(design, NARROWED)
        assert unequal(figures, Day(figures.rules, drawn), figures.values(drawn)) == []


def test_what_timing_does_not_simulate_is_never_a_number() -> None:
    design, drawn = next(random_days(1, 1))
    assert all(isnan(value) for value in Figures(design, [Wanted(name) for name in sorted(NOT_SIMULATED)]).values(drawn))


def test_a_list_is_told_by_its_worst_element_unless_one_is_asked_for() -> None:
    design, drawn = next(random_days(1, 1))
    worst, *each = Figures(design, (Wanted("queue.length.by_slot"), *SLOTS)).values(drawn)
    assert worst == max(each)


def test_the_plain_python_of_a_kernel_gives_what_its_compiled_code_gives() -> None:
    _, drawn = next(random_days(4, 1))
    course, outs = drawn.course, []
    for kernel in (kernels.patients, getattr(kernels.patients, "py_func", kernels.patients)):
        out = np.full(len(kernels.PATIENT_FIGURES), nan)
        kernel(course.arrived_us, course.called_us, course.ended_us, course.outcome, np.zeros(0, np.bool_), out)
        outs.append(out)
    assert np.array_equal(*outs, equal_nan=True)


def test_a_day_on_which_nobody_came_has_no_waits() -> None:
    design, drawn = next(random_days(2, 1))
    course = drawn.course._replace(arrived_us=np.full_like(drawn.course.arrived_us, -1), outcome=np.zeros_like(drawn.course.outcome))
    count, wait = Figures(design, [Wanted("patient.count"), Wanted("patient.wait.mean")]).values(drawn._replace(course=course))
    assert count == 0
    assert isnan(wait)


@pytest.mark.parametrize(
    "wanted", [Wanted("patient.weight"), Wanted("patient.count", "kind == EDTA"), Wanted("queue.length.max", "class == adult")]
)
def test_a_figure_that_cannot_be_is_refused_before_any_day(wanted: Wanted) -> None:
    design, _ = next(random_days(2, 1))
    with pytest.raises(UsageError):
        Figures(design, [wanted])


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 100))
@settings(max_examples=150, deadline=None)
def test_a_value_is_placed_where_sorting_would_put_it(values: list[int], percent: int) -> None:
    samples = np.array(values, np.int64)
    rank = -(-percent * len(values) // 100) - 1
    assert kernels.place(samples.copy(), 0, len(values) - 1, rank) == sorted(values)[rank] == nearest_rank(samples, percent)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4)), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_p95_of_transports_counts_every_tube(rows: list[tuple[int, int]]) -> None:
    took, tubes = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    out = np.full(2, nan)
    kernels.transport(np.zeros(len(took), np.int64), took, np.ones(len(took), np.int64), tubes, out)
    assert out[1] * 1e6 == pytest.approx(nearest_rank(np.repeat(took, tubes), 95))


def test_the_design_of_a_random_day_has_its_positions_and_causes() -> None:
    for design, drawn in random_days(3, 4):
        assert len(design.positions) == len(drawn.workload.fallback)
        assert len(design.troubles) == len(drawn.workload.cause_kind)
        assert fitting(drawn.workload, "", 1).positions == design.positions
