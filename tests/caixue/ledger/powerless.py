"""A ledger on the disk that remembers, and what a power failure at any moment leaves of it."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from caixue.errors import CaixueError
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.chain import breaks
from caixue.ledger.migrating import migrate
from caixue.ledger.opening import visit
from caixue.ledger.reading import head_of
from caixue.ledger.writing import columns_of
from tests.caixue.ledger import apsw_dbapi
from tests.caixue.ledger.disk import Disk, Image, Step
from tests.caixue.scripted import START, FakeClock

SITE, FILE = "room", "room.db"
PEOPLE = {"engineer-1": "engineer", "nurse-1": "nurse", "head-1": "head"}
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # images are many, and need no real disk

Head = tuple[int, str]
Rewrite = Callable[[str], Iterable[str]]


def as_it_is(sql: str) -> Iterable[str]:
    """Every statement as the ledger gives it."""
    return (sql,)


def with_normal(sql: str) -> Iterable[str]:
    """The advice that is common for WAL, and loses what was acknowledged."""
    return (sql.replace("synchronous=EXTRA", "synchronous=NORMAL"),)


def with_extra_too_late(sql: str) -> Iterable[str]:
    """FULL while the file becomes a WAL file, and EXTRA only after that."""
    if "journal_mode=WAL" in sql:
        return (sql, "PRAGMA synchronous=EXTRA")
    return (sql.replace("synchronous=EXTRA", "synchronous=FULL"),)


class Bench:
    """One folder with one ledger on one such disk."""

    def __init__(self, folder: Path, *, rewrite: Rewrite = as_it_is, checkpoint: int = 1000, seed: int = 0, disk: Disk | None = None) -> None:
        self.file = folder / FILE
        self.disk = disk or Disk()
        self.clock = FakeClock()
        self.chance = Random(seed)
        self._rewrite, self._checkpoint = rewrite, checkpoint

    def open(self) -> Ledger:
        """Open the ledger; that it is there is acknowledged."""
        self.clock.now_us += 1_000_000
        ledger = open_ledger(self.file, site=SITE, people=PEOPLE, clock=self.clock, start=START, engine_options=self.options())
        self.disk.ack(ledger.head())
        return ledger

    def options(self) -> dict[str, Any]:
        """What SQLAlchemy is told, so that the ledger lies on our disk."""
        return {"module": apsw_dbapi, "creator": lambda: apsw_dbapi.connect(str(self.file), vfs=self.disk.label, rewrite=self._statements)}

    def _statements(self, sql: str) -> Iterator[str]:
        yield from self._rewrite(sql)
        if "journal_mode=WAL" in sql:
            yield f"PRAGMA wal_autocheckpoint={self._checkpoint}"

    def note(self, ledger: Ledger, *drafts: Draft, actor: str = "engineer-1", op: str = "") -> None:
        """Note, and acknowledge."""
        self.clock.now_us += 1_000_000
        ledger.note(drafts or [Draft("alarm.raised", "conveyor-1", {"alarm": "belt-blocked"})], actor=actor, op=op)
        self.disk.ack(ledger.head())


@contextmanager
def folder_syncs_told(disk: Disk, folder: Path) -> Iterator[None]:
    """Let the disk hear when the program itself syncs the folder."""
    real = os.fsync

    def fsync(file: int) -> None:
        if os.path.sameopenfile(file, there):
            disk.sync_folder()
        real(file)

    there = os.open(folder, os.O_RDONLY)

    try:
        with patch.object(os, "fsync", fsync):
            yield
    finally:
        os.close(there)


def steps_of(work: Callable[[Bench], None], **options: Any) -> list[Step]:
    """Everything that the disk was asked for while this work was done, with the acknowledgements in between."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        bench = Bench(Path(folder), **options)
        with folder_syncs_told(bench.disk, Path(folder)):
            work(bench)
        return bench.disk.steps


@dataclass
class Count:
    """How many images were looked at, and what was wrong with how many."""

    images: int = 0
    different: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    unopenable: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        return self.lost.total() + self.unopenable.total()

    def __iadd__(self, other: Count) -> Count:
        self.images += other.images
        self.different += other.different
        self.lost += other.lost
        self.unopenable += other.unopenable
        self.examples += other.examples
        return self


def judge(images: Iterable[Image], heads: list[Head], known: dict[bytes, Head | str]) -> Count:
    """Open every image as the program would, and look for what had been acknowledged. `known` are the outcomes of images seen before."""
    found, before = Count(), len(known)
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        for image in images:
            key = image.key()
            if key not in known:
                known[key] = recovered(image, folder)
            problem = verdict(known[key], image.acks, heads)
            if problem:
                kind = found.lost if isinstance(known[key], tuple) else found.unopenable
                kind[f"{image.model} {image.kind}"] += 1
                found.examples.append(f"step {image.step}, {image.model}, {image.kind}: {problem}")
            found.images += 1
    found.different = len(known) - before
    return found


def verdict(outcome: Head | str, acks: int, heads: list[Head]) -> str:
    """What is wrong with what was found; nothing when it ends with what was last acknowledged, or with what was being written then."""
    if isinstance(outcome, str):
        return outcome
    allowed = heads[max(0, acks - 1) : acks + 1]
    return "" if outcome in allowed else f"ends with {outcome[0]}, acknowledged was {allowed[0][0]}"


def recovered(image: Image, folder: Path) -> Head | str:
    """The head of the ledger in this image, or why it is not whole. One more record must find its place in it."""
    image.lay_out(folder)
    clock = FakeClock()
    clock.now_us = 10 * 86_400_000_000
    try:
        return continued(folder / FILE, clock)
    except CaixueError as error:
        said = f"{type(error).__name__}: {error}"
    try:
        return migrated(folder / FILE, clock)
    except CaixueError:
        return said


def continued(file: Path, clock: FakeClock) -> Head | str:
    """The head of the ledger in this file, after one more record."""
    with open_ledger(file, site=SITE, people=PEOPLE, clock=clock, start=START) as ledger:
        head = ledger.head()
        problem = wholeness(ledger)
        ledger.note([Draft("alarm.cleared", "conveyor-1", {"alarm": "belt-blocked"})], actor="monitor")
        return problem or head if ledger.head()[0] == head[0] + 1 else "the next record did not find its place"


def migrated(file: Path, clock: FakeClock) -> Head | str:
    """What an older ledger ended with before it was brought to today's revision. Raises UsageError for one that is not older."""
    with visit(file, clock=clock) as there, there.engine.connect() as connection:
        head = head_of(connection)
    migrate(file, file.with_name("backups"), site=SITE, people=PEOPLE, by="engineer-1", clock=clock)
    after = continued(file, clock)
    return after if isinstance(after, str) or head is None else head


def wholeness(ledger: Ledger) -> str:
    """What is wrong with an open ledger; nothing when all is well."""
    with ledger.engine.connect() as connection:
        checked = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    rows = list(ledger.rows())
    broken = [str(one) for one in breaks(rows, lambda entry: columns_of(entry, ledger.start))]
    if checked != "ok" or broken:
        return f"{checked}; {broken[:3]}"
    last = (rows[-1].seq, rows[-1].hash) if rows else (-1, ledger.head()[1])
    return "" if ledger.head() == last else f"the head says {ledger.head()[0]}, the last entry is {last[0]}"
