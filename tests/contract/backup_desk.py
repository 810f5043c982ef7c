"""A site file with templates, a medium and a cache, for typing `caixue backup …` as the engineer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.caixue.ops.backup_bench import fill, make_table
from tests.contract.typed import Typed

SITE = """
extends = "eight-window"
schema = 1
name = "backup-room"
[[software]]
name = "collection-system"
version = "3.2.0"
kind = "system"
folder = "collection-system"
[[software]]
name = "label-templates"
version = "2026.10"
kind = "template"
folder = "label-templates"
[[medium]]
name = "disk-a"
folder = "media/a"
[[medium]]
name = "disk-b"
folder = "media/b"
[[cache]]
name = "orders"
url_env = "CAIXUE_TEST_CACHE"
table = "order_cache"
key = "id"
time = "taken"
keep = "7 d"
batch = 4
"""
ROWS = 16  # a day apart, the last of 2026-11-21


def typed(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The commands on that site, in a folder where all of it is there."""
    (folder / "site.toml").write_text(SITE, encoding="utf-8")
    for number, name in enumerate(("collection-system", "label-templates", "media/a", "media/b")):
        (folder / name).mkdir(parents=True)
        if not name.startswith("media"):
            fill(folder / name, number)
    monkeypatch.setenv("CAIXUE_TEST_CACHE", f"sqlite:///{folder / 'cache.db'}")
    make_table(f"sqlite:///{folder / 'cache.db'}", ROWS)
    monkeypatch.setenv("CAIXUE_PERSON", "engineer-1")
    desk = Typed(folder / "site.toml", folder / "ledger.db", capfd)
    desk.ok("backup prepare disk-a")
    return desk
