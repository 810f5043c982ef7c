"""What is compared: each row a model, its exact value with its source, and how a replication of it is drawn and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from twin.timing.arrays import NEVER, Course, Workload
from twin.validation import theory
from twin.validation.rooms import S_US, Dice, Seconds, breakdowns, poisson, queue

MORNING = (160, 200, 220, 200, 140, 100, 70, 50, 35, 25)  # patients a half hour, of the room survey's weekday morning
SLOT_S, SERVICE_S, WINDOWS = 1800, 110, 8
MTBF_S, REPAIR_S = 4 * 3600, 12 * 60
REPAIR_DAYS_S = 12 * 86400  # of machines and repairmen alone; a Workload holds little more


class Size(NamedTuple):
    """How much work a row is: patients a replication, those at its beginning that do not count, and replications."""

    visits: int
    cut: int
    replications: int

    def fewer(self, by: int) -> Size:
        """So many times fewer replications, each as long."""
        return self._replace(replications=self.replications // by)


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `draw` gives a replication of so many patients, `measure` its value where so many at the beginning do not count."""

    group: str
    name: str
    exact: float
    unit: str
    source: str
    size: Size
    draw: Callable[[Dice, int], Workload]
    measure: Callable[[Workload, Course, int], float]
    quick: bool = False  # also done in the tests


USUAL, HEAVY, FEW = Size(60_000, 12_000, 100), Size(160_000, 40_000, 100), Size(100_000, 15_000, 100)
LOADS = {1: (0.5, 0.8, 0.9, 0.95), 2: (0.5, 0.7, 0.8, 0.9, 0.95), 3: (0.5, 0.7, 0.8, 0.9), 5: (0.5, 0.7, 0.8, 0.9, 0.95)}
LOADS[8] = LOADS[5]

ServiceLaw = Callable[[Dice, int], Seconds]


def exponential(dice: Dice, visits: int) -> Seconds:
    """Unit mean."""
    return dice.standard_exponential(visits)


def deterministic(dice: Dice, visits: int) -> Seconds:
    """Always one."""
    return np.ones(visits)


def erlang_2(dice: Dice, visits: int) -> Seconds:
    """Two exponential halves, unit mean."""
    return dice.standard_gamma(2.0, visits) / 2


def lognormal(cv: float) -> ServiceLaw:
    """Unit mean and that coefficient of variation."""
    sigma = sqrt(log(1 + cv**2))
    return lambda dice, visits: np.exp(dice.standard_normal(visits) * sigma - sigma**2 / 2)


LAWS: dict[str, tuple[ServiceLaw, Callable[[int, float], float], str]] = {
    "M/M": (exponential, theory.mmc_waiting, "Erlang C (1917)"),
    "M/D": (deterministic, theory.mdc_waiting, "Crommelin (1932)"),
    "M/E2": (erlang_2, theory.me2c_waiting, "Neuts (1981)"),
}


def all_rows() -> Iterator[Row]:
    """Every row, in the order of the page."""
    yield from tables()
    yield from single()
    yield from long_waits()
    yield from peak()
    yield from broken()
    yield from repairmen()


def mean_wait_s(workload: Workload, course: Course, cut: int) -> float:
    """Seconds from arrival to the last call."""
    return float(np.mean((course.called_us - course.arrived_us)[cut:])) / S_US


def drawn(windows: int, rate: float, law: ServiceLaw, mean: float = 1.0) -> Callable[[Dice, int], Workload]:
    """A queue without breakdowns; times in seconds."""
    return lambda dice, visits: queue(poisson(dice, rate, visits), law(dice, visits) * mean, windows)


