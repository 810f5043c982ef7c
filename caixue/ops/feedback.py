"""Feedback of users and its follow-up (contract C2.2.2): answered and closed in time, counted by month, and asked for every month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.dating import day_of, month_of, record_start
from caixue.ops.forms.feedback import COMPLAINT, PRAISE, SORTS, WISH
from caixue.ops.forms.feedback import FORM as FEEDBACK
from caixue.ops.forms.survey import FORM as SURVEY
from caixue.ops.preventive import months_later
from caixue.ops.sheets import OPENED, Sheet, Sheets
from caixue.units import US_PER_DAY

ANSWER_WITHIN_US: Mapping[str, int] = {COMPLAINT: 3 * US_PER_DAY, WISH: 7 * US_PER_DAY}  # praise needs none; docs/assumptions.md A-212
CLOSE_WITHIN_US: Mapping[str, int] = {COMPLAINT: 30 * US_PER_DAY, WISH: 90 * US_PER_DAY, PRAISE: 30 * US_PER_DAY}


@dataclass(frozen=True, slots=True)
class Overdue:
    """A sheet whose answer or end is late; `due_us` is when it was due."""

    sheet: Sheet
    what: str  # "answer" or "close"
    due_us: int


@dataclass(frozen=True, slots=True)
class Month:
    """What one month brought: how many of each sort, what was done, and how many rounds of collecting there were."""

    month: str  # "2026-11"
    received: Mapping[str, int]
    answered: int = 0
    improved: int = 0
    satisfied: int = 0
    unsatisfied: int = 0
    surveys: int = 0


def overdue(sheets: Iterable[Sheet], now_us: int) -> list[Overdue]:
    """What is late at `now_us`, the longest first. A term that ends at this very instant is kept."""
    found = (one for sheet in sheets if sheet.state != "closed" for one in _terms(sheet) if one.due_us < now_us)
    return sorted(found, key=lambda one: one.due_us)


def by_month(feedbacks: Iterable[Sheet], surveys: Iterable[Sheet], start: datetime) -> list[Month]:
    """The months in which anything happened, in order; `start` is the record's."""
    counted: dict[str, Counter[str]] = {}
    for sheet in (*feedbacks, *surveys):
        for event in sheet.history:
            counted.setdefault(month_of(event.at_us, start), Counter())[_word(event)] += 1
    return [_month(month, counts) for month, counts in sorted(counted.items())]


def months_without_survey(surveys: Iterable[Sheet], start: datetime, today: date) -> list[str]:
    """The months since the record's start, the present one last, in which nobody was asked for feedback."""
    asked = {month_of(sheet.opened_us, start) for sheet in surveys}
    return [month for month in _months(day_of(0, start), today) if month not in asked]


class Feedback:
    """The feedback of the users of a site (people: name → role), and the rounds in which it was asked for."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.people = people
        self.sheets = Sheets(FEEDBACK, recorder, people, followed)
        self.surveys = Sheets(SURVEY, recorder, people, followed)

    def collect(self, asked: Sequence[str], way: str, *, by: str, note: str = "", op: str = "") -> list[Event]:
        """Note a round of asking. Raises UsageError, as all steps do, when it does not fit; then nothing is noted."""
        return self.surveys.open(asked=asked, way=way, note=note, by=by, op=op)

    def receive(
        self, sort: str, about: str, words: str, *, by: str, role: str = "", giver: str | None = None, survey: str = "", op: str = ""
    ) -> list[Event]:
        """Note what somebody said; a person of the site brings their role along."""
        if giver is not None and role not in ("", self.people.get(giver, role)):
            raise UsageError(tr(f"{giver} 的岗位是 {self.people[giver]}", f"the role of {giver} is {self.people[giver]}"))
        known = self.surveys.named(survey).number if survey else ""
        given = role or self.people.get(giver or "", "")
        return self.sheets.open(role=given, giver=giver, sort=sort, about=about, words=words, survey=known, by=by, op=op)

    def answer(self, number: str, answer: str, *, by: str, op: str = "") -> list[Event]:
        """What the giver was told."""
        return self.sheets.take("answered", number, answer=answer, by=by, op=op)

    def improve(self, number: str, change: str, *, by: str, reference: str = "", op: str = "") -> list[Event]:
        """What was changed because of it, with the number of a change request or incident."""
        return self.sheets.take("improved", number, change=change, reference=reference, by=by, op=op)

    def close(self, number: str, satisfied: bool, *, by: str, comment: str = "", op: str = "") -> list[Event]:
        """The giver's word at the end."""
        return self.sheets.take("closed", number, satisfied=satisfied, comment=comment, by=by, op=op)

    def reopen(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """It is not over after all."""
        return self.sheets.take("reopened", number, reason=reason, by=by, op=op)

    def waiting(self) -> list[Sheet]:
        """What is not closed, the oldest first."""
        return self.sheets.in_state(OPENED, "answered", "improved")

    def overdue(self) -> list[Overdue]:
        """What is late now."""
        return overdue(self.sheets.sheets.values(), self.recorder.clock.monotonic_us())

    def months(self) -> list[Month]:
        """The counts of every month."""
        return by_month(self.sheets.sheets.values(), self.surveys.sheets.values(), record_start(self.recorder.clock))

    def months_without_survey(self) -> list[str]:
        """The months in which nobody was asked, the present one last."""
        clock = self.recorder.clock
        start = record_start(clock)
        return months_without_survey(self.surveys.sheets.values(), start, day_of(clock.monotonic_us(), start))


def _terms(sheet: Sheet) -> Iterator[Overdue]:
    """When the sheet's next answer and its end are due; what was reopened begins anew."""
    sort = sheet.values["sort"]
    since_us = sheet.when_us("reopened") or sheet.opened_us
    if sheet.state == OPENED and sort in ANSWER_WITHIN_US:
        yield Overdue(sheet, "answer", since_us + ANSWER_WITHIN_US[sort])
    yield Overdue(sheet, "close", since_us + CLOSE_WITHIN_US[sort])


def _word(event: Event) -> str:
    register, _, step = event.kind.rpartition(".")
    if step == OPENED:
        return str(event.data["sort"]) if register == FEEDBACK.name else "survey"
    return ("satisfied" if event.data["satisfied"] else "unsatisfied") if step == "closed" else step


def _month(month: str, counts: Mapping[str, int]) -> Month:
    received = {sort: counts[sort] for sort in SORTS}
    done = {step: counts[step] for step in ("answered", "improved", "satisfied", "unsatisfied")}
    return Month(month, received, surveys=counts["survey"], **done)


def _months(first: date, last: date) -> Iterator[str]:
    month = first.replace(day=1)
    while month <= last:
        yield f"{month:%Y-%m}"
        month = months_later(month, 1)
