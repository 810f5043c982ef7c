"""Files that must be whole or not there: written beside, brought to the disk, then given their name."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from caixue.errors import LedgerError
from caixue.lang import tr
from caixue.ledger.engine import sync_folder

_CHUNK = 1 << 20


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """A path to write to; when that has gone well, it is on the disk under the name `file`. Raises LedgerError; then `file` is as before."""
    part = file.with_name(f"{file.name}.part")
    with disk(file):
        part.unlink(missing_ok=True)
        try:
            yield part
            sync(part)
            os.replace(part, file)
            sync_folder(file)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def disk(file: Path) -> Iterator[None]:
    """What goes wrong with files becomes a LedgerError that names the file."""
    try:
        yield
    except OSError as error:
        raise LedgerError(tr(f"{file}：{error.strerror or error}", f"{file}: {error.strerror or error}")) from error
    except sqlite3.Error as error:
        raise LedgerError(tr(f"{file}：{error}", f"{file}: {error}")) from error


def sync(file: Path) -> None:
    """Let the content of `file` reach the disk."""
    opened = os.open(file, os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    sha = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def free_name(file: Path) -> Path:
    """`file`, or where it exists the same name with the first free number."""
    number, found = 2, file
    while found.exists():
        found = file.with_name(f"{file.stem}-{number}{file.suffix}")
        number += 1
    return found
