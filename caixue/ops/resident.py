"""The resident engineer (contract R1): is one there today, is he competent, and would his substitutes be.

What he must be trained in is the table `caixue.ops.topics`; a substitute must be trained in the same until the last day of the leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from caixue.lang import tr
from caixue.ops.competence import competence, lacking
from caixue.ops.leave import Leave
from caixue.ops.presence import GRACE_US, Attended
from caixue.ops.roster import Roster, Span
from caixue.ops.sheets import Sheet
from caixue.roles import ENGINEER


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who must be there: when, since when he is (None: he is not), and the topics in which he is not competent."""

    person: str
    spans: tuple[Span, ...]
    came_us: int | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that breaks R1: nobody, absent, not-competent or substitute-not-competent."""

    what: str
    person: str
    text: str


def gaps(person: str, trainings: Iterable[Sheet], day: date) -> tuple[str, ...]:
    """The topics of a resident engineer in which that person is not competent on that day, whatever his own post."""
    return tuple(one.topic.name for one in lacking(competence(trainings, {person: ENGINEER}, day)))


def on_duty(roster: Roster, attended: Attended, trainings: Iterable[Sheet], day: date, now_us: int) -> list[OnDuty]:
    """Who must be there on that day, since when he is or was there in those hours or is now, and what he lacks."""
    trainings, begins_us = list(trainings), roster.midnight_us(day)
    return [
        OnDuty(person, spans, _came_us(attended.stays.get(person, ()), spans, begins_us, now_us), gaps(person, trainings, day))
        for person, spans in roster.on_duty(day)
    ]


def findings(duties: Iterable[OnDuty], *, needed: bool, now_us: int) -> list[Finding]:
    """What is wrong with who is on duty; `needed`: somebody must be on site on that day at all."""
    duties = list(duties)
    found = (
        [Finding("nobody", "", tr("应有驻场工程师，没有人", "there should be a resident engineer, and there is none"))]
        if needed and not duties
        else []
    )
    for one in duties:
        if one.came_us is None and now_us > one.spans[0][0] + GRACE_US:
            found.append(Finding("absent", one.person, tr(f"{one.person} 应在岗而没有到", f"{one.person} should be there and is not")))
        if one.topics:
            found.append(Finding("not-competent", one.person, _untrained(one.person, one.topics)))
    return found


def substitutes(leaves: Iterable[Leave], trainings: Iterable[Sheet], roster: Roster, now_us: int) -> list[Finding]:
    """The leaves that are not over and whose substitute is not competent until their end."""
    trainings = list(trainings)
    running = [one for one in leaves if one.until_us > now_us]
    missing: dict[str, tuple[str, ...]] = {}
    for one in running:  # one substitute may stand in for several
        lacks = gaps(one.substitute, trainings, roster.day_of(one.until_us - 1))
        missing[one.substitute] = tuple(dict.fromkeys((*missing.get(one.substitute, ()), *lacks)))
    return [Finding("substitute-not-competent", name, _untrained(name, topics)) for name, topics in missing.items() if topics]


def _came_us(stays: Iterable[Span], spans: Iterable[Span], begins_us: int, now_us: int) -> int | None:
    """The beginning of the day's first stay that lies in the hours owed, or goes on now."""
    spans = tuple(spans)
    counts = (
        stay
        for stay in stays
        if any(stay[0] < span[1] and stay[1] > span[0] for span in spans) or (begins_us <= stay[0] and stay[1] >= now_us)
    )
    return next((stay[0] for stay in counts), None)


def _untrained(person: str, topics: tuple[str, ...]) -> str:
    return tr(f"{person} 尚未合格：{', '.join(topics)}", f"{person} is not competent: {', '.join(topics)}")
