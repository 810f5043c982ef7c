"""The arguments and options that several commands of `caixue incident` have."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.lang import tr

_TIME, _TEXT, _NAME = "TIME", tr("文字", "TEXT"), tr("姓名", "NAME")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=tr("故障单号，如 7", "The incident's number, such as 7"))]
Device = Annotated[
    str, typer.Option("--device", metavar="DEVICE", help=tr("设备，如 window-3.label-printer", "Such as window-3.label-printer"))
]
Window = Annotated[str, typer.Option("--window", metavar="N", help=tr("窗口，如 3", "The window, such as 3"))]
Symptom = Annotated[str | None, typer.Option("--symptom", metavar="SYMPTOM", help=tr("症状，如 tube-jam", "The symptom, such as tube-jam"))]
Lost = Annotated[int, typer.Option("--lost", min=0, metavar="N", help=tr("因此停用的窗口数", "How many windows are lost by it"))]
Reason = Annotated[str, typer.Option("--reason", metavar=_TEXT, help=tr("原因；补记也要写", "Why; also for what is recorded later"))]
Why = Annotated[str | None, typer.Option("--reason", metavar=_TEXT, help=tr("原因", "Why"))]
Occurred = Annotated[
    str | None, typer.Option("--occurred", metavar=_TIME, help=tr("何时发生，如 08:03", "When it happened, such as 08:03"))
]
Drill = Annotated[bool, typer.Option("--drill", help=tr("演练：不计入故障率和时限", "A drill: not in fault rates and deadlines"))]
Person = Annotated[str | None, typer.Option("--person", metavar=_NAME, help=tr("谁", "Who"))]
Until = Annotated[str | None, typer.Option("--until", metavar=_TIME, help=tr("到何时，如 10:30", "Until when, such as 10:30"))]
