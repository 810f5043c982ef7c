"""The site file of a running bench: the served site, with the URL of every device as it is reached now."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from twin.live.room import LiveRoom, Reached


def ready_text(room: LiveRoom, extends: str, control: str = "") -> str:
    """TOML that `caixue.site.load_site` reads; the other way to a device stands beside it as a comment."""
    head = ["# " + tr("正在运行的台架；停止后失效", "a running bench; void once it stops")]
    head += [f"# caixue inject --control {control} DEVICE KIND"] if control else []
    rows = ["\n".join(_device(reached)) for reached in room.reached.values()]
    software = ["software = []  # " + tr("台架上没有装", "none of it runs on a bench")] if room.site.software else []
    return "\n".join([*head, "schema = 1", f"extends = {_toml(extends)}", *software, "", "\n".join(rows), ""])


def write_ready(path: Path, text: str) -> None:
    """Put the text there whole or not at all. Raises UsageError where that is not possible."""
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(partial).replace(path)
    except OSError as error:
        raise UsageError(tr(f"写不了 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}")) from None


def _device(reached: Reached) -> Iterable[str]:
    spec = reached.spec
    yield "[[device]]"
    yield f"name = {_toml(spec.name)}"
    yield f"kind = {_toml(spec.kind)}"
    yield f"url = {_toml(reached.url)}{_other_ways(reached)}"
    yield f"unit = {spec.unit}"
    if spec.framing:
        yield f"framing = {_toml(spec.framing)}"
    if spec.registers is not None:
        yield f"map = {_toml(spec.registers.name)}"
    if spec.baudrate:
        yield f"baudrate = {spec.baudrate}"
    if spec.options:
        yield f"options = {_toml(spec.options)}"


def _other_ways(reached: Reached) -> str:
    ways = [str(reached.pty.link)] if reached.pty is not None else []
    ways += [reached.tcp.url] if reached.tcp is not None and reached.tcp.url != reached.url else []
    return "  # " + ", ".join(ways) if ways else ""


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