def tables() -> Iterator[Row]:
    """Mean number waiting, mean service 1 s: what Hillier and Yu tabulate (Queueing Tables and Graphs, 1981)."""
    for windows, loads in LOADS.items():
        for rho in loads:
            for name, (law, exact, source) in LAWS.items():
                rate = windows * rho
                yield Row(
                    "Lq: M/M/c, M/D/c, M/E2/c",
                    f"{name}/{windows}, rho = {rho}",
                    exact(windows, rho),
                    "",
                    source,
                    HEAVY if rho > 0.9 else USUAL,
                    drawn(windows, rate, law),
                    lambda workload, course, cut, rate=rate: rate * mean_wait_s(workload, course, cut),  # type: ignore[misc]
                    quick=windows in (1, 8) and rho == 0.8,
                )


def single() -> Iterator[Row]:
    """Mean wait at one window."""
    cases: list[tuple[str, int, float, float, ServiceLaw]] = [
        ("exp", 400, 6, 6, exponential),
        ("det", 400, 6, 0, deterministic),
        ("logn, sd 1.5 s", 400, 6, 1.5, lognormal(0.25)),
        ("logn, sd 45 s", 25, 110, 45, lognormal(45 / 110)),
        ("logn, cv 0.5", 16, 180, 90, lognormal(0.5)),
        ("tri(1, 2, 6) min", 16, 180, 60 * sqrt(7 / 6), lambda dice, visits: dice.triangular(1, 2, 6, visits) / 3),
        ("U(1, 5) min", 16, 180, 60 * sqrt(4 / 3), lambda dice, visits: dice.uniform(1, 5, visits) / 3),
    ]
    for name, per_h, mean_s, sd_s, law in cases:
        yield Row(
            "Wq: M/G/1",
            f"{name}: {per_h}/h, {mean_s} s",
            theory.mg1_wait(per_h / 3600, mean_s, sd_s),
            "s",
            "Pollaczek, Khinchine (1930, 1932)",
            Size(min(USUAL.visits, 270 * per_h), min(USUAL.cut, 50 * per_h), 400 if per_h < 100 else 100),
            drawn(1, per_h / 3600, law, mean_s),
            mean_wait_s,
            quick=per_h == 400,
        )


def long_waits() -> Iterator[Row]:
    """P(Wq > t) at eight windows: 144 patients an hour, 3 min each."""
    rate, mean_s = 144 / 3600, 180.0
    for minutes in (0, 5, 10):
        yield Row(
            "P(Wq > t): M/M/8",
            f"t = {minutes} min, 144/h, 3 min",
            theory.mmc_longer(8, rate * mean_s / 8, minutes * 60 / mean_s),
            "",
            "Erlang C (1917)",
            Size(40_000, 4_000, 150),
            drawn(8, rate, exponential, mean_s),
            lambda workload, course, cut, us=minutes * 60 * S_US: float(np.mean((course.called_us - course.arrived_us)[cut:] > us)),  # type: ignore[misc]
        )


def peak() -> Iterator[Row]:
    """The mean number of patients in the room at the end of each half hour; each end from replications of its own."""
    exact = theory.mtmc_present(WINDOWS, [count / SLOT_S for count in MORNING], SLOT_S, 1 / SERVICE_S, 900)
    for slot, present in enumerate(exact, 1):
        end_us = slot * SLOT_S * S_US
        yield Row(
            "E[N(t)]: M(t)/M/8",
            f"{7 + slot // 2:02}:{30 * (slot % 2):02}",
            present,
            "",
            "Kolmogorov (1931)",
            Size(0, 0, 3000),
            morning,
            lambda workload, course, cut, at=end_us: float(np.sum(course.arrived_us <= at) - np.sum(course.ended_us <= at)),  # type: ignore[misc]
            quick=slot == 2,
        )


def morning(dice: Dice, visits: int) -> Workload:
    """The whole weekday morning with exponential services; `visits` does not matter."""
    counts = dice.poisson(MORNING)
    slots_s = np.repeat(np.arange(len(counts)) * float(SLOT_S), counts)
    arrived_s = np.sort(slots_s + dice.random(len(slots_s)) * SLOT_S)
    return queue(arrived_s, dice.standard_exponential(len(arrived_s)) * SERVICE_S, WINDOWS)


