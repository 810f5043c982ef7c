"""The duties of learning on one in-memory journal, with a clock that is moved by days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.feedback import Feedback
from caixue.ops.freeze import ChangeFreeze
from caixue.ops.periods import Periods
from caixue.ops.training import Training
from caixue.site import SpecialPeriod, load_site
from tests.caixue.ops.incident_bench import WallClock

PEOPLE = {"nurse-1": "nurse", "nurse-2": "nurse", "engineer-1": "engineer", "engineer-2": "engineer", "head-1": "head", "maker-1": "maker"}


def noon(day: str) -> datetime:
    """12:00 in Shanghai on "2026-11-23"."""
    return datetime.combine(date.fromisoformat(day), time(12), SHANGHAI)


class LearningBench:
    """Trainings, feedback, periods and the freeze of a site with these special periods; the record begins on `start` at noon."""

    def __init__(self, start: str = "2026-11-23", *periods: SpecialPeriod) -> None:
        self.clock = WallClock(noon(start))
        self.journal = MemoryJournal()
        self.recorder = Recorder(self.journal, self.clock)
        self.site = replace(load_site("eight-window"), special_periods=periods)
        self.training = Training(self.recorder, PEOPLE, self.journal)
        self.feedback = Feedback(self.recorder, PEOPLE, self.journal)
        self.periods = Periods(self.site, self.recorder, self.journal)
        self.freeze = ChangeFreeze(self.site, self.recorder, self.journal)

    def on(self, day: str) -> LearningBench:
        """Let time pass until noon of that day."""
        self.clock.advance_to((noon(day) - self.clock.start_at) // timedelta(microseconds=1))
        return self

    def trained(self, person: str = "nurse-1", topic: str = "label-check") -> str:
        """Plan and hold a training today; gives the sheet's number."""
        today = self.clock.now().date()
        number = self.training.plan(person, topic, "engineer-1", today, by="engineer-1")[0].subject
        self.training.hold(number, today, by="engineer-1")
        return number
