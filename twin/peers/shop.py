"""The morning that all peers simulate, drawn beforehand in whole microseconds, and the same morning as a `Workload`.

Eight windows serve first come, first served, each patient at the lowest window that is ready; then one labelling machine takes the
patients one by one. Each window breaks down after an exponential time of work or rest; it finishes its patient, takes nobody else,
and one engineer repairs in the order of the calls. The numbers are those of `SHOP`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isqrt, log, sqrt
from typing import NamedTuple, cast

import numpy as np
from numpy.random import SeedSequence

from twin.peers.dice import Floats, normal_layers, normals
from twin.timing.arrays import Numbers, Workload
from twin.timing.compiling import compiled, compiles
from twin.timing.plain import plain_columns
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_dice import Layers, Words, begun, exponentials, layers
from twin.timing.wide import tell_numba

S_US = 1_000_000
STREAM = "peers.shop"


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A lognormal time by its mean and standard deviation in seconds."""

    mean_s: float
    sd_s: float

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return sqrt(log(1 + (self.sd_s / self.mean_s) ** 2))

    @property
    def mu(self) -> float:
        """Mean of the logarithm of seconds."""
        return log(self.mean_s) - self.sigma**2 / 2


@dataclass(frozen=True, slots=True)
class Shop:
    """The facts of the morning. Source: the room survey's weekday morning; assumed: docs/assumptions.md A-180."""

    windows: int = 8
    slot_s: int = 1800
    patients_a_slot: tuple[int, ...] = (160, 200, 220, 200, 140, 100, 70, 50, 35, 25)
    service: LogNormal = LogNormal(110, 45)
    label: LogNormal = LogNormal(6, 1.5)
    repair: LogNormal = LogNormal(720, 300)
    mtbf_s: int = 4 * 3600
    draws: int = 16  # breakdowns a window that are drawn

    @property
    def doors_s(self) -> int:
        """When the last patient has come, at the latest."""
        return self.slot_s * len(self.patients_a_slot)


SHOP = Shop()


class Morning(NamedTuple):
    """One drawn morning: N patients in the order of arrival, the breakdowns and repairs of each window in their order."""

    arrived_us: Numbers  # N
    service_us: Numbers  # N
    label_us: Numbers  # N
    up_us: Numbers  # windows × draws
    repair_us: Numbers  # windows × draws


def morning(seed: int, number: int, shop: Shop = SHOP) -> Morning:
    """The morning with that number."""
    if compiles():
        tell_numba()
    chance, laws = QuickChance(seed, number), _laws(shop)
    words = _words(chance)
    expected, breakdowns = sum(shop.patients_a_slot), shop.windows * shop.draws
    room = expected + 8 * isqrt(expected)  # hardly ever do more come
    while True:
        numbers, arrived_us = np.empty(2 * (room + breakdowns)), np.empty(room, np.int64)
        with np.errstate(over="ignore"):  # in plain Python, too, words wrap round
            came = _draw(words, layers(), normal_layers(), *laws, breakdowns, numbers, arrived_us)
        if came < room:
            break
        room *= 2
    first, last = 2 * came + breakdowns, 2 * (came + breakdowns)
    np.exp(numbers[:first], out=numbers[:first])
    us, table = np.rint(numbers[:last], out=numbers[:last]).astype(np.int64), (shop.windows, shop.draws)
    return Morning(arrived_us[:came], us[:came], us[came : 2 * came], us[first:last].reshape(table), us[2 * came : first].reshape(table))


def _words(chance: QuickChance) -> Words:
    """With what the generator of the morning begins; in plain Python from numpy, the same."""
    words = chance.words(STREAM)
    if words is None:
        seeds = cast(SeedSequence, chance.numpy_stream(STREAM).bit_generator.seed_seq)
        words = seeds.generate_state(4, np.uint64).astype(np.uint64)
    return words


@cache
def _laws(shop: Shop) -> tuple[Floats, Floats, float, float]:
    """Patients a slot; mu and sigma of microseconds of service, label and repair; microseconds of a slot and between breakdowns."""
    times = [(each.mu + log(S_US), each.sigma) for each in (shop.service, shop.label, shop.repair)]
    return np.array(shop.patients_a_slot, np.float64), np.array(times), float(shop.slot_s * S_US), float(shop.mtbf_s * S_US)


@compiled
def _draw(
    words: Words,
    ziggurat: Layers,
    normal: Layers,
    patients_a_slot: Floats,
    times: Floats,
    slot_us: float,
    mtbf_us: float,
    breakdowns: int,
    numbers: Floats,
    arrived_us: Numbers,
) -> int:
    """How many come; when, if there is room. Into `numbers` logarithms of service, label and repair, and the times between breakdowns."""
    state, room = np.array(begun(words), np.uint64), len(arrived_us)
    gaps = numbers[:room]
    known = exponentials(state, ziggurat, gaps.reshape((1, room)))
    came, slot, expected = 0, 0, 0.0
    while came < room:
        expected += gaps[came]
        while slot < len(patients_a_slot) and expected >= patients_a_slot[slot]:
            expected -= patients_a_slot[slot]
            slot += 1
        if slot == len(patients_a_slot):
            break
        arrived_us[came] = round((slot + expected / patients_a_slot[slot]) * slot_us)
        came += 1
    first = 2 * came + breakdowns
    normals(state, normal, numbers[:first])
    for law, start, stop in ((0, 0, came), (1, came, 2 * came), (2, 2 * came, first)):
        for row in range(start, stop):
            numbers[row] = numbers[row] * times[law, 1] + times[law, 0]
    known = exponentials(state, ziggurat, numbers[first : first + breakdowns].reshape((1, breakdowns))) and known
    assert known  # one place of 2^53 in a layer is not
    for row in range(first, first + breakdowns):
        numbers[row] *= mtbf_us
    return came


def workload(day: Morning, shop: Shop = SHOP) -> Workload:
    """The same morning by the rules of docs/timing.md: no supplies, a preparation that takes no time, a tray that is never full."""
    plain = plain_columns(day.arrived_us, day.service_us, shop.windows, day.up_us, day.repair_us)
    ones = plain["nurses"]
    return Workload(**{**plain, "load_us": shop.doors_s * S_US, "resumes": 0, "tubes": ones, "belt_us": day.label_us})
