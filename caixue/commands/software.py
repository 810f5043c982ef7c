"""The commands `caixue software …` (contract S3, C2.2.1, R5.1, R5.5): versions, usage, patches, changes, end of life, commissioning."""

from __future__ import annotations

import typer

from caixue.commands import software_change, software_commission, software_ends, software_patch, software_usage
from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(
        app, "software", "软件：版本、补丁、变更、停产、换机验收", "Software: versions, patches, changes, end of life, commissioning"
    )
    software_usage.register(mine)
    software_patch.register(mine)
    software_change.register(mine)
    software_ends.register(mine)
    software_commission.register(mine)
