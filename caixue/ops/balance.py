"""Whether every piece of every lot is accounted for (contract R5.6): received = in the store + loaded + used + scrapped. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from caixue.lang import tr
from caixue.ops.loaded import Flow, Loaded
from caixue.ops.stock import Lot


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the pieces of one lot are, in the unit of the slots that take them: tubes, labels, slips."""

    item: str
    lot: str
    came: int  # received, and found by counting, less what counting missed
    in_store: int
    loaded: int  # in devices now
    used: int
    scrapped: int  # in the store, from devices, and what was left on rolls
    elsewhere: int  # issued for something else, and not come back
    put_in: int  # what went into devices by their record
    issued: int  # what the store gave for them

    @property
    def wrong(self) -> str:
        """What does not add up, or nothing."""
        name = f"{self.item} {self.lot}"
        if min(self.in_store, self.loaded, self.used, self.scrapped, self.elsewhere) < 0:
            return tr(f"{name}：有负数", f"{name}: something is negative")
        if self.put_in != self.issued:
            return tr(f"{name}：领出 {self.issued}，装入 {self.put_in}", f"{name}: {self.issued} issued, {self.put_in} put in")
        there = self.in_store + self.loaded + self.used + self.scrapped + self.elsewhere
        return "" if there == self.came else tr(f"{name}：来了 {self.came}，找到 {there}", f"{name}: {self.came} came, {there} found")


def balances(lots: Iterable[Lot], loaded: Loaded) -> list[Balance]:
    """One row a lot of every item that is loaded into devices, also of lots that only the devices know."""
    piece = {load.slot.item: load.slot.piece for load in loaded.loads.values()}
    store = {(lot.item, lot.lot): lot for lot in lots if lot.item in piece}
    keys = dict.fromkeys([*store, *loaded.flows])
    return [_balance(store.get(key) or Lot(*key), loaded.flows.get(key, Flow()), loaded.in_slots(*key), piece[key[0]]) for key in keys]


def _balance(lot: Lot, flow: Flow, in_slots: int, piece: int) -> Balance:
    return Balance(
        lot.item,
        lot.lot,
        came=(lot.received + lot.corrected) * piece + flow.found,
        in_store=lot.on_hand * piece,
        loaded=in_slots,
        used=flow.used,
        scrapped=lot.scrapped * piece + flow.removed,
        elsewhere=(lot.issued - lot.returned - flow.issued) * piece,
        put_in=flow.loaded,
        issued=flow.issued * piece,
    )


def unbalanced(lots: Iterable[Lot], loaded: Loaded) -> list[str]:
    """What is wrong with the accounts of the lots; nothing when every piece is accounted for."""
    return [row.wrong for row in balances(lots, loaded) if row.wrong]
