"""The commands `caixue period …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "period", "特殊时段：保障方案、变更冻结、演练", "Special periods: plans, change freeze, drills")
