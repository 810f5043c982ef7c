"""TOML files that people write: every mistake names the file, the line, the key and the nearest valid word."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from caixue.errors import UsageError
from caixue.lang import tr, why
from caixue.toml_places import places
from caixue.units import nearest

Model = TypeVar("Model", bound=BaseModel)
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")  # a model's word and a dataclass's word for the same mistake
_MESSAGES = {
    "missing": ("缺这个键", "this key is missing"),
    **dict.fromkeys(_UNKNOWN, ("未知的键", "unknown key")),
    **dict.fromkeys(
        ("model_type", "model_attributes_type", "dataclass_type", "dict_type", "mapping_type"), ("这里要写表", "write a table here")
    ),
    **dict.fromkeys(("tuple_type", "list_type"), ("这里要写列表", "write a list here")),
    "string_type": ("要写文字，加引号", "Input should be a valid string"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), ("要写整数", "Input should be a valid integer")),
    **dict.fromkeys(("float_type", "float_parsing"), ("要写数", "Input should be a valid number")),
    **dict.fromkeys(("bool_type", "bool_parsing"), ("要写 true 或 false", "Input should be a valid boolean")),
}


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file in UTF-8 (a byte order mark is allowed) and its content; raises UsageError with file and line."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(f"{path}: {tr('读不了', 'cannot be read')}: {why(error)}") from None
    except UnicodeDecodeError as error:
        what = tr(f"第 {error.start} 字节不是 UTF-8；把文件存为 UTF-8", f"byte {error.start} is not UTF-8; save the file as UTF-8")
        raise UsageError(f"{path}: {what}") from None
    except ValueError as error:
        raise UsageError(f"{str(path)!r}: {tr('读不了', 'cannot be read')}: {error}") from None
    return text, parse_toml(text, path=str(path))


def parse_toml(text: str, *, path: str) -> dict[str, Any]:
    """The content of TOML text; raises UsageError with file and line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise UsageError(_at(path, text, line, f"{tr('不是 TOML', 'not TOML')}: {error}")) from None
    except RecursionError:
        raise UsageError(f"{path}: {tr('嵌套太深', 'nested too deeply')}") from None


def validate(model: type[Model], data: Mapping[str, Any], *, path: str, text: str) -> Model:
    """`data` as `model`; raises UsageError that lists every mistake with file, line, the line itself and a near word."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        schema = model.model_json_schema()
        lines = [mistake(path, text, _without_markers(row["loc"]), _explain(row, schema)) for row in error.errors(include_url=False)]
        raise UsageError("\n".join(lines)) from None


def mistake(path: str, text: str, loc: tuple[str | int, ...], problem: str) -> str:
    """One mistake in words: "site.toml:12: labels.dpi: unknown key" and the line quoted below."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    return _at(path, text, line_of(text, loc), f"{key}: {problem}" if key else problem)


def _at(path: str, text: str, line: int | None, problem: str) -> str:
    lines = text.split("\n")
    if line is None or not 1 <= line <= len(lines):
        return f"{path}: {problem}"
    if not lines[line - 1].strip():
        return f"{path}:{line}: {problem}"
    return f"{path}:{line}: {problem}\n    {lines[line - 1].strip()}"


def line_of(text: str, loc: tuple[str | int, ...]) -> int | None:
    """The number of the line that holds the key at `loc`, else of the nearest table or key around it, else None."""
    lines = places(text)
    return next((lines[loc[:depth]] for depth in range(len(loc), 0, -1) if loc[:depth] in lines), None)


def _without_markers(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(part for part in loc if part != "[key]")


def _explain(row: Any, schema: Mapping[str, Any]) -> str:
    problem = tr(*_MESSAGES[row["type"]]) if row["type"] in _MESSAGES else str(row["msg"]).removeprefix("Value error, ")
    if row["type"] in _UNKNOWN:
        return problem + nearest(str(row["loc"][-1]), _keys_at(schema, row["loc"][:-1]))
    if row["type"] == "literal_error" and isinstance(row["input"], str):
        known = tuple(re.findall(r"'([^']*)'", row["ctx"]["expected"]))
        return tr(f"可以写 {'、'.join(known)}", problem) + nearest(row["input"], known)
    return problem


def _keys_at(schema: Mapping[str, Any], loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the model allows at `loc`, from its JSON schema."""
    node: Mapping[str, Any] = schema
    for part in (*loc, None):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        if part is None:
            break
        inside = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part)
        node = inside if inside is not None else node.get("additionalProperties") or {}
        node = node if isinstance(node, Mapping) else {}
    return tuple(node.get("properties", {}))
