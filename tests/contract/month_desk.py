"""A ledger that began on the first of last month and holds what a month brings, for commands that are typed today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from caixue.clock import SHANGHAI, SystemClock
from caixue.events import Event
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.months.closing import Months
from caixue.months.figures import MonthFigures
from caixue.ops.accounting import Period
from caixue.site import load_site
from tests.contract.typed import Typed

SITE = load_site("eight-window")
PEOPLE = {person.name: person.role for person in SITE.people}
HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000
PRINTER = "window-1.label-printer"


def first_of_last_month() -> datetime:
    """Midnight in Shanghai, when the ledger of these tests begins."""
    first = SystemClock().now().astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=1)


class MonthDesk(Typed):
    """Typing commands on such a ledger; `month` is the name of last month, "2026-10"."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.place, self.start = folder / "month.ledger.db", first_of_last_month()
        self.month, self.this_month = f"{self.start:%Y-%m}", f"{self.start + timedelta(days=32):%Y-%m}"
        self.folder = folder
        super().__init__("eight-window", self.place, capfd)
        self.past()

    def past(self, *rows: tuple[int, str, str, dict[str, Any]]) -> None:
        """Take these into the ledger as they were noted then: instant, kind, subject, data."""
        with open_ledger(self.place, site=SITE.name, people=PEOPLE, clock=SystemClock(), start=self.start) as ledger:
            ledger.note_past([Event(0, at_us, kind, subject, "engineer-1", None, data) for at_us, kind, subject, data in rows])

    def us(self, day: int, clock: str) -> int:
        """An instant of last month."""
        hours, minutes = map(int, clock.split(":"))
        return ((day - 1) * 24 + hours) * HOUR_US + minutes * MINUTE_US

    def day(self, number: int) -> date:
        """A day of last month."""
        return (self.start + timedelta(days=number - 1)).date()

    def incident(self, number: int, day: int, minutes: int, **more: Any) -> None:
        """One repaired in so many minutes, from 08:00 on that day, with a whole record."""
        begun, name = self.us(day, "08:00"), f"incident-{number:04d}"
        data = {"device": PRINTER, "window": "window-1", "class": "一般", "symptom": "no-read", "reported_us": begun, "detected_us": None}
        ended = begun + minutes * MINUTE_US
        self.past(
            (begun, "incident.opened", name, {**data, "occurred_us": begun, "deadline_us": begun + 30 * MINUTE_US, **more}),
            (begun + MINUTE_US, "incident.acknowledged", name, {}),
            (begun + 2 * MINUTE_US, "incident.on-site", name, {}),
            (begun + 3 * MINUTE_US, "incident.diagnosed", name, {"found": "head worn"}),
            (ended, "incident.restored", name, {"part": "print-head", "action": "replaced"}),
            (ended + MINUTE_US, "incident.closed", name, {"verified_by": "nurse-1"}),
        )

    def counted(self, day: int, **numbers: float) -> None:
        """The numbers of that day, as they are noted in the evening."""
        self.past((self.us(day, "18:00"), "day.counted", SITE.name, {"date": self.day(day).isoformat(), **numbers}))

    def figures(self) -> dict[str, Any]:
        """Every figure of last month by its name."""
        return {line.figure.name: line.value for line in self.months().lines}

    def months(self) -> MonthFigures:
        """The figures of last month, as `caixue month figures` reads them."""
        with self.at_the_ledger() as months:
            return months.figures(Period.named(self.month))

    @contextmanager
    def at_the_ledger(self) -> Iterator[Months]:
        """The months of this ledger from Python, where typing would take long."""
        with open_ledger(self.place, site=SITE.name, people=PEOPLE, clock=SystemClock()) as ledger:
            yield Months(LedgerRecorder(ledger), SITE, ledger.start, ledger, ledger.events)

    def entry(self, kind: str, which: int = -1) -> dict[str, Any]:
        """What an entry of that kind says; the last one, if no other is named."""
        with open_ledger(self.place, site=SITE.name, people=PEOPLE, clock=SystemClock()) as ledger:
            return dict(list(ledger.events((kind,)))[which].data)

    def value(self, name: str) -> Any:
        """One figure of last month."""
        return self.figures()[name]

    def scan(self, content: bytes = b"%PDF-1.7 signed") -> str:
        """A scan of the signed page."""
        file = self.folder / "signed.pdf"
        file.write_bytes(content)
        return str(file)

    def draft(self) -> None:
        """Cut last month off and draft it."""
        with self.at_the_ledger() as months:
            months.cut_off(Period.named(self.month), by="engineer-1")
            months.draft(Period.named(self.month), by="engineer-1")

    def sign(self) -> None:
        """The same, and have it signed."""
        self.draft()
        today = SystemClock().now().astimezone(SHANGHAI).date()
        with self.at_the_ledger() as months:
            months.closings.sign(Period.named(self.month), scan="signed.pdf", scan_sha256="ab" * 32, signed_on=today, by="head-1")


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> MonthDesk:
    """A ledger of last month with nothing in it."""
    return MonthDesk(tmp_path, capfd)


def fits(shown: str) -> bool:
    """Whether a console of 80 columns with GBK can show it."""
    shown.encode("gbk")
    return all(cell_len(line) <= 80 for line in shown.splitlines())
