"""The course of a run through its days: mornings, clinics, evenings, and nights in which nothing happens.

The world is one: what is broken, worn, used up or open in the evening is so in the morning. Duties are hung on `mornings`
and `evenings`: generators that run in the world from start-up time and after the room is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from caixue.journal import Recorder
from caixue.site import Site
from twin.days import GRACE_US, Day
from twin.hours import Hours
from twin.position import Steps
from twin.room import Room
from twin.world import US, World

SETTLE_US = 120 * US  # after everything is over, so that the monitor has seen every device once more
_LOOK_US = 10 * US

Duty = Callable[[Day], Steps]


class Course:
    """Leads one room through its days. `day` is the one that has begun last; at night the room rests."""

    def __init__(
        self,
        world: World,
        room: Room,
        hours: Hours,
        recorder: Recorder,
        site: Site,
        days: Sequence[Day],
        *,
        people: Callable[[Day], None],
        under_way: Callable[[], int],
        must_be_empty: Callable[[], None],
    ) -> None:
        self.mornings: list[Duty] = []
        self.evenings: list[Duty] = []
        self.endings: list[Callable[[], Steps]] = []  # what comes when the last evening is over
        self.on_shift: Callable[[], None] = lambda: None  # called when the engineers' shift begins, and in the morning
        self.on_watch: Callable[[bool], None] = lambda begins: None  # called when the monitors begin, and when they rest
        self.on_day_over: Callable[[Day], None] = lambda day: None  # called when the night after a day is over
        self.days = days
        self.day = days[0]
        self._world = world
        self._room = room
        self._hours = hours
        self._recorder = recorder
        self._site = site
        self._people = people
        self._under_way = under_way
        self._must_be_empty = must_be_empty
        self._clinic = True  # from the morning until the room is empty in the evening
        self._watching = world.kernel.event()
        self._watched = False

    # what others ask

    @property
    def resting(self) -> bool:
        """Whether nobody watches the devices: from the evening until start-up is done."""
        return not self._watched

    @property
    def watching(self) -> Any:
        """The event at which the monitors begin again."""
        return self._watching

    def staffed(self) -> bool:
        """Whether engineers begin new work: until the room is empty, and in their shift."""
        return self._clinic or self._in_shift(self._world.now_us)

    # the course

    def begin(self) -> None:
        """The first day begins with the run."""
        self._open(self.days[0])
        if not self.mornings:
            self._watch()

    def to_the_last_day(self) -> Steps:
        """Through all days but the last, and into the morning of that; the last one ends where its faults and incidents do."""
        yield from self._start_up()
        for day, following in pairwise(self.days):
            yield from self._until_empty(day, following)
            yield from self.evening()
            yield self._world.kernel.timeout(max(0, following.morning_us - self._world.now_us))
            self.on_day_over(day)
            self._open(following)
            yield from self._start_up()

    def evening(self) -> Steps:
        """The room is empty: windows close, the monitors rest, and then the evening's duties are done. A run of one day just ends."""
        if len(self.days) == 1 and not self.evenings:
            return
        self._must_be_empty()
        self._hours.end(self._room)
        yield self._world.kernel.timeout(SETTLE_US)
        self._watched, self._watching = False, self._world.kernel.event()
        self.on_watch(False)
        yield from self._done(self.evenings)
        self._clinic = False
        if len(self.days) > 1:
            self._recorder.note("day.ended", self._site.name, date=self.day.date.isoformat())

    def end(self) -> Steps:
        """The last evening, and whatever comes after it."""
        yield from self.evening()
        for ending in self.endings:
            yield from ending()

    def _open(self, day: Day) -> None:
        self.day, self._clinic = day, True
        if len(self.days) > 1:
            self._recorder.note("day.started", self._site.name, date=day.date.isoformat())
            for start_us, _ in self._shift(day):
                self._world.kernel.at(max(self._world.now_us, start_us), self._come)
            self._come()
        self._hours.begin(day, self._world, self._room)
        self._people(day)

    def _start_up(self) -> Steps:
        """The morning's duties; the monitors begin when they are done, and at the latest when people come."""
        if not self._watched:
            opens_us = min((span[0] for spans in self._hours.spans(self.day).values() for span in spans), default=self.day.start_us)
            open_us = max(0, opens_us - self._world.now_us)
            yield self._world.process(self._done(self.mornings)) | self._world.kernel.timeout(open_us)
            self._watch()

    def _done(self, duties: Sequence[Duty]) -> Steps:
        for duty in duties:
            yield from duty(self.day)

    def _watch(self) -> None:
        self._watched = True
        self._watching.succeed()
        self.on_watch(True)

    def _until_empty(self, day: Day, following: Day) -> Steps:
        kernel = self._world.kernel
        latest_us = min(day.end_us + GRACE_US, following.morning_us - 2 * SETTLE_US)
        self._room.check_drained()
        yield self._room.drained | kernel.timeout(max(0, latest_us - self._world.now_us))
        while (self._under_way() or self._world.now_us < day.end_us) and self._world.now_us < latest_us:
            yield kernel.timeout(_LOOK_US)

    # the engineers' hours

    def _come(self) -> None:
        self.on_shift()

    def _in_shift(self, now_us: int) -> bool:
        return any(start_us <= now_us < end_us for start_us, end_us in self._shift(self.day))

    def _shift(self, day: Day) -> list[tuple[int, int]]:
        """The engineers' working hours of that day: the shift on workdays, the opening hours on others (R2)."""
        works = self._site.calendar.day_kind(day.date).works
        spans = self._site.shift.workday if works else self._site.opening_on(day.date)
        return [(day.midnight_us + span.start_us, day.midnight_us + span.end_us) for span in spans]
