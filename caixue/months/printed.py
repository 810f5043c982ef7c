"""Figures of a period as people read them on a console: short, with their unit."""

from __future__ import annotations

from collections.abc import Mapping

from caixue.lang import tr
from caixue.months.rows import MonthFigure, Value
from caixue.ops.inspection_words import state_text

_UNITS: Mapping[str, tuple[str, str]] = {
    "count": ("", ""),
    "h": (" 小时", " h"),
    "s": (" 秒", " s"),
    "min": (" 分钟", " min"),
    "share": ("", ""),
    "per_h": (" 人/小时", " /h"),
    "per_1000": (" ‰", " per 1,000"),
}


def written(value: Value, row: MonthFigure) -> str:
    """The value with its unit; a list as its parts, and a dash where nothing is known."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        named = state_text if row.by == "state" else str
        return ", ".join(f"{named(name)} {_number(part, row)}" for name, part in value.items()) or "-"
    return _number(value, row) + tr(*_UNITS[row.unit])


def _number(value: float | int, row: MonthFigure) -> str:
    if row.unit == "share":
        return f"{100 * value:.2f} %"
    whole = isinstance(value, int) or (row.unit == "count" and value == int(value))
    return f"{int(value):,}" if whole else f"{value:,.2f}"
