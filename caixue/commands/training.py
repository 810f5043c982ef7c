"""The commands `caixue training …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "training", "培训：谁、学什么、谁考核、到何时有效", "Training: who, in what, judged by whom, valid until when")
