"""What can go wrong on a day of timing, a row for each cause of its Workload, and the times of what comes by itself."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.lang import tr
from twin.chance import Chance
from twin.people import draw
from twin.scenario_model import RandomFault
from twin.timing.arrays import FAR, Cause

MOST_TIMES = 100_000  # of one cause on one day


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause: what it is called, and what it does. Its times are drawn, or given, day by day."""

    device: str  # what is out of order: "window-3", "window-3.label-printer"
    kind: str  # of the fault catalogue
    what: Cause
    where: int  # the position, or EVERYWHERE
    urgency: int  # the smaller, the sooner the engineer comes
    call_us: int = 0  # from the stop until the engineer is called
    itself: bool = False  # it ends by itself
    slow_us: int = 0
    hidden_us: int = 0  # how long it is usually there before it is felt
    row: int | None = None  # of [[random_fault]]; None: `twin.timing.devices` knows its times


def breakdowns(row: RandomFault, stream: str, chance: Chance, end_us: int) -> tuple[list[int], list[int]]:
    """When a window goes out of service by itself and how long each repair takes, until `end_us` is certainly past."""
    dice = chance.numpy_stream(stream)
    up_us: list[int] = []
    down_us: list[int] = []
    at_us = 0
    while len(up_us) < MOST_TIMES:
        at_us += (up := _whole(dice.exponential(row.mtbf_us)))
        if at_us > end_us:
            return [*up_us, FAR], [*down_us, 0]
        at_us += (down := _whole(draw(row.repair, dice, 1)[0]))
        up_us.append(up)
        down_us.append(down)
    raise UsageError(tr(f"mtbf 太短：一天坏 {MOST_TIMES} 次以上", f"mtbf is too short: more than {MOST_TIMES} times a day"))


def _whole(duration_us: float) -> int:
    return max(1, round(float(duration_us)))
