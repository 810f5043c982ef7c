"""The commands of docs/learning.md, run one after the other as they stand there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from caixue.cli import main
from tests.contract.few_commands import only
from tests.test_docs import blocks

PAGE = "docs/learning.md"
LINES = [line for block in blocks(PAGE, "sh") for line in block.splitlines() if line.strip()]


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CAIXUE_SITE", raising=False)
    only(monkeypatch, "training", "people", "period")
    (site,) = blocks(PAGE, "toml")
    Path("site.toml").write_text(site, encoding="utf-8")
    for line in LINES:
        code = main(shlex.split(line)[1:])
        told = capfd.readouterr()
        assert code == 0, f"{line}\n{told.out}{told.err}"
