"""The commands `caixue inspect …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "inspect", "巡检：月度计划、一轮检查、发现与隐患", "Inspection: the monthly plan, a guided round, findings and hidden trouble")
