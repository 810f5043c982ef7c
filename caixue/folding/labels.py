"""The part of the fold that follows labels: one row a serial."""

from __future__ import annotations

from caixue.day import NEVER, Labels
from caixue.events import Event
from caixue.folding.rows import Row, Takers, columns, word
from caixue.tubes import TEST_DAY

# kind → (the state it leads to, the column that keeps when it first happened)
_STEPS = {
    "label.created": ("created", "created_us"),
    "label.sent": ("sent", ""),
    "label.printed": ("printed", ""),
    "label.applied": ("applied", "applied_us"),
    "label.verified": ("verified", "verified_us"),
    "label.handed-over": ("handed-over", "handed_over_us"),
    "label.drawn": ("drawn", "drawn_us"),
    "label.received": ("received", "received_us"),
    "label.void": ("void", "voided_us"),
    "label.unknown": ("unknown", ""),
    "specimen.received": ("received", "received_us"),
}
_HAZARDS = frozenset({"crossed", "duplicate", "unverified"})


class LabelFold:
    """Labels so far."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def takers(self) -> Takers:
        """The method that takes each kind of event."""
        return {**dict.fromkeys(_STEPS, self._step), "specimen.rejected": self._reject}

    def table(self) -> Labels:
        """The labels as columns."""
        return Labels.of(**columns(list(self._rows.values())))

    def _step(self, event: Event) -> None:
        if event.subject.startswith(TEST_DAY):  # a test label is nobody's
            return
        row = self._row(event)
        state, column = _STEPS[event.kind]
        if row["patient"] and word(event, "patient", row["patient"]) != row["patient"]:
            row["crossed"] = True
        if event.kind == "label.created" and row["created_us"] != NEVER:
            row["duplicate"] = True
        if column and row[column] == NEVER:
            row[column] = event.at_us
        row["state"] = state

    def _reject(self, event: Event) -> None:
        row = self._row(event)
        row["rejected"] = word(event, "reason")
        if row["rejected"] in _HAZARDS:
            row[row["rejected"]] = True

    def _row(self, event: Event) -> Row:
        row = self._rows.get(event.subject)
        if row is None:
            row = {"serial": event.subject, "patient": word(event, "patient"), "window": word(event, "window"), "kind": word(event, "tube")}
            row |= {"state": "created", "rejected": ""} | dict.fromkeys(sorted(_HAZARDS), False)
            row |= {column: NEVER for _, column in _STEPS.values() if column}
            self._rows[event.subject] = row
        return row
