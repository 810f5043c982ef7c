"""Figures of the trouble: incidents and their clocks, the engineer's time, what ran out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from caixue.day import NEVER, ClassSpell, DayRecord, Incident
from caixue.intervals import intersection, intervals, total_us
from caixue.measures.labels import tubes_labelled
from caixue.measures.statistics import Basis, Samples, between


def _response(incident: Incident, basis: Basis, end_us: int) -> int | None:
    """Clock start until on site; the time so far when nobody came; None when it was restored without a visit."""
    start_us = incident.clock_start_us(basis.clock_starts)
    if incident.on_site_us != NEVER:
        return max(0, incident.on_site_us - start_us)
    return None if incident.restored_us != NEVER else end_us - start_us


def _repair(incident: Incident, basis: Basis, end_us: int) -> int:
    """Clock start until restored, without the pauses of the clock."""
    start_us, stop_us = incident.clock_start_us(basis.clock_starts), _stop_us(incident, end_us)
    return stop_us - start_us - incident.paused_us(start_us, stop_us)


def _stop_us(incident: Incident, end_us: int) -> int:
    return end_us if incident.restored_us == NEVER else incident.restored_us


def responses_us(day: DayRecord, basis: Basis) -> Samples:
    """One response time for each incident that was visited, or still waits."""
    times = (_response(incident, basis, day.end_us) for incident in day.incidents if not incident.drill)
    return np.array([us for us in times if us is not None], dtype=np.int64)


def repairs_us(day: DayRecord, basis: Basis) -> Samples:
    """One repair time for each incident; one that is still open counts with its time so far."""
    return np.array([_repair(incident, basis, day.end_us) for incident in day.incidents if not incident.drill], dtype=np.int64)


def detections_us(day: DayRecord, basis: Basis) -> Samples:
    """One time for each incident whose occurrence and detection are both known."""
    real = [incident for incident in day.incidents if not incident.drill]
    return between(
        np.array([incident.occurred_us for incident in real], dtype=np.int64),
        np.array([incident.detected_us for incident in real], dtype=np.int64),
    )


def incident_count(day: DayRecord, basis: Basis) -> float:
    return float(sum(not incident.drill for incident in day.incidents))


def fault_rate(day: DayRecord, basis: Basis) -> float | None:
    labelled = tubes_labelled(day, basis)
    return incident_count(day, basis) * 1000 / labelled if labelled else None


def breached_at_us(incident: Incident, basis: Basis, end_us: int) -> int | None:
    """When the deadline passed unkept; None while it has not.

    Each class holds until the next; a deadline that has passed never moves, whatever class comes later. While the clock
    stands no deadline passes, and one that the journal does not name moves by the pauses as `caixue.sla` says.
    """
    start_us, stop_us = incident.clock_start_us(basis.clock_starts), _stop_us(incident, end_us)
    spells = incident.history or (ClassSpell(start_us, incident.class_),)
    changes = [spell.from_us for spell in spells[1:]]
    for spell, (from_us, until_us) in zip(spells, pairwise([start_us, *changes, stop_us]), strict=True):
        deadline_us = _counted(incident, basis, spell, start_us) if spell.deadline_us == NEVER else spell.deadline_us
        if deadline_us is None:
            continue
        passed_us = max(deadline_us, from_us)
        if passed_us < min(until_us, stop_us) and not _stands(incident, passed_us):
            return passed_us
    return None


def _counted(incident: Incident, basis: Basis, spell: ClassSpell, start_us: int) -> int | None:
    return basis.deadline_us(spell.class_, start_us, [pause for pause in incident.pauses if pause[1] != NEVER])


def _stands(incident: Incident, at_us: int) -> bool:
    return any(from_us <= at_us and (until_us == NEVER or at_us < until_us) for from_us, until_us in incident.pauses)


def clock_span(incident: Incident, basis: Basis, end_us: int) -> tuple[int, int]:
    """The time during which the incident is inside its clock."""
    breached_us = breached_at_us(incident, basis, end_us)
    stop_us = _stop_us(incident, end_us)
    return incident.clock_start_us(basis.clock_starts), stop_us if breached_us is None else min(stop_us, breached_us)


def sla_breaches(day: DayRecord, basis: Basis) -> float:
    return float(sum(breached_at_us(incident, basis, day.end_us) is not None for incident in day.incidents if not incident.drill))


def _arrival(incident: Incident, end_us: int) -> int | None:
    """When somebody came after a call-out, or until when nobody had; None where nobody was called, or it was restored without a visit."""
    if incident.called_out_us == NEVER or (incident.on_site_us == NEVER and incident.restored_us != NEVER):
        return None
    return end_us if incident.on_site_us == NEVER else incident.on_site_us


def arrivals_us(day: DayRecord, basis: Basis) -> Samples:
    """Call-out until on site (R2), without the pauses of the clock; the time so far where nobody has come."""
    ends = [(incident, _arrival(incident, day.end_us)) for incident in day.incidents if not incident.drill]
    times = [(incident.called_out_us, until_us, incident) for incident, until_us in ends if until_us is not None]
    return np.array([until_us - from_us - incident.paused_us(from_us, until_us) for from_us, until_us, incident in times], dtype=np.int64)


def arrival_breaches(day: DayRecord, basis: Basis) -> float:
    return float(sum(_came_late(incident, basis, day.end_us) for incident in day.incidents if not incident.drill))


def _came_late(incident: Incident, basis: Basis, end_us: int) -> bool:
    until_us = _arrival(incident, end_us)
    pauses = [(from_us, end_us if to_us == NEVER else to_us) for from_us, to_us in incident.pauses]
    due_us = None if until_us is None else basis.deadline_us("arrival", incident.called_out_us, pauses)
    return until_us is not None and due_us is not None and until_us > due_us


def escalations_us(day: DayRecord, basis: Basis) -> Samples:
    """Becoming 重大 until the head of department is told (R4); the time so far, or until restored, where nobody has told."""
    major = [incident for incident in day.incidents if not incident.drill and incident.major_us != NEVER]
    told = [incident.told_head_us if incident.told_head_us != NEVER else _stop_us(incident, day.end_us) for incident in major]
    return np.array([max(0, at_us - incident.major_us) for incident, at_us in zip(major, told, strict=True)], dtype=np.int64)


def answers_us(day: DayRecord, basis: Basis) -> Samples:
    """Ringing until answered (R2); the time until the record's end where nobody answered."""
    return np.array([(day.end_us if call.answered_us == NEVER else call.answered_us) - call.rang_us for call in day.calls], dtype=np.int64)


def whole_records(day: DayRecord, basis: Basis) -> float | None:
    closed = [incident for incident in day.incidents if not incident.drill and incident.closed_us != NEVER]
    whole = sum(all((incident.found, incident.action, incident.verified_by)) for incident in closed)
    return whole / len(closed) if closed else None


def engineer_share(day: DayRecord, basis: Basis) -> float | None:
    by_name: dict[str, list[tuple[int, int]]] = {}
    for spell in day.engineer_spells:
        by_name.setdefault(spell.engineer, []).append((spell.start_us, spell.end_us))
    busy_us = sum(total_us(intersection(intervals(spans), day.opening)) for spans in by_name.values())
    hours_us = total_us(day.opening) * (basis.engineers or len(by_name) or 1)
    return busy_us / hours_us if hours_us else None


def stockouts(day: DayRecord, basis: Basis) -> float:
    return float(len(day.stockouts))
