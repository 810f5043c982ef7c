"""A sweep that lies finished in its folder: told again, never replaced by another without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from twin.experiments.sweep import Plan
from twin.experiments.unfinished import DAYS, DIARY
from twin.output import RESULT


def finished_before(plan: Plan, folder: Path, *, resume: bool, days: bool) -> dict[str, Any] | None:
    """The result of this very sweep where the folder holds it whole and `resume` asks for it; None where there is work to do.

    Raises UsageError, which names the difference, where the folder holds another result; `days`: replications.csv is wanted too.
    """
    if (folder / DIARY).is_file() or not (folder / RESULT).is_file():
        return None
    data = _read(folder / RESULT)
    asked = json.loads(json.dumps(plan.data()))
    other = [key for key, value in asked.items() if data.get(key) != value] if data.get("kind") == "sweep" else ["kind"]
    if other:
        raise UsageError(_another(folder, other))
    if not resume or data.get("complete") is not True or (days and not (folder / DAYS).is_file()):
        return None
    return data


def _read(place: Path) -> dict[str, Any]:
    """The content of a result.json; empty where it is none."""
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _another(folder: Path, other: list[str]) -> str:
    names = ", ".join(other)
    what = tr(f"{folder} 里是另一次的结果（不同：{names}）", f"another result lies in {folder} (different: {names})")
    return what + tr("；用 --out 另选目录，或加 --replace 代替它", "; choose another folder with --out, or replace it with --replace")
