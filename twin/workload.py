"""Who comes, when, and what each needs: drawn once for a day, indexed by patient, before anything of that day is simulated.

Every draw belongs to a named stream and to a patient's place in the order of arrival, so two designs that read the same
scenario and seed serve the same people (common random numbers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.site import Site
from caixue.tubes import TEST_RULES, PlannedTube, plan
from twin.arrivals import ArrivalLog
from twin.chance import Chance
from twin.days import Day, clinic_days
from twin.scenario_model import Scenario
from twin.scenario_tables import ORDINARY_CLASS, Distribution, PatientClass

if TYPE_CHECKING:
    from numpy.random import Generator

HOUR_US = 3_600_000_000
# Share of a day's patients by hour from 07:00, 690 of them; source: default profile of docs/assumptions.md A-60.
WEEKDAY_MORNING_PER_H = (60.0, 180.0, 200.0, 140.0, 80.0, 30.0)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢䶮"  # the last one no printer's head has


@dataclass(frozen=True, slots=True)
class Patient:
    """One person on one visit. Times are microseconds; a higher priority is called first."""

    ticket: int
    name: str  # a pseudonym
    shown: str  # what may stand on a label or slip: surname and a star; invented
    kind: str
    priority: int
    arrived_us: int
    service_us: int
    patience_us: int | None
    tubes: tuple[PlannedTube, ...]
    returns_us: tuple[int, ...] = ()
    first_us: int | None = None  # when the first of several timed visits ended
    leaves_after_labelling: bool = False

    def coming_back(self, ticket: int, first_us: int, now_us: int) -> Patient:
        """The same person on the next timed visit, counted from the end of the first, `first_us`."""
        at_us = max(now_us, first_us + self.returns_us[0])
        return replace(
            self, ticket=ticket, name=f"{self.name}-r", arrived_us=at_us, returns_us=self.returns_us[1:], patience_us=None, first_us=first_us
        )


ORDINARY = PatientClass.model_validate({"name": ORDINARY_CLASS, "share": 1.0})


def patients(
    scenario: Scenario,
    site: Site,
    chance: Chance,
    log: ArrivalLog | None,
    day: Day | None = None,
    *,
    people_before: int = 0,
    tickets_before: int = 0,
) -> list[Patient]:
    """All patients of one day (default: the first), in the order of arrival; `log` is the recorded day where the scenario names one.

    Names and tickets go on counting after those of the days before. Every day after the first has streams of its own.
    """
    day = day or clinic_days(scenario, site)[0]
    chance = chance.under(day.stream_prefix)
    arrived_us = log.arrived_us if log is not None else arrivals(scenario, chance, day)
    count = len(arrived_us)
    classes = _classes(scenario, chance, count)
    services_us = _services(scenario, chance, log, count)
    priorities = _priorities(scenario, chance, log, classes)
    patience = {kind.name: draw(kind.patience, chance.numpy_stream(f"patience.{kind.name}"), count) for kind in scenario.patient_classes if kind.patience}
    tubes = _ordered(scenario, log, _tubes(site, chance, classes)) if site.devices else [()] * count
    leaves = chance.numpy_stream("left-after-labelling").random(count) < (site.behaviour.left_after_labelling if site.devices else 0.0)
    shown = chance.numpy_stream("surname").integers(len(SURNAMES), size=count)
    return [
        Patient(
            ticket=tickets_before + index,
            name=f"patient-{people_before + index + 1:05d}",
            shown=f"{SURNAMES[shown[index]]}**",
            kind=kind.name,
            priority=priorities[index],
            arrived_us=int(arrived_us[index]),
            service_us=round(services_us[index] * kind.service_factor),
            patience_us=max(1, round(patience[kind.name][index])) if kind.patience is not None else None,
            tubes=tubes[index],
            returns_us=kind.returns_us,
            leaves_after_labelling=bool(leaves[index]),
        )
        for index, kind in enumerate(classes)
    ]


def arrivals(scenario: Scenario, chance: Chance, day: Day) -> NDArray[np.int64]:
    """Arrival times of one day: a Poisson process with piecewise constant rates from the day's start, sorted. `chance` is that day's."""
    load, duration_us = scenario.load, day.end_us - day.start_us
    slot_us = load.slot_us if load.rates_per_h is not None else HOUR_US
    rates = load.rates_per_h if load.rates_per_h is not None else tuple(rate * day.factor for rate in WEEKDAY_MORNING_PER_H)
    dice = chance.numpy_stream("arrivals")
    times: list[NDArray[np.float64]] = []
    for index, rate in enumerate(_fitted(rates, slot_us, duration_us)):
        start_us, end_us = index * slot_us, min((index + 1) * slot_us, duration_us)
        expected = rate * load.scale * (end_us - start_us) / HOUR_US
        times.append(np.sort(dice.uniform(start_us, end_us, dice.poisson(expected))))
    return day.start_us + (np.floor(np.concatenate(times)).astype(np.int64) if times else np.zeros(0, np.int64))


def _fitted(rates: Sequence[float], slot_us: int, duration_us: int) -> list[float]:
    """The rates for every slot of the run: a single rate is constant, a list ends where it ends."""
    slots = -(-duration_us // slot_us)
    return [rates[0]] * slots if len(rates) == 1 else list(rates[:slots])


def _classes(scenario: Scenario, chance: Chance, count: int) -> list[PatientClass]:
    rows = scenario.patient_classes
    bounds = np.cumsum([row.share for row in rows])
    drawn = np.searchsorted(bounds, chance.numpy_stream("class").random(count), side="right")
    return [rows[index] if index < len(rows) else ORDINARY for index in drawn]


def _priorities(scenario: Scenario, chance: Chance, log: ArrivalLog | None, classes: list[PatientClass]) -> list[int]:
    if log is not None and log.priority is not None:
        return [int(value) for value in log.priority]
    raised = chance.numpy_stream("priority").random(len(classes)) < scenario.load.priority_share
    return [max(kind.priority, int(up)) for kind, up in zip(classes, raised, strict=True)]


def _services(scenario: Scenario, chance: Chance, log: ArrivalLog | None, count: int) -> NDArray[np.float64]:
    service, dice = scenario.load.service, chance.numpy_stream("service")
    if service.distribution != "recorded":
        return draw(service, dice, count)
    assert log is not None and log.service_us is not None
    good = np.array([value for value in log.service_us if value is not None], np.float64)
    drawn = good[dice.integers(len(good), size=count)]
    return np.array([drawn[index] if value is None else value for index, value in enumerate(log.service_us)], np.float64)


def draw(distribution: Distribution, dice: Generator, count: int) -> NDArray[np.float64]:
    """`count` durations in microseconds."""
    mean, sd = float(distribution.mean_us or 0), float(distribution.sd_us or 0)
    match distribution.distribution:
        case "deterministic":
            return np.full(count, mean)
        case "exponential":
            return dice.exponential(mean, count)
        case "gamma":
            return dice.gamma((mean / sd) ** 2, sd**2 / mean, count)
        case "lognormal":
            return dice.lognormal(*lognormal_parameters(mean, sd), count)
        case _:
            return np.asarray(distribution.values_us, np.float64)[dice.integers(len(distribution.values_us or ()), size=count)]


def lognormal_parameters(mean: float, sd: float) -> tuple[float, float]:
    """The mean and standard deviation of the logarithm."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def _ordered(scenario: Scenario, log: ArrivalLog | None, drawn: list[tuple[PlannedTube, ...]]) -> list[tuple[PlannedTube, ...]]:
    """The tubes of the recorded orders; where a row has none, those that were drawn."""
    if log is None or log.orders is None:
        return drawn
    tubes = []
    for orders, line, instead in zip(log.orders, log.line, drawn, strict=True):
        try:
            tubes.append(plan(orders) if orders else instead)
        except UsageError as error:
            raise UsageError(f"{scenario.arrivals_path}:{line}: {error}") from None
    return tubes


