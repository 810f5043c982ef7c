"""The figures of a day: one row each, with its names, its unit, its good direction, its definition and how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from caixue.day import DayRecord
from caixue.errors import UsageError
from caixue.measures import incidents, labels, patients, windows
from caixue.measures.statistics import Basis, Measure, Take, Value, max_of, mean_of, percentile_of
from caixue.units import nearest
from caixue.where import FIELDS, Table, narrowed, parse_where

__all__ = ["FIGURES", "Basis", "Figure", "Value", "figure", "figure_value", "figures"]

Unit = Literal["s", "count", "share", "per_h", "per_1000", "yuan", "list"]
Direction = Literal["low", "high", "neutral"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the catalogue; `table` is the one whose rows its `where` chooses from, `direction` says which way is good."""

    name: str
    zh: str
    en: str
    definition: str
    measure: Measure
    table: Table | None = None
    unit: Unit = "count"
    direction: Direction = "low"

    @property
    def fields(self) -> tuple[str, ...]:
        """The words that a `where` may use; none for figures of the whole room."""
        return tuple(FIELDS[self.table]) if self.table else ()


_few, _many, _number = Figure, partial(Figure, direction="high"), partial(Figure, direction="neutral")
_time, _share, _pace = (
    partial(Figure, unit="s"),
    partial(Figure, unit="share", direction="neutral"),
    partial(Figure, unit="per_h", direction="high"),
)

# the end of a name → its words around the thing measured, and the statistic
_STATISTICS: Mapping[str, tuple[str, str, Callable[[Take], Measure]]] = {
    "mean": ("平均{}", "mean {}", mean_of),
    "p50": ("{}中位数", "median {}", partial(percentile_of, percent=50)),
    "p90": ("{} P90", "P90 {}", partial(percentile_of, percent=90)),
    "p95": ("{} P95", "P95 {}", partial(percentile_of, percent=95)),
    "max": ("最长{}", "longest {}", max_of),
}


def _times(stem: str, zh: str, en: str, definition: str, take: Take, table: Table, endings: str) -> list[Figure]:
    """One row for each statistic of the same samples; percentiles are nearest-rank."""
    rows = []
    for ending in endings.split():
        chinese, english, statistic = _STATISTICS[ending]
        rows.append(_time(f"{stem}.{ending}", chinese.format(zh), english.format(en), definition, statistic(take), table))
    return rows


_WAIT = "last call (the one that led to service) minus arrival, served patients, one value a patient whatever the bumps"
_STAY = "served minus arrival, served patients"
_QUEUE = "arrived, and neither had the last call nor left"
_USABLE = "not blocked, or back within the site's reading"
_BELOW = "fewer usable windows than required (R5.3), in opening hours, outside any incident that is inside its clock; in seconds"
_START = "first of reported and detected"
_SO_FAR = "the time so far when the record ends first"
_EVERY = "mean p50 p90 p95 max"

