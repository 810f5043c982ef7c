"""Commissioning of a device that was swapped (contract R5.1): swap → conformance suite → acceptance signed by the users, never by the engineer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Sheet, Step, Type
from caixue.roles import HEAD, NURSE
from caixue.units import nearest

STARTED, CHECKED, VOUCHED, ACCEPTED, REFUSED = "started", "checked", "vouched", "accepted", "refused"
USERS = (HEAD, NURSE)
PASS, FAIL, SKIPPED = "pass", "fail", "skipped"


def rows_of(sheet: Sheet) -> list[Mapping[str, Any]]:
    """The rows of the last run of the conformance suite: check, verdict, detail."""
    return list(sheet.values.get("rows", ()))


def words_of(sheet: Sheet) -> dict[str, str]:
    """Skipped check → who has vouched for it since the last run."""
    words: dict[str, str] = {}
    for event in sheet.history:
        if event.kind.endswith(f".{CHECKED}"):
            words.clear()
        elif event.kind.endswith(f".{VOUCHED}"):
            words[event.data["check"]] = event.actor
    return words


def open_rows(sheet: Sheet) -> list[str]:
    """The checks that stand in the way of an acceptance: failed ones, and skipped ones for which nobody has vouched."""
    words = words_of(sheet)
    return [row["check"] for row in rows_of(sheet) if row["verdict"] == FAIL or (row["verdict"] == SKIPPED and row["check"] not in words)]


def objection(asked: Asked) -> str:
    """One commissioning a device at a time; nothing is vouched for that was tried, nothing accepted that failed or was skipped in silence."""
    match asked.step.name:
        case "started":
            return _starting(asked.values, asked.sheets.values())
        case "checked":
            fits = asked.values["rows"] and all({"check", "verdict", "detail"} <= row.keys() for row in asked.values["rows"])
            return "" if fits else tr("没有检查结果", "there are no rows of the suite")
        case "vouched" if asked.sheet is not None:
            return _vouching(asked.sheet, asked.values["check"])
        case "accepted" if asked.sheet is not None:
            return _accepting(asked.sheet, asked.by, asked.people)
    return ""


def _starting(values: Mapping[str, Any], sheets: Iterable[Sheet]) -> str:
    device = values["device"]
    if values.get("old_serial") == values["new_serial"]:
        return tr("新旧序列号相同", "old and new serial are the same")
    under_way = next((one.number for one in sheets if one.values["device"] == device and one.state in (OPENED, CHECKED)), None)
    return "" if under_way is None else tr(f"{device} 的验收 {under_way} 还没有结束", f"{under_way} of {device} is not over yet")


def _vouching(sheet: Sheet, check: str) -> str:
    skipped = [row["check"] for row in rows_of(sheet) if row["verdict"] == SKIPPED]
    if check in skipped:
        return ""
    return tr(f"{check} 不是跳过的检查", f"{check} is no check that was skipped") + nearest(check, tuple(skipped))


def _accepting(sheet: Sheet, by: str, people: Mapping[str, str]) -> str:
    if people.get(by) not in USERS or by in {event.actor for event in sheet.history if not event.kind.endswith(f".{VOUCHED}")}:
        return tr("验收由使用方（科室负责人或护士）签字，不由工程师", "the users sign (head or nurse), never the engineer")
    left = open_rows(sheet)
    if left:
        named = ", ".join(left)
        return tr(f"不能验收，失败或没有人担保的检查：{named}", f"not accepted; failed, or skipped without a word: {named}")
    return ""


FORM = Form(
    "commissioning",
    "换机验收",
    "commissioning",
    (
        Step(
            STARTED,
            "已更换",
            "swapped",
            (
                Field("device", "设备", "device"),
                Field("new_serial", "新序列号", "new serial"),
                Field("old_serial", "旧序列号", "old serial", required=False),
                Field("why", "为什么更换", "why"),
                Field("incident", "故障单", "incident", required=False),
            ),
            state=OPENED,
        ),
        Step(
            CHECKED,
            "已检查",
            "checked",
            (
                Field("rows", "一致性检查", "rows of the conformance suite", Type.ROWS),
                Field("bench", "在哪里检查", "where it was checked"),
                Field("simulated", "是孪生", "it was the twin", Type.FLAG),
            ),
            after=(OPENED, CHECKED),
        ),
        Step(
            VOUCHED,
            "人工担保",
            "vouched for",
            (Field("check", "检查", "check"), Field("word", "亲眼所见", "what was seen")),
            after=(CHECKED,),
            state=CHECKED,
        ),
        Step(ACCEPTED, "已验收", "accepted", (Field("remark", "备注", "remark", required=False),), after=(CHECKED,)),
        Step(REFUSED, "不接受", "refused", (Field("reason", "原因", "why"),), after=(OPENED, CHECKED)),
    ),
    objection,
)
