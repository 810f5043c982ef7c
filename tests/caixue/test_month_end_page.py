"""The commands of docs/month-end.md, typed after those of a working day, and what the ledger holds when the month is signed and corrected."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.caixue.page_room import Kept, Round, furnish
from tests.typed_page import Answered, type_pages

PAGES = "docs/operations.md", "docs/working-day.md", "docs/month-end.md"


def test_a_month_end_is_typed_as_the_page_says_and_stands_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    furnish(tmp_path, monkeypatch)
    shown = type_pages(*PAGES, monkeypatch=monkeypatch, capfd=capfd, answer=Round().answer)
    kept = Kept(tmp_path)
    inspected_and_saved(kept)
    patched(kept, tmp_path)
    looked_after(kept)
    closed(kept, tmp_path)
    corrected_in_the_next_month(kept, shown)


def inspected_and_saved(kept: Kept) -> None:
    """Every item of the one round has an answer, what was seen has a finding, and every software a backup that was read again (C1, C2.2.3)."""
    (done,) = kept.of("inspection.finished")
    assert done.subject == "inspection-2026-10"
    seen = {event.data["item"]: event.data["state"] for event in kept.of("inspection.checked")}
    assert seen.pop("look-mains") == "WARN" and set(seen.values()) == {"OK"}
    assert [event.data["item"] for event in kept.of("inspection.finding")] == ["look-mains"]
    saved = {event.data["software"] for event in kept.of("backup.made")}
    assert saved == {"collection-system", "driver-service", "label-templates"}
    assert [event.data["whole"] for event in kept.of("backup.checked")] == [True] * 3 and len(kept.of("backup.drilled")) == 1


def patched(kept: Kept, folder: Path) -> None:
    """The refusal left nothing; the approval rests on the file that the twin wrote (R5.5)."""
    steps = ["patch.opened", "patch.tested", "patch.approved", "patch.installed"]
    assert [event.kind for event in kept.about("patch-0001")] == steps
    result = (folder / "runs/patch-1/result.json").read_bytes()
    (verdict,) = kept.of("patch.tested")[0].data["verdicts"]
    assert (verdict["sha256"], verdict["verdict"]) == (hashlib.sha256(result).hexdigest(), json.loads(result)["verdict"]) and verdict[
        "verdict"
    ] == "pass"
    assert [(event.actor, event.data["backup"]) for event in kept.of("patch.approved", "patch.installed") if "backup" in event.data] == [
        ("engineer-1", "label-templates-0001")
    ]
    assert kept.of("patch.approved")[0].actor == "head-1"


def looked_after(kept: Kept) -> None:
    """A drill is planned, feedback was asked for and closed, the import is allowed, the store was counted."""
    assert [event.data["drill"] for event in kept.of("drill.opened")] == ["power-cut"]
    assert len(kept.of("survey.opened")) == 1 and kept.of("feedback.closed")[0].data["satisfied"]
    assert [event.actor for event in kept.of("exception.allowed")] == ["head-1"]
    counted = {event.subject: event.data["quantity"] for event in kept.of("stock.counted")}
    assert counted == {"label-roll": 24, "print-head": 1, "thermal-roll": 38}


def closed(kept: Kept, folder: Path) -> None:
    """October was cut off, drafted, and signed by the head, whose scan is known by its digest (C6)."""
    assert [event.kind for event in kept.about("2026-10")] == ["month.cut-off", "month.drafted", "month.signed"]
    (signed,) = kept.of("month.signed")
    assert signed.actor == "head-1"
    assert signed.data["scan_sha256"] == hashlib.sha256((folder / "2026-10.pdf").read_bytes()).hexdigest()


def corrected_in_the_next_month(kept: Kept, shown: list[Answered]) -> None:
    """The day that came late changes November's list, not October's figures (C6.3); the year has its plan (C6.4)."""
    assert [event.data["date"] for event in kept.of("day.counted")] == ["2026-10-29", "2026-10-30"]
    assert kept.of("day.counted")[1].seq > kept.of("month.signed")[0].seq
    october = next(one.out for one in reversed(shown) if one.line.startswith("caixue month figures 2026-10"))
    november = next(one.out for one in shown if one.line.startswith("caixue month corrections 2026-11"))
    assert _row(october, "完成采血人数")[1] == "12"
    assert _row(october, "开机、关机次数")[1] == "0"  # dry runs alone
    assert _row(november, "完成采血人数")[-2:] == ["12", "21"]
    assert [event.data["year"] for event in kept.of("improvement.opened")] == [2026]


def _row(table: str, name: str) -> list[str]:
    """The row of a table that holds that word."""
    return next(line.split() for line in table.splitlines() if name in line.split())
