"""An earlier roster, as `caixue roster` wrote it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from caixue.errors import UsageError
from caixue.lang import tr, why
from caixue.units import day_span
from twin.rosters.terms import SLOT_US, Shift


class _Duty(BaseModel):
    date: date
    begin: str = Field(alias="from")
    end: str = Field(alias="to")


class _Person(BaseModel):
    name: str
    duties: list[_Duty]


class _Roster(BaseModel):
    people: list[_Person]


def read_previous(path: Path) -> tuple[tuple[date, str, Shift], ...]:
    """Who worked when; raises UsageError for a file that is no roster."""
    try:
        roster = _Roster.model_validate(json.loads(path.read_bytes().decode("utf-8-sig")))
        return tuple((duty.date, person.name, _shift(duty)) for person in roster.people for duty in person.duties)
    except OSError as error:
        raise UsageError(tr(f"{path} 读不了：", f"{path} cannot be read: ") + why(error)) from None
    except (ValidationError, ValueError, RecursionError):
        raise UsageError(tr(f"{path} 不是 caixue roster 写的 roster.json", f"{path} is no roster.json of caixue roster")) from None


def _shift(duty: _Duty) -> Shift:
    span = day_span(f"{duty.begin}-{duty.end}")
    return Shift(span.start_us // SLOT_US, span.end_us // SLOT_US)
