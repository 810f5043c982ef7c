"""How `caixue incident` shows incidents: the open ones with the time that is left, and the course of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from caixue.commands.common import emit, show
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.due import Instant
from caixue.ops.escalation import due_escalations, reason_text
from caixue.ops.register import Incident
from caixue.ops.symptoms import known_symptom
from caixue.units import US_PER_DAY, US_PER_MINUTE, format_duration

STATES = {
    "open": ("已开立", "open"),
    "acknowledged": ("已接单", "taken"),
    "on-site": ("已到场", "on site"),
    "diagnosed": ("已查明", "diagnosed"),
    "restored": ("已恢复", "restored"),
    "closed": ("已关闭", "closed"),
}
WORDS = {
    "incident.opened": ("开立", "opened"),
    "incident.merged": ("并入", "merged"),
    "incident.reclassified": ("重新定级", "reclassified"),
    "incident.acknowledged": ("接单", "taken"),
    "incident.called-out": ("召请到场", "called out"),
    "incident.on-site": ("到场", "on site"),
    "incident.diagnosed": ("查明", "diagnosed"),
    "incident.escalated": ("上报", "escalated"),
    "incident.restored": ("恢复", "restored"),
    "incident.closed": ("关闭", "closed"),
    "incident.paused": ("计时暂停", "clock paused"),
    "incident.resumed": ("计时恢复", "clock resumed"),
    "call.received": ("来电", "call"),
    "remote.authorised": ("远程授权", "remote work allowed"),
    "remote.started": ("远程开始", "remote work began"),
    "remote.ended": ("远程结束", "remote work ended"),
}
DETAILS = {
    "class": ("等级", "class"),
    "symptom": ("症状", "symptom"),
    "deadline_us": ("时限", "deadline"),
    "provisional": ("暂定", "provisional"),
    "reason": ("原因", "why"),
    "caller": ("谁打来", "caller"),
    "said": ("说", "said"),
    "rang_us": ("响铃", "rang"),
    "answered_us": ("接起", "answered"),
    "person": ("谁", "who"),
    "due_us": ("应到", "due"),
    "called_us": ("召请", "called"),
    "found": ("查明", "found"),
    "missing": ("缺", "missing"),
    "part": ("部件", "part"),
    "action": ("做了", "action"),
    "verified_by": ("确认", "verified by"),
    "to": ("告诉", "to"),
    "ticket": ("厂家单号", "ticket"),
    "eta_us": ("预计到达", "expected"),
    "loan": ("借用机", "loan unit"),
    "warranty": ("保修", "warranty"),
    "scope": ("范围", "scope"),
    "until_us": ("到", "until"),
    "result": ("结果", "result"),
    "drill": ("演练", "drill"),
}
_ROUGHLY = (
    (US_PER_DAY, 60 * US_PER_MINUTE),
    (60 * US_PER_MINUTE, US_PER_MINUTE),
    (0, US_PER_MINUTE // 60),
)  # from how much on → rounded down to
_ABOVE = ("device", "window", "incident", "occurred_us", "reported_us", "detected_us")  # shown once, at the head of the page


def left(incident: Incident, now: Instant) -> str:
    """The countdown: what is left, that the clock stands and why, or by how much the deadline has passed."""
    if incident.passed(now.us):
        over_us = incident.steps.get("restored", now.us) - incident.deadline_us
        return tr("超时 ", "late by ") + _minutes(over_us)
    if "restored" in incident.steps:
        return tr("按时", "in time")
    if incident.paused_since_us is not None:
        return tr(f"暂停：{incident.paused_for}", f"stands: {incident.paused_for}")
    return tr("剩 ", "left ") + _minutes(incident.deadline_us - now.us)


def _minutes(us: int) -> str:
    """As a countdown is read: days with hours, hours with minutes, below an hour with seconds."""
    unit = next(small for least, small in _ROUGHLY if us >= least)
    return format_duration(us // unit * unit)


def deadline_text(incident: Incident, now: Instant) -> str:
    """The deadline, marked 暂定 where nobody has published the days that it crosses."""
    at = now.at(incident.deadline_us)
    mark = tr(" 暂定", " provisional") if incident.provisional else ""
    return f"{at:%m-%d %H:%M}{mark}"


def list_open(incidents: Iterable[Incident], now: Instant, *, as_json: bool) -> None:
    """The incidents, each with its countdown, and who must still be told."""
    incidents = list(incidents)
    due = due_escalations(incidents, now.us)
    if as_json:
        told = [{"incident": one.incident, "to": one.to, "reason": one.rule, "due_at": now.at(one.due_us)} for one in due]
        emit({"schema": 1, "now": now.at(now.us), "incidents": [as_data(each, now) for each in incidents], "to_tell": told})
        return
    heads = (tr("号", "no."), tr("设备", "device"), tr("等级", "class"), tr("状态", "state"), tr("时限", "deadline"), tr("计时", "clock"))
    rows = (
        (_number(each), _device(each), each.severity, tr(*STATES[each.state]), deadline_text(each, now), left(each, now))
        for each in incidents
    )
    show("", heads, rows, empty=tr("没有未关闭的故障", "no incident is open"))
    for one in due:
        when = f"{now.at(one.due_us):%H:%M}"
        why = reason_text(one.rule)
        print(tr(f"待上报 {one.incident} → {one.to}：{why}，{when} 前", f"to tell {one.incident} → {one.to}: {why}, by {when}"))


def _number(incident: Incident) -> str:
    return incident.number.removeprefix("incident-").lstrip("0")


def _device(incident: Incident) -> str:
    return incident.device + (tr("（演练）", " (drill)") if incident.drill else "")


def show_one(incident: Incident, events: Iterable[Event], now: Instant, *, as_json: bool) -> None:
    """One incident: its times and clock, then everything that happened to it."""
    if as_json:
        course = [{"at": now.at(event.at_us), "kind": event.kind, "by": event.actor, "data": event.data} for event in events]
        emit({"schema": 1, **as_data(incident, now), "course": course})
        return
    used, limit = now.used(incident)
    clock = f"{_minutes(used // timedelta(microseconds=1))} / {_minutes(limit // timedelta(microseconds=1))}"
    what = tr(known_symptom(incident.symptom).zh, incident.symptom)
    print(f"{incident.number}  {_device(incident)}  {what}  {incident.severity}  {tr(*STATES[incident.state])}")
    print(tr(f"时限 {now.deadline(incident)}，{left(incident, now)}", f"deadline {now.deadline(incident)}, {left(incident, now)}"))
    print(tr(f"已用 {clock}", f"used {clock}"))
    times = [f"{tr(zh, en)} {now.at(us):%m-%d %H:%M:%S}" for zh, en, us in _times(incident)]
    print("  ".join(times[:2]) + "\n" + "  ".join(times[2:]))
    rows = [(f"{now.at(event.at_us):%m-%d %H:%M:%S}", tr(*WORDS[event.kind]), event.actor, _said(event, now)) for event in events]
    show("", (tr("时间", "time"), tr("事", "what"), tr("谁", "who"), tr("内容", "details")), rows)


def _times(incident: Incident) -> Iterator[tuple[str, str, int]]:
    """The four times of an incident, those that are known."""
    yield "发生", "occurred", incident.occurred_us
    if incident.reported_us is not None:
        yield "报告", "reported", incident.reported_us
    if incident.detected_us is not None:
        yield "发现", "detected", incident.detected_us
    yield "记录", "recorded", incident.recorded_us


def _said(event: Event, now: Instant) -> str:
    told = {name: value for name, value in event.data.items() if value and name not in _ABOVE}
    return tr("；", "; ").join(f"{tr(*DETAILS.get(name, (name, name)))} {_value(name, value, now)}" for name, value in told.items())


def _value(name: str, value: Any, now: Instant) -> str:
    if name.endswith("_us"):
        return f"{now.at(value):%m-%d %H:%M:%S}"
    return tr(known_symptom(value).zh, value) if name == "symptom" else str(value)


def as_data(incident: Incident, now: Instant) -> dict[str, Any]:
    """One incident for programs; instants in ISO 8601, durations in seconds."""
    known = {
        name: getattr(incident, name)
        for name in ("number", "device", "window", "symptom", "state", "drill", "provisional", "found", "missing")
    }
    times = {
        name: getattr(incident, f"{name}_us")
        for name in ("occurred", "reported", "detected", "recorded", "deadline", "called_out", "arrive_by")
    }
    steps = {state: now.at(us) for state, us in incident.steps.items()}
    return {
        **known,
        "class": incident.severity,
        "symptoms": incident.symptoms,
        **{name: None if us is None else now.at(us) for name, us in times.items()},
        "steps": steps,
        "left_s": (incident.deadline_us - now.us) / 1e6 if incident.running else None,
        "passed": incident.passed(now.us),
        "paused_for": incident.paused_for,
        "paused_since": None if incident.paused_since_us is None else now.at(incident.paused_since_us),
        "pauses": [[now.at(from_us), now.at(until_us)] for from_us, until_us in incident.pauses],
        "calls": incident.calls,
        "gaps": incident.gaps(),
    }
