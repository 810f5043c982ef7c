"""A process that dies at its n-th step: killed, or with the power gone, so that of a medium only what was synced is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from sqlalchemy.engine.default import DefaultDialect

from caixue.events import Event, from_json
from caixue.journal.memory import MemoryJournal
from tests.caixue.ops.backup_bench import MEMORY

Work = Callable[[Path], object]


class DiskJournal(MemoryJournal):
    """A journal whose events are on the disk when `append` returns; it goes on with what is there."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else ():
            if line.endswith("\n"):
                super().append(from_json(line))

    def append(self, event: Event) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(event.to_json() + "\n")
        super().append(event)


class Medium:
    """What of a folder is certainly on the disk: the bytes of files when they were last synced, the names when the folder was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bytes: dict[int, bytes] = {}
        self._names = self._listed()
        for file in folder.iterdir():
            self._bytes[file.stat().st_ino] = file.read_bytes()

    def synced(self, opened: int) -> None:
        """The program synced this."""
        found = os.fstat(opened)
        if os.path.samestat(found, self._folder.stat()):
            self._names = self._listed()
        else:
            self._bytes[found.st_ino] = os.pread(opened, found.st_size, 0)

    def cut(self) -> None:
        """The power fails: what was not synced is gone."""
        for file in self._folder.iterdir():
            file.unlink()
        for name, inode in self._names.items():
            (self._folder / name).write_bytes(self._bytes.get(inode, b""))

    def _listed(self) -> dict[str, int]:
        return {file.name: file.stat().st_ino for file in self._folder.iterdir()}


class Steps:
    """Counts what a process asks of the world, and ends it before the n-th. None: count to the end."""

    def __init__(self, last: int | None, medium: Medium | None) -> None:
        self.count, self._last, self._medium = 0, last, medium

    def step(self) -> None:
        if self.count == self._last:
            self._last = None  # what follows is no step of the program
            if self._medium is not None:
                self._medium.cut()
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Syncs, renames, deletions, statements, commits and events are steps, each with a step after it."""
        with (
            patch.object(os, "fsync", self._around(os.fsync, self._medium)),
            patch.object(os, "replace", self._around(os.replace)),
            patch.object(os, "rename", self._around(os.rename)),
            patch.object(os, "unlink", self._around(os.unlink)),
            patch.object(os, "mkdir", self._around(os.mkdir)),
            patch.object(DefaultDialect, "do_execute", self._around(DefaultDialect.do_execute)),
            patch.object(DefaultDialect, "do_commit", self._around(DefaultDialect.do_commit)),
            patch.object(DiskJournal, "append", self._around(DiskJournal.append)),
        ):
            yield

    @contextmanager
    def traced(self, within: tuple[str, ...]) -> Iterator[None]:
        """Every line of these files is a step."""

        def trace(frame: FrameType, what: str, value: object) -> Any:
            if not frame.f_code.co_filename.endswith(within):
                return None
            if what == "line":
                self.step()
            return trace

        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(None)

    def _around(self, real: Callable[..., Any], medium: Medium | None = None) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            self.step()
            done = real(*given, **named)
            if medium is not None:
                medium.synced(given[0])
            self.step()
            return done

        return watched


def run(work: Work, base: Path, last: int | None, *, medium: str = "", lines: tuple[str, ...] = ()) -> int:
    """Do `work` in a process of its own that dies before step `last`; how many steps it took, where it did not. `medium`: whose power fails."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        try:
            steps = Steps(last, Medium(base / medium) if medium else None)
            with steps.traced(lines) if lines else steps.watched():
                work(base)
            os.write(writes, json.dumps(steps.count).encode())
            os._exit(0)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as said:
        heard = said.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return int(heard or b"0")


def crashes(
    prepare: Callable[[Path], object], work: Work, points: Callable[[int], range | list[int]], **how: Any
) -> Iterator[tuple[int, Path]]:
    """For each of these steps: its number, and the folder that a process which died there has left."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        first = Path(name) / "first"
        first.mkdir()
        prepare(first)
        shutil.copytree(first, Path(name) / "counted")
        total = run(work, Path(name) / "counted", None, **how)
        for last in points(total):
            base = Path(name) / "crashed"
            shutil.copytree(first, base)
            run(work, base, last, **how)
            yield last, base
            shutil.rmtree(base)
