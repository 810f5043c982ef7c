"""Where each key of a TOML text stands: tomllib tells the values, this tells their lines.

Covers TOML 1.0: tables, arrays of tables, inline tables, dotted and quoted keys, arrays over several lines, all four kinds of string.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

Place = tuple[str | int, ...]  # ("fault", 2, "at")

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand right before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")  # numbers, booleans, dates


def places(text: str) -> Mapping[Place, int]:
    """The line, from 1, of every table, key and array element of `text`, by path.

    `text` must be what tomllib accepts, with "\\n" line ends. A table that only its sub-tables name has the line of the first of them.
    """
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Place, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._last_row: dict[Place, int] = {}  # [[arrays of tables]] → index of their last row

    def read(self) -> Mapping[Place, int]:
        table: Place = ()
        while self._skip_blank() < len(self.text):
            table = self._statement(table)
        return self.lines

    def _statement(self, table: Place) -> Place:
        """Read a header or a key with its value; returns the table that the next key belongs to."""
        if self.text[self.position] != "[":
            self._pair(table)
            return table
        line, repeated = self._line(), self.text.startswith("[[", self.position)
        self.position += 2 if repeated else 1
        words = self._key()
        self.position += 2 if repeated else 1
        return self._header(words, line, repeated)

    def _header(self, words: tuple[str, ...], line: int, repeated: bool) -> Place:
        path: Place = ()
        for number, word in enumerate(words, 1):
            path += (word,)
            self.lines.setdefault(path, line)
            if repeated and number == len(words):
                self._last_row[path] = self._last_row.get(path, -1) + 1
            if path in self._last_row:
                path += (self._last_row[path],)
        self.lines[path] = line
        return path

    def _pair(self, path: Place) -> None:
        line = self._line()
        for word in self._key():
            path += (word,)
            self.lines.setdefault(path, line)
        self.position += 1  # the equals sign
        self._take(_SPACE)
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        """A key with its dots, and the space around it."""
        words = []
        while True:
            self._take(_SPACE)
            if self.text[self.position] in "\"'":
                words.append(tomllib.loads(f"key = {self._take(_STRING)}")["key"])
            else:
                words.append(self._take(_BARE_KEY))
            self._take(_SPACE)
            if self.text[self.position] != ".":
                return tuple(words)
            self.position += 1

    def _value(self, path: Place) -> None:
        first = self.text[self.position]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._take(_STRING if first in "\"'" else _SCALAR)

    def _array(self, path: Place) -> None:
        self.position += 1
        index = 0
        while self._more("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Place) -> None:
        self.position += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Step to the next element; False, and past the closing bracket, when there is none."""
        self._skip_blank()
        if self.text[self.position] == ",":
            self.position += 1
            self._skip_blank()
        if self.text[self.position] == closing:
            self.position += 1
            return False
        return True

    def _skip_blank(self) -> int:
        self._take(_BLANK)
        return self.position

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.position)
        assert match is not None, f"not TOML at character {self.position}"
        self.position = match.end()
        return match[0]

    def _line(self) -> int:
        return bisect_left(self._breaks, self.position) + 1
