"""The contract in rows, read from contract.toml: its clauses, its deadlines, and what is owed to a call by where the engineer is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator, with_config

from caixue.door import read_toml, validate
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import DurationUs, nearest

STRICT = ConfigDict(extra="forbid", frozen=True)
Presence = Literal["on-site", "special-period", "off-duty"]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the contract in our own short words; `star` marks those that allow no deviation."""

    id: str
    zh: str
    en: str
    star: Annotated[bool, Field(strict=True)] = False

    @property
    def text(self) -> str:
        """The clause in the user's language."""
        return tr(self.zh, self.en)


class DeadlineRow(BaseModel):
    """How soon something must be done: within clock time, within working days, or as a reading of the site says."""

    model_config = STRICT
    severity: str = Field(alias="class")
    clause: str
    within_us: DurationUs | None = Field(default=None, alias="within")
    working_days: int | None = Field(default=None, ge=1, strict=True)
    reading: Literal["immediate_response"] | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> DeadlineRow:
        if (self.within_us, self.working_days, self.reading).count(None) != 2:
            raise ValueError("give exactly one of within, working_days, reading")
        return self


class AttendanceRow(BaseModel):
    """Which clocks a call starts (R2) when it comes while the engineer is, by duty, in that place."""

    model_config = STRICT
    presence: Presence
    clocks: tuple[str, ...]  # deadlines of the contract by their class, in the order in which they run
    clause: str  # or "project" where the contract asks for nothing
    zh: str
    en: str

    @property
    def text(self) -> str:
        """What is owed, in the user's language."""
        return tr(self.zh, self.en)


class _Contract(BaseModel):
    model_config = STRICT
    version: Literal[1] = Field(alias="schema")
    deadline: tuple[DeadlineRow, ...]
    attendance: tuple[AttendanceRow, ...]
    clause: tuple[Clause, ...]


def clause_ids() -> tuple[str, ...]:
    """Every clause id, in the contract's order."""
    return tuple(row.id for row in _contract().clause)


def clause(clause_id: str) -> Clause:
    """The clause of that id; raises UsageError for any other, with the nearest one."""
    for row in _contract().clause:
        if row.id == clause_id:
            return row
    raise UsageError(f"unknown clause {clause_id!r}{nearest(clause_id, clause_ids())}")


def severities() -> tuple[str, ...]:
    """Everything that has a deadline: the fault classes 一般, 较大, 重大, then "response", "arrival", "phone" and "escalation"."""
    return tuple(row.severity for row in _contract().deadline)


def deadline_row(severity: str) -> DeadlineRow:
    """The deadline of that class; raises UsageError for any other, with the nearest one."""
    for row in _contract().deadline:
        if row.severity == severity:
            return row
    raise UsageError(f"no deadline for class {severity!r}{nearest(severity, severities())}; classes: {', '.join(severities())}")


def attendance_row(presence: Presence) -> AttendanceRow:
    """What is owed to a call in such a place."""
    return next(row for row in _contract().attendance if row.presence == presence)


@cache
def _contract() -> _Contract:
    path = Path(str(resources.files("caixue").joinpath("contract.toml")))
    text, rows = read_toml(path)
    return validate(_Contract, rows, path=str(path), text=text)
