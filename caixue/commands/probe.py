"""The commands `caixue probe …`."""

from __future__ import annotations

import typer

from caixue.commands.common import group


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group(app, "probe", "探测：服务器、接口、网络", "Probes of servers, interfaces and the network")
