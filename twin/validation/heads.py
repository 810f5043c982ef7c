"""Heads counted in the reference engine while a day goes on, instant by instant: what is really in the queue, at windows, on the belt."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from twin.engines.reference import Day
from twin.timing.arrays import Workload


@dataclass(slots=True)
class Count:
    """The area under a number of heads in head-microseconds, and the largest number that lasted for any time."""

    heads: Callable[[], int]
    area_us: int = 0
    most: int = 0

    def last(self, for_us: int) -> None:
        """So long it was as it is."""
        if for_us:
            heads = self.heads()
            self.area_us += heads * for_us
            self.most = max(self.most, heads)


class CountedDay(Day):
    """A day of the reference engine at which somebody stands and counts before each event; nothing of it changes.

    `plain` are the visits that are counted in queue and windows by themselves, `begun` the jobs (requested, number) that are to be begun.
    """

    def __init__(self, workload: Workload, plain: Collection[int], begun: Collection[tuple[int, int]]) -> None:
        super().__init__(workload)
        room, belt, engineers, causes = self.room, self.belt, self.engineers, self.causes
        self.counts = {
            "room": Count(lambda: len(room.queue) + sum(position.patient is not None for position in room.positions)),
            "queue": Count(lambda: sum(visit.number in plain for _, visit in room.queue)),
            "windows": Count(lambda: sum(position.patient is not None and position.patient.number in plain for position in room.positions)),
            "belt": Count(lambda: len(belt.waiting)),
            "engineer.called": Count(lambda: sum((job.requested_us, job.number) in begun for job in engineers.waiting)),
            "engineer.repairs": Count(lambda: engineers.busy),
            "window.down": Count(lambda: len(causes.lasting)),
        }

    def happen(self) -> None:
        """Count how it stood until now, then let the next event happen."""
        self._until(self.timeline.next_us())
        super().happen()

    def counted(self) -> dict[str, Count]:
        """Let the whole day happen: what was counted by its end."""
        end_us, _ = self.to_the_end()
        self._until(end_us)
        return self.counts

    def _until(self, at_us: int) -> None:
        for count in self.counts.values():
            count.last(at_us - self.timeline.now_us)
