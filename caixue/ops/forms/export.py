"""Exports of data (contract R4, no copying of data): asked for, allowed by name, carried out by somebody else, destroyed or given back."""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type
from caixue.units import US_PER_DAY

LONGEST_US = 7 * US_PER_DAY  # of one permission; docs/assumptions.md A-201


def objection(asked: Asked) -> str:
    """Nobody allows what he carries out himself, nobody else carries it out, and a permission ends."""
    carrier = asked.sheet.values["carrier"] if asked.sheet else asked.values["carrier"]
    if asked.step.name == "allowed":
        if asked.by in (carrier, asked.sheet.opened_by if asked.sheet else ""):
            return tr("经办人和申请人不能自己批准", "who asks or carries out cannot allow it")
        if not asked.at_us < asked.values["until_us"] <= asked.at_us + LONGEST_US:
            return tr("批准到将来 7 天以内为止", "a permission ends in the future, 7 days from now at most")
    if asked.step.name == "carried-out" and asked.sheet is not None:
        if asked.by != carrier:
            return tr(f"经办人是 {carrier}", f"{carrier} is to carry it out")
        if asked.at_us > asked.sheet.values["until_us"]:
            return tr("批准已过期", "the permission is over")
    return ""


FORM = Form(
    "export",
    "数据导出",
    "export of data",
    (
        Step(
            OPENED,
            "申请",
            "asked",
            (
                Field("what", "导出什么", "what"),
                Field("why", "为什么", "why"),
                Field("recipient", "给谁", "to whom"),
                Field("carrier", "经办人", "who carries it out", Type.PERSON),
                Field("rows_expected", "预计行数", "rows expected", Type.WHOLE, required=False, low=0),
            ),
        ),
        Step(
            "allowed",
            "批准",
            "allowed",
            (
                Field("until_us", "批准到", "allowed until", Type.INSTANT),
                Field("condition", "条件", "on what condition", required=False),
            ),
            (OPENED,),
        ),
        Step("refused", "不批准", "refused", (Field("reason", "原因", "why"),), (OPENED,)),
        Step("withdrawn", "撤回", "withdrawn", (Field("reason", "原因", "why"),), (OPENED, "allowed")),
        Step(
            "carried-out",
            "已导出",
            "carried out",
            (
                Field("rows", "行数", "rows", Type.WHOLE, low=0),
                Field("file", "文件", "file"),
                Field("sha256", "散列", "SHA-256", required=False),
            ),
            ("allowed",),
        ),
        Step("destroyed", "已销毁", "destroyed", (Field("how", "怎样销毁", "how"),), ("carried-out",)),
        Step("returned", "已交还", "given back", (Field("how", "交还给谁、怎样", "to whom and how"),), ("carried-out",)),
    ),
    objection,
)
