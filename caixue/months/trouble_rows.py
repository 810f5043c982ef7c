"""The figures of the trouble, one row each: incidents by class, device and symptom, and what the agreed times have come to."""

from __future__ import annotations

from caixue.months import trouble
from caixue.months.rows import MonthFigure, number_of

TROUBLE: tuple[MonthFigure, ...] = (
    MonthFigure(
        "incident.count",
        "故障数",
        "incidents",
        "C6.3",
        trouble.incident_count,
        "opened in the period; drills left out",
        reports=("C6.2", "C6.3", "C6.4"),
    ),
    MonthFigure("incident.drills", "演练故障单", "drill incidents", "C5", trouble.drills, "opened as drills in the period"),
    MonthFigure("incident.open", "未修复故障", "incidents open", "C6.3", trouble.still_open, "not restored at the end of the period"),
    MonthFigure(
        "incident.by_class", "各等级故障", "incidents by class", "R3", trouble.by_class, "opened, by their class at the end", by="class"
    ),
    MonthFigure(
        "incident.by_device",
        "各设备故障",
        "incidents by device",
        "C6.3",
        trouble.by_device,
        "opened, by device",
        by="device",
        reports=("C6.3",),
    ),
    MonthFigure(
        "incident.by_symptom", "各症状故障", "incidents by symptom", "C6.3", trouble.by_symptom, "opened, by symptom", by="symptom"
    ),
    MonthFigure("sla.restored", "修复数", "restored", "R3", trouble.restored_by_class, "restored in the period, by class", by="class"),
    MonthFigure(
        "sla.in_time",
        "按时修复数",
        "restored in time",
        "R3",
        trouble.in_time_by_class,
        "of these, those whose deadline had not passed",
        by="class",
    ),
    MonthFigure(
        "sla.breached",
        "超时数",
        "deadlines missed",
        "R3",
        trouble.breached_by_class,
        "deadlines that passed unkept in the period",
        by="class",
    ),
    MonthFigure(
        "sla.longest",
        "最长修复",
        "longest repair",
        "R3",
        trouble.longest_by_class,
        "clock start until restored, without pauses",
        unit="s",
        by="class",
    ),
    MonthFigure(
        "mttr.hours",
        "平均修复时间",
        "MTTR",
        "R5.2",
        trouble.mttr_h,
        "mean from clock start to restored, without pauses, of those restored",
        unit="h",
    ),
    MonthFigure("mtbf.hours", "平均故障间隔", "MTBF", "R5.2", trouble.mtbf_h, "opening hours of the room over incidents opened", unit="h"),
    MonthFigure("response.count", "到场次数", "came on site", "R3", trouble.stopped("response"), "incidents at which the engineer arrived"),
    MonthFigure(
        "response.late",
        "响应超时",
        "late responses",
        "R3",
        trouble.late("response"),
        "limit of the immediate response passed before he came",
    ),
    MonthFigure(
        "response.longest", "最长响应", "longest response", "R3", trouble.longest("response"), "clock start until on site", unit="s"
    ),
    MonthFigure(
        "arrival.count", "召回到场次数", "arrivals after a call-out", "R2", trouble.stopped("arrival"), "on site after being called out"
    ),
    MonthFigure("arrival.late", "召回到场超时", "late arrivals", "R2", trouble.late("arrival"), "60 minutes passed before he came"),
    MonthFigure(
        "arrival.longest",
        "最长召回到场",
        "longest arrival",
        "R2",
        trouble.longest("arrival"),
        "called out until on site, without pauses",
        unit="s",
    ),
    MonthFigure("escalation.due", "重大故障", "major incidents", "R4", trouble.escalations_due, "incidents that became 重大"),
    MonthFigure("escalation.count", "已上报", "escalated", "R4", trouble.stopped("escalation"), "of which the head of department was told"),
    MonthFigure(
        "escalation.late",
        "上报超时",
        "late escalations",
        "R4",
        trouble.late("escalation"),
        "the limit passed before the head of department was told",
    ),
    MonthFigure("escalation.longest", "最长上报", "longest escalation", "R4", trouble.longest("escalation"), "重大 until told", unit="s"),
    MonthFigure("call.count", "来电数", "calls", "R2", trouble.call_count, "telephone calls noted"),
    MonthFigure("call.late", "接听超时", "calls answered late", "R2", trouble.calls_late, "answered after the limit, or not at all"),
    MonthFigure("call.longest", "最长接听", "longest answer", "R2", trouble.longest_answer, "ringing until answered", unit="s"),
    MonthFigure(
        "remote.count",
        "远程处理次数",
        "remote sessions",
        "R2",
        number_of("remote.started"),
        "sessions begun with the hospital's permission",
    ),
    MonthFigure(
        "repair.closed",
        "关闭的维修记录",
        "repair records closed",
        "C6.2",
        trouble.closed_count,
        "closed in the period",
        reports=("C6.2", "C6.3", "C6.4"),
    ),
    MonthFigure(
        "repair.whole.share",
        "维修记录完整率",
        "whole repair records",
        "C6.2",
        trouble.whole_share,
        "closed with cause, action and who verified",
        unit="share",
        reports=("C6.2", "C6.3", "C6.4"),
    ),
)
