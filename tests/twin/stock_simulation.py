"""A store simulated day by day: what is used, looked at once a week, ordered in lots and delivered after the lead time."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

WEEK, MONDAY = 7, 0


def out_of_stock(daily: np.ndarray, *, point: int, lot: int, lead_days: int, clinic_days: int, weeks: int, seed: int) -> float:
    """The share of review periods at whose end the shelf is empty and somebody waits; `daily`: probability of each use of a clinic day."""
    dice = np.random.default_rng(seed)
    used = dice.choice(len(daily), p=daily, size=(weeks, clinic_days))
    level, arriving, position, short, counted = point + lot, list[tuple[int, int]](), point + lot, 0, 0
    for day in range(weeks * WEEK):
        week, weekday = divmod(day, WEEK)
        while arriving and arriving[0][0] == day:
            short += level < 0  # just before a delivery could come it is at its lowest
            level += heapq.heappop(arriving)[1]
            counted += 1
        if weekday == MONDAY:
            lots = max(0, -(-(point + 1 - position) // lot))
            position += lots * lot
            heapq.heappush(arriving, (day + lead_days, lots * lot))
        if weekday < clinic_days:
            level -= int(used[week, weekday])
            position -= int(used[week, weekday])
    return short / counted


def nothing_there(times_between: Sequence[float], lead: float, stock: int) -> float:
    """The share of demands that find an empty shelf where one is ordered for each that is taken."""
    now, coming, level, missed = 0.0, list[float](), stock, 0
    for gap in times_between:
        now += gap
        while coming and coming[0] <= now:
            heapq.heappop(coming)
            level += 1
        missed += level <= 0
        level -= 1
        heapq.heappush(coming, now + lead)
    return missed / len(times_between)
