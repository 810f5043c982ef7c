"""What people, programs and clocks may do wrong is refused in words, and nothing is noted; what is only odd is kept to the letter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from tests.caixue.ledger.powerless import FILE, PEOPLE, SITE, wholeness
from tests.caixue.scripted import START, FakeClock


def opened(folder: Path, clock: FakeClock | None = None) -> Ledger:
    return open_ledger(folder / FILE, site=SITE, people=PEOPLE, clock=clock or FakeClock(), start=START)


@pytest.fixture
def ledger(tmp_path: Path):
    with opened(tmp_path) as one:
        yield one


def everything(ledger: Ledger) -> list[str]:
    """All tables with all rows, as text."""
    raw = ledger.engine.raw_connection()
    try:
        return list(raw.driver_connection.iterdump())
    finally:
        raw.close()


def nested(depth: int) -> Any:
    data: Any = "x"
    for _ in range(depth):
        data = [data]
    return data


BAD_WORDS = {
    "nothing": "",
    "overlong": "x" * 201,
    "overlong in UTF-16": "😀" * 101,
    "NUL": "a\0b",
    "a line break": "a\nb",
    "half a character": "a\ud800",
    "text turned round": "a\u202eb",
    "an ANSI sequence": "\x1b[2Ja",
    "a space at the end": "a ",
}
BAD_DATA: dict[str, Mapping[Any, Any]] = {
    "NaN": {"level": math.nan},
    "infinity": {"level": -math.inf},
    "NaN deep inside": {"a": [{"b": math.nan}]},
    "bytes": {"a": b"x"},
    "a set": {"a": {1}},
    "an object": {"a": object()},
    "a moment": {"a": START},
    "nested a hundred deep": {"a": nested(100)},
    "nested a hundred thousand deep": {"a": nested(100_000)},
    "too much": {"a": "x" * 60_001},
    "a number without end": {"a": 10**5_000},
    "NUL": {"a": "x\0"},
    "an ANSI sequence": {"a": "\x1b[31mred"},
    "text turned round": {"a": "abc\u202ecba"},
    "half a character": {"a": "\udc80"},
    "half a character in a key": {"\ud800": 1},
    "a key that stands twice": {1: "a", "1": "b"},
    "keys that cannot be sorted": {1: "a", "b": "c"},
    "a key that is no text": {(1, 2): "a"},
}
BAD_KINDS = ("", "x" * 61, 'alarm.raised","subject":"y', "alarm raised", "报警", "alarm.", "ALARM")


def refused(ledger: Ledger, *drafts: Draft, actor: str = "monitor", op: str = "", **more: Any) -> None:
    """These are refused, not a byte has changed, and the next record finds its place."""
    before, number = everything(ledger), ledger.next_seq()
    with pytest.raises(UsageError) as told:
        ledger.note(drafts, actor=actor, op=op, **more)
    assert len(str(told.value)) > 8
    assert everything(ledger) == before
    assert ledger.note([good()], actor="monitor")[0].seq == number
    assert wholeness(ledger) == ""


def good(**data: Any) -> Draft:
    return Draft("alarm.raised", "conveyor-1", {"alarm": "belt-blocked", **data})


@pytest.mark.parametrize("word", BAD_WORDS.values(), ids=BAD_WORDS)
def test_a_hostile_subject_is_refused(ledger: Ledger, word: str):
    refused(ledger, good(), Draft("alarm.raised", word, {}))


@pytest.mark.parametrize("word", [*list(BAD_WORDS.values())[1:], "seq-7", "a#1"], ids=[*list(BAD_WORDS)[1:], "a name of the ledger", "a part"])
def test_a_hostile_operation_id_is_refused(ledger: Ledger, word: str):
    refused(ledger, good(), op=word)


@pytest.mark.parametrize("data", BAD_DATA.values(), ids=BAD_DATA)
def test_data_that_could_not_be_read_back_or_shown_are_refused(ledger: Ledger, data: Mapping[Any, Any]):
    refused(ledger, good(), Draft("alarm.raised", "conveyor-1", data))


@pytest.mark.parametrize("kind", BAD_KINDS, ids=ascii)
def test_what_is_no_kind_of_event_is_refused(ledger: Ledger, kind: str):
    refused(ledger, Draft(kind, "conveyor-1", {}))


@pytest.mark.parametrize("actor", ["", "stranger", "engineer-1 ", "Engineer-1", "engineer-1'; DROP TABLE entry; --", "a\0"])
def test_an_actor_whom_the_site_does_not_know_is_refused(ledger: Ledger, actor: str):
    refused(ledger, good(), actor=actor)


def test_a_role_that_may_not_is_refused(ledger: Ledger):
    refused(ledger, good(), Draft("stock.scrapped", "motor", {"lot": "a", "quantity": 1, "reason": "x"}), actor="nurse-1")


def test_an_operation_id_of_another_person_is_refused(ledger: Ledger):
    ledger.note([good()], actor="engineer-1", op="x")
    refused(ledger, good(), actor="nurse-1", op="x")


@pytest.mark.parametrize("at_us", [10**18, 2**70, -(10**18)])
def test_an_instant_beyond_the_calendar_is_refused(ledger: Ledger, at_us: int):
    refused(ledger, good(), at_us=at_us)


UNFIT: tuple[Mapping[str, Any], ...] = (
    {"occurred_us": "today"},
    {"occurred_us": 10**30},
    {"occurred_us": {"a": 1}},
    {"device": ["a"]},
    {"device": 7},
    {"device": "x" * 201},
    {"device": None},
    {"class": 10**30},
)


@pytest.mark.parametrize("data", UNFIT, ids=repr)
def test_data_that_their_table_cannot_take_are_refused(ledger: Ledger, data: Mapping[str, Any]):
    times = {"occurred_us": 1, "reported_us": None, "detected_us": 2, "deadline_us": 3}
    bad = Draft("incident.opened", "incident-0001", {"device": "conveyor", "window": None, "class": "一般", "symptom": "x", **times, **data})
    refused(ledger, good(), bad)


ODD = [
    "'; DROP TABLE entry; --",
    'Robert"); DELETE FROM head WHERE ("1"="1',
    "%_\\#?:1 $1 @p1 {0} %(x)s",
    "传送带 一号",
    "a" * 200,
    "😀" * 100,
    "é and e\u0301",
]


@pytest.mark.parametrize("word", ODD, ids=ascii)
def test_odd_words_are_kept_to_the_letter(tmp_path: Path, word: str):
    op = word.replace("#", "").replace("\u3000", "")
    with opened(tmp_path) as ledger:
        noted = ledger.note([Draft("alarm.raised", word, {"alarm": word, word: [word]})], actor="monitor", op=op)
        assert ledger.done(op) == noted
    with opened(tmp_path) as again:
        assert list(again.events()) == noted
        assert noted[0].subject == noted[0].data["alarm"] == word
        assert wholeness(again) == ""


def test_line_breaks_and_tabs_in_a_reason_are_kept(ledger: Ledger):
    ledger.note([good(reason="first\n\tsecond\u3000third")], actor="monitor")
    assert next(ledger.events()).data["reason"] == "first\n\tsecond\u3000third"


def test_what_note_gives_back_is_what_will_be_read_from_the_ledger(ledger: Ledger):
    noted = ledger.note([good(pair=(1, 2), lanes={1: "a"}, level=0.1)], actor="monitor")
    assert noted == list(ledger.events())
    assert noted[0].data["pair"] == [1, 2]
    assert noted[0].data["lanes"] == {"1": "a"}


@pytest.mark.parametrize(("seq", "subject", "actor"), [(0, "a\0", "monitor"), (0, "a", "stranger"), (7, "a", "monitor")])
def test_a_stamped_event_is_looked_at_as_closely(ledger: Ledger, seq: int, subject: str, actor: str):
    with pytest.raises(UsageError):
        ledger.append(Event(seq, 0, "alarm.raised", subject, actor))
    assert ledger.head()[0] == -1


# the clock


def test_a_clock_that_was_set_back_is_noted_once_and_time_goes_on(tmp_path: Path):
    clock = FakeClock()
    clock.now_us = 3_600_000_000
    with opened(tmp_path, clock) as ledger:
        ledger.note([good()], actor="monitor")
    for _ in range(2):
        with opened(tmp_path, FakeClock()) as ledger:
            stepped = list(ledger.events({"clock.stepped-back"}))
            assert [(event.subject, event.actor, event.data["by_us"]) for event in stepped] == [(SITE, "caixue", 3_600_000_000)]
    with opened(tmp_path, FakeClock()) as ledger:
        ledger.note([good()], actor="monitor")
        times = [event.at_us for event in ledger.events()]
        assert times == sorted(times)


def test_a_deadline_stays_where_it_was_when_the_clock_is_set_back(tmp_path: Path):
    clock = FakeClock()
    clock.now_us = 3_600_000_000
    with opened(tmp_path, clock) as ledger:
        deadline = ledger.clock.now() + timedelta(minutes=60)
        left_s = (deadline - ledger.clock.now()).total_seconds()
        ledger.note([good()], actor="monitor")
    with opened(tmp_path, FakeClock()) as ledger:
        assert (deadline - ledger.clock.now()).total_seconds() == left_s


def test_a_small_difference_between_two_clocks_is_not_noted(tmp_path: Path):
    clock = FakeClock()
    clock.now_us = 900_000
    with opened(tmp_path, clock) as ledger:
        ledger.note([good()], actor="monitor")
    with opened(tmp_path, FakeClock()) as ledger:
        assert ledger.head()[0] == 0


def test_a_program_whose_clock_is_behind_that_of_another_never_notes_earlier(tmp_path: Path):
    ahead = FakeClock()
    with opened(tmp_path) as mine:
        mine.note([good()], actor="monitor")
        ahead.now_us = 7_200_000_000
        with opened(tmp_path, ahead) as theirs:
            theirs.note([good()], actor="monitor")
        mine.note([good()], actor="monitor")
        times = [event.at_us for event in mine.events()]
        assert times == [0, 7_200_000_000, 7_200_000_000]
