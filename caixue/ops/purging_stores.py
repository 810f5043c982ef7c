"""What a cache is kept in (contract C2.2.1): a table or a folder; each can count what is old, export it verified, and delete what was exported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from caixue.errors import BackupDamaged, UsageError
from caixue.lang import tr
from caixue.ops.backup.archive import About, Kept, Told, opened
from caixue.ops.backup.disk import disk, sha256_of
from caixue.ops.backup.survey import Survey, seen, survey
from caixue.ops.backup.taking import take
from caixue.ops.purging_rows import Deleted, batches, read, reread, write
from caixue.ops.purging_tables import CacheTable, engine_of
from caixue.site import CacheSpec


class Store(Protocol):
    """Where cached data lies. `before` is the instant before which data is old, as the store tells time."""

    suffix: str

    def bound(self, moment: datetime) -> Any:
        """`before` for an instant."""

    def count(self, before: Any) -> int:
        """How much is old: rows or files."""

    def export(self, part: Path, about: About, before: Any, told: Told) -> int:
        """Write what is old to `part`, on the disk, and read it again; how much it is. Raises BackupError where what was read differs."""

    def delete(self, file: Path, told: Told) -> Deleted:
        """Delete what the export `file` holds and what is still as it says."""


class TableStore:
    """The old rows of a table, exported one a line. `told` counts rows."""

    suffix = ".jsonl"

    def __init__(self, spec: CacheSpec, url: str) -> None:
        self._spec = spec
        self._table = CacheTable(engine_of(url), spec)

    def bound(self, moment: datetime) -> Any:
        return self._table.bound(moment)

    def count(self, before: Any) -> int:
        return self._table.count(before)

    def export(self, part: Path, about: About, before: Any, told: Told) -> int:
        header = {"site": about.site, "cache": about.software, "made": about.made, "table": self._spec.table, "key": self._spec.key}
        said = write(part, {**header, "before": str(before)}, self._table.old(before))
        found = reread(part, self._spec.key)
        if found != said:
            zh, en = (
                f"{part} 读回 {found.rows} 行，写了 {said.rows} 行",
                f"{found.rows} rows were read from {part}, {said.rows} had been written",
            )
            raise BackupDamaged(tr(f"{zh}，内容不符；没有删除", f"{en}, and they differ; nothing was deleted"))
        told(said.rows)
        return said.rows

    def delete(self, file: Path, told: Told) -> Deleted:
        done = Deleted()
        for texts in batches(read(file), self._spec.batch):
            done += self._table.delete(texts)
            told(len(texts))
        return done


class FolderStore:
    """The old files of a folder, exported as an archive. `told` counts bytes."""

    suffix = ".zip"

    def __init__(self, root: Path, scratch: Path | None) -> None:
        self._root, self._scratch = root, scratch

    def bound(self, moment: datetime) -> Any:
        return int(moment.timestamp() * 1_000_000) * 1000

    def count(self, before: Any) -> int:
        return len(_older(survey(self._root), before).files)

    def export(self, part: Path, about: About, before: Any, told: Told) -> int:
        taken = take(self._root, part, about, scratch=self._scratch, told=told, choose=lambda found: _older(found, before))
        return len(taken.manifest.files)

    def delete(self, file: Path, told: Told) -> Deleted:
        done = Deleted()
        with opened(file) as (manifest, _):
            for kept in manifest.files:
                done += self._delete(kept)
                told(kept.size)
        return done

    def _delete(self, kept: Kept) -> Deleted:
        """A file that is not of the exported time, size and bytes stays: somebody has written to it since."""
        file = self._root / kept.path
        with disk(file):
            try:
                before = seen(kept.path, os.lstat(file))
                if (before.size, before.mtime_ns // 1000) != (kept.size, kept.mtime_us) or sha256_of(file) != kept.sha256:
                    return Deleted(changed=1)
                if seen(kept.path, os.lstat(file)) != before:
                    return Deleted(changed=1)
                file.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return Deleted(gone=1)
        return Deleted(deleted=1)


def _older(found: Survey, before_ns: int) -> Survey:
    return found.only(lambda one: one.mtime_ns < before_ns)


def store_of(spec: CacheSpec, base: Path, environ: Mapping[str, str], scratch: Path | None) -> Store:
    """The store of a cache. Raises UsageError where the environment variable with the database's URL is missing."""
    if spec.folder:
        return FolderStore(base / spec.folder, scratch)
    url = environ.get(spec.url_env, "")
    if not url:
        zh = f"缓存 {spec.name}：环境变量 {spec.url_env} 里没有数据库地址"
        raise UsageError(tr(zh, f"cache {spec.name}: the environment variable {spec.url_env} holds no database URL"))
    return TableStore(spec, url)
