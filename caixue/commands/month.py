"""The commands `caixue month …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "month", "月与年：四份报告的数字，签字，更正", "Months and years: the figures of the four reports, signatures, corrections")
