"""The roster as a mixed-integer programme for HiGHS, solved in stages: shortfall, paid hours, fairness, changes.

Breaks are placed by shift and set of skills, not by person: people of one shift with the same skills are alike to the
room, and `breaks.py` hands the breaks out afterwards, which is always possible (docs/decisions/0024-rosters-and-stock.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from twin.rosters.linear import Programme
from twin.rosters.terms import Day, Person, Question, Shift, weeks

Kind = frozenset[str]  # the skills that a group of people have in common
Terms = dict[int, float]
SHORT, LACK, UNCOVERED = 3.0, 3.0, 1.0  # of the shortfall, in units of ten minutes of one nurse


@dataclass(slots=True)
class Columns:
    """The variables by what they mean: half hours are of the day at the place `day` of the question."""

    works: dict[tuple[int, int, Shift], int] = field(default_factory=dict)  # (person, day, shift)
    meals: dict[tuple[int, Kind, Shift, int], int] = field(default_factory=dict)  # (day, skills, shift, half hour)
    teas: dict[tuple[int, Kind, Shift, int], int] = field(default_factory=dict)
    floats: dict[tuple[int, int], int] = field(default_factory=dict)  # (day, half hour)
    short: dict[tuple[int, int], int] = field(default_factory=dict)
    uncovered: dict[tuple[int, int], int] = field(default_factory=dict)
    lack: dict[tuple[int, str, int], int] = field(default_factory=dict)  # (day, skill, half hour)


class RosterModel:
    """Builds the programme of a question; the objectives are in `stages`."""

    def __init__(self, question: Question) -> None:
        self.question, self.rules = question, question.team.rules
        self.programme, self.at = Programme(), Columns()
        self._mine: dict[tuple[int, int], list[tuple[Shift, int]]] = defaultdict(list)  # (person, day)
        self._meals_at: dict[tuple[int, int], list[tuple[Kind, int]]] = defaultdict(list)  # (day, half hour)
        self._teas_at: dict[tuple[int, int], list[tuple[Kind, int]]] = defaultdict(list)
        for place, day in enumerate(question.days):
            self._people(place, day)
            self._breaks(place)
            self._cover(place, day)
            self._skills(place, day)
        for number, person in enumerate(question.team.people):
            self._person(number, person)

    def _people(self, place: int, day: Day) -> None:
        for number, person in enumerate(self.question.team.people):
            for shift in self.question.options(person, day):
                column = self.at.works[number, place, shift] = self.programme.column(1)
                self._mine[number, place].append((shift, column))
            self.programme.at_most({column: 1.0 for _, column in self._mine[number, place]}, 1)

    def _groups(self, place: int) -> Mapping[tuple[Kind, Shift], list[int]]:
        found: dict[tuple[Kind, Shift], list[int]] = defaultdict(list)
        for number, person in enumerate(self.question.team.people):
            for shift, column in self._mine[number, place]:
                found[person.skills, shift].append(column)
        return found

    def _breaks(self, place: int) -> None:
        """As many meals and teas in their windows as people of that shift; nobody has both in one half hour."""
        for (kind, shift), columns in self._groups(place).items():
            people: Terms = dict.fromkeys(columns, -1.0)
            for kept, at, window in (
                (self.at.meals, self._meals_at, self.rules.meals(shift)),
                (self.at.teas, self._teas_at, self.rules.teas(shift)),
            ):
                here = {slot: self.programme.column(len(columns)) for slot in window}
                for slot, column in here.items():
                    kept[place, kind, shift, slot] = column
                    at[place, slot].append((kind, column))
                if here:
                    self.programme.exactly({**dict.fromkeys(here.values(), 1.0), **people}, 0)
            for slot in self.rules.meals(shift):
                both = [kept[place, kind, shift, slot] for kept in (self.at.meals, self.at.teas) if (place, kind, shift, slot) in kept]
                self.programme.at_most({**dict.fromkeys(both, 1.0), **people}, 0)

    def _present(self, place: int, slot: int, skill: str | None = None) -> Terms:
        """Who works in that half hour, less those at their meal; with a skill where one is named."""
        able = [number for number, person in enumerate(self.question.team.people) if skill is None or skill in person.skills]
        rows = [row for number in able for row in self._mine[number, place]]
        terms = {column: 1.0 for shift, column in rows if shift.first <= slot < shift.end}
        return terms | {column: -1.0 for kind, column in self._meals_at[place, slot] if skill is None or skill in kind}

    def _cover(self, place: int, day: Day) -> None:
        """Present − floaters + short ≥ need; teas ≤ what floaters relieve + uncovered. Outside the hours nobody needs a floater."""
        for slot in day.slots:
            floats = self.at.floats[place, slot] = self.programme.column(len(self.question.team.people))
            short = self.at.short[place, slot] = self.programme.column(day.need[slot])
            self.programme.at_least({**self._present(place, slot), floats: -1.0, short: 1.0}, day.need[slot])
            teas = {column: 1.0 for _, column in self._teas_at[place, slot]}
            open_ = self.at.uncovered[place, slot] = self.programme.column(len(self.question.team.people))
            self.programme.at_most({**teas, floats: -float(self.rules.reliefs), open_: -1.0}, 0)

    def _skills(self, place: int, day: Day) -> None:
        for skill, counts in day.skills.items():
            for slot, count in enumerate(counts):
                if count:
                    lack = self.at.lack[place, skill, slot] = self.programme.column(count)
                    self.programme.at_least({**self._present(place, slot, skill), lack: 1.0}, count)

    def _person(self, number: int, person: Person) -> None:
        """Hours and days a week, and rest between the shifts of days that follow one another."""
        places = {day.date: place for place, day in enumerate(self.question.days)}
        for days in weeks(self.question.days).values():
            rows = [row for day in days for row in self._mine[number, places[day.date]]]
            self.programme.at_most({column: float(self.rules.paid(shift)) for shift, column in rows}, person.most_week)
            self.programme.at_most({column: 1.0 for _, column in rows}, person.most_days)
        for day, later in places.items():
            for before, earlier in places.items():
                if 0 < (day - before).days <= 2:
                    self._rest(number, earlier, later, (day - before).days)

    def _rest(self, number: int, earlier: int, later: int, days: int) -> None:
        for shift, column in self._mine[number, earlier]:
            close = {other: 1.0 for row, other in self._mine[number, later] if not self.rules.rested(shift, row, days)}
            if close:
                self.programme.at_most({column: 1.0, **close}, 1)

    def shortfall(self) -> Terms:
        """What is not covered, in ten minutes of one nurse."""
        at = self.at
        parts = ((at.short.values(), SHORT), (at.lack.values(), LACK), (at.uncovered.values(), UNCOVERED))
        return {column: weight for columns, weight in parts for column in columns}

    def paid(self) -> Terms:
        """Half hours paid."""
        return {column: float(self.rules.paid(shift)) for (_, _, shift), column in self.at.works.items()}

    def spread(self) -> Terms:
        """The difference of the largest and the smallest load: paid half hours of a person over the most there could be."""
        highest, lowest = self.programme.share(), self.programme.share()
        self.programme.at_least({highest: 1.0, lowest: -1.0}, 0)
        for number, person in enumerate(self.question.team.people):
            capacity = self.question.capacity(person)
            if capacity:
                load = {column: self.rules.paid(row) / capacity for (who, _, row), column in self.at.works.items() if who == number}
                self.programme.at_most({**load, highest: -1.0}, 0)
                self.programme.at_least({**load, lowest: -1.0}, 0)
        return {highest: 1.0, lowest: -1.0}

    def changes(self) -> Terms:
        """Duties that are new against the previous roster and those of it that are gone (but for a constant).

        Ties are broken by a far smaller term: early shifts go to those named first.
        """
        kept = set(self.question.previous)
        terms: Terms = {}
        count = len(self.at.works) * 48 * (len(self.question.team.people) + 1) + 1
        for (who, place, shift), column in self.at.works.items():
            row: tuple[date, str, Shift] = (self.question.days[place].date, self.question.team.people[who].name, shift)
            tie = (who + 1) * (48 - shift.first) / count
            terms[column] = (-1.0 if row in kept else 1.0 if kept else 0.0) - tie
        return terms
