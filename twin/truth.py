"""What really happened, noted by the hands and things of the twin: the other side of every figure that the ledger gives.

Nothing here is read from the journal, and no code in caixue sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from caixue.site_model import StockItem
from twin.desk_truth import DeskTruth
from twin.faults.injector import FaultRecord

NEVER = -1
OPENING = "opening"  # what lies there when the run begins


@dataclass(slots=True)
class Carton:
    """Pieces of one lot that lie in the store."""

    lot: str
    expires: date | None
    count: int


@dataclass(slots=True)
class Visit:
    """An engineer before a device: when he stood there, and when it worked again (NEVER: not by this visit)."""

    engineer: str
    incident: str
    device: str
    arrived_us: int
    works_us: int = NEVER
    cause: str = ""  # what he found there


@dataclass(slots=True)
class Down:
    """A window that nobody could be served at; `until_us` is NEVER while it lasts."""

    window: str
    from_us: int
    until_us: int = NEVER


@dataclass(slots=True)
class Call:
    """Somebody calls the engineer: which incident the call became, and when."""

    incident: str
    at_us: int


@dataclass(slots=True)
class Episode:
    """Something was physically wrong with a device, from when it first showed until it was put right (NEVER: it still is)."""

    device: str
    kind: str
    began_us: int
    ended_us: int
    needs_engineer: bool


@dataclass
class Truth:
    """One run as it really was. Times in microseconds since the start."""

    cartons: dict[str, list[Carton]] = field(default_factory=dict)  # item → what lies in the store
    switched_on: int = 0  # how often the engineer switched the mains of the room on, and off
    switched_off: int = 0
    taken: Counter[str] = field(default_factory=Counter)  # item → pieces that were carried out of the store
    loaded: Counter[tuple[str, str]] = field(default_factory=Counter)  # (device, item) → pieces that were put in
    fitted: Counter[str] = field(default_factory=Counter)  # item → parts that were built in
    visits: list[Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    downs: list[Down] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)  # item → pieces that came into the store
    desk: DeskTruth = field(default_factory=DeskTruth)
    levels: dict[tuple[str, str], int] = field(default_factory=dict)  # (device, slot) → tubes in it at the end

    @classmethod
    def of(cls, stock: Iterable[StockItem]) -> Truth:
        """The beginning: the store as the site has it."""
        there = {item.item: item.on_hand for item in stock}
        return cls({item: [Carton(OPENING, None, count)] for item, count in there.items()})

    def shelf(self, item: str) -> int:
        """How many pieces of `item` lie in the store."""
        return sum(carton.count for carton in self.cartons.get(item, ()))

    def visit(self, engineer: str, incident: str, device: str, now_us: int) -> Visit:
        """An engineer stands before a device."""
        self.visits.append(Visit(engineer, incident, device, now_us))
        return self.visits[-1]

    def saw(self, records: Iterable[FaultRecord]) -> None:
        """What was really wrong in the run, from the faults that showed."""
        for record in records:
            if record.fired_us is not None:
                lasts = record.line.device is not None and record.line.until_repaired
                needs = lasts and not (record.absorbed or record.row.nurse_clears)
                ended_us = NEVER if record.ended_us is None else record.ended_us
                self.episodes.append(Episode(record.target, record.row.kind, record.fired_us, ended_us, needs))

    def carry_out(self, item: str, quantity: int) -> None:
        """Pieces leave the store: from the carton that expires first, as its print says."""
        self.taken[item] += quantity
        for carton in sorted(self.cartons[item], key=lambda carton: carton.expires or date.max):
            out = min(quantity, carton.count)
            carton.count -= out
            quantity -= out
        assert not quantity, f"{quantity} {item} were carried out of an empty store"

    def bring_in(self, item: str, lot: str, quantity: int, expires: date | None) -> None:
        """A carton comes into the store."""
        self.received[item] += quantity
        self.cartons.setdefault(item, []).append(Carton(lot, expires, quantity))

    def window_down(self, window: str, at_us: int) -> None:
        """From now on nobody can be served there."""
        self.downs.append(Down(window, at_us))

    def window_up(self, window: str, at_us: int) -> None:
        """It can be used again."""
        for down in reversed(self.downs):
            if down.window == window:
                if down.until_us == NEVER:
                    down.until_us = at_us
                return
