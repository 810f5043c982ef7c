"""Emergency drills (contract C5), one sheet each: planned, carried out, with the twin's verdict on the scenario that rehearses it."""

from __future__ import annotations

from dataclasses import replace

from caixue.ops.drills_table import DRILLS
from caixue.ops.sheets import OPENED, Field, Form, Step, Type
from caixue.roles import ENGINEER, HEAD

CARRIED_OUT, ATTACHED = "carried-out", "attached"
VERDICTS = ("pass", "fail", "no-data")
RESULT = (
    Field("scenario", "预演的场景", "scenario that rehearses it"),
    Field("result_sha256", "result.json 的 SHA-256", "SHA-256 of its result.json"),
    Field("verdict", "孪生的判定", "the twin's verdict", Type.CHOICE, choices=VERDICTS),
    Field("breached", "没有做到的限值", "limits that were not kept", Type.NAMES, required=False),
)
_IF_THERE = tuple(replace(field, required=False) for field in RESULT)

FORM = Form(
    "drill",
    "应急演练",
    "emergency drill",
    (
        Step(
            OPENED,
            "计划",
            "planned",
            (
                Field("drill", "演练什么", "which drill", Type.CHOICE, choices=tuple(DRILLS)),
                Field("planned", "计划日期", "planned for", Type.DATE),
                Field("leader", "负责人", "led by", Type.PERSON, roles=(ENGINEER, HEAD)),
            ),
        ),
        Step(
            CARRIED_OUT,
            "已演练",
            "carried out",
            (
                Field("participants", "参加的人", "who took part", Type.NAMES),
                Field("began_us", "何时开始", "when it began", Type.INSTANT),
                Field("ended_us", "何时结束", "when it ended", Type.INSTANT),
                Field("learned", "发现了什么", "what was learned"),
                Field("measures", "改进措施", "measures", required=False),
                Field("incident", "演练的故障单", "incident of the drill", required=False),
                *_IF_THERE,
            ),
            after=(OPENED, CARRIED_OUT),
        ),
        Step(ATTACHED, "补附孪生判定", "verdict attached", RESULT, after=(CARRIED_OUT,), state=CARRIED_OUT),
        Step("cancelled", "取消", "cancelled", (Field("reason", "原因", "why"),), after=(OPENED,)),
    ),
)
