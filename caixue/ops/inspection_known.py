"""What the ledger already knows when an inspection is read (contract C1): the monitor's last readings, wear, and when backups were made."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.ops.wear import KINDS as WEAR_KINDS
from caixue.ops.wear import Life, Meter, Wear

KINDS = (*WEAR_KINDS, "reading.noted", "reading.out-of-limit", "ledger.backed-up", "backup.made", "backup.checked", "backup.expired")


@dataclass(frozen=True, slots=True)
class Last:
    """The last reading of the monitor of one thing; `out`: it lies beyond its limit and has not come back."""

    value: float
    at_us: int
    out: bool


class Known:
    """Its state is what its events say."""

    def __init__(self, recorder: Recorder, followed: Followed | None = None) -> None:
        self.wear = Wear(recorder)
        self.readings: dict[tuple[str, str], Last] = {}  # by subject and reading
        self.ledger_backed_up_us: int | None = None
        self.backups: dict[str, tuple[str, int]] = {}  # by number: of which software, and when; verified, and whole as far as is known
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def hear(self, event: Event) -> None:
        """Take one event."""
        data = event.data
        if event.kind in WEAR_KINDS:
            self.wear.hear(event)
        elif event.kind in ("reading.noted", "reading.out-of-limit"):
            out = event.kind == "reading.out-of-limit"
            self.readings[event.subject, data["reading"]] = Last(data["value"], event.at_us, out)
        elif event.kind == "ledger.backed-up":
            self.ledger_backed_up_us = event.at_us
        elif event.kind == "backup.made" and data["verified"]:
            self.backups[event.subject] = data["software"], event.at_us
        elif event.kind == "backup.expired" or (event.kind == "backup.checked" and not data["whole"]):
            self.backups.pop(event.subject, None)

    def backed_up_us(self, software: str) -> int | None:
        """When the last backup of a software was made that still counts; None: there is none."""
        return max((at_us for of, at_us in self.backups.values() if of == software), default=None)

    def used_share(self, device: str, life: Life, says: float, now_us: int) -> float:
        """The share of a part's life that is used when its device's counter `says` so now."""
        run = self.wear.meters.get((device, life.counter), Meter()).read(says, now_us).run
        fitted = self.wear.parts.get((device, life.part))
        before = 0.0 if fitted is None else fitted.runs.get(life.counter, run)
        return (run - before) / life.limit
