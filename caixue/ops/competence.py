"""Who is competent in what (contract C3, R1): pure decisions over the training sheets and a day.

Of several judgements of one person in one topic the last decides: who failed last is not competent, whatever an earlier pass says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from caixue.events import Event
from caixue.ops.forms.training import FAILED, PASSED
from caixue.ops.sheets import OPENED, Sheet
from caixue.ops.topics import TOPICS, Topic

EXPIRING_DAYS = 30  # a pass that ends within so many days is to be renewed; docs/assumptions.md A-211


class Standing(StrEnum):
    """Where a person stands in a topic."""

    COMPETENT = "competent"
    EXPIRING = "expiring"  # competent, but not for long
    EXPIRED = "expired"
    FAILED = "failed"  # to be repeated until competent
    NEVER = "never"  # was never judged


COMPETENT = (Standing.COMPETENT, Standing.EXPIRING)


@dataclass(frozen=True, slots=True)
class Competence:
    """Where `person` stands in `topic`; `valid_until` is the last day of the last pass, `number` the sheet of the last judgement."""

    person: str
    role: str
    topic: Topic
    standing: Standing
    valid_until: date | None = None
    number: str = ""
    attempts: int = 0  # how often this was held on that sheet

    @property
    def competent(self) -> bool:
        """Whether the person may work by it today."""
        return self.standing in COMPETENT


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done: `what` is plan, hold, assess, repeat or renew; `on` is the day that was planned or on which the pass ends."""

    what: str
    person: str
    topic: Topic
    number: str = ""
    on: date | None = None
    overdue: bool = False


def competence(sheets: Iterable[Sheet], people: Mapping[str, str], day: date) -> list[Competence]:
    """Where everybody of `people` (name → role) stands on `day` in every topic that the post needs, in the order of people and topics."""
    judged = _last_judged(sheets)
    return [
        _standing(person, role, topic, judged.get((person, topic.name)), day)
        for person, role in people.items()
        for topic in TOPICS.values()
        if role in topic.roles
    ]


def lacking(found: Iterable[Competence]) -> list[Competence]:
    """Who is not competent in what."""
    return [one for one in found if not one.competent]


def due(sheets: Iterable[Sheet], people: Mapping[str, str], day: date) -> list[Due]:
    """What is to be done on `day`: what goes on with its next step, what is lacking or ends soon and is not planned."""
    sheets = [sheet for sheet in sheets if sheet.values["topic"] in TOPICS]  # topics come and go
    going_on = {_key(sheet): _next_step(sheet, day) for sheet in sheets if sheet.state in (OPENED, "held", FAILED)}
    missing = [
        _wanted(one, day) for one in competence(sheets, people, day) if one.standing is not Standing.COMPETENT and _of(one) not in going_on
    ]
    rows = [*(row for row in going_on.values() if row.on is None or row.on <= day), *missing]
    return sorted(rows, key=lambda row: (not row.overdue, row.on or date.min, row.person, row.topic.name))


def planned_for(sheet: Sheet) -> date | None:
    """When the next attempt is; after a failed one only a date that was named with it counts."""
    said = sheet.history[-1].data.get("planned") if sheet.state == FAILED else sheet.values["planned"]
    return None if said is None else date.fromisoformat(said)


def _last_judged(sheets: Iterable[Sheet]) -> Mapping[tuple[str, str], tuple[Event, Sheet]]:
    found: dict[tuple[str, str], tuple[Event, Sheet]] = {}
    judged = ((event, sheet) for sheet in sheets for event in sheet.history if event.kind.endswith((f".{PASSED}", f".{FAILED}")))
    for event, sheet in sorted(judged, key=lambda one: one[0].seq):
        found[_key(sheet)] = event, sheet
    return found


def _standing(person: str, role: str, topic: Topic, judged: tuple[Event, Sheet] | None, day: date) -> Competence:
    if judged is None:
        return Competence(person, role, topic, Standing.NEVER)
    event, sheet = judged
    attempts = sum(each.kind.endswith(".held") for each in sheet.history)
    if event.kind.endswith(f".{FAILED}"):
        return Competence(person, role, topic, Standing.FAILED, None, sheet.number, attempts)
    until = date.fromisoformat(event.data["valid_until"])
    return Competence(person, role, topic, _of_validity(until, day), until, sheet.number, attempts)


def _of_validity(until: date, day: date) -> Standing:
    """The last day of validity still counts."""
    if day > until:
        return Standing.EXPIRED
    return Standing.EXPIRING if until - day <= timedelta(days=EXPIRING_DAYS) else Standing.COMPETENT


def _next_step(sheet: Sheet, day: date) -> Due:
    person, topic = sheet.values["person"], TOPICS[sheet.values["topic"]]
    if sheet.state == "held":
        return Due("assess", person, topic, sheet.number, date.fromisoformat(sheet.values["held_on"]))
    planned = planned_for(sheet)
    what = "hold" if sheet.state == OPENED else "repeat"
    return Due(what, person, topic, sheet.number, planned, overdue=planned is not None and planned < day)


def _wanted(one: Competence, day: date) -> Due:
    what = "renew" if one.standing in (Standing.EXPIRING, Standing.EXPIRED) else "plan"
    return Due(what, one.person, one.topic, on=one.valid_until, overdue=one.standing is Standing.EXPIRED)


def _key(sheet: Sheet) -> tuple[str, str]:
    return sheet.values["person"], sheet.values["topic"]


def _of(one: Competence) -> tuple[str, str]:
    return one.person, one.topic.name
