"""A day of timing told again as events, so that its replay can be drawn: as much as the record knows.

The calls of people who were sent back are not told, nor what is not in the record: labels, diagnoses, refills by device.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caixue.day import NEVER, DayRecord, Outcome
from caixue.events import Event
from twin.timing.cases import INCIDENT
from twin.timing.design import Design

# what happens first at one instant: whoever is ready goes before somebody comes
_GONE, _DONE, _TROUBLE, _HELP, _WINDOW, _ARRIVED, _CALLED, _DRAWN, _QUICK, _LAST = range(10)
_TRACKS = {"open": ("window.opened", "window.closed"), "staffed": ("window.staffed", "window.unstaffed")}
_STEPS = {"acknowledged": "acknowledged_us", "on-site": "on_site_us", "restored": "restored_us", "closed": "closed_us"}
Told = tuple[int, int, str, str, str, dict[str, Any]]  # when, rank, kind, subject, actor, data


def events_of(design: Design, day: DayRecord) -> list[Event]:
    """The events of one day, from record.started to record.ended."""
    told = [*_patients(day), *_windows(day), *_incidents(day), *_engineers(day), *_stockouts(day)]
    told.sort(key=lambda one: one[:2])
    rows = [_started(design), *told, (day.end_us, _LAST, "record.ended", design.site.name, "caixue", {})]
    return [Event(seq, at_us, kind, subject, actor, None, data) for seq, (at_us, _, kind, subject, actor, data) in enumerate(rows)]


def _started(design: Design) -> Told:
    from twin.timing.record import opening_of

    scenario = design.scenario
    windows, opening = [window.name for window in design.site.windows], opening_of(design).tolist()
    data = {"start": scenario.start.isoformat(), "title": scenario.title, "windows": windows, "opening": opening, "seed": scenario.seed}
    return 0, _GONE, "record.started", design.site.name, "caixue", data


def _patients(day: DayRecord) -> Iterator[Told]:
    people = day.patients
    columns = (people.id, people.class_, people.priority, people.arrived_us, people.called_us, people.draw_start_us, people.ended_us)
    for name, class_, priority, arrived_us, called_us, drawn_us, ended_us, window, outcome, due_us, tolerance_us in zip(
        *(column.tolist() for column in (*columns, people.window, people.outcome, people.due_us, people.tolerance_us)), strict=True
    ):
        timed = {} if due_us == NEVER else {"due_us": due_us, "tolerance_us": tolerance_us}
        yield arrived_us, _ARRIVED, "patient.arrived", name, "room", {"class": class_, "priority": priority, "tubes": [], **timed}
        if called_us != NEVER:
            yield called_us, _CALLED, "patient.called", name, "room", {"window": window}
        if drawn_us != NEVER:
            yield drawn_us, _DRAWN, "draw.started", name, "room", {"window": window}
        rank = _GONE if called_us < ended_us and arrived_us < ended_us else _QUICK
        if outcome == Outcome.SERVED:
            yield ended_us, rank, "patient.served", name, "room", {"window": window}
        elif outcome == Outcome.LEFT:
            reason = "patience" if called_us == NEVER else "after-labelling"
            yield ended_us, rank, "patient.left", name, "room", {"reason": reason, "window": window}


def _windows(day: DayRecord) -> Iterator[Told]:
    for window in day.windows:
        for track, kinds in _TRACKS.items():
            for start_us, end_us in getattr(window, track).tolist():
                yield start_us, _WINDOW, kinds[0], window.name, "room", {}
                if end_us < day.end_us:
                    yield end_us, _DONE, kinds[1], window.name, "room", {}
        for start_us, end_us in window.blocked.tolist():
            yield start_us, _TROUBLE, "window.blocked", window.name, "room", _why(day, window.name, start_us)
            if end_us < day.end_us:
                yield end_us, _DONE, "window.restored", window.name, "room", {}


def _why(day: DayRecord, window: str, at_us: int) -> dict[str, str]:
    """What blocked a window at that instant, as far as an incident tells."""
    found = next((one for one in day.incidents if at_us in (one.occurred_us, one.opened_us) and one.window in ("", window)), None)
    stockout = any(one.device == window and one.at_us == at_us for one in day.stockouts)
    if found is None:
        return {"device": window, "reason": "stockout" if stockout else "out-of-service"}
    return {"device": found.device, "reason": found.symptom}


def _incidents(day: DayRecord) -> Iterator[Told]:
    for one in day.incidents:
        data = {"device": one.device, "window": one.window, "class": one.class_, "symptom": one.symptom, "deadline_us": None}
        times = {"occurred_us": one.occurred_us, "reported_us": one.reported_us, "detected_us": one.detected_us}
        yield one.opened_us, _TROUBLE, "incident.opened", one.id, "caixue", data | times
        for step, column in _STEPS.items():
            at_us = getattr(one, column)
            if at_us != NEVER:
                yield at_us, _HELP, f"incident.{step}", one.id, "engineer", {"part": one.part} if step == "restored" else {}


def _engineers(day: DayRecord) -> Iterator[Told]:
    for spell in day.engineer_spells:
        number = next((one.id for one in day.incidents if spell.task == INCIDENT and one.acknowledged_us == spell.start_us), "")
        data = {"task": spell.task, "incident": number}
        yield spell.start_us, _HELP, "engineer.started", spell.engineer, spell.engineer, data
        if spell.end_us < day.end_us:
            yield spell.end_us, _DONE, "engineer.finished", spell.engineer, spell.engineer, data


def _stockouts(day: DayRecord) -> Iterator[Told]:
    for one in day.stockouts:
        yield one.at_us, _TROUBLE, "consumable.stockout", one.device, "caixue", {"item": one.item}
