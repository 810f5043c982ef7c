"""Which figures are not known as well as was asked: their names, how wide they stand, and what was wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount
from twin.experiments.precision import read_targets

MOST_TOLD = 10


def imprecise(data: Mapping[str, Any]) -> list[str]:
    """A line for each figure of a sweep's point or of a comparison that stayed wider than its target at the greatest number of days."""
    lines = [line for where, row in _ended(data) for line in _of(data, where, row)]
    more = len(lines) - MOST_TOLD
    return [*lines[:MOST_TOLD], *([tr(f"… 还有 {more} 处", f"... and {more} more")] if more > 0 else [])]


def _ended(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that had all its days and is not precise, and where it stands in the grid."""
    for row in data.get("points", [data]):
        if row.get("precise") is False and row["replications"] == data["rule"]["maximum"]:
            yield " ".join(f"{path}={value}" for path, value in row.get("values", {}).items()), row


def _of(data: Mapping[str, Any], where: str, row: Mapping[str, Any]) -> Iterator[str]:
    words = {asked["figure"]: _wide(asked, row["figures"][asked["figure"]]) for asked in data["rule"]["precision"]}
    if not any(words.values()):
        words = dict.fromkeys(words, tr("变化的日子太少，区间还不可信", "too few days differ to trust the interval"))
    for name, told in words.items():
        if told:
            yield tr("未达到精度：", "precision not reached: ") + " ".join(filter(None, [where, name, told]))


def _wide(asked: Mapping[str, str], found: Mapping[str, Any]) -> str:
    """How wide the interval is and should be, in the figure's unit and beside a relative target in percent; empty where it is narrow enough."""
    name, wanted = asked["figure"], asked["half_width"]
    if found["high"] is None:
        return tr(f"还没有区间，要 ±{wanted}", f"no interval yet, wanted ±{wanted}")
    (target,) = read_targets([f"{name}={wanted}"])
    mean = found["a"] if "a" in found else found["mean"]  # a share of a comparison is one of A
    half = (found["high"] - found["low"]) / 2
    if half <= target.bound(mean):
        return ""
    text = "±" + amount(half, FIGURES[name.partition("[")[0]].unit)
    shown = f"{text} (±{100 * half / abs(mean):.2g} %)" if target.relative and mean else text
    return tr(f"{shown}，要 ±{wanted}", f"{shown}, wanted ±{wanted}")
