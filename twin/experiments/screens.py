"""The tables of sweeps and comparisons on a screen: as wide as it is, short numbers, words broken at spaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount
from twin.experiments.paired import words

if TYPE_CHECKING:
    from rich.table import Table

MOST_POINTS = 60  # rows of a table; all points are in the files
_BETWEEN = 3  # columns of a screen from one cell to the next
_STYLES = {"better": "green", "worse": "bold red"}


def alike() -> str:
    """What is told in the place of an interval where all days were alike."""
    return tr("全同", "alike")


def named(name: str) -> str:
    """A figure in words, with its condition."""
    figure, _, where = name.partition("[")
    row = FIGURES[figure]
    return tr(row.zh, row.en) + (f" [{where}" if where else "")


def sweep_table(data: Mapping[str, Any], points: Sequence[Mapping[str, Any]], width: int) -> tuple[Table, int, int]:
    """The table of these points, and how many points and figures it has no room for: of one point a row for each figure, else a row a point."""
    if len(points) == 1:
        return _one_point(points[0]), 0, 0
    told = points[:MOST_POINTS]
    axes = [(axis["path"].rpartition(".")[2], [str(point["values"][axis["path"]]) for point in told]) for axis in data["grid"]]
    days = [f"{point['replications']:,}" for point in told]
    last = [] if len(set(days)) < 2 else [(tr("天", "days"), days)]
    figures = _main(data)
    columns = [(named(name), [_mean(point["figures"][name], _unit(name)) for point in told]) for name in figures]
    room = width - sum(map(_width, [*axes, *last])) - _BETWEEN * len([*axes, *last])
    shown = _fitting(columns, room)
    table = _table([*axes, *columns[:shown], *last])
    return table, len(points) - len(told), len(figures) - shown


def compare_table(figures: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row for each figure: both means, the difference with half its interval, what the pairing saved, and the verdict."""
    from rich.text import Text

    numbers = ("A", "B", tr("差 ± 95 %", "B - A ± 95 %"), tr("省", "saved"))
    table = _framed()
    table.add_column(tr("指标", "figure"), overflow="fold")
    for head in numbers:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(tr("结论", "verdict"), no_wrap=True)
    for name, row in figures.items():
        unit = _unit(name)
        cells = [amount(row["a"], unit), amount(row["b"], unit), _joined(row["difference"], row, unit), times(row["saved"])]
        table.add_row(Text(named(name)), *map(Text, cells), Text(words(row["verdict"]), _STYLES.get(row["verdict"], "")))
    return table


def times(value: float | None) -> str:
    """A factor in few characters: 4.2×, 78×."""
    if value is None:
        return "-"
    return f"{value:.1f}×" if value < 9.95 else f"{value:.0f}×" if value < 9999.5 else ">9999×"


def _one_point(point: Mapping[str, Any]) -> Table:
    """The figures of a single point, a row each."""
    from rich.text import Text

    table = _framed()
    table.add_column(tr("指标", "figure"), overflow="fold")
    for head in (tr("平均", "mean"), "95 %", tr("天", "days")):
        table.add_column(head, justify="right", no_wrap=True)
    for name, row in point["figures"].items():
        unit = _unit(name)
        table.add_row(*map(Text, (named(name), amount(row["mean"], unit), _half(row, unit), f"{row['n']:,}")))
    return table


def _main(data: Mapping[str, Any]) -> list[str]:
    """The figures of a sweep, those first that a precision is asked for."""
    return list(dict.fromkeys([*(asked["figure"] for asked in data["rule"]["precision"]), *data["figures"]]))


def _unit(name: str) -> str:
    return FIGURES[name.partition("[")[0]].unit


def _half(row: Mapping[str, Any], unit: str) -> str:
    """Half the interval; where all days were alike, that they were."""
    if row["n"] < 2:
        return "-"
    return alike() if row["high"] is None else "±" + amount((row["high"] - row["low"]) / 2, unit)


def _mean(row: Mapping[str, Any], unit: str) -> str:
    return _joined(row["mean"], row, unit)


def _joined(value: float | None, row: Mapping[str, Any], unit: str) -> str:
    """A mean and half its interval, their unit once where both have the same: "10.3 ±1.2 min"."""
    mean, half = amount(value, unit), _half(row, unit)
    if value is None or half == "-":
        return mean
    number, _, of = mean.partition(" ")
    return f"{number} {half}" if of and half.endswith(f" {of}") else f"{mean} {half}"


def _width(column: tuple[str, Sequence[str]]) -> int:
    """How wide a column is: its cells, and the longest word of its head where that is broken at spaces."""
    from rich.cells import cell_len

    head, cells = column
    longest = max((cell_len(word) for word in head.split() if word.isascii()), default=4)
    return max(longest, *map(cell_len, cells))


def _fitting(columns: Sequence[tuple[str, Sequence[str]]], room: int) -> int:
    """How many of the columns find room; at least one is shown."""
    count = 0
    for column in columns:
        room -= _width(column) + _BETWEEN
        if room < 0:
            break
        count += 1
    return max(1, count)


def _table(columns: Iterable[tuple[str, Sequence[str]]]) -> Table:
    from rich.text import Text

    table, known = _framed(), list(columns)
    for column in known:
        table.add_column(Text(column[0]), justify="right", overflow="fold", width=_width(column))
    for row in zip(*(cells for _, cells in known), strict=True):
        table.add_row(*map(Text, row))
    return table


def _framed() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.MARKDOWN, show_edge=False)
