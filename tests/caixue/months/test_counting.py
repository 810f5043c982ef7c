"""The numbers of a day counted by hand: ten patients at two windows, a journal that began the evening before, and what lies beyond midnight."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from caixue.events import Event
from caixue.journal.file import FileJournal
from caixue.months.counting import day_of_journals, numbers_of
from caixue.site import load_site

DAY = date(2026, 10, 12)
HOUR, MINUTE = 3600, 60


def written(path: Path, start: str, rows: list[tuple[int, str, str, dict[str, object]]]) -> Path:
    """A journal that began at `start`, with events so many seconds after it."""
    with FileJournal(path) as journal:
        journal.append(Event(0, 0, "record.started", "room", data={"start": start, "windows": 1}))
        for seq, (second, kind, subject, data) in enumerate(sorted(rows, key=lambda row: row[0]), 1):
            journal.append(Event(seq, second * 1_000_000, kind, subject, data=data))
    return path


def visit(number: int, arrived: int, waited: int, window: str, carried: int) -> list[tuple[int, str, str, dict[str, object]]]:
    """One patient with one tube: called after `waited` seconds, served a minute later, the tube received `carried` seconds after that."""
    who, tube, called = f"patient-{number}", f"T{number}", arrived + waited
    return [
        (arrived, "patient.arrived", who, {}),
        (called, "patient.called", who, {"window": window}),
        (called + 10, "label.created", tube, {"patient": who}),
        (called + 20, "label.applied", tube, {}),
        (called + 30, "label.verified", tube, {}),
        (called + MINUTE, "patient.served", who, {"window": window}),
        (called + MINUTE, "label.drawn", tube, {"patient": who}),
        (called + MINUTE + carried, "label.received", tube, {}),
    ]


def test_the_numbers_of_two_windows_are_those_that_one_counts_by_hand(tmp_path: Path):
    evening, morning = 12 * HOUR, 0  # from noon of the day before, and from midnight
    one = [row for n in range(5) for row in visit(n, evening + 8 * HOUR + n * 600, (n + 1) * MINUTE, "window-1", 600 + n)]
    one += [(evening + 7 * HOUR, kind, "window-1", {}) for kind in ("window.opened", "window.staffed")]
    one += [(evening + 11 * HOUR, "window.closed", "window-1", {}), (evening - 1, "patient.arrived", "of the day before", {})]
    two = [row for n in range(5, 10) for row in visit(n, morning + 9 * HOUR + n * 600, (n + 1) * MINUTE, "window-2", 600 + n)]
    two += [(morning + 8 * HOUR, kind, "window-2", {}) for kind in ("window.opened", "window.staffed")]
    two += [(morning + 10 * HOUR, "window.closed", "window-2", {}), (morning + 24 * HOUR, "patient.arrived", "of the day after", {})]
    two += [(morning + 9 * HOUR + 7 * HOUR, "patient.arrived", "who left", {}), (morning + 17 * HOUR, "patient.left", "who left", {})]
    journals = [
        written(tmp_path / "1.jsonl", "2026-10-11T12:00:00+08:00", one),
        written(tmp_path / "2.jsonl", "2026-10-12T00:00:00+08:00", two),
    ]
    last_served = 9 * HOUR + 9 * 600 + 10 * MINUTE + MINUTE
    assert numbers_of(day_of_journals(journals, DAY, load_site("eight-window"))) == {
        "patients": 11,
        "served": 10,
        "left": 1,
        "tubes": 10,
        "voided": 0,
        "crossed": 0,
        "duplicate": 0,
        "unverified": 0,
        "wait_p90_s": 9 * MINUTE,  # the ninth of ten
        "stay_p90_s": 10 * MINUTE,  # each a minute longer than the wait
        "transport_p95_s": 609.0,  # the tenth of ten
        "window_h": 4.0 + 2.0,
        "collecting_h": (last_served - 7 * HOUR) / HOUR,
    }
