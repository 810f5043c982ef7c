"""The commands of docs/people.md, run one after the other as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.typed_page import type_pages


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    type_pages("docs/people.md", monkeypatch=monkeypatch, capfd=capfd)
