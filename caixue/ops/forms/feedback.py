"""Feedback of users (contract C2.2.2), one sheet each: what was said, what was answered and changed, and whether the giver is satisfied."""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type
from caixue.roles import ENGINEER, HEAD, HOSPITAL, MAKER, NURSE

COMPLAINT, WISH, PRAISE = "complaint", "wish", "praise"
SORTS = (COMPLAINT, WISH, PRAISE)
PATIENT = "patient"  # of whom nothing more is said
GIVERS = (NURSE, HEAD, HOSPITAL, ENGINEER, MAKER, PATIENT)


def objection(asked: Asked) -> str:
    """A patient stays nameless, and only praise is closed without an answer."""
    if asked.step.name == OPENED and asked.values["role"] == PATIENT and "giver" in asked.values:
        return tr("患者的意见不记姓名", "a patient's feedback bears no name")
    sheet = asked.sheet
    if asked.step.name == "closed" and sheet is not None and sheet.state == OPENED and sheet.values["sort"] != PRAISE:
        return tr("还没有答复", "it was not answered yet")
    return ""


FORM = Form(
    "feedback",
    "意见反馈",
    "feedback",
    (
        Step(
            OPENED,
            "收到",
            "received",
            (
                Field("role", "来自", "from", Type.CHOICE, choices=GIVERS),
                Field("giver", "谁（患者不写）", "who; never a patient", Type.PERSON, required=False),
                Field("sort", "种类", "sort", Type.CHOICE, choices=SORTS),
                Field("about", "关于什么", "about what"),
                Field("words", "原话（不写患者姓名）", "in their words; no patients' names"),
                Field("survey", "哪次征集", "in which round", required=False),
            ),
        ),
        Step("answered", "已答复", "answered", (Field("answer", "答复", "the answer"),), after=(OPENED, "answered", "improved")),
        Step(
            "improved",
            "已改进",
            "improved",
            (
                Field("change", "改了什么", "what was changed"),
                Field("reference", "变更号或故障单号", "change request or incident", required=False),
            ),
            after=(OPENED, "answered", "improved"),
        ),
        Step(
            "closed",
            "已关闭",
            "closed",
            (Field("satisfied", "是否满意", "satisfied", Type.FLAG), Field("comment", "反馈人的话", "the giver's word", required=False)),
            after=(OPENED, "answered", "improved"),
        ),
        Step("reopened", "重新处理", "reopened", (Field("reason", "原因", "why"),), after=("closed",), state=OPENED),
    ),
    objection,
)
