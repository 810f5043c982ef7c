"""Figures of the windows: usable, staffed, busy, and what they achieved."""

from __future__ import annotations

import numpy as np

from caixue.clock import US_PER_S
from caixue.day import DayRecord, Outcome, WindowTrack
from caixue.intervals import Intervals, Steps, intersection, intervals, mean, minimum, steps, subtraction, total_us, union
from caixue.measures.incidents import clock_span
from caixue.measures.statistics import US_PER_H, Basis, Samples


def _staffed_open(window: WindowTrack) -> Intervals:
    return intersection(window.staffed, window.open)


def _staffed_us(day: DayRecord) -> int:
    return sum(total_us(_staffed_open(window)) for window in day.windows)


def busy_share(day: DayRecord, basis: Basis) -> float | None:
    staffed_us = _staffed_us(day)
    busy_us = sum(total_us(intersection(window.busy, _staffed_open(window))) for window in day.windows)
    return busy_us / staffed_us if staffed_us else None


def _windows(day: DayRecord) -> list[WindowTrack]:
    """The windows alone, without places to fall back on."""
    return [window for window in day.windows if window.is_window]


def lost_spans(window: WindowTrack, basis: Basis, end_us: int) -> Intervals:
    """When the window was not usable: blocked for longer than the reading allows, or not back when the record ends."""
    blocked = union(window.blocked)
    return blocked[(blocked[:, 1] - blocked[:, 0] > basis.usable_within_us) | (blocked[:, 1] >= end_us)]


def _lost(day: DayRecord, basis: Basis) -> list[Intervals]:
    return [lost_spans(window, basis, day.end_us) for window in _windows(day)]


def _usable(day: DayRecord, basis: Basis) -> Steps:
    """How many windows are usable at each instant of the record."""
    whole = intervals([(0, day.end_us)])
    return steps(np.concatenate((intervals(), *(subtraction(whole, lost) for lost in _lost(day, basis)))))


def _staffed(day: DayRecord) -> Steps:
    return steps(np.concatenate((intervals(), *(_staffed_open(window) for window in day.windows))))


def usable_now(day: DayRecord, basis: Basis) -> float | None:
    """Usable windows at the record's end; a window blocked no longer than the reading allows may still come back in time."""
    lost = [_is_lost_at_end(window, basis, day.end_us) for window in _windows(day)]
    return float(lost.count(False)) if lost else None


def _is_lost_at_end(window: WindowTrack, basis: Basis, end_us: int) -> bool:
    blocked = union(window.blocked)
    return len(blocked) > 0 and int(blocked[-1, 1]) >= end_us and end_us - int(blocked[-1, 0]) > basis.usable_within_us


def usable_min(day: DayRecord, basis: Basis) -> float | None:
    return _float(minimum(_usable(day, basis), day.opening))


def usable_mean(day: DayRecord, basis: Basis) -> float | None:
    return mean(_usable(day, basis), day.opening)


def staffed_min(day: DayRecord, basis: Basis) -> float | None:
    return _float(minimum(_staffed(day), day.opening))


def staffed_mean(day: DayRecord, basis: Basis) -> float | None:
    return mean(_staffed(day), day.opening)


def _float(count: int | None) -> float | None:
    return None if count is None else float(count)


def down_s(day: DayRecord, basis: Basis) -> float | None:
    if not len(day.opening):
        return None
    return sum(total_us(intersection(lost, day.opening)) for lost in _lost(day, basis)) / US_PER_S


def below_required_s(day: DayRecord, basis: Basis) -> float | None:
    """R5.3: opening time with fewer usable windows than required, outside every incident that is inside its clock."""
    if not len(day.opening):
        return None
    clocks = [clock_span(incident, basis, day.end_us) for incident in (*day.earlier, *day.incidents) if not incident.drill]
    lengths, levels = _usable(day, basis).pieces(subtraction(day.opening, intervals(clocks)))
    return int(lengths[levels < basis.windows_required].sum()) / US_PER_S


def _served_us(day: DayRecord) -> Samples:
    """When each patient who was served had been."""
    return day.patients.only(day.patients.outcome == Outcome.SERVED).ended_us


def throughput(day: DayRecord, basis: Basis) -> float | None:
    """Served over the time from the first opening to the last served, of each day where the record names several."""
    served_us = _served_us(day)
    if not len(day.opening) or not len(served_us):
        return 0.0 if len(day.opening) else None
    length_us = sum(_worked_us(day, served_us, start_us, end_us) for start_us, end_us in day.spans.tolist())
    return len(served_us) * US_PER_H / length_us if length_us > 0 else None


def _worked_us(day: DayRecord, served_us: Samples, start_us: int, end_us: int) -> int:
    """From the first opening in a span to the last served in it."""
    opened, served = intersection(day.opening, intervals([(start_us, end_us)])), served_us[(served_us >= start_us) & (served_us <= end_us)]
    return int(served.max()) - int(opened[0, 0]) if len(opened) and len(served) else 0


def per_window_h(day: DayRecord, basis: Basis) -> float | None:
    staffed_us = _staffed_us(day)
    return len(_served_us(day)) * US_PER_H / staffed_us if staffed_us else None
