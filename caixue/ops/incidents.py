"""Incidents: from a phone call or an alarm to a closed record, one per device and episode (contract C2, R3).

OPEN → ACKNOWLEDGED → ON_SITE → DIAGNOSED → RESTORED → CLOSED. The class follows from the room's state when the incident
opens; a person may override it with a reason, a rule does once a shared device stops a window, and a deadline that has
passed never moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from caixue.clock import US_PER_S, Clock
from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Recorder
from caixue.sla import Deadlines

GENERAL, LARGER, MAJOR = "一般", "较大", "重大"
BACK_WITHIN_US = 600 * US_PER_S  # design §6: still usable, or back within 10 minutes
MONITOR = "monitor"  # who reports when nobody called
STATES = ("open", "acknowledged", "on-site", "diagnosed", "restored", "closed")


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a symptom usually means for the room."""

    name: str
    zh: str
    expected_repair_s: float
    identity_hazard: bool = False
    source: str = "assumed: docs/assumptions.md A-07"


SYMPTOMS: Mapping[str, Symptom] = {
    symptom.name: symptom
    for symptom in (
        Symptom("no-read", "条码读不出", 1080),
        Symptom("mismatch", "读回条码不符", 600, identity_hazard=True),
        Symptom("wrong-kind", "料道试管颜色不符", 600, identity_hazard=True),
        Symptom("lane-locked", "料道已锁定", 600, identity_hazard=True),
        Symptom("tube-jam", "试管卡住", 300),
        Symptom("double-pick", "一次出两管", 300),
        Symptom("lane-empty", "料道已空", 120),
        Symptom("paper-out", "缺纸", 120),
        Symptom("paper-jam", "卡纸", 420),
        Symptom("ribbon-out", "缺碳带", 180),
        Symptom("head-open", "打印头未合", 120),
        Symptom("cover-open", "盖未合", 60),
        Symptom("cutter-jam", "切刀卡住", 600),
        Symptom("paused", "已暂停", 60),
        Symptom("over-temperature", "打印头过热", 600),
        Symptom("unnamed-stop", "打印机停机，原因不明", 300),
        Symptom("offline", "打印机脱机", 60),
        Symptom("overheated", "打印头过热", 300),
        Symptom("mechanical-error", "走纸机构故障", 600),
        Symptom("door-open", "前门打开", 60),
        Symptom("emergency-stop", "急停", 120),
        Symptom("suction-lost", "吸盘失压", 900),
        Symptom("motor-fault", "电机故障", 7200),
        Symptom("label-missing", "无标签可取", 300),
        Symptom("tube-missing", "工位无管", 120),
        Symptom("belt-blocked", "传送带卡住", 300),
        Symptom("exit-blocked", "出口光电被遮挡", 180),
        Symptom("belt-stopped", "传送带停机", 1500),
        Symptom("belt-slip", "传送带打滑", 3600),
        Symptom("sorter-jam", "分拣口卡管", 300),
        Symptom("lane-mismatch", "分拣错道", 600, identity_hazard=True),
        Symptom("sorter-scanner-fail", "分拣扫描失效", 600, identity_hazard=True),
        Symptom("mains-off", "市电中断", 1800),
        Symptom("on-battery", "电源转电池供电", 300),
        Symptom("battery-low", "电池电量低", 3600),
        Symptom("on-bypass", "电源转旁路", 180),
        Symptom("ups-failed", "不间断电源故障", 3600),
        Symptom("overload", "电源过载", 300),
        Symptom("overheated", "温度过高", 1200),
        Symptom("black-screen", "叫号屏黑屏", 720),
        Symptom("stale-call", "叫号未更新", 720),
        Symptom("link-noisy", "通信误码", 300),
        Symptom("out-of-service", "窗口停用", 2700),
        Symptom("no-answer", "设备无应答", 600),
    )
}
_OTHER = Symptom("other", "其他", 900)


def severity(symptom: str, windows_lost: int, *, shared: bool = False) -> str:
    """The class of an incident (R3), from what is known when it opens; `shared`: the device serves all windows.

    重大: two or more windows lost by it, or any by a shared device. 较大: an identity hazard; or a window lost, or a shared
    device down, for longer than ten minutes as the symptom goes. 一般: one unit, and the window usable or soon back.
    """
    row = SYMPTOMS.get(symptom, _OTHER)
    if windows_lost >= 2 or (shared and windows_lost):
        return MAJOR
    if row.identity_hazard or ((shared or windows_lost) and row.expected_repair_s * US_PER_S > BACK_WITHIN_US):
        return LARGER
    return GENERAL


@dataclass(slots=True)
class Incident:
    """One episode of trouble on one device."""

    number: str
    device: str
    window: str
    symptom: str
    severity: str
    clock_started_us: int  # the first of reported and detected (R3)
    deadline_us: int = 0
    reported: bool = False  # somebody has called
    paused_since_us: int | None = None
    paused_us: int = 0  # of pauses that are over
    state: str = "open"
    symptoms: list[str] = field(default_factory=list)


