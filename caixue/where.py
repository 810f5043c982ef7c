"""The `where` of an expectation: which patients, labels or incidents a figure is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from caixue.day import DayRecord
from caixue.errors import UsageError
from caixue.units import nearest

Table = Literal["patients", "labels", "incidents"]

# table → the word in a `where` → the column
FIELDS: Mapping[Table, Mapping[str, str]] = {
    "patients": {"class": "class_", "priority": "priority", "window": "window"},
    "labels": {"kind": "kind", "window": "window"},
    "incidents": {"class": "class_", "device": "device", "window": "window"},
}
_CONDITION = re.compile(r"\s*([\w-]+)\s*(==|!=)\s*(\"[^\"]*\"|'[^']*'|\S+)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison, such as class == 一般."""

    field: str
    equal: bool
    value: str

    def holds(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """For which of the values the condition holds; numbers are compared as they are written."""
        same = np.array([str(value) == self.value for value in values.tolist()], dtype=np.bool_)
        return same if self.equal else ~same


def parse_where(text: str, table: Table | None) -> tuple[Condition, ...]:
    """The conditions in "class == 一般 and window != window-3"; an empty text has none.

    Raises UsageError for anything else, for a field that the table does not have, and where the figure has no table.
    """
    if not text.strip():
        return ()
    if table is None:
        raise UsageError(f"{text!r}: this figure is about the whole room and takes no where")
    return tuple(_condition(part, text, FIELDS[table]) for part in re.split(r"\s+and\s+", text))


def _condition(part: str, text: str, known: Mapping[str, str]) -> Condition:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise UsageError(f'{text!r} is not a condition: write it like "class == 一般"')
    field, operator, value = match.groups()
    if field not in known:
        raise UsageError(f"{text!r}: unknown field {field!r}{nearest(field, known)}; known: {', '.join(known)}")
    return Condition(field, operator == "==", value.strip("\"'"))


def narrowed(day: DayRecord, table: Table | None, conditions: tuple[Condition, ...]) -> DayRecord:
    """The record with only those rows of `table` for which every condition holds."""
    if table is None or not conditions:
        return day
    if table == "patients":
        return replace(day, patients=day.patients.only(_kept(day.patients, table, conditions)))
    if table == "labels":
        return replace(day, labels=day.labels.only(_kept(day.labels, table, conditions)))
    rows = [incident for incident in day.incidents if all(_matches(incident, condition) for condition in conditions)]
    return replace(day, incidents=tuple(rows))


def _kept(rows: object, table: Table, conditions: tuple[Condition, ...]) -> NDArray[np.bool_]:
    masks = [condition.holds(getattr(rows, FIELDS[table][condition.field])) for condition in conditions]
    return np.asarray(np.all(masks, axis=0), dtype=np.bool_)


def _matches(incident: object, condition: Condition) -> bool:
    return bool(condition.holds(np.array([getattr(incident, FIELDS["incidents"][condition.field])], dtype=object))[0])
