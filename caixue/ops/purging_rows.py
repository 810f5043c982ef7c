"""Rows of a cache as lines of a file (contract C2.2.1): each value as it is, so that a row read from the file equals the row of the table."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any

from caixue.errors import BackupDamaged, UsageError
from caixue.lang import tr
from caixue.ops.backup.disk import disk, sync

# Type → its tag, how it is written and how it is read; bool, int, str and None are as JSON has them.
_TYPES: Mapping[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    float: ("float", repr, float),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode(), base64.b64decode),
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("date", date.isoformat, date.fromisoformat),
    time_of_day: ("time", time_of_day.isoformat, time_of_day.fromisoformat),
    timedelta: ("duration_us", lambda value: value // timedelta(microseconds=1), lambda text: timedelta(microseconds=text)),
    Decimal: ("decimal", str, Decimal),
    dict: ("json", lambda value: value, lambda value: value),
    list: ("json", lambda value: value, lambda value: value),
}
_EXACT = (float, bytes)  # each is read as what was written
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_READERS = {tag: read for tag, _, read in _TYPES.values()}


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of exported rows: deleted now, changed since and kept, or already gone."""

    deleted: int = 0
    changed: int = 0
    gone: int = 0

    def __add__(self, other: Deleted) -> Deleted:
        return Deleted(self.deleted + other.deleted, self.changed + other.changed, self.gone + other.gone)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its key as the driver gave it, and the line that tells all of it."""

    key: Any
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many rows, and a digest over all their lines."""

    rows: int
    digest: str


def line_of(row: Mapping[str, Any], key: str) -> Line:
    """The line of a row. Raises UsageError, naming the column, for a value that would not come back as it was."""
    values = {column: _plain(column, value) for column, value in row.items()}
    text = _canonical({"key": values[key], "row": values})
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: nobody could read the file again
        raise _unfit(next(column for column, value in row.items() if not _is_unicode(value)), "") from None
    return Line(row[key], text)


def row_of(text: str) -> dict[str, Any]:
    """The row that a line tells. Raises ValueError, KeyError or TypeError for what is no such line."""
    return {column: _value(value) for column, value in json.loads(text)["row"].items()}


def key_of(text: str) -> Any:
    """The key that a line tells."""
    return _value(json.loads(text)["key"])


def _plain(column: str, value: Any) -> Any:
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, memoryview | bytearray):
        value = bytes(value)
    if type(value) not in _TYPES:
        raise _unfit(column, value)
    tag, say, read = _TYPES[type(value)]
    plain = say(value)
    if type(value) not in _EXACT and not _comes_back(plain, value, read):
        raise _unfit(column, value)
    return {tag: plain}


def _comes_back(plain: Any, value: Any, read: Callable[[Any], Any]) -> bool:
    """Whether what is written is read as the same value."""
    try:
        return bool(read(json.loads(_canonical(plain))) == value)
    except (TypeError, ValueError, ArithmeticError):
        return False


def _is_unicode(value: Any) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unfit(column: str, value: Any) -> UsageError:
    kind = type(value).__name__
    zh = f"{column} 列里有 {kind} 类型的值，不能原样导出；没有删除"
    return UsageError(tr(zh, f"column {column} holds a {kind} that cannot be exported as it is; nothing was deleted"))


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((tag, text),) = plain.items()
    return _READERS[tag](text)


def write(file: Path, about: Mapping[str, Any], lines: Iterable[Line]) -> Written:
    """Write a first line that says what follows, and the rows, one a line; on the disk when this returns. Raises BackupError."""
    sha, rows = hashlib.sha256(), 0
    with disk(file):
        with file.open("w", encoding="utf-8", newline="\n") as into:
            into.write(json.dumps(about, ensure_ascii=False) + "\n")
            for line in lines:
                into.write(line.text + "\n")
                sha.update(line.text.encode() + b"\n")
                rows += 1
        sync(file)
    return Written(rows, sha.hexdigest())


def read(file: Path) -> Iterator[str]:
    """The lines of the rows in `file`. Raises BackupDamaged for what is no such file."""
    with disk(file):
        try:
            with file.open(encoding="utf-8", newline="\n") as lines:
                json.loads(next(lines))
                for line in lines:
                    if not line.endswith("\n"):
                        raise ValueError(tr("最后一行不完整", "the last line is cut off"))
                    yield line[:-1]
        except (ValueError, StopIteration) as error:
            raise BackupDamaged(tr(f"导出文件 {file} 不完整：{error}", f"the export {file} is not whole: {error}")) from None


def reread(file: Path, key: str) -> Written:
    """The same as `write` said, from the file: every line must give a row whose line it is. Raises BackupDamaged."""
    sha, rows = hashlib.sha256(), 0
    for text in read(file):
        try:
            whole = line_of(row_of(text), key).text == text
        except (KeyError, TypeError, ValueError, AttributeError, UsageError):
            whole = False
        if not whole:
            raise BackupDamaged(
                tr(f"导出文件 {file} 第 {rows + 2} 行读不回来", f"line {rows + 2} of the export {file} cannot be read back")
            )
        sha.update(text.encode() + b"\n")
        rows += 1
    return Written(rows, sha.hexdigest())


def batches(lines: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    """The lines, `size` at a time."""
    group: list[str] = []
    for line in lines:
        group.append(line)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
