"""A disk that remembers every write, sync, creation and deletion, and what it could hold after the power failed at any of them.

A file is an inode with bytes that are on the disk and writes that are not yet; a folder is a table of names that is on the disk and
changes to it that are not yet. A sync of a file brings its bytes to the disk. Whether it brings names too depends on the model:
`ext4` lets every sync carry all names along; `strict` promises what POSIX does, names are safe once the folder was synced, and SQLite
does that when it first syncs a new journal; in `own-name` that folder sync is missing, a file brings its own name and nobody else's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import apsw

MODELS = ("ext4", "strict", "own-name")
KINDS = ("all", "synced", "subset", "torn")  # of what was not yet synced: everything, nothing, some of it, all but half of the last write
_NEW_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
_numbers = count()

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to the disk, or acknowledged to the caller."""

    what: str  # create, write, truncate, sync, delete, sync-folder, ack
    inode: int = 0
    name: str = ""
    offset: int = 0
    data: Any = b""
    names_too: bool = False  # a sync or deletion after which SQLite syncs the folder itself


class Disk(apsw.VFS):
    """Passes everything on to the real file system and keeps a list of it. `refuse(step)` may raise, as a full or broken disk does."""

    def __init__(self, refuse: Callable[[Step], None] | None = None) -> None:
        self.label = f"disk-{next(_numbers)}"
        super().__init__(self.label, "")
        self.steps: list[Step] = []
        self.refuse = refuse or works
        self._inodes: dict[str, int] = {}
        self._next = count(1)

    def did(self, step: Step) -> None:
        self.refuse(step)
        self.steps.append(step)

    def ack(self, what: Any) -> None:
        """The caller has been told that this is kept."""
        self.steps.append(Step("ack", data=what))

    def sync_folder(self) -> None:
        """The folder was synced by the program itself."""
        self.did(Step("sync-folder"))

    def xOpen(self, name: Any, flags: list[int]) -> _File:
        return _File(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        name_ = os.path.basename(name)
        self.did(Step("delete", self._inodes.get(name_, 0), name_, names_too=bool(sync)))
        super().xDelete(name, sync)
        self._inodes.pop(name_, None)

    def inode(self, path: str, *, new: bool) -> int:
        """The inode behind a name; a file that is new gets one."""
        name = os.path.basename(path)
        if new or name not in self._inodes:
            self._inodes[name] = next(self._next)
            self.did(Step("create", self._inodes[name], name))
        return self._inodes[name]


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if hasattr(name, "filename") else name
        new, kind = path is not None and not os.path.exists(path), flags[0]
        super().__init__("", name, flags)
        self._disk, self._inode = disk, 0
        self._syncs_names = bool(kind & _NEW_JOURNALS and kind & apsw.SQLITE_OPEN_CREATE)
        if path is not None and not kind & apsw.SQLITE_OPEN_DELETEONCLOSE:
            self._inode = disk.inode(path, new=new)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._inode:
            self._disk.did(Step("write", self._inode, offset=offset, data=bytes(data)))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self._inode:
            self._disk.did(Step("sync", self._inode, names_too=self._syncs_names))
            self._syncs_names = False
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:
        if self._inode:
            self._disk.did(Step("truncate", self._inode, offset=size))
        super().xTruncate(size)


@dataclass
class Platter:
    """What is on the disk for certain, and what is on its way."""

    model: str
    names: dict[str, int] = field(default_factory=dict)
    bytes_: dict[int, bytearray] = field(default_factory=dict)
    pending: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Follow one step."""
        if step.what in ("create", "delete", "write", "truncate"):
            self.pending.append(step)
        if step.what == "sync":
            self._settle(lambda one: one.inode == step.inode and one.what in ("write", "truncate"))
        if self._brings_names(step):
            self._settle(lambda one: one.what in ("create", "delete"))
        elif step.what == "sync" and self.model == "own-name":
            self._settle(lambda one: one.what == "create" and one.inode == step.inode)

    def _brings_names(self, step: Step) -> bool:
        if step.what != "sync":
            return step.names_too or step.what == "sync-folder"
        return self.model == "ext4" or (self.model == "strict" and step.names_too)

    def _settle(self, chosen: Callable[[Step], bool]) -> None:
        for step in filter(chosen, self.pending):
            _apply(step, self.names, self.bytes_)
        self.pending = [step for step in self.pending if not chosen(step)]

    def image(self, kind: str, chance: Random) -> Files:
        """The files that could be found after the power failed now."""
        names, bytes_ = dict(self.names), dict(self.bytes_)
        for step in self._survivors(kind, chance):
            if step.what in ("write", "truncate"):
                bytes_[step.inode] = bytearray(bytes_.get(step.inode, b""))
            _apply(step, names, bytes_)
        return {name: bytes(bytes_.get(inode, b"")) for name, inode in names.items()}

    def _survivors(self, kind: str, chance: Random) -> list[Step]:
        if kind == "synced":
            return []
        if kind == "subset":
            return [step for step in self.pending if chance.random() < 0.5]
        if kind == "torn" and self.pending and self.pending[-1].what == "write" and len(self.pending[-1].data) > 1:
            *before, last = self.pending
            half = Step("write", last.inode, offset=last.offset, data=last.data[: chance.randrange(1, len(last.data))])
            return [*before, half]
        return list(self.pending)


def _apply(step: Step, names: dict[str, int], bytes_: dict[int, bytearray]) -> None:
    if step.what == "create":
        names[step.name] = step.inode
    elif step.what == "delete":
        if names.get(step.name) == step.inode:  # a younger file of that name stays
            names.pop(step.name)
    elif step.what == "truncate":
        del bytes_.setdefault(step.inode, bytearray())[step.offset :]
    elif step.what == "write":
        content = bytes_.setdefault(step.inode, bytearray())
        content.extend(bytes(max(0, step.offset - len(content))))
        content[step.offset : step.offset + len(step.data)] = step.data


@dataclass(frozen=True, slots=True)
class Image:
    """What a power failure left, and how many acknowledgements had been given by then."""

    files: Files
    acks: int
    model: str
    kind: str
    step: int

    def key(self) -> bytes:
        """The same for images with the same files."""
        digest = hashlib.blake2b()
        for name, content in sorted(self.files.items()):
            digest.update(b"\0%b\0%d\0" % (name.encode(), len(content)))
            digest.update(content)
        return digest.digest()

    def lay_out(self, folder: Path) -> None:
        """Put the files into an empty folder."""
        shutil.rmtree(folder)
        folder.mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def images(steps: list[Step], wanted: Container[tuple[str, int, str]] | None = None) -> Iterator[Image]:
    """The image of every kind at every step under every model, or of the `wanted` ones; chance is the same wherever the steps are."""
    for model in MODELS:
        platter, acks = Platter(model), 0
        for number, step in enumerate(steps):
            platter.take(step)
            acks += step.what == "ack"
            for kind in KINDS:
                if wanted is None or (model, number, kind) in wanted:
                    yield Image(platter.image(kind, Random(f"{model}-{number}-{kind}")), acks, model, kind, number)


@dataclass
class Failing:
    """A disk on which the step of this number (from 0), and unless `once` every later one, fails."""

    number: int
    error: type[Exception]
    kinds: tuple[str, ...]  # of steps
    once: bool
    seen: int = 0

    @property
    def reached(self) -> bool:
        """Whether anything has failed."""
        return self.seen > self.number

    def __call__(self, step: Step) -> None:
        if step.what not in self.kinds:
            return
        self.seen += 1
        if self.seen - 1 == self.number or (self.reached and not self.once):
            raise self.error(f"{step.what} was made to fail")


def full(number: int, *, once: bool = False) -> Failing:
    """There is no room from this write on."""
    return Failing(number, apsw.FullError, ("write", "create"), once)


def broken(number: int, *, once: bool = False) -> Failing:
    """The disk refuses from this write, sync, cut or deletion on."""
    return Failing(number, apsw.IOError, ("write", "create", "sync", "truncate", "delete"), once)


def works(step: Step) -> None:
    """A disk on which nothing fails."""
