"""Writing a run's files: each appears whole or not at all, and what an earlier run left is replaced only by a complete new file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.verdict import junit_xml
from twin.replay import render_replay

if TYPE_CHECKING:
    from twin.experiment import Result

RESULT, EVENTS, REPLAY, JUNIT = "result.json", "events.jsonl", "replay.html", "junit.xml"
FILES = (RESULT, EVENTS, REPLAY, JUNIT)


def json_text(data: Any) -> str:
    """`data` as JSON that people can read."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_bytes(text: str) -> bytes:
    """The text in UTF-8; a byte of a file name that was no text becomes an escape, which JSON also reads."""
    return text.encode("utf-8", errors="backslashreplace")


def check_folder(folder: Path) -> None:
    """Raise UsageError now, before a long run, where its files could not be written; leaves nothing behind."""
    try:
        existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        if not existing.is_dir():
            raise UsageError(
                tr(f"{existing} 是文件，不是文件夹；用 --out 另选", f"{existing} is a file, not a folder; choose another with --out")
            )
        with tempfile.TemporaryFile(dir=existing):
            pass
        blocked = next((folder / name for name in FILES if (folder / name).is_dir()), None)
    except (OSError, ValueError) as error:
        raise _refused(folder, error) from None
    if blocked is not None:
        raise UsageError(tr(f"{blocked} 是文件夹；用 --out 另选", f"{blocked} is a folder; choose another place with --out"))


def write_run(result: Result, folder: Path) -> list[Path]:
    """Write the files of a run into `folder` and return their paths; raises UsageError where they cannot be written."""
    numbers = {RESULT: json_text(result.data), EVENTS: "".join(f"{line}\n" for line in result.lines), JUNIT: junit_xml(result.data)}
    write_files(folder, numbers)  # first, so that they are safe whatever the drawing needs
    write_files(folder, {REPLAY: render_replay(result.data, result.events, result.windows)})
    return [folder / name for name in FILES]


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the texts under their names: first all of them beside their places, then each into its place."""
    staged = {folder / name: folder / f".{name}.{os.getpid()}.part" for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for text, part in zip(texts.values(), staged.values(), strict=True):
            _write(part, as_bytes(text))
        for place, part in staged.items():
            os.replace(part, place)
    except (OSError, ValueError) as error:
        raise _refused(folder, error) from None
    finally:
        for part in staged.values():
            with suppress(OSError, ValueError):
                part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _refused(folder: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(
        tr(f"不能写入 {folder}：{reason}；用 --out 另选", f"cannot write to {folder}: {reason}; choose another folder with --out")
    )
