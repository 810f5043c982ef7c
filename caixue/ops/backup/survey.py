"""What lies in a folder (contract C2.2.3): every file and folder, so that a change during a backup is seen; links and devices are refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.backup.disk import disk
from caixue.ops.backup.names import clashes, unfit


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as the system tells of it. `size` in bytes, times in nanoseconds since 1970."""

    path: str  # below the folder, with /
    size: int
    mode: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Survey:
    """All files and folders below a folder, in order."""

    files: tuple[Seen, ...]
    folders: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """How much there is to read."""
        return sum(one.size for one in self.files)

    def only(self, chosen: Callable[[Seen], bool]) -> Survey:
        """The chosen files, without the empty folders."""
        return Survey(tuple(filter(chosen, self.files)), ())


def survey(root: Path) -> Survey:
    """What lies in `root`. Raises UsageError for no folder and for what cannot be restored as it is: links, devices, unfit names."""
    if not root.is_dir():
        raise UsageError(tr(f"{root}：没有这个文件夹", f"{root}: there is no such folder"))
    files: list[Seen] = []
    folders: list[str] = []
    with disk(root):
        for path, found in _walk(root, ""):
            if problem := unfit(path) or _unfit_kind(found):
                raise UsageError(tr(f"{root}：{path!r} 不能备份：{problem}", f"{root}: {path!r} cannot be backed up: {problem}"))
            if stat.S_ISDIR(found.st_mode):
                folders.append(path)
            else:
                files.append(seen(path, found))
    for first, second in clashes([*folders, *(one.path for one in files)]):
        zh = f"{root}：{first!r} 和 {second!r} 在 Windows 上是同一个文件"
        raise UsageError(tr(zh, f"{root}: {first!r} and {second!r} are one file on Windows"))
    return Survey(tuple(files), tuple(folders))


def seen(path: str, found: os.stat_result) -> Seen:
    """A file of which the system said `found`."""
    return Seen(path, found.st_size, found.st_mode & 0o777, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _walk(root: Path, below: str) -> Iterator[tuple[str, os.stat_result]]:
    for name in sorted(os.listdir(root / below)):
        path = f"{below}{name}"
        found = os.lstat(root / path)
        yield path, found
        if stat.S_ISDIR(found.st_mode) and not _is_link(found):
            yield from _walk(root, f"{path}/")


def _unfit_kind(found: os.stat_result) -> str:
    if _is_link(found):
        return tr("是链接；把它指向的文件放进文件夹", "it is a link; put what it points to into the folder")
    if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
        return tr("不是普通文件", "it is no ordinary file")
    return ""


def _is_link(found: os.stat_result) -> bool:
    """A symbolic link, or what Windows calls a reparse point: junctions and mounted folders."""
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0))
