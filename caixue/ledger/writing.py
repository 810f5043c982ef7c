"""Writing to the ledger: entries, their projections and the new head in one transaction, acknowledged when it is on the disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from caixue.clock import RecordClock
from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.events import Event, belongs_in_ledger
from caixue.journal import Draft, Recorder
from caixue.journal.memory import Listener, Listeners
from caixue.lang import tr
from caixue.ledger.chain import GENESIS, Entry, Row, alone, check_op, check_words, digest, entry_of, part_of
from caixue.ledger.columns import text_of
from caixue.ledger.committing import one_transaction
from caixue.ledger.engine import RACE_EN, RACE_ZH, file_of
from caixue.ledger.projecting import Projector
from caixue.ledger.reading import head_of, looking, operation, page, rows
from caixue.ledger.schema import entry as entries
from caixue.ledger.schema import head
from caixue.ledger.turn import Turn
from caixue.roles import allow, role_of


class Ledger:
    """A ledger that is open. Other processes may write to it between two of our turns; what they wrote is heard at the next."""

    def __init__(self, engine: Engine, turn: Turn, clock: RecordClock, people: Mapping[str, str]) -> None:
        self.engine = engine
        self.clock = clock
        self._turn = turn
        self._people = people
        self._projector = Projector(clock.start)
        self._listeners = Listeners()
        self._seq, self._hash = -1, GENESIS  # the head as far as the listeners have heard
        self._file = file_of(engine.url)
        self._identity = _identity(self._file)
        self._heard = False  # nobody listens yet: reading on would be for nothing

    @property
    def start(self) -> datetime:
        """When the record began."""
        return self.clock.start

    # writing

    def append(self, event: Event) -> None:
        """Note one event that is stamped already. Raises UsageError when its seq is not the next, LedgerError when it cannot be kept."""
        with self.turn():
            if event.seq != self._seq + 1:
                raise UsageError(f"event {event.seq} offered where {self._seq + 1} comes next")
            self._write([self._entry(event, alone(event.seq), text_of(self.clock.wall()))])

    def next_seq(self) -> int:
        """The number of the next entry, from 0."""
        with self.turn():
            return self._seq + 1

    def note(self, drafts: Iterable[Draft], *, actor: str, op: str = "", cause: int | None = None, at_us: int | None = None) -> list[Event]:
        """Note these events at one instant, all or none, and give them as they stand in the ledger.

        An operation `op` that was noted before is not noted again. Raises UsageError for an actor whom the site does not
        know or whose role does not allow it, for text that cannot be kept, and for an `op` that was another act.
        """
        drafts = list(drafts)
        check_op(op)
        with self.turn():
            known = self.done(op) if op else []
            if known:
                return _same(known, drafts, actor, op)
            now_us = self.clock.monotonic_us() if at_us is None else at_us
            first, wall = self._seq + 1, text_of(self.clock.wall())
            new = []
            for number, draft in enumerate(drafts):
                event = Event(first + number, now_us, draft.kind, draft.subject, actor, cause, dict(draft.data))
                new.append(self._entry(event, part_of(op, number) if op else alone(event.seq), wall))
            self._write(new)
            return [one.event for one in new]

    def note_past(self, events: Sequence[Event]) -> None:
        """Take over events of another journal, with their own times and actors, all or none."""
        with self.turn():
            wall = text_of(self.clock.wall())
            moved = [
                Event(self._seq + 1 + number, event.at_us, event.kind, event.subject, event.actor, None, event.data)
                for number, event in enumerate(events)
            ]
            self._write([self._entry(event, alone(event.seq), wall) for event in moved])

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A stretch in which nobody else writes; it begins with hearing what others have written. No device is spoken to within."""
        with self._turn:
            if _identity(self._file) != self._identity:
                zh = f"账本文件 {self._file} 已被删除或换掉；没有记下，请重新启动程序"
                raise LedgerError(tr(zh, f"the ledger's file {self._file} was deleted or replaced; nothing was noted, start the program again"))
            self.catch_up()
            yield

    def role_for(self, kind: str, actor: str) -> str:
        """The role in which `actor` may note such an event. Raises UsageError for somebody unknown, or whose role does not allow it."""
        role = role_of(actor, self._people)
        allow(kind, actor, role)
        return role

    def _entry(self, event: Event, op: str, wall: str) -> Entry:
        kept = check_words(event, op)
        if not belongs_in_ledger(kept.kind):
            zh = f"{kept.kind} 不进账本：账本不记患者、单个标签和试管"
            raise UsageError(tr(zh, f"{kept.kind} does not belong in the ledger, which keeps no patients, single labels or tubes"))
        role = self.role_for(kept.kind, kept.actor)
        try:
            self.instant(kept)
        except OverflowError:
            raise UsageError(tr(f"时刻超出日历：{kept.at_us} us", f"an instant beyond the calendar: {kept.at_us} us")) from None
        return Entry(kept, op, role, wall)

    def _write(self, new: Sequence[Entry]) -> None:
        if not new:
            return
        hash_, rows = self._hash, []
        for one in new:
            body = one.body()
            hash_ = digest(hash_, body)
            rows.append({**columns_of(one, self.start), "at": self.instant(one.event), "seq": one.event.seq, "body": body, "hash": hash_})
        last = new[-1].event.seq
        with one_transaction(self.engine, lambda: self.head() == (last, hash_)) as connection:
            self._move_head(connection, last, hash_)
            connection.execute(sa.insert(entries), rows)
            self._projector.write(connection, (one.event for one in new))
        self._seq, self._hash = last, hash_
        for one in new:
            self._listeners.tell(one.event)

    def _move_head(self, connection: Connection, seq: int, hash_: str) -> None:
        """The head moves from where we know it, or somebody else has been faster."""
        known = sa.and_(head.c.id == 1, head.c.seq == self._seq, head.c.hash == self._hash)
        if connection.execute(sa.update(head).where(known).values(seq=seq, hash=hash_)).rowcount != 1:
            raise LedgerError(tr(RACE_ZH, RACE_EN))

    # reading

    def done(self, op: str) -> list[Event]:
        """What the operation `op` noted; nothing when it has not been noted."""
        with looking(self.engine) as connection:
            return [entry_of(row.body).event for row in operation(connection, op)]

    def events(self, kinds: Collection[str] | None = None, after: int = -1) -> Iterator[Event]:
        """The events after entry `after`, in order, of these kinds (None: of all)."""
        for row in self.rows(kinds, after):
            yield entry_of(row.body).event

    def rows(self, kinds: Collection[str] | None = None, after: int = -1) -> Iterator[Row]:
        """The same as the database holds them."""
        return rows(self.engine, kinds, after)

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry, as the database says."""
        with looking(self.engine) as connection:
            found = head_of(connection)
        if found is None:
            raise LedgerDamaged(tr("账本没有头", "the ledger has no head"))
        return found

    def follow(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds so far, in order, and from now on."""
        self.catch_up()
        for event in self.events(kinds):
            if event.seq <= self._seq:
                listener(event)
        self.subscribe(listener, kinds)

    def subscribe(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds from now on, whoever writes it."""
        self._listeners.add(listener, kinds)
        self._heard = True

    def catch_up(self) -> None:
        """Let the listeners hear what other processes have written. Raises LedgerDamaged when what was there before is no longer there."""
        seq, hash_ = self.head()
        if seq == self._seq and hash_ == self._hash:
            return
        if seq < self._seq:
            was, now = self._seq + 1, seq + 1
            raise LedgerDamaged(tr(f"账本变短了：曾有 {was} 条，现有 {now} 条", f"the ledger has shrunk from {was} entries to {now}"))
        with looking(self.engine) as connection:
            known, last = page(connection, after=self._seq - 1, size=1), page(connection, after=seq - 1, size=1)
        if (self._seq >= 0 and (not known or known[0].hash != self._hash)) or not last or last[0].hash != hash_:
            raise LedgerDamaged(tr(f"账本第 {self._seq} 条之后与已知的不符", f"the ledger no longer agrees with what was known up to entry {self._seq}"))
        self.clock.reach(entry_of(last[0].body).event.at_us)
        news = [event for event in self.events(after=self._seq) if event.seq <= seq] if self._heard else []
        self._seq, self._hash = seq, hash_
        for event in news:
            self._listeners.tell(event)

    def instant(self, event: Event) -> datetime:
        """When `event` happened."""
        return self.start + timedelta(microseconds=event.at_us)

    def close(self) -> None:
        """Let the database go; the last connection writes the log back into the file, so it is our turn."""
        with self._turn:
            self.engine.dispose()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None where there is none."""
    try:
        found = None if file is None else file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def columns_of(entry: Entry, start: datetime) -> dict[str, Any]:
    """What the columns beside the text say, as the database keeps it."""
    event = entry.event
    at = text_of(start + timedelta(microseconds=event.at_us))
    return {"op": entry.op, "kind": event.kind, "subject": event.subject, "actor": event.actor, "role": entry.role, "at": at}


def _same(known: list[Event], drafts: Sequence[Draft], actor: str, op: str) -> list[Event]:
    """The events of an operation that is being repeated, if it is the same one: kinds, subjects and data, as they would be read back."""
    meant = [Event(0, 0, draft.kind, draft.subject, actor, None, dict(draft.data)) for draft in drafts]
    if list(map(_said, known)) != [_said(check_words(event, op)) for event in meant]:
        what = ", ".join(f"{event.kind} {event.subject} ({event.actor})" for event in known)
        raise UsageError(tr(f"操作号 {op} 已用于：{what}", f"operation {op} was another act: {what}"))
    return known


def _said(event: Event) -> str:
    """What an event says, apart from when and under which number."""
    return Event(0, 0, event.kind, event.subject, event.actor, None, event.data).to_json()


class LedgerRecorder(Recorder):
    """A recorder whose events are on the disk when `note` returns."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, ledger.clock)
        self.ledger = ledger

    def note(self, kind: str, subject: str, *, actor: str = "caixue", cause: int | None = None, **data: Any) -> Event:
        for key in ("class", "kind"):
            if f"{key}_" in data:
                data[key] = data.pop(f"{key}_")
        return self.ledger.note([Draft(kind, subject, data)], actor=actor, cause=cause)[0]

    def note_all(self, drafts: Iterable[Draft], *, actor: str = "caixue", op: str = "") -> list[Event]:
        return self.ledger.note(drafts, actor=actor, op=op)

    def done(self, op: str) -> list[Event]:
        return self.ledger.done(op) if op else []
