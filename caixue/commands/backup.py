"""The commands `caixue backup …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "backup", "备份：软件与模板，恢复验证，缓存清理", "Backups of software and templates, verified by restoring; purging of caches")
