"""What the engineer of docs/working-day.md and docs/month-end.md finds on his machine: software, a medium, the windows' journals, a signed page."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI, SystemClock
from caixue.events import Event
from caixue.journal.file import FileJournal
from caixue.ledger import open_ledger
from caixue.probes.machine import Host
from caixue.site import load_site

SITE = load_site("eight-window-full")
MAINS = 19  # the manual item of the round that is about the circuits
PATIENT = (
    (0, "patient.arrived", "patient-1", {}),
    (60, "patient.called", "patient-1", {"window": "window-1"}),
    (70, "label.created", "L1", {"patient": "patient-1"}),
    (80, "label.applied", "L1", {}),
    (90, "label.verified", "L1", {}),
    (200, "patient.served", "patient-1", {"window": "window-1"}),
    (200, "label.drawn", "L1", {"patient": "patient-1"}),
    (1400, "label.received", "L1", {}),
)


def furnish(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put all of it into the folder, and go there; the machine has little to do."""
    monkeypatch.chdir(folder)
    for name in ("collection-system", "driver-service", "label-templates"):
        (folder / name).mkdir()
        (folder / name / "part.txt").write_text(name, encoding="utf-8")
    (folder / "media/backup-disk").mkdir(parents=True)
    window_journal(folder / "windows.jsonl", "2026-10-29", patients=12)
    window_journal(folder / "windows-30.jsonl", "2026-10-30", patients=9)
    (folder / "2026-10.pdf").write_bytes(b"%PDF-1.7 signed")
    busy = count(1)
    monkeypatch.setattr(Host, "disks", lambda _: ["disk"])
    monkeypatch.setattr(Host, "space", lambda _, place: (10**12, 6 * 10**11))
    monkeypatch.setattr(Host, "memory", lambda _: (0.4, 0.0))
    monkeypatch.setattr(Host, "cpu", lambda _: (10.0 * next(busy), 9.0 * next(busy)))
    monkeypatch.setattr(Host, "booted_s", lambda _: datetime(2026, 10, 26, 6, tzinfo=SHANGHAI).timestamp())


def window_journal(path: Path, day: str, patients: int) -> None:
    """What the program of window 1 wrote on that day: one patient every five minutes, one tube each."""
    rows = [(0, "record.started", "room", {"start": f"{day}T07:00:00+08:00", "windows": 1})]
    rows += [(0, "window.opened", "window-1", {}), (0, "window.staffed", "window-1", {})]
    for number in range(patients):
        rows += [
            (300 * number + second, kind, f"{name}-{number}", data | ({"patient": f"patient-1-{number}"} if "patient" in data else {}))
            for second, kind, name, data in PATIENT
        ]
    rows.append((7200, "window.closed", "window-1", {}))
    with FileJournal(path) as journal:
        for seq, (second, kind, subject, data) in enumerate(sorted(rows, key=lambda row: row[0])):
            journal.append(Event(seq, second * 1_000_000, kind, subject, "", None, data))


class Round:
    """The engineer at the terminal: everything is in order but one thing."""

    def __init__(self) -> None:
        self._looked = 0

    def answer(self, question: str) -> str:
        """What he types."""
        if "看到什么" in question:
            return "插座松动"
        if "回车/1" not in question:
            return ""
        self._looked += 1
        return "2" if self._looked == MAINS else ""


class Kept:
    """What the ledger holds after the commands."""

    def __init__(self, folder: Path) -> None:
        people = {person.name: person.role for person in SITE.people}
        place = str(folder / f"{SITE.name}.ledger.db")
        with open_ledger(place, site=SITE.name, people=people, clock=SystemClock(), create=False) as ledger:
            self.start, self.events = ledger.start, list(ledger.events())

    def of(self, *kinds: str) -> list[Event]:
        """The entries of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    def about(self, subject: str) -> list[Event]:
        """The entries about one sheet, part or month."""
        return [event for event in self.events if event.subject == subject]

    def clock(self, event: Event) -> str:
        """When it was noted, as the page writes it."""
        return f"{self.start + timedelta(microseconds=event.at_us):%H:%M}"
