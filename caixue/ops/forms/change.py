"""Change requests (contract R5.1, R5.5): customisation and configuration, asked for by the users, answered by the maker, free of charge.

What is to be done goes the same way as a patch: nothing is approved without a verdict of the twin.
"""

from __future__ import annotations

from caixue.ops.change_steps import ANSWERED, APPROVED, DECLINED, FILE, REASON, STEPS, WAITING
from caixue.ops.sheets import OPENED, Field, Form, Step, Type

CUSTOMISATION, CONFIGURATION = "customisation", "configuration"
_VERSION = Field("version", "改后的版本", "version after it", required=False)

FORM = Form(
    "change",
    "变更申请",
    "change request",
    (
        Step(
            OPENED,
            "提出",
            "asked for",
            (
                Field("software", "软件", "software"),
                Field("from_version", "现在的版本", "from version"),
                Field("matter", "种类", "kind", Type.CHOICE, choices=(CUSTOMISATION, CONFIGURATION)),
                Field("asked_by", "谁提出", "who asks for it"),
                Field("what", "改什么", "what"),
                Field("why", "为什么", "why", required=False),
                _VERSION,
            ),
        ),
        Step(
            ANSWERED,
            "厂家答复",
            "answered by the maker",
            (
                Field("maker", "厂家", "maker"),
                Field("answer", "答复", "answer"),
                Field("free", "免费（R5.1）", "free of charge (R5.1)", Type.FLAG),
                _VERSION,
                *FILE,
            ),
            after=(OPENED, ANSWERED),
        ),
        *STEPS,
        Step(DECLINED, "不做", "declined", (REASON,), after=(*WAITING, APPROVED)),
    ),
)
