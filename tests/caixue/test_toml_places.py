"""The key locator: every path of a TOML text gets the line that a reader would point at."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.toml_places import Place, places

EVERYTHING = '''\
# a comment with [brackets] and key = "value"
title = "not a [table] # not a comment"   # but this is
  indented   =   1
dotted . "quoted.key" . 'literal "key"' = true
multi = """
[not.a.table]
key = "no"
"""
literal = \'\'\'
x = 1 \'\' \'\'\'
rates = [   # one a slot
  60, 180,  # first
  { at = 1, more = [2,
     3] },
  "x, ]",
]
inline = { a = 1, b.c = 2, "d e" = [ { f = 3 } ] }
when = 2026-11-23 07:00:00+08:00

[table.inner]
a = 1
[table]
b = """quotes at the end"""""
[[fault]]
at = "+1 min"
[fault.detail]
every = 7
[[fault]]
at = "+2 min"
[[fault.step]]
n = 1
[[fault.step]]
n = 2
'''
LINES = [
    (("title",), 2),
    (("indented",), 3),
    (("dotted", "quoted.key", 'literal "key"'), 4),
    (("multi",), 5),
    (("literal",), 9),
    (("rates",), 11),
    (("rates", 0), 12),
    (("rates", 1), 12),
    (("rates", 2), 13),
    (("rates", 2, "at"), 13),
    (("rates", 2, "more", 0), 13),
    (("rates", 2, "more", 1), 14),
    (("rates", 3), 15),
    (("inline", "b", "c"), 17),
    (("inline", "d e", 0, "f"), 17),
    (("when",), 18),
    (("table", "inner"), 20),
    (("table", "inner", "a"), 21),
    (("table",), 22),
    (("table", "b"), 23),
    (("fault",), 24),
    (("fault", 0), 24),
    (("fault", 0, "at"), 25),
    (("fault", 0, "detail"), 26),
    (("fault", 0, "detail", "every"), 27),
    (("fault", 1), 28),
    (("fault", 1, "at"), 29),
    (("fault", 1, "step", 0, "n"), 31),
    (("fault", 1, "step", 1), 32),
    (("fault", 1, "step", 1, "n"), 33),
]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[".".join(map(str, path)) for path, _ in LINES])
def test_every_kind_of_key_is_found_on_its_line(path: Place, line: int) -> None:
    assert places(EVERYTHING)[path] == line


def paths(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every path in the data, with its value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key), one
        yield from paths(one, (*path, key))


def test_the_paths_are_those_that_tomllib_reads() -> None:
    assert set(places(EVERYTHING)) == {path for path, _ in paths(tomllib.loads(EVERYTHING))}


class Writer:
    """Writes random data as TOML in random styles; every number is written once, so a line can be found by its number."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.number = 100_000

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def key(self, taken: set[str]) -> str:
        key = self.draw(st.sampled_from(["a", "b-1", "at", "键", "x.y", "#no", "[z]", 'q"uote']).filter(lambda one: one not in taken))
        taken.add(key)
        return key

    def written(self, key: str) -> str:
        plain = key.replace("-", "").isascii() and key.replace("-", "").isalnum()
        return self.pick(key, f'"{key}"', f"'{key}'") if plain else f'"{key}"' if '"' not in key else f"'{key}'"

    def gap(self) -> str:
        return self.pick("", "", "\n", "  # [x] = 1, ]}\n", "\n\n  ")

    def value(self, depth: int) -> str:
        self.number += 1
        kind = self.draw(st.sampled_from(["int", "text", "literal", "long", "array", "inline"] if depth else ["int", "text"]))
        if kind == "array":
            items = [self.value(depth - 1) for _ in range(self.draw(st.integers(0, 3)))]
            return "[" + self.gap() + ",".join(self.gap() + item + self.gap() for item in items) + "]"
        if kind == "inline":
            taken: set[str] = set()
            pairs = [f"{self.written(self.key(taken))} = {self.value(depth - 1)}" for _ in range(self.draw(st.integers(0, 2)))]
            return "{ " + ", ".join(pairs) + " }"
        if kind == "long":
            return f'"""{self.number}\n[no] # x = 1\n\\" {self.pick("", chr(34), chr(34) * 2)}"""'
        return {"int": f"{self.number}", "text": f'"{self.number} # ]}} \\" ="', "literal": f"'{self.number} \"x\" , ]'"}[kind]

    def pairs(self) -> str:
        taken: set[str] = set()
        rows = []
        for _ in range(self.draw(st.integers(0, 3))):
            key = self.written(self.key(taken))
            dotted = f"{key}{self.pick('.', ' . ')}inner" if self.draw(st.booleans()) else key
            rows.append(
                f"{self.pick('', '  ')}{dotted} {self.pick('=', ' =  ')} {self.value(2)}{self.pick('', '  # c')}\n{self.pick('', chr(10))}"
            )
        return "".join(rows)

    def text(self) -> str:
        text = self.pairs()
        for index in range(self.draw(st.integers(0, 4))):
            if self.draw(st.booleans()):
                text += f"[[rows]]\n{self.pairs()}" + (f"[ rows . sub{index} ] # x\n{self.pairs()}" if self.draw(st.booleans()) else "")
            else:
                text += f"[table{index}{self.pick('', '.deep')}]\n{self.pairs()}"
        return text


@st.composite
def toml(draw: st.DrawFn) -> str:
    """A TOML text in some style."""
    return Writer(draw).text()


@given(toml())
def test_every_value_of_any_toml_is_found_where_it_stands(text: str) -> None:
    data, found, lines = tomllib.loads(text), places(text), text.split("\n")
    assert set(found) == {path for path, _ in paths(data)}
    for path, value in paths(data):
        if isinstance(value, (int, str)):
            assert str(value).split()[0] in lines[found[path] - 1]
