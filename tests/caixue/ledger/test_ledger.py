"""The ledger as a journal: what it keeps, who may write, and what two writers see of each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI, RecordClock, SystemClock
from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.chain import breaks
from caixue.ledger.writing import columns_of

PEOPLE = {"engineer-1": "engineer", "nurse-1": "nurse"}


def opened(folder: Path, **more) -> Ledger:
    return open_ledger(folder / "room.db", site="room", people=PEOPLE, **more)


@pytest.fixture
def ledger(tmp_path: Path):
    with opened(tmp_path) as one:
        yield one


def test_what_is_noted_is_there_when_the_ledger_is_opened_again(tmp_path: Path):
    with opened(tmp_path) as first:
        noted = LedgerRecorder(first).note("stock.received", "motor", actor="engineer-1", lot="a", quantity=2)
    with opened(tmp_path) as again:
        assert list(again.events()) == [noted]


def test_entries_are_numbered_without_gaps_and_hang_on_one_another(ledger: Ledger):
    recorder = LedgerRecorder(ledger)
    for _ in range(5):
        recorder.note("alarm.raised", "conveyor-1", alarm="belt-blocked")
    assert [row.seq for row in ledger.rows()] == [0, 1, 2, 3, 4]
    assert list(breaks(ledger.rows(), lambda entry: columns_of(entry, ledger.start))) == []


def test_an_operation_that_is_sent_twice_is_noted_once(ledger: Ledger):
    drafts = [Draft("stock.received", "motor", {"lot": "a", "quantity": 1}), Draft("stock.received", "belt", {"lot": "b", "quantity": 2})]
    first = ledger.note(drafts, actor="engineer-1", op="delivery-7")
    assert ledger.note(drafts, actor="engineer-1", op="delivery-7") == first == list(ledger.events())


def test_an_operation_id_cannot_be_used_for_another_act(ledger: Ledger):
    ledger.note([Draft("stock.received", "motor", {"lot": "a", "quantity": 1})], actor="engineer-1", op="x")
    with pytest.raises(UsageError, match="x"):
        ledger.note([Draft("stock.scrapped", "motor", {"lot": "a", "quantity": 1})], actor="engineer-1", op="x")


@pytest.mark.parametrize("data", [{"alarm": "b"}, {}, {"alarm": "a", "detail": "x"}])
def test_the_same_kind_of_event_with_other_data_is_another_act(ledger: Ledger, data: dict[str, str]):
    ledger.note([Draft("alarm.raised", "belt", {"alarm": "a"})], actor="monitor", op="x")
    with pytest.raises(UsageError, match="x"):
        ledger.note([Draft("alarm.raised", "belt", data)], actor="monitor", op="x")
    assert ledger.head()[0] == 0


def test_a_repeat_is_known_by_what_is_read_back_from_the_ledger(ledger: Ledger):
    first = ledger.note([Draft("alarm.raised", "belt", {"b": (1, 2), "a": None})], actor="monitor", op="x")
    assert ledger.note([Draft("alarm.raised", "belt", {"a": None, "b": [1, 2]})], actor="monitor", op="x") == first


@pytest.mark.parametrize("kind", ["patient.arrived", "label.printed", "tube.picked", "scan.no-read", "specimen.received", "twin.fault-fired"])
def test_patients_and_single_labels_do_not_get_in_by_any_door(ledger: Ledger, kind: str):
    doors = [
        lambda: ledger.note([Draft("alarm.raised", "belt", {"alarm": "a"}), Draft(kind, "patient-1")], actor="monitor"),
        lambda: ledger.append(Event(0, 0, kind, "patient-1", "monitor")),
        lambda: ledger.note_past([Event(0, 0, kind, "patient-1", "monitor")]),
        lambda: LedgerRecorder(ledger).note(kind, "patient-1", actor="monitor"),
    ]
    for door in doors:
        with pytest.raises(UsageError, match=kind):
            door()
    assert ledger.head()[0] == -1


def test_an_id_that_only_begins_like_another_is_another(ledger: Ledger):
    ledger.note([Draft("stock.received", "motor", {"lot": "a", "quantity": 1})], actor="engineer-1", op="a%b")
    assert ledger.done("a") == ledger.done("a_b") == []


def test_a_wrong_role_notes_nothing(ledger: Ledger):
    with pytest.raises(UsageError):
        LedgerRecorder(ledger).note("stock.scrapped", "motor", actor="nurse-1", lot="a", quantity=1)
    assert ledger.head()[0] == -1


def test_of_a_batch_with_one_bad_event_nothing_is_noted(ledger: Ledger):
    with pytest.raises(UsageError):
        ledger.note([Draft("alarm.raised", "conveyor-1", {"alarm": "x"}), Draft("alarm.raised", "bad\nname", {"alarm": "x"})], actor="monitor")
    assert list(ledger.events()) == []


def test_a_follower_hears_the_past_then_what_others_write_in_order(tmp_path: Path):
    with opened(tmp_path) as mine, opened(tmp_path) as theirs:
        LedgerRecorder(mine).note("alarm.raised", "a", alarm="x")
        heard: list[Event] = []
        mine.follow(heard.append)
        LedgerRecorder(theirs).note("alarm.raised", "b", alarm="x")
        LedgerRecorder(mine).note("alarm.raised", "c", alarm="x")
        assert [event.subject for event in heard] == ["a", "b", "c"]
        assert [event.seq for event in heard] == [0, 1, 2]


def test_a_follower_of_one_kind_hears_no_other(ledger: Ledger):
    heard: list[Event] = []
    ledger.follow(heard.append, {"alarm.cleared"})
    recorder = LedgerRecorder(ledger)
    recorder.note("alarm.raised", "a", alarm="x")
    recorder.note("alarm.cleared", "a", alarm="x")
    assert [event.kind for event in heard] == ["alarm.cleared"]


def test_whoever_waits_too_long_for_the_turn_is_told_so(tmp_path: Path):
    with opened(tmp_path) as mine, opened(tmp_path, wait_s=0.05) as theirs, mine.turn(), pytest.raises(LedgerError, match=r"room\.db\.lock"):
        LedgerRecorder(theirs).note("alarm.raised", "b", alarm="x")


def test_the_ledger_of_another_site_is_refused(tmp_path: Path):
    opened(tmp_path).close()
    with pytest.raises(UsageError, match="room"):
        open_ledger(tmp_path / "room.db", site="elsewhere", people=PEOPLE)


def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path):
    file = tmp_path / "room.db"
    file.write_text("minutes of a meeting", encoding="utf-8")
    with pytest.raises(UsageError):
        opened(tmp_path)
    assert file.read_text(encoding="utf-8") == "minutes of a meeting"


def test_a_ledger_that_has_shrunk_is_not_written_to(tmp_path: Path):
    with opened(tmp_path) as ledger:
        LedgerRecorder(ledger).note("alarm.raised", "a", alarm="x")
        ledger.follow(lambda event: None)
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM entry")
            connection.exec_driver_sql("UPDATE head SET seq=-1")
        with pytest.raises(LedgerDamaged):
            LedgerRecorder(ledger).note("alarm.raised", "b", alarm="x")


class SteppingClock(SystemClock):
    """A computer's clock that somebody sets."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_us(self) -> int:
        return 0


def test_time_in_the_record_never_goes_back_though_the_computer_s_clock_does():
    start = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
    clock = RecordClock(SteppingClock(start - timedelta(days=400)), start, last_us=5_000_000)
    assert clock.monotonic_us() == 5_000_000
    assert clock.behind_us == 400 * 86_400_000_000 + 5_000_000


def test_a_new_process_goes_on_at_the_wall_clock_s_time():
    start = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)
    clock = RecordClock(SteppingClock(start + timedelta(hours=1)), start, last_us=5_000_000)
    assert clock.now() == start + timedelta(hours=1)
    assert clock.behind_us == 0
