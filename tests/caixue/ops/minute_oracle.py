"""A second, slow way to find the contract's deadlines: every minute is looked at, with a calendar copied from the published notices.

Nothing of caixue is used here. Times are whole seconds since 2024-01-01 00:00 in Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

ORIGIN = date(2024, 1, 1)
DAYS = (date(2028, 1, 1) - ORIGIN).days
SHIFT = ((390, 720), (900, 1050))  # minutes of the day: 06:30-12:00, 15:00-17:30
SHIFT_ENDS = 17 * 3600 + 30 * 60
CLOCK_TIME_S = {"一般": 30 * 60, "arrival": 60 * 60}
WORKING_DAYS = {"较大": 1, "重大": 3}

# The State Council's notices: 国办发明电〔2023〕7号, 〔2024〕12号, 〔2025〕7号. (first, last) of what is off; weekend days that are worked.
NOTICES = {
    2024: (
        ("01-01 01-01", "02-10 02-17", "04-04 04-06", "05-01 05-05", "06-10 06-10", "09-15 09-17", "10-01 10-07"),
        ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    ),
    2025: (
        ("01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"),
        ("01-26", "02-08", "04-27", "09-28", "10-11"),
    ),
    2026: (
        ("01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"),
        ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
    ),
}
FIXED_BY_LAW = ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")  # all that is known of a year without a notice


def _works() -> list[bool]:
    days = [ORIGIN + timedelta(days=number) for number in range(DAYS)]
    works = {day: day.weekday() < 5 for day in days}
    for year, (off, worked) in NOTICES.items():
        for first, last in (span.split() for span in off):
            day = date.fromisoformat(f"{year}-{first}")
            while day <= date.fromisoformat(f"{year}-{last}"):
                works[day] = False
                day += timedelta(days=1)
        works |= {date.fromisoformat(f"{year}-{day}"): True for day in worked}
    works |= {date.fromisoformat(f"2027-{day}"): False for day in FIXED_BY_LAW}
    return [works[day] for day in days]


WORKS = _works()
LAST_PUBLISHED = (date(2026, 12, 31) - ORIGIN).days
_DAY = np.zeros(1440, dtype=bool)
for _from, _until in SHIFT:
    _DAY[_from:_until] = True
WORKING_MINUTE = np.concatenate([_DAY if works else np.zeros(1440, dtype=bool) for works in WORKS])
ANY_MINUTE = np.ones(DAYS * 1440, dtype=bool)


def last_second_of(day: int, count: int) -> int:
    """When the shift ends on the `count`-th working day after `day`."""
    while count:
        day += 1
        count -= WORKS[day]
    return day * 86_400 + SHIFT_ENDS


def counted(minutes: np.ndarray, start_s: int, until_minute: int, pauses: Sequence[tuple[int, int]]) -> np.ndarray:
    """How many seconds of each minute count, from the minute of the start on: not those before it, and not those in a pause."""
    first = start_s // 60
    free = np.full(until_minute - first, 60)
    after_start = [(max(from_s, start_s), until_s) for from_s, until_s in pauses if until_s > start_s]
    for from_s, until_s in [(first * 60, start_s), *after_start]:
        cells = np.arange(from_s // 60, min(-(-until_s // 60), until_minute))
        free[cells - first] -= np.minimum(until_s, cells * 60 + 60) - np.maximum(from_s, cells * 60)
    return free * minutes[first:until_minute]


def deadline(kind: str, start_s: int, pauses: Sequence[tuple[int, int]], reading: str) -> tuple[int, bool]:
    """By when, and whether a day without a notice was met on the way; a clock that stands at the very second has until it runs again."""
    minutes = ANY_MINUTE if kind in CLOCK_TIME_S else WORKING_MINUTE
    if kind in CLOCK_TIME_S:
        limit_s = CLOCK_TIME_S[kind]
    elif reading == "8 working hours":
        limit_s = WORKING_DAYS[kind] * 8 * 3600
    else:
        end_s = last_second_of(start_s // 86_400, WORKING_DAYS[kind])
        limit_s = int(counted(minutes, start_s, -(-end_s // 60), ()).sum())
    until_minute = start_s // 60 + (90 if kind in CLOCK_TIME_S else WORKING_DAYS[kind] * 1440)
    while True:
        total = np.cumsum(counted(minutes, start_s, until_minute, pauses))
        if total[-1] >= limit_s:
            break
        until_minute += 2 * (until_minute - start_s // 60)
    place = int(np.searchsorted(total, limit_s))
    left_s = limit_s - (int(total[place - 1]) if place else 0)
    due_s = (start_s // 60 + place) * 60
    while left_s:
        left_s -= due_s >= start_s and not any(from_s <= due_s < until_s for from_s, until_s in pauses)
        due_s += 1
    provisional = kind in WORKING_DAYS and (due_s - 1) // 86_400 > LAST_PUBLISHED
    for from_s, until_s in pauses:
        if from_s <= due_s < until_s:
            due_s = until_s
    return due_s, provisional
