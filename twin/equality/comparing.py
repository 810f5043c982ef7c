"""Two courses of one day, compared to the last bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.timing.arrays import Course, Numbers, Status

COUNTED = (Status.DONE, Status.UNFINISHED)  # of any other, only the status counts


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not equal: which field, which row, and what stands there in each (empty: there is no such row)."""

    field: str
    row: int
    first: str
    second: str


def difference(first: Course, second: Course) -> Difference | None:
    """The first difference of two courses of one workload; None if they are equal to the last bit."""
    if first.status != second.status:
        return Difference("status", 0, Status(first.status).name, Status(second.status).name)
    if first.status not in COUNTED:
        return None
    return next((found for name in Course._fields if (found := _of_field(name, getattr(first, name), getattr(second, name)))), None)


def _of_field(name: str, first: Numbers | int, second: Numbers | int) -> Difference | None:
    one, other = np.asarray(first), np.asarray(second)
    if one.dtype == other.dtype == np.int64 and one.shape == other.shape and one.tobytes() == other.tobytes():
        return None
    if one.dtype != other.dtype or one.shape[1:] != other.shape[1:]:
        return Difference(name, 0, f"{one.dtype}{one.shape}", f"{other.dtype}{other.shape}")
    rows, others = np.atleast_1d(one), np.atleast_1d(other)
    both = min(len(rows), len(others))
    unequal = (rows[:both] != others[:both]).reshape(both, -1).any(axis=1)
    row = int(np.argmax(unequal)) if unequal.any() else both
    return Difference(name, row, _shown(rows, row), _shown(others, row))


def _shown(rows: Numbers, row: int) -> str:
    return str(rows[row].tolist()) if row < len(rows) else ""
