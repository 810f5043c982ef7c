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
    stands no deadline passes, and one that the journal does not name moves by the pauses before it.
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
    deadline_us = basis.deadline_us(spell.class_, start_us)
    for from_us, until_us in incident.pauses:
        if deadline_us is not None and from_us <= deadline_us and until_us != NEVER:
            deadline_us += until_us - from_us
    return deadline_us


def _stands(incident: Incident, at_us: int) -> bool:
    return any(from_us <= at_us and (until_us == NEVER or at_us < until_us) for from_us, until_us in incident.pauses)


def clock_span(incident: Incident, basis: Basis, end_us: int) -> tuple[int, int]:
    """The time during which the incident is inside its clock."""
    breached_us = breached_at_us(incident, basis, end_us)
    stop_us = _stop_us(incident, end_us)
    return incident.clock_start_us(basis.clock_starts), stop_us if breached_us is None else min(stop_us, breached_us)


def sla_breaches(day: DayRecord, basis: Basis) -> float:
    return float(sum(breached_at_us(incident, basis, day.end_us) is not None for incident in day.incidents if not incident.drill))


def engineer_share(day: DayRecord, basis: Basis) -> float | None:
    by_name: dict[str, list[tuple[int, int]]] = {}
    for spell in day.engineer_spells:
        by_name.setdefault(spell.engineer, []).append((spell.start_us, spell.end_us))
    busy_us = sum(total_us(intersection(intervals(spans), day.opening)) for spans in by_name.values())
    hours_us = total_us(day.opening) * (basis.engineers or len(by_name) or 1)
    return busy_us / hours_us if hours_us else None


def stockouts(day: DayRecord, basis: Basis) -> float:
    return float(len(day.stockouts))
