"""The figures of the four reports (contract C6), one row each: what the user reads, what it means, and what it is counted from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from caixue.errors import UsageError
from caixue.months.duties import DUTIES
from caixue.months.room_rows import ROOM
from caixue.months.rows import MonthFigure, Report
from caixue.months.supplies import SUPPLIES
from caixue.months.trouble_rows import TROUBLE
from caixue.units import nearest

FIGURES: Mapping[str, MonthFigure] = MappingProxyType({row.name: row for row in (*ROOM, *TROUBLE, *SUPPLIES, *DUTIES)})


def figure(name: str) -> MonthFigure:
    """The row called `name`. Raises UsageError with the nearest name when there is none."""
    if name not in FIGURES:
        raise UsageError(f"unknown figure {name!r}{nearest(name, FIGURES)}")
    return FIGURES[name]


def of_report(report: Report) -> list[MonthFigure]:
    """The figures that `report` prints, in their order."""
    return [row for row in FIGURES.values() if report in row.reports]
