"""Trainings (contract C3), one sheet a person and topic: planned, held, judged, and repeated on the same sheet until the person is competent."""

from __future__ import annotations

from caixue.ops.sheets import OPENED, Field, Form, Step, Type
from caixue.ops.topics import TOPICS

_RESULT = Field("result", "考核结果", "result")
_ASSESSOR = Field("assessor", "考核人", "judged by", Type.PERSON)
_NEXT = "下次日期"
PASSED, FAILED = "passed", "failed"

FORM = Form(
    "training",
    "培训",
    "training",
    (
        Step(
            OPENED,
            "计划",
            "planned",
            (
                Field("person", "谁参加", "who is trained", Type.PERSON),
                Field("topic", "内容", "topic", Type.CHOICE, choices=tuple(TOPICS)),
                Field("trainer", "谁讲", "who trains", Type.PERSON),
                Field("planned", "计划日期", "planned for", Type.DATE),
            ),
        ),
        Step(
            "held",
            "已培训，待考核",
            "held",
            (Field("held_on", "培训日期", "held on", Type.DATE), Field("note", "说明", "note", required=False)),
            after=(OPENED, FAILED),
        ),
        Step(
            "missed",
            "未参加",
            "missed",
            (Field("reason", "原因", "why"), Field("planned", _NEXT, "next date", Type.DATE)),
            after=(OPENED, FAILED),
            state=OPENED,
        ),
        Step(PASSED, "合格", "passed", (_RESULT, _ASSESSOR, Field("valid_until", "有效期至", "valid until", Type.DATE)), after=("held",)),
        Step(
            FAILED,
            "不合格，须再训",
            "failed, to be repeated",
            (_RESULT, _ASSESSOR, Field("planned", _NEXT, "next date", Type.DATE, required=False)),
            after=("held",),
        ),
        Step("cancelled", "取消", "cancelled", (Field("reason", "原因", "why"),), after=(OPENED, "held", FAILED)),
    ),
)