def broken() -> Iterator[Row]:
    """Mean number in the room where windows fail, busy or idle, and services go on where they stopped."""
    yield Row(
        "L: breakdowns",
        "M/M/1: 0.5, 1, failing 0.1, repair 0.5 a second",
        theory.mm1_breakdowns(0.5, 1, 0.1, 0.5),
        "",
        "White, Christie (1958)",
        FEW,
        failing(1, 0.5, 1.0, 10.0, 2.0),
        lambda workload, course, cut: 0.5 * mean_stay_s(course, cut),
        quick=True,
    )
    for per_h in (160, 200, 220):
        rate = per_h / 3600 * FASTER
        yield Row(
            "L: breakdowns",
            f"M/M/8: {per_h}/h, 110 s, failing 1/4 h, one repairman 12 min",
            theory.mmc_breakdowns(WINDOWS, per_h / 3600, 1 / SERVICE_S, 1 / MTBF_S, 1 / REPAIR_S, 2500),
            "",
            "CTMC, Neuts (1981)",
            Size(220_000, 30_000, 100) if per_h > 160 else FEW,
            failing(WINDOWS, rate, SERVICE_S / FASTER, MTBF_S / FASTER, REPAIR_S / FASTER),
            lambda workload, course, cut, rate=rate: rate * mean_stay_s(course, cut),  # type: ignore[misc]
        )


FASTER = 20  # so many times faster runs the clock of the long ones, for a day of a Workload has an end


def mean_stay_s(course: Course, cut: int) -> float:
    """Seconds from arrival to the end of service; nobody follows the last ones, so they do not count either."""
    return float(np.mean((course.ended_us - course.arrived_us)[cut : -cut // 10])) / S_US


def failing(windows: int, rate: float, service_s: float, up_s: float, repair_s: float) -> Callable[[Dice, int], Workload]:
    """A queue with breakdowns and one engineer."""

    def draw(dice: Dice, visits: int) -> Workload:
        arrived_s, services = poisson(dice, rate, visits), dice.standard_exponential(visits) * service_s
        works, repairs = breakdowns(dice, windows, up_s, repair_s, arrived_s[-1] * 1.2 + 1000 * service_s)
        return queue(arrived_s, services, windows, up_s=works, repair_s=repairs)

    return draw


def repairmen() -> Iterator[Row]:
    """Mean number of machines that are down, without any patients: failing every 4 h, repaired in 12 min or longer."""
    for machines, engineers, repair_s in ((8, 1, 720.0), (8, 2, 3600.0), (20, 1, 720.0), (20, 3, 3600.0)):
        def draw(dice: Dice, visits: int, machines: int = machines, engineers: int = engineers, repair_s: float = repair_s) -> Workload:
            works, repairs = breakdowns(dice, machines, MTBF_S, repair_s, REPAIR_DAYS_S)
            nobody = np.zeros(0)
            return queue(nobody, nobody, machines, up_s=works, repair_s=repairs, engineers=engineers, until_s=REPAIR_DAYS_S)

        yield Row(
            "Machine repairman",
            f"{machines} machines, repairmen: {engineers}, 4 h, {repair_s / 60:.0f} min",
            theory.machines_down(machines, engineers, repair_s / MTBF_S),
            "",
            "Palm (1947)",
            Size(0, 0, 400),
            draw,
            mean_down,
            quick=machines == 8,
        )


def mean_down(workload: Workload, course: Course, cut: int) -> float:
    """The time average of how many are down, after the first day."""
    first_us, last_us = 86400 * S_US, course.end_us
    began = course.stopped_us != NEVER
    over_us = np.where(course.restored_us == NEVER, last_us, course.restored_us)[began]
    down_us = np.clip(over_us, first_us, last_us) - np.clip(course.stopped_us[began], first_us, last_us)
    return float(down_us.sum()) / (last_us - first_us)
