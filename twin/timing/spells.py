"""When every cause of trouble of one day comes, and how long it lasts each time: the last two columns of its Workload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.people import Numbers
from twin.timing.arrays import FAR
from twin.timing.design import Design
from twin.timing.devices import Plan
from twin.timing.quick_chance import QuickChance
from twin.timing.troubles import breakdowns

if TYPE_CHECKING:
    from twin.timing.struck import Times


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Where among the troubles of a design each cause stands: `own` break down by themselves, the others are those of `plan`."""

    design: Design
    plan: Plan
    own: Sequence[int]
    struck: Sequence[int]  # of the rows, in the order of the plan
    coming: Numbers  # of what comes by itself
    streams: Sequence[str]  # the dice of the rows

    def draw(self, chance: QuickChance) -> tuple[Numbers, Numbers]:
        """Up and down, causes × draws. FAR: no more."""
        chance.begin(self.streams)
        rows, coming = list(self._rows(chance)), self.plan.coming
        most = max((len(up_us) for _, (up_us, _) in rows), default=0)
        shape = (len(self.design.troubles), 1 + max(most, 0 if coming is None else coming.draws))
        up, down = np.full(shape, FAR, np.int64), np.zeros(shape, np.int64)
        for place, (up_us, down_us) in rows:
            up[place, : len(up_us)], down[place, : len(down_us)] = up_us, down_us
        if coming is not None:
            up[self.coming, : coming.draws], down[self.coming, : coming.draws] = coming.times(chance)
        return up, down

    def _rows(self, chance: QuickChance) -> Iterator[tuple[int, Times]]:
        for place in self.own:
            yield place, self._breakdowns(place, chance)
        yield from zip(self.struck, (times for row in self.plan.rows for times in row.times(chance)), strict=True)

    def _breakdowns(self, place: int, chance: QuickChance) -> Times:
        trouble = self.design.troubles[place]
        assert trouble.row is not None
        stream = f"random-fault.{trouble.row}.{trouble.kind}.{trouble.device}"
        return breakdowns(self.design.scenario.random_fault_rows[trouble.row], stream, chance, self.design.end_us)


def spells_of(design: Design, plan: Plan) -> Spells:
    """The causes of the design, which are sorted by position, each at its place."""
    given = [place for place, trouble in enumerate(design.troubles) if trouble.row is None]
    places = dict(zip(plan.order, given, strict=True))
    causes = [places[cause] for cause in range(len(given))]
    struck = len(given) - (len(plan.coming.troubles) if plan.coming is not None else 0)
    streams = [name for row in plan.rows for name in row.streams]
    own = [place for place, trouble in enumerate(design.troubles) if trouble.row is not None]
    return Spells(design, plan, own, causes[:struck], np.array(causes[struck:], np.int64), streams)
