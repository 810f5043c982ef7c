"""Append-only journals: what happened is written once and never changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from caixue.clock import Clock
from caixue.events import Event


class Journal(Protocol):
    """Somewhere events are appended in order."""

    def append(self, event: Event) -> None:
        """Keep `event`; raises UsageError when its seq is not the next."""

    def next_seq(self) -> int:
        """The seq that the next event must carry."""


class Followed(Journal, Protocol):
    """A journal that others can listen to; state is folded from it."""

    def follow(self, listener: Callable[[Event], None], kinds: Collection[str] | None = None) -> None:
        """Call `listener` with every event of these kinds (None: of all) so far, in order, and from now on."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is about to be noted."""

    kind: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Recorder:
    """Stamps events with the clock's time and the journal's next number."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal = journal
        self.clock = clock

    def note(self, kind: str, subject: str, *, actor: str = "caixue", cause: int | None = None, **data: Any) -> Event:
        """Append one event that happens now and return it. Write `class_` and `kind_` for the data keys "class" and "kind"."""
        journal = self.journal
        for key in ("class", "kind"):
            if f"{key}_" in data:
                data[key] = data.pop(f"{key}_")
        event = Event(journal.next_seq(), self.clock.monotonic_us(), kind, subject, actor, cause, data)
        journal.append(event)
        return event

    def note_all(self, drafts: Iterable[Draft], *, actor: str = "caixue", op: str = "") -> list[Event]:
        """Append events that belong together, at one instant. `op` names the operation, so that a ledger takes it once however often it is sent."""
        return [self.note(draft.kind, draft.subject, actor=actor, **draft.data) for draft in drafts]

    def done(self, op: str) -> list[Event]:
        """What the operation `op` noted before, as far as this journal keeps operations apart: nothing here, nor without an `op`."""
        return []

    def repeated(self, op: str, draft: Draft, *, actor: str) -> list[Event]:
        """What `op` noted before, if it was this one act: `draft` says what a person said, without what was reckoned from it."""
        known = self.done(op)
        same = [(event.kind, event.subject, event.actor) for event in known] == [(draft.kind, draft.subject, actor)]
        return known if same and draft.data.items() <= known[0].data.items() else []

    def turn(self) -> AbstractContextManager[object]:
        """A stretch in which nobody else writes: a ledger that several processes share gives turns, other journals need none."""
        turn: Callable[[], AbstractContextManager[object]] = getattr(self.journal, "turn", nullcontext)
        return turn()
