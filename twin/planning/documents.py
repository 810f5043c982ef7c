"""Scenario files of a plan: the scenario with another staffing, other limits and a remedy, as TOML that `caixue run` reads."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from twin.planning.goals import Goal
from twin.planning.staffing import SLOT_US, Slots, Staffing
from twin.scenario import parse_scenario
from twin.scenario_model import Scenario

Document = dict[str, Any]  # a scenario file as TOML holds it
Change = Callable[[Document], None]


def document_of(scenario: Scenario, folder: Path) -> Document:
    """The scenario as TOML has it, overrides included, with its paths relative to `folder`."""
    document: Document = copy.deepcopy(dict(scenario.canonical))
    if isinstance(document.get("start"), str):
        document["start"] = datetime.fromisoformat(document["start"])
    if str(document["site"]).endswith(".toml"):
        document["site"] = _moved(scenario.path.parent / document["site"], folder)
    if "arrivals_csv" in document["load"]:
        document["load"]["arrivals_csv"] = _moved(scenario.path.parent / document["load"]["arrivals_csv"], folder)
    return document


def _moved(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return path.resolve().as_posix()


def staffed(document: Document, staffing: Staffing, slots: Slots, *, count: bool) -> Document:
    """The document with this staffing; `count` says whether the number of windows is written, too (a site without devices)."""
    changed = copy.deepcopy(document)
    changed["fidelity"] = "timing"
    changed.setdefault("staff", {})["nurses"] = nurse_spans(staffing, slots)
    windows = changed.setdefault("windows", {})
    windows["open"] = opening(staffing, slots)
    if count:
        windows["count"] = staffing.windows
    return changed


def nurse_spans(staffing: Staffing, slots: Slots) -> dict[str, int]:
    """`[staff] nurses`: equal half hours joined; none where the room is closed."""
    spans, slot = {}, 0
    for count, group in groupby(staffing.nurses):
        length = len(list(group))
        if count:
            spans[slots.span(slot, slot + length - 1)] = count
        slot += length
    return spans


def opening(staffing: Staffing, slots: Slots) -> dict[str, str]:
    """`[windows] open`: windows with the same hours joined."""
    levels = staffing.open
    hours = []
    for window in range(1, max(levels, default=0) + 1):
        inside = [slot for slot, level in enumerate(levels) if level >= window]
        hours.append((slots.span(inside[0], inside[-1]), window))
    rows = {}
    for span, group in groupby(hours, key=lambda row: row[0]):
        numbers = [window for _, window in group]
        rows[f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"] = span
    return rows


def expecting(document: Document, goals: Sequence[Goal]) -> Document:
    """The document with these limits and no others."""
    changed = copy.deepcopy(document)
    changed["expect"] = [_expect_row(goal) for goal in goals]
    return changed


def _expect_row(goal: Goal) -> dict[str, Any]:
    where = {"where": goal.where} if goal.where else {}
    clause = {"clause": goal.clause} if goal.clause else {}
    return {"figure": goal.figure, **where, "limit": goal.text, **clause}


def titled(document: Document, zh: str) -> Document:
    """The document with these words before its title."""
    title = str(document.get("title", ""))
    return {**document, "title": f"{zh}：{title}" if title else zh}


def parsed(document: Document, path: Path) -> Scenario:
    """The scenario in that document, as if read from `path`; raises ScenarioError."""
    return parse_scenario(text_of(document).encode(), path)


def text_of(document: Mapping[str, Any], comment: Sequence[str] = ()) -> str:
    """The document as TOML, plain values first, below lines of comment."""
    import tomli_w

    head = "".join(f"# {line}\n" for line in comment)
    plain = {key: value for key, value in document.items() if not isinstance(value, dict) and not _is_rows(value)}
    rest = {key: value for key, value in document.items() if key not in plain}
    return head + tomli_w.dumps({**plain, **rest})


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def slots_of(scenario: Scenario) -> Slots:
    """The half hours from the scenario's start to the end of its arrivals; the room opens with its first window and stays open."""
    day_us = -scenario.midnight_us
    start_us = day_us // SLOT_US * SLOT_US
    count = -(-(day_us + scenario.duration_us - start_us) // SLOT_US)
    spans = scenario.window_spans
    if not spans or spans == "recorded":
        return Slots(start_us, int(count))
    first_us = min(span.start_us for span in spans) + day_us
    return Slots(start_us, int(count), min(int(count) - 1, int((first_us - start_us) // SLOT_US)))
