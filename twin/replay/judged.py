"""The head of the page: what was run, when it began, and what the verdict says of each limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from caixue.errors import UsageError
from caixue.metrics import FIGURES
from twin.replay import words
from twin.replay.tables import VERDICTS

_SIGNS = (("<=", "≤"), (">=", "≥"), ("==", "="))


def head(result: Mapping[str, Any]) -> dict[str, Any]:
    """Title, start, verdict and how it was run; raises UsageError when the start cannot be read."""
    start = _start(result.get("start"))
    return {
        "title": words.plain(result.get("title") or result.get("scenario") or ""),
        "day": [start.year, start.month, start.day],
        "second": start.hour * 3600 + start.minute * 60 + start.second,
        "verdict": _verdict(result),
        **{key: words.plain(result.get(key, "")) for key in ("scenario", "seed", "fidelity", "engine")},
    }


def expectation(row: Mapping[str, Any]) -> dict[str, Any]:
    """One limit: its figure in both languages, its value, and the verdict on it."""
    name = str(row.get("figure", ""))
    figure = FIGURES.get(name)
    limit = str(row.get("limit", ""))
    for sign, shown in _SIGNS:
        limit = limit.replace(sign, shown)
    beside = (name, str(row.get("where") or "").replace("==", "="), str(row.get("clause") or ""))
    return {
        "zh": figure.zh if figure else words.plain(name),
        "beside": words.plain(" · ".join(filter(None, beside))),
        "limit": words.plain(limit),
        "actual": amount(row.get("actual"), figure.unit if figure else ""),
        "verdict": _verdict(row),
    }


def amount(value: Any, unit: str) -> str:
    """A figure as people read it: 745 s → 12.4 min, 0.62 → 62.0 %."""
    if not isinstance(value, (int, float)):
        return "—" if value is None else words.plain(value)
    if unit == "s":
        return f"{value / 60:.1f} min" if abs(value) >= 120 else f"{value:.1f} s"
    if unit == "share":
        return f"{value * 100:.1f} %"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def _verdict(row: Mapping[str, Any]) -> list[str]:
    """How a verdict is drawn, and its words; one that nobody knows is drawn as no data."""
    name = str(row.get("verdict") or "no-data")
    return [name, *VERDICTS[name]] if name in VERDICTS else ["no-data", words.plain(name), ""]


def _start(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError as error:
        raise UsageError(f"result has no readable start time: {text!r}") from error
