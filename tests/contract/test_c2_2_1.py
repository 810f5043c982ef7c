"""C2.2.1: the use of all system software is watched; the purge of caches is in test_c2_2_1_purge.py, the readings in tests/caixue/ops/test_usage.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.typed import Typed

PROGRAM = "cx-collection-server"
SITE = f"""
extends = "eight-window"
schema = 1
name = "usage-room"
[[host]]
name = "server-app"
kind = "server"
address = "192.0.2.11"
[[software]]
name = "collection-system"
version = "3.2.0"
kind = "system"
processes = ["{PROGRAM}"]
log = "server.log"
[[software]]
name = "reporting"
version = "1.0"
kind = "system"
host = "server-app"
processes = ["reporting"]
[[software]]
name = "label-templates"
version = "2026.10"
kind = "template"
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    monkeypatch.setenv("CAIXUE_PERSON", "engineer-1")
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    (tmp_path / "server.log").write_text("06:30 started\n", encoding="utf-8")
    return Typed(tmp_path / "site.toml", tmp_path / "room.ledger.db", capfd)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[None]:
    """A program of the machine, as the site file calls it."""
    script = tmp_path / f"{PROGRAM}.py"
    script.write_text("import sys; sys.stdin.read()", encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE) as child:
        yield
        child.communicate()


def test_what_runs_tells_its_memory_threads_and_since_when(desk: Typed, running: None) -> None:
    told = desk.ok("software usage --note --json")
    (system, reporting) = told["software"]
    (seen,) = system["processes"]
    assert (system["state"], system["missing"]) == ("OK", [])
    assert seen["memory_bytes"] > 0 and seen["threads"] >= 1 and {"since_us", "handles", "cpu_s"} <= seen.keys()
    assert reporting["state"] == "UNKNOWN" and "server-app" in reporting["unknown"]
    assert "logins" in told


def test_what_does_not_run_is_critical_with_exit_code_99(desk: Typed) -> None:
    code, told, _ = desk.type("software usage --json")
    assert code == 99
    assert told["software"][0] | {"processes": []} == {
        "software": "collection-system",
        "state": "CRIT",
        "place": "all",
        "processes": [],
        "missing": [PROGRAM],
        "log_at": len("06:30 started\n"),
    }
    assert PROGRAM in desk.type("software usage")[1]


def test_errors_since_the_last_look_are_counted(desk: Typed, running: None, tmp_path: Path) -> None:
    desk.ok("software usage --note")
    with (tmp_path / "server.log").open("a", encoding="utf-8") as log:
        log.write("07:10 ERROR database slow\n07:11 fine\n")
    (system, _) = desk.ok("software usage --note --json")["software"]
    assert (system["state"], system["errors"], system["restarts"]) == ("WARN", 1, 0)


def test_another_machine_is_named_as_the_site_file_does(desk: Typed) -> None:
    assert "server-app" in desk.refused("software usage --here server-ap")
    code, told, _ = desk.type("software usage --here server-app --json")
    assert code == 99 and told["software"][1]["missing"] == ["reporting"]
