"""A day drawn from its design: the visits, what the devices add, and what breaks down, as the Workload of one replication.

Replication k has the dice of (seed, k). Every number belongs to a named stream and a place in it, so `sample` is a pure
function of the design and the replication, and a feature more moves no other draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY
from twin.people import Numbers
from twin.timing.arrays import FAR, LATEST_US, MOST_VISITS, Workload
from twin.timing.design import Design
from twin.timing.devices import with_devices
from twin.timing.quick_chance import QuickChance
from twin.timing.troubles import breakdowns
from twin.timing.visits import ROWS, Row, Visits, visits_of

_NO_TIMES = np.zeros((0, 1), np.int64)


def sample(design: Design, replication: int) -> Workload:
    """The workload of that replication. Raises UsageError for more people or longer times than an engine takes."""
    return draw_day(design, replication)[1]


def draw_day(design: Design, replication: int) -> tuple[Visits, Workload]:
    """The workload of that replication, and its visits, which also know the class of everybody."""
    chance = QuickChance(design.scenario.seed, replication)
    visits = visits_of(design, chance)
    _check(design, visits)
    columns = {**design.columns, **_columns_of(design, visits)}
    added: dict[str, Any] = {}
    if design.site.devices or design.scenario.faults:
        added.update(with_devices(design, chance, visits))
    up_us, down_us = _times(design, chance, added.pop("up_us", _NO_TIMES), added.pop("down_us", _NO_TIMES))
    return visits, Workload(**{**columns, **added, "up_us": up_us, "down_us": down_us})


def _check(design: Design, visits: Visits) -> None:
    where = design.scenario.path
    if len(visits) > MOST_VISITS:
        what = tr(f"一天 {len(visits):,} 人次，最多 {MOST_VISITS:,}", f"{len(visits):,} visits a day, {MOST_VISITS:,} at most")
        raise UsageError(f"{where}: {what}")
    if len(visits) and visits.table[:ROWS].max() >= LATEST_US:
        raise UsageError(f"{where}: {_too_long()}")


def _too_long() -> str:
    days = LATEST_US // US_PER_DAY
    return tr(f"抽到的时间超过 {days} 天", f"a time was drawn that is longer than {days} days")


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
        "lane": design.classes.lane[kind],
        "nurses": design.classes.nurses[kind],
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


def _times(design: Design, chance: QuickChance, given_up_us: Numbers, given_down_us: Numbers) -> tuple[Numbers, Numbers]:
    """When every cause of trouble comes and how long it lasts: drawn for [[random_fault]] rows, given for the others. FAR: no more."""
    rows: list[tuple[Any, Any]] = []
    given = iter(zip(given_up_us, given_down_us, strict=True))
    for trouble in design.troubles:
        if trouble.row is None:
            rows.append(next(given))
        else:
            stream = f"random-fault.{trouble.row}.{trouble.kind}.{trouble.device}"
            rows.append(breakdowns(design.scenario.random_fault_rows[trouble.row], stream, chance, design.end_us))
    most = 1 + max((len(up_us) for up_us, _ in rows), default=0)
    up, down = np.full((len(rows), most), FAR, np.int64), np.zeros((len(rows), most), np.int64)
    for place, (up_us, down_us) in enumerate(rows):
        up[place, : len(up_us)], down[place, : len(down_us)] = up_us, down_us
    if len(rows) and down.max() >= LATEST_US:
        raise UsageError(f"{design.scenario.path}: {_too_long()}")
    return up, down
