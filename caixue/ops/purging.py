"""Purging caches (contract C2.2.1): old data is exported to a medium, read again and noted; only then is deleted what is still as exported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from caixue.errors import CaixueError, UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.backup import media
from caixue.ops.backup.archive import About, Told, silent
from caixue.ops.backup.book import medium_of
from caixue.ops.backup.disk import PART, disk, drop, settle, sha256_of, side_of, whole
from caixue.ops.backup.service import plain
from caixue.ops.purging_stores import Store, store_of
from caixue.roles import allow, role_of
from caixue.site import CacheSpec, Site
from caixue.units import nearest

KINDS = ("cache.exported", "cache.purged")


@dataclass(frozen=True, slots=True)
class Export:
    """Cached data on a medium, read again after it was written. `rows`: of a table, or files."""

    cache: str
    number: int
    medium: str
    file: str
    sha256: str
    rows: int
    purged: bool = False


class Caches:
    """The caches of a site, and their exports as events tell them. `base`: the folder of the site file; `environ`: where database URLs stand."""

    def __init__(
        self,
        recorder: Recorder,
        site: Site,
        followed: Followed | None = None,
        *,
        base: Path | None = None,
        environ: Mapping[str, str] | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.recorder = recorder
        self.site = site
        self.base = base or Path()
        self.exports: dict[tuple[str, int], Export] = {}
        self._environ = os.environ if environ is None else environ
        self._scratch = scratch
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def cache(self, name: str) -> CacheSpec:
        """The cache of that name in the site file. Raises UsageError."""
        known = {one.name: one for one in self.site.caches}
        if name not in known:
            raise UsageError(tr(f"现场文件里没有缓存 {name}", f"the site file has no cache {name}") + nearest(name, tuple(known)))
        return known[name]

    def old(self, name: str) -> int:
        """How many rows or files of a cache are old enough to go. Raises UsageError, BackupError."""
        store = self._store(name)
        return store.count(self._before(store, name))

    def unfinished(self, name: str) -> list[Export]:
        """Exports whose rows were not all seen to be deleted: a purge was broken off."""
        return [export for export in self.exports.values() if export.cache == name and not export.purged]

    def purge(self, name: str, medium: str, *, by: str, op: str = "", told: Told = silent) -> list[Event]:
        """Export what is old, read it again, note that, delete what is still as exported, note that. First it ends what was broken off.

        It may be broken off at any moment and repeated: every row is in the cache, or in an export that is on record and whole.
        Raises UsageError for an unknown cache or medium, BackupError where medium or database refuse; nothing that is not in such an export
        is deleted then either.
        """
        allow("cache.purged", by, role_of(by, {person.name: person.role for person in self.site.people}))
        if known := self.recorder.done(op):
            if [(event.kind, event.subject, event.actor) for event in known] != [("cache.purged", name, by)]:
                raise UsageError(tr(f"操作号 {op} 已用于别的事", f"the operation {op} was another act"))
            return known
        store, folder = self._store(name), self._place(medium)
        events = []
        for export in self.unfinished(name):
            if self._there(export):
                events += self._delete(export, store, by, "", told)
        exported = self._export(store, name, medium, folder, by, told)
        if exported is not None:
            events += [exported, *self._delete(self.exports[name, exported.data["number"]], store, by, op, told)]
        return events

    def hear(self, event: Event) -> None:
        """Take one event of the caches."""
        data = event.data
        key = (event.subject, data["number"])
        if event.kind == "cache.exported" and data["verified"] is True:
            self.exports[key] = Export(event.subject, data["number"], data["medium"], data["file"], data["sha256"], data["rows"])
        elif event.kind == "cache.purged" and key in self.exports:
            self.exports[key] = replace(self.exports[key], purged=True)

    def _export(self, store: Store, name: str, medium: str, folder: Path, by: str, told: Told) -> Event | None:
        """Write, read again, give it its name, note it; None where nothing is old."""
        before = self._before(store, name)
        about = About(self.site.name, name, "", self.recorder.clock.now().isoformat())
        part = folder / f"cache-{plain(name)}.{os.getpid()}{PART}"
        try:
            rows = store.export(part, about, before, told)
            if not rows:
                return None
            with self.recorder.turn():
                number = self._next(name, folder, store.suffix)
                return self._note_export(
                    store, part, folder, {"number": number, "medium": medium, "rows": rows, "before": str(before)}, name, by
                )
        finally:
            drop(part)

    def _note_export(self, store: Store, part: Path, folder: Path, said: Mapping[str, Any], name: str, by: str) -> Event:
        with disk(part):
            sha256, size = sha256_of(part), part.stat().st_size
        file = _file(folder, name, said["number"], store.suffix)
        settle(part, file, sha256)
        whole(file, sha256)
        keys = {**said, "file": file.name, "sha256": sha256, "bytes": size, "verified": True}
        return self.recorder.note_all([Draft("cache.exported", name, keys)], actor=by)[0]

    def _there(self, export: Export) -> bool:
        """Whether an export can be read and is whole; where not, nothing is deleted by it, and its rows are exported again."""
        try:
            whole(self._place(export.medium) / export.file, export.sha256)
        except CaixueError:
            return False
        return True

    def _delete(self, export: Export, store: Store, by: str, op: str, told: Told) -> list[Event]:
        """Delete what an export holds, after another look at every byte of it."""
        file = self._place(export.medium) / export.file
        whole(file, export.sha256)
        done = store.delete(file, told)
        keys = {"number": export.number, "deleted": done.deleted, "changed": done.changed, "gone": done.gone}
        return self.recorder.note_all([Draft("cache.purged", export.cache, keys)], actor=by, op=op)

    def _next(self, name: str, folder: Path, suffix: str) -> int:
        number = max((export.number for export in self.exports.values() if export.cache == name), default=0) + 1
        while any(each.exists() for each in (_file(folder, name, number, suffix), side_of(_file(folder, name, number, suffix)))):
            number += 1
        return number

    def _store(self, name: str) -> Store:
        spec = self.cache(name)
        if spec.folder:
            self._check_nothing_else_in(spec)
        return store_of(spec, self.base, self._environ, self._scratch)

    def _check_nothing_else_in(self, spec: CacheSpec) -> None:
        """Raises UsageError where backups, or what is backed up, lie in the folder of a cache: they grow old and are no cached data."""
        root = (self.base / spec.folder).resolve()
        places = [(one.name, one.folder) for one in self.site.media] + [(one.name, one.folder) for one in self.site.software]
        for other, folder in places:
            if folder and (self.base / folder).resolve().is_relative_to(root):
                zh = f"缓存 {spec.name} 的目录 {spec.folder} 里有 {other}，不能清理"
                raise UsageError(tr(zh, f"the folder {spec.folder} of the cache {spec.name} holds {other}: it is not purged"))

    def _before(self, store: Store, name: str) -> Any:
        return store.bound(self.recorder.clock.now() - timedelta(microseconds=self.cache(name).keep_us))

    def _place(self, medium: str) -> Path:
        folder = self.base / medium_of(self.site, medium).folder
        media.check(folder, self.site.name, medium)
        return folder


def _file(folder: Path, name: str, number: int, suffix: str) -> Path:
    return folder / f"cache-{plain(name)}-{number:04d}{suffix}"
