"""Queue logs that are text: which encoding and separator a file has, and its rows with their lines, also where quotes are broken."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path

from caixue.lang import tr
from twin.csv_rows import ArrivalsError
from twin.problems import Problem

CHUNK = 1 << 20
SEPARATORS = {",": ("逗号", "comma"), ";": ("分号", "semicolon"), "\t": ("制表符", "tab"), "|": ("竖线", "bar")}
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
_LONGEST_RECORD = 40  # lines; longer ones are a quote that somebody forgot to close
_LOOKED_AT = 50  # lines, for the separator
_MOST_BROKEN = 50  # one character in so many may be unreadable; docs/assumptions.md A-163
_TOLD_EVERY = 4096  # rows


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file are read: `broken` characters of it cannot be, the first on line `line`."""

    name: str
    digest: bytes
    broken: int = 0
    line: int = 0


def encoding_of(path: Path) -> Encoding:
    """UTF-8, UTF-16 or GB18030, by its mark or by what fits all of its bytes; raises ArrivalsError for what is no text.

    A few broken characters are borne, for columns of names are often cut off in the middle of one.
    """
    digest = hashlib.blake2b(digest_size=16)
    found: list[_Try] = []
    for name in _candidates(path):
        found.append(one := _Try(name))
        for chunk in _chunks(path):
            one.feed(chunk)
            if len(found) == 1:
                digest.update(chunk)
        if not one.broken:
            break
    best = min(found, key=lambda one: (one.hopeless, one.broken))  # the first of equals
    if best.hopeless:
        raise ArrivalsError(path, [_no_text(best)])
    return Encoding(best.name, digest.digest(), best.broken, best.first)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _candidates(path: Path) -> tuple[str, ...]:
    head = next(_chunks(path), b"")[:4096]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return (name,)
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 > len(head) > 8:  # UTF-16 that lost its mark: every other byte of plain text is zero
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return ("utf-8", "gb18030")


class _Try:
    """Reads a file in one encoding and counts what cannot be read."""

    def __init__(self, name: str) -> None:
        self.name, self.characters, self.zeros = name, 0, 0
        self.broken, self.first = 0, 0  # how many, and the line of the first
        self._lines = 1
        self._decode = codecs.getincrementaldecoder(name)("replace")

    @property
    def hopeless(self) -> bool:
        """True where too much cannot be read."""
        return self.zeros > 0 or self.broken * _MOST_BROKEN > self.characters

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, unless it is plain already that the file is in another encoding."""
        if self.hopeless:
            return
        text = self._decode.decode(chunk)
        bad = text.count("\ufffd")
        if bad and not self.broken:
            self.first = self._lines + text.count("\n", 0, text.index("\ufffd"))
        self.broken, self.characters = self.broken + bad, self.characters + len(text)
        self.zeros += text.count("\0")
        self._lines += text.count("\n")


def _no_text(best: _Try) -> Problem:
    what = tr("不是 UTF-8、GB18030 或 UTF-16 的文本", "not text in UTF-8, GB18030 or UTF-16")
    return Problem(
        best.first or 1, what, tr("在 Excel 中打开，另存为 .xlsx 或“CSV UTF-8”", 'open it in Excel and save it as .xlsx or "CSV UTF-8"')
    )


Record = tuple[int, Sequence[str] | None]  # the line where a row begins, from 1, and its cells; None where its quotes are broken


class TextLog:
    """The rows of one text file."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path, self.encoding, self.separator = path, encoding, ","
        self.share = 0.0  # of the file that has been read
        self._size = max(1, path.stat().st_size)

    def records(self) -> Iterator[Record]:
        """The rows that hold anything, in order."""
        with self.path.open("rb") as raw, TextIOWrapper(raw, self.encoding.name, errors="replace", newline="") as text:
            head = list(islice(text, _LOOKED_AT))
            mark = head[0].strip('\ufeff\r\n "') if head else ""
            named = mark.lower().startswith("sep=") and len(mark) == 5  # what Excel writes and reads above the header
            self.separator = mark[4] if named else _separator(head)
            for number, record in enumerate(_parsed(chain(head[named:], text), self.separator, named)):
                if number % _TOLD_EVERY == 0:
                    self.share = raw.tell() / self._size
                yield record


def _separator(head: Sequence[str]) -> str:
    """The one of which most lines have most."""
    return max(SEPARATORS, key=lambda one: sorted(line.count(one) for line in head)[len(head) // 2] if head else 0)


def _parsed(lines: Iterator[str], separator: str, before: int) -> Iterator[Record]:
    """The rows of these lines; after one with broken quotes they go on with the next line."""
    taken: list[str] = []
    while True:
        reader = csv.reader(_noting(lines, taken), delimiter=separator, strict=True)
        line = before + 1
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = before + reader.line_num + 1
                taken.clear()
            return
        except csv.Error:
            yield line, None
        lines, before = chain(taken[1:], lines), line
        taken = []


def _noting(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The same lines, those of the row in hand also in `taken`; a row of too many lines is a quote that nobody closed."""
    for line in lines:
        taken.append(line)
        yield line
        if len(taken) >= _LONGEST_RECORD:
            raise csv.Error
