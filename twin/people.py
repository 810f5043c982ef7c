"""The people of one day as columns of numbers, a place for each in the order of arrival; the wire room and the timing engines serve the same.

Every draw belongs to a named stream and to a place in the order of arrival. Times are int64 microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caixue.site import Site
from caixue.tubes import TEST_RULES
from twin.arrivals import ArrivalLog
from twin.chance import Chance
from twin.days import Day
from twin.scenario_model import Scenario
from twin.scenario_tables import ORDINARY_CLASS, Distribution, PatientClass, Service

if TYPE_CHECKING:
    from numpy.random import Generator

NEVER = -1
HOUR_US = 3_600_000_000
# Share of a day's patients by hour from 07:00, 690 of them; source: default profile of docs/assumptions.md A-60.
WEEKDAY_MORNING_PER_H = (60.0, 180.0, 200.0, 140.0, 80.0, 30.0)
ORDINARY = PatientClass.model_validate({"name": ORDINARY_CLASS, "share": 1.0})

GROUPS = tuple(sorted({(rule.tube, rule.group) for rule in TEST_RULES.values()}))  # tests that share a tube, by kind of tube
KINDS = tuple(kind for kind, _ in groupby(GROUPS, lambda group: group[0]))
KIND_OF_GROUP = np.array([KINDS.index(kind) for kind, _ in GROUPS])
_KIND_STARTS = np.array([[kind for kind, _ in GROUPS].index(kind) for kind in KINDS])

Numbers = NDArray[np.int64]
Coming = Callable[["Crowd", Chance], Numbers]
Choosing = Callable[[str, float, Chance, int], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A stretch of the day with so many arrivals to be expected."""

    start_us: int
    end_us: int
    expected: float


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Everything about the people of a day that does not hang on chance."""

    arrived_us: Numbers | None  # as recorded; None: drawn in the slots
    from_us: int  # the slots count from here
    slots: tuple[Slot, ...]
    classes: tuple[PatientClass, ...]  # those of the scenario, then the ordinary one
    bounds: NDArray[np.float64]  # of the shares, added up
    factors: NDArray[np.float64]  # a class; on the service
    class_priorities: Numbers  # a class
    service: Service
    recorded_us: NDArray[np.float64] | None  # the services of a recorded day, NaN where a row has none: then one of `good_us`
    good_us: NDArray[np.float64]
    priorities: Numbers | None  # as recorded; None: drawn
    priority_share: float
    left_after_labelling: float
    weights: NDArray[np.float64]  # a group of tests; none on bare windows
    tubes_means: NDArray[np.float64]  # a class
    most_tubes: int


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """What the laboratory is to find out, before tubes are planned: some distinct groups of tests, weighted by the site's mix of tubes.

    A weighted choice without repetition (Efraimidis and Spirakis 2006): the first `wanted` groups by `exponential / weights`.
    """

    wanted: Numbers
    exponential: NDArray[np.float64]  # a person × a group
    weights: NDArray[np.float64]  # a group; above zero

    def groups(self) -> list[list[int]]:
        """The groups of each person, in the order in which they were drawn."""
        order = np.argsort(self.exponential / self.weights, axis=1).tolist()
        return [row[:count] for row, count in zip(order, self.wanted.tolist(), strict=True)]

    def tubes(self) -> Numbers:
        """KINDS × people: how many tubes of each kind everybody needs, one a group."""
        keys = self.exponential / self.weights
        last = np.take_along_axis(np.sort(keys, axis=1), self.wanted[:, None] - 1, axis=1) if len(keys) else keys[:, :1]
        return np.add.reduceat(keys <= last, _KIND_STARTS, axis=1, dtype=np.int64).T


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody of one day, in the order of arrival."""

    arrived_us: Numbers
    kind: Numbers  # place among the classes of the crowd
    priority: Numbers
    service_us: Numbers
    patience_us: Numbers  # NEVER: as long as it takes
    leaves: NDArray[np.bool_]  # gone once the tubes are labelled
    orders: Orders | None  # None on bare windows, or where nobody asked for it


def crowd_of(scenario: Scenario, site: Site, log: ArrivalLog | None, day: Day) -> Crowd:
    """What the people of that day are drawn from; `log` is the recorded day where the scenario names one."""
    load, classes = scenario.load, (*scenario.patient_classes, ORDINARY)
    recorded_us = _recorded(log) if load.service.distribution == "recorded" else None
    per_kind = {kind: sum(tube == kind for tube, _ in GROUPS) for kind in KINDS}
    weights = np.array([site.tubes.mix.get(kind, 0.0) / per_kind[kind] for kind, _ in GROUPS]) if site.devices else np.zeros(0)
    return Crowd(
        arrived_us=None if log is None else np.array(log.arrived_us, np.int64),
        from_us=day.start_us,
        slots=() if log is not None else tuple(_slots(scenario, day)),
        classes=classes,
        bounds=np.cumsum([row.share for row in classes[:-1]]),
        factors=np.array([row.service_factor for row in classes]),
        class_priorities=np.array([row.priority for row in classes], np.int64),
        service=load.service,
        recorded_us=recorded_us,
        good_us=np.zeros(0) if recorded_us is None else recorded_us[~np.isnan(recorded_us)],
        priorities=None if log is None or log.priority is None else np.array(log.priority, np.int64),
        priority_share=load.priority_share,
        left_after_labelling=site.behaviour.left_after_labelling if site.devices else 0.0,
        weights=weights,
        tubes_means=np.array([row.tubes_mean or site.tubes.patient_mean for row in classes]),
        most_tubes=min(site.tubes.patient_max, int((weights > 0).sum())),
    )


