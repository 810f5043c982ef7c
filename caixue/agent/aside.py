"""Records that the ledger will never take: a file beside the spool, counted until a person has looked at them and moved it."""

from __future__ import annotations

import os
from pathlib import Path

from caixue.agent.spool import Kept
from caixue.errors import LedgerError
from caixue.lang import tr


class Aside:
    """The file of such records; each stands in it once, however often it is brought over."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def count(self) -> int:
        """How many lie there now."""
        return len(self._lines())

    def add(self, kept: Kept) -> None:
        """Keep one record, on a line of its own; it is on the disk when this returns. Raises LedgerError where it cannot be: then it must stay where it was."""
        line = kept.line()
        if line.rstrip(b"\n") in self._lines():
            return
        try:
            with self.path.open("ab") as file:
                file.write(b"\n" + line)  # the line before may be torn
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise LedgerError(tr(f"写不了 {self.path}：{error.strerror}", f"cannot write {self.path}: {error.strerror}")) from None

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except OSError:
            return []
