"""The commands of docs/operations.md, run one after the other as they stand there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from caixue.cli import main
from tests.test_docs import blocks

LINES = [line for block in blocks("docs/operations.md", "sh") for line in block.splitlines() if line.strip()]


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    for line in LINES:
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            for assignment in words[1:]:
                monkeypatch.setenv(*assignment.split("=", 1))
            continue
        assert words[0] == "caixue"
        code = main(words[1:])
        told = capfd.readouterr()
        assert code == 0, f"{line}\n{told.out}{told.err}"


def test_the_page_goes_through_every_duty():
    groups = {shlex.split(line, comments=True)[1] for line in LINES if line.startswith("caixue ")}
    assert groups >= {"stock", "refill", "maintain", "incident", "spares", "order", "ledger"}
