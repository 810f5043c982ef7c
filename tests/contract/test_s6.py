"""S6: Windows Server: nothing that is printed needs more than its GBK console has, and the machine itself is checked. Nothing has run on Windows yet.

Every text of the program against GBK: tests/test_architecture.py; the wheels for Windows resolve, which no test here can show.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GBK = {**os.environ, "PYTHONIOENCODING": "gbk", "CAIXUE_LANG": "zh"}


@pytest.mark.parametrize("words", [["doctor", "eight-window-full"], ["software", "list", "--site", "eight-window-full"]])
def test_what_is_printed_can_be_read_on_a_gbk_console(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "caixue.cli", *words], cwd=tmp_path, env=GBK, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    text = done.stdout.decode("gbk")
    assert "\\u" not in text and len(text) > 100


def test_the_machine_that_it_runs_on_is_checked(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "caixue.cli", "doctor", "eight-window-full", "--json"]
    done = subprocess.run(words, cwd=tmp_path, env=GBK, capture_output=True, check=False)
    assert done.returncode in (0, 99), done.stderr
    assert {"python", "console", "time-zone", "disk"} <= {finding["check"] for finding in json.loads(done.stdout)["findings"]}
