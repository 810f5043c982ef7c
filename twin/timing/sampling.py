"""A day drawn from its design: the visits, what the devices add, and what breaks down, as the Workload of one replication.

Replication k has the dice of (seed, k). Every number belongs to a named stream and a place in it, so `sample` is a pure
function of the design and the replication, and a feature more moves no other draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY
from twin.people import Numbers
from twin.timing import calibration
from twin.timing.arrays import LATEST_US, MOST_VISITS, Workload
from twin.timing.design import Design
from twin.timing.devices import Plan, columns_of, plan_of
from twin.timing.quick_chance import QuickChance
from twin.timing.spells import Spells, spells_of
from twin.timing.visits import ROWS, Row, Visits, visits_of


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What every day of a design has in common: the columns of its Workload that are the same, and what the others are drawn from."""

    columns: Mapping[str, Any]
    plan: Plan
    spells: Spells
    streams: list[str]  # of numpy that the last day asked for, so that the next one begins them together


def sample(design: Design, replication: int) -> Workload:
    """The workload of that replication. Raises UsageError for more people or longer times than an engine takes."""
    return draw_day(design, replication)[1]


def draw_day(design: Design, replication: int) -> tuple[Visits, Workload]:
    """The workload of that replication, and its visits, which also know the class of everybody."""
    chance, frame = QuickChance(design.scenario.seed, replication), _frame_of(design)
    chance.know(frame.streams)
    visits = visits_of(design, chance)
    _check_visits(design, visits)
    up_us, down_us = frame.spells.draw(chance)
    _check_times(design, down_us)
    columns = {**_columns_of(design, visits), **columns_of(frame.plan, chance, visits)}
    frame.streams[:] = chance.known
    return visits, Workload(**frame.columns, **columns, up_us=up_us, down_us=down_us)


@lru_cache(maxsize=8)
def _frame_of(design: Design) -> Frame:
    plan = plan_of(design.scenario, design.site, design.positions, calibration.shipped(), design.columns)
    return Frame({**design.columns, **plan.fixed}, plan, spells_of(design, plan), [])


def _check_visits(design: Design, visits: Visits) -> None:
    if len(visits) > MOST_VISITS:
        what = tr(f"一天 {len(visits):,} 人次，最多 {MOST_VISITS:,}", f"{len(visits):,} visits a day, {MOST_VISITS:,} at most")
        raise UsageError(f"{design.scenario.path}: {what}")
    _check_times(design, visits.table[:ROWS])


def _check_times(design: Design, times_us: Numbers) -> None:
    if times_us.size and times_us.max() >= LATEST_US:
        days = LATEST_US // US_PER_DAY
        what = tr(f"抽到的时间超过 {days} 天", f"a time was drawn that is longer than {days} days")
        raise UsageError(f"{design.scenario.path}: {what}")


def _columns_of(design: Design, visits: Visits) -> dict[str, Any]:
    """What the visits bring; nothing is prepared, jammed or carried on bare windows."""
    count, none = len(visits), np.zeros(len(visits), np.int64)
    kind, service_us = visits.row(Row.KIND), visits.row(Row.SERVICE)
    draw_us = np.empty((2, count), np.int64)
    draw_us[0] = service_us
    draw_us[1] = np.rint(service_us * design.factor)
    return {
        "arrivals": visits.arrivals,
        "arrived_us": visits.row(Row.ARRIVED),
        "priority": visits.row(Row.PRIORITY),
        "lane": design.classes.lane.take(kind),
        "nurses": design.classes.nurses.take(kind),
        "patience_us": visits.row(Row.PATIENCE),
        "prepare_us": np.zeros((2, count), np.int64),
        "draw_us": draw_us,
        "jam": none,
        "jam_at_us": none,
        "jam_nurse_us": none,
        "jam_engineer_us": none,
        "abandons": visits.row(Row.LEAVES),
        "missed_us": visits.row(Row.MISSED),
        "missed_back_us": visits.row(Row.BACK),
        "again": visits.row(Row.AGAIN),
        "again_us": visits.row(Row.AGAIN_AFTER),
        "tubes": none,
        "need": np.zeros((count, 0), np.int64),
        "belt_us": none,
        "way_us": none,
    }
