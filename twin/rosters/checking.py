"""Checking a roster against every rule, minute by minute, knowing nothing of how it was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from caixue.units import format_duration
from twin.rosters.terms import Day, Duty, Person, Question, clock

HALF = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Half:
    """One half hour as it is covered. `breaks`: 10 minutes due in it; `open_breaks`: those that no floater relieves."""

    slot: int
    need: int
    present: int  # on their shift and not at their meal
    floaters: int
    breaks: int
    skills: Mapping[str, tuple[int, int]]  # present, needed

    @property
    def at_windows(self) -> int:
        """Who is there and does not float."""
        return self.present - self.floaters

    @property
    def short(self) -> int:
        """Nurses too few."""
        return max(0, self.need - self.at_windows)

    def open_breaks(self, reliefs: int) -> int:
        """Breaks that leave a window without a nurse."""
        return max(0, self.breaks - reliefs * self.floaters)

    @property
    def lacking(self) -> dict[str, int]:
        """Skill → people with it too few."""
        return {skill: needed - there for skill, (there, needed) in self.skills.items() if there < needed}


def covered(question: Question, day: Day, duties: Sequence[Duty], floaters: Mapping[int, int]) -> list[Half]:
    """The half hours of a day in which anybody is needed or works."""
    today = [duty for duty in duties if duty.date == day.date]
    skills = {person.name: person.skills for person in question.team.people}
    found = []
    for slot in range(len(day.need)):
        here = [duty for duty in today if duty.shift.first <= slot < duty.shift.end and duty.meal != slot]
        wanted = {skill: counts[slot] for skill, counts in day.skills.items() if counts[slot]}
        with_skill = {skill: (sum(skill in skills[duty.person] for duty in here), count) for skill, count in wanted.items()}
        breaks = sum(duty.tea == slot for duty in today)
        if day.need[slot] or here:
            found.append(Half(slot, day.need[slot], len(here), floaters.get(slot, 0), breaks, with_skill))
    return found


def broken(question: Question, duties: Sequence[Duty], floaters: Sequence[Mapping[int, int]]) -> list[str]:
    """Every rule that is broken, in words; none where the roster may be worked."""
    people = {person.name: person for person in question.team.people}
    found = [f"{duty.person}: nobody of that name" for duty in duties if duty.person not in people]
    found += [
        f"{row[0]} {row[1]}: {count} shifts" for row, count in Counter((duty.date, duty.person) for duty in duties).items() if count > 1
    ]
    for duty in duties:
        if duty.person in people:
            found += [f"{duty.date} {duty.person}: {what}" for what in _of_a_day(question, people[duty.person], duty)]
    for name, person in people.items():
        mine = sorted(duty for duty in duties if duty.person == name)
        found += [f"{name}: {what}" for what in (*_of_weeks(person, mine), *_of_rest(question, mine))]
    for day, row in zip(question.days, floaters, strict=True):
        found += [f"{day.date} {what}" for what in _of_floaters(question, day, duties, row)]
    return found


def _of_a_day(question: Question, person: Person, duty: Duty) -> Iterator[str]:
    day = next((row for row in question.days if row.date == duty.date), None)
    if day is None:
        yield "no day of the roster"
        return
    if duty.shift not in question.team.candidates(day.need):
        yield f"no such shift: {duty.shift}"
    if duty.date.weekday() in person.days_off or duty.date in person.leave:
        yield "is off"
    if duty.shift.first < person.available.first or duty.shift.end > person.available.end:
        yield f"is there {person.available} only"
    if _worked(duty) > person.most_day * HALF:
        yield f"works {_worked(duty)}"
    yield from _of_breaks(question, duty)


def _of_breaks(question: Question, duty: Duty) -> Iterator[str]:
    rules, length = question.team.rules, _end(duty) - _begin(duty)
    if (length > rules.meal_over * HALF) != (duty.meal is not None):
        yield "a meal is missing" if duty.meal is None else "a meal too many"
    if duty.meal is not None and not _inside(duty, duty.meal, HALF, rules.meal_edge * HALF):
        yield f"meal at {clock(duty.meal)}"
    if duty.tea is None and length >= rules.tea_from * HALF and length > 2 * rules.tea_edge * HALF:
        yield "10 minutes off are missing"
    if duty.tea is not None and (duty.tea == duty.meal or not _inside(duty, duty.tea, HALF, rules.tea_edge * HALF)):
        yield f"10 minutes off at {clock(duty.tea)}"


def _of_weeks(person: Person, mine: Sequence[Duty]) -> Iterator[str]:
    for week in sorted({duty.date.isocalendar()[:2] for duty in mine}):
        rows = [duty for duty in mine if duty.date.isocalendar()[:2] == week]
        hours = sum((_worked(duty) for duty in rows), timedelta())
        if hours > person.most_week * HALF:
            yield f"works {hours} in week {week[1]}"
        if len({duty.date for duty in rows}) > person.most_days:
            yield f"works {len(rows)} days in week {week[1]}"


def _of_rest(question: Question, mine: Sequence[Duty]) -> Iterator[str]:
    for place, duty in enumerate(mine):
        for later in mine[place + 1 :]:
            if later.date > duty.date and _begin(later) - _end(duty) < timedelta(microseconds=question.team.rules.rest_us):
                yield f"rests less than {format_duration(question.team.rules.rest_us)} before {later.date}"


def _of_floaters(question: Question, day: Day, duties: Sequence[Duty], floaters: Mapping[int, int]) -> Iterator[str]:
    for half in covered(question, day, duties, floaters):
        if not 0 <= half.floaters <= half.present:
            yield f"{clock(half.slot)}: {half.floaters} float of {half.present}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())  # wall clock of one place, and no summer time there


def _begin(duty: Duty) -> datetime:
    return _midnight(duty.date) + duty.shift.first * HALF


def _end(duty: Duty) -> datetime:
    return _midnight(duty.date) + duty.shift.end * HALF


def _worked(duty: Duty) -> timedelta:
    return _end(duty) - _begin(duty) - (HALF if duty.meal is not None else timedelta())


def _inside(duty: Duty, slot: int, length: timedelta, edge: timedelta) -> bool:
    begin = _midnight(duty.date) + slot * HALF
    return _begin(duty) + edge <= begin and begin + length <= _end(duty) - edge
