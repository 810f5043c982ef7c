"""S7: the hospital's network: it is probed, and no internet is needed at run time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from caixue.site import load_site

ALONE = """
import socket
def refuse(*arguments, **named): raise AssertionError(f"somebody wants the network: {arguments}")
socket.getaddrinfo = socket.create_connection = refuse
socket.socket.connect = refuse
from caixue.cli import main
raise SystemExit(main(["run", "mini.toml", "--out", "out"]))
"""
MINI = 'schema = 1\nsite = "eight-window"\nduration = "5 min"\n[windows]\ncount = 1\n[load]\nrates_per_h = [30]\n'


def test_a_day_is_simulated_with_all_its_files_without_any_network(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "replay.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


def test_every_switch_of_the_shipped_room_is_probed() -> None:
    site = load_site("eight-window-full")
    assert {host.name for host in site.hosts if host.kind == "switch"} <= {probe.about for probe in site.probes}
