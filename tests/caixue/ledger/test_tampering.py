"""Whoever changes a ledger behind its back is found out: any byte of any value, any row, any byte of the file, and a tail cut off.

What was noted after the newest anchor can be cut off unnoticed, if all of it is done well: the last test says so.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from caixue.errors import CaixueError
from caixue.journal import Draft
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.anchors import Anchor
from caixue.ledger.opening import visit
from caixue.ledger.rebuilding import rebuild_within
from caixue.ledger.verifying import findings
from caixue.ops.stock import Stock
from tests.caixue.ledger.numbers import often, told
from tests.caixue.ledger.powerless import FILE, MEMORY, PEOPLE, SITE
from tests.caixue.ledger.workloads import ITEM, STORE
from tests.caixue.scripted import START, FakeClock

ENTRIES = 24


@dataclass(frozen=True, slots=True)
class Whole:
    """An untouched ledger: its file, its last entry on paper, and everything in it."""

    file: Path
    anchor: Anchor
    content: dict[str, list[tuple[Any, ...]]]
    log: Path  # a copy of the file and its write-ahead log, as a killed program leaves them


def opened(file: Path, **more: Any) -> Ledger:
    clock = FakeClock()
    clock.now_us = 10 * 86_400_000_000
    return open_ledger(file, site=SITE, people=PEOPLE, clock=clock, start=START, **more)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    killed = folder / "killed"
    killed.mkdir()
    with opened(folder / FILE) as ledger:
        fill(ledger)
        anchor = Anchor(*ledger.head())
        for end in ("", "-wal"):
            shutil.copyfile(folder / f"{FILE}{end}", killed / f"{FILE}{end}")
    return Whole(folder / FILE, anchor, content(folder / FILE), killed / FILE)


def fill(ledger: Ledger) -> None:
    """Entries of several kinds, with rows in several projections."""
    Stock(LedgerRecorder(ledger), STORE, ledger).receive(ITEM, 5, lot="a", by="engineer-1")
    for number in range(3):
        name, times = f"incident-{number:04d}", {"occurred_us": 1, "reported_us": None, "detected_us": 2, "deadline_us": 9_000_000}
        opening = Draft("incident.opened", name, {"device": "conveyor", "window": "window-1", "class": "一般", "symptom": "带子停了", **times})
        ledger.note([opening], actor="monitor", op=f"open-{number}")
        for step in ("acknowledged", "on-site", "diagnosed", "restored", "closed"):
            ledger.note([Draft(f"incident.{step}", name, {"found": "皮带", "part": "motor"})], actor="engineer-1")
    while ledger.head()[0] < ENTRIES - 1:
        ledger.note([Draft("alarm.raised", "conveyor-1", {"alarm": "belt-blocked"})] * 2, actor="monitor", op=f"two-{ledger.head()[0]}")


def content(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of every table, as SQLite gives it."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


def examined(file: Path, anchor: Anchor, *, projections: bool = True) -> str:
    """What opening or verifying this file says against it first; nothing when both are content."""
    try:
        opened(file, create=False).close()
        with visit(file, site=SITE) as there, there.engine.connect() as connection:
            return str(next(iter(findings(connection, [anchor], projections=projections)), ""))
    except CaixueError as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture
def copy(whole: Whole) -> Iterator[Path]:
    """A file in memory to which the ledger is copied again and again."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder, FILE)


def lay_out(file: Path, *parts: tuple[str, bytes]) -> None:
    """The folder holds these files and no other."""
    for old in file.parent.iterdir():
        old.unlink()
    for end, held in parts:
        file.with_name(f"{file.name}{end}").write_bytes(held)


# values


class Vandal:
    """Changes a database by chance."""

    def __init__(self, connection: sqlite3.Connection, chance: Random) -> None:
        self.connection, self.chance = connection, chance
        self.tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        self.rows = [(table, rowid) for table in self.tables for (rowid,) in connection.execute(f"SELECT rowid FROM {table}")]

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")]

    def edit(self) -> str:
        """Another byte in one value."""
        table, rowid = self.chance.choice(self.rows)
        column = self.chance.choice(self.columns(table))
        ((value,),) = self.connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (rowid,))
        before = b"" if value is None else str(value).encode()
        after = bytearray(before)
        place = self.chance.randrange(len(after) + 1)  # one beyond the end: a byte is added
        old = after[place : place + 1]
        after[place : place + 1] = bytes((self.chance.choice([byte for byte in range(1, 256) if byte not in old]),))
        self.connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE rowid = ?", (bytes(after), rowid))
        return f"{table}.{column} of row {rowid}: {before!r} → {bytes(after)!r}"

    def delete(self) -> str:
        """One row less."""
        table, rowid = self.chance.choice(self.rows)
        self.connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
        return f"row {rowid} of {table} deleted"

    def swap(self) -> str:
        """Two rows exchange what they hold in one column, or in all but the first."""
        table, one = self.chance.choice(self.rows)
        others = [rowid for name, rowid in self.rows if name == table and rowid != one]
        if not others:
            return ""
        other, names = self.chance.choice(others), self.columns(table)
        columns = names[1:] if self.chance.random() < 0.5 else [self.chance.choice(names)]
        read = f"SELECT {','.join(columns)} FROM {table} WHERE rowid = ?"
        first, second = (self.connection.execute(read, (rowid,)).fetchone() for rowid in (one, other))
        spare = tuple(f"spare-{number}" for number in range(len(columns)))  # a unique value cannot stand twice for a moment
        for rowid, values in ((one, spare), (other, first), (one, second)):
            sets = ",".join(f"{column} = ?" for column in columns)
            self.connection.execute(f"UPDATE {table} SET {sets} WHERE rowid = ?", (*values, rowid))
        return f"rows {one} and {other} of {table} exchange {','.join(columns)}"

    def cut(self) -> str:
        """The last entries go, with or without the head's knowledge."""
        keep, head_follows = self.chance.randrange(ENTRIES - 1), self.chance.random() < 0.5
        self.connection.execute("DELETE FROM entry WHERE seq > ?", (keep,))
        if head_follows:
            self.connection.execute("UPDATE head SET seq = ?, hash = (SELECT hash FROM entry WHERE seq = ?)", (keep, keep))
        return f"cut after entry {keep}, head follows: {head_follows}"


