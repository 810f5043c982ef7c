"""The design of a day: everything about a scenario that does not hang on chance, read once and then handed to every replication.

A `Design` is frozen and travels to worker processes; the arrays in it are shared by all days and never written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import Site
from caixue.units import format_duration
from twin.arrivals import ArrivalLog
from twin.days import GRACE_US, Day, clinic_days
from twin.people import KINDS, Crowd, Numbers, crowd_of, per_kind
from twin.roster import Spans, nurses_at, open_spans, openings
from twin.scenario import recorded_load, scenario_site
from twin.scenario_model import Scenario
from twin.scenario_tables import Appointments, PatientClass
from twin.timing.arrays import ANYONE, FAR, LATEST_US, NEVER, URGENT, Cause, What
from twin.timing.devices import troubles_of
from twin.timing.troubles import Trouble
from twin.timing.untold import Untold, untold_of
from twin.workload import recorded_tubes


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """People of one class who come together, besides those of the load."""

    place: int  # of their class
    crowd: Crowd
    streams: str  # what stands before the names of their random streams


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """What every visit of a class has in common, a place for each class of the crowd."""

    lane: Numbers
    nurses: Numbers
    missed_share: tuple[float, ...]
    batch: tuple[int, ...]  # 1: they come one by one
    alone: NDArray[np.bool_]  # whether they can have appointments: groups have none
    returns_us: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """One day of a scenario before any die is cast. Times in microseconds after the start."""

    scenario: Scenario
    site: Site
    log: ArrivalLog | None
    day: Day
    crowd: Crowd
    groups: tuple[Group, ...]
    classes: Classes
    appointments: Appointments | None
    recorded_tubes: Numbers | None  # of recorded orders, a person × a kind; NEVER where none are recorded
    positions: tuple[str, ...]  # the windows, then the manual station where there is one
    factor: float  # on a draw at the manual station
    load_us: int
    end_us: int
    troubles: tuple[Trouble, ...]  # sorted by position: the causes of every Workload, in this order
    columns: Mapping[str, Any]  # of every Workload, by name
    untold: Untold  # the figures that cannot be told of these days

    @property
    def gathered(self) -> bool:
        """Whether anybody comes at another time than that which was drawn, or besides."""
        return bool(self.groups) or self.appointments is not None or max(self.classes.batch) > 1

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order in which visits name them."""
        return tuple(row.name for row in self.crowd.classes)


def design_of(scenario: Scenario) -> Design:
    """The design of a scenario of one day. Raises UsageError for what no timing engine simulates, or a bad site or recorded day."""
    if scenario.days > 1:
        what = tr("定时保真度只模拟一天：多日是连续的一个世界", "timing simulates single days: several days are one world")
        raise UsageError(f"{scenario.path}: {what} (docs/decisions/0013-several-days.md)")
    site, log = scenario_site(scenario), recorded_load(scenario)
    if log is not None and scenario.windows.open == "recorded":
        site = site.with_windows(log.positions)
    day = clinic_days(scenario, site)[0]
    crowd, positions = crowd_of(scenario, site, log, day), _positions(site)
    troubles, end_us = _troubles(scenario, site, positions), _end_us(scenario, day)
    return Design(
        scenario=scenario,
        site=site,
        log=log,
        day=day,
        crowd=crowd,
        groups=tuple(_groups(crowd)),
        classes=_classes(scenario, crowd.classes, positions),
        appointments=scenario.appointments,
        recorded_tubes=_recorded_tubes(scenario, site, log),
        positions=positions,
        factor=site.manual_station.factor,
        load_us=day.end_us,
        end_us=end_us,
        troubles=troubles,
        columns={
            "load_us": day.end_us,
            "end_us": end_us,
            "resumes": int(not site.devices),
            "approach_us": site.walking.approach_us if site.devices else 0,
            "fallback": np.array([int(place >= len(site.windows)) for place in range(len(positions))], np.int64),
            **_no_supplies(len(positions)),
            **_calendar(scenario, site, log, day),
            **_causes(troubles),
        },
        untold=untold_of(scenario, site),
    )


def _positions(site: Site) -> tuple[str, ...]:
    windows = tuple(window.name for window in site.windows)
    return (*windows, site.manual_station.name) if site.devices and site.manual_station.devices else windows


def _engineers(scenario: Scenario, site: Site) -> int:
    """How many repair; windows without devices that break down by themselves are repaired by one at least."""
    return scenario.staff.engineers if site.devices else max(1, scenario.staff.engineers)


