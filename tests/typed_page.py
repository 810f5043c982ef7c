"""Typing the commands of a page of docs/ from its first to its last, as the engineer does who follows it.

In a page's `sh` blocks `caixue …` is typed, `export` sets the environment, and a line `# 06:30` or `# 2026-10-30 06:30` is what the clock shows
from there on. A command ends with 0, or with the code that its comment names: `# …退出码 99`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from caixue.cli import main
from caixue.clock import SHANGHAI, SystemClock
from tests.test_docs import blocks

CLOCK = re.compile(r"# (?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)\b")
CODE = re.compile(r"#.*退出码 (\d+)")
WIDTH = 80


Answer = Callable[[str], str]  # a question at the terminal → what is typed


@dataclass(frozen=True, slots=True)
class Answered:
    """One command of a page, and what it showed."""

    line: str
    code: int
    out: str
    err: str

    @property
    def shown(self) -> str:
        """The command and what came, for people who read a failing test."""
        return f"$ {self.line}\n{self.out}{self.err}[{self.code}]\n"


class Terminal(io.StringIO):
    """What a program takes for a terminal."""

    def isatty(self) -> bool:
        """It says so."""
        return True


class ShownClock:
    """What the computer's clock shows: it goes on from the time that the page says, and nobody waits for it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time, in Shanghai."""
        return datetime.now(SHANGHAI) + self._ahead

    def set(self, day: str | None, clock: str) -> None:
        """It is `clock`, on the day that is named, else on the day that it is."""
        shown = datetime.fromisoformat(f"{day or self.now().date()}T{clock}:00+08:00")
        self._ahead = shown - datetime.now(SHANGHAI)

    def sleep(self, duration_s: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=duration_s)

    def date_files(self, folder: Path, since_s: float) -> None:
        """Let the files that were written since then have the time that was shown."""
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_mtime >= since_s:
                os.utime(path, (self.now().timestamp(),) * 2)


def lines(page: str) -> list[str]:
    """The lines of a page's `sh` blocks."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


def groups(page: str) -> set[str]:
    """The groups of commands that a page types."""
    return {line.split()[1] for line in lines(page) if line.startswith("caixue ")}


def type_pages(
    *pages: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], answer: Answer | None = None
) -> list[Answered]:
    """Type all commands of these pages where we are; hold each against the code that its page promises, and against what a console can show.

    With an `answer` somebody sits at the terminal.
    """
    clock = ShownClock()
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    monkeypatch.setattr(SystemClock, "sleep", lambda _, duration_s: clock.sleep(duration_s))
    monkeypatch.setattr("sys.stdin", Terminal() if answer else None)
    monkeypatch.setattr("builtins.input", answer or input)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    for name in ("CAIXUE_SITE", "CAIXUE_PERSON", "CAIXUE_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    return [answered for page in pages for line in lines(page) for answered in _typed(line, clock, monkeypatch, capfd)]


def _typed(line: str, clock: ShownClock, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Answered]:
    shown, words = CLOCK.match(line), shlex.split(line, comments=True)
    if shown:
        clock.set(*shown.groups())
    elif words[:1] == ["export"]:
        for assignment in words[1:]:
            monkeypatch.setenv(*assignment.split("=", 1))
    else:
        began_s = time.time()
        yield _answered(line, words, capfd)
        clock.date_files(Path(), began_s)


def _answered(line: str, words: list[str], capfd: pytest.CaptureFixture[str]) -> Answered:
    assert words[:1] == ["caixue"], line
    said = CODE.search(line)
    capfd.readouterr()
    answered = Answered(line, main(words[1:]), *capfd.readouterr())
    assert answered.code == (int(said[1]) if said else 0), answered.shown
    assert fits(answered.out), answered.shown
    return answered


def fits(shown: str) -> bool:
    """Whether a console of 80 columns with GBK can show it; a path on a line of its own may be as long as it is."""
    shown.encode("gbk")
    return all(cell_len(line) <= WIDTH or " " not in line.strip() for line in shown.splitlines())
