"""R5.5: versions and patches are kept, changes are supported; nothing is approved without a passing verdict of the twin, all of it can be taken back.

The rules in detail: tests/caixue/ops/test_patching.py; what counts as a verdict: tests/caixue/ops/test_verdicts.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.caixue.ops.patch_room import result
from tests.contract.typed import Typed

ENGINEER, HEAD = "engineer-1", "head-1"
SITE = """
extends = "eight-window"
schema = 1
name = "patch-room"
[[software]]
name = "label-templates"
version = "2026.10"
kind = "template"
folder = "label-templates"
supported_until = 2027-03-31
[[medium]]
name = "disk-a"
folder = "media"
"""


class PatchDesk(Typed):
    """The commands, in a folder with a site, its templates and results of the twin."""

    folder: Path

    def verdict(self, *, passed: bool = True, before: bool = False) -> str:
        """A result.json of wrong-label-day."""
        path = self.folder / f"result-{len(list(self.folder.glob('result-*')))}.json"
        path.write_bytes(result("wrong-label-day", passed=passed))
        if before:
            os.utime(path, (1.0, 1.0))
        return str(path)

    def patch(self) -> dict[str, Any]:
        """The first patch."""
        return dict(self.ok("software patch show 1 --json"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> PatchDesk:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    monkeypatch.setenv("CAIXUE_PERSON", ENGINEER)
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    for folder in ("label-templates", "media"):
        (tmp_path / folder).mkdir()
    (tmp_path / "label-templates" / "tube.prn").write_text("SIZE 50 mm,30 mm", encoding="utf-8")
    desk = PatchDesk(tmp_path / "site.toml", tmp_path / "room.ledger.db", capfd)
    desk.folder = tmp_path
    desk.ok("software patch add label-templates --to 2026.11 --why fault --advisory", "条码偏 1 mm")
    return desk


def test_a_patch_without_a_verdict_is_refused_and_then_approved_with_one(desk: PatchDesk) -> None:
    assert "wrong-label-day" in desk.refused("software patch approve 1", by=HEAD)
    assert "wrong-label-day" in desk.patch()["lacks"]
    desk.ok("software patch test 1", desk.verdict())
    assert desk.patch()["lacks"] == ""
    assert "approved" in desk.ok("software patch approve 1", by=HEAD)


def test_a_failing_an_old_a_tampered_or_a_borrowed_verdict_does_not_do(desk: PatchDesk) -> None:
    assert "older" in desk.refused("software patch test 1", desk.verdict(before=True))
    forged = Path(desk.verdict(passed=False))
    forged.write_text(forged.read_text(encoding="utf-8").replace('"verdict": "fail"', '"verdict": "pass"'), encoding="utf-8")
    assert "label.crossed" in desk.refused("software patch test 1", str(forged))
    failed = desk.verdict(passed=False)
    desk.ok("software patch test 1", failed)
    assert "not a pass" in desk.refused("software patch approve 1", by=HEAD)
    desk.ok("software change ask label-templates --kind configuration --what 字号 --asked-by 护士长 --version 2026.10a")
    assert "patch-0001" in desk.refused("software change test 1", failed)


def test_the_head_alone_approves_and_never_the_engineer(desk: PatchDesk) -> None:
    desk.ok("software patch test 1", desk.verdict())
    assert "head" in desk.refused("software patch approve 1", by=ENGINEER)
    assert "head" in desk.refused("software patch approve 1", by="nurse-1")


def test_it_is_installed_with_a_backup_of_what_was_there_and_taken_back_within_the_limit(desk: PatchDesk) -> None:
    desk.ok("software patch test 1", desk.verdict())
    assert "does not follow" in desk.refused("software patch install 1")
    desk.ok("software patch approve 1", by=HEAD)
    assert "backup make label-templates" in desk.refused("software patch install 1")
    desk.ok("backup prepare disk-a")
    desk.ok("backup make label-templates disk-a")
    desk.ok("software patch install 1")
    (row,) = desk.ok("software list --json")["software"]
    assert (row["version"], row["number"]) == ("2026.11", "patch-0001")
    (event,) = desk.ok("backup make label-templates disk-a --json")["events"]
    assert event["data"]["version"] == "2026.11"  # the backups know what was installed
    at = desk.patch()["steps"][-1]["at"]
    said = desk.ok("software patch rollback 1 --reason", "条码更糟", "--begun", at)
    assert "<= 30 min, R3" in said and "√" in said
    assert desk.ok("software list --json")["software"][0]["version"] == "2026.10"


def test_a_change_asked_for_by_the_users_goes_the_same_way(desk: PatchDesk) -> None:
    desk.ok("software change ask label-templates --kind customisation --what 加科室名 --asked-by 护士长")
    assert "R5.1" in desk.refused("software change answer 1 --not-free --maker maker-1 --answer 收费")
    desk.ok("software change answer 1 --maker maker-1 --answer 下周 --version 2026.12")
    assert "wrong-label-day" in desk.refused("software change approve 1", by=HEAD)
    desk.ok("software change test 1", desk.verdict())
    desk.ok("software change approve 1", by=HEAD)
    desk.ok("software change decline 1 --reason 科室不要了", by=HEAD)
    assert desk.ok("software change list --json")["changes"] == []
    assert [one["state"] for one in desk.ok("software change list --all --json")["changes"]] == ["declined"]


def test_the_same_command_sent_twice_is_noted_once(desk: PatchDesk) -> None:
    verdict = desk.verdict()
    for words in (["software patch test 1", verdict], ["software patch approve 1"]):
        by = HEAD if "approve" in words[0] else None
        first, again = (desk.ok(*words, "--op", "op-1", "--json", by=by)["events"] for _ in range(2))
        assert [event["seq"] for event in first] == [event["seq"] for event in again]


@pytest.mark.parametrize(
    "words", ["software patch show 9", "software patch test 1", "software patch test 1 none.json", "software patch show change-0001"]
)
def test_bad_input_is_a_clear_refusal(desk: PatchDesk, words: str) -> None:
    desk.refused(words)
