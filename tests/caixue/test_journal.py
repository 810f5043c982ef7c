"""Journals: append-only, numbered without a gap, and read back as they were written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.events import KINDS, Event, from_json
from caixue.journal import Recorder
from caixue.journal.file import FileJournal, read_events
from caixue.journal.memory import MemoryJournal
from tests.caixue.scripted import FakeClock

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=10,
)
events = st.builds(
    Event,
    st.integers(0, 2**40),
    st.integers(0, 2**62),
    st.sampled_from(sorted(KINDS)),
    text,
    text,
    st.none() | st.integers(0, 2**40),
    st.dictionaries(text, values, max_size=5),
)


def event(seq: int, kind: str = "patient.arrived", **data: object) -> Event:
    return Event(seq, 1000 * seq, kind, f"patient-{seq}", "room", None, data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "日志.jsonl"


def three(path: Path) -> list[bytes]:
    """A journal of three events; gives its lines."""
    with FileJournal(path) as journal:
        for seq in range(3):
            journal.append(event(seq))
    return path.read_bytes().splitlines(keepends=True)


# Events as JSON


@given(events)
def test_an_event_survives_its_line(written: Event):
    line = written.to_json()
    assert "\n" not in line and "\r" not in line
    read = from_json(line)
    assert read == written
    assert read.to_json() == line


def test_the_line_is_canonical():
    written = Event(3, 4_500_000, "label.sent", "261123000042", "caixue", 2, {"z": 1, "a": "试管", "m": [1.5, None]})
    assert written.to_json() == (
        '{"seq":3,"at_us":4500000,"kind":"label.sent","subject":"261123000042","actor":"caixue","cause":2,'
        '"data":{"a":"试管","m":[1.5,null],"z":1}}'
    )


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(), min_size=2))
def test_the_line_does_not_depend_on_the_order_in_which_data_was_given(data: dict[str, int]):
    assert event(0, **data).to_json() == event(0, **dict(reversed(data.items()))).to_json()


@given(st.text(max_size=80))
def test_any_line_is_an_event_or_a_usage_error(line: str):
    with suppress(UsageError):
        from_json(line)


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", "7", '{"seq":0}', '{"seq":0,"at_us":', "not json"])
def test_what_is_no_event_is_a_usage_error(line: str):
    with pytest.raises(UsageError, match="not an event"):
        from_json(line)


# In memory


@pytest.mark.parametrize("seq", [0, 2, 5])
def test_memory_takes_only_the_next_number(seq: int):
    journal = MemoryJournal()
    journal.append(event(0))
    with pytest.raises(UsageError, match=f"event {seq} offered where 1 comes next"):
        journal.append(event(seq))
    assert journal.next_seq() == 1


def test_listeners_hear_each_event_from_then_on_in_the_order_in_which_they_subscribed():
    journal, heard = MemoryJournal(), []
    journal.append(event(0))
    journal.subscribe(lambda each: heard.append(("first", each.seq)))
    journal.subscribe(lambda each: heard.append(("second", each.seq)))
    journal.append(event(1))
    journal.append(event(2))
    assert heard == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_a_listener_may_append_itself():
    journal = MemoryJournal()
    journal.subscribe(lambda each: journal.append(event(each.seq + 1)) if each.seq < 3 else None)
    journal.append(event(0))
    assert [each.seq for each in journal.events] == [0, 1, 2, 3]


# The recorder


def test_the_recorder_stamps_time_and_number():
    clock, journal = FakeClock(), MemoryJournal()
    recorder = Recorder(journal, clock)
    recorder.note("window.opened", "window-1")
    clock.advance_to(5_000_000)
    noted = recorder.note("label.sent", "261123000001", cause=0, device="window-1.label-printer")
    assert noted == Event(1, 5_000_000, "label.sent", "261123000001", "caixue", 0, {"device": "window-1.label-printer"})
    assert journal.events[1] is noted


def test_the_recorder_writes_class_and_kind_into_the_data():
    noted = Recorder(MemoryJournal(), FakeClock()).note("twin.fault-armed", "fault-1", actor="twin", kind_="jam", class_="一般")
    assert noted.kind == "twin.fault-armed"
    assert noted.data == {"kind": "jam", "class": "一般"}


# In a file


def test_what_was_appended_is_read_back(path: Path):
    written = [event(0, name="试管"), event(1, kind="window.opened"), event(2)]
    with FileJournal(path) as journal:
        for each in written:
            journal.append(each)
    assert read_events(path) == written


def test_each_event_is_in_the_file_before_append_returns(path: Path):
    with FileJournal(path) as journal:
        for seq in range(3):
            journal.append(event(seq))
            assert len(read_events(path)) == seq + 1


def test_each_event_is_on_disk_before_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[int] = []
    monkeypatch.setattr("caixue.journal.file.os.fsync", lambda _: synced.append(len(read_events(path))))
    three(path)
    assert synced == [1, 2, 3]


def test_a_journal_goes_on_where_it_stopped(path: Path):
    lines = three(path)
    with FileJournal(path) as journal:
        assert journal.next_seq() == 3
        journal.append(event(3))
    assert path.read_bytes() == b"".join(lines) + event(3).to_json().encode() + b"\n"


@pytest.mark.parametrize("seq", [2, 4])
def test_a_file_takes_only_the_next_number(path: Path, seq: int):
    lines = three(path)
    with FileJournal(path) as journal, pytest.raises(UsageError, match=f"event {seq} offered where 3 comes next"):
        journal.append(event(seq))
    assert path.read_bytes() == b"".join(lines)


def test_an_empty_file_is_an_empty_journal(path: Path):
    path.touch()
    with FileJournal(path) as journal:
        assert journal.next_seq() == 0


@pytest.mark.parametrize(
    ("damage", "line", "says"),
    [
        (lambda lines: [lines[0], lines[2]], 2, "event 2 where 1 comes next"),
        (lambda lines: [*lines, lines[2]], 4, "event 2 where 3 comes next"),
        (lambda lines: lines[1:], 1, "event 1 where 0 comes next"),
        (lambda lines: [*lines[:2], lines[2][:-1]], 3, "cut short"),
        (lambda lines: [*lines[:2], lines[2][:20]], 3, "cut short"),
        (lambda lines: [lines[0], b"\n", *lines[1:]], 2, "not an event"),
        (lambda lines: [lines[0], b"garbage\n", *lines[1:]], 2, "not an event"),
        (lambda lines: [lines[0], b"\xff\xfe\n", *lines[1:]], 2, "UTF-8"),
        (lambda lines: [lines[0], lines[1].replace(b"patient-1", "试管".encode("gb18030")), lines[2]], 2, "UTF-8"),
        (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1, "not an event"),
    ],
    ids=["gap", "twice", "no-start", "no-newline", "half-a-line", "empty-line", "garbage", "not-text", "gb18030", "bom"],
)
def test_a_damaged_file_is_refused_with_its_line_and_left_alone(path: Path, damage, line: int, says: str):
    path.write_bytes(b"".join(damage(three(path))))
    before = path.read_bytes()
    for read in (read_events, FileJournal):
        with pytest.raises(UsageError, match=f":{line}: .*{says}"):
            read(path)
    assert path.read_bytes() == before


@given(st.binary(max_size=200))
def test_any_file_is_events_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    with suppress(UsageError):
        read_events(path)


def test_a_file_that_is_not_there_cannot_be_read_and_is_begun_by_a_journal(path: Path):
    with pytest.raises(UsageError, match="cannot read the journal"):
        read_events(path)
    with FileJournal(path) as journal:
        assert journal.next_seq() == 0
    assert read_events(path) == []


def test_a_folder_is_no_journal(tmp_path: Path):
    for use in (read_events, FileJournal):
        with pytest.raises(UsageError):
            use(tmp_path)


def test_a_journal_in_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot write the journal"):
        FileJournal(tmp_path / "no" / "journal.jsonl")
