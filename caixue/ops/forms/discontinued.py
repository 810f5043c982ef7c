"""Discontinued devices and software (contract R5.1): what is no longer made or supported, from when, and how it is replaced, free of charge."""

from __future__ import annotations

from caixue.ops.sheets import OPENED, Field, Form, Step, Type

PLANNED, REPLACED, WITHDRAWN = "planned", "replaced", "withdrawn"
_PLAN = (
    Field("plan", "更换计划", "replacement plan"),
    Field("replacement", "换成什么", "replaced by"),
    Field("replace_by", "何时之前", "by when", Type.DATE),
)

FORM = Form(
    "discontinued",
    "停产登记",
    "end of life",
    (
        Step(
            OPENED,
            "停产",
            "discontinued",
            (
                Field("thing", "设备或软件", "device or software"),
                Field("supported_until", "支持到", "supported until", Type.DATE),
                Field("source", "谁说的（厂家公告）", "who says so (the maker's notice)"),
            ),
        ),
        Step(PLANNED, "已有更换计划", "replacement planned", _PLAN, after=(OPENED, PLANNED)),
        Step(
            REPLACED,
            "已更换",
            "replaced",
            (Field("commissioning", "验收号或变更号", "the commissioning or the change"),),
            after=(OPENED, PLANNED),
        ),
        Step(WITHDRAWN, "撤回", "withdrawn", (Field("reason", "原因", "why"),), after=(OPENED, PLANNED)),
    ),
)
