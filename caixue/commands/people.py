"""The commands `caixue people …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "people", "人员：通讯录、考勤、交接、意见、行为规范", "People: contacts, attendance, hand-over, feedback, conduct")
