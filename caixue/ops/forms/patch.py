"""Patches (contract R5.5): found → tested → approved → installed → rolled back or closed; or rejected."""

from __future__ import annotations

from caixue.ops.change_steps import APPROVED, FILE, REASON, REJECTED, STEPS, WAITING
from caixue.ops.sheets import OPENED, Field, Form, Step, Type

WHY = ("security", "fault", "function", "support")

FORM = Form(
    "patch",
    "补丁",
    "patch",
    (
        Step(
            OPENED,
            "发现",
            "found",
            (
                Field("software", "软件", "software"),
                Field("from_version", "现在的版本", "from version"),
                Field("version", "补丁后的版本", "to version"),
                Field("why", "为什么", "why", Type.CHOICE, choices=WHY),
                Field("advisory", "安全公告或说明", "security advisory or note", required=False),
                Field("maker", "厂家", "maker", required=False),
                *FILE,
            ),
        ),
        *STEPS,
        Step(REJECTED, "不批准", "rejected", (REASON,), after=(*WAITING, APPROVED)),
    ),
)