def _slots(scenario: Scenario, day: Day) -> list[Slot]:
    """Piecewise constant rates from the day's start: a single one is constant, a list ends where it ends."""
    load, duration_us = scenario.load, day.end_us - day.start_us
    slot_us = load.slot_us if load.rates_per_h is not None else HOUR_US
    rates = load.rates_per_h if load.rates_per_h is not None else tuple(rate * day.factor for rate in WEEKDAY_MORNING_PER_H)
    slots = -(-duration_us // slot_us)
    spans = [(index * slot_us, min((index + 1) * slot_us, duration_us)) for index in range(slots)]
    fitted = [rates[0]] * slots if len(rates) == 1 else rates[:slots]
    return [Slot(start, end, rate * load.scale * (end - start) / HOUR_US) for rate, (start, end) in zip(fitted, spans, strict=False)]


def _recorded(log: ArrivalLog | None) -> NDArray[np.float64]:
    assert log is not None and log.service_us is not None
    return np.array([math.nan if value is None else value for value in log.service_us], np.float64)


def people(crowd: Crowd, chance: Chance, *, ordering: bool = True, come: Coming | None = None, choose: Choosing | None = None) -> People:
    """Everybody of one day; `chance` is that day's. Without `ordering` nothing is drawn of what the laboratory is to find out.

    `come` and `choose` are quicker ways to draw the same as `arrivals` and `some`.
    """
    arrived_us, choose = (come or arrivals)(crowd, chance), choose or some
    count = len(arrived_us)
    kind = _kinds(crowd, chance, count)
    services = _services(crowd, chance, count)
    if len(crowd.classes) > 1:
        services = services * crowd.factors[kind]
    return People(
        arrived_us,
        kind,
        _priorities(crowd, kind, chance, choose),
        np.rint(services).astype(np.int64),
        _patience(crowd, chance, kind),
        choose("left-after-labelling", crowd.left_after_labelling, chance, count),
        orders_of(crowd, chance, kind) if ordering and len(crowd.weights) else None,
    )


def arrivals(crowd: Crowd, chance: Chance) -> Numbers:
    """Times of arrival, sorted: as recorded, or a Poisson process with the rates of the slots."""
    if crowd.arrived_us is not None:
        return crowd.arrived_us
    dice = chance.numpy_stream("arrivals")
    times = [dice.uniform(slot.start_us, slot.end_us, dice.poisson(slot.expected)) for slot in crowd.slots]
    if not times:
        return np.zeros(0, np.int64)
    every = np.concatenate(times)
    every.sort()
    return crowd.from_us + every.astype(np.int64)


def _kinds(crowd: Crowd, chance: Chance, count: int) -> Numbers:
    if len(crowd.classes) == 1:
        return np.zeros(count, np.int64)
    return np.searchsorted(crowd.bounds, chance.numpy_stream("class").random(count), side="right")


def _services(crowd: Crowd, chance: Chance, count: int) -> NDArray[np.float64]:
    dice = chance.numpy_stream("service")
    if crowd.recorded_us is None:
        return draw(crowd.service, dice, count)
    drawn = crowd.good_us[dice.integers(len(crowd.good_us), size=count)]
    return np.where(np.isnan(crowd.recorded_us), drawn, crowd.recorded_us)


def _priorities(crowd: Crowd, kind: Numbers, chance: Chance, choose: Choosing) -> Numbers:
    if crowd.priorities is not None:
        return crowd.priorities
    first = choose("priority", crowd.priority_share, chance, len(kind)).astype(np.int64)
    return np.maximum(crowd.class_priorities[kind], first) if len(crowd.classes) > 1 else first


def some(stream: str, share: float, chance: Chance, count: int) -> NDArray[np.bool_]:
    """That share of people by chance; no stream is asked for nobody."""
    return chance.numpy_stream(stream).random(count) < share if share else np.zeros(count, np.bool_)


def _patience(crowd: Crowd, chance: Chance, kind: Numbers) -> Numbers:
    patience = np.full(len(kind), NEVER, np.int64)
    for place, row in enumerate(crowd.classes):
        if row.patience is not None:
            drawn = np.rint(draw(row.patience, chance.numpy_stream(f"patience.{row.name}"), len(kind)))
            np.copyto(patience, np.maximum(1, drawn).astype(np.int64), where=kind == place)
    return patience


def orders_of(crowd: Crowd, chance: Chance, kind: Numbers) -> Orders:
    """What the laboratory is to find out of everybody."""
    dice, means = chance.numpy_stream("orders"), order_means(crowd)
    more = dice.poisson(means[kind] if (means != means[0]).any() else means[0], len(kind))
    return Orders(np.minimum(1 + more, crowd.most_tubes), dice.exponential(size=(len(kind), len(GROUPS))), order_weights(crowd))


def order_means(crowd: Crowd) -> NDArray[np.float64]:
    """How many groups of tests a class has on average besides the first."""
    return np.maximum(crowd.tubes_means - 1, 0)


def order_weights(crowd: Crowd) -> NDArray[np.float64]:
    """The weights of the groups; all above zero."""
    return np.maximum(crowd.weights, 1e-300)


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


@lru_cache(maxsize=1024)
def lognormal_parameters(mean: float, sd: float) -> tuple[float, float]:
    """The mean and standard deviation of the logarithm."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def per_kind(tubes: Sequence[str]) -> list[int]:
    """How many of these kinds of tube there are of each of KINDS."""
    return [tubes.count(kind) for kind in KINDS]
