"""Only some groups of commands, for tests that type many: building all of them for every command takes most of their time."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from caixue import cli


def only(monkeypatch: pytest.MonkeyPatch, *groups: str) -> None:
    """Let the program have these groups and no others."""
    mine = [EntryPoint(name, f"caixue.commands.{name}:register", cli.COMMANDS) for name in groups]
    every = cli.metadata.entry_points
    monkeypatch.setattr(cli.metadata, "entry_points", lambda **asked: mine if asked.get("group") == cli.COMMANDS else every(**asked))