def _end_us(scenario: Scenario, day: Day) -> int:
    """When the day is broken off, whoever is still there."""
    last_us = max((fault.at_us + (fault.for_us or 0) for fault in scenario.faults), default=0)
    end_us = max(day.end_us, last_us) + GRACE_US
    if end_us >= LATEST_US:
        most = format_duration((LATEST_US - GRACE_US) // 86_400_000_000 * 86_400_000_000)
        what = tr(f"定时保真度的一天最长 {most}", f"a day of timing lasts {most} at most")
        raise UsageError(f"{scenario.path}: {what}")
    return end_us


def _groups(crowd: Crowd) -> Iterator[Group]:
    for place, row in enumerate(crowd.classes):
        if row.at_us is not None and row.batch is not None:
            yield Group(place, _crowd_of_group(crowd, place, row.batch, row.at_us), f"group.{row.name}.")


def _crowd_of_group(crowd: Crowd, place: int, size: int, at_us: int) -> Crowd:
    return replace(
        crowd,
        arrived_us=np.full(size, at_us, np.int64),
        slots=(),
        classes=(crowd.classes[place],),
        factors=crowd.factors[place : place + 1],
        class_priorities=crowd.class_priorities[place : place + 1],
        recorded_us=None if crowd.recorded_us is None else np.full(size, np.nan),
        priorities=None,
        tubes_means=crowd.tubes_means[place : place + 1],
    )


def _classes(scenario: Scenario, rows: Sequence[PatientClass], positions: Sequence[str]) -> Classes:
    return Classes(
        lane=np.array([ANYONE if row.lane is None else _lane(scenario, row.lane, positions) for row in rows], np.int64),
        nurses=np.array([row.nurses_needed for row in rows], np.int64),
        missed_share=tuple(row.missed_call for row in rows),
        batch=tuple(1 if row.at_us is not None else row.batch or 1 for row in rows),
        alone=np.array([row.batch is None for row in rows]),
        returns_us=tuple(row.returns_us for row in rows),
    )


def _lane(scenario: Scenario, name: str, positions: Sequence[str]) -> int:
    if name not in positions:
        what = tr(f'没有窗口 "{name}"', f'there is no window "{name}"')
        raise UsageError(f"{scenario.path}: {what}; {', '.join(positions)}")
    return positions.index(name)


def _no_supplies(positions: int) -> dict[str, Any]:
    none = np.zeros((positions, 0), np.int64)
    return {"level": none, "capacity": none, "low": none, "refill_us": none, "tray": FAR}


def _causes(troubles: Sequence[Trouble]) -> dict[str, Numbers]:
    rows = [(one.what, one.where, one.slow_us, one.urgency, one.call_us, int(one.itself)) for one in troubles]
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    return {
        f"cause_{name}": np.ascontiguousarray(column)
        for name, column in zip(("kind", "at", "slow_us", "urgency", "call_us", "itself"), columns, strict=True)
    }


def _recorded_tubes(scenario: Scenario, site: Site, log: ArrivalLog | None) -> Numbers | None:
    if log is None or log.orders is None or not site.devices:
        return None
    planned = recorded_tubes(scenario, log, log.orders)
    return np.array([per_kind([tube.kind for tube in tubes]) if tubes else [NEVER] * len(KINDS) for tubes in planned], np.int64)


def _calendar(scenario: Scenario, site: Site, log: ArrivalLog | None, day: Day) -> dict[str, Numbers]:
    names = [window.name for window in site.windows]
    opening = _opening(open_spans(scenario, names, log, day), names)
    rows = [(0, What.ENGINEERS, 0, _engineers(scenario, site)), *_nurses(scenario, len(names)), *opening]
    columns = zip(*sorted(rows), strict=True)
    return {f"calendar_{name}": np.array(column, np.int64) for name, column in zip(("us", "what", "who", "value"), columns, strict=True)}


def _nurses(scenario: Scenario, windows: int) -> Iterator[tuple[int, int, int, int]]:
    instants = sorted({0, *(at_us for span in scenario.nurse_spans or () for at_us in (span.start_us, span.end_us))})
    before = 0
    for at_us in instants:
        there = nurses_at(scenario, windows, at_us)
        if there != before:
            yield at_us, What.NURSES, 0, there
        before = there


def _opening(opening: Mapping[str, Spans], names: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    for name, start_us, end_us in openings(opening):
        yield start_us, What.OPEN, names.index(name), 0
        if end_us is not None:
            yield end_us, What.CLOSE, names.index(name), 0


def _troubles(scenario: Scenario, site: Site, positions: Sequence[str]) -> tuple[Trouble, ...]:
    """Windows that break down by themselves, and what the devices and the [[fault]] rows add."""
    windows = [window.name for window in site.windows]
    own = [
        Trouble(name, row.kind, Cause.STOP, place, URGENT, row=number)
        for number, row in enumerate(scenario.random_fault_rows)
        for place, name in enumerate(windows)
        if fnmatchcase(name, row.device)
    ]
    return tuple(sorted([*own, *troubles_of(scenario, site, positions)], key=lambda trouble: trouble.where))
