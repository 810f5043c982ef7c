"""A record of several days cut into its days: each a record of its own whose time begins with the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from caixue.columns import Table
from caixue.day import NEVER, ClassSpell, Clinic, DayRecord, EngineerSpell, Incident, Labels, Patients, Stockout, WindowTrack
from caixue.intervals import Intervals, intersection, intervals

Rows = TypeVar("Rows", bound=Table)


def split(record: DayRecord) -> tuple[tuple[Clinic, DayRecord], ...]:
    """Each day of the record with what began on it; the night after a day belongs to it. A record that names no days gives none.

    An incident belongs to the day on which it was opened, with its whole course; on later days it is among `earlier`.
    """
    ends_us = (*(day.start_us for day in record.days[1:]), record.end_us)
    return tuple((day, _cut(record, day, until_us)) for day, until_us in zip(record.days, ends_us, strict=False))


def _cut(record: DayRecord, day: Clinic, until_us: int) -> DayRecord:
    """What began from the day's start until the next day's."""
    from_us = day.start_us
    opened = [incident for incident in record.incidents if from_us <= incident.opened_us < until_us]
    earlier = [incident for incident in record.incidents if incident.opened_us < from_us and not 0 <= incident.restored_us < from_us]
    return DayRecord(
        end_us=day.end_us - from_us,
        patients=_rows(record.patients, record.patients.arrived_us, from_us, until_us, _PATIENT_TIMES),
        labels=_rows(record.labels, record.labels.created_us, from_us, until_us, _LABEL_TIMES),
        windows=tuple(_track(window, day) for window in record.windows),
        incidents=tuple(_moved(incident, from_us) for incident in opened),
        earlier=tuple(_moved(incident, from_us) for incident in earlier),
        engineer_spells=tuple(_spells(record, from_us, until_us)),
        stockouts=tuple(Stockout(row.device, row.item, row.at_us - from_us) for row in record.stockouts if from_us <= row.at_us < until_us),
        porter_calls_us=tuple(at_us - from_us for at_us in record.porter_calls_us if from_us <= at_us < until_us),
        opening=_within(record.opening, day),
        days=(Clinic(day.date, 0, day.end_us - from_us),),
    )


_PATIENT_TIMES = tuple(each.name for each in fields(Patients) if each.name.endswith("_us") and each.name != "tolerance_us")  # that is no instant
_LABEL_TIMES = tuple(each.name for each in fields(Labels) if each.name.endswith("_us"))


def _rows(table: Rows, begun_us: Any, from_us: int, until_us: int, times: tuple[str, ...]) -> Rows:
    kept = table.only((begun_us >= from_us) & (begun_us < until_us))
    moved: Mapping[str, Any] = {name: _later(getattr(kept, name), from_us) for name in times}
    return replace(kept, **moved)  # type: ignore[type-var]


def _later(times: Any, from_us: int) -> Any:
    return np.where(times == NEVER, NEVER, times - from_us)


def _within(spans: Intervals, day: Clinic) -> Intervals:
    return intersection(spans, intervals([(day.start_us, day.end_us)])) - day.start_us


def _track(window: WindowTrack, day: Clinic) -> WindowTrack:
    tracks = {name: _within(getattr(window, name), day) for name in ("open", "staffed", "blocked", "busy")}
    return WindowTrack(window.name, **tracks, is_window=window.is_window)


def _spells(record: DayRecord, from_us: int, until_us: int) -> Iterator[EngineerSpell]:
    for spell in record.engineer_spells:
        start_us, end_us = max(spell.start_us, from_us), min(spell.end_us, until_us)
        if start_us < end_us:
            yield replace(spell, start_us=start_us - from_us, end_us=end_us - from_us)


def _moved(incident: Incident, from_us: int) -> Incident:
    """The incident on the time line of a day that began at `from_us`."""
    times: Mapping[str, Any] = {
        each.name: _shifted(getattr(incident, each.name), from_us) for each in fields(incident) if each.name.endswith("_us")
    }
    history = tuple(ClassSpell(spell.from_us - from_us, spell.class_, _shifted(spell.deadline_us, from_us)) for spell in incident.history)
    pauses = tuple((start_us - from_us, _shifted(end_us, from_us)) for start_us, end_us in incident.pauses)
    return replace(incident, **times, history=history, pauses=pauses)


def _shifted(at_us: int, from_us: int) -> int:
    """A time before the day is negative; none may be taken for NEVER."""
    moved_us = at_us - from_us
    return at_us if at_us == NEVER else moved_us - (moved_us == NEVER)
