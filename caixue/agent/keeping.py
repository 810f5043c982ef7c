"""The agent's journal: the ledger, and beside it a spool for the time in which the ledger cannot be written.

Whatever `note` gives back is on a disk. While something waits in the spool everything new goes there too, so that the order
stays; every act has an operation id, so that it comes into the ledger exactly once, however often that is tried.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from caixue.agent.aside import Aside
from caixue.agent.checking import checked
from caixue.agent.numbering import OPENED, opening, renumbered
from caixue.agent.spool import Kept, Spool
from caixue.clock import Clock
from caixue.errors import LedgerError, UsageError
from caixue.events import Event
from caixue.journal import Draft, Recorder
from caixue.journal.memory import Listener, Listeners
from caixue.lang import tr
from caixue.ledger import Ledger
from caixue.roles import role_of

Tell = Callable[[str], object]


class Keeper:
    """A journal that others can follow. Raises LedgerError from `note` only when neither ledger nor spool takes it."""

    def __init__(self, ledger: Ledger, spool: Spool, people: dict[str, str], tell: Tell) -> None:
        self.ledger = ledger
        self.spool = spool
        self.aside = Aside(spool.path.with_name("refused.jsonl"))
        self.why = ""  # what the ledger said when it last refused
        self.since_us: int | None = None  # it has not taken anything since
        self._people = people
        self._tell = tell
        self._listeners = Listeners()
        self._last = self._head = ledger.head()[0]  # the last number, and the last one in the ledger
        self._openings: dict[str, str] = {}  # number of an incident → its name in the spool that another life has left
        self._mine: Kept | None = None  # being brought over: its events have been heard
        self._run, self._count = os.urandom(6).hex(), 0
        ledger.subscribe(self._hear)

    @property
    def clock(self) -> Clock:
        """The ledger's time."""
        return self.ledger.clock

    # a journal, followed

    def append(self, event: Event) -> None:
        """Keep an event as its draft and its time say."""
        self.note([Draft(event.kind, event.subject, event.data)], actor=event.actor, cause=event.cause, at_us=event.at_us)

    def next_seq(self) -> int:
        """The number of the next event; provisional while the spool holds some."""
        return self._last + 1

    def follow(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds so far, in the ledger and then in the spool, and from now on. Raises LedgerError."""
        self.ledger.catch_up()
        head, ahead = self._head, self._ahead()
        self._last = head + len(ahead)
        for event in self.ledger.events(kinds):
            if event.seq <= head:
                listener(event)
        for event in ahead:
            if kinds is None or event.kind in kinds:
                listener(event)
        self.subscribe(listener, kinds)

    def subscribe(self, listener: Listener, kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds from now on, whoever writes it."""
        self._listeners.add(listener, kinds)

    def leave(self) -> None:
        """Nobody listens any more: what follows reads the ledger anew."""
        self._listeners = Listeners()

    def turn(self) -> AbstractContextManager[object]:
        """A stretch in which nobody else writes; without the ledger nobody can."""
        return nullcontext() if self.spool.waiting else _Turn(self)

    def note(self, drafts: Iterable[Draft], *, actor: str, op: str = "", cause: int | None = None, at_us: int | None = None) -> list[Event]:
        """Note these events at one instant, in the ledger or in the spool. Raises UsageError for what the ledger would never take."""
        drafts = tuple(drafts)
        kept = Kept(op or self._next_op(), self.clock.monotonic_us() if at_us is None else at_us, actor, cause, drafts)
        if not self.spool.waiting and drafts:
            try:
                return self._send(kept)
            except LedgerError as error:
                self._refused(error)
        return self._spooled(kept) if drafts else []

    # the ledger and back

    def catch_up(self) -> None:
        """Hear what other processes have written; silently nothing while the ledger cannot be reached."""
        if not self.spool.waiting:
            try:
                self.ledger.catch_up()
            except LedgerError as error:
                self._refused(error)

    def bring_over(self) -> bool:
        """Write what waits into the ledger, in its order; whether all of it is there now. Listeners have heard it already."""
        if not self.spool.waiting:
            return True
        refused = 0
        try:
            for kept in renumbered(self.spool.waiting, self.ledger):
                self._mine = kept
                refused += not self._sent_or_put_aside(kept)
        except LedgerError as error:
            self._refused(error)
            return False
        finally:
            self._mine = None
        count = len(self.spool.waiting)
        self.spool.clear()
        self._openings.clear()
        self._last = self.ledger.head()[0]
        self.why, self.since_us = "", None
        self._say_back(count - refused, refused)
        return True

    def _say_back(self, count: int, refused: int) -> None:
        if refused:
            zh = f"账本恢复：补记了 {count} 条，有 {refused} 条账本不收，在 {self.aside.path}，请人工处理"
            en = f"the ledger is back: {count} records were brought over, {refused} WERE REFUSED and lie in {self.aside.path}: see to them"
        else:
            zh, en = f"账本恢复：补记了 {count} 条，没有丢失", f"the ledger is back: {count} records were brought over, none lost"
        self._tell(tr(zh, en))

    def _ahead(self) -> list[Event]:
        """What waits in the spool and is not in the ledger yet, under the numbers that it would get there now."""
        ahead: list[Event] = []
        for was, kept in zip(list(self.spool.waiting), renumbered(self.spool.waiting, self.ledger), strict=True):
            self._openings.update((draft.subject, opening(was)) for draft in kept.drafts if draft.kind == OPENED)
            if not self.ledger.done(kept.op):
                ahead += _events(kept, self._head + len(ahead) + 1)
        return ahead

    def _send(self, kept: Kept) -> list[Event]:
        return self.ledger.note(kept.drafts, actor=kept.actor, op=kept.op, cause=kept.cause, at_us=kept.at_us)

    def _sent_or_put_aside(self, kept: Kept) -> bool:
        """Whether the ledger took it. One record that it will never take must not hold up the others: it goes to a file beside the spool."""
        try:
            self._send(kept)
        except UsageError as error:
            self.aside.add(kept)
            self._tell(tr(f"账本不收一条记录，已放到 {self.aside.path}：{error}", f"the ledger refuses a record, put into {self.aside.path}: {error}"))
            return False
        return True

    def _spooled(self, kept: Kept) -> list[Event]:
        role = role_of(kept.actor, self._people)
        events = [checked(event, kept.op, role, self.ledger) for event in _events(kept, self._last + 1)]
        self.spool.add(replace(kept, drafts=tuple(self._under(draft) for draft in kept.drafts)))
        for event in events:
            self._last = event.seq
            self._listeners.tell(event)
        return events

    def _under(self, draft: Draft) -> Draft:
        """The draft as it stands in the spool: an incident that another life has opened there goes by its opening."""
        mine = draft.kind == OPENED or not draft.kind.startswith("incident.")
        return draft if mine else replace(draft, subject=self._openings.get(draft.subject, draft.subject))

    def _hear(self, event: Event) -> None:
        """The ledger tells an event; what waited in the spool has been heard when it was put there."""
        mine, self._head = self._mine, max(self._head, event.seq)
        if mine is not None and event.at_us == mine.at_us and any((event.kind, event.subject) == (each.kind, each.subject) for each in mine.drafts):
            return
        self._last = max(self._last, event.seq)
        self._listeners.tell(event)

    def _refused(self, error: LedgerError) -> None:
        if not self.why:
            self.since_us = self.clock.monotonic_us()
            self._tell(tr(f"账本不可用，先记在 {self.spool.path}：{error}", f"no ledger, keeping records in {self.spool.path}: {error}"))
        self.why = str(error)

    def _next_op(self) -> str:
        self._count += 1
        return f"agent-{self._run}-{self._count}"


def _events(kept: Kept, first: int) -> list[Event]:
    """What a record notes, numbered from `first`."""
    return [
        Event(number, kept.at_us, draft.kind, draft.subject, kept.actor, kept.cause, dict(draft.data)) for number, draft in enumerate(kept.drafts, first)
    ]


class _Turn:
    """A turn of the ledger that is given up quietly where the ledger cannot be reached: what follows goes to the spool."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._turn: AbstractContextManager[object] | None = None

    def __enter__(self) -> None:
        turn = self._keeper.ledger.turn()
        try:
            turn.__enter__()
        except LedgerError:
            return  # `note` will say it
        self._turn = turn

    def __exit__(self, *error: Any) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.__exit__(*error)


class KeptRecorder(Recorder):
    """A recorder whose events are on a disk when `note` returns."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper, keeper.clock)
        self.keeper = keeper

    def note(self, kind: str, subject: str, *, actor: str = "caixue", cause: int | None = None, **data: Any) -> Event:
        for key in ("class", "kind"):
            if f"{key}_" in data:
                data[key] = data.pop(f"{key}_")
        return self.keeper.note([Draft(kind, subject, data)], actor=actor, cause=cause)[0]

    def note_all(self, drafts: Iterable[Draft], *, actor: str = "caixue", op: str = "") -> list[Event]:
        return self.keeper.note(drafts, actor=actor, op=op)
