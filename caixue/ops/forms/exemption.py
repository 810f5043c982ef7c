"""Exemptions from the change freeze of a special period (contract C5): what may be changed all the same, and why; by the head of department."""

from __future__ import annotations

from caixue.ops.sheets import OPENED, Field, Form, Step, Type

FORM = Form(
    "exemption",
    "冻结豁免",
    "exemption from the change freeze",
    (
        Step(
            OPENED,
            "批准豁免",
            "granted",
            (
                Field("what", "准许改什么（变更号、补丁号或软件）", "what may be changed (a change, a patch or a software)"),
                Field("period", "特殊时段", "special period"),
                Field("first", "时段首日", "first day of the period", Type.DATE),
                Field("reason", "为什么不能等", "why it cannot wait"),
            ),
        ),
        Step("withdrawn", "撤回豁免", "withdrawn", (Field("reason", "原因", "why"),), after=(OPENED,)),
    ),
)
