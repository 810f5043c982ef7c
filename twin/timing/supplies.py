"""What windows use up on a day of timing: a slot for each kind of tube, one for labels, one for slips; full at the start, as the wire room is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caixue.ops.slots import LABEL_ROLL, THERMAL_ROLL, Slot, slots_of
from caixue.site import Site
from twin.people import KINDS, Numbers
from twin.timing.arrays import NEVER

PLENTY = 2**30  # what a position never runs out of
MOST_REFILLS = 400  # of one position on one day: a refill takes two minutes


@dataclass(frozen=True, slots=True, eq=False)
class Supplies:
    """The slots of every position: P × S. `kinds` are the places in KINDS of those that have a slot."""

    kinds: Numbers
    level: Numbers
    capacity: Numbers
    low: Numbers
    refill_us: Numbers  # P × R

    def need(self, tubes: Numbers, total: Numbers) -> Numbers:
        """What each visit takes, V × S; `tubes` is KINDS × V, `total` their sums."""
        need = np.ones((len(total), len(self.kinds) + 2), np.int64)
        need[:, : len(self.kinds)] = tubes[self.kinds].T
        need[:, -2] = total
        return need


def supplies_of(site: Site, positions: Sequence[str], refill_us: int) -> Supplies:
    """The slots of a site with devices; `refill_us` with the way there."""
    known = slots_of(site)
    kinds = [place for place, kind in enumerate(KINDS) if site.tubes.lanes_of(kind)]
    items = (*(KINDS[place] for place in kinds), LABEL_ROLL, THERMAL_ROLL)
    rows = [[_slot(site, known, position, item) for item in items] for position in positions]
    capacity, low = (np.array([[slot[which] for slot in row] for row in rows], np.int64) for which in (0, 1))
    refills = np.full((len(positions), MOST_REFILLS), refill_us, np.int64)
    return Supplies(np.array(kinds, np.int64), capacity.copy(), capacity, low, refills)


def _slot(site: Site, known: Sequence[Slot], position: str, item: str) -> tuple[int, int]:
    """Capacity and low mark. The lanes of one kind are used one after the other: the first to be low is told.

    What a device does not tell runs out unseen; paper for slips never stops a window.
    """
    slots = [slot for slot in known if slot.item == item and site.devices[slot.device].window == position]
    if not slots or (item == THERMAL_ROLL and not slots[0].tells):
        return PLENTY, NEVER
    capacity = sum(slot.capacity for slot in slots)
    return capacity, capacity - slots[0].capacity + slots[0].low if slots[0].tells else NEVER
