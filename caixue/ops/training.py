"""Training until competent (contract C3, R1): the sheets, who may judge whom, and how long a pass is valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.journal.memory import MemoryJournal
from caixue.lang import tr
from caixue.ops.competence import Competence, Due, competence, due
from caixue.ops.dating import today
from caixue.ops.forms.training import FAILED, FORM, PASSED
from caixue.ops.preventive import months_later
from caixue.ops.sheets import OPENED, Asked, Sheet, Sheets
from caixue.ops.topics import TOPICS
from caixue.roles import ROLES

_GOING_ON = (OPENED, "held", FAILED)


class Training:
    """The trainings of the people of a site (name → role)."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.people = people
        self.recorder = recorder
        self.sheets = Sheets(replace(FORM, objection=self._objection), recorder, people, followed)

    def plan(self, person: str, topic: str, trainer: str, on: date, *, by: str, op: str = "") -> list[Event]:
        """Plan a training. Raises UsageError, as all steps do, when it does not fit; then nothing is noted."""
        return self.sheets.open(person=person, topic=topic, trainer=trainer, planned=on, by=by, op=op)

    def hold(self, number: str, on: date, *, by: str, note: str = "", op: str = "") -> list[Event]:
        """The person was there on that day."""
        return self.sheets.take("held", number, held_on=on, note=note, by=by, op=op)

    def miss(self, number: str, reason: str, planned: date, *, by: str, op: str = "") -> list[Event]:
        """The person was not there; the next date."""
        return self.sheets.take("missed", number, reason=reason, planned=planned, by=by, op=op)

    def passed(self, number: str, result: str, assessor: str, *, by: str, valid_until: date | None = None, op: str = "") -> list[Event]:
        """The person is competent, by default for as long as the topic's row says from the day of the training."""
        until = valid_until or self._latest_valid(self.sheets.named(number))
        return self.sheets.take(PASSED, number, result=result, assessor=assessor, valid_until=until, by=by, op=op)

    def failed(self, number: str, result: str, assessor: str, *, by: str, planned: date | None = None, op: str = "") -> list[Event]:
        """The person is not competent yet: the same sheet goes on with another attempt."""
        return self.sheets.take(FAILED, number, result=result, assessor=assessor, planned=planned, by=by, op=op)

    def cancel(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """Nothing comes of it."""
        return self.sheets.take("cancelled", number, reason=reason, by=by, op=op)

    def trial(self) -> Training:
        """A copy whose acts are noted nowhere: what would be refused here is refused there."""
        copy = Training(Recorder(MemoryJournal(), self.recorder.clock), self.people)
        copy.sheets.sheets.update(self.sheets.sheets)
        return copy

    def competence(self, day: date | None = None) -> list[Competence]:
        """Where everybody stands on `day` (None: today)."""
        return competence(self.sheets.sheets.values(), self.people, day or today(self.recorder.clock))

    def due(self, day: date | None = None) -> list[Due]:
        """What is to be done on `day` (None: today)."""
        return due(self.sheets.sheets.values(), self.people, day or today(self.recorder.clock))

    def _latest_valid(self, sheet: Sheet) -> date:
        if "held_on" not in sheet.values:
            raise UsageError(tr(f"{sheet.number} 还没有培训", f"{sheet.number} was not held yet"))
        return months_later(date.fromisoformat(sheet.values["held_on"]), TOPICS[sheet.values["topic"]].months)

    def _objection(self, asked: Asked) -> str:
        """Why a step may not be taken."""
        match asked.step.name, asked.sheet:
            case "opened", _:
                return self._plan_objection(asked)
            case "held", Sheet() as sheet:
                return self._held_objection(sheet, asked)
            case (("passed" | "failed"), Sheet() as sheet):
                return self._judging_objection(sheet, asked)
        return ""

    def _plan_objection(self, asked: Asked) -> str:
        person, topic = asked.values["person"], asked.values["topic"]
        if asked.values["trainer"] == person:
            return tr("不能自己给自己培训", "nobody trains themselves")
        for sheet in asked.sheets.values():
            if sheet.state in _GOING_ON and (sheet.values["person"], sheet.values["topic"]) == (person, topic):
                return tr(f"{person} 的这项培训在 {sheet.number} 上，接着做", f"{sheet.number} is about this already; go on with it")
        return ""

    def _held_objection(self, sheet: Sheet, asked: Asked) -> str:
        now, on = today(self.recorder.clock), date.fromisoformat(asked.values["held_on"])
        if on > now:
            return tr(f"{on} 还没到", f"{on} has not come yet")
        if on < date.fromisoformat(sheet.values.get("held_on", "0001-01-01")):
            return tr(f"早于上一次培训 {sheet.values['held_on']}", f"the attempt before it was on {sheet.values['held_on']}")
        return ""

    def _judging_objection(self, sheet: Sheet, asked: Asked) -> str:
        person, assessor = sheet.values["person"], asked.values["assessor"]
        if person in (assessor, asked.by):
            return tr(f"{person} 不能考核自己，也不能自己登记结果", f"{person} neither judges themselves nor notes the result")
        topic = TOPICS[sheet.values["topic"]]
        if self.people[assessor] not in topic.assessors:
            roles = "、".join(ROLES[role] for role in topic.assessors)
            return tr(f"{topic.zh} 由{roles}考核", f"{topic.en}: judged by {', '.join(topic.assessors)}")
        if asked.step.name == PASSED:
            return self._validity_objection(sheet, date.fromisoformat(asked.values["valid_until"]))
        return ""

    def _validity_objection(self, sheet: Sheet, until: date) -> str:
        held, latest = date.fromisoformat(sheet.values["held_on"]), self._latest_valid(sheet)
        if not held <= until <= latest:
            return tr(f"有效期要在 {held} 和 {latest} 之间", f"valid until a day from {held} to {latest}")
        return ""
