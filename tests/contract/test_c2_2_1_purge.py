"""C2.2.1, second half: cached data is backed up, and deleted only where a verified backup holds it.

That no row is lost wherever a purge dies: tests/caixue/ops/test_purging_crash.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.ops.purging_rows import read, row_of
from tests.caixue.ops.backup_bench import rows_of
from tests.contract.backup_desk import ROWS, typed
from tests.contract.typed import Typed


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    return typed(tmp_path, capfd, monkeypatch)


def table(folder: Path) -> list[tuple[object, ...]]:
    return rows_of(f"sqlite:///{folder / 'cache.db'}")


def test_old_rows_are_deleted_and_each_of_them_is_in_the_export(desk: Typed, tmp_path: Path):
    before = table(tmp_path)
    exported, purged = desk.ok("backup purge orders disk-a --json")["events"]
    assert (exported["kind"], exported["data"]["verified"], purged["kind"]) == ("cache.exported", True, "cache.purged")
    kept = [tuple(row_of(text).values()) for text in read(tmp_path / "media/a" / exported["data"]["file"])]
    left = table(tmp_path)
    assert purged["data"]["deleted"] == len(kept) > 0
    assert sorted(kept + left, key=lambda row: str(row[0]).zfill(4)) == before


def test_first_one_can_look_how_much_it_would_be(desk: Typed, tmp_path: Path):
    old = desk.ok("backup purge orders disk-a --dry-run --json")["old"]
    assert 0 < old <= ROWS and len(table(tmp_path)) == ROWS
    assert str(old) in desk.ok("backup purge orders disk-a")


def test_without_a_medium_nothing_is_deleted(desk: Typed, tmp_path: Path):
    (tmp_path / "media/a").rename(tmp_path / "media/away")
    assert desk.type("backup purge orders disk-a")[0] == 4
    assert len(table(tmp_path)) == ROWS


def test_doing_it_twice_is_doing_it_once(desk: Typed, tmp_path: Path):
    first = desk.ok("backup purge orders disk-a --op 1 --json")["events"]
    left = table(tmp_path)
    assert desk.ok("backup purge orders disk-a --op 1 --json")["events"] == first[-1:]
    desk.ok("backup purge orders disk-a")
    assert table(tmp_path) == left


def test_a_nurse_may_not(desk: Typed, tmp_path: Path):
    desk.refused("backup purge orders disk-a", by="nurse-1")
    assert len(table(tmp_path)) == ROWS


def test_a_database_that_does_not_answer_is_told_without_its_password(desk: Typed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CAIXUE_TEST_CACHE", "sqlite:////nowhere/canary/x.db")
    code, _, err = desk.type("backup purge orders disk-a")
    assert code == 4 and "Traceback" not in err and "canary" not in err
