"""A roster as data: who works when, what is covered in each half hour, what is short, and the `[staff]` of a scenario with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from twin.rosters.checking import Half, broken, covered
from twin.rosters.linear import Stage
from twin.rosters.solving import Roster
from twin.rosters.terms import Day, Question, Rules, clock

SCHEMA = 1
_TEN = 3  # ten minutes in half an hour


def data_of(question: Question, roster: Roster, name: str, overtime_h: float = 0.0) -> dict[str, Any]:
    """The whole roster; hours in hours. `broken`: rules that an independent check found broken, which is none."""
    days = [day_data(question, day, roster, place) for place, day in enumerate(question.days)]
    paid_h = sum(question.team.rules.paid(duty.shift) for duty in roster.duties) / 2
    return {
        "schema": SCHEMA,
        "scenario": name,
        "complete": not any(day["short"] for day in days),
        "days": days,
        "people": people_data(question, roster),
        "needed_h": sum(map(sum, (day.need for day in question.days))) / 2,
        "paid_h": paid_h,
        "overtime_h_a_day": overtime_h,
        "changes": changes(question, roster),
        "broken": broken(question, roster.duties, roster.floaters),
        "solver": [stage_data(stage) for stage in roster.stages],
    }


def stage_data(stage: Stage) -> dict[str, Any]:
    """How one objective came out; real time is left to the screen, so that files are the same each time."""
    return {
        "objective": stage.name,
        "value": round(stage.value, 6),
        "gap": round(stage.gap, 6),
        "optimal": stage.optimal,
        "nodes": stage.nodes,
    }


def day_data(question: Question, day: Day, roster: Roster, place: int) -> dict[str, Any]:
    """One day: each half hour, and what is short in it."""
    halves = covered(question, day, roster.duties, roster.floaters[place])
    rows = [half_data(half, question.team.rules) for half in halves]
    staff = spans_of(halves, question.team.rules)
    return {"date": day.date.isoformat(), "halves": rows, "short": list(shorts(halves, question.team.rules)), "staff_nurses": staff}


def half_data(half: Half, rules: Rules) -> dict[str, Any]:
    """One half hour as JSON has it."""
    return {
        "from": clock(half.slot),
        "to": clock(half.slot + 1),
        "need": half.need,
        "at_windows": half.at_windows,
        "floaters": half.floaters,
        "breaks": half.breaks,
        "short": half.short,
        "uncovered_breaks": half.open_breaks(rules.reliefs),
        "lacking": half.lacking,
    }


def shorts(halves: Sequence[Half], rules: Rules) -> Iterator[dict[str, Any]]:
    """What is short: nurses, a skill, or somebody to cover a break of ten minutes."""
    for half in halves:
        at = {"from": clock(half.slot), "to": clock(half.slot + 1)}
        if half.short:
            yield {**at, "what": "nurses", "by": half.short, "need": half.need}
        for skill, by in half.lacking.items():
            yield {**at, "what": skill, "by": by, "need": half.skills[skill][1]}
        if half.need and (open_ := half.open_breaks(rules.reliefs)):
            yield {**at, "what": "10 min", "by": open_, "need": half.breaks}


def people_data(question: Question, roster: Roster) -> list[dict[str, Any]]:
    """Each person with shifts, paid hours and load: paid hours over the most there could be."""
    rules, found = question.team.rules, []
    for person in question.team.people:
        mine = [duty for duty in roster.duties if duty.person == person.name]
        paid, capacity = sum(rules.paid(duty.shift) for duty in mine), question.capacity(person)
        rows = [
            {
                "date": duty.date.isoformat(),
                "from": clock(duty.shift.first),
                "to": clock(duty.shift.end),
                "meal": None if duty.meal is None else clock(duty.meal),
                "break": None if duty.tea is None else clock(duty.tea),
            }
            for duty in mine
        ]
        load = paid / capacity if capacity else None
        found.append({"name": person.name, "skills": sorted(person.skills), "paid_h": paid / 2, "load": load, "duties": rows})
    return found


def changes(question: Question, roster: Roster) -> int | None:
    """Duties that are new against the previous roster and those of it that are gone; None without one."""
    if not question.previous:
        return None
    return len(set(question.previous) ^ {(duty.date, duty.person, duty.shift) for duty in roster.duties})


def spans_of(halves: Sequence[Half], rules: Rules) -> dict[str, int]:
    """`[staff] nurses` of that day: who is at windows, ten minutes by ten minutes where a break leaves one empty."""
    counts: list[tuple[int, int]] = []  # (ten minutes of the day, nurses)
    for half in halves:
        open_ = half.open_breaks(rules.reliefs)
        for part in range(_TEN):
            away = open_ // _TEN + (part < open_ % _TEN)
            counts.append((half.slot * _TEN + part, max(0, half.at_windows - away)))
    spans: dict[str, int] = {}
    for (count, _), group in groupby(enumerate(counts), key=lambda row: (row[1][1], row[1][0] - row[0])):
        places = [at for _, (at, _) in group]
        spans[f"{_time(places[0])}-{_time(places[-1] + 1)}"] = count
    return spans


def _time(ten: int) -> str:
    return f"{ten // 6:02d}:{ten % 6 * 10:02d}"


def csv_of(data: Mapping[str, Any]) -> str:
    """One row for each duty, with the mark by which Excel knows UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("date", "person", "from", "to", "meal", "break", "paid_h"))
    rows = [(duty, person) for person in data["people"] for duty in person["duties"]]
    for duty, person in sorted(rows, key=lambda row: row[0]["date"]):
        writer.writerow(
            (duty["date"], _cell(person["name"]), duty["from"], duty["to"], duty["meal"] or "", duty["break"] or "", _paid_h(duty))
        )
    return "\ufeff" + text.getvalue()


def _paid_h(duty: Mapping[str, Any]) -> float:
    begin, end = (int(duty[key][:2]) + int(duty[key][3:]) / 60 for key in ("from", "to"))
    return end - begin - (0.5 if duty["meal"] else 0.0)


def _cell(name: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name
