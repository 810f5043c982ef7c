"""Files on a medium (contract C2.2.3): written beside, brought to the disk, then given their name; what fails becomes a BackupError."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.lang import tr, why

CHUNK = 1 << 20
PART = ".part"
SIDE = ".sha256"  # beside a file, in the form that `sha256sum -c` reads
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """What goes wrong with files becomes a BackupError that names the place, and says so when it is full."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            zh, en = f"{place}：装不下了（{why(error)}）", f"{place}: there is no room ({why(error)})"
            raise BackupError(tr(f"{zh}；什么也不算数，腾出空间后重做", f"{en}; nothing counts, make room and repeat")) from error
        raise BackupError(tr(f"{place}：{why(error)}；什么也不算数", f"{place}: {why(error)}; nothing counts")) from error


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """A path to write to; when that has gone well, it is on the disk under the name `file`. Raises BackupError; then `file` is as before."""
    part = file.with_name(f"{file.name}{PART}")
    with disk(file):
        try:
            yield part
            sync(part)
            named(part, file)
        finally:
            drop(part)


def named(part: Path, file: Path) -> None:
    """Give what is on the disk its name."""
    os.replace(part, file)
    sync_folder(file.parent)


def drop(file: Path) -> None:
    """Remove a file that counts for nothing, if it is there and can be removed."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def sync(file: Path) -> None:
    """Let the content of `file` reach the disk."""
    opened = os.open(file, os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_folder(folder: Path) -> None:
    """Let the names in `folder` reach the disk, where the system can be told so."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    sha = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def side_of(file: Path) -> Path:
    """The side file that holds a file's digest."""
    return file.with_name(f"{file.name}{SIDE}")


def settle(part: Path, file: Path, sha256: str) -> None:
    """Give a file that is on the disk its name; its side file is there first, so that a file under its name always has one."""
    with written(side_of(file)) as side:
        side.write_bytes(_side(file, sha256))
    with disk(file):
        named(part, file)


def whole(file: Path, sha256: str = "") -> str:
    """The digest of a file, after a look at all its bytes and at its side file's. `sha256`: what the ledger says.

    Raises UsageError where no such file is, BackupDamaged where a byte of either is not what it was.
    """
    if not file.is_file():
        raise UsageError(tr(f"{file}：没有这个备份文件", f"{file}: there is no such backup"))
    with disk(file):
        found = sha256_of(file)
        side = side_of(file).read_bytes() if side_of(file).is_file() else b""
    if side != _side(file, found):
        raise BackupDamaged(tr(f"{file} 已损坏：与 {side_of(file).name} 不符", f"{file} is damaged: {side_of(file).name} does not fit it"))
    if sha256 and sha256 != found:
        raise BackupDamaged(tr(f"{file} 不是账本记的那一份：SHA-256 不符", f"{file} is not the one in the ledger: its SHA-256 is another"))
    return found


def _side(file: Path, sha256: str) -> bytes:
    return f"{sha256}  {file.name}\n".encode()
