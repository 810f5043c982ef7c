"""A program is killed while it writes, hundreds of times on one file: nothing that it acknowledged is lost, and the file always opens."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.caixue.ledger.numbers import FULL, often, told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and kills with SIGKILL")


def test_of_writers_that_are_killed_no_acknowledged_record_is_lost(tmp_path: Path):
    began, cycles = time.perf_counter(), often(25, 500)
    command = [sys.executable, "-m", "tests.caixue.ledger.killing", str(tmp_path), str(cycles), "1"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    found = json.loads(done.stdout)
    told("kill -9", began, found["cycles"], "cycles", **found)
    assert (found["cycles"], found["lost"], found["unopenable"], found["not_whole"]) == (cycles, 0, 0, 0), done.stderr
    assert found["killed"] >= 0.9 * cycles or not FULL
    assert found["acknowledged"] > cycles
