"""Interval algebra against sets of instants, counted one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caixue.intervals import Intervals, intersection, intervals, maximum, mean, minimum, steps, subtraction, total_us, union

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def instants(spans: Intervals) -> set[int]:
    return {at for start, end in spans.tolist() for at in range(start, end)}


def is_canonical(spans: Intervals) -> bool:
    """In order, not empty, apart from one another."""
    flat = spans.ravel().tolist()
    return all(one < other for one, other in pairwise(flat))


@given(SPANS, SPANS)
def test_union_intersection_and_subtraction_are_those_of_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    left, right = intervals(one), intervals(other)
    for combined, expected in (
        (union(left, right), instants(left) | instants(right)),
        (intersection(left, right), instants(left) & instants(right)),
        (subtraction(left, right), instants(left) - instants(right)),
    ):
        assert instants(combined) == expected
        assert is_canonical(combined)


@given(SPANS)
def test_the_total_counts_each_instant_once(spans: list[tuple[int, int]]) -> None:
    assert total_us(intervals(spans)) == len(instants(intervals(spans)))


@given(SPANS, SPANS)
def test_least_most_and_mean_of_a_count_over_a_period_are_those_of_its_instants(
    spans: list[tuple[int, int]], period: list[tuple[int, int]]
) -> None:
    over = instants(intervals(period))
    levels = [sum(start <= at < end for start, end in spans) for at in sorted(over)]
    count = steps(intervals(spans))
    assert minimum(count, intervals(period)) == min(levels, default=None)
    assert maximum(count, intervals(period)) == max(levels, default=None)
    assert mean(count, intervals(period)) == (sum(levels) / len(levels) if levels else None)


@given(SPANS, st.lists(st.integers(0, 70), min_size=1))
def test_the_area_under_a_count_is_the_sum_of_its_instants(spans: list[tuple[int, int]], ends: list[int]) -> None:
    count = steps(intervals(spans))
    areas = count.area_until(np.array(ends, dtype=np.int64)).tolist()
    assert areas == [sum(start <= at < end for at in range(until) for start, end in spans) for until in ends]


def test_empty_and_backward_spans_are_dropped() -> None:
    assert intervals([(5, 5), (7, 3), (1, 2)]).tolist() == [[1, 2]]


def test_spans_that_touch_become_one() -> None:
    assert union(intervals([(0, 5), (5, 9)])).tolist() == [[0, 9]]
