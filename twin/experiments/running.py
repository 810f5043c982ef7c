"""Designs on their way to enough days: batches are handed to a pool and counted in one order, whatever their size and whoever did them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.experiments.batches import MOST_TOLD, Answer, Batch, Work, carry_out, days_a_task
from twin.experiments.precision import Rule
from twin.experiments.tally import Tally
from twin.pools import Pool
from twin.replications import Wanted


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one design is: its days 0 to `days - 1` are counted."""

    tallies: tuple[Tally, ...]
    days: int = 0
    broken: tuple[str, ...] = ()  # the first things that went wrong

    def after(self, answer: Answer) -> Standing:
        """The same with a batch more; itself it stays as it is, so that a batch counts whole or not at all."""
        tallies = tuple(Tally.of(tally.state()) for tally in self.tallies)
        for row in answer.values.tolist():
            for tally, value in zip(tallies, row, strict=True):
                tally.add(value)
        return Standing(tallies, self.days + len(answer.values), (*self.broken, *answer.broken)[:MOST_TOLD])


@dataclass(frozen=True, slots=True)
class Done:
    """A batch that has been counted."""

    point: int  # number of the design, from 0
    first: int
    values: NDArray[np.float64]


class Running:
    """All designs under one rule. Rounds: each design that needs them gets days up to the next look, one design after the other.

    `standings` may come from an earlier run that was broken off between two batches: the rest is then the same as it would have been.
    """

    def __init__(
        self,
        designs: Sequence[Any],
        wanted: Sequence[Wanted],
        rule: Rule,
        *,
        work: Work = carry_out,
        batch: int | None = None,
        standings: list[Standing] | None = None,
    ) -> None:
        self.designs, self.wanted, self.rule = designs, tuple(wanted), rule
        self.standings = standings or [Standing(tuple(Tally() for _ in wanted)) for _ in designs]
        self._work, self._batch = work, batch
        self._place = {each: place for place, each in enumerate(self.wanted)}
        self._round = 0  # the look that is being worked for

    def batches(self, pool: Pool) -> Iterator[Done]:
        """Do everything that is left, a batch at a time; to stop, take no more."""
        before = 0
        for look in self.rule.looks():
            self._round = look
            todo = [point for point in range(len(self.designs)) if self._goes_on(point, before, look)]
            keys = [key for point in todo for key in self._keys(point, look)]
            tasks = (Batch(self.designs[point], first, count, self.wanted) for point, first, count in keys)
            for (point, first, _), answer in zip(keys, pool.ordered(self._work, tasks), strict=True):
                self.standings[point] = self.standings[point].after(answer)
                yield Done(point, first, answer.values)
            before = look

    def precise(self, point: int) -> bool:
        """Whether the days of a design so far are enough for every target."""
        standing = self.standings[point]
        return all(target.reached(standing.tallies[self._place[target.wanted]]) for target in self.rule.targets)

    def finished(self, point: int) -> bool:
        """Whether a design has all its days."""
        days = self.standings[point].days
        return days == self.rule.maximum or (bool(self.rule.targets) and days in self.rule.looks() and self.precise(point))

    @property
    def days(self) -> int:
        """Days counted so far, over all designs."""
        return sum(standing.days for standing in self.standings)

    def expected(self, point: int) -> int:
        """About how many days a design will have had in the end."""
        standing = self.standings[point]
        if not self.rule.targets:
            return self.rule.maximum
        if standing.days < self.rule.minimum:
            return self.rule.minimum
        if standing.days < self._round or not self.precise(point):
            share = min(target.share(standing.tallies[self._place[target.wanted]]) for target in self.rule.targets)
            return int(min(self.rule.maximum, max(standing.days / max(share, 1e-9), self._round)))
        return standing.days

    def _goes_on(self, point: int, before: int, look: int) -> bool:
        days = self.standings[point].days
        return before < days < look or (days == before and not (before and self.precise(point)))

    def _keys(self, point: int, look: int) -> Iterator[tuple[int, int, int]]:
        size = self._batch or days_a_task(self.designs[point])
        for first in range(self.standings[point].days, look, size):
            yield point, first, min(size, look - first)
