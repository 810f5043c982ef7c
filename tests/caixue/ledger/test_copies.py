"""Copies of a ledger: backups that are verified before they count, restoring, and moving all entries to another database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.anchors import Anchor
from caixue.ledger.backup import Backup, back_up, last_backup, read_backup
from caixue.ledger.moving import export, import_into, lines, title_of
from caixue.ledger.restoring import Restored, restore
from caixue.ledger.schema import entry
from caixue.ledger.verifying import verify

PEOPLE = {"engineer-1": "engineer", "nurse-1": "nurse"}
START = datetime(2026, 1, 5, tzinfo=UTC)


def opened(place: str | Path, site: str = "room") -> Ledger:
    return open_ledger(place, site=site, people=PEOPLE, start=START)


def fill(place: str | Path, *numbers: int) -> None:
    with opened(place) as ledger:
        ledger.note(
            [Draft("stock.received", "电机", {"lot": f"批-{n}", "quantity": n, "expires": None, "unit_cost_fen": 5}) for n in numbers], actor="engineer-1"
        )


def saved(place: str | Path, folder: Path) -> Backup:
    with opened(place) as ledger:
        return back_up(ledger, folder, by="engineer-1")[0]


def restored(file: Path, place: str | Path, **more) -> Restored:
    return restore(file, place, **{"site": "room", "people": PEOPLE, "by": "engineer-1", **more})


def entries(place: str | Path) -> list[tuple[int, str]]:
    with opened(place) as ledger:
        return [(row.seq, row.body) for row in ledger.rows()]


# Backing up.


def test_a_backup_is_noted_with_its_size_and_hash(ledger_place: str, tmp_path: Path):
    fill(ledger_place, 1, 2, 3)
    made = saved(ledger_place, tmp_path / "backups")
    with opened(ledger_place) as ledger:
        event = last_backup(ledger)
    assert event is not None and event.subject == made.file.name
    assert event.data == {"sha256": made.sha256, "entries": 3, "head": made.head}
    assert read_backup(made.file, "room") == made


def test_a_backup_is_one_file_and_what_describes_it(ledger_place: str, tmp_path: Path):
    fill(ledger_place, 1)
    made = saved(ledger_place, tmp_path / "backups")
    assert {file.name for file in (tmp_path / "backups").iterdir()} == {made.file.name, f"{made.file.name}.json"}


def test_looking_at_a_backup_changes_no_byte_of_it(tmp_path: Path):
    fill(tmp_path / "room.db", 1, 2)
    made = saved(tmp_path / "room.db", tmp_path / "backups")
    before = made.file.read_bytes()
    made.file.chmod(0o444)
    read_backup(made.file, "room")
    assert made.file.read_bytes() == before and len(list((tmp_path / "backups").iterdir())) == 2


def test_a_damaged_ledger_gives_no_backup(tmp_path: Path):
    place = tmp_path / "room.db"
    fill(place, 1, 2, 3)
    with opened(place) as ledger:
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(entry).where(entry.c.seq == 1).values(actor="x"))
        with pytest.raises(LedgerDamaged):
            back_up(ledger, tmp_path / "backups")
        assert last_backup(ledger) is None
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_in_words(tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    fill(tmp_path / "room.db", 1)
    with opened(tmp_path / "room.db") as ledger, pytest.raises(LedgerError, match="file"):
        back_up(ledger, tmp_path / "file" / "backups")


def test_two_backups_in_one_second_do_not_overwrite_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fill(tmp_path / "room.db", 1)
    with opened(tmp_path / "room.db") as ledger:
        monkeypatch.setattr(ledger.clock, "wall", lambda: START)
        made = [back_up(ledger, tmp_path / "backups")[0] for _ in range(3)]
    assert len({each.file for each in made}) == 3


def broken_copy(made: Backup, what: str) -> None:
    beside = made.file.with_name(f"{made.file.name}.json")
    row = json.loads(beside.read_text(encoding="utf-8"))
    if what == "byte":
        content = bytearray(made.file.read_bytes())
        content[len(content) // 2] ^= 1
        made.file.write_bytes(content)
    elif what == "short":
        made.file.write_bytes(made.file.read_bytes()[:-100])
    elif what == "claims more":
        beside.write_text(json.dumps({**row, "seq": row["seq"] + 1}), encoding="utf-8")
    elif what == "alone":
        beside.unlink()
    else:
        beside.write_text("[]", encoding="utf-8")


@pytest.mark.parametrize("what", ["byte", "short", "claims more", "alone", "no description"])
def test_a_damaged_backup_is_not_restored_and_the_ledger_stays(ledger_place: str, tmp_path: Path, what: str):
    fill(ledger_place, 1, 2)
    made = saved(ledger_place, tmp_path / "backups")
    before = entries(ledger_place)
    broken_copy(made, what)
    with pytest.raises((LedgerDamaged, UsageError), match=r"备份|不是备份"):
        restored(made.file, ledger_place, force_older=True, reason="x")
    assert entries(ledger_place) == before


# Restoring.


def test_a_backup_restores_to_a_new_machine(new_place: Callable[[], str], tmp_path: Path):
    old, new = new_place(), new_place()
    fill(old, 1, 2, 3)
    made = saved(old, tmp_path / "backups")
    done = restored(made.file, new)
    assert (done.kept, done.lost) == (None, 0)
    assert entries(new)[:3] == entries(old)[:3]
    with opened(new) as ledger:
        assert verify(ledger) == [] and ledger.start == START
        assert [(event.kind, event.subject) for event in ledger.events(after=2)] == [("ledger.restored", made.file.name)]


def test_a_file_of_entries_restores_to_sqlite_too(postgresql, tmp_path: Path):
    fill(server := postgresql.new_place(), 1, 2, 3)
    fill(tmp_path / "room.db", 1)
    made = saved(server, tmp_path / "backups")
    restored(made.file, tmp_path / "room.db", force_older=True, reason="x")
    assert entries(tmp_path / "room.db")[:3] == entries(server)[:3]


def test_an_older_backup_needs_force_and_a_reason_and_keeps_the_present_ledger_beside(tmp_path: Path):
    place = tmp_path / "room.db"
    fill(place, 1, 2)
    made = saved(place, tmp_path / "backups")
    fill(place, 3, 4)
    before = entries(place)
    for more in ({}, {"force_older": True}, {"reason": "x"}, {"force_older": True, "reason": " "}):
        with pytest.raises(UsageError, match="3"):  # the note of the backup, and two more
            restored(made.file, place, **more)
    done = restored(made.file, place, force_older=True, reason="盘坏了")
    assert done.lost == 3 and done.kept is not None and entries(done.kept) == before
    with opened(place) as ledger:
        event = list(ledger.events())[-1]
    assert event.data["reason"] == "盘坏了" and event.data["replaced"] == done.kept.name and event.data["lost"] == 3


def test_a_backup_without_an_anchored_entry_needs_force(tmp_path: Path):
    place, new = tmp_path / "room.db", tmp_path / "new.db"
    fill(place, 1, 2)
    made = saved(place, tmp_path / "backups")
    with opened(place) as ledger:
        anchor = Anchor(*ledger.head())
    with pytest.raises(UsageError, match="锚"):
        restored(made.file, new, anchors=[anchor])
    assert not new.exists()
    restored(made.file, new, anchors=[Anchor(made.seq, made.head[:16])])


def test_a_ledger_that_cannot_be_read_any_more_is_replaced_with_force(tmp_path: Path):
    place = tmp_path / "room.db"
    fill(place, 1, 2)
    made = saved(place, tmp_path / "backups")
    place.write_bytes(b"\0" * 5000)
    with pytest.raises(UsageError, match="--force-older"):
        restored(made.file, place)
    done = restored(made.file, place, force_older=True, reason="盘坏了")
    assert done.lost is None and done.kept is not None and done.kept.read_bytes() == b"\0" * 5000
    assert len(entries(place)) == 3


def test_a_backup_of_another_record_is_not_taken_for_a_newer_one(tmp_path: Path):
    place, other = tmp_path / "room.db", tmp_path / "other.db"
    fill(place, 1, 2)
    fill(other, 7, 8, 9)
    with pytest.raises(UsageError, match="--force-older"):
        restored(saved(other, tmp_path / "backups").file, place)


def test_a_backup_of_another_site_is_refused(tmp_path: Path):
    with opened(tmp_path / "hall.db", site="hall") as ledger:
        made, _ = back_up(ledger, tmp_path / "backups")
    fill(tmp_path / "room.db", 1)
    with pytest.raises(UsageError, match="hall"):
        restored(made.file, tmp_path / "room.db", force_older=True, reason="x")


def test_whoever_had_the_ledger_open_while_it_was_restored_is_told_to_open_it_again(tmp_path: Path):
    place = tmp_path / "room.db"
    fill(place, 1)
    made = saved(place, tmp_path / "backups")
    with opened(place) as agent:
        restored(made.file, place, force_older=True, reason="x")
        with pytest.raises(LedgerError, match="换掉"):
            agent.note([Draft("alarm.raised", "belt", {"alarm": "x"})], actor="monitor")


@pytest.mark.parametrize("step", ["os.replace", "os.link"])
def test_a_restoring_that_breaks_off_leaves_a_whole_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str):
    place = tmp_path / "room.db"
    fill(place, 1, 2)
    made = saved(place, tmp_path / "backups")
    before = entries(place)

    def broken(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"caixue.ledger.restoring.{step}", broken)
        if step == "os.link":
            patch.setattr("caixue.ledger.restoring.shutil.copyfile", broken)
        with pytest.raises(LedgerError, match="No space"):
            restored(made.file, place, force_older=True, reason="x")
    assert entries(place) == before
    with opened(place) as ledger:
        assert verify(ledger) == []


def test_only_who_may_restores(tmp_path: Path):
    fill(tmp_path / "room.db", 1)
    made = saved(tmp_path / "room.db", tmp_path / "backups")
    before = entries(tmp_path / "room.db")
    with pytest.raises(UsageError, match="nurse-1"):
        restored(made.file, tmp_path / "room.db", by="nurse-1", force_older=True, reason="x")
    assert entries(tmp_path / "room.db") == before


# Moving.


def test_all_entries_move_to_another_database_and_back(new_place: Callable[[], str], tmp_path: Path):
    first, second = new_place(), new_place()
    fill(first, *range(1, 30))
    with opened(first) as ledger:
        assert export(ledger, tmp_path / "one.jsonl") == 29
    with open_ledger(second, site="room", people={}) as ledger:
        assert import_into(ledger, tmp_path / "one.jsonl") == 29
    with opened(second) as ledger:
        assert verify(ledger) == [] and ledger.start == START
        export(ledger, tmp_path / "two.jsonl")
        ledger.note([Draft("alarm.raised", "belt", {"alarm": "x"})], actor="monitor")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_an_empty_ledger_moves_too(new_place: Callable[[], str], tmp_path: Path):
    with opened(new_place()) as ledger:
        assert export(ledger, tmp_path / "x.jsonl") == 0
    assert list(lines(tmp_path / "x.jsonl")) == [] and title_of(tmp_path / "x.jsonl").start == START


def test_a_ledger_with_entries_takes_no_import(ledger_place: str, tmp_path: Path):
    fill(ledger_place, 1)
    with opened(ledger_place) as ledger:
        export(ledger, tmp_path / "x.jsonl")
        with pytest.raises(UsageError):
            import_into(ledger, tmp_path / "x.jsonl")
        assert verify(ledger) == []


@pytest.mark.parametrize("number", range(12))
def test_a_file_that_is_not_whole_is_refused_and_nothing_is_taken_in(ledger_place: str, tmp_path: Path, number: int):
    fill(source := tmp_path / "source.db", 1, 2, 3, 4)
    with opened(source) as ledger:
        export(ledger, file := tmp_path / "x.jsonl")
    whole = file.read_text(encoding="utf-8").splitlines(keepends=True)
    first, rest = whole[0], whole[1:]
    spoilt = [
        [],
        ["{}\n"],
        [first],
        [first, *rest[:-1]],
        [first, *rest[1:]],
        [first, rest[1], rest[0], *rest[2:]],
        [first, *rest, rest[-1]],
        [first, *rest[:2], "[" * 5000, *rest[3:]],
        [first, *rest[:2], rest[2].replace("批-3", "批-5"), rest[3]],
        [first.replace('"entries":4', '"entries":3'), *rest[:3]],
        [first.replace('"caixue-ledger":1', '"caixue-ledger":2'), *rest],
        [first.replace("2026", "x"), *rest],
    ][number]
    file.write_text("".join(spoilt), encoding="utf-8")
    with opened(ledger_place) as ledger:
        with pytest.raises((LedgerDamaged, UsageError)):
            import_into(ledger, file)
        assert ledger.head()[0] == -1 and list(ledger.rows()) == [] and verify(ledger) == []


def test_a_full_disk_leaves_no_half_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fill(tmp_path / "room.db", 1)

    def full(file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("caixue.ledger.files.sync", full)
    with opened(tmp_path / "room.db") as ledger, pytest.raises(LedgerError, match="No space"):
        export(ledger, tmp_path / "x.jsonl")
    assert not list(tmp_path.glob("x.jsonl*"))


def test_a_backup_opens_with_nothing_but_sqlite(tmp_path: Path):
    fill(tmp_path / "room.db", 1, 2)
    made = saved(tmp_path / "room.db", tmp_path / "backups")
    plain = sqlite3.connect(made.file)
    assert plain.execute("SELECT count(*) FROM entry").fetchone() == (2,)
    assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    plain.close()
