"""Conduct (contract R4): breaches of the rules and commendations, who says so, what came of it."""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type

BREACH, COMMENDATION = "breach", "commendation"


def objection(asked: Asked) -> str:
    """Nobody praises himself or settles his own matter, nothing has happened tomorrow, and a breach is followed up before it is closed."""
    values = {**(asked.sheet.values if asked.sheet else {}), **asked.values}
    own = asked.by == values["about"]
    if own and not (asked.step.name == OPENED and values["matter"] == BREACH):
        return tr("自己的事由别人来记", "what is about oneself is noted by somebody else")
    if asked.step.name == "closed" and values["matter"] == BREACH and asked.sheet is not None and asked.sheet.state == OPENED:
        return tr("先写明怎样跟进（follow）", "say first how it was followed up")
    return ""


FORM = Form(
    "conduct",
    "行为规范",
    "conduct",
    (
        Step(
            OPENED,
            "登记",
            "noted",
            (
                Field("about", "谁", "about whom", Type.PERSON),
                Field("matter", "种类", "what kind", Type.CHOICE, choices=(BREACH, COMMENDATION)),
                Field("what", "什么事", "what"),
                Field("day", "哪天", "which day", Type.DATE),
                Field("said_by", "谁说的", "who says so"),
            ),
        ),
        Step("followed-up", "跟进", "followed up", (Field("measure", "怎样跟进", "what was done"),), (OPENED, "followed-up")),
        Step("closed", "了结", "closed", (Field("result", "结果", "result"),), (OPENED, "followed-up")),
    ),
    objection,
)
