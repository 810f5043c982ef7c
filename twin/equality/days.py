"""Random days for the engines: workloads with everything a room has, in any mixture, of no particular hospital.

On a grid every time and duration is a multiple of it, so that many events come at one instant and the rules of order decide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from twin.chance import Chance
from twin.timing.arrays import ANYONE, EVERYWHERE, FAR, LATEST_US, NEVER, Cause, Jam, Numbers, What, Workload

S = 1_000_000
MIN = 60 * S
GRIDS_S = (0, 1, 5, 30)  # 0: any microsecond

Flags = NDArray[np.bool_]


class Pace(NamedTuple):
    """What the parts of one day have in common."""

    positions: int
    visits: int
    arrivals: int
    bare: bool
    span_us: int  # in which people arrive
    service_us: int  # of one visit, on average


def random_day(seed: int, number: int, grid_s: int) -> Workload:
    """Day `number` of `seed`: the same arguments, the same day. On one of three nobody has anything rare."""
    chance = Chance(seed, number)
    day = Dice(chance.numpy_stream(f"equality.{grid_s}"), grid_s).day()
    return with_nothing_rare(day) if number % 3 == 1 else day


def with_nothing_rare(workload: Workload) -> Workload:
    """The same day where nobody has what most days have none of."""
    visits = len(workload.lane)
    never, none, one = np.full(visits, NEVER, np.int64), np.zeros(visits, np.int64), np.ones(visits, np.int64)
    assert NEVER == ANYONE and not Jam.NONE
    return workload._replace(lane=never, nurses=one, patience_us=never, jam=none, missed_us=never, again=never)


class Dice:
    """Draws the parts of one day."""

    def __init__(self, dice: Generator, grid_s: int) -> None:
        self.dice = dice
        self.grid_us = grid_s * S or 1
        self.all_on = dice.random() < 0.5  # else each feature is on or off by itself

    # small draws

    def on(self, share: float = 0.6) -> bool:
        """Whether a feature is on today."""
        return bool(self.all_on or self.dice.random() < share)

    def some(self, count: int, most: float) -> Flags:
        """Which of `count` have something that up to a share of `most` has today; nobody where it is off."""
        share = self.dice.random() * most if self.on() else 0.0
        return self.dice.random(count) < share

    def whole(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return int(self.dice.integers(low, high + 1))

    def numbers(self, low: int, high: int, size: int | tuple[int, ...]) -> Numbers:
        """Numbers from `low` to `high`."""
        return self.dice.integers(low, high + 1, size)

    def us(self, low_us: float, high_us: float, size: int | tuple[int, ...]) -> Numbers:
        """Durations on the grid, about from `low_us` to `high_us`."""
        low, high = round(low_us / self.grid_us), round(high_us / self.grid_us)
        return self.dice.integers(low, max(low, high) + 1, size) * self.grid_us

    def one_us(self, low_us: float, high_us: float) -> int:
        """One such duration."""
        return int(self.us(low_us, high_us, 1)[0])

    # the day

    def day(self) -> Workload:
        """All of it."""
        pace = self.pace()
        end_us = 4 * pace.span_us + 120 * MIN if self.dice.random() < 0.9 else self.one_us(0.1 * pace.span_us, 1.3 * pace.span_us)
        end_us = min(end_us, LATEST_US - 1)
        load_us = min(end_us, self.one_us(0, 1.2 * pace.span_us))
        parts: dict[str, Numbers | int] = {"load_us": load_us, "end_us": self.grid(end_us), "resumes": int(pace.bare)}
        parts |= self.visits(pace) | self.returns(pace) | self.positions(pace) | self.calendar(pace) | self.causes(pace)
        return Workload(**parts)  # type: ignore[arg-type]

    def grid(self, at_us: int) -> int:
        """`at_us` on the grid."""
        return at_us // self.grid_us * self.grid_us

    def pace(self) -> Pace:
        """How large, and how busy."""
        positions = self.whole(1, 12)
        arrivals = self.whole(1, 12) if self.dice.random() < 0.03 else int(50 * 8 ** self.dice.random())
        if self.dice.random() < 0.015:
            arrivals = 1_200
        visits = arrivals + (self.whole(0, arrivals // 2) if self.on() else 0)
        service_us = self.whole(30, 150) * S
        busy = 0.4 + self.dice.random()
        return Pace(positions, visits, arrivals, self.dice.random() < 0.25, int(arrivals * service_us / positions / busy), service_us)

    def arrivals(self, pace: Pace) -> Numbers:
        """When people come: by themselves, and several at once."""
        times = self.us(0, pace.span_us, pace.arrivals)
        together = self.some(pace.arrivals, 0.5)
        times[together] = times[(np.flatnonzero(together) // 5) * 5]  # with others of their five
        came = np.full(pace.visits, NEVER, np.int64)
        came[: pace.arrivals] = np.sort(times)
        return came

    def visits(self, pace: Pace) -> dict[str, Numbers | int]:
        """The columns that have a row a visit."""
        many, service_us = pace.visits, pace.service_us
        both = (2, many)
        prepare_us = self.us(0.05 * service_us, 0.6 * service_us, both)
        jam = np.where(self.some(many, 0.15), self.numbers(Jam.NURSE, Jam.ENGINEER, many), int(Jam.NONE))
        lane = np.where(self.some(many, 0.7), self.numbers(0, pace.positions - 1, many), ANYONE)
        return {
            "approach_us": self.one_us(0, 0.6 * service_us),
            "arrivals": pace.arrivals,
            "arrived_us": self.arrivals(pace),
            "priority": np.where(self.some(many, 0.6), self.numbers(0, 9, many), 0),
            "lane": lane,
            "nurses": np.where(self.some(many, 0.6), self.numbers(2, 4, many), 1),
            "patience_us": self.patience(pace),
            "prepare_us": prepare_us,
            "draw_us": self.us(0.2 * service_us, 1.2 * service_us, both),
            "jam": jam,
            "jam_at_us": np.minimum(self.us(0, 0.6 * service_us, many), prepare_us[0]),
            "jam_nurse_us": self.us(0, 2 * MIN, many),
            "jam_engineer_us": self.us(0, 10 * MIN, many),
            "abandons": self.some(many, 0.1).astype(np.int64),
            "missed_us": np.where(self.some(many, 0.3), self.us(0, MIN, many), NEVER),
            "missed_back_us": self.us(0, 10 * MIN, many),
        }

    def patience(self, pace: Pace) -> Numbers:
        """How long people wait; of those who come back nobody has any."""
        patience_us = np.where(self.some(pace.visits, 0.8), self.us(0, 0.5 * pace.span_us + MIN, pace.visits), NEVER)
        patience_us[pace.arrivals :] = NEVER
        return patience_us

    def returns(self, pace: Pace) -> dict[str, Numbers | int]:
        """Who comes back, as which visit and when; some more than once."""
        again = np.full(pace.visits, NEVER, np.int64)
        free = list(self.dice.permutation(pace.arrivals))
        for visit in range(pace.arrivals, pace.visits):
            chain = visit > pace.arrivals and self.dice.random() < 0.3 and again[visit - 1] == NEVER
            again[visit - 1 if chain else free.pop()] = visit
        again_us = self.us(0, 0.5 * pace.span_us * self.dice.random(), pace.visits)
        return {"again": again, "again_us": np.where(self.some(pace.visits, 0.5), 0, again_us)}

    def positions(self, pace: Pace) -> dict[str, Numbers | int]:
        """Positions, their supplies, their trays, and what the visits take out of and put into them."""
        slots = self.whole(1, 4)
        shape = (pace.positions, slots)
        most = self.whole(1, 5)
        capacity = most + self.numbers(0, 40 if self.on() else 4_000, shape)
        tubes = self.numbers(0, 6, pace.visits)
        refills = 2 if self.dice.random() < 0.02 else 3 * pace.visits + 50
        belt_us = 2.2 * pace.service_us / pace.positions * (self.dice.random() if self.on() else 0.1)
        return {
            "fallback": self.fallback(pace),
            "level": (capacity * self.dice.random(shape)).astype(np.int64),
            "capacity": capacity,
            "low": (capacity * self.dice.random(shape) * 0.6).astype(np.int64),
            "refill_us": self.us(0, 6 * MIN, (pace.positions, refills)),
            "tray": self.whole(1, 25) if self.on() else 100_000,
            "tubes": np.where(self.dice.random(pace.visits) < 0.1, 0, tubes),
            "need": self.numbers(0, most, (pace.visits, slots)),
            "belt_us": self.us(0, belt_us, pace.visits),
            "way_us": self.us(0, 10 * MIN, pace.visits),
        }

    def fallback(self, pace: Pace) -> Numbers:
        """None, one behind the windows, or any."""
        fallback = np.zeros(pace.positions, np.int64)
        if pace.positions > 1 and self.on(0.7):
            fallback[-1] = 1
            if self.dice.random() < 0.2:
                fallback = self.dice.permutation(fallback)
            if self.dice.random() < 0.1:
                fallback[self.whole(0, pace.positions - 1)] = 1
        return fallback

    # the calendar

    def calendar(self, pace: Pace) -> dict[str, Numbers | int]:
        """Opening hours with breaks, and shifts."""
        rows = [*self.opening(pace), *self.shifts(pace, What.NURSES, pace.positions + 3), *self.shifts(pace, What.ENGINEERS, 3)]
        rows.sort(key=lambda row: row[:3])
        table = np.array(rows, np.int64).reshape(-1, 4)
        names = ("calendar_us", "calendar_what", "calendar_who", "calendar_value")
        return {name: np.ascontiguousarray(column) for name, column in zip(names, table.T, strict=True)}

    def opening(self, pace: Pace) -> list[tuple[int, int, int, int]]:
        """From one to three spans a position; most stay open after the last. A position to fall back on may have hours too: they say nothing."""
        rows = []
        for position in range(pace.positions):
            spans = self.whole(1, 3) if self.on() else 1
            times = np.sort(self.us(0, pace.span_us, 2 * spans)).tolist()
            if self.dice.random() < 0.7:
                times[0] = 0
            if self.dice.random() < 0.93:
                times.pop()
            rows += [(at_us, int((What.OPEN, What.CLOSE)[number % 2]), position, 0) for number, at_us in enumerate(times)]
        return rows

    def shifts(self, pace: Pace, what: What, most: int) -> list[tuple[int, int, int, int]]:
        """How many are there: changing, down to one and none, sometimes twice at an instant; at last usually somebody."""
        changes = self.whole(1, 6) if self.on() else 0
        times = [0, *np.sort(self.us(0, 1.2 * pace.span_us, changes)).tolist()]
        counts = self.numbers(0, most, len(times))
        if self.dice.random() < 0.95:
            counts[-1] = max((most + 1) // 2, counts[-1])
        if self.dice.random() < 0.03:
            counts[:] = 0
        rows = [(at_us, int(what), 0, count) for at_us, count in zip(times, counts.tolist(), strict=True)]
        return rows + rows[-1:] if self.dice.random() < 0.1 else rows

    # trouble

    def causes(self, pace: Pace) -> dict[str, Numbers | int]:
        """Of every kind, at positions and everywhere, also several at one."""
        many = self.whole(0, 16) if self.on(0.7) else 0
        draws = self.whole(1, 16)
        at = np.sort(np.where(self.dice.random(many) < 0.15, EVERYWHERE, self.numbers(0, pace.positions - 1, many)))
        kinds = np.array([Cause.STOP, Cause.BELT, Cause.SLOW])
        return {
            "cause_kind": self.dice.choice(kinds, many, p=[0.55, 0.2, 0.25]).astype(np.int64),
            "cause_at": at,
            "cause_slow_us": self.us(0, 2 * MIN, many),
            "cause_urgency": self.numbers(0, 6, many),
            "cause_call_us": np.where(self.dice.random(many) < 0.5, 0, self.us(0, 5 * MIN, many)),
            "cause_itself": (self.dice.random(many) < 0.3).astype(np.int64),
            "up_us": self.up(pace, many, draws),
            "down_us": self.us(0, 0.2 * self.dice.random() * pace.span_us, (many, draws)),
        }

    def up(self, pace: Pace, many: int, draws: int) -> Numbers:
        """How long each cause stays away; most come no more after some time."""
        up_us = self.us(0, (0.03 + 0.7 * self.dice.random() ** 2) * pace.span_us, (many, draws))
        last = np.where(self.dice.random(many) < 0.995, self.numbers(0, draws - 1, many), draws)
        up_us[np.arange(draws) >= last[:, None]] = FAR
        return up_us
