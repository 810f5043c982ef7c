"""Small days for the timing engines, written by hand in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.timing.arrays import ANYONE, EVERYWHERE, FAR, NEVER, Cause, Jam, Numbers, What, Workload

S = 1_000_000
DAY_S = 36_000


@dataclass(frozen=True)
class Person:
    """One visit; `at` None: they come back after an earlier one. Pairs are for a window and for a position to fall back on."""

    at: int | None
    priority: int = 0
    lane: int = ANYONE
    nurses: int = 1
    patience: int | None = None
    prepare: tuple[int, int] = (10, 10)
    draw: tuple[int, int] = (60, 60)
    jam: Jam = Jam.NONE
    jam_at: int = 0
    jam_nurse: int = 0
    jam_engineer: int = 0
    abandons: bool = False
    missed: int | None = None
    missed_back: int = 0
    again: int = NEVER
    again_after: int = 0
    tubes: int = 0
    need: int = 0
    belt: int = 0
    way: int = 0


@dataclass(frozen=True)
class Trouble:
    """One cause; `up` and `down` as often as it comes."""

    kind: Cause = Cause.STOP
    at: int = EVERYWHERE
    up: tuple[int, ...] = ()
    down: tuple[int, ...] = ()
    slow: int = 0
    urgency: int = 0
    call: int = 0
    itself: bool = False


@dataclass(frozen=True)
class Room:
    """The rest of a day: windows that are open from the start, with a nurse each, unless `more` or `nurses` say otherwise."""

    windows: int = 1
    fallback: bool = False  # one more position, the last
    bare: bool = False
    nurses: int | None = None
    engineers: int = 1
    approach: int = 0
    level: int = 100
    capacity: int = 100
    low: int = -1
    refill: tuple[int, ...] = (100, 100, 100)
    tray: int = 1_000
    load: int = 0
    end: int = DAY_S
    more: tuple[tuple[int, What, int, int], ...] = ()  # further rows of the calendar: when, what, who, value


def day(room: Room, people: Sequence[Person], troubles: Sequence[Trouble] = ()) -> Workload:
    """The workload that this makes; people who come back stand last."""
    positions = room.windows + room.fallback
    calendar = [(0, What.OPEN, window, 0) for window in range(room.windows)]
    calendar += [(0, What.NURSES, 0, positions if room.nurses is None else room.nurses), (0, What.ENGINEERS, 0, room.engineers)]
    rows = sorted([*calendar, *room.more])
    return Workload(
        load_us=room.load * S,
        end_us=room.end * S,
        resumes=int(room.bare),
        approach_us=room.approach * S,
        arrivals=sum(person.at is not None for person in people),
        fallback=_whole([0] * room.windows + [1] * room.fallback),
        level=_whole([room.level] * positions).reshape(-1, 1),
        capacity=_whole([room.capacity] * positions).reshape(-1, 1),
        low=_whole([room.low] * positions).reshape(-1, 1),
        refill_us=_whole(room.refill * positions).reshape(positions, len(room.refill)) * S,
        tray=room.tray,
        calendar_us=_whole([row[0] for row in rows]) * S,
        calendar_what=_whole([row[1] for row in rows]),
        calendar_who=_whole([row[2] for row in rows]),
        calendar_value=_whole([row[3] for row in rows]),
        **_visits(people),
        **_causes(sorted(troubles, key=lambda trouble: trouble.at)),
    )


def _visits(people: Sequence[Person]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, column in {"arrived": "at", "patience": "patience", "missed": "missed"}.items():
        columns[f"{name}_us"] = _whole([_us(getattr(person, column)) for person in people])
    for name in ("jam_at", "jam_nurse", "jam_engineer", "missed_back", "belt", "way"):
        columns[f"{name}_us"] = _whole([getattr(person, name) for person in people]) * S
    for name in ("priority", "lane", "nurses", "jam", "abandons", "again", "tubes"):
        columns[name] = _whole([int(getattr(person, name)) for person in people])
    columns["prepare_us"] = _whole([person.prepare for person in people]).reshape(-1, 2).T.copy() * S
    columns["draw_us"] = _whole([person.draw for person in people]).reshape(-1, 2).T.copy() * S
    columns["again_us"] = _whole([person.again_after for person in people]) * S
    columns["need"] = _whole([[person.need] for person in people]).reshape(-1, 1)
    return columns


def _causes(troubles: Sequence[Trouble]) -> dict[str, Any]:
    draws = 1 + max((len(trouble.up) for trouble in troubles), default=0)
    return {
        "cause_kind": _whole([trouble.kind for trouble in troubles]),
        "cause_at": _whole([trouble.at for trouble in troubles]),
        "cause_slow_us": _whole([trouble.slow for trouble in troubles]) * S,
        "cause_urgency": _whole([trouble.urgency for trouble in troubles]),
        "cause_call_us": _whole([trouble.call for trouble in troubles]) * S,
        "cause_itself": _whole([int(trouble.itself) for trouble in troubles]),
        "up_us": _whole([_padded(trouble.up, draws, FAR) for trouble in troubles]).reshape(-1, draws),
        "down_us": _whole([_padded(trouble.down, draws, 0) for trouble in troubles]).reshape(-1, draws),
    }


def _padded(times: Sequence[int], draws: int, rest: int) -> list[int]:
    return [time * S for time in times] + [rest] * (draws - len(times))


def _us(time: int | None) -> int:
    return NEVER if time is None else time * S


def _whole(values: Sequence[Any]) -> Numbers:
    return np.array(values, np.int64)


def seconds(column: Numbers) -> list[int | None]:
    """Times of a course in whole seconds; None where something did not happen."""
    assert not (column[column >= 0] % S).any()
    return [None if value < 0 else value // S for value in column.tolist()]


def rows(table: Numbers, times: int, track: int | None = None) -> list[tuple[int, ...]]:
    """Rows of a course's log or jobs, their first `times` columns in seconds; of one track alone if it is named."""
    chosen = table if track is None else table[table[:, 2] == track]
    return [(*(value // S for value in row[:times]), *row[times:]) for row in chosen.tolist()]
