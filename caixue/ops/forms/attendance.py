"""Attendance (contract R1, R4): one sheet each time a person comes and leaves, or for a day on which he is away and says why."""

from __future__ import annotations

from typing import Any

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Sheet, Step, Type
from caixue.roles import HEAD
from caixue.units import US_PER_DAY, US_PER_MINUTE

LATE_ENTRY_US = 15 * US_PER_MINUTE  # what is noted later says why; docs/assumptions.md A-200
OLDEST_US = 7 * US_PER_DAY  # nothing older is noted; docs/assumptions.md A-200
LONGEST_US = 960 * US_PER_MINUTE  # of one stay; who has not left by then has forgotten to say so; docs/assumptions.md A-200
ABSENCES = ("sick", "leave", "training", "business", "other")


def objection(asked: Asked) -> str:
    """People note their own comings and goings, or the head of department does; in order, not ahead of time, and late only with a reason."""
    values = {**(asked.sheet.values if asked.sheet else {}), **asked.values}
    head = asked.people.get(asked.by) == HEAD
    if asked.by != values["person"] and not head:
        return tr("考勤由本人或科室负责人记", "attendance is noted by the person himself or by the head of department")
    if asked.step.name == "corrected" and not ({"came_us", "left_us"} & asked.values.keys()):
        return tr("要写明改什么", "say what is corrected")
    return _absence(asked) if "absence" in values else _times(asked, values) or _other_stays(asked, values)


def _absence(asked: Asked) -> str:
    if asked.step.name != OPENED or "came_us" in asked.values:
        return tr("缺勤没有到岗和离岗时间", "an absence has no coming and no leaving")
    same = ("person", "day", "absence")
    twice = any(all(other.values.get(key) == asked.values[key] for key in same) for other in asked.sheets.values())
    return tr("这一天的缺勤已经记了", "this absence is noted already") if twice else ""


def _times(asked: Asked, values: dict[str, Any]) -> str:
    if "came_us" not in values:
        return tr("要写明何时到岗，或者缺勤的种类", "say when he came, or what kind of absence it is")
    said_us = [us for us in (asked.values.get("came_us"), asked.values.get("left_us")) if us is not None]
    if max(said_us) > asked.at_us:
        return tr("时间还没有到", "that time has not come yet")
    if values.get("left_us", asked.at_us) < values["came_us"]:
        return tr("离岗在到岗之前", "he left before he came")
    if values.get("left_us", values["came_us"]) > values["came_us"] + LONGEST_US:
        return tr("一次在岗不超过 16 小时；写明何时离岗（--at）", "no stay is longer than 16 hours; say when he left (--at)")
    if asked.step.name == OPENED and asked.at_us - values["came_us"] > OLDEST_US:
        return tr("7 天以前的不再补记", "what is older than 7 days is noted no more")
    if asked.at_us - max(said_us) > LATE_ENTRY_US and not asked.values.get("reason"):
        return tr("补记要写原因", "what is noted late needs a reason")
    return ""


def _other_stays(asked: Asked, values: dict[str, Any]) -> str:
    """A person is there once at a time."""
    came_us, left_us = values["came_us"], values.get("left_us", asked.at_us)
    for other in asked.sheets.values():
        if other is asked.sheet or other.values["person"] != values["person"] or "came_us" not in other.values:
            continue
        if other.state == OPENED and asked.step.name == OPENED:
            return tr(f"{values['person']} 还没有离岗（{other.number}）", f"{values['person']} has not left yet ({other.number})")
        if came_us < other.values.get("left_us", asked.at_us) and other.values["came_us"] < left_us:
            return tr(f"与 {other.number} 的时间重叠", f"it overlaps {other.number}")
    return ""


def open_stay(sheets: dict[str, Sheet], person: str) -> Sheet | None:
    """The sheet of somebody who is there now."""
    stays = (each for each in sheets.values() if each.state == OPENED and "absence" not in each.values)
    return next((each for each in stays if each.values["person"] == person), None)


_REASON = Field("reason", "原因", "why", required=False)

FORM = Form(
    "attendance",
    "考勤",
    "attendance",
    (
        Step(
            OPENED,
            "到岗",
            "came",
            (
                Field("person", "姓名", "person", Type.PERSON),
                Field("day", "日期", "day", Type.DATE),
                Field("came_us", "到岗时间", "came at", Type.INSTANT, required=False),
                Field("absence", "缺勤", "absence", Type.CHOICE, required=False, choices=ABSENCES),
                _REASON,
            ),
        ),
        Step("left", "离岗", "left", (Field("left_us", "离岗时间", "left at", Type.INSTANT), _REASON), (OPENED,)),
        Step(
            "corrected",
            "更正",
            "corrected",
            (
                Field("came_us", "到岗时间", "came at", Type.INSTANT, required=False),
                Field("left_us", "离岗时间", "left at", Type.INSTANT, required=False),
                Field("reason", "原因", "why"),
            ),
            ("left",),
            "left",
        ),
    ),
    objection,
)
