"""The states of one spare part, the rules about old ones, and which parts a site keeps and needs (contract C4, R5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.ops.spare_demand import RATES
from caixue.ops.wear import LIVES
from caixue.site import Site

ISSUED, FITTED, RETURNED, SIGNED, UNUSED = "issued", "fitted", "returned", "signed", "unused"
MAKER, SCRAPPED, KEPT = "maker", "scrapped", "kept"  # where an old part goes; kept: it stays in the hospital
DESTINATIONS = (MAKER, SCRAPPED, KEPT)

# Parts that hold data: the old one stays in the hospital, whatever its condition (R4: no copying of data; the hospital destroys it).
STORAGE_MEDIA: Mapping[str, str] = {
    "host-pc-ssd": "固态硬盘",
    "hard-disk": "硬盘",
    "server-disk": "服务器硬盘",
    "memory-card": "存储卡",
    "host-pc": "主机电脑",
}

NEXT: Mapping[str, tuple[str, ...]] = {ISSUED: (FITTED, UNUSED), FITTED: (RETURNED,), RETURNED: (SIGNED,)}
STATE_OF: Mapping[str, str] = {f"spare.{state}": state for state in (FITTED, RETURNED, SIGNED, UNUSED)}


@dataclass(frozen=True, slots=True)
class Spare:
    """One piece and how far it has come."""

    number: str
    item: str
    lot: str
    incident: str  # empty: taken for maintenance
    device: str
    issued_us: int
    state: str = ISSUED
    serial: str = ""
    old_serial: str = ""
    condition: str = ""
    to: str = ""
    person: str = ""  # who signed

    @property
    def open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.state in NEXT

    def age_us(self, now_us: int) -> int:
        """For how long it has been out of the store."""
        return now_us - self.issued_us


@dataclass(frozen=True, slots=True)
class ToOrder:
    """A part of which too few lie there or are on their way: how many to order, and what they cost in fen."""

    item: str
    quantity: int
    cost_fen: int


def parts_of(site: Site) -> list[str]:
    """The items of the site's stock that are parts: all but tubes and rolls, which are consumed."""
    consumed = {kind for _, kind in site.tubes.lanes} | set(site.tubes.mix)
    return [item.item for item in site.stock if item.item not in consumed and item.unit not in ("roll", "tube")]


def needed_by(site: Site) -> set[str]:
    """The parts that the devices of `site` wear out or break, whether or not the site keeps any."""
    kinds = {device.kind for device in site.devices.values()}
    return {rate.part for rate in RATES if rate.kind in kinds} | {life.part for life in LIVES if life.kind in kinds}
