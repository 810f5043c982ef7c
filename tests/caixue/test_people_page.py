"""The commands of docs/people.md, run one after the other as they stand there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from caixue.cli import main
from tests.test_docs import blocks

LINES = [line for block in blocks("docs/people.md", "sh") for line in block.splitlines() if line.strip()]
FINDINGS = ("people resident", "people equipment")  # nobody is trained yet, and nobody has said where things are made


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
        assert code == (99 if " ".join(words[1:]) in FINDINGS else 0), f"{line}\n{told.out}{told.err}"
