"""Sweeps and comparisons on the console: 80 columns, characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from caixue.lang import tr
from twin.experiments.screens import compare_table, sweep_table
from twin.experiments.sweep import missing_words
from twin.printed import console, line, wrapped


def sweep_report(data: Mapping[str, Any], files: Sequence[Path]) -> None:
    """A sweep: what it was, a row for each point, what is not shown, where the files are."""
    wrapped(" · ".join(filter(None, [data["scenario"], data["title"]])))
    line(_origin(data, data["engine"], sum(point["replications"] for point in data["points"])))
    paper = console()
    paper.print()
    begun = [point for point in data["points"] if point["replications"]]
    if begun:
        table, points, figures = sweep_table(data, begun, paper.width)
        paper.print(table)
        _left_out(points, figures)
    paper.print()
    _of_alike(row for point in data["points"] for row in point["figures"].values())
    _remarks(point for point in data["points"])
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
        wrapped(f"{name.upper()}  " + " · ".join(filter(None, [side["scenario"], side["title"], " ".join(side["sets"])])))
    engines = " ".join(dict.fromkeys([data["a"]["engine"], data["b"]["engine"]]))
    line(_origin(data, engines, data["replications"]))
    paper = console()
    paper.print()
    paper.print(compare_table(data["figures"]))
    paper.print()
    _of_alike(data["figures"].values())
    _remarks([data])
    line(
        tr(
            "差 = B - A，同一批人、同一组随机数；区间是各自的 95 %",
            "difference = B - A on the same people, each with its own 95 % interval",
        )
    )
    many = sum(row["n"] > 1 for row in data["figures"].values())
    line(
        tr(
            f"结论按 Holm 法同时看 {many} 个指标：无差别时说错任何一个的机会至多 5 %",
            f"verdicts by Holm over {many} figures: at most 5 % for any wrong one in all",
        )
    )
    line(tr("省：不配对要多少倍的天数", "saved: without the pairing it would take so many times the days"))
    _files(files)


def _left_out(points: int, figures: int) -> None:
    """How much there is no room for."""
    more = [tr(f"{points:,} 个点", f"{points:,} points")] if points else []
    more += [tr(f"{figures} 个指标", f"{figures} figures")] if figures else []
    if more:
        line(tr("另有 ", "and ") + tr("、", " and ").join(more) + tr("，见 points.csv", " more in points.csv"))


def _origin(data: Mapping[str, Any], engine: str, days: int) -> str:
    return " · ".join([tr(f"种子 {data['seed']}", f"seed {data['seed']}"), engine, tr(f"{days:,} 天", f"{days:,} days")])


def _of_alike(rows: Iterable[Mapping[str, Any]]) -> None:
    """What days that were all alike let us say: by the rule of three at most 3/n of all days differ."""
    fewest = min((row["n"] for row in rows if row["n"] > 1 and row["high"] is None), default=0)
    if fewest:
        share = min(1.0, 3 / fewest)
        line(
            tr(
                f"全同：每一天都一样，还没有区间；不一样的日子至多占 {share:.2g}（3/n）",
                f"alike: no two days differed, so no interval; at most {share:.2g} of all days do (3/n)",
            )
        )


def _remarks(rows: Iterable[Mapping[str, Any]]) -> None:
    """What went wrong on single days, first of all that a fault had no effect."""
    for row in rows:
        for reason in row.get("broken", ()):
            line(f"! {reason}", "yellow")


def _files(files: Sequence[Path]) -> None:
    for path in files:
        line(f"  {path}")
