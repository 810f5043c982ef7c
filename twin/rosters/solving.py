"""From a question to a roster: the stages of the programme, then who has which break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from twin.rosters.breaks import handed_out
from twin.rosters.linear import Stage
from twin.rosters.model import Kind, RosterModel
from twin.rosters.terms import Duty, Question, Shift

NODES, STALLED = 300, 100  # of each stage's search; assumed: docs/assumptions.md A-168
_TIES = 20  # where nothing but ties is left to decide, so many times fewer


@dataclass(frozen=True, slots=True)
class Roster:
    """Duties by day and person, how many float in each half hour of each day, and how the solver fared."""

    duties: tuple[Duty, ...]
    floaters: tuple[Mapping[int, int], ...]  # a day: half hour → people
    stages: tuple[Stage, ...]


def solve(question: Question, *, nodes: int = NODES, stalled: int = STALLED) -> Roster:
    """The roster with the least shortfall; of those the fewest paid hours, then the fairest, then the fewest changes."""
    model = RosterModel(question)
    programme, stages = model.programme, []
    for name, terms, whole in (("shortfall", model.shortfall(), True), ("paid", model.paid(), True), ("spread", model.spread(), False)):
        stage = programme.minimise(name, terms, nodes=nodes, stalled=stalled)
        programme.at_most(terms, round(stage.value) + 0.25 if whole else stage.value + 1e-6)
        stages.append(stage)
    fewer = 1 if question.previous else _TIES
    stages.append(programme.minimise("changes", model.changes(), nodes=nodes // fewer, stalled=stalled // fewer))
    return Roster(_duties(model), _floaters(model), tuple(stages))


def _duties(model: RosterModel) -> tuple[Duty, ...]:
    groups: dict[tuple[int, Kind, Shift], list[str]] = defaultdict(list)
    for (who, place, shift), column in model.at.works.items():
        if model.programme.values[column] > 0.5:
            person = model.question.team.people[who]
            groups[place, person.skills, shift].append(person.name)
    found = []
    for (place, kind, shift), names in groups.items():
        meals, teas = (_placed(model, kept, place, kind, shift) for kept in (model.at.meals, model.at.teas))
        if meals and teas:
            teas = handed_out(meals, teas)
        for number, name in enumerate(names):
            meal, tea = meals[number] if meals else None, teas[number] if teas else None
            found.append(Duty(model.question.days[place].date, name, shift, meal, tea))
    order = {person.name: number for number, person in enumerate(model.question.team.people)}
    return tuple(sorted(found, key=lambda duty: (duty.date, order[duty.person])))


def _placed(model: RosterModel, kept: Mapping[tuple[int, Kind, Shift, int], int], place: int, kind: Kind, shift: Shift) -> list[int]:
    rows = ((slot, column) for (when, who, row, slot), column in kept.items() if (when, who, row) == (place, kind, shift))
    return [slot for slot, column in sorted(rows) for _ in range(round(model.programme.values[column]))]


def _floaters(model: RosterModel) -> tuple[Mapping[int, int], ...]:
    """As many as the breaks take, no more; who is beyond the requirement without relieving anybody is simply there."""
    rows: list[dict[int, int]] = [{} for _ in model.question.days]
    for (place, slot), column in model.at.floats.items():
        teas = sum(model.programme.values[at] for (when, _, _, where), at in model.at.teas.items() if (when, where) == (place, slot))
        needed = -(-round(teas) // model.rules.reliefs)
        rows[place][slot] = min(round(model.programme.values[column]), needed)
    return tuple(rows)
