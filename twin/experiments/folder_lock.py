"""One sweep at a time in a folder: a lock on a file there, which ends with its process whatever happens, so that none is ever stale."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ledger.turn import locked

LOCK = "unfinished.lock"


class FolderLock:
    """The lock of a folder, taken once and given back with the file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._file: int | None = None

    def take(self) -> None:
        """Raises UsageError where another process works in the folder, OSError where nothing can be written there."""
        if self._file is not None:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if not locked(file) or not self._is_there(file):
            os.close(file)
            what = tr(f"另一个程序正在 {self._path.parent} 里扫描", f"another program is sweeping in {self._path.parent}")
            raise UsageError(what + tr("；等它做完，或用 --out 另选目录", "; wait for it, or choose another folder with --out"))
        self._file = file

    def give_back(self) -> None:
        """Remove the file; before it is closed where the system allows that, lest somebody locks one that is about to go."""
        if self._file is None:
            return
        with suppress(OSError):
            self._path.unlink()
        os.close(self._file)
        self._file = None
        if os.name == "nt":
            with suppress(OSError):
                self._path.unlink()

    def _is_there(self, file: int) -> bool:
        """Whether the locked file is still the one in the folder: its holder may have removed it meanwhile."""
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except OSError:
            return False
