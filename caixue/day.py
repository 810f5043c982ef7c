"""The day record: columns of what happened in a room, the only thing that figures are computed from.

A journal is folded into it (`caixue.folding`), a timing engine fills it directly. Times are int64 microseconds since the
record's start; `NEVER` stands where something did not happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from caixue.columns import Table, column
from caixue.intervals import Intervals, intersection, intervals, union

NEVER = -1

Times = NDArray[np.int64]
Words = NDArray[np.object_]


class Outcome(IntEnum):
    """How a patient's visit ended, or that it has not."""

    WAITING = 0
    SERVED = 1
    LEFT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Patients(Table):
    """One row a visit, however often the patient was called or bumped."""

    id: Words = column(object, "")
    class_: Words = column(object, "adult")
    priority: Times = column(np.int64, 0)
    arrived_us: Times = column(np.int64, NEVER)
    called_us: Times = column(np.int64, NEVER)  # the last call: the one that led to service
    draw_start_us: Times = column(np.int64, NEVER)
    ended_us: Times = column(np.int64, NEVER)  # served or left
    window: Words = column(object, "")  # of the last call
    bumps: Times = column(np.int64, 0)
    outcome: NDArray[np.int8] = column(np.int8, Outcome.WAITING)
    due_us: Times = column(np.int64, NEVER)  # when a timed draw should begin, of those who come back for one
    tolerance_us: Times = column(np.int64, 0)  # how much earlier or later it may


@dataclass(frozen=True, slots=True, eq=False)
class Labels(Table):
    """One row a label serial, with the tube it was made for."""

    serial: Words = column(object, "")
    patient: Words = column(object, "")
    window: Words = column(object, "")
    kind: Words = column(object, "")
    state: Words = column(object, "created")  # the last step of the label's life
    created_us: Times = column(np.int64, NEVER)
    applied_us: Times = column(np.int64, NEVER)
    verified_us: Times = column(np.int64, NEVER)
    handed_over_us: Times = column(np.int64, NEVER)
    drawn_us: Times = column(np.int64, NEVER)
    received_us: Times = column(np.int64, NEVER)
    voided_us: Times = column(np.int64, NEVER)
    rejected: Words = column(object, "")  # the laboratory's last reason
    crossed: NDArray[np.bool_] = column(np.bool_, False)  # given to, drawn from or received for another patient
    duplicate: NDArray[np.bool_] = column(np.bool_, False)  # the serial was created twice, or found on two tubes
    unverified: NDArray[np.bool_] = column(np.bool_, False)  # received without having been scanned back


@dataclass(frozen=True, slots=True, eq=False)
class WindowTrack:
    """When one window was open, staffed, blocked, and busy (from call to end of service).

    A place to fall back on, such as a manual station, has a track but is no window: it never stands in for a window host (R5.3).
    """

    name: str
    open: Intervals = field(default_factory=intervals)
    staffed: Intervals = field(default_factory=intervals)
    blocked: Intervals = field(default_factory=intervals)
    busy: Intervals = field(default_factory=intervals)
    is_window: bool = True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WindowTrack):
            return NotImplemented
        tracks = ("open", "staffed", "blocked", "busy")
        same = (self.name, self.is_window) == (other.name, other.is_window)
        return same and all(np.array_equal(getattr(self, track), getattr(other, track)) for track in tracks)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class ClassSpell:
    """The class that an incident had from an instant on, and the deadline that came with it where the journal names one."""

    from_us: int
    class_: str
    deadline_us: int = NEVER


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: a device, an episode, and the times a person would be asked for."""

    id: str
    device: str = ""
    window: str = ""
    class_: str = ""  # the last one
    history: tuple[ClassSpell, ...] = ()
    symptom: str = ""
    opened_us: int = NEVER
    occurred_us: int = NEVER
    reported_us: int = NEVER
    detected_us: int = NEVER
    acknowledged_us: int = NEVER
    on_site_us: int = NEVER
    diagnosed_us: int = NEVER
    restored_us: int = NEVER
    closed_us: int = NEVER
    part: str = ""
    drill: bool = False
    pauses: tuple[tuple[int, int], ...] = ()  # when the clock stood (R4); the end is NEVER while it stands
    called_out_us: int = NEVER  # the first call to come on site (R2)
    major_us: int = NEVER  # when it became 重大
    told_head_us: int = NEVER  # when the head of department was first told from then on (R4)
    found: str = ""
    action: str = ""
    verified_by: str = ""

    def paused_us(self, from_us: int, until_us: int) -> int:
        """How long the clock stood between two instants."""
        spans = ((start_us, until_us if end_us == NEVER else end_us) for start_us, end_us in self.pauses)
        return sum(max(0, min(end_us, until_us) - max(start_us, from_us)) for start_us, end_us in spans)

    def clock_start_us(self, reading: str) -> int:
        """When the clocks of R3 start by the site's `reading`: "reported" or "detected" where that is known, else the first of both.

        An incident with neither starts when it was opened.
        """
        return clock_start_us(reading, self.reported_us, self.detected_us, self.opened_us)


def clock_start_us(reading: str, reported_us: int, detected_us: int, opened_us: int) -> int:
    """When an incident's clocks start, by the site's `reading` (R3); NEVER stands for a time that is not known."""
    chosen = {"reported": reported_us, "detected": detected_us}.get(reading, NEVER)
    known = [at_us for at_us in (reported_us, detected_us) if at_us != NEVER]
    return chosen if chosen != NEVER else min(known, default=opened_us)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it rang, and when somebody answered."""

    number: str
    rang_us: int
    answered_us: int = NEVER
    incident: str = ""


