"""Queue logs in Excel workbooks (.xlsx), by openpyxl where it is installed; cells become text that `twin.fitting.times` reads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from twin.csv_rows import ArrivalsError
from twin.fitting.text_rows import Record
from twin.problems import Problem

MAXIMUM_BYTES = 4_000_000_000  # of what is packed into a workbook; docs/assumptions.md A-163
_FROM_1904 = 1462  # days between the two calendars of Excel


class WorkbookLog:
    """The rows of one sheet of a workbook."""

    separator = ""
    share = 0.0  # nobody knows how much of it has been read

    def __init__(self, path: Path, sheet: str | None) -> None:
        self.path, self._sheet = path, sheet

    def records(self) -> Iterator[Record]:
        """The rows that hold anything, in order. Raises ArrivalsError for a broken workbook, UsageError where openpyxl is missing."""
        book = _opened(self.path)
        try:
            yield from self._rows(book)
        except UsageError:
            raise
        except Exception:  # openpyxl raises anything at all on what is broken, and its messages quote cells
            raise ArrivalsError(self.path, [_broken()]) from None
        finally:
            book.close()

    def _rows(self, book: Any) -> Iterator[Record]:
        sheet = self._chosen(book)
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()  # exports often state a size that is not theirs
        from_1904 = book.epoch.year == 1904
        for line, row in zip(count(1), sheet.iter_rows(values_only=True), strict=False):
            cells = [_text(cell, from_1904=from_1904) for cell in row]
            if any(cells):
                yield line, cells

    def _chosen(self, book: Any) -> Any:
        if self._sheet is None:
            sheets = book.worksheets
            if not sheets:
                raise ArrivalsError(self.path, [Problem(1, tr("工作簿里没有工作表", "the workbook has no sheets"), "")])
            return sheets[0]
        if self._sheet.isdecimal() and 0 < int(self._sheet) <= len(book.worksheets) and self._sheet not in book.sheetnames:
            return book.worksheets[int(self._sheet) - 1]
        if self._sheet not in book.sheetnames:
            what = tr(f"没有工作表 {self._sheet}", f"no sheet {self._sheet}")
            hint = tr(f"共 {len(book.worksheets)} 张，也可写序号", f"it has {len(book.worksheets)}; a number from 1 will do")
            raise ArrivalsError(self.path, [Problem(1, what, hint)])
        return book[self._sheet]


def _opened(path: Path) -> Any:
    try:
        import openpyxl
    except ModuleNotFoundError:
        what = tr("读 Excel 工作簿需要 openpyxl", "Excel workbooks need openpyxl")
        hint = tr(
            'pip install "caixue[excel]"，或在 Excel 中另存为“CSV UTF-8”', 'pip install "caixue[excel]", or save it as "CSV UTF-8" in Excel'
        )
        raise ArrivalsError(path, [Problem(1, what, hint)]) from None
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAXIMUM_BYTES:
                raise ArrivalsError(path, [Problem(1, tr("工作簿太大", "the workbook is far too large"), tr("拆成几个文件", "split it"))])
        return openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except UsageError:
        raise
    except Exception:  # see above
        raise ArrivalsError(path, [_broken()]) from None


def _broken() -> Problem:
    what = tr("不是完好的 Excel 工作簿", "not a sound Excel workbook")
    return Problem(1, what, tr("在 Excel 中打开，另存为 .xlsx 或“CSV UTF-8”", 'open it in Excel and save it as .xlsx or "CSV UTF-8"'))


def _text(cell: object, *, from_1904: bool) -> str:
    """A cell as text; times keep their full precision."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None).isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _clock(cell)
    if isinstance(cell, (int, float)):
        return _number(cell + _FROM_1904 if from_1904 and cell >= 1 else cell)
    return str(cell).strip()


def _number(cell: float) -> str:
    return (
        str(int(cell)) if cell == cell and abs(cell) < 1e15 and cell == int(cell) else f"{cell:.10f}" if 0 < abs(cell) < 1e9 else repr(cell)
    )


def _clock(length: timedelta) -> str:
    """A length of time that is a time of day: "[h]:mm" is a format of cells for both."""
    us = length // timedelta(microseconds=1)
    seconds, rest = divmod(us, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:06d}" if us >= 0 else "-"
