"""Protection plans of special periods (contract C5), one sheet a period: duties, who is on call, extra stock, drills; approved by the head."""

from __future__ import annotations

from dataclasses import replace

from caixue.ops.sheets import OPENED, Field, Form, Step, Type
from caixue.roles import ENGINEER

_PERIOD = (Field("period", "特殊时段", "special period"), Field("first", "首日", "first day", Type.DATE))
_CONTENT = (
    Field("duties", "保障任务", "duties"),
    Field("on_call", "值班人", "who is on call", Type.PERSON, roles=(ENGINEER,)),
    Field("telephone", "值班电话", "telephone"),
    Field("stand_in", "后备值班人", "stand-in", Type.PERSON, required=False, roles=(ENGINEER,)),
    Field("stand_in_telephone", "后备电话", "telephone of the stand-in", required=False),
    Field("extra_stock", "加备的物品", "extra stock", Type.NAMES, required=False),
    Field("drills", "要做的演练", "drills to carry out", Type.NAMES, required=False),
)
_CHANGES = tuple(replace(field, required=False) for field in _CONTENT)
APPROVED = "approved"

FORM = Form(
    "plan",
    "保障方案",
    "protection plan",
    (
        Step(OPENED, "草案", "drafted", (*_PERIOD, *_CONTENT)),
        Step("revised", "修改，须重新批准", "revised, to be approved anew", _CHANGES, after=(OPENED, APPROVED), state=OPENED),
        Step(APPROVED, "已批准", "approved", (Field("note", "说明", "note", required=False),), after=(OPENED,)),
        Step("withdrawn", "撤回", "withdrawn", (Field("reason", "原因", "why"),), after=(OPENED, APPROVED)),
    ),
)
