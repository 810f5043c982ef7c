"""Rounds of asking for feedback (contract C2.2.2), one sheet a round: who was asked, and how; also where nobody had anything to say."""

from __future__ import annotations

from caixue.ops.sheets import OPENED, Field, Form, Step, Type

WAYS = ("in-person", "telephone", "questionnaire", "meeting")

FORM = Form(
    "survey",
    "意见征集",
    "round of collecting feedback",
    (
        Step(
            OPENED,
            "征集一次",
            "collected",
            (
                Field("asked", "问了谁（人或岗位，不写患者姓名）", "who was asked: persons or posts, no patients' names", Type.NAMES),
                Field("way", "方式", "how", Type.CHOICE, choices=WAYS),
                Field("note", "说明", "note", required=False),
            ),
        ),
    ),
)
