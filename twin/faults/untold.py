"""Figures that timing cannot tell, each with its reason: of any day, of rooms with devices, and on days with certain faults.

What was measured beside wire is in docs/calibration.md. A [[fault]] row is looked up by what timing feels of it (twin.faults.felt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twin.faults.felt import Feel

NOT_SIMULATED = frozenset(
    {
        *("tube.labelled", "tube.voided", "label.crossed", "label.duplicate", "label.unverified", "fault.rate"),
        *("incident.arrival.mean", "incident.arrival.max", "arrival.breaches", "incident.escalation.max", "call.answer.max"),
        *("repair.record.share", "porter.calls"),
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Figures that are unknown together, and why; `fields` are those that a `where` over incidents cannot choose by."""

    zh: str
    en: str
    figures: frozenset[str]
    fields: frozenset[str] = frozenset()


_DETECTION = ("incident.detect.mean", "incident.detect.max")
_STAFFED = ("window.staffed.min", "window.staffed.mean")
_COUNTED = ("incident.count", "incident.response.mean", "incident.response.max")
_CLOCKS = ("sla.breaches", "window.below_eight.minutes")
_INCIDENTS = frozenset({*_COUNTED, "incident.repair.mean", "incident.repair.max", *_DETECTION, *_CLOCKS})

DEVICES = Reason(
    "工程师的日常职责和逐道补料不模拟",
    "the engineer's duties of the day, and refills lane by lane, are not simulated",
    frozenset({"engineer.busy.share"}),
)
RANDOM = Reason(
    "随机故障按一组里最常见的那种记，等级和设备不可分",
    "random faults are booked under the most frequent of their group: neither class nor device is theirs",
    frozenset({*_DETECTION, *_CLOCKS, *_STAFFED}),
    frozenset({"class", "device"}),
)
BY_FEEL: Mapping[Feel, Reason] = {
    Feel.WINDOW: Reason(
        "征兆和护士的走动不模拟", "first signs of trouble, and the nurse who moves, are not simulated", frozenset({*_DETECTION, *_STAFFED})
    ),
    Feel.LANE: Reason(
        "单个料道不模拟：哪道何时空，工程师忙时又空了哪道",
        "single lanes are not simulated: which runs out when, and which others while the engineer is busy",
        frozenset({*_DETECTION, *_STAFFED, *_COUNTED, "consumable.stockouts"}),
    ),
    Feel.ENGINEER: Reason("征兆不模拟", "first signs of trouble are not simulated", frozenset(_DETECTION)),
    Feel.BELT: Reason("征兆不模拟", "first signs of trouble are not simulated", frozenset(_DETECTION)),
    Feel.MAINS: Reason(
        "停电没有故障单，也就没有时钟", "an outage opens no incident, so no clock runs", frozenset({*_INCIDENTS, *_STAFFED})
    ),
    Feel.AWAY: Reason(
        "电话、路上和护士按电话处理的不成故障单",
        "calls, ways and what a nurse repairs by telephone are no incidents",
        frozenset({*_INCIDENTS, *_STAFFED, "consumable.stockouts"}),
    ),
}
BY_ITSELF = Reason("自己恢复的传送带没有故障单", "a belt that comes back by itself opens no incident", _INCIDENTS)
