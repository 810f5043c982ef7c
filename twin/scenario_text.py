"""A scenario file as text: read from bytes, changed by overrides, and asked where a key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caixue.lang import tr
from caixue.toml_places import Place, places
from twin.problems import FileError, Problem, quoted, read_file
from twin.scenario_checks import Finding

MAXIMUM_BYTES = 1_000_000
MAXIMUM_LEVELS = 32  # of tables in tables
# A key with so many dots would cost tomllib quadratic time.
_DEEP_KEY = re.compile(r"""(?<![\w"'.-])(?:[\w"'-]+[ \t]*\.[ \t]*)""" + f"{{{MAXIMUM_LEVELS}}}")
_FULL_WIDTH = re.compile("[“”‘’＝，［］｛｝＃：]")
_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_STEP = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.="'\s]+))\s*""")


class ScenarioError(FileError):
    """The scenario cannot be used; the message tells every mistake with its line."""


# What tomllib says → what we say, and what to do about it.
_SYNTAX: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
    (
        "Expected newline or end of document|Invalid value",
        lambda: (
            tr("这里不是 TOML 的值", "this is not a TOML value"),
            tr('文字和时长要加英文双引号，例如 duration = "6 h"', 'put text and durations in straight quotes, like duration = "6 h"'),
        ),
    ),
    (
        r"Illegal character '\\n'|Unterminated string|Expected '\"'|Expected \"'\"",
        lambda: (tr("引号没有闭合", "the quotes are not closed"), tr("在这段文字末尾加上引号", "close them at the end of the text")),
    ),
    (
        "Expected '='|Invalid statement|Invalid initial character",
        lambda: (tr("这里应为 键 = 值", "a line is: key = value"), tr('例如 title = "周一早高峰"', 'for example title = "Monday"')),
    ),
    (
        "Cannot overwrite a value|Duplicate inline table key|Cannot mutate|Cannot redefine",
        lambda: (tr("这个键写了两次", "this key stands twice"), tr("删去其中一个", "remove one of them")),
    ),
    (
        r"Cannot declare \('(?:fault|expect|steady|patient_class|random_fault)'",
        lambda: (tr("这个表写了两次", "this table stands twice"), tr("多行的表写成 [[fault]]", "lists of tables are written [[fault]]")),
    ),
    ("Cannot declare", lambda: (tr("这个表写了两次", "this table stands twice"), tr("合并成一个", "join them"))),
    (
        "Unclosed array|Unclosed inline table|at the end of a",
        lambda: (
            tr("括号没有闭合", "a bracket is not closed"),
            tr("补上 ] 或 }，各项之间用英文逗号", "add ] or }, with commas between the entries"),
        ),
    ),
    (
        "Invalid date",
        lambda: (tr("没有这个日期", "there is no such date"), "start = 2026-11-23T07:00:00+08:00"),
    ),
    (
        r"Unescaped '\\'|Invalid hex|Escaped character",
        lambda: (
            tr("反斜杠在双引号里有特殊含义", "a backslash means something in double quotes"),
            tr("改用单引号或 /", "use single quotes, or /"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class ScenarioText:
    """The text, its content with the overrides applied, and the line of every key."""

    path: Path
    lines: tuple[str, ...]
    data: dict[str, Any]
    places: Mapping[Place, int]
    overrides: Mapping[Place, str] = field(default_factory=dict)

    def problem(self, finding: Finding) -> Problem:
        """The finding with its place: the override that brought it, else the line of its key or of the nearest table around it."""
        for depth in range(len(finding.path), 0, -1):
            if override := self.overrides.get(finding.path[:depth]):
                return Problem(0, finding.what, finding.hint, place=f"--set {override}")
            if line := self.places.get(finding.path[:depth]):
                break
        else:
            line = 1
        return Problem(line, finding.what, finding.hint, quote=quoted(self.lines[line - 1]))


def read_bytes(path: Path) -> bytes:
    """The bytes of a scenario file; raises ScenarioError."""
    return read_file(path, MAXIMUM_BYTES, ScenarioError)


def parse_text(content: bytes, path: Path, overrides: Sequence[str] = ()) -> ScenarioText:
    """The scenario in these bytes; raises ScenarioError where they are not TOML in UTF-8, or an override cannot be applied."""
    text = _decoded(content, path)
    lines = tuple(text.split("\n"))
    try:
        if _DEEP_KEY.search(text):
            raise RecursionError
        data = tomllib.loads(text)
        where = places(text)
        given = {_override(data, override, path): override for override in overrides}
        return ScenarioText(path, lines, frozen(data, MAXIMUM_LEVELS), where, given)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(path, [_syntax_problem(str(error), lines)]) from None
    except (ValueError, RecursionError):
        what = tr("嵌套太深，或数字太长", "nested too deeply, or a number is too long")
        raise ScenarioError(path, [Problem(0, what, tr("简化这个文件", "simplify the file"))]) from None


def frozen(value: Any, levels: int) -> Any:
    """The same data with tuples for lists; raises RecursionError below so many levels."""
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        raise RecursionError
    if isinstance(value, dict):
        return {key: frozen(inner, levels - 1) for key, inner in value.items()}
    return tuple(frozen(inner, levels - 1) for inner in value)


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, encoding = content.count(b"\n", 0, error.start) + 1, _guess(content)
        bad = content.split(b"\n")[line - 1].decode(encoding or "utf-8", errors="replace") if encoding != "UTF-16" else ""
        what = tr("文件不是 UTF-8 文本", "the file is not UTF-8 text")
        if encoding:
            what = tr(f"文件编码是 {encoding}，不是 UTF-8", f"the file is in {encoding}, not UTF-8")
        raise ScenarioError(
            path, [Problem(line, what, tr("用编辑器另存为 UTF-8", "save it as UTF-8 in your editor"), quoted(bad))]
        ) from None


def _guess(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GB18030"


def _syntax_problem(message: str, lines: Sequence[str]) -> Problem:
    place = _LINE.search(message)
    if place is not None and place[1]:
        line = min(int(place[1]), len(lines))
    else:
        line = max((number for number, text in enumerate(lines, 1) if text.strip()), default=1)
    what, hint = next(
        (told() for pattern, told in _SYNTAX if re.search(pattern, message)),
        (_LINE.sub("", message), tr("见 TOML 语法 toml.io", "see toml.io")),
    )
    if _FULL_WIDTH.search(lines[line - 1]):
        hint += tr("；注意这一行有全角标点", "; mind the full-width punctuation in this line")
    return Problem(line, what, hint, quoted(lines[line - 1]))


def _override(data: dict[str, Any], text: str, file: Path) -> Place:
    """Apply one override to the data; gives the path that it set."""
    if not text.isprintable():
        raise _bad_override(file, text, tr("有不可显示的字符", "characters that cannot be shown"))
    steps, value = _read_override(text, file)
    path: Place = ()
    inner: Any = data
    for step in steps:
        table, path = inner, (*path, _step_into(inner, step, path, text, file))
        inner = table.setdefault(path[-1], {}) if isinstance(table, dict) else table[path[-1]]
    table[path[-1]] = value
    return path


def _step_into(table: Any, step: str, path: Place, text: str, file: Path) -> str | int:
    """The key or row that a step of an override means; tables may be new, rows of a list must be there."""
    if isinstance(table, dict):
        return step
    if not isinstance(table, list):
        raise _bad_override(file, text, tr(f"{path[-1]} 不是表", f"{path[-1]} is not a table"))
    if not (step.isascii() and step.isdigit() and len(step) < 6 and int(step) < len(table)):
        what = tr(f"{path[-1]} 没有第 {step} 项", f"{path[-1]} has no row {step}")
        raise _bad_override(
            file, text, what, tr(f"序号从 0 到 {len(table) - 1}", f"rows count from 0 to {len(table) - 1}") if table else ""
        )
    return int(step)


def _bad_override(path: Path, text: str, what: str, hint: str = "") -> ScenarioError:
    example = tr("写法如 --set load.scale=1.2", "write it like --set load.scale=1.2")
    return ScenarioError(path, [Problem(0, what, hint or example, place=f"--set {text}")])


def _read_override(text: str, path: Path) -> tuple[list[str], Any]:
    """The steps to the key, and the value, in "fault.0.at=+10 min"; the value is TOML, or else plain text."""
    steps: list[str] = []
    position = 0
    while (match := _STEP.match(text, position)) and (not steps or text[position - 1] == "."):
        steps.append(next(group for group in match.groups() if group is not None))
        position = match.end() + 1
        if text[match.end() : position] == "=":
            return steps, _read_value(text[position:].strip())
    raise _bad_override(path, text, tr("不是 键=值", "not key=value"))


def _read_value(text: str) -> Any:
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return read["value"] if len(read) == 1 else text
