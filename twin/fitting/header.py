"""Finding the header of a queue log, below titles and blank rows; headers are never quoted, for they may be people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from caixue.lang import tr
from twin.csv_rows import ArrivalsError
from twin.fitting.columns import ARRIVED, Columns, TwoColumns, columns_of, numbered, resembling
from twin.fitting.text_rows import Record
from twin.fitting.times import Times
from twin.problems import Problem

LOOKED_AT = 30  # rows in which the header must stand; docs/assumptions.md A-163


def header_of(path: Path, records: Iterator[Record], asked: Mapping[str, str], times: Times) -> tuple[Columns, Record]:
    """The columns, and the row that names them; without a header, the first row that holds an arrival. Raises ArrivalsError."""
    by_number = numbered(asked)
    first: Record | None = None
    for line, cells in islice(records, LOOKED_AT):
        first = first or (line, cells)
        if cells is None:
            continue
        try:
            found = columns_of(cells, asked)
        except TwoColumns as two:
            raise ArrivalsError(path, [_two(line, two)]) from None
        if found is not None:
            _check_found(path, line, found, asked)
            return found, (line, cells)
        if by_number is not None and _holds(cells, by_number.places[ARRIVED], times):
            return by_number, (line, cells)
    raise ArrivalsError(path, [_no_header(first, by_number, asked.get(ARRIVED))])


def _check_found(path: Path, line: int, found: Columns, asked: Mapping[str, str]) -> None:
    """Every column that was asked for is there, and no two fields share one."""
    problems = []
    for name, header in asked.items():
        if name not in found.places:
            what = tr(f"没有列 {header}（--column {name}）", f"no column {header} (--column {name})")
            problems.append(Problem(line, what, tr(f"也可写列号，1 到 {found.width}", f"a number from 1 to {found.width} will do")))
    if len(set(found.places.values())) < len(found.places):
        problems.append(Problem(line, tr("两项指到同一列", "two fields name one column"), tr("改 --column", "change --column")))
    if problems:
        raise ArrivalsError(path, problems)


def _holds(cells: Sequence[str], place: int, times: Times) -> bool:
    return place < len(cells) and times.read(cells[place]) >= 0


def _no_header(first: Record | None, by_number: Columns | None, name: str | None) -> Problem:
    if first is None:
        return Problem(1, tr("文件是空的", "the file is empty"), tr("导出时选上表头", "export it with its header"))
    line, cells = first
    if by_number is not None:
        place = by_number.places[ARRIVED] + 1
        what = tr(f"前 {LOOKED_AT} 行的第 {place} 列里没有时间", f"no time in column {place} of the first {LOOKED_AT} rows")
        return Problem(line, what, tr("改 --column arrived_at", "change --column arrived_at"))
    if name is not None:
        what = tr(
            f"前 {LOOKED_AT} 行里没有列 {name}（--column arrived_at）",
            f"no column {name} in the first {LOOKED_AT} rows (--column arrived_at)",
        )
    else:
        what = tr(f"前 {LOOKED_AT} 行里没有到达时间一列", f"no column of arrivals in the first {LOOKED_AT} rows")
    return Problem(line, what, _how_to_name_it(cells or ()))


def _how_to_name_it(cells: Sequence[str]) -> str:
    close = resembling(cells)
    if close is None:
        return tr("表头写“到达时间”或 arrived_at，或用列号：", "name it arrived_at, or give its number: ") + "--column arrived_at=3"
    return tr(f"第 {close[0]} 列像“{close[1]}”：", f'column {close[0]} looks like "{close[1]}": ') + f"--column arrived_at={close[0]}"


def _two(line: int, two: TwoColumns) -> Problem:
    places = tr("、", ", ").join(map(str, two.places))
    what = tr(f"{two.field} 有几列：第 {places} 列", f"several columns for {two.field}: {places}")
    return Problem(line, what, tr("选一列：", "choose one: ") + f"--column {two.field}={two.places[0]}")