def _tubes(site: Site, chance: Chance, classes: list[PatientClass]) -> list[tuple[PlannedTube, ...]]:
    """Orders: some distinct groups of tests each, weighted by the site's mix of tubes, and the tubes planned for them."""
    numbers = site.tubes
    groups = sorted({(rule.tube, rule.group) for rule in TEST_RULES.values()})
    first_test = {(rule.tube, rule.group): rule.test for rule in reversed(tuple(TEST_RULES.values()))}
    per_kind = {kind: sum(tube == kind for tube, _ in groups) for kind, _ in groups}
    weights = np.array([numbers.mix.get(kind, 0.0) / per_kind[kind] for kind, _ in groups])
    dice = chance.numpy_stream("orders")
    means = np.array([kind.tubes_mean or numbers.patient_mean for kind in classes])
    wanted = np.minimum(1 + dice.poisson(np.maximum(means - 1, 0)), min(numbers.patient_max, int((weights > 0).sum())))
    # Weighted choice without repetition (Efraimidis and Spirakis 2006): the smallest of exponential numbers over weights.
    keys = dice.exponential(size=(len(classes), len(groups))) / np.maximum(weights, 1e-300)
    order = np.argsort(keys, axis=1)
    return [plan(first_test[groups[place]] for place in row[:count]) for row, count in zip(order, wanted, strict=True)]
