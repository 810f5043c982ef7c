"""A day with nothing but a queue: positions, people who come and are served, and breakdowns that engineers repair."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from twin.timing.arrays import ANYONE, FAR, LATEST_US, MOST_VISITS, NEVER, Cause, Numbers, What, Workload

NO_TROUBLE: Numbers = np.zeros((0, 1), np.int64)


def plain_day(
    arrived_us: Numbers,
    service_us: Numbers,
    windows: int,
    *,
    up_us: Numbers = NO_TROUBLE,
    repair_us: Numbers = NO_TROUBLE,
    engineers: int = 1,
    until_us: int = 0,
) -> Workload:
    """First come, first served at so many bare windows, which break down where `up_us` (windows × draws) says so.

    With `until_us` the day is broken off then; else it ends when everybody is served.
    """
    return Workload(
        **{
            **plain_columns(arrived_us, service_us, windows, up_us, repair_us, engineers),
            "load_us": until_us,
            "end_us": until_us or LATEST_US - 1,
        }
    )


def plain_columns(
    arrived_us: Numbers, service_us: Numbers, windows: int, up_us: Numbers, repair_us: Numbers, engineers: int = 1
) -> dict[str, Any]:
    """The columns of such a day, which ends when everybody is served. Those that say nothing are shared between days: nobody writes to them."""
    visits = len(arrived_us)
    nobody, none, ones = (column[:visits] for column in _same(1 << max(10, visits.bit_length())))
    draw_us = np.empty((2, visits), np.int64)
    draw_us[:] = service_us
    return {
        **_room(windows, len(up_us), engineers),
        "arrivals": visits,
        "arrived_us": arrived_us,
        "priority": none,
        "lane": nobody,
        "nurses": ones,
        "patience_us": nobody,
        "prepare_us": np.zeros((2, visits), np.int64),
        "draw_us": draw_us,
        "jam": none,
        "jam_at_us": none,
        "jam_nurse_us": none,
        "jam_engineer_us": none,
        "abandons": none,
        "missed_us": nobody,
        "missed_back_us": none,
        "again": nobody,
        "again_us": none,
        "tubes": none,
        "need": np.zeros((visits, 0), np.int64),
        "belt_us": none,
        "way_us": none,
        "up_us": up_us,
        "down_us": repair_us,
    }


@lru_cache(maxsize=MOST_VISITS.bit_length())
def _same(visits: int) -> tuple[Numbers, Numbers, Numbers]:
    """So many times never, which also stands for any position; none; and one."""
    assert NEVER == ANYONE
    return np.full(visits, NEVER, np.int64), np.zeros(visits, np.int64), np.ones(visits, np.int64)


@lru_cache(maxsize=64)
def _room(windows: int, causes: int, engineers: int) -> Mapping[str, Any]:
    """What does not depend on the people."""
    slots, blank = np.zeros((windows, 0), np.int64), np.zeros(causes, np.int64)
    calendar = np.array(
        [*((0, What.OPEN, window, 0) for window in range(windows)), (0, What.NURSES, 0, windows), (0, What.ENGINEERS, 0, engineers)], np.int64
    )
    return {
        "load_us": 0,
        "end_us": LATEST_US - 1,
        "resumes": 1,
        "approach_us": 0,
        "fallback": np.zeros(windows, np.int64),
        "level": slots,
        "capacity": slots,
        "low": slots,
        "refill_us": np.full((windows, 1), FAR, np.int64),
        "tray": 2**40,
        "calendar_us": calendar[:, 0].copy(),
        "calendar_what": calendar[:, 1].copy(),
        "calendar_who": calendar[:, 2].copy(),
        "calendar_value": calendar[:, 3].copy(),
        "cause_kind": np.full(causes, Cause.STOP, np.int64),
        "cause_at": np.arange(causes, dtype=np.int64),
        "cause_slow_us": blank,
        "cause_urgency": blank,
        "cause_call_us": blank,
        "cause_itself": blank,
    }
