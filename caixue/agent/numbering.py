"""Numbers of incidents that were opened without the ledger: where somebody else has used one meanwhile, the spooled one gets the next free.

A later life of the agent names such an incident in the spool by the operation that opened it, because its number may change once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from caixue.agent.spool import Kept
from caixue.journal import Draft
from caixue.ledger import Ledger

OPENED = "incident.opened"


def renumbered(waiting: Iterable[Kept], ledger: Ledger) -> Iterator[Kept]:
    """The same records, each incident under a number of its own; a record that is in the ledger already keeps the number that it has there."""
    waiting = list(waiting)
    if not any(draft.kind == OPENED for kept in waiting for draft in kept.drafts):
        yield from waiting
        return
    taken = {event.subject for event in ledger.events({OPENED})}
    new: dict[str, str] = {}
    for kept in waiting:
        for draft in kept.drafts:
            if draft.kind == OPENED:
                new[draft.subject] = new[opening(kept)] = _number(draft.subject, kept, ledger, taken)
                taken.add(new[draft.subject])
        yield replace(kept, drafts=tuple(_under(draft, new) for draft in kept.drafts))


def opening(kept: Kept) -> str:
    """The name in the spool of the incident that this record opens, whatever its number will be."""
    return f"op:{kept.op}"


def _number(subject: str, kept: Kept, ledger: Ledger, taken: set[str]) -> str:
    known = next((event.subject for event in ledger.done(kept.op) if event.kind == OPENED), "")
    if known or subject not in taken:
        return known or subject
    numbers = [int(name.rpartition("-")[2]) for name in taken if name.rpartition("-")[2].isdecimal()]
    return f"incident-{max(numbers) + 1:04d}"


def _under(draft: Draft, new: dict[str, str]) -> Draft:
    return replace(draft, subject=new.get(draft.subject, draft.subject)) if draft.kind.startswith("incident.") else draft
