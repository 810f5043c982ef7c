"""Leave of the engineer (contract R1, R4): granted by the head of department, and only with a named substitute who is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.roles import ENGINEER
from caixue.units import nearest

KINDS = ("leave.granted",)


@dataclass(frozen=True, slots=True)
class Leave:
    """When somebody is away, and who stands in. Microseconds since the record's start."""

    person: str
    from_us: int
    until_us: int
    substitute: str

    def meets(self, other: Leave) -> bool:
        """Whether both are away at some instant."""
        return self.from_us < other.until_us and other.from_us < self.until_us


def objection(asked: Leave, people: Mapping[str, str], granted: Iterable[Leave]) -> str:
    """Why this leave cannot be granted; empty when it can. `people`: name → role; `granted`: what was granted before."""
    if asked.until_us <= asked.from_us:
        return tr("结束要在开始之后", "it must end after it begins")
    if not asked.substitute:
        return tr("没有指定替班人", "no substitute is named")
    if people.get(asked.substitute) != ENGINEER or asked.substitute == asked.person:
        hint = nearest(asked.substitute, tuple(name for name, role in people.items() if role == ENGINEER and name != asked.person))
        return tr(f"替班人 {asked.substitute} 不是另一名工程师", f"the substitute {asked.substitute} is no other engineer") + hint
    for other in granted:
        if asked.meets(other) and other.person in (asked.person, asked.substitute):
            return tr(f"{other.person} 那时已请假", f"{other.person} is on leave then")
        if asked.meets(other) and other.substitute == asked.person:
            return tr(f"{asked.person} 那时替 {other.person} 的班", f"{asked.person} stands in for {other.person} then")
    return ""


class LeaveBook:
    """The leaves that were granted."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.people = people
        self.granted: list[Leave] = []
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def ask(self, asked: Leave, *, by: str, reason: str = "") -> Event:
        """Grant `asked` in the name of the head of department `by`. Where there is an objection it is noted and raised as UsageError."""
        why_not = objection(asked, self.people, self.granted)
        data: dict[str, Any] = {"from_us": asked.from_us, "until_us": asked.until_us, "substitute": asked.substitute}
        if why_not:
            self.recorder.note("leave.refused", asked.person, actor=by, reason=why_not, **data)
            raise UsageError(tr(f"{asked.person} 的请假不能批准：{why_not}", f"the leave of {asked.person} cannot be granted: {why_not}"))
        return self.recorder.note("leave.granted", asked.person, actor=by, reason=reason, **data)

    def on_duty(self, engineer: str, at_us: int) -> str:
        """Who does the work of `engineer` at that instant."""
        for leave in self.granted:
            if leave.person == engineer and leave.from_us <= at_us < leave.until_us:
                return leave.substitute
        return engineer

    def hear(self, event: Event) -> None:
        """Take one event of the book."""
        if event.kind == "leave.granted":
            data = event.data
            self.granted.append(Leave(event.subject, data["from_us"], data["until_us"], data["substitute"]))
