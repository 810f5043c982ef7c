"""Exceptions from the rule that only domestic equipment is used (contract R4): for which thing, why, allowed by whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Sheet, Step, Type


def objection(asked: Asked) -> str:
    """Nobody allows what he asked for, and one thing has one exception at a time."""
    if asked.step.name == "allowed" and asked.sheet is not None and asked.by == asked.sheet.opened_by:
        return tr("申请人不能自己批准", "who asks cannot allow it")
    if asked.sheet is None:
        for other in asked.sheets.values():
            if other.state in (OPENED, "allowed") and other.values["thing"] == asked.values["thing"]:
                return tr(f"{asked.values['thing']} 已有 {other.number}", f"{asked.values['thing']} has {other.number}; withdraw it first")
    return ""


def allowed(sheets: Iterable[Sheet], today: date) -> dict[str, Sheet]:
    """Thing → the exception that holds for it on that day, the last day counted."""
    return {
        each.values["thing"]: each
        for each in sheets
        if each.state == "allowed" and each.values.get("valid_until", "9999-12-31") >= today.isoformat()
    }


FORM = Form(
    "exception",
    "国产设备的例外",
    "exceptions from domestic equipment",
    (
        Step(
            OPENED,
            "申请",
            "asked",
            (
                Field("thing", "什么", "which thing"),
                Field("why", "为什么", "why"),
                Field("maker", "厂家", "maker", required=False),
            ),
        ),
        Step("allowed", "批准", "allowed", (Field("valid_until", "有效到", "valid until", Type.DATE, required=False),), (OPENED,)),
        Step("refused", "不批准", "refused", (Field("reason", "原因", "why"),), (OPENED,)),
        Step("withdrawn", "撤回", "withdrawn", (Field("reason", "原因", "why"),), (OPENED, "allowed")),
    ),
    objection,
)
