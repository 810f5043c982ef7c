"""One archive (contract C2.2.3): a ZIP file with every file of a folder and a manifest that tells each one's size, SHA-256, mode and time.

ZIP: any Windows opens it without this program (docs/decisions/0030-backups.md). The same folder gives the same bytes with the same zlib.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, Annotated

from pydantic import Field, TypeAdapter, ValidationError, with_config

from caixue.errors import BackupDamaged, BackupError
from caixue.lang import tr
from caixue.ops.backup.disk import CHUNK, disk, sync, sync_folder
from caixue.ops.backup.names import clashes, unfit
from caixue.ops.backup.survey import Seen, Survey
from caixue.site_estate import STRICT

MANIFEST, BELOW = "manifest.json", "files/"
LEVEL = 6  # of deflate
LONGEST_MANIFEST = 1 << 28  # bytes: more than a million files
_FROM_ZIP64 = 1 << 31
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the true times stand in the manifest, to the microsecond
_WRONG = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, UnicodeDecodeError, ValueError)

Told = Callable[[int], None]  # bytes done since the last call
Whole = Annotated[int, Field(strict=True, ge=0)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SourceChanged(BackupError):
    """A file changed while it was read; take the backup again."""


def silent(done: int) -> None:
    """Tell nobody."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Kept:
    """One file in an archive; `mtime_us` in microseconds since 1970."""

    path: str
    size: Whole
    sha256: Digest
    mode: Annotated[int, Field(strict=True, ge=0, le=0o777)]
    mtime_us: Annotated[int, Field(strict=True)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class About:
    """Of what an archive is the copy; `made` is when, by the computer's clock."""

    site: str
    software: str
    version: str
    made: str


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds."""

    about: About
    folders: tuple[str, ...]
    files: tuple[Kept, ...]

    @property
    def content(self) -> str:
        """A digest of names, bytes and modes alone: the same for the same content whenever and on whichever machine it was taken."""
        rows = [*self.folders, *(f"{one.path}\n{one.size} {one.sha256} {one.mode:o}" for one in self.files)]
        return hashlib.sha256("\n\n".join(rows).encode()).hexdigest()

    @property
    def bytes(self) -> int:
        """How much it unpacks to."""
        return sum(one.size for one in self.files)


def write(file: Path, root: Path, found: Survey, about: About, told: Told = silent) -> Manifest:
    """Write an archive of what was `found` in `root`. Raises SourceChanged where a file is no longer what was found, BackupError for the medium."""
    kept = []
    with disk(file), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as into:
        for one in found.files:
            with into.open(_info(f"{BELOW}{one.path}"), "w", force_zip64=one.size >= _FROM_ZIP64) as member:
                kept.append(_copy_in(root, one, member, told))
        manifest = Manifest(about, found.folders, tuple(kept))
        text = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        into.writestr(_info(MANIFEST), text.encode())
    with disk(file):
        sync(file)
    return manifest


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return info


def _copy_in(root: Path, one: Seen, into: IO[bytes], told: Told) -> Kept:
    sha, size = hashlib.sha256(), 0
    for chunk in _chunks(root / one.path, one):
        sha.update(chunk)
        size += len(chunk)
        into.write(chunk)
        told(len(chunk))
    if size != one.size:
        raise changed(one.path)
    return Kept(one.path, size, sha.hexdigest(), one.mode, one.mtime_ns // 1000)


def _chunks(file: Path, one: Seen) -> Iterator[bytes]:
    """The bytes of a source file, one more than it should have if there are more. Raises SourceChanged where it is gone, BackupError that names it."""
    left = one.size + 1
    try:
        with disk(file), file.open("rb") as source:
            while left > 0 and (chunk := source.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except BackupError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise changed(one.path) from None
        raise


def changed(path: str) -> SourceChanged:
    """What to raise for a file that changed meanwhile."""
    return SourceChanged(tr(f"{path} 在备份时变了", f"{path} changed while it was backed up"))


@contextmanager
def opened(file: Path) -> Iterator[tuple[Manifest, zipfile.ZipFile]]:
    """An archive and its manifest, after a look at every name in it. Raises BackupDamaged for what is no archive or holds an unfit name."""
    try:
        with disk(file), zipfile.ZipFile(file) as archive:
            if archive.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
                raise ValueError(tr("清单太长", "its manifest is too long"))
            manifest = _door().validate_json(archive.read(MANIFEST))
            _check_names(file, manifest, archive)
            yield manifest, archive
    except (*_WRONG, KeyError, ValidationError, BackupError) as error:
        if (
            isinstance(error, BackupError) and getattr(error.__cause__, "errno", None) != errno.EINVAL
        ):  # a place before the file's beginning
            raise
        said = " ".join(str(error).split())[:200]
        raise BackupDamaged(tr(f"{file} 不是完整的备份：{said}", f"{file} is no whole backup: {said}")) from None


@cache
def _door() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def _check_names(file: Path, manifest: Manifest, archive: zipfile.ZipFile) -> None:
    """Raises ValueError unless the archive holds exactly what its manifest says, under names that stay below the folder."""
    names = [one.path for one in manifest.files]
    for path in (*manifest.folders, *names):
        if problem := unfit(path):
            raise ValueError(f"{path!r}: {problem}")
    for first, second in clashes([*manifest.folders, *names]):
        raise ValueError(f"{first!r} = {second!r}")
    expected = {f"{BELOW}{one.path}": one.size for one in manifest.files}
    held = {info.filename: info.file_size for info in archive.infolist() if info.filename != MANIFEST}
    if held != expected or len(archive.infolist()) != len(expected) + 1:
        raise ValueError(tr("内容与清单不符", "it holds other files than its manifest says"))


def unpack(file: Path, into: Path, told: Told = silent, *, durable: bool = False) -> Manifest:
    """Write what an archive holds into the new folder `into`, which this makes. Raises BackupDamaged where a byte is not what it was.

    `durable`: all of it is on the disk when this returns. Where it fails there is no such folder.
    """
    with opened(file) as (manifest, archive), disk(into):
        into.mkdir()
        try:
            _fill(archive, manifest, into, told, durable)
        except BaseException:
            shutil.rmtree(into, ignore_errors=True)
            raise
    return manifest


def _fill(archive: zipfile.ZipFile, manifest: Manifest, into: Path, told: Told, durable: bool) -> None:
    for folder in manifest.folders:
        (into / folder).mkdir(parents=True, exist_ok=True)
    for one in manifest.files:
        target = into / one.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_out(archive, one, target, told)
        if durable:
            sync(target)
        os.chmod(target, one.mode)
        os.utime(target, ns=(one.mtime_us * 1000, one.mtime_us * 1000))
    if durable:
        for folder in (*manifest.folders, ""):
            sync_folder(into / folder)


def _copy_out(archive: zipfile.ZipFile, one: Kept, target: Path, told: Told) -> None:
    sha, size = hashlib.sha256(), 0
    with archive.open(f"{BELOW}{one.path}") as source, target.open("xb") as into:
        while size <= one.size and (chunk := source.read(min(CHUNK, one.size + 1 - size))):
            sha.update(chunk)
            size += len(chunk)
            into.write(chunk)
            told(len(chunk))
    if size != one.size or sha.hexdigest() != one.sha256:
        raise ValueError(f"{one.path}: SHA-256")
