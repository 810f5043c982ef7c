"""The figures of the room, one row each: hours, availability, patients and tubes, efficiency and faults."""

from __future__ import annotations

from caixue.months import room
from caixue.months.rows import MonthFigure

FAULT_RATE = "incidents of the period per 1,000 tubes labelled on the days counted: too high while days are missing"

ROOM: tuple[MonthFigure, ...] = (
    MonthFigure("open.days", "开诊天数", "days open", "C6.3", room.open_days, "days with opening hours in the site's calendar"),
    MonthFigure("open.hours", "开诊时间", "hours open", "C6.3", room.open_h, "opening hours of the site's calendar", unit="h"),
    MonthFigure(
        "window.available.share",
        "窗口可用率",
        "availability",
        "R5.2",
        room.availability,
        "window-time in opening hours in which the window was usable, over all of it; usable: not blocked, or back within the site's reading",
        unit="share",
    ),
    MonthFigure(
        "window.below_eight.minutes",
        "可用不足八窗时间",
        "time below eight windows",
        "R5.3",
        room.below_eight_min,
        "opening time with fewer usable windows than required, outside every incident inside its clock",
        unit="min",
    ),
    MonthFigure(
        "window.usable.min", "最少可用窗口数", "fewest usable windows", "R5.3", room.fewest_usable, "least at one time in opening hours"
    ),
    MonthFigure(
        "unwatched.hours", "无人监测时间", "time unwatched", "R5.2", room.unwatched_h, "opening hours in which no agent ran", unit="h"
    ),
    MonthFigure("days.counted", "已计数天数", "days counted", "C6.3", room.days_counted, "days whose numbers were noted"),
    MonthFigure(
        "days.missing", "缺数天数", "days without numbers", "C6.3", room.days_not_counted, "days open whose numbers were not noted"
    ),
    MonthFigure("patient.count", "到达人数", "patients", "C6.3", room.total("patients"), "patients who arrived, over the days counted"),
    MonthFigure("patient.served", "完成采血人数", "patients served", "C6.3", room.total("served"), "over the days counted"),
    MonthFigure(
        "patient.left.share",
        "离开比例",
        "share who left",
        "C6.3",
        room.left_share,
        "left without being served, of those who arrived",
        unit="share",
    ),
    MonthFigure(
        "patient.wait.p90.max",
        "最差一天的等候 P90",
        "worst day's P90 wait",
        "G3",
        room.worst("wait_p90_s"),
        "the greatest P90 of a day",
        unit="s",
    ),
    MonthFigure("tube.labelled", "贴标试管数", "tubes labelled", "C6.3", room.total("tubes"), "over the days counted"),
    MonthFigure("tube.voided", "作废标签数", "labels voided", "C6.3", room.total("voided"), "over the days counted"),
    MonthFigure("label.wrong", "差错标签数", "wrong labels", "G1", room.wrong_labels, "crossed, duplicate or used before being verified"),
    MonthFigure(
        "label.wrong.rate", "采血误差率", "error rate", "G1", room.error_rate, "wrong labels per 1,000 tubes labelled", unit="per_1000"
    ),
    MonthFigure(
        "specimen.transport.p95.max",
        "最差一天的运送 P95",
        "worst day's P95 transport",
        "C2.1",
        room.worst("transport_p95_s"),
        "the greatest P95 of a day",
        unit="s",
    ),
    MonthFigure(
        "collection.per_window_h",
        "窗口时均采血人数",
        "served per window hour",
        "C6.3",
        room.per_window_h,
        "served over hours in which a window was open and staffed, over the days counted",
        unit="per_h",
    ),
    MonthFigure(
        "throughput.per_h",
        "每小时采血人数",
        "served per hour",
        "C6.3",
        room.per_h,
        "served over hours from the first opening to the last served of each day",
        unit="per_h",
    ),
    MonthFigure("fault.rate", "故障率", "fault rate", "C6.3", room.fault_rate, FAULT_RATE, unit="per_1000"),
)
