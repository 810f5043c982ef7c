"""The morning on simmer, in a process of R; its own clock of CPU time tells how long a day takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from twin.peers.shop import SHOP, Shop

SCRIPT = Path(__file__).with_name("simmer.R")
LIBRARY_IS_THERE = 'quit(status = if (requireNamespace("simmer", quietly = TRUE)) 0 else 1)'


def missing() -> str:
    """Why simmer cannot be measured here; empty if it can."""
    program = shutil.which("Rscript")
    if program is None:
        return "no Rscript"
    done = subprocess.run([program, "-e", LIBRARY_IS_THERE], capture_output=True)
    return "" if done.returncode == 0 else "R has no package simmer"


def run(seed: int, first: int, days: int, shop: Shop = SHOP) -> tuple[float, float]:
    """CPU seconds a day, and the mean wait in seconds."""
    times = (value for each in (shop.service, shop.label, shop.repair) for value in (each.mu, each.sigma))
    given = [shop.windows, shop.slot_s, shop.mtbf_s, *times, seed, first, days, *shop.patients_a_slot]
    done = subprocess.run(["Rscript", str(SCRIPT), *map(str, given)], capture_output=True, text=True, encoding="utf-8", check=True)
    _, cpu_ms, wait_s = map(float, done.stdout.split())
    return cpu_ms / 1000, wait_s
