"""The morning that all peers simulate, drawn beforehand in whole microseconds, and the same morning as a `Workload`.

Eight windows serve first come, first served, each patient at the lowest window that is ready; then one labelling machine takes the
patients one by one. Each window breaks down after an exponential time of work or rest; it finishes its patient, takes nobody else,
and one engineer repairs in the order of the calls. The numbers are those of `SHOP`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from twin.chance import Chance
from twin.timing.arrays import Numbers, Workload
from twin.timing.plain import plain_day

S_US = 1_000_000


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
    """The morning with that number, drawn by numpy."""
    dice = Chance(seed, number).numpy_stream("peers.shop")
    counts = dice.poisson(shop.patients_a_slot)
    patients = int(counts.sum())
    slots_s = np.repeat(np.arange(len(counts)) * float(shop.slot_s), counts)
    arrived_s = np.sort(slots_s + dice.random(patients) * shop.slot_s)
    table = (shop.windows, shop.draws)

    def lognormal_us(times: LogNormal, size: int | tuple[int, int]) -> Numbers:
        return microseconds(np.exp(dice.standard_normal(size) * times.sigma + times.mu))

    return Morning(
        microseconds(arrived_s),
        lognormal_us(shop.service, patients),
        lognormal_us(shop.label, patients),
        microseconds(dice.standard_exponential(table) * shop.mtbf_s),
        lognormal_us(shop.repair, table),
    )


def microseconds(seconds: np.ndarray) -> Numbers:
    """Whole microseconds, half to even."""
    return np.rint(seconds * S_US).astype(np.int64)


def workload(day: Morning, shop: Shop = SHOP) -> Workload:
    """The same morning by the rules of docs/timing.md: no supplies, a preparation that takes no time, a tray that is never full."""
    plain = plain_day(day.arrived_us, day.service_us, shop.windows, up_us=day.up_us, repair_us=day.repair_us)
    return plain._replace(load_us=shop.doors_s * S_US, resumes=0, tubes=np.ones(len(day.arrived_us), np.int64), belt_us=day.label_us)