class Incidents:
    """The register of incidents. `on_open` tells whoever has to come."""

    def __init__(self, recorder: Recorder, clock: Clock, deadlines: Deadlines, on_open: Callable[[Incident], None] = lambda incident: None) -> None:
        self.recorder = recorder
        self.clock = clock
        self.deadlines = deadlines
        self.on_open = on_open
        self.open: dict[str, Incident] = {}  # by device
        self.on_hold = False  # the mains are out, or somebody is finding out: what is silent now is no news
        self._count = 0

    def report(self, device: str, symptom: str, *, window: str, windows_lost: int, by: str, occurred_us: int | None = None) -> Incident:
        """Open an incident, or add to the one that is open for `device`; no `window`: a device that all windows share.

        `by` is "monitor" or the person who called.
        """
        known = self.open.get(device)
        if known is not None:
            self._merge(known, symptom, by)
            return known
        self._count += 1
        now_us = self.clock.monotonic_us()
        class_ = severity(symptom, windows_lost, shared=not window)
        incident = Incident(f"incident-{self._count:04d}", device, window, symptom, class_, now_us, reported=by != MONITOR, symptoms=[symptom])
        incident.deadline_us = self._deadline_us(incident)
        self.open[device] = incident
        self.recorder.note(
            "incident.opened",
            incident.number,
            actor=by,
            device=device,
            window=window,
            class_=incident.severity,
            occurred_us=now_us if occurred_us is None else occurred_us,
            reported_us=now_us if incident.reported else None,
            detected_us=now_us,
            deadline_us=incident.deadline_us,
            symptom=symptom,
        )
        self.on_open(incident)
        return incident

    def _merge(self, incident: Incident, symptom: str, by: str) -> None:
        """A call and an alarm of one episode are one incident; a new symptom and the first call are journaled."""
        first_call = by != MONITOR and not incident.reported
        if symptom in incident.symptoms and not first_call:
            return
        if symptom not in incident.symptoms:
            incident.symptoms.append(symptom)
        incident.reported = incident.reported or first_call
        reported_us = self.clock.monotonic_us() if first_call else None
        self.recorder.note("incident.merged", incident.number, actor=by, device=incident.device, symptom=symptom, reported_us=reported_us)

    def advance(self, incident: Incident, state: str, *, by: str, **data: Any) -> None:
        """Move `incident` to the next state, and no other; raises UsageError otherwise."""
        expected = STATES[STATES.index(incident.state) + 1] if incident.state != "closed" else None
        if state != expected:
            raise UsageError(f"{incident.number} is {incident.state}; the next state is {expected}, not {state}")
        incident.state = state
        self.recorder.note(f"incident.{state}", incident.number, actor=by, **data)
        if state == "closed":
            del self.open[incident.device]

    def override(self, incident: Incident, severity: str, *, by: str, reason: str) -> None:
        """Set the class by hand; raises UsageError without a reason or for an unknown class."""
        if severity not in (GENERAL, LARGER, MAJOR) or not reason.strip():
            raise UsageError(f"an override needs a class ({GENERAL}, {LARGER}, {MAJOR}) and a reason")
        incident.severity = severity
        if self.clock.monotonic_us() <= incident.deadline_us:
            incident.deadline_us = self._deadline_us(incident)
        self.recorder.note(
            "incident.reclassified",
            incident.number,
            actor=by,
            class_=severity,
            reason=reason,
            deadline_us=incident.deadline_us,
        )

    def pause(self, incident: Incident, *, reason: str, person: str) -> None:
        """Stop the clock of `incident`, for one of the reasons that the site reads as a pause, in the name of `person` (R4).

        Raises UsageError for any other reason, without a name, and when the clock stands already.
        """
        pauses = self.deadlines.readings.clock_pauses
        if reason not in pauses or not person.strip():
            raise UsageError(f"a clock pauses for {', '.join(pauses) or 'nothing'}, with a named person; not for {reason!r} by {person!r}")
        if incident.paused_since_us is not None:
            raise UsageError(f"{incident.number}: the clock stands already")
        incident.paused_since_us = self.clock.monotonic_us()
        self.recorder.note("incident.paused", incident.number, actor=person, reason=reason, person=person)

    def resume(self, incident: Incident, *, person: str) -> None:
        """Let the clock of `incident` run again: its deadline moves by the pause, unless it had passed before.

        Raises UsageError when the clock runs, or without a name.
        """
        since_us = incident.paused_since_us
        if since_us is None or not person.strip():
            raise UsageError(f"{incident.number}: the clock runs" if since_us is None else "who lets the clock run again?")
        incident.paused_since_us = None
        length_us = self.clock.monotonic_us() - since_us
        incident.paused_us += length_us
        if incident.deadline_us >= since_us:
            incident.deadline_us += length_us
        self.recorder.note("incident.resumed", incident.number, actor=person, person=person, deadline_us=incident.deadline_us)

    def hear(self, event: Event) -> None:
        """Listen to the journal: once a shared device stops a window, its open incident is 重大 by rule."""
        incident = self.open.get(event.data["device"]) if event.kind == "window.blocked" else None
        if incident is not None and not incident.window and incident.severity != MAJOR:
            self.override(incident, MAJOR, by="rule", reason=f"共用设备使 {event.subject} 停用 / a shared device stopped {event.subject}")

    def _deadline_us(self, incident: Incident) -> int:
        """By when the incident must be removed, by its present class, on the record's own time line."""
        started_at = self.clock.now() - timedelta(microseconds=self.clock.monotonic_us() - incident.clock_started_us)
        within = self.deadlines.deadline(incident.severity, started_at).at - started_at
        return incident.clock_started_us + within // timedelta(microseconds=1) + incident.paused_us
