"""From when on a reading is trouble (contract C2.1): one row a reading, with its limit, when it is good again, and where the number comes from.

A limit speaks of slow wear, before anything fails: an alarm or silence needs no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from caixue.clock import US_PER_S
from caixue.drivers.card import DeviceCard

HOUR_US, TEN_MINUTES_US = 3600 * US_PER_S, 600 * US_PER_S
SHIFT_US = 8 * HOUR_US
CLAUSE = "C2.1"
QUALITY = "label-quality"  # the symptom of labels that are put on badly


@dataclass(frozen=True, slots=True)
class Threshold:
    """One reading: over which time it is taken, from how many samples on it counts, and where its limit lies.

    `limit` None: only noted. `of`: the number on the card that the limit is a share of.
    """

    reading: str
    zh: str
    en: str
    unit: str
    period_us: int
    least: int = 1
    limit: float | None = None
    good: float = 0.0  # back on this side it is good again; between the two nothing changes
    worse: Literal["above", "below"] = "above"
    of: str = ""
    symptom: str = ""  # of the incident that it is, where it is one; "": a task to look
    source: str = ""
    clause: str = CLAUSE

    def limit_on(self, card: DeviceCard | None) -> float | None:
        """The limit for a device with this card."""
        return self._scaled(self.limit, card)

    def exceeded(self, value: float, card: DeviceCard | None) -> bool:
        """Whether `value` lies beyond the limit; a value on it is still good."""
        limit = self._scaled(self.limit, card)
        return limit is not None and (value > limit if self.worse == "above" else value < limit)

    def healed(self, value: float, card: DeviceCard | None) -> bool:
        """Whether `value` is good again after it had been beyond the limit."""
        good = self._scaled(self.good, card)
        return good is not None and (value <= good if self.worse == "above" else value >= good)

    def _scaled(self, number: float | None, card: DeviceCard | None) -> float | None:
        if number is None or not self.of:
            return number
        return None if card is None else round(number * float(getattr(card, self.of)), 6)


_JUDGED, _LABELS = "assumed: docs/assumptions.md A-114", "assumed: docs/assumptions.md A-116"
_BELT, _ROAD = "assumed: docs/assumptions.md A-117", "assumed: docs/assumptions.md A-118"

_ROWS = (
    # performance
    Threshold("answer.p50", "应答时间中位数", "median answer time", "s", HOUR_US),
    Threshold("answer.p95", "应答时间 P95", "P95 of the answer time", "s", HOUR_US, 30, 0.8, 0.6, of="reply_timeout_s", source=_JUDGED),
    Threshold("answer.errors", "应答失败比例", "share of failed answers", "share", HOUR_US, 100, 0.02, 0.01, source=_JUDGED),
    Threshold("jobs.per_h", "每小时作业数", "jobs an hour", "per_h", HOUR_US),
    # state and alarms
    Threshold("state.fault", "故障状态占时", "share of answers in the state fault", "share", HOUR_US, 30),
    Threshold("alarms.per_h", "每小时报警数", "alarms an hour", "per_h", HOUR_US, 1, 6.0, 3.0, source="assumed: docs/assumptions.md A-115"),
    # label placement: two by window, the offset by the device that tells it
    Threshold(
        "label.first-scan", "一次扫描即读出的比例", "share read at the first scan", "share", SHIFT_US, 100, 0.97, 0.99, "below", symptom=QUALITY, source=_LABELS
    ),
    Threshold("label.rejects", "每千张标签的剔除数", "tubes rejected per 1,000 labels", "per_1000", SHIFT_US, 100, 10.0, 5.0, symptom=QUALITY, source=_LABELS),
    Threshold("label.offset", "标签位置偏差 P95", "P95 of the label's offset", "mm", SHIFT_US, 30, 2.0, 1.0, source=_LABELS),
    # how fast specimens travel
    Threshold("belt.set", "传送带设定速度", "belt speed that was set", "mm/s", HOUR_US),
    Threshold("belt.speed", "传送带实测速度", "belt speed as measured", "mm/s", HOUR_US),
    Threshold(
        "belt.ratio", "实测与设定速度之比", "measured over set belt speed", "share", TEN_MINUTES_US, 6, 0.9, 0.95, "below", source=_BELT
    ),
    Threshold("transport.p95", "标本运送时间 P95", "P95 of the specimens' transport", "s", HOUR_US, 20, 1800.0, 1500.0, source=_ROAD),
)
THRESHOLDS: Mapping[str, Threshold] = {row.reading: row for row in _ROWS}
