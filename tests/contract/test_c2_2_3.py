"""C2.2.3: software and templates are backed up regularly, in versions, each restored and compared before it counts; restoring is rehearsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.caixue.ops.backup_bench import content
from tests.contract.backup_desk import typed
from tests.contract.typed import Typed


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    return typed(tmp_path, capfd, monkeypatch)


def due(desk: Typed) -> list[tuple[str, str]]:
    return [(row["what"], row["software"]) for row in desk.ok("backup due --json")["due"]]


def test_what_has_no_verified_backup_is_due_until_it_has_one_and_the_drill_until_it_was_done(desk: Typed):
    assert due(desk) == [("backup", "collection-system"), ("backup", "label-templates")]
    desk.ok("backup make collection-system disk-a")
    desk.ok("backup make label-templates disk-a")
    assert due(desk) == [("drill", "collection-system")]
    desk.ok("backup drill collection-system-0001")
    assert due(desk) == [] and "没有" in desk.ok("backup due")


def test_a_backup_says_software_version_files_and_digest_and_that_it_was_verified(desk: Typed):
    (event,) = desk.ok("backup make label-templates disk-a --json")["events"]
    data = event["data"]
    assert (event["kind"], event["actor"], data["version"], data["verified"]) == ("backup.made", "engineer-1", "2026.10", True)
    assert data["files"] > 0 and len(data["sha256"]) == 64
    (row,) = desk.ok("backup list --json")["backups"]
    assert (row["number"], row["medium"], row["whole"]) == ("label-templates-0001", "disk-a", True)
    assert "label-templates-0001" in desk.ok("backup list")


def test_templates_that_were_spoilt_are_restored_as_they_were_and_the_spoilt_ones_are_kept(desk: Typed, tmp_path: Path):
    folder = tmp_path / "label-templates"
    before = content(folder)
    desk.ok("backup make label-templates disk-a")
    (folder / "spoilt.zpl").write_bytes(b"oops")
    assert "force-replace" in desk.refused(f"backup restore label-templates-0001 {folder}")
    desk.ok(f"backup restore label-templates-0001 {folder} --force-replace --reason 改坏了")
    assert content(folder) == before
    (kept,) = tmp_path.glob("label-templates.replaced-*")
    assert (kept / "spoilt.zpl").read_bytes() == b"oops"


def test_after_a_disaster_the_medium_alone_is_enough(desk: Typed, tmp_path: Path):
    desk.ok("backup make label-templates disk-a")
    (tmp_path / "ledger.db").unlink()
    desk.ok(f"backup restore {tmp_path}/media/a/label-templates-0001.zip {tmp_path}/rescued")
    assert content(tmp_path / "rescued") == content(tmp_path / "label-templates")


def test_a_damaged_backup_is_found_no_longer_counts_and_another_is_due(desk: Typed, tmp_path: Path):
    desk.ok("backup make label-templates disk-a")
    desk.ok("backup make collection-system disk-a")
    file = tmp_path / "media/a/label-templates-0001.zip"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    code, out, err = desk.type("backup verify")
    assert code == 4 and "label-templates-0001" in err and "√ collection-system-0001" in out
    assert ("backup", "label-templates") in due(desk)
    assert desk.type(f"backup restore label-templates-0001 {tmp_path}/x")[0] == 4 and not (tmp_path / "x").exists()


def test_a_medium_that_is_not_there_is_an_error_that_says_so_and_nothing_counts(desk: Typed, tmp_path: Path):
    (tmp_path / "media/a").rename(tmp_path / "media/away")
    code, _, err = desk.type("backup make label-templates disk-a")
    assert code == 4 and "disk-a" in err and "Traceback" not in err
    code, _, err = desk.type("backup make label-templates disk-b")
    assert code == 4 and "caixue backup prepare disk-b" in err
    assert desk.ok("backup list --json")["backups"] == []


def test_the_same_operation_sent_twice_makes_one_backup(desk: Typed):
    first, second = (desk.ok("backup make label-templates disk-a --op 7 --json")["events"] for _ in range(2))
    assert first == second and len(desk.ok("backup list --json")["backups"]) == 1


def test_old_backups_are_let_go_by_rule_and_never_the_last(desk: Typed):
    for _ in range(6):
        desk.ok("backup make label-templates disk-a")
    assert desk.ok("backup prune disk-a --dry-run --json") == {"schema": 1, "would_expire": ["label-templates-0001"]}
    desk.ok("backup prune disk-a")
    assert [row["number"][-1] for row in desk.ok("backup list --json")["backups"]] == ["2", "3", "4", "5", "6"]


def test_only_the_engineer_and_the_head_make_backups(desk: Typed):
    assert "nurse-1" in desk.refused("backup make label-templates disk-a", by="nurse-1")
    desk.ok("backup make label-templates disk-a", by="head-1")


MISTAKES = (
    *("make label-template disk-a", "make label-templates disk-c", "drill label-templates-0009", "restore x.zip y"),
    *("verify nothing-0001", "prune disk-c"),
)


def test_a_mistake_is_answered_with_what_is_wrong(desk: Typed):
    for words in MISTAKES:
        desk.refused(f"backup {words}")
