"""Making, checking, drilling, restoring and letting go of backups (contract C2.2.3); each act is noted when it is true, and not before."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ops.backup import media
from caixue.ops.backup.archive import About, Manifest, Told, silent, unpack
from caixue.ops.backup.book import Book
from caixue.ops.backup.disk import PART, disk, drop, settle, side_of, sync_folder, whole
from caixue.ops.backup.restoring import Restored, restore
from caixue.ops.backup.survey import Survey, survey
from caixue.ops.backup.taking import Taken, compare, scratch_folder, take
from caixue.ops.backup.terms import Copy, newest
from caixue.units import US_PER_DAY

ARCHIVE = ".zip"
_UNFINISHED = re.compile(r".+(\.\d+|\.sha256|\.json)\.part")  # as this program names them: a medium may hold other people's
UNFINISHED_DAYS = 1  # a .part that old belongs to nobody any more; assumed: docs/assumptions.md A-230


class Backups(Book):
    """Makes backups of the software in a site file and looks after them."""

    def prepare(self, medium: str, *, by: str, op: str = "") -> list[Event]:
        """Put a medium into use by writing its marker. Raises UsageError where another one lies there."""
        self.may("medium.prepared", by)
        folder = self.base / self.medium(medium).folder
        media.prepare(folder, self.site.name, medium)
        return self.recorder.note_all([Draft("medium.prepared", medium, {"folder": self.medium(medium).folder})], actor=by, op=op)

    def make(self, software: str, medium: str, *, by: str, op: str = "", told: Told = silent) -> list[Event]:
        """Back up one software to one medium: what is noted was restored and compared byte by byte.

        Raises UsageError for what cannot be backed up at all, with nothing noted; BackupError where the medium, the scratch folder or a source
        that never holds still prevents it: that is noted as refused, and nothing counts.
        """
        self.may("backup.made", by)
        if known := self._known(op, "backup.made", by, software=software, medium=medium):
            return known
        root, folder = self.base / self.software(software).folder, self.base / self.medium(medium).folder
        if folder.resolve().is_relative_to(root.resolve()):
            raise UsageError(
                tr(f"介质 {folder} 在要备份的 {root} 里面", f"the medium {folder} lies within {root}, which is to be backed up")
            )
        _something(survey(root))
        with self._refused(software, medium, by):
            media.check(folder, self.site.name, medium)
            about = About(self.site.name, software, self.versions[software], self.day(self.recorder.clock.monotonic_us()).isoformat())
            part = folder / f"{plain(software)}.{os.getpid()}{PART}"
            try:
                taken = take(root, part, about, scratch=self.scratch, told=told, choose=_something)
                return self._keep(taken, about, medium, folder, by, op)
            finally:
                drop(part)

    def check(self, number: str, *, by: str, op: str = "", told: Told = silent) -> list[Event]:
        """Look at every byte of a backup and restore it to a scratch folder; what comes out is noted. Raises BackupDamaged for one that is not whole."""
        self.may("backup.checked", by)
        copy = self.present(number)
        with self._damage(copy, by), scratch_folder(self.scratch) as scratch:
            self._unpacked(copy, scratch / "restored", told)
        return self._note(Draft("backup.checked", number, {"whole": True, "reason": ""}), by, op)

    def drill(self, number: str, to: Path | None = None, *, by: str, op: str = "", told: Told = silent) -> list[Event]:
        """Rehearse the restoring of a backup to the new folder `to`, which stays; by default to a scratch folder, which does not."""
        self.may("backup.drilled", by)
        if known := self._known(op, "backup.drilled", by, to="" if to is None else str(to)):
            return known
        copy, began_us = self.present(number), self.recorder.clock.monotonic_us()
        if to is not None and to.exists():
            raise UsageError(tr(f"{to} 已经有了；演练要写到新目录", f"{to} exists; a drill goes to a new folder"))
        with self._damage(copy, by), scratch_folder(self.scratch) as scratch:
            manifest = self._unpacked(copy, to or scratch / "drill", told)
        taken_us = self.recorder.clock.monotonic_us() - began_us
        keys = {"files": len(manifest.files), "bytes": manifest.bytes, "compared": True, "duration_us": taken_us}
        return self._note(Draft("backup.drilled", number, {"to": "" if to is None else str(to), **keys}), by, op)

    def restore(
        self, number: str, target: Path, *, by: str, replace: bool = False, reason: str = "", op: str = "", told: Told = silent
    ) -> tuple[Restored, list[Event]]:
        """Restore a backup as the folder `target`; what lies there is kept beside, and replaced only with `replace`."""
        self.may("backup.restored", by)
        copy = self.present(number)
        with self._damage(copy, by):
            done = restore(self.file(copy), target, self.recorder.clock.now(), sha256=copy.sha256, replace=replace, told=told)
        return done, self._restored(number, target, done, by, reason, op)

    def restore_file(
        self, file: Path, target: Path, *, by: str, replace: bool = False, reason: str = "", op: str = "", told: Told = silent
    ) -> tuple[Restored, list[Event]]:
        """The same from an archive that the ledger may not know: after a disaster the medium is all there is. What it knows must fit."""
        self.may("backup.restored", by)
        done = restore(file, target, self.recorder.clock.now(), sha256=self._recorded(file), replace=replace, told=told)
        return done, self._restored(file.name, target, done, by, reason, op)

    def _restored(self, number: str, target: Path, done: Restored, by: str, reason: str, op: str) -> list[Event]:
        keys = {"sha256": done.sha256, "files": len(done.manifest.files), "bytes": done.manifest.bytes}
        replaced = "" if done.kept is None else done.kept.name
        return self._note(Draft("backup.restored", number, {"to": str(target), **keys, "replaced": replaced, "reason": reason}), by, op)

    def _recorded(self, file: Path) -> str:
        """The digest that the ledger has of the backup in that place; empty where it knows of none there."""
        folders = {one.name: (self.base / one.folder).resolve() for one in self.site.media}
        there = file.resolve()
        return next(
            (copy.sha256 for copy in self.copies.values() if (folders.get(copy.medium), copy.file) == (there.parent, there.name)), ""
        )

    def strays(self, medium: str) -> list[str]:
        """Archives on a medium that the ledger does not know: of a backup that was broken off at its very end, or of another record."""
        known = {copy.file for copy in self.copies.values()}
        with disk(self.place(medium)):
            return sorted(file.name for file in self.place(medium).glob(f"*{ARCHIVE}") if file.name not in known)

    def prune(self, medium: str, *, by: str) -> list[Event]:
        """Delete what no rule keeps, after a look at every byte of the newest backup of that software on the medium.

        Raises BackupError where the medium is missing, BackupDamaged where that newest one is not whole: then nothing of it is deleted.
        """
        self.may("backup.expired", by)
        folder, events, looked_at = self.place(medium), list[Event](), set[str]()
        self._drop_unfinished(folder)
        for copy in self.expiring(medium):
            if copy.software not in looked_at:
                self._look_at_newest(copy.software, medium, by)
                looked_at.add(copy.software)
            with disk(folder):
                for file in (folder / copy.file, side_of(folder / copy.file)):
                    file.unlink(missing_ok=True)
                sync_folder(folder)
            keys = {"medium": medium, "file": copy.file, "reason": "retention"}
            events += self._note(Draft("backup.expired", copy.number, keys), by, "")
        return events

    def _look_at_newest(self, software: str, medium: str, by: str) -> None:
        last = newest(copy for copy in self.copies.values() if copy.counts and (copy.software, copy.medium) == (software, medium))
        assert last is not None  # what expires has a newer one, which stays
        with self._damage(last, by):
            whole(self.file(last), last.sha256)

    def _keep(self, taken: Taken, about: About, medium: str, folder: Path, by: str, op: str) -> list[Event]:
        """Give the archive its number and note it; nobody else numbers meanwhile."""
        with self.recorder.turn():
            number, file = self._next(about.software, folder)
            settle(taken.part, file, taken.sha256)
            manifest = taken.manifest
            keys = {"software": about.software, "version": about.version, "medium": medium, "file": file.name, "sha256": taken.sha256}
            counted = {"content": manifest.content, "files": len(manifest.files), "bytes": taken.size, "verified": True}
            return self._note(Draft("backup.made", number, {**keys, **counted}), by, op)

    def _next(self, software: str, folder: Path) -> tuple[str, Path]:
        """The first number that neither the ledger nor the medium has, and its file: what lies there unrecorded is never written over."""
        numbers = [int(copy.number.rpartition("-")[2]) for copy in self.copies.values() if copy.software == software]
        number = max(numbers, default=0) + 1
        while _taken(file := folder / f"{plain(software)}-{number:04d}{ARCHIVE}"):
            number += 1
        return f"{software}-{number:04d}", file

    def _unpacked(self, copy: Copy, to: Path, told: Told) -> Manifest:
        file = self.file(copy)
        whole(file, copy.sha256)
        manifest = unpack(file, to, told)
        compare(to, manifest)
        if manifest.content != copy.content:
            raise BackupDamaged(tr(f"{file} 不是账本记的那一份", f"{file} is not the one in the ledger"))
        return manifest

    def _drop_unfinished(self, folder: Path) -> None:
        """Remove what broken-off backups left long ago."""
        now = self.recorder.clock.now().timestamp()
        with disk(folder):
            ours = [file for file in folder.glob(f"*{PART}") if _UNFINISHED.fullmatch(file.name)]
            old = [file for file in ours if now - file.stat().st_mtime > UNFINISHED_DAYS * US_PER_DAY / 1e6]
        for file in old:
            drop(file)

    @contextmanager
    def _refused(self, software: str, medium: str, by: str) -> Iterator[None]:
        try:
            yield
        except BackupError as error:
            self.recorder.note("backup.refused", software, actor=by, medium=medium, reason=str(error))
            raise

    @contextmanager
    def _damage(self, copy: Copy, by: str) -> Iterator[None]:
        """A backup that turns out damaged, or is gone from its medium, no longer counts, and that is noted."""
        try:
            if not self.file(copy).exists():
                raise BackupDamaged(tr(f"{copy.file} 不在介质 {copy.medium} 上", f"{copy.file} is not on the medium {copy.medium}"))
            yield
        except BackupDamaged as error:
            self._note(Draft("backup.checked", copy.number, {"whole": False, "reason": str(error)}), by, "")
            raise

    def _known(self, op: str, kind: str, by: str, **said: object) -> list[Event]:
        """What the operation noted before. Raises UsageError where it was another act."""
        known = self.recorder.done(op)
        if (known and (known[0].kind, known[0].actor) != (kind, by)) or any(not said.items() <= event.data.items() for event in known):
            raise UsageError(tr(f"操作号 {op} 已用于别的事", f"the operation {op} was another act"))
        return known

    def _note(self, draft: Draft, by: str, op: str) -> list[Event]:
        return self.recorder.note_all([draft], actor=by, op=op)


def plain(name: str) -> str:
    """A name as part of a file's name: at most 100 bytes, so that a number fits behind it."""
    return re.sub(r"[^\w.-]", "_", name).encode()[:100].decode(errors="ignore")


def _something(found: Survey) -> Survey:
    """All of the folder. Raises UsageError where it holds no file: what should be mounted there is not, and a backup of nothing is none."""
    if not found.files:
        raise UsageError(tr("文件夹里没有文件，没有可备份的", "the folder holds no file: there is nothing to back up"))
    return found


def _taken(file: Path) -> bool:
    return file.exists() or side_of(file).exists()
