"""One engine for the simple registers: numbered sheets of paper, each opened once and taken through named steps.

What a register asks for and which step follows which stands in a `Form`; a sheet's state is folded from its events and from nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.units import nearest

OPENED = "opened"  # the first step of every form, and the state after it
DIGITS = 4  # of a sheet's number, at least


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CHOICE = "choice"
    PERSON = "person"  # somebody of the site file
    DATE = "date"  # 2026-11-23
    INSTANT = "instant"  # whole microseconds since the record's start; the name ends in _us
    NUMBER = "number"  # finite
    WHOLE = "whole"
    FLAG = "flag"
    NAMES = "names"  # several texts
    ROWS = "rows"  # several mappings, made by a program


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `roles` narrows a person, `choices` are the words of a choice, `low` and `high` bound a number."""

    name: str
    zh: str
    en: str
    type: Type = Type.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """The field's name in the user's language."""
        return tr(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Step:
    """A step and what must be said with it; `after` are the states from which it may be taken, `state` the one it leads to (default: its name)."""

    name: str
    zh: str
    en: str
    fields: tuple[Field, ...] = ()
    after: tuple[str, ...] = ()
    state: str = ""

    @property
    def leads_to(self) -> str:
        """The state after it."""
        return self.state or self.name

    @property
    def text(self) -> str:
        """The step in the user's language."""
        return tr(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as its events tell it; instants are microseconds since the record's start. `values` holds the latest word on every field."""

    number: str
    state: str
    values: Mapping[str, Any]
    opened_us: int
    opened_by: str
    history: tuple[Event, ...]

    def when_us(self, step: str) -> int | None:
        """When that step was last taken."""
        return next((event.at_us for event in reversed(self.history) if event.kind.rpartition(".")[2] == step), None)

    def by(self, step: str) -> str:
        """Who last took that step; nobody: empty."""
        return next((event.actor for event in reversed(self.history) if event.kind.rpartition(".")[2] == step), "")


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that somebody wants to take: on which sheet (None: a new one), saying what, when.

    `sheets` are all of the register, `people` those of the site: name → role.
    """

    step: Step
    sheet: Sheet | None
    values: Mapping[str, Any]
    by: str
    at_us: int
    sheets: Mapping[str, Sheet]
    people: Mapping[str, str]


Objection = Callable[[Asked], str]


def no_objection(asked: Asked) -> str:
    """Whatever fits the form may be noted."""
    return ""


@dataclass(frozen=True, slots=True)
class Form:
    """A register: its name is the first part of its events' kinds and of its numbers; `steps[0]` opens a sheet.

    `objection` gives the reason why a step that fits the form still may not be taken; empty when it may.
    """

    name: str
    zh: str
    en: str
    steps: tuple[Step, ...]
    objection: Objection = field(default=no_objection)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its events."""
        return tuple(f"{self.name}.{step.name}" for step in self.steps)

    @property
    def text(self) -> str:
        """The register's name in the user's language."""
        return tr(self.zh, self.en)

    def step(self, name: str) -> Step:
        """The step of that name. Raises UsageError with the nearest one."""
        names = [step.name for step in self.steps]
        if name not in names:
            raise UsageError(tr(f"{self.zh}没有这一步：{name}", f"{self.en} has no step {name}") + nearest(name, tuple(names)))
        return self.steps[names.index(name)]


class Sheets:
    """All sheets of one form. It notes events and changes by hearing them, live and from the past alike."""

    def __init__(self, form: Form, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.form = form
        self.recorder = recorder
        self.people = people  # name → role
        self.sheets: dict[str, Sheet] = {}  # by number, in the order in which they were opened
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, form.kinds)

    def open(self, *, by: str, op: str = "", **values: Any) -> list[Event]:
        """Open a new sheet. Raises UsageError for what does not fit the form, or where the form objects; then nothing is noted."""
        return self._take(self.form.steps[0], None, by, op, values)

    def take(self, step: str, number: str, *, by: str, op: str = "", **values: Any) -> list[Event]:
        """Take a step on the sheet of that number, also written "7". Raises UsageError as `open`, and where the step does not follow."""
        return self._take(self.form.step(step), number, by, op, values)

    def check(self, step: str, number: str, *, by: str, **values: Any) -> None:
        """Whether `take` would be allowed now, for those who must do something before they note it. Raises UsageError as `take`; notes nothing."""
        wanted, sheet = self.form.step(step), self.named(number)
        self._check(self._asked(wanted, sheet, checked(wanted.fields, values, self.people), by))

    def named(self, number: str) -> Sheet:
        """The sheet of that number, also written "7". Raises UsageError for any other."""
        known = f"{self.form.name}-{number.lstrip('0'):0>{DIGITS}}" if number.isascii() and number.isdecimal() else number
        if known not in self.sheets:
            raise UsageError(tr(f"{self.form.zh}没有 {number}", f"{self.form.en}: there is no {number}") + nearest(known, self.sheets))
        return self.sheets[known]

    def in_state(self, *states: str) -> list[Sheet]:
        """The sheets in one of these states, in the order in which they were opened."""
        return [sheet for sheet in self.sheets.values() if sheet.state in states]

    def hear(self, event: Event) -> None:
        """Take one event of the register; one that was heard already changes nothing."""
        if event.kind not in self.form.kinds or event.seq <= self._heard:
            return
        self._heard = event.seq
        step = self.form.step(event.kind.removeprefix(f"{self.form.name}."))
        before = self.sheets.get(event.subject)
        if before is None:
            self.sheets[event.subject] = Sheet(event.subject, step.leads_to, dict(event.data), event.at_us, event.actor, (event,))
        else:
            values, history = {**before.values, **event.data}, (*before.history, event)
            self.sheets[event.subject] = Sheet(before.number, step.leads_to, values, before.opened_us, before.opened_by, history)

    def _take(self, step: Step, number: str | None, by: str, op: str, values: Mapping[str, Any]) -> list[Event]:
        with self.recorder.turn():
            known = self.recorder.done(op)
            sheet = None if number is None else self.named(number)
            subject = sheet.number if sheet else known[0].subject if known else self._next_number()
            draft = Draft(f"{self.form.name}.{step.name}", subject, checked(step.fields, values, self.people))
            if not known:
                self._check(self._asked(step, sheet, draft.data, by))
            events = self.recorder.note_all([draft], actor=by, op=op)
            for event in events:
                self.hear(event)
            return events

    def _asked(self, step: Step, sheet: Sheet | None, values: Mapping[str, Any], by: str) -> Asked:
        return Asked(step, sheet, values, by, self.recorder.clock.monotonic_us(), self.sheets, self.people)

    def _check(self, asked: Asked) -> None:
        if asked.sheet is not None and asked.sheet.state not in asked.step.after:
            state = next((step.text for step in self.form.steps if step.leads_to == asked.sheet.state), asked.sheet.state)
            raise UsageError(
                tr(
                    f"{asked.sheet.number} 现在是“{state}”，不能做“{asked.step.zh}”",
                    f"{asked.sheet.number} is {asked.sheet.state}: {asked.step.en} does not follow",
                )
            )
        why_not = self.form.objection(asked)
        if why_not:
            raise UsageError(why_not)

    def _next_number(self) -> str:
        last = next(reversed(self.sheets), f"{self.form.name}-0").rpartition("-")[2]
        return f"{self.form.name}-{int(last) + 1:0{DIGITS}d}"


def checked(fields: Iterable[Field], values: Mapping[str, Any], people: Mapping[str, str]) -> dict[str, Any]:
    """The values that were given, by the fields. Raises UsageError for an unknown, missing or unfit one, naming it."""
    fields = tuple(fields)
    names = [one.name for one in fields]
    for name in values:
        if name not in names:
            raise UsageError(tr(f"没有“{name}”这一栏", f"there is no field {name}") + nearest(name, tuple(names)))
    found: dict[str, Any] = {}
    for one in fields:
        value = values.get(one.name)
        if value is None or value in ("", (), []):
            if one.required:
                raise UsageError(tr(f"要写明：{one.zh}", f"say: {one.en}"))
            continue
        found[one.name] = _fit(one, value, people)
    return found


def _fit(one: Field, value: Any, people: Mapping[str, str]) -> Any:
    """The value as the event holds it."""
    match one.type:
        case Type.TEXT if isinstance(value, str) and value.strip():
            return value.strip()
        case Type.CHOICE:
            if value not in one.choices:
                words = ", ".join(one.choices)
                raise UsageError(
                    tr(f"{one.zh}：{value} 不在 {words} 之中", f"{one.en}: {value} is none of {words}") + nearest(str(value), one.choices)
                )
            return value
        case Type.PERSON if isinstance(value, str):
            return _person(one, value, people)
        case Type.DATE if type(value) is date:
            return value.isoformat()
        case Type.DATE if isinstance(value, str):
            return _date(one, value)
        case Type.INSTANT if type(value) is int:
            return value
        case Type.NUMBER | Type.WHOLE if _is_number(one, value):
            return value
        case Type.FLAG if type(value) is bool:
            return value
        case Type.NAMES if isinstance(value, list | tuple) and all(isinstance(each, str) and each.strip() for each in value):
            return [each.strip() for each in value]
        case Type.ROWS if isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value):
            return [dict(each) for each in value]
    raise UsageError(tr(f"{one.zh}：{value!r} 不合适", f"{one.en}: {value!r} does not fit"))


def _person(one: Field, value: Any, people: Mapping[str, str]) -> Any:
    fit = [name for name, role in people.items() if not one.roles or role in one.roles]
    if value in fit:
        return value
    if value in people:
        raise UsageError(
            tr(
                f"{one.zh}：{value} 的岗位不合适；可以是 {', '.join(fit)}",
                f"{one.en}: not {value}, whose role is another; {', '.join(fit)}",
            )
        )
    raise UsageError(
        tr(f"{one.zh}：现场文件里没有 {value}", f"{one.en}: the site file knows nobody called {value}") + nearest(str(value), tuple(fit))
    )


def _date(one: Field, value: str) -> str:
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise UsageError(tr(f"{one.zh}：{value} 不是日期，写成 2026-11-23", f"{one.en}: {value} is no date; write 2026-11-23")) from None


def _is_number(one: Field, value: Any) -> bool:
    fits = type(value) is int or (type(value) is float and one.type is Type.NUMBER and abs(value) < float("inf"))
    return fits and (one.low is None or value >= one.low) and (one.high is None or value <= one.high)
