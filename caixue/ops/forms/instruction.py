"""The hospital's instructions (contract C2.4, R4): who said what, when, about which incident or circuit, and what became of it.

An instruction is somebody's of the hospital, by name: what was heard from nobody in particular cannot stop a clock.
"""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type
from caixue.roles import HEAD, HOSPITAL

OF_HOSPITAL = (HOSPITAL, HEAD)


def objection(asked: Asked) -> str:
    """It was said before it is written down, and withdrawn by somebody of the hospital."""
    if asked.step.name == OPENED and not 0 <= asked.values["said_us"] <= asked.at_us:
        return tr("指示的时间在将来，或早于记录", "it was said in the future, or before the record")
    return ""


FORM = Form(
    "instruction",
    "院方指示",
    "instructions of the hospital",
    (
        Step(
            OPENED,
            "记录",
            "noted",
            (
                Field("person", "院方谁说的", "who of the hospital said it", Type.PERSON, roles=OF_HOSPITAL),
                Field("said_us", "何时说的", "when", Type.INSTANT),
                Field("words", "内容", "what"),
                Field("incident", "故障单", "incident", required=False),
                Field("circuit", "线路", "circuit", required=False),
            ),
        ),
        Step("carried-out", "已执行", "carried out", (Field("result", "结果", "result"),), (OPENED,)),
        Step("declined", "未执行", "declined", (Field("reason", "原因", "why"),), (OPENED,)),
        Step(
            "withdrawn",
            "撤回",
            "withdrawn",
            (Field("person", "院方谁撤回", "who of the hospital", Type.PERSON, roles=OF_HOSPITAL), Field("reason", "原因", "why")),
            (OPENED,),
        ),
    ),
    objection,
)
