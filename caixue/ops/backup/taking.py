"""Taking one backup (contract C2.2.3): written, restored to a scratch folder, compared with the manifest and with the source, or it is none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.lang import tr
from caixue.ops.backup.archive import About, Manifest, SourceChanged, Told, changed, silent, unpack, write
from caixue.ops.backup.disk import CHUNK, disk, drop, sha256_of
from caixue.ops.backup.survey import Seen, Survey, survey

ATTEMPTS = 3  # while the source keeps changing; assumed: docs/assumptions.md A-230
TIMES_APART_NS = 2_000_000_000  # FAT keeps times to two seconds


@dataclass(frozen=True, slots=True)
class Taken:
    """An archive that was restored and compared, not yet under its own name."""

    part: Path
    manifest: Manifest
    sha256: str
    size: int
    found: Survey  # the source as it was read


def everything(found: Survey) -> Survey:
    """All of the folder."""
    return found


def take(
    root: Path,
    part: Path,
    about: About,
    *,
    scratch: Path | None = None,
    told: Told = silent,
    choose: Callable[[Survey], Survey] = everything,
) -> Taken:
    """Write what lies in `root` to the archive `part` and compare what comes out of it. A source that changes meanwhile is taken again.

    `scratch`: where it is restored for a moment, the system's temporary folder by default. Raises UsageError for a folder that cannot be
    backed up, SourceChanged where it never holds still, BackupError where a disk refuses. The caller removes `part`.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(root, part, about, scratch, told, choose)
        except SourceChanged as error:
            drop(part)
            if attempt == ATTEMPTS:
                zh = f"{error}；试了 {ATTEMPTS} 次，没有备份：停用写它的程序后重做"
                raise SourceChanged(
                    tr(zh, f"{error}; after {ATTEMPTS} attempts there is no backup: stop what writes to it, and repeat")
                ) from None
    raise AssertionError("an attempt returns or raises")


def _once(root: Path, part: Path, about: About, scratch: Path | None, told: Told, choose: Callable[[Survey], Survey]) -> Taken:
    before = choose(_looked(root))
    manifest = write(part, root, before, about, told)
    if choose(_looked(root)) != before:
        raise SourceChanged(tr(f"{root} 在备份时变了", f"{root} changed while it was backed up"))
    sha256 = sha256_of(part)
    with scratch_folder(scratch) as folder:
        restored = folder / "restored"
        unpack(part, restored, told)
        compare(restored, manifest, told)
        for one in manifest.files:
            _same(root / one.path, restored / one.path, one.path)
    if sha256_of(part) != sha256:
        raise BackupDamaged(tr(f"{part} 读两次不一样：换介质", f"{part} reads differently each time: change the medium"))
    return Taken(part, manifest, sha256, part.stat().st_size, before)


def _looked(root: Path) -> Survey:
    """What lies in the source. Raises SourceChanged where something goes while it is looked at."""
    try:
        return survey(root)
    except BackupError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise changed(str(root)) from None
        raise


@contextmanager
def scratch_folder(scratch: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards. Raises BackupError where none can be made."""
    with disk(scratch or Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix="caixue-backup-", dir=scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(folder: Path, manifest: Manifest, told: Told = silent) -> None:
    """Raises BackupDamaged unless `folder` holds exactly what the manifest says: names, bytes, and modes and times as far as the system keeps them."""
    try:
        found = survey(folder)
    except UsageError as error:
        raise BackupDamaged(str(error)) from None
    by_path = {one.path: one for one in found.files}
    if by_path.keys() != {one.path for one in manifest.files} or not set(manifest.folders) <= set(found.folders):
        raise _differs(folder, "")
    for kept in manifest.files:
        one = by_path[kept.path]
        with disk(folder):
            same = one.size == kept.size and sha256_of(folder / kept.path) == kept.sha256
        if not same or not _same_marks(one, kept.mode, kept.mtime_us * 1000):
            raise _differs(folder, kept.path)
        told(kept.size)


def _same_marks(one: Seen, mode: int, mtime_ns: int) -> bool:
    return (os.name == "nt" or one.mode == mode) and abs(one.mtime_ns - mtime_ns) <= TIMES_APART_NS


def _differs(folder: Path, path: str) -> BackupDamaged:
    return BackupDamaged(tr(f"恢复出的 {folder / path} 与清单不同", f"what was restored to {folder / path} differs from the manifest"))


def _same(source: Path, restored: Path, path: str) -> None:
    """Raises SourceChanged unless both files hold the same bytes."""
    try:
        with disk(source), source.open("rb") as one, restored.open("rb") as other:
            while (chunk := one.read(CHUNK)) == other.read(CHUNK):
                if not chunk:
                    return
    except BackupError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    raise changed(path)
