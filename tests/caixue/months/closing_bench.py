"""A site's months over a journal whose time the test sets."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from caixue.clock import SHANGHAI, SystemClock
from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.months.closing import Months
from caixue.ops.accounting import Period
from caixue.site import load_site

SITE = load_site("eight-window")
PEOPLE = {person.name: person.role for person in SITE.people}
START = datetime(2026, 10, 1, 6, 0, tzinfo=SHANGHAI)
OCTOBER, NOVEMBER, DECEMBER, YEAR = (Period.named(name) for name in ("2026-10", "2026-11", "2026-12", "2026"))
SCAN = {"scan": "2026-10.pdf", "scan_sha256": "ab" * 32}


def scan_of(period: Period) -> dict[str, str]:
    """The scan of a period of its own."""
    return {"scan": f"{period}.pdf", "scan_sha256": sha256(str(period).encode()).hexdigest()}


class SetClock:
    """A clock that stands where the test puts it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_us(self) -> int:
        return (self.at - START) // timedelta(microseconds=1)

    def sleep(self, duration_s: float) -> None:
        self.at += timedelta(seconds=duration_s)

    def lock(self) -> Any:
        return nullcontext()


class Bench:
    """Months over a journal in memory."""

    def __init__(self) -> None:
        self.clock, self.journal = SetClock(), MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.months = self.again()

    def again(self) -> Months:
        """The same, as somebody who reads the journal now knows it."""
        return Months(self.recorder, SITE, START, self.journal, lambda: self.journal.events)

    def at(self, month: int, day: int, hour: int = 9, year: int = 2026) -> Bench:
        """It is that day and hour now."""
        self.clock.at = datetime(year, month, day, hour, tzinfo=SHANGHAI)
        return self

    def note(self, kind: str, subject: str, by: str = "engineer-1", **data: Any) -> Event:
        return self.recorder.note(kind, subject, actor=by, **data)

    def incident(self, number: int, **data: Any) -> None:
        now = self.clock.monotonic_us()
        row = {
            "device": "window-1.label-printer",
            "window": "window-1",
            "class_": "一般",
            "symptom": "no-read",
            "reported_us": now,
            "detected_us": None,
        }
        self.note("incident.opened", f"incident-{number:04d}", **{**row, "occurred_us": now, "deadline_us": now + 1_800_000_000, **data})

    def drafted(self, period: Period = OCTOBER) -> Bench:
        """`period` is cut off and drafted now."""
        self.months.cut_off(period, by="engineer-1")
        self.months.draft(period, by="engineer-1")
        return self

    def signed(self, period: Period = OCTOBER) -> Bench:
        """`period` is cut off, drafted and signed now."""
        self.drafted(period).months.closings.sign(period, **scan_of(period), signed_on=self.clock.at.date(), by="head-1")
        return self


class SharedClock(SetClock):
    """The same for a ledger that others use too: whoever waits for his turn lets the others work."""

    def sleep(self, duration_s: float) -> None:
        SystemClock().sleep(duration_s)


def real_ledger(place: Path, at: datetime) -> Ledger:
    """A ledger on a disk, as one of several people opens it at that time."""
    return open_ledger(place, site=SITE.name, people=PEOPLE, clock=SharedClock(at), start=START)


def months_of(ledger: Ledger) -> Months:
    """The months of a ledger."""
    return Months(LedgerRecorder(ledger), SITE, ledger.start, ledger, ledger.events)