ACTS: tuple[Callable[[Vandal], str], ...] = (Vandal.edit, Vandal.edit, Vandal.edit, Vandal.edit, Vandal.delete, Vandal.swap, Vandal.cut)


def vandalised(file: Path, chance: Random) -> tuple[str, str]:
    """Which act changed the file, and how; nothing where the database forbade it or nothing is different."""
    act = chance.choice(ACTS)
    with closing(sqlite3.connect(file)) as connection, connection:
        try:
            what = act(Vandal(connection, chance))
        except sqlite3.IntegrityError:
            what = ""
    return act.__name__, what


def test_every_edit_deletion_swap_and_cut_of_values_is_found(whole: Whole, copy: Path):
    began, chance, sorts, missed = time.perf_counter(), Random(4), Counter[str](), []
    wanted, original = often(200, 5_000), whole.file.read_bytes()
    while sorts.total() < wanted:
        lay_out(copy, ("", original))
        act, what = vandalised(copy, chance)
        if what and is_different(copy, whole):
            sorts[act] += 1
            if not examined(copy, whole.anchor):
                missed.append(what)
    told("values", began, wanted, "changes", **sorts)
    assert missed == []


def is_different(file: Path, whole: Whole) -> bool:
    """A database may turn '7' into 7 again, and two rows may hold the same."""
    try:
        return content(file) != whole.content
    except (sqlite3.Error, UnicodeDecodeError):
        return True


# bytes


def harmed(held: bytes, chance: Random) -> tuple[str, bytes]:
    """One byte is another, or the end is missing."""
    place = chance.randrange(len(held))
    if chance.random() < 0.2:
        return f"cut to {place} bytes", held[:place]
    return f"byte {place}", held[:place] + bytes((held[place] ^ chance.randrange(1, 256),)) + held[place + 1 :]


def verdict(file: Path, whole: Whole) -> str:
    """How the change came out: refused or found; or nothing in the ledger has changed. Anything else is a silent acceptance."""
    said = examined(file, whole.anchor, projections=False)
    if not said:
        if not is_different(file, whole):
            return "unused bytes"
        said = examined(file, whole.anchor)
    if not said:
        return "ACCEPTED"
    return "refused when opened" if said.startswith(("Ledger", "Usage")) else "found by verifying"


def test_every_changed_byte_and_every_cut_of_the_file_is_found_or_changes_nothing(whole: Whole, copy: Path):
    began, chance, sorts, missed = time.perf_counter(), Random(5), Counter[str](), []
    wanted, original = often(300, 4_000), whole.file.read_bytes()
    for _ in range(wanted):
        what, held = harmed(original, chance)
        lay_out(copy, ("", held))
        came_out = verdict(copy, whole)
        sorts[came_out] += 1
        if came_out.startswith("ACCEPTED"):
            missed.append(what)
    told("bytes of the file", began, wanted, "changes", **sorts)
    assert missed == []


def test_every_changed_byte_and_every_cut_of_the_log_that_a_killed_program_left_is_found_or_changes_nothing(whole: Whole, copy: Path):
    began, chance, sorts, missed = time.perf_counter(), Random(6), Counter[str](), []
    file, log = whole.log.read_bytes(), whole.log.with_name(f"{FILE}-wal").read_bytes()
    wanted = often(100, 1_000)
    for _ in range(wanted):
        what, held = harmed(log, chance)
        lay_out(copy, ("", file), ("-wal", held))
        came_out = verdict(copy, whole)
        sorts[came_out] += 1
        if came_out.startswith("ACCEPTED"):
            missed.append(what)
    told("bytes of the log", began, wanted, "changes", **sorts)
    assert missed == []


# what only an anchor finds


def cut_well(file: Path, keep: int) -> None:
    """Cut the tail, move the head and make the projections fit: nothing inside the file can tell."""
    with visit(file, site=SITE) as there, there.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM entry WHERE seq > {keep}")
        connection.exec_driver_sql("UPDATE head SET seq = ?, hash = (SELECT hash FROM entry WHERE seq = ?)", (keep, keep))
        rebuild_within(connection, START)


@pytest.mark.parametrize("keep", [0, 11, ENTRIES - 2])
def test_a_tail_that_is_cut_off_well_is_found_by_an_anchor_of_what_was_cut(whole: Whole, copy: Path, keep: int):
    lay_out(copy, ("", whole.file.read_bytes()))
    cut_well(copy, keep)
    assert "anchor" in examined(copy, whole.anchor) or "锚" in examined(copy, whole.anchor)


def test_what_was_noted_after_the_newest_anchor_can_be_cut_off_unnoticed(whole: Whole, copy: Path):
    lay_out(copy, ("", whole.file.read_bytes()))
    cut_well(copy, 11)
    with opened(copy) as ledger:
        older = next(iter(ledger.rows(after=10)))
    assert examined(copy, Anchor(older.seq, older.hash)) == ""


def test_an_emptied_file_is_no_ledger(whole: Whole, copy: Path):
    lay_out(copy, ("", b""))
    assert examined(copy, whole.anchor)
