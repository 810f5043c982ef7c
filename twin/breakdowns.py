"""Breakdowns of whole windows that come by themselves: exponential, busy or idle, with as many repairs at a time as engineers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import simpy

from twin.chance import Chance
from twin.people import draw
from twin.position import Position, Rank, Steps
from twin.scenario_model import RandomFault, Scenario
from twin.world import World


def schedule_breakdowns(world: World, chance: Chance, scenario: Scenario, positions: Sequence[Position], over: Callable[[], bool]) -> None:
    """Start one process for each [[random_fault]] row and each window that it names; they end when `over()`."""
    repairers = simpy.Resource(world.kernel, max(1, scenario.staff.engineers))
    for number, row in enumerate(scenario.random_fault_rows):
        for position in positions:
            if not position.fallback and fnmatchcase(position.name, row.device):
                world.process(_breakdowns(world, chance, f"random-fault.{number}.{row.kind}.{position.name}", row, position, repairers, over))


def _breakdowns(
    world: World, chance: Chance, stream: str, row: RandomFault, position: Position, repairers: simpy.Resource, over: Callable[[], bool]
) -> Steps:
    dice = chance.numpy_stream(stream)
    while not over():
        yield world.kernel.ranked(world.now_us + _whole(dice.exponential(row.mtbf_us)), Rank.FAILURE, position.index)
        position.stop(row.kind, call=False)
        with repairers.request() as turn:
            yield turn
            yield world.kernel.ranked(world.now_us + _whole(draw(row.repair, dice, 1)[0]), Rank.REPAIRED, position.index)
        position.resume()


def _whole(duration_us: float) -> int:
    return max(1, round(float(duration_us)))
