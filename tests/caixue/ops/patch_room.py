"""A site's patches and changes on a journal in memory, with verdicts as `caixue run` writes them and a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.patching import Patching
from caixue.ops.verdicts import TwinVerdict, read_verdict
from caixue.site import Person, SpecialPeriod, load_site
from tests.caixue.ops.incident_bench import WallClock

ENGINEER, HEAD, NURSE, MAKER, SECOND = "engineer-1", "head-1", "nurse-1", "maker-1", "engineer-2"
DRIVER, TEMPLATES, OS = "driver-service", "label-templates", "windows-server"
NEEDED = ("peak-monday", "wrong-label-day")  # for a driver
MONDAY = datetime(2026, 11, 23, 8, tzinfo=SHANGHAI)
RESULTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "results").glob("*.json")}
_salt = count()


def result(scenario: str, *, passed: bool = True, seed: int | None = None, salt: int | None = None) -> bytes:
    """A result.json of that scenario; each is a file of its own, as two runs never take equally long."""
    data = json.loads(json.dumps(RESULTS[scenario]))
    data["wall_s"] = 1 + (next(_salt) if salt is None else salt) / 1000
    if seed is not None:
        data["seed"] = seed
    if not passed:
        row = next(row for row in data["expectations"] if row["figure"] == "label.crossed")
        row |= {"actual": 1.0, "low": 1.0, "high": 1.0, "breached_share": 1.0, "verdict": "fail"}
        data["figures"]["label.crossed"], data["verdict"] = 1, "fail"
    return json.dumps(data, ensure_ascii=False).encode("utf-8")


class PatchRoom:
    """The registers of one site, and what people do to them."""

    def __init__(self, *periods: SpecialPeriod) -> None:
        site = load_site("eight-window-full")
        self.site = replace(site, special_periods=periods, people=(*site.people, Person(SECOND, "engineer")))
        self.clock, self.journal = WallClock(MONDAY), MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.book = Patching(self.site, self.recorder, self.journal)

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.clock.now_us += round(minutes * 60_000_000)

    def verdict(self, scenario: str, **how: Any) -> tuple[TwinVerdict, int]:
        """One that was written now."""
        return read_verdict(result(scenario, **how)), self.clock.now_us

    def found(self, software: str = DRIVER, version: str = "2.5.0") -> str:
        """A registered patch."""
        number = self.book.find(software, version, "security", by=ENGINEER)[0].subject
        self.wait(10)
        return number

    def tested(self, software: str = DRIVER, version: str = "2.5.0") -> str:
        """One with passing verdicts."""
        number = self.found(software, version)
        self.book.test(number, [self.verdict(scenario) for scenario in NEEDED], by=ENGINEER)
        return number

    def approved(self, software: str = DRIVER, version: str = "2.5.0") -> str:
        """One that the head has approved."""
        number = self.tested(software, version)
        self.book.approve(number, by=HEAD)
        return number

    def backed_up(self, software: str = DRIVER, version: str = "2.4.1", *, verified: bool = True, number: str = "backup-0001") -> str:
        """A backup, as the duty of backups notes it."""
        facts = {"medium": "disk-1", "file": "x.zip", "sha256": "0" * 64, "content": "0" * 64, "files": 3, "bytes": 100}
        self.recorder.note("backup.made", number, actor=ENGINEER, software=software, version=version, verified=verified, **facts)
        return number

    def installed(self) -> str:
        """One that is in use everywhere."""
        self.backed_up()
        number = self.approved()
        self.book.install(number, by=ENGINEER)
        return number
