"""A site with a ledger and the incident registers on it, for the contract's tests, and the command line as a person uses it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from caixue import cli
from caixue.clock import SHANGHAI
from caixue.folding import fold
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.metrics import Basis, figure_value
from caixue.ops.incidents import Incidents
from caixue.ops.remote import RemoteSessions
from caixue.ops.telephone import Telephone
from caixue.site import SpecialPeriod, load_site
from caixue.sla import Deadlines
from tests.caixue.ops.incident_bench import MINUTE_US, WallClock


class LedgerDesk:
    """Registers over a ledger at `place`; the record began at `start`, and the clock moves by hand."""

    def __init__(self, place: str, start: str, *periods: SpecialPeriod, clock: WallClock | None = None) -> None:
        self.site = replace(load_site("eight-window"), special_periods=periods)
        self.start = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
        self.clock = clock or WallClock(self.start)
        people = {person.name: person.role for person in self.site.people}
        self.ledger = open_ledger(place, site=self.site.name, people=people, clock=self.clock, start=self.start)
        self.deadlines = Deadlines.of(self.site)
        self.incidents = Incidents(LedgerRecorder(self.ledger), self.ledger.clock, self.deadlines, followed=self.ledger)
        self.telephone = Telephone(self.incidents, self.ledger)
        self.remote = RemoteSessions(self.incidents, self.ledger)

    def __enter__(self) -> LedgerDesk:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def at(self, minute: float) -> LedgerDesk:
        """Let time pass until so many minutes after the start."""
        self.clock.advance_to(round(minute * MINUTE_US))
        return self

    def figure(self, name: str, where: str = "") -> Any:
        """A figure of the ledger, counted anew from its entries."""
        return figure_value(fold(self.ledger.events()), Basis.of(self.deadlines, self.start), name, where)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.ledger.events()]


class CommandLine:
    """`caixue incident …` in a folder with a ledger of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        mine = EntryPoint("incident", "caixue.commands.incident:register", cli.COMMANDS)
        monkeypatch.setattr(cli.metadata, "entry_points", lambda group: [mine])  # the other groups of commands take time to build
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CAIXUE_SITE", "eight-window")
        monkeypatch.setenv("CAIXUE_PERSON", "engineer-1")
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.delenv("CAIXUE_LEDGER", raising=False)
        self._capsys = capsys
        self.error = ""

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run one command; it must end with that exit code. Gives what it printed."""
        self._capsys.readouterr()
        found = cli.main(["incident", *words])
        out, self.error = self._capsys.readouterr()
        assert found == code, (words, out, self.error)
        return out

    def json(self, *words: str) -> Any:
        """The same with --json, read."""
        return json.loads(self(*words, "--json"))
