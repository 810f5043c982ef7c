"""CSV as people and Excel write it: any of three encodings, three separators, any line end; rows know their line.

Cells of columns that are not known may hold personal data, so messages never show them.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from caixue.lang import tr
from twin.problems import FileError, Problem, nearest, quoted

COLUMNS = ("arrived_at", "service_started_at", "service_ended_at", "position", "priority", "orders")
_SEPARATORS = ",;\t"
_SEP = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)  # what Excel writes and reads above the header
_TIME = re.compile(r"\d{1,2}:\d{2}")


class ArrivalsError(FileError):
    """The recorded day cannot be used; the message tells every mistake with its line."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # of its first character, from 1
    cells: tuple[str, ...]
    text: str


def decoded(content: bytes, path: Path) -> str:
    """The text of a file in UTF-8, GB18030, or UTF-16 with a byte order mark."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        what = tr("这是 Excel 工作簿，不是 CSV", "this is an Excel workbook, not CSV")
        raise ArrivalsError(path, [Problem(0, what, tr("在 Excel 中另存为“CSV UTF-8（逗号分隔）”", 'save it in Excel as "CSV UTF-8"'))])
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    what = tr("不是 UTF-8、GB18030 或 UTF-16 的文本", "not text in UTF-8, GB18030 or UTF-16")
    raise ArrivalsError(path, [Problem(_bad_line(content), what, tr("另存为“CSV UTF-8”", 'save it as "CSV UTF-8"'))])


def _bad_line(content: bytes) -> int:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return content.count(b"\n", 0, max(0, content.find(b"\0"))) + 1


def rows_of(text: str, path: Path) -> Iterator[Row]:
    """The rows that hold anything, each with the line where it begins."""
    lines = list(io.StringIO(text, newline=""))
    mark = _SEP.fullmatch(lines[0].strip("\r\n ")) if lines else None
    skipped = 1 if mark else 0
    header = next((line for line in lines[skipped:] if line.strip()), "")
    separator = mark[1] if mark else max(_SEPARATORS, key=header.count)
    reader = csv.reader(lines[skipped:], delimiter=separator, strict=True)
    first = skipped
    try:
        for cells in reader:
            line, row_text, first = first + 1, "".join(lines[first : skipped + reader.line_num]), skipped + reader.line_num
            if any(cell.strip() for cell in cells):
                yield Row(line, tuple(cell.strip() for cell in cells), row_text)
    except csv.Error:
        known = all(_name(cell.strip('" \r\n')) in COLUMNS for cell in header.split(separator))
        what = tr("引号不成对，或一格太长", "quotes that do not match, or a cell too long")
        hint = tr("双引号要成对；格内的引号写两个", "quotes come in pairs; double them inside a cell")
        raise ArrivalsError(path, [Problem(first + 1, what, hint, quoted(lines[first] if known else _masked(lines[first])))]) from None


def _name(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower().replace(" ", "_")


def _masked(text: str) -> str:
    return re.sub(r"\w", "*", text)


@dataclass(frozen=True, slots=True)
class Table:
    """The header: where the known columns are, and which cells must never be shown."""

    header: Row
    columns: Mapping[str, int]
    width: int
    dropped: tuple[str, ...]
    private: bool  # there are cells outside the known columns

    @classmethod
    def of(cls, header: Row | None, path: Path, needs: Sequence[str]) -> Table:
        """The table below this header; raises ArrivalsError where it lacks a column or has one twice."""
        if header is None:
            hint = tr("第一行写列名，例如 arrived_at", "the first line names the columns, such as arrived_at")
            raise ArrivalsError(path, [Problem(1, tr("文件是空的", "the file is empty"), hint)])
        names = [_name(cell) for cell in header.cells]
        while names and not names[-1]:
            names.pop()  # Excel leaves empty columns behind
        if any(_TIME.search(name) for name in names):
            what = tr("第一行应是列名，这里是数据", "the first line must name the columns, here it is data")
            hint = tr("在上面加一行：arrived_at,…", "put a line above: arrived_at,…")
            raise ArrivalsError(path, [Problem(header.line, what, hint, quoted(_masked(header.text)))])
        columns = {name: place for place, name in enumerate(names) if name in COLUMNS}
        dropped = tuple(cell for cell, name in zip(header.cells, names, strict=False) if name and name not in COLUMNS)
        problems = [*_doubles(header, names), *_absent(header, names, needs)]
        if problems:
            raise ArrivalsError(path, problems)
        return cls(header, columns, len(names), dropped, len(columns) < len(names))

    def quote(self, row: Row, *, aligned: bool = True) -> str:
        """The row as messages may show it: cells of unknown columns hidden."""
        if not self.private:
            return quoted(row.text)
        if not aligned:
            return quoted(_masked(row.text))
        shown = set(self.columns.values())
        return quoted(",".join(cell if place in shown else "***" for place, cell in enumerate(row.cells[: self.width])))


def _doubles(header: Row, names: Sequence[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(name for name in names if name and names.count(name) > 1):
        what = tr(f'列 "{name}" 出现了两次', f'column "{name}" stands twice')
        yield Problem(header.line, what, tr("删去或改名其中一列", "remove or rename one of them"), quoted(header.text))


def _absent(header: Row, names: Sequence[str], needs: Sequence[str]) -> Iterator[Problem]:
    for need in dict.fromkeys(need for need in needs if need not in names):
        close = nearest(need, [name for name in names if name and name not in COLUMNS])
        hint = (
            tr(f'把 "{close}" 改名为 "{need}"？', f'rename "{close}" to "{need}"?')
            if close
            else tr(f'加上列 "{need}"', f'add the column "{need}"')
        )
        yield Problem(header.line, tr(f'缺少列 "{need}"', f'no column "{need}"'), hint, quoted(header.text))
