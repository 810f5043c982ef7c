"""Whose turn it is to write: one process at a time, by a lock on a file beside the ledger, which ends with its holder whatever happens.

SQLite could arbitrate itself, but its write-ahead log had a defect up to 3.51.2 that two writers at once can meet (wal.html#walresetbug).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from caixue.errors import LedgerError
from caixue.lang import tr

WAIT_S = 10.0
_LOOK_S = 0.02


class Turn:
    """A lock between processes that its holder may take again; `pause` waits between looks."""

    def __init__(self, path: Path | None, pause: Callable[[float], None], wait_s: float = WAIT_S) -> None:
        self.path = path  # None: a database that arbitrates itself
        self._pause = pause
        self._wait_s = wait_s
        self._depth = 0
        self._file: int | None = None

    def __enter__(self) -> Turn:
        if self._depth == 0 and self.path is not None:
            self._take(self.path)
        self._depth += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._depth -= 1
        if self._depth == 0 and self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, path: Path) -> None:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LedgerError(tr(f"账本写不了：{path}：{error.strerror}", f"cannot write the ledger: {path}: {error.strerror}")) from None
        left_s = self._wait_s
        while not locked(file):
            if left_s <= 0:
                os.close(file)
                raise LedgerError(
                    tr(
                        f"另一个程序正在写账本（{path}），等了 {self._wait_s:g} 秒；稍后再试",
                        f"another program is writing the ledger ({path}); waited {self._wait_s:g} s, try again later",
                    )
                )
            self._pause(_LOOK_S)
            left_s -= _LOOK_S
        self._file = file


def locked(file: int) -> bool:
    """Take the lock if it is free."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