_ROWS = (
    _number("patient.count", "到达人数", "patients arrived", "visits in the record", patients.patient_count, "patients"),
    _many("patient.served", "完成采血人数", "patients served", "visits that ended served", patients.served_count, "patients"),
    _few("patient.left", "离开人数", "patients who left", "visits that ended unserved", patients.left_count, "patients"),
    *_times("patient.wait", "等候时间", "wait", _WAIT, patients.waits_us, "patients", _EVERY),
    *_times("patient.stay", "逗留时间", "stay", _STAY, patients.stays_us, "patients", _EVERY),
    _share(
        "return.on_time.share",
        "定时复采准时率",
        "timed draws on time",
        "of those who came back for a timed draw: begun within the tolerance of their class",
        patients.on_time_share,
        "patients",
        direction="high",
    ),
    _few("queue.length.mean", "平均排队人数", "mean queue", f"{_QUEUE}; over the record, without the nights between its days", patients.queue_mean),
    _few("queue.length.max", "最大排队人数", "longest queue", f"{_QUEUE}; most at one time", patients.queue_max),
    _few(
        "queue.length.by_slot",
        "各时段排队人数",
        "queue by slot",
        f"{_QUEUE}; mean in each slot of the load, over the days that the record names",
        patients.queue_by_slot,
        unit="list",
    ),
    _share("window.busy.share", "窗口忙碌率", "busy share", "call to end of service, over staffed open time", windows.busy_share),
    _many("window.usable", "当前可用窗口数", "usable windows now", f"{_USABLE}; at one instant", windows.usable_now),
    _many("window.usable.min", "最少可用窗口数", "fewest usable windows", f"{_USABLE}; least in opening hours", windows.usable_min),
    _many("window.usable.mean", "平均可用窗口数", "mean usable windows", f"{_USABLE}; over opening hours", windows.usable_mean),
    _many(
        "window.staffed.min", "最少在岗窗口数", "fewest staffed windows", "open with a nurse; least in opening hours", windows.staffed_min
    ),
    _many("window.staffed.mean", "平均在岗窗口数", "mean staffed windows", "open with a nurse; over opening hours", windows.staffed_mean),
    _time("window.down.minutes", "窗口停用时间", "down time", "not usable in opening hours, all windows; in seconds", windows.down_s),
    _time("window.below_eight.minutes", "可用不足八窗时间", "time below eight windows", _BELOW, windows.below_required_s),
    _number("tube.labelled", "已贴标试管数", "tubes labelled", "labels applied to a tube", labels.tubes_labelled, "labels"),
    _few("tube.voided", "作废标签数", "labels voided", "labels made void", labels.tubes_voided, "labels"),
    _few("label.crossed", "错人标签数", "labels crossed", "given to, or found on, another patient", labels.labels_crossed, "labels"),
    _few("label.duplicate", "重号标签数", "duplicate labels", "created twice, or found on two tubes", labels.labels_duplicate, "labels"),
    _few("label.unverified", "未核验标签数", "unverified labels", "used before being scanned back", labels.labels_unverified, "labels"),
    _few("incident.count", "故障事件数", "incidents", "incidents opened, drills excluded", incidents.incident_count, "incidents"),
    _few("fault.rate", "故障率", "fault rate", "incidents per 1,000 tubes labelled", incidents.fault_rate, "incidents", unit="per_1000"),
    _pace("collection.per_window_h", "窗口时均采血人数", "served per window hour", "served over staffed open hours", windows.per_window_h),
    *_times(
        "incident.response", "响应时间", "response", f"{_START} until on site; {_SO_FAR}", incidents.responses_us, "incidents", "mean max"
    ),
    *_times(
        "incident.repair", "修复时间", "repair", f"{_START} until restored (R3); {_SO_FAR}", incidents.repairs_us, "incidents", "mean max"
    ),
    *_times("incident.detect", "发现时间", "detection", "occurred until detected", incidents.detections_us, "incidents", "mean max"),
    _few(
        "sla.breaches", "超时故障数", "SLA breaches", "not restored by the deadline of the class (R3)", incidents.sla_breaches, "incidents"
    ),
    *_times("incident.arrival", "到场时间", "arrival", f"called out until on site (R2); {_SO_FAR}", incidents.arrivals_us, "incidents", "mean max"),
    _few(
        "arrival.breaches",
        "到场超时次数",
        "late arrivals",
        "on site later than 60 minutes after the call-out (R2)",
        incidents.arrival_breaches,
        "incidents",
    ),
    _time(
        "incident.escalation.max",
        "最长上报时间",
        "longest escalation",
        f"重大 until the head of department was told (R4); {_SO_FAR}",
        max_of(incidents.escalations_us),
        "incidents",
    ),
    _time("call.answer.max", "最长接听时间", "longest answer", "ringing until answered (R2)", max_of(incidents.answers_us)),
    _share(
        "repair.record.share",
        "维修记录完整率",
        "whole repair records",
        "closed incidents with cause, action and who verified (C6.2)",
        incidents.whole_records,
        "incidents",
        direction="high",
    ),
    _share("engineer.busy.share", "工程师忙碌率", "engineer busy share", "at a task in opening hours", incidents.engineer_share),
    _few("consumable.stockouts", "耗材缺货次数", "stock-outs", "times an item ran out in a device", incidents.stockouts),
    *_times("specimen.transport", "标本运送时间", "transport", "drawn until received (C2.1)", labels.transports_us, "labels", "mean p95"),
    _few("porter.calls", "呼叫运送员次数", "porter calls", "times a window called for specimens to be carried on foot", labels.porter_calls),
    _pace("throughput.per_h", "每小时采血人数", "served per hour", "served, from the first opening to the last served of each day", windows.throughput),
)

FIGURES: Mapping[str, Figure] = MappingProxyType({row.name: row for row in _ROWS})


def figure(name: str) -> Figure:
    """The row called `name`; raises UsageError with the nearest name when there is none."""
    if name not in FIGURES:
        raise UsageError(f"unknown figure {name!r}{nearest(name, FIGURES)}")
    return FIGURES[name]


def figure_value(day: DayRecord, basis: Basis, name: str, where: str = "") -> Value:
    """One figure of the day, over those rows only that `where` chooses; None without samples, and for
    what the record does not know. Times in seconds.

    Raises UsageError for an unknown figure and for a `where` that does not fit it.
    """
    row = figure(name)
    conditions = parse_where(where, row.table)
    return None if name in day.unknown else row.measure(narrowed(day, row.table, conditions), basis)


def figures(day: DayRecord, basis: Basis) -> dict[str, Value]:
    """Every figure of the day, in the order of the catalogue."""
    return {name: None if name in day.unknown else row.measure(day, basis) for name, row in FIGURES.items()}
