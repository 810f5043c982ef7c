"""A figure over the grid of a sweep, drawn with matplotlib: means with their 95 % intervals."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from caixue.metrics import FIGURES

FORMATS = ("svg", "png")
MOST_LINES = 12  # beyond, nobody can tell them apart
_UNITS = {"s": (60.0, "min"), "share": (0.01, "%"), "per_h": (1.0, "1/h"), "per_1000": (1.0, "1/1000"), "yuan": (1.0, "CNY")}


def has_matplotlib() -> bool:
    """Whether pictures can be drawn."""
    return find_spec("matplotlib") is not None


def pictures(data: Mapping[str, Any], figure: str) -> dict[str, bytes]:
    """The picture of a figure in each format, by the ending of its file; the same bytes for the same data."""
    import matplotlib

    settings: Any = {"svg.hashsalt": "caixue", "svg.fonttype": "path", "font.family": "DejaVu Sans"}
    with matplotlib.rc_context(settings):
        drawn = _draw(data, figure)
        return {ending: _saved(drawn, ending) for ending in FORMATS}


def _draw(data: Mapping[str, Any], figure: str) -> Any:
    from matplotlib.figure import Figure

    scale, unit = _UNITS.get(FIGURES[figure.partition("[")[0]].unit, (1.0, ""))
    paper = Figure(figsize=(8, 5), layout="constrained")
    axes = paper.add_subplot()
    across = _across(data)
    places = {value: place for place, value in enumerate(across["values"])} if across else {}
    numeric = bool(across) and all(isinstance(value, (int, float)) for value in across["values"])
    lines = _lines(data, figure, across["path"] if across else "")
    for label, rows in list(lines.items())[:MOST_LINES]:
        x = [(value if numeric else places.get(value, 0)) for value, _ in rows]
        means = [row["mean"] / scale for _, row in rows]
        halves = [(0.0 if row["high"] is None else row["high"] - row["mean"]) / scale for _, row in rows]
        axes.errorbar(x, means, yerr=halves, marker="o", capsize=3, label=label or None)
    if not numeric:
        axes.set_xticks(list(places.values()), [_ascii(value) for value in places])
    axes.set_xlabel(_ascii(across["path"]) if across else "")
    axes.set_ylabel(_ascii(figure) + (f" [{unit}]" if unit else ""))
    axes.set_title(f"{_ascii(data['scenario'])}, seed {data['seed']}: mean of a day, 95 % interval", fontsize=10)
    axes.grid(alpha=0.3)
    if any(lines):
        axes.legend(fontsize=8)
    return paper


def _across(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The axis of the grid that the picture goes along: the longest of numbers, else the longest."""
    axes = [axis for axis in data["grid"] if len(axis["values"]) > 1] or data["grid"][:1]
    numbers = [axis for axis in axes if all(isinstance(value, (int, float)) for value in axis["values"])]
    found: Mapping[str, Any] = max(numbers or axes, key=lambda axis: len(axis["values"]), default={})
    return found


def _lines(data: Mapping[str, Any], figure: str, across: str) -> dict[str, list[tuple[Any, Mapping[str, Any]]]]:
    """The points by the values of all other axes."""
    lines: dict[str, list[tuple[Any, Mapping[str, Any]]]] = {}
    for point in data["points"]:
        row = point["figures"][figure]
        if row["mean"] is not None:
            label = ", ".join(f"{_ascii(path)} = {_ascii(value)}" for path, value in point["values"].items() if path != across)
            lines.setdefault(label, []).append((point["values"].get(across), row))
    return lines


def _ascii(value: Any) -> str:
    """Characters that matplotlib's own font has."""
    return str(value).encode("ascii", "replace").decode("ascii")


def _saved(drawn: Any, ending: str) -> bytes:
    target = io.BytesIO()
    drawn.savefig(target, format=ending, dpi=120, metadata={"Date": None} if ending == "svg" else {"Software": None})
    return target.getvalue()
