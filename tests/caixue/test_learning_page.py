"""The commands of docs/learning.md, run one after the other as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_docs import blocks
from tests.typed_page import type_pages

PAGE = "docs/learning.md"


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    (site,) = blocks(PAGE, "toml")
    Path("site.toml").write_text(site, encoding="utf-8")
    type_pages(PAGE, monkeypatch=monkeypatch, capfd=capfd)
