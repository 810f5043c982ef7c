"""A purge that dies at any step loses no row: each is in the cache, or in an export that is on record and whole; a second run ends the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from caixue.errors import CaixueError
from caixue.events import Event
from caixue.ops import purging_rows
from caixue.ops.backup.archive import opened, silent
from caixue.ops.backup.disk import whole
from caixue.ops.purging import Caches
from caixue.ops.purging_rows import read, row_of
from caixue.ops.purging_stores import Store
from tests.caixue.ledger.numbers import FULL, often
from tests.caixue.ops.backup_bench import ENGINEER, URL, Room, fill, make_table, rows_of
from tests.caixue.ops.crashing import DiskJournal, crashes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and kills with SIGKILL")
LINES = tuple(
    f"caixue/ops/{name}.py" for name in ("purging", "purging_rows", "purging_stores", "purging_tables", "backup/disk", "backup/archive")
)
ROWS = 12  # six of them old, in two batches


def url(base: Path) -> str:
    return f"sqlite:///{base / 'cache.db'}"


def room(base: Path) -> Room:
    return Room(base, journal=DiskJournal(base / "journal.jsonl"), environ={URL: url(base)})


def with_table(base: Path) -> None:
    room(base).prepared()
    make_table(url(base), ROWS)


def with_folder(base: Path) -> None:
    room(base).prepared()
    fill(base / "images", 3)


def purge(base: Path, made: type[Caches] = Caches, cache: str = "orders") -> list[Event]:
    there = room(base)
    there.days(0.5)
    caches = made(there.recorder, there.site, there.journal, base=base, environ=there.environ, scratch=base / "scratch")
    return caches.purge(cache, "disk-a", by=ENGINEER)


def purge_folder(base: Path) -> list[Event]:
    return purge(base, cache="images")


def exported(base: Path) -> list[Any]:
    """All rows or files that are in an export on record that is whole."""
    found: list[Any] = []
    for export in room(base).caches.exports.values():
        file = base / "media/a" / export.file
        try:
            whole(file, export.sha256)
        except CaixueError:
            continue
        if file.suffix == ".jsonl":
            found += [tuple(row_of(text).values()) for text in read(file)]
        else:
            with opened(file) as (manifest, archive):
                found += [(one.path, archive.read(f"files/{one.path}")) for one in manifest.files]
    return found


def files(base: Path) -> list[Any]:
    return [(path.relative_to(base / "images").as_posix(), path.read_bytes()) for path in (base / "images").rglob("*") if path.is_file()]


def in_table(base: Path) -> list[Any]:
    return list(rows_of(url(base)))


def judged(
    prepare: Callable[[Path], None],
    work: Callable[[Path], object],
    there: Callable[[Path], list[Any]],
    points: Callable[[int], Any] = range,
    *,
    again: Callable[[Path], object] | None = None,
    **how: Any,
) -> tuple[int, list[int]]:
    """How many steps were tried, and after which of them something was lost. After some the work is done again, to the end, and once more."""
    tried, lost, every = 0, [], None
    for step, base in crashes(prepare, work, points, **how):
        if every is None:
            fresh = base.with_name("fresh")
            fresh.mkdir()
            prepare(fresh)
            every = there(fresh)
        tried += 1
        safe = there(base) + exported(base)
        if any(one not in safe for one in every):
            lost.append(step)
            if again is None:
                break
        elif again is not None and (FULL or step % 4 == 0):
            again(base)
            left, kept = there(base), exported(base)
            assert all(one in kept for one in every if one not in left), step
            assert not room(base).caches.unfinished("orders") and len(left) < len(every), step
            assert again(base) == [], step
    return tried, lost


@pytest.mark.parametrize("medium", ["", "media/a"], ids=["killed", "power fails"])
def test_a_purge_that_dies_at_any_step_loses_no_row_and_a_second_run_completes(medium: str):
    tried, lost = judged(with_table, purge, in_table, again=purge, medium=medium)
    assert tried > 40 and lost == []


def test_killed_at_any_line_it_loses_no_row():
    def points(total: int) -> list[int]:
        return sorted(Random(total).sample(range(total), min(total, often(40, total))))

    tried, lost = judged(with_table, purge, in_table, points, again=purge, lines=LINES)
    assert tried >= 40 and lost == []


@pytest.mark.parametrize("medium", ["", "media/a"], ids=["killed", "power fails"])
def test_a_folder_of_cached_files_loses_none_either(medium: str):
    tried, lost = judged(with_folder, purge_folder, files, again=purge_folder, medium=medium)
    assert tried > 20 and lost == []


class DeletesFirst(Caches):
    """A planted mistake: it deletes before the export has its name and is on record."""

    def _note_export(self, store: Store, part: Path, *given: Any) -> Event:
        store.delete(part, silent)
        return super()._note_export(store, part, *given)


def test_the_same_judge_finds_rows_lost_where_they_are_deleted_before_the_export_is_verified():
    _, lost = judged(with_table, lambda base: purge(base, DeletesFirst), in_table)
    assert lost


def test_and_where_the_export_is_not_synced_when_the_power_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(purging_rows, "sync", lambda file: None)
    _, lost = judged(with_table, purge, in_table, medium="media/a")
    assert lost