@dataclass(frozen=True, slots=True)
class EngineerSpell:
    """A stretch of time that an engineer spent on one task."""

    engineer: str
    task: str
    incident: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Stockout:
    """An item ran out in a device."""

    device: str
    item: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Clinic:
    """One of several days of a record: its date (ISO 8601), and from when to when it went on."""

    date: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True, eq=False)
class DayRecord:
    """Everything that figures need to know about one day or one run.

    A record of several days names them in `days`; nights do not count. `earlier` are incidents of days before the record
    that were still open when it began. `opening` is the hours the room was meant to be open; left empty it is the time during which any window was open.
    Either way it is cut to the record. `contradictions` names the events that cannot be true after the earlier ones.
    `unknown` names the figures that this record cannot tell, whatever its columns hold: a timing engine simulates no labels.
    """

    end_us: int
    patients: Patients = field(default_factory=Patients.of)
    labels: Labels = field(default_factory=Labels.of)
    windows: tuple[WindowTrack, ...] = ()
    incidents: tuple[Incident, ...] = ()
    engineer_spells: tuple[EngineerSpell, ...] = ()
    stockouts: tuple[Stockout, ...] = ()
    porter_calls_us: tuple[int, ...] = ()  # when somebody was called to carry specimens on foot
    opening: Intervals = field(default_factory=intervals)
    contradictions: tuple[str, ...] = ()
    days: tuple[Clinic, ...] = ()
    earlier: tuple[Incident, ...] = ()
    calls: tuple[Call, ...] = ()
    unknown: frozenset[str] = frozenset()

    @property
    def spans(self) -> Intervals:
        """The time that counts: the days where the record names them, else all of it."""
        return intervals([(day.start_us, day.end_us) for day in self.days] or [(0, self.end_us)])

    def __post_init__(self) -> None:
        meant = union(self.opening) if len(self.opening) else union(*(window.open for window in self.windows))
        object.__setattr__(self, "opening", intersection(meant, intervals([(0, self.end_us)])))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DayRecord):
            return NotImplemented
        plain = [each.name for each in fields(self) if each.name != "opening"]
        return np.array_equal(self.opening, other.opening) and all(getattr(self, name) == getattr(other, name) for name in plain)

    __hash__ = None  # type: ignore[assignment]


def busy_from_patients(patients: Patients, window: str, end_us: int) -> Intervals:
    """When `window` was busy with the patients it called last; for engines that keep no list of their own."""
    called = patients.only((patients.window == window) & (patients.called_us != NEVER))
    ended = np.where(called.ended_us == NEVER, end_us, called.ended_us)
    return intervals(np.column_stack((called.called_us, ended)))


def problems(day: DayRecord) -> list[str]:
    """What cannot be true of any day: a visit in two rows, somebody served before being called; empty when all is well."""
    people = day.patients
    served = people.only(people.outcome == Outcome.SERVED)
    visits = set(zip(people.id.tolist(), people.arrived_us.tolist(), strict=True))
    found = list(day.contradictions)
    if len(visits) != len(people):
        found.append(f"{len(people)} rows for {len(visits)} visits")
    if np.any((served.called_us < served.arrived_us) | (served.ended_us < served.called_us) | (served.called_us == NEVER)):
        found.append("somebody was served before being called, or called before arriving")
    if np.any((people.outcome == Outcome.WAITING) != (people.ended_us == NEVER)):
        found.append("an outcome and its time disagree")
    return found
