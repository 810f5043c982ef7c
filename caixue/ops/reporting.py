"""Reports of trouble (contract C2): who tells what about which device, and whether it is a new episode or part of an open one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caixue.errors import UsageError
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ops.due import Instant, said
from caixue.ops.register import Incident, Register
from caixue.ops.symptoms import severity, shows

MONITOR = "monitor"  # who reports when nobody called


@dataclass(frozen=True, slots=True)
class Report:
    """Trouble as somebody or something tells of it. Times are microseconds since the record's start.

    No `window`: a device that all windows share. No `device`: all that is known is the window. `by` is "monitor" or the person
    who called. What was reported earlier and is recorded only now has `reported_us` and a `reason`.
    """

    device: str
    symptom: str
    window: str
    windows_lost: int
    by: str
    occurred_us: int | None = None
    reported_us: int | None = None
    reason: str = ""
    drill: bool = False


def drafted(register: Register, report: Report, now: Instant) -> tuple[str, list[Draft]]:
    """What a report notes, and the number of its incident; nothing where the incident knows it all already.

    Raises UsageError for a time in the future, before the record or out of order, for one in the past without a reason, and for a
    drill on a device that has a real incident.
    """
    if not (report.device or report.window):
        raise UsageError(tr("要写明设备或窗口", "name the device or the window"))
    now.check(report.occurred_us, report.reported_us)
    if report.reported_us is not None and not report.reason.strip():
        raise UsageError(tr("补记要写原因", "what is recorded later needs a reason"))
    reported_us = now.us if report.reported_us is None and report.by != MONITOR else report.reported_us
    known = register.find(report.device, report.window, report.symptom)
    if known is None:
        return _opening(register, report, reported_us, now)
    if report.drill and not known.drill:
        raise UsageError(
            tr(f"{known.device} 有真的故障 {known.number}，不能演练", f"{known.device} has a real incident, {known.number}: no drill")
        )
    return known.number, _merging(register, known, report, reported_us, now)


def _opening(register: Register, report: Report, reported_us: int | None, now: Instant) -> tuple[str, list[Draft]]:
    detected_us = now.us if reported_us is None else reported_us
    class_ = severity(report.symptom, report.windows_lost, shared=not report.window)
    data = {
        "device": report.device or report.window,
        "window": report.window,
        "class": class_,
        "occurred_us": detected_us if report.occurred_us is None else report.occurred_us,
        "reported_us": reported_us,
        "detected_us": detected_us,
        **now.removal(class_, register.clock_start_us(reported_us, detected_us, now.us), ()),
        "symptom": report.symptom,
        **said(drill=report.drill, reason=report.reason),
    }
    number = f"incident-{register.last_number + 1:04d}"
    return number, [Draft("incident.opened", number, data)]


def _merging(register: Register, known: Incident, report: Report, reported_us: int | None, now: Instant) -> list[Draft]:
    """A call and an alarm of one episode are one incident; a new symptom, the first call and the device's name are journaled."""
    first_call_us = reported_us if known.reported_us is None else None
    device = known.device if shows(report.symptom, known.symptom) else report.device or known.device
    if report.symptom in known.symptoms and first_call_us is None and device == known.device:
        return []
    data: dict[str, Any] = {"device": device, "symptom": report.symptom, "reported_us": first_call_us}
    call_us = known.reported_us if first_call_us is None else first_call_us
    start_us = register.clock_start_us(call_us, known.detected_us, known.recorded_us)
    if start_us != known.clock_started_us and not known.passed(now.us):
        data |= now.removal(known.severity, start_us, now.pauses(known))
    return [Draft("incident.merged", known.number, {**data, **said(reason=report.reason)})]
