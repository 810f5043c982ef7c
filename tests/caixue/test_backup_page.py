"""The commands of docs/backup.md, run one after the other as they stand there, on the site file that it shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.test_docs import blocks
from tests.typed_page import type_pages

PAGE = "docs/backup.md"
HEAD = 'schema = 1\nextends = "eight-window"\nname = "my-room"\n\n'


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the page's site file names: templates, a medium, a cache in a table and one in a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.toml").write_text(HEAD + "\n".join(blocks(PAGE, "toml")), encoding="utf-8")
    for folder in ("label-templates", "media/backup-disk", "label-images"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "label-templates/blood.zpl").write_bytes(b"^XA^FD{name}^FS^XZ")
    with closing(sqlite3.connect("cache.db")) as database, database:
        database.execute("CREATE TABLE order_cache (id INTEGER PRIMARY KEY, received TEXT)")
        database.executemany("INSERT INTO order_cache VALUES (?, ?)", [(1, "2026-01-05 08:00:00"), (2, "2099-01-05 08:00:00")])
    monkeypatch.setenv("CAIXUE_ORDER_CACHE_URL", "sqlite:///cache.db")
    return tmp_path


def test_every_command_of_the_page_does_what_it_says(room: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    type_pages(PAGE, monkeypatch=monkeypatch, capfd=capfd)
    assert (room / "rescued/blood.zpl").read_bytes() == (room / "label-templates/blood.zpl").read_bytes()
    with closing(sqlite3.connect("cache.db")) as database:
        assert database.execute("SELECT id FROM order_cache").fetchall() == [(2,)]
