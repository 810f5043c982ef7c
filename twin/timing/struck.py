"""What becomes of each [[fault]] row on a day of timing: which causes of trouble it may be, and when they come this time.

A row that may stop its window, or only call the engineer, or only slow it, is a cause for each; chance says which it is.
The engineer's repairs have the dice of the wire room: the same visit to the same device takes as long there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.chance import Chance, Dice
from twin.people import lognormal_parameters
from twin.timing.arrays import EVERYWHERE, FAR, URGENT, Cause
from twin.timing.calibration import Felt
from twin.timing.troubles import Trouble

Times = tuple[list[int], list[int]]  # of one cause: up, down
NOT_NOW: Times = ([FAR], [0])


@dataclass(frozen=True, slots=True)
class Repair:
    """How an engineer comes and repairs: `walk_us` there, the repair drawn, `restart_us` until it works again."""

    device: str  # by which the wire room names its dice
    visit: int  # how often somebody has repaired there, this time included
    mean_s: float
    sd_s: float
    walk_us: int
    restart_us: int

    def stream(self, visit: int = 0) -> str:
        """The name of its dice."""
        return f"repair.{self.device}.{self.visit + visit}"

    def draw_us(self, chance: Chance, visit: int = 0, unknown: tuple[float, float] | None = None) -> int:
        """The repair alone; `unknown` are mean and sd where nothing is wrong any more."""
        mean, sd = unknown or (self.mean_s, self.sd_s)
        dice = chance.stream(self.stream(visit))
        return round(1_000_000 * dice.lognormvariate(*lognormal_parameters(mean, sd)))

    def spell_us(self, chance: Chance, left_us: int | None) -> int:
        """From the engineer's start until it works; while a fault that ends by itself `left_us` from now still lasts, the engineer comes again."""
        spent_us = self.walk_us + self.draw_us(chance) + self.restart_us
        if left_us is None or spent_us >= left_us:
            return spent_us
        from twin.engineer import COME_BACK_US, UNKNOWN_REPAIR_S

        for visit in range(1, 1000):
            on_site_us = spent_us + COME_BACK_US + self.walk_us
            spent_us = on_site_us + self.draw_us(chance, visit, UNKNOWN_REPAIR_S if on_site_us >= left_us else None) + self.restart_us
            if spent_us >= left_us:
                return spent_us
        return left_us


@dataclass(frozen=True, slots=True)
class Struck:
    """One row at a window, as it may be felt. `guided_us`: while the engineers are away a nurse repairs, and it takes so many times as long after the call."""

    number: int
    at_us: int
    for_us: int | None
    felt: Felt
    repair: Repair
    end_us: int  # of the run
    guided: tuple[int, int] | None = None  # until the telephone is answered, and by how much a nurse takes longer

    @property
    def streams(self) -> tuple[str, ...]:
        """The dice that its times may take."""
        return f"felt.{self.number}", self.repair.stream()

    def troubles(self, device: str, where: int) -> list[Trouble]:
        """Its causes: the stop, the call, the slowness; as far as they can be."""
        kind, felt, found = self.felt.kind, self.felt, []
        hidden_us, noticed_us = usual(felt.hidden_us), usual(felt.noticed_us)
        if felt.stops:
            itself = felt.cleared_us is not None or self.guided is not None
            found.append(
                Trouble(device, kind, Cause.STOP, where, URGENT, 0 if itself else max(0, felt.call_us), itself, hidden_us=hidden_us)
            )
        if felt.stops < 1 and felt.calls:
            found.append(Trouble(device, kind, Cause.SLOW, where, URGENT, 0, self.guided is not None, hidden_us=noticed_us))
        if felt.stops < 1 and felt.slower_us:
            found.append(Trouble(device, kind, Cause.SLOW, where, URGENT, 0, itself=True, slow_us=felt.slower_us))
        return found

    def times(self, chance: Chance) -> list[Times]:
        """When they come this time, in the order of `troubles`."""
        felt, dice = self.felt, chance.stream(f"felt.{self.number}")
        chosen, called = dice.random(), dice.random()
        hidden_us, noticed_us = _between(felt.hidden_us, dice), _between(felt.noticed_us, dice)
        over = self.for_us is not None and hidden_us >= self.for_us
        stops = chosen < self._share() and not over
        rows = [self._stop(chance, hidden_us) if stops else NOT_NOW] if felt.stops else []
        if felt.stops < 1 and felt.calls:
            calls = not stops and called < felt.calls
            rows.append(([self.at_us + noticed_us, FAR], [self._spell_us(chance, noticed_us), 0]) if calls else NOT_NOW)
        if felt.stops < 1 and felt.slower_us:
            rows.append(([self.at_us, FAR], [self._slow_us(chance, noticed_us), 0]) if not stops else NOT_NOW)
        return rows

    def _share(self) -> float:
        """A link that suffers longer stops its window more probably; what was measured lasted so long."""
        if not self.felt.link or self.for_us is None or self.felt.stops in (0.0, 1.0):
            return self.felt.stops
        return 1.0 - float((1.0 - self.felt.stops) ** (self.for_us / MEASURED_US))

    def _stop(self, chance: Chance, hidden_us: int) -> Times:
        if self.felt.cleared_us is not None:
            return [self.at_us + hidden_us, FAR], [max(1, self.felt.cleared_us), 0]
        known_us = min(0, self.felt.call_us)  # the monitor had called before the window stopped
        down_us = max(self.repair.restart_us, self._spell_us(chance, hidden_us + self.felt.call_us) + known_us)
        return [self.at_us + hidden_us, FAR], [max(1, down_us), 0]

    def _spell_us(self, chance: Chance, from_us: int) -> int:
        if self.guided is not None:
            answers_us, factor = self.guided
            return max(0, self.felt.call_us) + answers_us + factor * self.repair.draw_us(chance) + self.repair.restart_us
        return self.repair.spell_us(chance, None if self.for_us is None else self.for_us - from_us)

    def _slow_us(self, chance: Chance, noticed_us: int) -> int:
        """Until it ends by itself, or is repaired, or the day is over."""
        if self.for_us is not None:
            return self.for_us
        return noticed_us + self.repair.walk_us + self.repair.draw_us(chance) if self.felt.calls else max(1, self.end_us - self.at_us)


