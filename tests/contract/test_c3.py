"""C3: users are trained until they are competent; who was trained in what, by whom, with what result, valid until when.

The rules in detail: tests/caixue/ops/test_training.py.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.training import Training
from caixue.site import load_site
from tests.caixue.ops.incident_bench import WallClock
from tests.caixue.ops.learning_bench import noon
from tests.contract.typed import Typed

TRAINER = "engineer-1"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("CAIXUE_PERSON", TRAINER)
    return Typed("eight-window", tmp_path / "room.ledger.db", capfd)


def held(desk: Typed, *people: str) -> None:
    desk.ok("training plan", *people, "--topic", "label-check", "--trainer", TRAINER, "--on", "2026-11-23")
    desk.ok("training hold", *map(str, range(1, len(people) + 1)))


def test_it_is_on_record_who_was_trained_in_what_by_whom_with_what_result_and_until_when(desk: Typed) -> None:
    held(desk, "nurse-1")
    desk.ok("training assess 1 --passed --result", "实操 95 分", "--assessor", "head-1")
    (sheet,) = desk.ok("training list --all --json")["trainings"]
    told = {key: sheet[key] for key in ("person", "topic", "trainer", "result", "assessor")}
    assert told == {"person": "nurse-1", "topic": "label-check", "trainer": TRAINER, "result": "实操 95 分", "assessor": "head-1"}
    assert date.fromisoformat(sheet["valid_until"]).year == date.fromisoformat(sheet["held_on"]).year + 1


def test_who_fails_is_trained_again_on_the_same_sheet_until_competent(desk: Typed) -> None:
    held(desk, "nurse-1")
    assert "须再训" in desk.ok("training assess 1 --failed --result", "40 分")
    assert "须再训" in desk.ok("training competence --person nurse-1")
    assert "training-0001" in desk.refused("training plan nurse-1 --topic label-check --trainer engineer-1 --on 2099-01-01")
    desk.ok("training hold 1")
    desk.ok("training assess 1 --passed --result", "90 分")
    (row,) = [one for one in desk.ok("training competence --person nurse-1 --json")["competence"] if one["topic"] == "label-check"]
    assert (row["competent"], row["attempts"], row["number"]) == (True, 2, "training-0001")


def test_nobody_judges_themselves_and_a_nurse_judges_nobody(desk: Typed) -> None:
    held(desk, "nurse-1")
    desk.refused("training assess 1 --passed --result 95 --assessor nurse-1")
    assert "nurse-2" in desk.refused("training assess 1 --passed --result 95", "--assessor", "head-1", by="nurse-2")
    assert "training.passed" not in str(desk.ok("ledger show --json"))


def test_new_people_lack_all_that_their_post_needs_and_it_is_due(desk: Typed) -> None:
    rows = desk.ok("training competence --json")["competence"]
    assert rows and not any(row["competent"] for row in rows)
    due = desk.ok("training due --json")["due"]
    assert {(row["person"], row["topic"]) for row in due} == {(row["person"], row["topic"]) for row in rows}
    assert {row["what"] for row in due} == {"plan"}


def test_one_training_of_several_people_is_noted_for_all_or_for_none(desk: Typed) -> None:
    words = ("--topic", "label-check", "--trainer", TRAINER, "--on", "2026-11-23", "--op", "t1")
    assert "nurse-9" in desk.refused("training plan nurse-1 nurse-9", *words)
    assert desk.ok("training list --json")["trainings"] == []
    for _ in range(2):  # the same command again is the same operation
        desk.ok("training plan nurse-1 nurse-2", *words)
    assert [row["person"] for row in desk.ok("training list --json")["trainings"]] == ["nurse-1", "nurse-2"]


@pytest.mark.parametrize(
    "words",
    [
        "training plan nurse-1 --topic lable-check --trainer engineer-1 --on 2026-11-23",
        "training plan nurse-1 --topic label-check --trainer nobody --on 2026-11-23",
        "training plan nurse-1 --topic label-check --trainer engineer-1 --on 23.11.",
        "training plan nurse-1 --topic label-check --trainer engineer-1",
        "training hold 7",
        "training assess 1 --result 95",
        "training assess 1 --passed --result 95",
        "training assess 1 --failed --result 40 --valid-until 2027-01-01",
        "training miss 1 --next 2027-01-01",
        "training competence --person nobody",
    ],
)
def test_what_does_not_fit_is_refused_and_not_noted(desk: Typed, words: str) -> None:
    desk.refused(words)
    assert desk.ok("training list --all --json")["trainings"] == []


def test_competence_ends_with_its_last_day_and_is_asked_for_30_days_before(tmp_path: Path) -> None:
    site = load_site("eight-window")
    people = {person.name: person.role for person in site.people}
    clock = WallClock(noon("2026-11-23"))
    place = str(tmp_path / "room.ledger.db")
    with open_ledger(place, site=site.name, people=people, clock=clock, start=clock.start_at) as ledger:
        book = Training(LedgerRecorder(ledger), people, ledger)
        number = book.plan("nurse-1", "label-check", TRAINER, date(2026, 11, 23), by=TRAINER)[0].subject
        book.hold(number, date(2026, 11, 23), by=TRAINER)
        with pytest.raises(UsageError, match="nurse-1"):
            book.passed(number, "95", "head-1", by="nurse-1")
        book.passed(number, "95", "head-1", by=TRAINER)
        told = {
            str(day): one.standing
            for day in (date(2027, 10, 23), date(2027, 10, 24), date(2027, 11, 23), date(2027, 11, 24))
            for one in book.competence(day)
            if (one.person, one.topic.name) == ("nurse-1", "label-check")
        }
    assert told == {"2027-10-23": "competent", "2027-10-24": "expiring", "2027-11-23": "expiring", "2027-11-24": "expired"}


def test_the_hospital_reads_in_sql_who_was_trained_in_what_until_when(desk: Typed, tmp_path: Path) -> None:
    held(desk, "nurse-1", "nurse-2")
    desk.ok("training assess 1 --passed --result 95")
    desk.ok("training assess 2 --failed --result 40")
    query = "SELECT person, topic, outcome, assessor, valid_until IS NOT NULL FROM training ORDER BY reference"
    with closing(sqlite3.connect(tmp_path / "room.ledger.db")) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("nurse-1", "label-check", "passed", TRAINER, 1), ("nurse-2", "label-check", "failed", TRAINER, 0)]
