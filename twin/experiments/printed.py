"""Sweeps and comparisons on the console: 80 columns, characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount
from twin.experiments.paired import share_better, words
from twin.experiments.sweep import missing_words
from twin.printed import console, line

if TYPE_CHECKING:
    from rich.table import Table

MOST_ROWS = 60  # of a table; all rows are in the files
_STYLES = {"better": "green", "worse": "bold red"}


def sweep_report(data: Mapping[str, Any], files: Sequence[Path]) -> None:
    """A sweep: what it was, a row for each point and figure, what is missing, where the files are."""
    line(" · ".join(filter(None, [data["scenario"], data["title"]])))
    line(_origin(data, data["engine"], sum(point["replications"] for point in data["points"])))
    paper = console()
    paper.print()
    rows = [row for point in data["points"] if point["replications"] for row in _point_rows(data, point)]
    paper.print(_sweep_table(data, rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        line(tr(f"… 还有 {len(rows) - MOST_ROWS} 行，见文件", f"... and {len(rows) - MOST_ROWS} rows more in the files"))
    paper.print()
    _remarks(point for point in data["points"])
    for point in data["points"]:
        if point.get("precise") is False and point["replications"] == data["rule"]["maximum"]:
            line(tr("未达到精度：", "precision not reached: ") + (_values(point) or data["scenario"]))
    _files(files)


def missing(data: Mapping[str, Any]) -> list[str]:
    """What a partial sweep lacks, in a few lines."""
    lines = missing_words(dict(data))
    more = [tr(f"… 还有 {len(lines) - 10} 个点", f"... and {len(lines) - 10} points more")] if len(lines) > 10 else []
    return [tr("缺：", "missing: ") + each for each in [*lines[:10], *more]]


def compare_report(data: Mapping[str, Any], files: Sequence[Path]) -> None:
    """A comparison: both designs, a row for each figure, and what the words mean."""
    for name in "ab":
        side = data[name]
        line(f"{name.upper()}  " + " · ".join(filter(None, [side["scenario"], side["title"], " ".join(side["sets"])])))
    engines = " ".join(dict.fromkeys([data["a"]["engine"], data["b"]["engine"]]))
    line(_origin(data, engines, data["replications"]))
    paper = console()
    paper.print()
    paper.print(_compare_table(data["figures"]))
    paper.print()
    _remarks([data])
    if data.get("precise") is False:
        line(tr("未达到精度", "precision not reached"))
    line(
        tr(
            "差 = B - A，同一批人、同一组随机数；95 % 区间不含 0 才下结论",
            "difference = B - A on the same people; a verdict only without 0 in its interval",
        )
    )
    line(tr("省：不配对要多少倍的天数", "saved: without the pairing it would take so many times the days"))
    _files(files)


def _origin(data: Mapping[str, Any], engine: str, days: int) -> str:
    return " · ".join([tr(f"种子 {data['seed']}", f"seed {data['seed']}"), engine, tr(f"{days:,} 天", f"{days:,} days")])


def _table(heads: Iterable[tuple[str, bool]]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.MARKDOWN, show_edge=False)
    for head, right in heads:
        table.add_column(head, overflow="fold", justify="right" if right else "left")
    return table


def _point_rows(data: Mapping[str, Any], point: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for number, (name, row) in enumerate(point["figures"].items()):
        unit = FIGURES[name.partition("[")[0]].unit
        values = [str(value) if number == 0 else "" for value in point["values"].values()]
        half = None if row["mean"] is None or row["n"] < 2 else row["high"] - row["mean"]
        rows.append([*values, _named(name), amount(row["mean"], unit), "-" if half is None else "±" + amount(half, unit), f"{row['n']:,}"])
    return rows


def _sweep_table(data: Mapping[str, Any], rows: Iterable[Sequence[str]]) -> Table:
    from rich.text import Text

    heads = [(axis["path"].rpartition(".")[2], True) for axis in data["grid"]]
    means = [(tr("指标", "figure"), False), (tr("平均", "mean"), True), ("95 %", True), (tr("天", "days"), True)]
    table = _table([*heads, *means])
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _compare_table(figures: Mapping[str, Mapping[str, Any]]) -> Table:
    from rich.text import Text

    heads = [(tr("指标", "figure"), False), ("A", True), ("B", True), (tr("差", "difference"), True), ("95 %", True)]
    table = _table([*heads, (tr("B 好的天", "B better"), True), (tr("省", "saved"), True), (tr("结论", "verdict"), False)])
    for name, row in figures.items():
        unit = FIGURES[name.partition("[")[0]].unit
        interval = "-" if row["n"] < 2 else f"{amount(row['low'], unit)}\n{amount(row['high'], unit)}"
        better = share_better(name.partition("[")[0], dict(row))
        cells = [amount(row["a"], unit), amount(row["b"], unit), amount(row["difference"], unit), interval, amount(better, "share")]
        cells.append("-" if row["saved"] is None else f"{row['saved']:.3g}×")
        table.add_row(Text(_named(name)), *map(Text, cells), Text(words(row["verdict"]), _STYLES.get(row["verdict"], "")))
    return table


def _named(name: str) -> str:
    figure, _, where = name.partition("[")
    row = FIGURES[figure]
    return tr(row.zh, row.en) + (f" [{where}" if where else "")


def _values(point: Mapping[str, Any]) -> str:
    return " ".join(f"{path}={value}" for path, value in point["values"].items())


def _remarks(rows: Iterable[Mapping[str, Any]]) -> None:
    """What went wrong on single days, first of all that a fault had no effect."""
    for row in rows:
        for reason in row.get("broken", ()):
            line(f"! {reason}", "yellow")


def _files(files: Sequence[Path]) -> None:
    for path in files:
        line(f"  {path}")
