"""Presence (contract R1, R2, R4): what the attendance sheets say against the roster: absent, late, left early, covered by the substitute.

All pure. Times are microseconds since the record's start.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from caixue.counted_time import merged
from caixue.ops.forms.attendance import LONGEST_US
from caixue.ops.roster import Roster, Span, common, length, until
from caixue.ops.sheets import Sheet
from caixue.units import US_PER_MINUTE
from caixue.workdays import DayKind

GRACE_US = 5 * US_PER_MINUTE  # later than that is late, earlier than that is early; docs/assumptions.md A-202


class Mark(StrEnum):
    """What is to be said of a person's day."""

    OFF = "off"  # nothing was owed
    COMING = "to-come"
    THERE = "there"
    LATE = "late"
    EARLY = "left-early"
    AWAY = "away-between"
    ABSENT = "absent"
    EXCUSED = "excused"  # absent, and a sheet says why
    LEAVE = "on-leave"
    COVERED = "covered"  # on leave, and the substitute was there
    UNCOVERED = "not-covered"


GOOD = frozenset({Mark.OFF, Mark.COMING, Mark.THERE, Mark.LEAVE, Mark.COVERED})


@dataclass(frozen=True, slots=True)
class Attended:
    """What the attendance sheets say: when each person was there, and on which days he was away and why."""

    stays: Mapping[str, Sequence[Span]]
    absences: Mapping[tuple[str, str], str]  # (person, day) → kind of absence, and why

    @classmethod
    def of(cls, sheets: Iterable[Sheet], now_us: int) -> Attended:
        """The sheets as they stand at `now_us`; who has not left is there until now, but for no longer than a stay can be."""
        stays: dict[str, list[Span]] = {}
        absences = {}
        for values in (sheet.values for sheet in sheets):
            if "absence" in values:
                absences[values["person"], values["day"]] = f"{values['absence']} {values.get('reason', '')}".strip()
            else:
                came_us = values["came_us"]
                stays.setdefault(values["person"], []).append((came_us, values.get("left_us", min(now_us, came_us + LONGEST_US))))
        return cls({person: merged(spans) for person, spans in stays.items()}, absences)


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One day of one person, in microseconds: what was owed until now, what of it was given, how late he came, how early he left."""

    day: date
    kind: DayKind
    owed_us: int
    present_us: int
    late_us: int
    early_us: int
    marks: tuple[Mark, ...]
    substitute: str = ""
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether nobody need ask."""
        return all(mark in GOOD for mark in self.marks)


def person_day(roster: Roster, attended: Attended, person: str, day: date, now_us: int) -> PersonDay:
    """What is to be said at `now_us` of that person's day."""
    owed, there = roster.owed(person, day), attended.stays.get(person, ())
    past = until(owed, now_us)
    late_us, early_us = _late_us(past, there), _early_us(owed, there, now_us)
    reason = attended.absences.get((person, day.isoformat()), "")
    marks = [*_leave_marks(roster, attended, person, day, now_us), *_marks(owed, past, there, now_us, late_us, early_us, reason)]
    substitute = ", ".join(roster.substitutes(day)) if roster.leave(person, day) else ""
    present_us = length(common(past, there))
    shown = tuple(dict.fromkeys(marks)) or (Mark.OFF,)
    return PersonDay(day, roster.calendar.day_kind(day), length(past), present_us, late_us, early_us, shown, substitute, reason)


def month_of(roster: Roster, attended: Attended, person: str, first: date, now_us: int) -> list[PersonDay]:
    """Every day of the month that holds `first`."""
    days = monthrange(first.year, first.month)[1]
    return [person_day(roster, attended, person, first.replace(day=number), now_us) for number in range(1, days + 1)]


def _marks(
    owed: Sequence[Span], past: Sequence[Span], there: Sequence[Span], now_us: int, late_us: int, early_us: int, reason: str
) -> Iterator[Mark]:
    """What is to be said of the hours that he owed himself."""
    if owed and not length(common(past, there)):
        begun = now_us > owed[0][0] + GRACE_US
        yield Mark.EXCUSED if reason else Mark.ABSENT if begun else Mark.COMING
        return
    if late_us:
        yield Mark.LATE
    if early_us:
        yield Mark.EARLY
    if _away_us(owed, there, now_us) > GRACE_US:
        yield Mark.AWAY
    elif owed and not late_us and not early_us:
        yield Mark.THERE


def _leave_marks(roster: Roster, attended: Attended, person: str, day: date, now_us: int) -> Iterator[Mark]:
    """What is to be said of the hours in which he was on leave: whether those who stood in were there."""
    away = roster.leave(person, day)
    if not away:
        return
    past = until(away, now_us)
    if not past:
        yield Mark.LEAVE
        return
    stood_in = merged(span for name in roster.substitutes(day) for span in attended.stays.get(name, ()))
    missing_us = length(past) - length(common(past, stood_in))
    yield Mark.COVERED if missing_us <= 2 * GRACE_US * len(past) else Mark.UNCOVERED


def _late_us(owed: Sequence[Span], there: Sequence[Span]) -> int:
    """By how much he came after the beginning of each span, where that is beyond the grace; what he missed wholly is absence, not lateness."""
    late = (common([span], there)[0][0] - span[0] for span in owed if common([span], there))
    return sum(each for each in late if each > GRACE_US)


def _early_us(owed: Sequence[Span], there: Sequence[Span], now_us: int) -> int:
    """By how much he left before the end of each span that is over."""
    over = (span for span in owed if span[1] <= now_us and common([span], there))
    early = (span[1] - common([span], there)[-1][1] for span in over)
    return sum(each for each in early if each > GRACE_US)


def _away_us(owed: Sequence[Span], there: Sequence[Span], now_us: int) -> int:
    """How long he was away between two stays of one span, or is now, or missed a whole span."""
    total_us = 0
    for from_us, until_us in until(owed, now_us):
        stays = common([(from_us, until_us)], there)
        gaps = sum(later[0] - earlier[1] for earlier, later in pairwise(stays))
        over = any(until_us == end_us for _, end_us in owed)
        total_us += gaps + (0 if over else until_us - stays[-1][1]) if stays else until_us - from_us
    return total_us
