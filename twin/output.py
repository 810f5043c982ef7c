"""Writing a run's files: each appears whole or not at all, and what an earlier run left is replaced only by a complete new file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from caixue.errors import UsageError
from caixue.lang import tr, why
from caixue.verdict import junit_xml
from twin.oneday import one_day
from twin.replay import render_replay

if TYPE_CHECKING:
    from twin.experiment import Result

RESULT, EVENTS, REPLAY, JUNIT = "result.json", "events.jsonl", "replay.html", "junit.xml"
FILES = (RESULT, EVENTS, REPLAY, JUNIT)
LEDGER = "ledger.db"  # of a run with the duties of a day
_BUFFER = 1 << 20


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


class EventFile:
    """The lines of a run in a file beside their place, written as they come; `write_run` moves it there, leaving the block discards it."""

    def __init__(self, folder: Path) -> None:
        self.path = _beside(folder / EVENTS)
        self._file: BinaryIO | None = None

    def __call__(self, line: str) -> None:
        """Take one line. Raises UsageError where it cannot be written."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb", buffering=_BUFFER)
            self._file.write(as_bytes(f"{line}\n"))
        except (OSError, ValueError) as error:
            raise _refused(self.path.parent, error) from None

    def finish(self) -> Path:
        """Everything is on the disk; gives the file. Raises OSError where it cannot be written."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self.path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError, ValueError):
            if self._file is not None:
                self._file.close()
        with suppress(OSError, ValueError):
            self.path.unlink(missing_ok=True)


def write_run(result: Result, folder: Path, events: EventFile | None = None) -> list[Path]:
    """Write the files of a run into `folder` and return their paths; raises UsageError where they cannot be written.

    `events` are the lines where the run has not kept them.
    """
    numbers = {RESULT: json_text(result.data), JUNIT: junit_xml(result.data)}
    lines = {EVENTS: "".join(f"{line}\n" for line in result.lines)} if events is None else {}
    write_files(folder, numbers | lines, events)  # first, so that they are safe whatever the drawing needs
    if result.operations:
        _write_ledger(result, folder / LEDGER)
    write_files(folder, {REPLAY: _page(result)})
    return [folder / name for name in (*FILES, *([LEDGER] if result.operations else []))]


def _write_ledger(result: Result, place: Path) -> None:
    """The ledger of a run in its place: whole, or as it was before."""
    from twin.bookkeeping import write_ledger  # brings SQLAlchemy with it, which most runs do not need

    part = _beside(place)
    try:
        write_ledger(part, result.operations, result.scenario, result.site).close()
        os.replace(part, place)
    except OSError as error:
        raise _refused(place.parent, error) from None
    finally:
        for left in (part, part.with_name(f"{part.name}.lock")):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _page(result: Result) -> str:
    """The replay of the run, or of the one day of it that is shown."""
    if result.shown is None:
        return render_replay(result.data, result.events, result.windows)
    data, events = one_day(result.data, result.shown)
    return render_replay(data, events, result.windows)


def write_files(folder: Path, texts: Mapping[str, str], events: EventFile | None = None) -> None:
    """Write the texts under their names: first all of them beside their places, then each into its place, and `events` with them."""
    staged = {folder / name: _beside(folder / name) for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for text, part in zip(texts.values(), staged.values(), strict=True):
            _write(part, as_bytes(text))
        if events is not None:
            staged[folder / EVENTS] = events.finish()
        for place, part in staged.items():
            os.replace(part, place)
    except (OSError, ValueError) as error:
        raise _refused(folder, error) from None
    finally:
        for part in staged.values():
            with suppress(OSError, ValueError):
                part.unlink(missing_ok=True)


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name}.{os.getpid()}.part")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _refused(folder: Path, error: Exception) -> UsageError:
    reason = why(error)
    return UsageError(
        tr(f"不能写入 {folder}：{reason}；用 --out 另选", f"cannot write to {folder}: {reason}; choose another folder with --out")
    )
