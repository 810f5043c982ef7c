"""The files of an experiment: tidy CSV, Parquet where pyarrow is installed, and a plain HTML table."""

from __future__ import annotations

import csv
import html
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr, why

POINTS, PARQUET, PAGE = "points.csv", "points.parquet", "sweep.html"
STATISTICS = ("mean", "low", "high", "n", "sd", "min", "max")
PYARROW = "pyarrow"


def csv_cells(cells: Sequence[Any]) -> str:
    """One row of CSV, without its line end; numbers to their last bit."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(
        ["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in cells]
    )
    return text.getvalue()


def tidy(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each point and figure of a sweep that has any day: the values of the grid, the figure, its statistics."""
    for point in data["points"]:
        for figure, row in point["figures"].items() if point["replications"] else ():
            yield {**point["values"], "figure": figure, **{key: row[key] for key in STATISTICS}}


def columns(data: Mapping[str, Any]) -> list[str]:
    """The columns of `tidy`, also where it has no row."""
    return [*(axis["path"] for axis in data["grid"]), "figure", *STATISTICS]


def csv_text(rows: Iterator[Mapping[str, Any]], heads: Sequence[str]) -> str:
    """The rows as CSV."""
    return "".join(f"{csv_cells(cells)}\n" for cells in [heads, *([row[head] for head in heads] for row in rows)])


def has_parquet() -> bool:
    """Whether pyarrow is installed."""
    return find_spec(PYARROW) is not None


def need_parquet() -> None:
    """Raise UsageError where pyarrow is missing."""
    if not has_parquet():
        raise UsageError(tr("没有安装 pyarrow，写不了 Parquet：pip install pyarrow", "no Parquet without pyarrow: pip install pyarrow"))


def parquet_bytes(data: Mapping[str, Any]) -> bytes:
    """The rows of `tidy` as a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    rows, heads = list(tidy(data)), columns(data)
    target = io.BytesIO()
    parquet.write_table(pyarrow.table({head: _column([row[head] for row in rows], head) for head in heads}), target)
    return target.getvalue()


def write_bytes(place: Path, content: bytes) -> None:
    """The file in its place: whole, or as it was before. Raises UsageError where it cannot be written."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, place)
    except OSError as error:
        raise UsageError(tr(f"不能写入 {place}：", f"cannot write {place}: ") + why(error)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _column(values: list[Any], head: str) -> Any:
    """Whole numbers, numbers or text: what all values of a column are."""
    import pyarrow

    known = {type(value) for value in values if value is not None}
    if head == "n" or known == {int}:
        return pyarrow.array(values, pyarrow.int64())
    if known <= {int, float} and head != "figure":
        return pyarrow.array([None if value is None else float(value) for value in values], pyarrow.float64())
    return pyarrow.array([None if value is None else str(value) for value in values], pyarrow.string())


def page(data: Mapping[str, Any]) -> str:
    """A sweep as an HTML table, for where no picture can be drawn."""
    heads, rows = columns(data), list(tidy(data))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_cell(row[name]))}</td>" for name in heads) + "</tr>\n" for row in rows)
    title = html.escape(" · ".join(filter(None, [data["scenario"], data["title"]])))
    style = "body{font-family:sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em .6em;text-align:right}"
    return (
        f'<!doctype html>\n<html lang="zh"><meta charset="utf-8"><title>{title}</title><style>{style}</style>\n'
        f"<h1>{title}</h1>\n<table><tr>{head}</tr>\n{body}</table></html>\n"
    )


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
