"""The diary of a sweep under way: after each batch where every design stands, so that a sweep broken off anywhere can be gone on with."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr, why
from twin.experiments.folder_lock import FolderLock
from twin.experiments.running import Done, Running, Standing
from twin.experiments.tally import Tally

DIARY, DAYS = "unfinished.jsonl", "replications.csv"


class Diary:
    """`unfinished.jsonl` in the folder of a sweep, and beside it, where wanted, `replications.csv` with a row for each day.

    `plan` is what makes the sweep what it is: another plan does not go on with it.
    """

    def __init__(self, folder: Path, plan: dict[str, Any], running: Running, *, header: str = "") -> None:
        self._path, self._days_path = folder / DIARY, folder / DAYS
        self._plan, self._running, self._header = plan, running, header
        self._lock = FolderLock(folder)
        self._file: BinaryIO | None = None
        self._days: BinaryIO | None = None

    @property
    def begun(self) -> bool:
        """Whether an unfinished sweep lies there."""
        return self._path.is_file()

    def begin(self) -> None:
        """Start anew. Raises UsageError where an unfinished sweep lies there or is under way, or nothing can be written."""
        self._take_lock()
        if self.begun:
            self._lock.give_back()
            what = tr(f"{self._path.parent} 里有一次没做完的扫描", f"an unfinished sweep lies in {self._path.parent}")
            way = tr("；加 --resume 接着做，或用 --out 另选目录", "; go on with --resume, or choose another folder with --out")
            raise UsageError(what + way)
        try:
            self._file = self._path.open("wb")
            self._write({"plan": self._plan})
            self._open_days(0)
        except OSError as error:
            self._lock.give_back()
            raise _refused(self._path.parent, error) from None

    def go_on(self) -> None:
        """Take up the standings where the last whole batch left them; begins anew where there is nothing.

        Raises UsageError for another plan, and where another process goes on with it.
        """
        self._take_lock()
        if not self.begun:
            self.begin()
            return
        try:
            content = self._path.read_bytes()
            size = self._days_path.stat().st_size if self._days_path.is_file() else 0
            kept, days = self._take(content, size if self._header else None)
            self._file = _opened(self._path, kept)
            self._open_days(days)
        except UsageError:
            self._lock.give_back()
            raise
        except OSError as error:
            self._lock.give_back()
            raise _refused(self._path.parent, error) from None

    def note(self, done: Done, rows: str = "") -> None:
        """A batch has been counted; `rows` are its days as CSV."""
        standing = self._running.standings[done.point]
        try:
            if self._days is not None:
                self._days.write(rows.encode("utf-8"))
                self._days.flush()
            row = {"point": done.point, "days": standing.days, "tallies": [each.state() for each in standing.tallies]}
            more: dict[str, Any] = {"broken": list(standing.broken)} if standing.broken else {}
            self._write({**row, **more, **({"bytes": self._days.tell()} if self._days is not None else {})})
        except OSError as error:
            raise _refused(self._path.parent, error) from None

    def close(self) -> None:
        """Leave the files as they are, to be gone on with."""
        for file in (self._file, self._days):
            with suppress(OSError):
                if file is not None:
                    file.close()
        self._lock.give_back()

    def finish(self) -> None:
        """The sweep is whole and its results are written: the diary is not needed any more."""
        self.close()
        with suppress(OSError):
            self._path.unlink()

    def _take_lock(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.take()
        except OSError as error:
            raise _refused(self._path.parent, error) from None

    def _take(self, content: bytes, size: int | None) -> tuple[int, int]:
        """Hear every whole line whose days are there; gives how much of both files counts."""
        kept = days = 0
        for number, line in enumerate(content.splitlines(keepends=True)):
            row = _row(line)
            if number == 0 and (row is None or row.get("plan") != self._plan):
                raise UsageError(self._another(row or {}))
            if row is None or (size is not None and row.get("bytes", 0) > size):
                break
            kept += len(line)
            if number:
                self._running.standings[row["point"]] = Standing(
                    tuple(map(Tally.of, row["tallies"])), row["days"], tuple(row.get("broken", ()))
                )
                days = row.get("bytes", 0)
        return kept, days or len(self._header.encode("utf-8"))

    def _another(self, row: dict[str, Any]) -> str:
        """Which part of the plan is not what it was."""
        before = row.get("plan") or {}
        other = ", ".join(key for key, value in self._plan.items() if before.get(key) != value) or "?"
        what = tr(f"{self._path.parent} 里是另一次扫描（不同：{other}）", f"another sweep lies in {self._path.parent} (different: {other})")
        return what + tr("；用 --out 另选目录", "; choose another folder with --out")

    def _open_days(self, size: int) -> None:
        if not self._header:
            self._days_path.unlink(missing_ok=True)  # of another sweep
            return
        self._days = _opened(self._days_path, size)
        if size == 0:
            self._days.write(self._header.encode("utf-8"))
        self._days.flush()

    def _write(self, row: dict[str, Any]) -> None:
        assert self._file is not None, "neither begun nor gone on with"
        self._file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
        self._file.flush()


def rows_of_days(point: str, first: int, values: NDArray[np.float64]) -> str:
    """The days of a batch as CSV: the values of the grid, the number of the replication, the figures; empty without samples."""
    lines = []
    for number, row in enumerate(values.tolist(), first):
        cells = ",".join("" if value != value else repr(value) for value in row)
        lines.append(f"{point}{number},{cells}\n")
    return "".join(lines)


def _opened(path: Path, size: int) -> BinaryIO:
    """The file, of which only so many bytes are kept, to be written on."""
    file = path.open("r+b" if size and path.is_file() else "wb")
    file.truncate(size)
    file.seek(size)
    return file


def _row(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it was not written to its end."""
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _refused(folder: Path, error: OSError) -> UsageError:
    reason = why(error)
    return UsageError(
        tr(f"不能写入 {folder}：{reason}；用 --out 另选", f"cannot write to {folder}: {reason}; choose another folder with --out")
    )
