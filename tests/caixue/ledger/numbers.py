"""How much the durability tests try: a seeded sample in every test run, everything under `nox -s durability`, where the numbers are printed."""

from __future__ import annotations

import os
import time
from typing import Any

FULL = os.environ.get("CAIXUE_DURABILITY") == "full"


def often(sample: int, full: int) -> int:
    """How often something is tried."""
    return full if FULL else sample


def told(what: str, began: float, number: int, unit: str, **more: Any) -> None:
    """Print what was done, where somebody asked for it: `pytest -s`."""
    took = time.perf_counter() - began
    rest = "".join(f", {name.replace('_', ' ')} {value}" for name, value in more.items())
    print(f"\n{what}: {number} {unit} in {took:.1f} s ({number / max(took, 1e-9):.0f}/s){rest}")
