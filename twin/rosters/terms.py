"""What a roster is made from: people, shifts and rules; a day is 48 half hours, numbered from midnight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from caixue.units import US_PER_DAY, US_PER_MINUTE

SLOT_US = 30 * US_PER_MINUTE
SLOTS = US_PER_DAY // SLOT_US  # of a day
VENIPUNCTURE = "venipuncture"
Date = date  # beside fields of that name
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock(slot: int) -> str:
    """When a half hour begins, such as 07:30."""
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """From the half hour `first` until the beginning of the half hour `end`."""

    first: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.first)}-{clock(self.end)}"

    @property
    def length(self) -> int:
        """In half hours, the meal included."""
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Rules:
    """Breaks and rest. Lengths in half hours, but `rest_us`."""

    rest_us: int = 11 * 60 * US_PER_MINUTE  # between two shifts of a person; assumed: docs/assumptions.md A-165
    meal_over: int = 12  # a longer shift has one half hour off; that is not paid; assumed: docs/assumptions.md A-166
    meal_edge: int = 4  # of a shift, at either end, in which no meal lies; assumed: docs/assumptions.md A-166
    tea_from: int = 8  # such a shift or a longer one has 10 minutes off, paid; assumed: docs/assumptions.md A-166
    tea_edge: int = 2
    reliefs: int = 3  # breaks of 10 minutes that one floater covers in half an hour

    def meals(self, shift: Shift) -> range:
        """The half hours in which the meal of such a shift may lie; empty where it has none."""
        return range(shift.first + self.meal_edge, shift.end - self.meal_edge) if shift.length > self.meal_over else range(0)

    def teas(self, shift: Shift) -> range:
        """The half hours in which its 10 minutes may lie; empty where it has none."""
        return range(shift.first + self.tea_edge, shift.end - self.tea_edge) if shift.length >= self.tea_from else range(0)

    def paid(self, shift: Shift) -> int:
        """Half hours paid."""
        return shift.length - bool(self.meals(shift))

    def rested(self, earlier: Shift, later: Shift, days: int) -> bool:
        """Whether there is rest enough between a shift and one so many days after it."""
        return (later.first - earlier.end) * SLOT_US + days * US_PER_DAY >= self.rest_us


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be rostered. Most half hours paid in a day and in a week (from Monday), most days in a week."""

    name: str
    skills: frozenset[str] = frozenset({VENIPUNCTURE})
    most_day: int = 16  # assumed: docs/assumptions.md A-165
    most_week: int = 80
    most_days: int = 5
    days_off: frozenset[int] = frozenset()  # weekdays, Monday is 0
    leave: frozenset[date] = frozenset()
    available: Shift = Shift(0, SLOTS)

    def there(self, day: date) -> bool:
        """Whether that day is neither off nor leave."""
        return day.weekday() not in self.days_off and day not in self.leave


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """At least `count` people with a skill in every half hour of `span` in which anybody is needed."""

    skill: str
    count: int
    span: Shift


@dataclass(frozen=True, slots=True)
class Team:
    """Who there is, and by which rules they work."""

    people: tuple[Person, ...]
    rules: Rules = Rules()
    shifts: tuple[Shift, ...] = ()  # that may be worked; none: by starts and lengths
    lengths: tuple[int, ...] = (8, 10, 12, 14, 16)  # of shifts that begin at any half hour; assumed: docs/assumptions.md A-167
    needs: tuple[SkillNeed, ...] = ()

    def candidates(self, need: tuple[int, ...]) -> list[Shift]:
        """The shifts of a day: those named, or each that lies within the hours in which anybody is needed, and one over all of them."""
        open_slots = [slot for slot, count in enumerate(need) if count]
        if not open_slots:
            return []
        first, end = open_slots[0], open_slots[-1] + 1
        if self.shifts:
            return sorted(shift for shift in self.shifts if any(need[shift.first : shift.end]))
        made = {Shift(start, start + length) for length in self.lengths for start in range(first, end - length + 1)}
        return sorted(made or {Shift(first, end)})


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the roster: how many are needed at windows in each half hour, and how many with a skill."""

    date: date
    need: tuple[int, ...]
    skills: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def slots(self) -> list[int]:
        """The half hours in which anybody is needed."""
        return [slot for slot, count in enumerate(self.need) if count]

    @property
    def week(self) -> Date:
        """Its Monday."""
        return self.date - timedelta(days=self.date.weekday())


@dataclass(frozen=True, slots=True, order=True)
class Duty:
    """What one person does on one day; half hours of the meal and of the 10 minutes where the shift has them."""

    date: date
    person: str
    shift: Shift
    meal: int | None = None
    tea: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Which days are to be covered by whom; `previous`: an earlier roster from which little should change."""

    team: Team
    days: tuple[Day, ...]
    previous: tuple[tuple[date, str, Shift], ...] = ()

    def options(self, person: Person, day: Day) -> list[Shift]:
        """The shifts that a person could work that day."""
        if not person.there(day.date):
            return []
        fits, rules = person.available, self.team.rules
        rows = self.team.candidates(day.need)
        return [row for row in rows if fits.first <= row.first and row.end <= fits.end and rules.paid(row) <= person.most_day]

    def capacity(self, person: Person) -> int:
        """Most half hours that a person could be paid for in these days: what is fair is measured by it."""
        total = 0
        for days in weeks(self.days).values():
            best = sorted((max(map(self.team.rules.paid, self.options(person, day)), default=0) for day in days), reverse=True)
            total += min(person.most_week, sum(best[: person.most_days]))
        return total


def weeks(days: tuple[Day, ...]) -> dict[date, list[Day]]:
    """The days by their Monday."""
    found: dict[date, list[Day]] = {}
    for day in days:
        found.setdefault(day.week, []).append(day)
    return found


def needed_skills(needs: tuple[SkillNeed, ...], need: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Of each skill, how many are needed in each half hour in which anybody is."""
    found: dict[str, tuple[int, ...]] = {}
    for row in needs:
        counts = [row.count if need[slot] and row.span.first <= slot < row.span.end else 0 for slot in range(SLOTS)]
        found[row.skill] = tuple(map(max, counts, found.get(row.skill, counts)))
    return found


def dates(first: date, count: int) -> Iterator[date]:
    """So many days on end."""
    return (first + timedelta(days=number) for number in range(count))
