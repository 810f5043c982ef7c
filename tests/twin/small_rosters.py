"""Roster questions so small that every roster can be tried, and the best of them by trying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, product

from twin.rosters.terms import SLOTS, Day, Person, Question, Rules, Shift, SkillNeed, Team, needed_skills

MONDAY = date(2026, 11, 23)
QUICK = Rules(meal_over=4, meal_edge=1, tea_from=4, tea_edge=1)  # breaks already in shifts of two hours
SHIFTS = (Shift(14, 18), Shift(14, 20), Shift(16, 20))
Works = tuple[Shift | None, ...]  # a person each


def needing(*counts: int, first: int = 14) -> tuple[int, ...]:
    """So many in each half hour from 07:00 on."""
    return tuple(counts[slot - first] if 0 <= slot - first < len(counts) else 0 for slot in range(SLOTS))


def question(people: Sequence[Person], needs: Sequence[tuple[int, ...]], skills: tuple[SkillNeed, ...] = (), **rest: object) -> Question:
    """Days from Monday on with these needs."""
    team = Team(tuple(people), QUICK, SHIFTS, needs=skills)
    days = tuple(Day(MONDAY + timedelta(days=number), need, needed_skills(skills, need)) for number, need in enumerate(needs))
    return Question(team, days, **rest)  # type: ignore[arg-type]


def best(asked: Question) -> tuple[float, float, float, int]:
    """Shortfall, half hours paid, spread and changes of the best roster, found by trying all of them."""
    people, shortfalls = asked.team.people, [dict[Works, float]() for _ in asked.days]
    choices = [list(product(*([None, *_allowed(person, day)] for person in people))) for day in asked.days]
    found = []
    for rows in product(*choices):
        if all(_may(asked, person, [row[who] for row in rows]) for who, person in enumerate(people)):
            short = sum(_known(shortfalls[place], asked, place, row) for place, row in enumerate(rows))
            found.append((short, *_rest(asked, rows)))
    return min(found, key=lambda row: (row[0], row[1], round(row[2], 9), row[3]))


def _allowed(person: Person, day: Day) -> list[Shift]:
    inside = [
        row
        for row in SHIFTS
        if person.available.first <= row.first and row.end <= person.available.end and any(day.need[row.first : row.end])
    ]
    return [row for row in inside if person.there(day.date) and _paid(row) <= person.most_day]


def _paid(shift: Shift) -> int:
    return shift.end - shift.first - (shift.end - shift.first > 4)


def _may(asked: Question, person: Person, row: Sequence[Shift | None]) -> bool:
    worked = [(day.date, shift) for day, shift in zip(asked.days, row, strict=True) if shift is not None]
    rested = all(
        (later.first - shift.end) / 2 + 24 * (after - day).days >= asked.team.rules.rest_us / 3.6e9
        for (day, shift), (after, later) in combinations(worked, 2)
    )
    return rested and sum(_paid(shift) for _, shift in worked) <= person.most_week and len(worked) <= person.most_days


def _known(kept: dict[Works, float], asked: Question, place: int, row: Works) -> float:
    if row not in kept:
        kept[row] = min(_short(asked, asked.days[place], row, breaks) for breaks in _breaks(row))
    return kept[row]


def _breaks(row: Works) -> Iterator[tuple[tuple[int | None, int | None], ...]]:
    each = []
    for shift in row:
        if shift is None:
            each.append([(None, None)])
        else:
            inner = range(shift.first + 1, shift.end - 1)
            meals: Sequence[int | None] = inner if shift.end - shift.first > 4 else [None]
            each.append([(meal, tea) for meal in meals for tea in inner if meal != tea])
    return product(*each)


def _short(asked: Question, day: Day, row: Works, breaks: Sequence[tuple[int | None, int | None]]) -> float:
    total = 0.0
    for slot in range(12, 24):
        here = [who for who, shift in enumerate(row) if shift is not None and shift.first <= slot < shift.end and breaks[who][0] != slot]
        teas = sum(tea == slot for _, tea in breaks)
        if day.need[slot]:
            total += min(3 * max(0, day.need[slot] - len(here) + floats) + max(0, teas - 3 * floats) for floats in range(len(here) + 1))
        for skill, counts in day.skills.items():
            there = sum(skill in asked.team.people[who].skills for who in here)
            total += 3 * max(0, counts[slot] - there)
    return total


def _rest(asked: Question, rows: Sequence[Works]) -> tuple[float, float, int]:
    paid = [sum(_paid(row[who]) for row in rows if row[who] is not None) for who in range(len(asked.team.people))]  # type: ignore[arg-type]
    loads = [mine / capacity for mine, person in zip(paid, asked.team.people, strict=True) if (capacity := asked.capacity(person))]
    mine = {
        (day.date, person.name, shift)
        for day, row in zip(asked.days, rows, strict=True)
        for person, shift in zip(asked.team.people, row, strict=True)
        if shift is not None
    }
    changes = len(mine ^ set(asked.previous)) if asked.previous else 0
    return sum(paid), max(loads) - min(loads) if loads else 0.0, changes
