"""A simulated room with its ledger, in which an engineer does his maintenance round, for the tests of upkeep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.maintenance import Maintenance
from caixue.ops.maintenance_round import Outcome, Round
from caixue.ops.preventive import Planned
from caixue.ops.spares import Spares
from caixue.ops.stock import Stock
from tests.twin.test_start_and_stop import HALF_PAST_SIX, Room

ENGINEER, NURSE = "engineer-1", "nurse-1"
HOUR_S = 3600


class Upkeep(Room):
    """The simulated room, its engineer on his round, and a ledger on the disk that began `days` ago. He is his own hands."""

    def __init__(self, place: Path, days: int, site: str = "eight-window-full") -> None:
        super().__init__(site)
        people = {person.name: person.role for person in self.site.people}
        self.ledger = open_ledger(
            place, site=self.site.name, people=people, clock=self.world.clock, start=HALF_PAST_SIX - timedelta(days=days)
        )
        recorder = LedgerRecorder(self.ledger)
        self.stock = Stock(recorder, self.site.stock, self.ledger)
        self.maintenance = Maintenance(recorder, self.site, self.ledger.start, self.ledger)
        self.spares = Spares(recorder, self.site, self.stock, self.maintenance.wear, self.ledger)
        self.round = Round(self.maintenance, self.spares, self.plant.drivers, self, signs=NURSE)
        self.stock.open_with(by=ENGINEER)
        self.worked: list[Planned] = []

    def work(self, planned: Planned) -> None:
        """What hands do: a new part begins without wear."""
        self.worked.append(planned)
        if planned.row.part:
            self.plant.models[planned.device].renew(planned.row.part)

    def serials(self, planned: Planned, number: str) -> tuple[str, str]:
        return f"N-{number}", f"O-{number}"

    def gauge(self, planned: Planned) -> float:
        return 0.4

    def at_three(self) -> None:
        """Let it be three in the afternoon."""
        self.wait(8.5 * HOUR_S)

    def due(self) -> list[tuple[str, str]]:
        return [(task.planned.device, task.planned.row.name) for task in self.maintenance.due(self.world.clock.now())]

    def work_through(self) -> list[Outcome]:
        """One round: counters read, then all that is due and possible."""

        def course() -> list[Outcome]:
            self.round.read(ENGINEER)
            return self.round.carry_out_all(self.round.tasks(), ENGINEER)

        return self.do(course)

    def rows(self, table: sa.Table) -> list[Any]:
        with self.ledger.engine.connect() as connection:
            return list(connection.execute(sa.select(table)))
