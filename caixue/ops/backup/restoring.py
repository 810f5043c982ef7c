"""Restoring a backup to a folder (contract C2.2.3): whole and compared beside the folder first, then in its place; what was there is kept."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from caixue.errors import BackupError, UsageError
from caixue.lang import tr
from caixue.ops.backup.archive import Manifest, Told, opened, silent, unpack
from caixue.ops.backup.disk import disk, sync_folder, whole
from caixue.ops.backup.taking import compare

FRESH, REPLACED = ".restoring-", ".replaced-"  # a process has a fresh folder of its own: two may restore to one place at once


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and under which name the folder that was there before is kept; None: there was none."""

    manifest: Manifest
    sha256: str
    kept: Path | None


def restore(file: Path, target: Path, now: datetime, *, sha256: str = "", replace: bool = False, told: Told = silent) -> Restored:
    """Restore the archive `file` as the folder `target`. `sha256`: what the ledger says of it.

    A crash at any moment leaves the folder as it was, or the restored one, or, between two renames, the old one under its new name
    and nothing at `target`; then repeat. Raises UsageError for no backup and for a folder that holds something, unless it may be
    replaced; BackupDamaged where a byte is not what it was, BackupError where the disk refuses; then `target` is as before.
    """
    found = whole(file, sha256)
    target = _place(target, file)
    if _holds_something(target) and not replace:
        zh = f"{target} 里有东西；换掉它请加 --force-replace，原来的会改名留着"
        raise UsageError(tr(zh, f"{target} is not empty; to replace it give --force-replace, what is there is kept under another name"))
    _check_room(file, target)
    fresh = target.with_name(f"{target.name}{FRESH}{os.getpid()}")
    try:
        with disk(fresh):
            target.parent.mkdir(parents=True, exist_ok=True)
            _clear(target)
        manifest = unpack(file, fresh, told, durable=True)
        compare(fresh, manifest)
        with disk(target):
            kept = _in_place(fresh, target, now)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Restored(manifest, found, kept)


def _place(target: Path, file: Path) -> Path:
    """The folder to restore to, in full. Raises UsageError for the root of a disk, and for one that holds the backup itself."""
    target = Path(os.path.abspath(target))
    if not target.name:
        raise UsageError(tr(f"{target} 是盘的根，恢复到下面的目录", f"{target} is the root of a disk: restore to a folder below it"))
    if file.resolve().is_relative_to(target.resolve()):
        raise UsageError(tr(f"备份 {file} 就在 {target} 里", f"the backup {file} lies within {target}"))
    return target


def _holds_something(target: Path) -> bool:
    with disk(target):
        return target.exists() and (not target.is_dir() or any(target.iterdir()))


def _check_room(file: Path, target: Path) -> None:
    """Raises BackupError where the disk cannot hold what the archive unpacks to."""
    place = next(each for each in (target, *target.parents) if each.exists())
    with opened(file) as (manifest, _), disk(place):
        free = shutil.disk_usage(place).free
    if manifest.bytes > free:
        zh = f"{place}：装不下，要 {manifest.bytes} 字节，只剩 {free}"
        raise BackupError(tr(zh, f"{place}: there is no room for {manifest.bytes} bytes, {free} are left"))


def _in_place(fresh: Path, target: Path, now: datetime) -> Path | None:
    kept = None
    if _holds_something(target):
        kept = _free(target.with_name(f"{target.name}{REPLACED}{now:%Y%m%d-%H%M%S}"))
        os.rename(target, kept)
    elif target.is_dir():
        target.rmdir()
    try:
        os.rename(fresh, target)
    except OSError:
        if kept is not None:
            os.rename(kept, target)
        raise
    sync_folder(target.parent)
    return kept


def _free(path: Path) -> Path:
    found, number = path, 2
    while found.exists():
        found, number = path.with_name(f"{path.name}-{number}"), number + 1
    return found


def _clear(target: Path) -> None:
    """Remove what interrupted restorings left: the fresh folders of processes that are no more."""
    name = re.compile(re.escape(f"{target.name}{FRESH}") + r"(\d{1,9})")
    for path in target.parent.iterdir():
        found = name.fullmatch(path.name)
        if found and path.is_dir() and not path.is_symlink() and (int(found[1]) == os.getpid() or not psutil.pid_exists(int(found[1]))):
            shutil.rmtree(path)
