"""A backup, a restoring or a pruning that dies at any step: what counts is whole, what was there is there, and the next run goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from caixue.errors import CaixueError
from caixue.ops.backup import archive
from caixue.ops.backup.disk import whole
from caixue.ops.backup.terms import Retention
from tests.caixue.ledger.numbers import FULL
from tests.caixue.ops.backup_bench import ENGINEER, Room, content, fill
from tests.caixue.ops.crashing import DiskJournal, crashes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and kills with SIGKILL")
SOFTWARE = "label-templates"
SOME = range if FULL else lambda total: range(0, total, 3)  # of the steps, where the power need not fail
BOTH = pytest.mark.parametrize("medium", ["", "media/a"], ids=["killed", "power fails"])


def room(base: Path) -> Room:
    there = Room(base, journal=DiskJournal(base / "journal.jsonl"))
    there.backups.retention = Retention(1, 0, 0, 0)
    return there


def prepared(base: Path) -> None:
    fill(room(base).prepared().folder(SOFTWARE), 1, files=2)


def with_three(base: Path) -> None:
    prepared(base)
    for number in range(3):
        (base / SOFTWARE / "n").write_text(str(number), encoding="utf-8")
        make(base)


def with_one_and_changes(base: Path) -> None:
    prepared(base)
    make(base)
    (base / SOFTWARE / "n").write_text("mine", encoding="utf-8")


def make(base: Path) -> None:
    room(base).backups.make(SOFTWARE, "disk-a", by=ENGINEER)


def restore(base: Path) -> None:
    there = room(base)
    there.backups.restore(f"{SOFTWARE}-0001", there.folder(SOFTWARE), by=ENGINEER, replace=True)


def prune(base: Path) -> None:
    room(base).backups.prune("disk-a", by=ENGINEER)


def not_whole(base: Path) -> list[str]:
    """Backups that count by the journal and are not whole."""
    found = []
    for copy in room(base).backups.copies.values():
        try:
            if copy.counts:
                whole(base / "media/a" / copy.file, copy.sha256)
        except CaixueError:
            found.append(copy.number)
    return found


def restored_content(base: Path, to: Path) -> dict[str, Any]:
    there = room(base)
    there.backups.drill(next(reversed(there.backups.copies)), to, by=ENGINEER)
    return content(to)


@BOTH
def test_a_backup_that_dies_at_any_step_counts_whole_or_not_at_all_and_the_next_one_is_made(medium: str):
    tried = 0
    for step, base in crashes(prepared, make, range if medium else SOME, medium=medium):
        assert not_whole(base) == [], step
        make(base)
        assert restored_content(base, base / "drill") == content(base / SOFTWARE), step
        tried += 1
    assert tried >= 10


def test_where_the_archive_is_not_synced_the_same_test_finds_a_backup_that_counts_and_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "sync", lambda file: None)
    assert any(not_whole(base) for _, base in crashes(prepared, make, range, medium="media/a"))


@BOTH
def test_a_pruning_that_dies_at_any_step_leaves_the_newest_and_the_next_one_ends_it(medium: str):
    tried = 0
    for step, base in crashes(with_three, prune, range if medium else SOME, medium=medium):
        assert f"{SOFTWARE}-0003" not in not_whole(base), step
        prune(base)
        assert [copy.number for copy in room(base).backups.copies.values() if copy.counts] == [f"{SOFTWARE}-0003"], step
        assert not_whole(base) == [] and len(room(base).on("disk-a")) == 2, step
        tried += 1
    assert tried >= 4


def test_a_restoring_that_is_killed_at_any_step_loses_neither_the_old_folder_nor_the_backup():
    tried = 0
    for step, base in crashes(with_one_and_changes, restore, range):
        places = [path for path in base.glob(f"{SOFTWARE}*") if path.is_dir() and ".restoring" not in path.name]
        assert any((path / "n").exists() for path in places), step  # what was there
        assert (base / SOFTWARE).exists() or len(places) == 1, step
        restore(base)
        assert not (base / SOFTWARE / "n").exists() and not list(base.glob("*.restoring*")), step
        assert restored_content(base, base / "drill") == content(base / SOFTWARE), step
        tried += 1
    assert tried >= 10