MEASURED_US = 600_000_000  # how long links suffered when they were measured (twin.calibrating.mornings)


def usual(quantiles: Sequence[int] | None) -> int:
    """The median of a time; 0 where none was measured."""
    return 0 if quantiles is None else quantiles[len(quantiles) // 2]


def _between(quantiles: Sequence[int] | None, dice: Dice) -> int:
    """A time between measured quantiles, which are evenly spaced; the dice are always thrown."""
    thrown = dice.random()
    if quantiles is None:
        return 0
    whole, part = divmod(thrown * (len(quantiles) - 1), 1)
    below, above = quantiles[int(whole)], quantiles[int(whole) + 1]
    return max(0, round(below + part * (above - below)))


@dataclass(frozen=True, slots=True)
class Whole:
    """A row that is felt by the whole room, with causes whose times are known, or an engineer's repair that is drawn."""

    causes: tuple[Trouble, ...]
    given: tuple[Times, ...] = ()  # of each cause; none: a repair
    at_us: int = 0
    repair: Repair | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """The dice that its times may take."""
        return () if self.repair is None else (self.repair.stream(),)

    def times(self, chance: Chance) -> list[Times]:
        """When its causes come this time."""
        if self.repair is None:
            return list(self.given)
        return [([self.at_us, FAR], [self.repair.spell_us(chance, None), 0])]


def belt_spells(at_us: int, for_us: int, full_us: int, taken_us: int) -> Times:
    """A belt that stands by itself: every `full_us` a porter has come and taken what waits, which is as if it ran for `taken_us`."""
    up_us, down_us, left_us = [at_us], [], for_us
    while left_us > full_us + taken_us:
        down_us.append(full_us)
        up_us.append(taken_us)
        left_us -= full_us + taken_us
    return [*up_us, FAR], [*down_us, max(1, left_us), 0]


def mains_spells(device: str, positions: int, at_us: int, dark_us: int, each_us: int) -> Whole:
    """Every position stands, and the belt; after `dark_us` they come back one by one."""
    causes, given = [Trouble(device, "power-off", Cause.BELT, EVERYWHERE, URGENT, itself=True)], [([at_us, FAR], [dark_us, 0])]
    for place in range(positions):
        causes.append(Trouble(device, "power-off", Cause.STOP, place, URGENT, itself=True))
        given.append(([at_us, FAR], [dark_us + (place + 1) * each_us, 0]))
    return Whole(tuple(causes), tuple(given))


@dataclass(slots=True)
class Visited:
    """How often engineers have been called to each device by the rows so far."""

    counts: dict[str, int] = field(default_factory=dict)

    def next(self, device: str) -> int:
        """The number of the next visit there."""
        self.counts[device] = number = self.counts.get(device, 0) + 1
        return number
