"""Whom to call: names, telephones, what for, and until when that holds (contract R1, R2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Sheet, Step, Type

WHO = ("name", "telephone")  # two contacts that agree in these are one


def objection(asked: Asked) -> str:
    """A number needs digits, a change something that changes, and nobody stands in the list twice."""
    values = {**(asked.sheet.values if asked.sheet else {}), **asked.values}
    if asked.step.name == "withdrawn":
        return ""
    if asked.step.name == "changed" and not asked.values:
        return tr("要写明改什么", "say what changes")
    if not any(letter.isdigit() for letter in values["telephone"]):
        return tr(f"电话里没有数字：{values['telephone']}", f"no digits in the telephone number: {values['telephone']}")
    for other in asked.sheets.values():
        if other is not asked.sheet and other.state == OPENED and all(other.values[key] == values[key] for key in WHO):
            return tr(f"{values['name']} 已在 {other.number} 里", f"{values['name']} stands in {other.number} already")
    return ""


def valid(sheets: Iterable[Sheet], today: date) -> list[Sheet]:
    """The contacts that hold on that day, the last day counted."""
    return [each for each in sheets if each.state == OPENED and each.values.get("valid_until", "9999-12-31") >= today.isoformat()]


_MORE = (
    Field("organisation", "单位", "organisation", required=False),
    Field("email", "邮箱", "e-mail", required=False),
    Field("valid_until", "有效到", "valid until", Type.DATE, required=False),
)

FORM = Form(
    "contact",
    "通讯录",
    "contacts",
    (
        Step(
            OPENED,
            "登记",
            "listed",
            (
                Field("name", "姓名", "name"),
                Field("role", "岗位", "role"),
                Field("telephone", "电话", "telephone"),
                Field("what_for", "什么事找他", "what for"),
                *_MORE,
            ),
        ),
        Step(
            "changed",
            "变更",
            "changed",
            (
                Field("name", "姓名", "name", required=False),
                Field("role", "岗位", "role", required=False),
                Field("telephone", "电话", "telephone", required=False),
                Field("what_for", "什么事找他", "what for", required=False),
                *_MORE,
            ),
            (OPENED,),
            OPENED,
        ),
        Step("withdrawn", "撤下", "withdrawn", (Field("reason", "原因", "why"),), (OPENED,)),
    ),
    objection,
)
