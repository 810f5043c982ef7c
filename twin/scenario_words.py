"""What pydantic found wrong with a scenario, in the user's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from caixue.lang import tr
from caixue.toml_places import Place
from twin.door import Table
from twin.problems import did_you_mean, shown
from twin.scenario_checks import Finding
from twin.scenario_model import Scenario

# key → how it is written, where a better example is known than the type's
_EXAMPLES: Mapping[str, str] = {
    "schema": "schema = 1",
    "site": 'site = "eight-window"',
    "start": "start = 2026-11-23T07:00:00+08:00",
    "load": '[load] profile = "weekday-morning"',
    "at": 'at = "+45 min"',
    "kind": 'kind = "print-head-dead-dots"',
    "device": 'device = "window-3.label-printer"',
    "name": 'name = "timed"',
    "share": "share = 0.02",
    "figure": 'figure = "patient.wait.p90"',
    "limit": 'limit = "<= 15 min"',
    "mtbf": 'mtbf = "40 h"',
    "repair": 'repair = { distribution = "exponential", mean = "2 h" }',
    "service": 'service = { distribution = "lognormal", mean = "110 s", sd = "45 s" }',
    "patience": 'patience = { distribution = "exponential", mean = "1 h" }',
    "distribution": 'distribution = "lognormal"',
    "rates_per_h": "rates_per_h = [60, 180, 200]",
}
_TYPES: Mapping[str, tuple[str, str, str]] = {  # error type → what is wanted, and an example of it
    "string_type": ("文字", "text", '"text"'),
    "int_type": ("整数", "a whole number", "3"),
    "float_type": ("数", "a number", "0.5"),
    "bool_type": ("true 或 false", "true or false", "true"),
    "tuple_type": ("列表", "a list", "[ … ]"),
    "model_type": ("表", "a table", "{ … }"),
    "datetime_type": ("带时区的日期时间", "a date and time with its zone", "2026-11-23T07:00:00+08:00"),
    "timezone_aware": ("带时区的日期时间", "a date and time with its zone", "2026-11-23T07:00:00+08:00"),
}
_FINDINGS = 1000  # of one file; finding near words for more would take long
_RANGES = {"greater_than_equal": ("ge", "≥"), "greater_than": ("gt", ">"), "less_than_equal": ("le", "≤"), "less_than": ("lt", "<")}


def findings(error: ValidationError) -> Iterator[Finding]:
    """One finding for each of pydantic's first errors."""
    for row in error.errors(include_url=False)[:_FINDINGS]:
        yield _finding(row)


def _finding(row: Any) -> Finding:
    path: Place = row["loc"]
    kind, context = row["type"], row.get("ctx", {})
    key = str(path[-1]) if path else ""
    if kind == "door":
        return Finding((*path, *context["key"]), context["what"], context["hint"])
    if kind == "extra_forbidden":
        return Finding(path, tr(f'未知的键 "{key}"', f'unknown key "{key}"'), _home(path, key) or did_you_mean(key, keys_at(path[:-1])))
    if kind == "missing":
        return Finding(
            path[:-1] or path, tr(f'缺少键 "{key}"', f'the key "{key}" is missing'), tr("加上 ", "add ") + _EXAMPLES.get(key, f"{key} = …")
        )
    if kind == "literal_error":
        return _not_one_of(path, key, row["input"], context["expected"])
    if kind in _TYPES:
        return _wrong_type(path, key, row["input"], *_TYPES[kind])
    if kind in _RANGES:
        name, sign = _RANGES[kind]
        bound = f"{context[name]:g}" if isinstance(context[name], float) else str(context[name])
        what = tr(f"{key} = {shown(row['input'])} 超出范围", f"{key} = {shown(row['input'])} is out of range")
        return Finding(path, what, tr(f"应 {sign} {bound}", f"must be {sign} {bound}"))
    return _other(path, key, row)


def _not_one_of(path: Place, key: str, value: object, expected: str) -> Finding:
    words = tuple(re.findall(r"'([^']*)'", expected))
    what = tr(f"{key} 不能是 {shown(value)}", f"{key} cannot be {shown(value)}")
    if isinstance(value, str) and words:
        return Finding(path, what, did_you_mean(value, words))
    return Finding(path, what, tr("写成 ", "write ") + f"{key} = " + (f'"{words[0]}"' if words else expected))


def _wrong_type(path: Place, key: str, value: object, zh: str, en: str, example: str) -> Finding:
    what = tr(f"{_named(path)} 应为{zh}，不是 {shown(value)}", f"{_named(path)} must be {en}, not {shown(value)}")
    if isinstance(value, dict) and example == "[ … ]":
        return Finding(path, what, tr("多行的表要写双方括号：", "lists of tables have double brackets: ") + f"[[{key}]]")
    if isinstance(value, tuple) and example == "{ … }":
        return Finding(path, what, tr("这个表只有一个，写单方括号：", "there is one such table, in single brackets: ") + f"[{key}]")
    if isinstance(value, str) and not isinstance(path[-1], int) and re.fullmatch(r"\d+(\.\d+)?", value) and example in ("3", "0.5"):
        return Finding(path, what, tr("去掉引号：", "without quotes: ") + f"{key} = {value}")
    return Finding(path, what, tr("写法如 ", "write it like ") + (_EXAMPLES.get(key) or f"{_named(path)} = {example}"))


def _other(path: Place, key: str, row: Any) -> Finding:
    if row["type"] in ("too_short", "string_too_short"):
        return Finding(
            path,
            tr(f"{_named(path)} 是空的", f"{_named(path)} is empty"),
            tr("写法如 ", "write it like ") + _EXAMPLES.get(key, f"{key} = …"),
        )
    if row["type"] == "finite_number":
        return Finding(
            path,
            tr(f"{_named(path)} 必须是有限的数", f"{_named(path)} must be a finite number"),
            tr("写一个普通的数", "write a plain number"),
        )
    if row["type"] == "string_pattern_mismatch":
        what = tr(f"{shown(row['input'])} 不能作名字", f"{shown(row['input'])} cannot be a name")
        return Finding(path, what, tr("名字里不能有空格和 /", "no spaces and no / in a name"))
    return Finding(path, f"{_named(path)}: {row['msg']}", tr("见 caixue schema", "see `caixue schema`"))


def _named(path: Place) -> str:
    """The last key on the path; an element of a list goes by the name of its list."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _home(path: Place, key: str) -> str:
    """Where a key belongs that stands in the wrong table; a key of the file's top below a [table] header is the usual slip."""
    if len(path) > 1 and key in keys_at(()):
        return tr(f'"{key}" 要写在第一个 [表] 之前', f'"{key}" belongs above the first [table]')
    homes = [name for name in keys_at(()) if name != path[0] and key in keys_at((name,))]
    return tr(f'"{key}" 属于 ', f'"{key}" belongs in ') + ", ".join(f"[{name}]" for name in homes) if homes else ""


def keys_at(path: Place) -> tuple[str, ...]:
    """The keys that may stand in the table at `path`."""
    table: type[Table] = Scenario
    for part in path:
        if isinstance(part, str):
            inner = _table_in(_fields(table)[part])
            if inner is None:
                return ()
            table = inner
    return tuple(_fields(table))


def _fields(table: type[Table]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in table.model_fields.items()}


def _table_in(annotation: Any) -> type[Table] | None:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next((found for one in get_args(annotation) if (found := _table_in(one)) is not None), None)
