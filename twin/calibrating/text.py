"""A calibration as the text of its TOML file: one line a number or list, so that a new calibration is easily compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HEAD = """\
# 设备时间的标定，由 caixue calibrate 从 wire 运行测得；单位为秒。不要手改：重新标定。
# Times of devices in seconds, measured from wire runs by `caixue calibrate`. Measure again rather than edit."""


def text_of(table: Mapping[str, Any]) -> str:
    """The file; `twin.timing.calibration.parse` reads it."""
    return "\n".join([HEAD, *_lines(table)]) + "\n"


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, Mapping) and not _is_rows(value):
            yield f"{key} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from ("", f"[{key}]", *_plain(value))
        elif _is_rows(value):
            for row in value:
                yield from ("", f"[[{key}]]", *_plain(row))


def _plain(row: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(value)}" for key, value in row.items())


def _is_rows(value: Any) -> bool:
    return isinstance(value, Sequence) and bool(value) and isinstance(value[0], Mapping)


def _value(value: Any) -> str:
    if _is_rows(value):
        return "[\n" + "".join(f"  {_inline(row)},\n" for row in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # as in TOML, for text, numbers, booleans and lists of them


def _inline(row: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in row.items()) + " }"
