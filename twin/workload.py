"""Who comes, when, and what each needs: drawn once for a day, indexed by patient, before anything of that day is simulated.

Every draw belongs to a named stream and to a patient's place in the order of arrival, so two designs that read the same
scenario and seed serve the same people (common random numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from caixue.errors import UsageError
from caixue.site import Site
from caixue.tubes import TEST_RULES, PlannedTube, plan
from twin.arrivals import ArrivalLog
from twin.chance import Chance
from twin.days import Day, clinic_days
from twin.people import GROUPS, NEVER, Numbers, Orders, crowd_of, people
from twin.scenario_model import Scenario
from twin.scenario_tables import PatientClass

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
    return_tickets: tuple[int, ...] = ()  # of the visits in `returns_us`
    first_us: int | None = None  # when the first of several timed visits ended
    due_us: int | None = None  # when this timed visit should begin
    tolerance_us: int = 0
    leaves_after_labelling: bool = False

    def coming_back(self, first_us: int, now_us: int) -> Patient:
        """The same person on the next timed visit, counted from the end of the first, `first_us`."""
        return replace(
            self,
            ticket=self.return_tickets[0],
            name=f"{self.name}-r",
            arrived_us=max(now_us, first_us + self.returns_us[0]),
            due_us=first_us + self.returns_us[0],
            patience_us=None,
            returns_us=self.returns_us[1:],
            return_tickets=self.return_tickets[1:],
            first_us=first_us,
        )


_FIRST_TEST = {(rule.tube, rule.group): rule.test for rule in reversed(tuple(TEST_RULES.values()))}


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
    crowd = crowd_of(scenario, site, log, day)
    drawn = people(crowd, chance)
    count = len(drawn.arrived_us)
    tubes = [()] * count if drawn.orders is None else _ordered(scenario, log, _tubes(drawn.orders))
    shown = chance.numpy_stream("surname").integers(len(SURNAMES), size=count)
    return_tickets = _return_tickets(crowd.classes, drawn.kind, tickets_before)
    columns = (column.tolist() for column in (drawn.kind, drawn.priority, drawn.arrived_us, drawn.service_us, drawn.patience_us, drawn.leaves, shown))
    return [
        Patient(
            ticket=tickets_before + index,
            name=f"patient-{people_before + index + 1:05d}",
            shown=f"{SURNAMES[surname]}**",
            kind=crowd.classes[kind].name,
            priority=priority,
            arrived_us=arrived_us,
            service_us=service_us,
            patience_us=None if patience_us == NEVER else patience_us,
            tubes=tubes[index],
            returns_us=crowd.classes[kind].returns_us,
            return_tickets=return_tickets.get(index, ()),
            tolerance_us=crowd.classes[kind].tolerance_us,
            leaves_after_labelling=leaves,
        )
        for index, (kind, priority, arrived_us, service_us, patience_us, leaves, surname) in enumerate(zip(*columns, strict=True))
    ]


def _return_tickets(classes: Sequence[PatientClass], kind: Numbers, before: int) -> dict[int, tuple[int, ...]]:
    """Tickets of everybody who comes back, after those of the first visits: class by class, return by return."""
    tickets: dict[int, tuple[int, ...]] = {}
    free = before + len(kind)
    for place, row in enumerate(classes):
        who = np.flatnonzero(kind == place).tolist() if row.returns_us else []
        for number in range(len(row.returns_us)):
            for order, index in enumerate(who):
                tickets[index] = (*tickets.get(index, ()), free + number * len(who) + order)
        free += len(who) * len(row.returns_us)
    return tickets


def _tubes(orders: Orders) -> list[tuple[PlannedTube, ...]]:
    """The tubes planned for the first test of every group."""
    return [plan(_FIRST_TEST[GROUPS[place]] for place in row) for row in orders.groups()]


def _ordered(scenario: Scenario, log: ArrivalLog | None, drawn: list[tuple[PlannedTube, ...]]) -> list[tuple[PlannedTube, ...]]:
    """The tubes of the recorded orders; where a row has none, those that were drawn."""
    if log is None or log.orders is None:
        return drawn
    return [planned or instead for planned, instead in zip(recorded_tubes(scenario, log, log.orders), drawn, strict=True)]


def recorded_tubes(scenario: Scenario, log: ArrivalLog, orders: Sequence[Sequence[str]]) -> list[tuple[PlannedTube, ...]]:
    """The tubes of each recorded order; none where a row has none. Raises UsageError with the line of a test that is not known."""
    tubes = []
    for tests, line in zip(orders, log.line, strict=True):
        try:
            tubes.append(plan(tests))
        except UsageError as error:
            raise UsageError(f"{scenario.arrivals_path}:{line}: {error}") from None
    return tubes
