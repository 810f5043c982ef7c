"""The commands `caixue software …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "software", "软件：版本、补丁、变更、停产、换机验收", "Software: versions, patches, changes, end of life, commissioning")
