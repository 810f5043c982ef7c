"""The commands of docs/working-day.md, typed one after the other, and what the ledger holds in the evening."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.caixue.page_room import Kept, furnish
from tests.typed_page import type_pages

PAGES = "docs/operations.md", "docs/working-day.md"


def test_a_working_day_is_typed_as_the_page_says_and_stands_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    furnish(tmp_path, monkeypatch)
    type_pages(*PAGES, monkeypatch=monkeypatch, capfd=capfd)
    kept = Kept(tmp_path)
    came_and_left(kept)
    called_and_repaired(kept)
    supplied(kept)
    taught_and_saved(kept)
    handed_over(kept)


def came_and_left(kept: Kept) -> None:
    """The shift of R2, with its break, was attended; start-up and shut-down were rehearsed and sent nothing."""
    assert [kept.clock(event) for event in kept.of("attendance.opened", "attendance.left")] == ["06:25", "12:00", "15:00", "17:30"]
    assert [(event.data["plan"], event.data["dry"]) for event in kept.of("sequence.started")] == [("startup", True), ("shutdown", True)]


def called_and_repaired(kept: Kept) -> None:
    """Both faults were repaired within 30 minutes (R3); the part went its whole way to the user's signature (R5.6)."""
    (call,) = kept.of("call.received")
    assert (call.data["caller"], call.data["incident"]) == ("nurse-3", "incident-0001")
    restored = {event.subject: kept.clock(event) for event in kept.of("incident.restored")}
    assert restored == {"incident-0001": "08:16", "incident-0002": "09:58"}
    assert all(
        event.at_us <= opened.data["deadline_us"]
        for event, opened in zip(kept.of("incident.restored"), kept.of("incident.opened"), strict=True)
    )
    assert [event.data["verified_by"] for event in kept.of("incident.closed")] == ["nurse-3", "nurse-5"]
    assert [event.kind for event in kept.about("spare-0001")] == ["spare.issued", "spare.fitted", "spare.returned", "spare.signed"]
    assert [event.actor for event in kept.of("spare.signed")] == ["head-1"]
    assert [event.data["part"] for event in kept.of("part.replaced")] == ["print-head"]


def supplied(kept: Kept) -> None:
    """The lane is full again, from the store; the printer was cleaned; what was short is ordered."""
    (refilled,) = kept.of("consumable.refilled")
    assert (refilled.subject, refilled.data["quantity"]) == ("window-3.tube-dispenser", 88)
    assert [event.data["task"] for event in kept.of("maintenance.done")] == ["clean-print-head"]
    (order,) = kept.of("order.placed")
    assert order.data["supplier"] == "试剂商"


def taught_and_saved(kept: Kept) -> None:
    """One training passed, one complaint was answered, one backup was restored and compared, the day was counted."""
    assert [(event.subject, event.actor) for event in kept.of("training.passed")] == [("training-0001", "engineer-1")]
    assert [event.kind for event in kept.about("feedback-0001")] == ["feedback.opened", "feedback.answered"]
    assert [(event.subject, event.data["verified"]) for event in kept.of("backup.made")] == [("label-templates-0001", True)]
    assert [(event.data["date"], event.data["served"]) for event in kept.of("day.counted")] == [("2026-10-29", 12)]


def handed_over(kept: Kept) -> None:
    """The note was drafted from the ledger, and accepted; the ledger was verified and backed up."""
    accepted = {event.subject: event.actor for event in kept.of("handover.accepted")}
    assert accepted == {"handover-0001": "engineer-1", "handover-0002": "nurse-1"}
    note = kept.about("handover-0002")[0].data
    assert "order-0001" in note["orders"][0] and note["workarounds"] == ["3 号口先用备管机"]
    assert len(kept.of("ledger.backed-up")) == 1
