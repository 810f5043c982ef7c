"""CPU times of several programs in turn: each round gives every one a few days, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median


@dataclass(frozen=True, slots=True)
class Peer:
    """One program: `run(first, days)` simulates those mornings and gives the mean wait in seconds, and CPU seconds if it knows them better."""

    name: str
    run: Callable[[int, int], tuple[float, float | None]]
    days: int  # a round
    same: bool = False  # from the drawn mornings of `shop`, by the very same rules
    sampling: bool = True  # draws are within the time


@dataclass(slots=True)
class Times:
    """What was measured of one program."""

    peer: Peer
    day_s: list[float] = field(default_factory=list)  # one a round
    wait_s: list[float] = field(default_factory=list)

    @property
    def median_s(self) -> float:
        """CPU seconds a day, median over the rounds."""
        return median(self.day_s)

    @property
    def mean_wait_s(self) -> float:
        """Over all days of all rounds."""
        return fmean(self.wait_s)


def in_turn(peers: Sequence[Peer], rounds: int) -> list[Times]:
    """`rounds` rounds, after one of a single day each that does not count."""
    times = [Times(peer) for peer in peers]
    for peer in peers:
        peer.run(0, 1)
    gc.collect()
    gc.freeze()  # what loading and compiling have left is not looked through again for anybody
    for number in range(rounds):
        for each in times:
            before = time.process_time()
            wait_s, cpu_s = each.peer.run(number * each.peer.days, each.peer.days)
            spent = time.process_time() - before
            each.day_s.append(cpu_s if cpu_s is not None else spent / each.peer.days)
            each.wait_s.append(wait_s)
    gc.unfreeze()
    return times


def ratio(slow: Times, fast: Times) -> float:
    """How many times longer a day takes: the median of the ratios within the rounds."""
    return median(one / other for one, other in zip(slow.day_s, fast.day_s, strict=True))


def cpu_now_s() -> float:
    """CPU seconds of this process so far."""
    return time.process_time()


def wall_s(work: Callable[[], object]) -> float:
    """Wall seconds while `work` runs."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before
