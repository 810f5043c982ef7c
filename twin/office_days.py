"""What the engineer does at his desk on which working day of a run, in the order in which it is done; what falls due by itself stands nowhere here."""

from __future__ import annotations

from dataclasses import dataclass

# Which day is whose is assumed, and so is how long each act takes: docs/assumptions.md A-261


@dataclass(frozen=True, slots=True)
class DeskRow:
    """On working day `day` of the run (from 1): the act of that name, which takes so many seconds."""

    day: int
    act: str
    takes_s: float


OFFICE_DAYS: tuple[DeskRow, ...] = (
    DeskRow(1, "prepare-media", 300.0),
    DeskRow(1, "ask-leave", 300.0),
    DeskRow(1, "plan-training", 300.0),
    DeskRow(1, "collect-feedback", 600.0),
    DeskRow(1, "find-patch", 300.0),
    DeskRow(1, "ask-approval", 300.0),  # there is no verdict yet
    DeskRow(2, "hold-training", 1800.0),
    DeskRow(2, "fail-training", 300.0),
    DeskRow(2, "answer-feedback", 300.0),
    DeskRow(2, "test-patch", 600.0),
    DeskRow(2, "ask-approval", 300.0),
    DeskRow(2, "backup-before", 300.0),
    DeskRow(2, "install-patch", 600.0),
    DeskRow(3, "hold-training", 1800.0),
    DeskRow(3, "pass-training", 300.0),
    DeskRow(3, "close-patch", 300.0),
    DeskRow(3, "improve-feedback", 300.0),
    DeskRow(3, "plan-drill", 300.0),
    DeskRow(4, "close-findings", 600.0),
    DeskRow(4, "close-feedback", 300.0),
    DeskRow(4, "check-backups", 600.0),
)
INSPECT_FROM = 3  # the round of a month is made on the first afternoon from that working day of the run on; docs/assumptions.md A-261
DRILL_DAY = 3  # or the first afternoon after it on which it can be held, when the windows are idle; docs/assumptions.md A-261
LOOK_S = 120.0  # before one point of the inspection; docs/assumptions.md A-262
BACKUP_S = 300.0  # of one software; docs/assumptions.md A-262
CLOSING_S = 1800.0  # of a month's figures, from the cut-off to the draft; docs/assumptions.md A-262
SIGNED_S = 3600.0  # until the head of department has read and signed it; docs/assumptions.md A-262
