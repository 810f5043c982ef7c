"""What is to be improved in the year to come (contract C6.4): the items of the annual report's plan, until they are done or dropped."""

from __future__ import annotations

from caixue.ops.sheets import Field, Form, Step, Type

FORM = Form(
    "improvement",
    "改进计划",
    "improvement plan",
    (
        Step(
            "opened",
            "列入计划",
            "planned",
            (
                Field("year", "写进哪一年的年报", "the year of the report", Type.WHOLE, low=1970, high=9998),
                Field("what", "改进什么", "what is improved"),
                Field("why", "为什么", "why"),
                Field("person", "负责人", "who sees to it", Type.PERSON),
                Field("due", "完成日期", "by when", Type.DATE),
            ),
        ),
        Step("done", "已完成", "done", (Field("result", "结果", "what came of it"),), after=("opened",)),
        Step("dropped", "不做了", "dropped", (Field("reason", "原因", "why not"),), after=("opened",)),
    ),
)
