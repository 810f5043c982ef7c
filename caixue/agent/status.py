"""What the agent says of itself while it runs: a status file that is replaced whole, and a lock that ends with its holder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from caixue.errors import LedgerError, UsageError
from caixue.lang import tr
from caixue.ledger.turn import locked

HEARTBEAT_S = 5.0  # how often the status file is written
ALIVE_S = 60.0  # a heartbeat older than this is none: docs/assumptions.md A-119


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the agent of one ledger keeps its lock, its status and its spool."""

    path: Path

    @property
    def status(self) -> Path:
        """The status file."""
        return self.path / "status.json"

    @property
    def spool(self) -> Path:
        """What waits for the ledger."""
        return self.path / "spool.jsonl"

    def make(self) -> None:
        """Make the folder. Raises LedgerError where that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(tr(f"建不了目录 {self.path}：{error.strerror}", f"cannot make the folder {self.path}: {error.strerror}")) from None

    def write(self, status: Mapping[str, Any]) -> None:
        """Replace the status; a reader sees the old or the new one, whole. A full disk leaves the old one."""
        beside = self.status.with_suffix(".new")
        try:
            beside.write_text(json.dumps(status, ensure_ascii=False, indent=1), encoding="utf-8", newline="\n")
            beside.replace(self.status)
        except OSError:
            return

    def read(self) -> dict[str, Any]:
        """The last status; nothing where there is none or it cannot be read."""
        try:
            found = json.loads(self.status.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def running(self) -> bool:
        """Whether an agent holds the lock now."""
        if not self.path.is_dir():
            return False
        try:
            with Lock(self):
                return False
        except UsageError:
            return True


class Lock:
    """Held by the one agent of a ledger. Raises UsageError while another holds it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._file = -1

    def __enter__(self) -> Lock:
        path = self._folder.path / "lock"
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LedgerError(tr(f"用不了 {path}：{error.strerror}", f"cannot use {path}: {error.strerror}")) from None
        if not locked(self._file):
            os.close(self._file)
            known = self._folder.read()
            who = tr(f"进程 {known.get('pid', '?')}，自 {known.get('started', '?')}", f"process {known.get('pid', '?')} since {known.get('started', '?')}")
            raise UsageError(tr(f"这个现场已有一个代理在运行（{who}）：{self._folder.path}", f"this site has an agent already ({who}): {self._folder.path}"))
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def age_s(status: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds since the last heartbeat; None where there is none."""
    try:
        return (now - datetime.fromisoformat(str(status["heartbeat"]))).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
