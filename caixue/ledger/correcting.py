"""Corrections: a new entry says what was wrong with an earlier one and what is right; the earlier one stays as it was noted."""

from __future__ import annotations

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger.writing import Ledger

NOTED = "entry.corrected"


def correct(ledger: Ledger, seq: int, *, reason: str, right: str, by: str, op: str = "") -> Event:
    """Note that entry `seq` is wrong, why, and what is right. Raises UsageError for an entry that is not there and for missing words."""
    if not reason.strip() or not right.strip():
        raise UsageError(tr("更正要写原因和正确内容", "a correction needs a reason and what is right"))
    if next(ledger.events(after=seq - 1), None) is None or seq < 0:
        raise UsageError(tr(f"没有第 {seq} 条", f"there is no entry {seq}"))
    draft = Draft(NOTED, name_of(seq), {"reason": reason.strip(), "right": right.strip()})
    return ledger.note([draft], actor=by, op=op)[0]


def name_of(seq: int) -> str:
    """How an entry is called as the subject of another."""
    return f"entry-{seq}"
