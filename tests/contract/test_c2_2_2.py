"""C2.2.2: feedback of users is collected regularly, and what it asks for is improved.

The terms and the counts in detail: tests/caixue/ops/test_feedback.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.feedback import Feedback
from caixue.site import load_site
from tests.caixue.ops.incident_bench import WallClock
from tests.caixue.ops.learning_bench import noon
from tests.contract.typed import Typed


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("CAIXUE_PERSON", "engineer-1")
    return Typed("eight-window", tmp_path / "room.ledger.db", capfd)


def complaint(desk: Typed) -> str:
    words = ("--sort", "complaint", "--about", "window-3", "--words", "标签贴歪，扫不上", "--from", "nurse-3", "--json")
    return str(desk.ok("people feedback note", *words)["events"][0]["subject"])


def test_a_complaint_goes_from_what_was_said_to_what_was_changed_and_the_givers_word(desk: Typed) -> None:
    desk.ok("people feedback collect --asked nurse --asked head-1 --way meeting")
    assert complaint(desk) == "feedback-0001"
    desk.ok("people feedback answer 1 --text", "贴标头已校准")
    desk.ok("people feedback improve 1 --text", "每周核对一次贴标偏差", "--reference", "change-0004")
    desk.ok("people feedback close 1 --satisfied --comment", "好多了")
    told = desk.ok("people feedback show 1 --json")
    assert [step["kind"].partition(".")[2] for step in told["course"]] == ["opened", "answered", "improved", "closed"]
    assert (told["giver"], told["role"], told["reference"], told["satisfied"]) == ("nurse-3", "nurse", "change-0004", True)
    assert desk.ok("people feedback list --json")["feedback"] == []


def test_what_was_not_answered_is_not_closed(desk: Typed) -> None:
    complaint(desk)
    assert "答复" in desk.refused("people feedback close 1 --not-satisfied")
    assert [row["state"] for row in desk.ok("people feedback list --json")["feedback"]] == ["opened"]


def test_a_month_without_a_round_of_asking_asks_for_one(desk: Typed) -> None:
    assert len(desk.ok("people feedback due --json")["months_without_survey"]) == 1
    desk.ok("people feedback collect --asked nurse --note", "都没有意见")
    assert desk.ok("people feedback due --json")["months_without_survey"] == []
    (month,) = desk.ok("people feedback months --json")["months"]
    assert (month["surveys"], sum(month["received"].values())) == (1, 0)


@pytest.mark.parametrize(
    "words",
    [
        "people feedback note --sort grumble --about a --words b --from nurse-1",
        "people feedback note --sort wish --about a --words b --from nobody",
        "people feedback note --sort wish --about a --from nurse-1",
        "people feedback note --sort wish --about a --words b --from nurse-1 --survey 3",
        "people feedback answer 1 --text a",
        "people feedback close 1",
        "people feedback collect",
        "people feedback collect --asked nurse --way pigeon",
    ],
)
def test_what_does_not_fit_is_refused_and_not_noted(desk: Typed, words: str) -> None:
    desk.refused(words)
    assert desk.ok("people feedback list --all --json")["feedback"] == []
    assert len(desk.ok("people feedback due --json")["months_without_survey"]) == 1


def test_a_nurse_may_say_something_but_does_not_answer_it(desk: Typed) -> None:
    words = ("--sort", "wish", "--about", "tray", "--words", "托盘再大些", "--from", "nurse-1")
    desk.ok("people feedback note", *words, by="nurse-1")
    assert "nurse-1" in desk.refused("people feedback answer 1 --text", "好", by="nurse-1")


def test_what_is_late_is_listed_until_it_is_done(tmp_path: Path) -> None:
    site = load_site("eight-window")
    people = {person.name: person.role for person in site.people}
    clock = WallClock(noon("2026-11-23"))
    with open_ledger(str(tmp_path / "l.db"), site=site.name, people=people, clock=clock, start=clock.start_at) as ledger:
        book = Feedback(LedgerRecorder(ledger), people, ledger)
        book.receive("complaint", "window-3", "标签歪", giver="nurse-3", by="engineer-1")
        told = []
        for day in (2, 4):
            clock.advance_to(day * 86_400_000_000)
            told.append([(late.sheet.number, late.what) for late in book.overdue()])
        book.answer("1", "已调", by="engineer-1")
        told.append([(late.sheet.number, late.what) for late in book.overdue()])
    assert told == [[], [("feedback-0001", "answer")], []]
