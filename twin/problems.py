"""What is wrong with a file that people wrote: place, the line itself, what it is and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from caixue.errors import UsageError
from caixue.lang import tr, why

SHOWN = 10  # problems of one file that are told at a time
QUOTED = 160  # characters of a line that are quoted


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` counts from 1, 0 where the mistake has no line; `quote` is the user's own text there."""

    line: int
    what: str
    hint: str = ""
    quote: str = ""
    place: str = ""  # shown instead of file and line, for example "--set seed=x"

    def told(self, path: str) -> str:
        """The problem as people read it: place and what, then the line, then what to do."""
        place = self.place or (f"{path}:{self.line}" if self.line else path)
        rows = [f"{plain(place)}: {plain(self.what)}"]
        if self.quote.strip():
            rows.append(f"    | {plain(self.quote.strip())}")
        if self.hint:
            rows.append(f"    {plain(self.hint)}")
        return "\n".join(rows)


class FileError(UsageError):
    """A file cannot be used; the message tells its first problems in the order of their lines."""

    def __init__(self, path: object, problems: Iterable[Problem]) -> None:
        self.path = str(path)
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        rows = [problem.told(self.path) for problem in self.problems[:SHOWN]]
        more = len(self.problems) - SHOWN
        if more > 0:
            rows.append(tr(f"还有 {more} 处问题", f"and {more} more"))
        super().__init__("\n".join(rows))


def read_file(path: Path, maximum_bytes: int, error: type[FileError]) -> bytes:
    """The bytes of a file that people named; raises `error` where there is none, it cannot be read, or it is far too large."""
    try:
        if not path.is_file():
            raise error(path, [_no_file(path)])
        with path.open("rb") as file:
            content = file.read(maximum_bytes + 1)
    except (OSError, ValueError) as refused:
        what = tr(f"无法读取：{why(refused)}", f"cannot be read: {why(refused)}")
        raise error(path, [Problem(0, what, tr("检查文件名和权限", "check its name and permissions"))]) from None
    if len(content) > maximum_bytes:
        megabytes = maximum_bytes // 1_000_000
        what = tr(f"文件超过 {megabytes} MB", f"the file is larger than {megabytes} MB")
        raise error(path, [Problem(0, what, tr("是不是选错了文件？", "is it the right file?"))])
    return content


def _no_file(path: Path) -> Problem:
    kind = f" {path.suffix} " if path.suffix else ""
    ending = tr(f"给出一个{kind}文件", f"name a {kind.strip() or 'plain'} file")
    if path.is_dir():
        return Problem(0, tr("是目录，不是文件", "a folder, not a file"), ending)
    if path.exists():
        return Problem(0, tr("不是文件", "not a file"), ending)
    here = sorted(other.name for other in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
    return Problem(0, tr("没有这个文件", "no such file"), did_you_mean(path.name, here) or ending)


def plain(text: str) -> str:
    """The text on one line, without control characters, cut where it gets too long to read."""
    shown = "".join(char if char.isprintable() else " " if char in "\t\n\r" else f"\\x{ord(char):02x}" for char in text[: 3 * QUOTED])
    return shown if len(shown) <= 3 * QUOTED else shown[: 3 * QUOTED] + "…"


def quoted(line: str) -> str:
    """A line of the user's file, cut to a readable length."""
    return line.strip() if len(line.strip()) <= QUOTED else line.strip()[:QUOTED] + "…"


def shown(value: object) -> str:
    """A value as the message shows it: text in quotes, everything short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return tr("一个表", "a table")
    if isinstance(value, (list, tuple)):
        return tr("一个列表", "a list")
    if isinstance(value, int) and value.bit_length() > 100:
        return tr("一个太大的数", "a number far too large")
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:60] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or nothing when none is near."""
    by_fold = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(word.casefold()[:80], list(by_fold), n=1, cutoff=0.6)
    return by_fold[close[0]] if close else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A hint with the nearest known word, else with the known words themselves."""
    close = nearest(word, known)
    if close:
        return tr(f'是不是想写 "{close}"？', f'did you mean "{close}"?')
    if not known:
        return ""
    some = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return tr(f"可以写：{some}", f"known: {some}")
