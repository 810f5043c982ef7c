"""How many nurses each half hour needs: from a plan's JSON, or from the `[staff]` of a scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from caixue.errors import UsageError
from caixue.lang import tr, why
from caixue.site import Site
from caixue.units import day_span
from twin.rosters.terms import SLOT_US, SLOTS
from twin.scenario_model import Scenario

MAXIMUM_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Requirement:
    """The need of one kind of day, a number for each half hour from midnight; `overtime_h`: how long they stay on after the last on average."""

    name: str
    need: tuple[int, ...]
    date: date | None = None
    scenario: Scenario | None = None
    overtime_h: float = 0.0


class _Row(BaseModel):
    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    nurses: int = Field(ge=0, le=1000)


class _Cost(BaseModel):
    overtime_h: float = Field(0.0, ge=0, le=24)


class _Plan(BaseModel):
    """The JSON of `caixue plan --json`, of its plan.json or of its staff file."""

    scenario: str
    requirement: list[_Row] | None = None
    slots: list[_Row] | None = None
    date: str | None = None
    overtime_h: float = Field(0.0, ge=0, le=24)
    cost: _Cost | None = None


def read_requirement(name: str, overrides: list[str] | None = None) -> Requirement:
    """A requirement by its name: a .json file of a plan, else a scenario. Raises UsageError."""
    if not name.lower().endswith(".json"):
        return _of_scenario(name, overrides)
    if overrides:
        raise UsageError(tr("--set 只用于场景", "--set changes a scenario, not a plan"))
    path = Path(name)
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise UsageError(tr(f"{name} 太大，不是规划", f"{name} is too large for a plan"))
        plan = _Plan.model_validate(json.loads(path.read_bytes().decode("utf-8-sig")))
        return Requirement(
            plan.scenario, _need(plan), None if plan.date is None else date.fromisoformat(plan.date), overtime_h=_overtime_h(plan)
        )
    except OSError as error:
        raise UsageError(tr(f"{name} 读不了：", f"{name} cannot be read: ") + why(error)) from None
    except (ValidationError, ValueError, RecursionError):
        what = tr("不是 caixue plan 写的 JSON（plan.json 或 staff-….json）", "is not JSON of caixue plan (plan.json or staff-….json)")
        raise UsageError(f"{name} {what}") from None


def _need(plan: _Plan) -> tuple[int, ...]:
    rows = plan.requirement if plan.requirement is not None else plan.slots
    if not rows:
        raise UsageError(tr("这个规划里没有人手要求（没有方案成立？）", "this plan requires nobody: did no plan hold?"))
    need = [0] * SLOTS
    for row in rows:
        span = day_span(f"{row.begin}-{row.end}")
        _fill(need, span.start_us, span.end_us, row.nurses)
    return tuple(need)


def _fill(need: list[int], start_us: int, end_us: int, nurses: int) -> None:
    """A half hour needs as many as any part of it."""
    for slot in range(max(0, start_us // SLOT_US), min(SLOTS, -(-end_us // SLOT_US))):
        need[slot] = max(need[slot], nurses)


def _overtime_h(plan: _Plan) -> float:
    return plan.overtime_h or (plan.cost.overtime_h if plan.cost is not None else 0.0)


def _of_scenario(name: str, overrides: list[str] | None) -> Requirement:
    from twin.scenario import load_scenario, scenario_site

    scenario = load_scenario(name, overrides or [])
    need, day_us = [0] * SLOTS, -scenario.midnight_us
    until_us = day_us + scenario.duration_us
    spans = scenario.staff.nurses
    if spans is None:
        _fill(need, day_us, until_us, len(scenario_site(scenario).windows))
    for span in spans or ():
        _fill(need, max(day_us, span.start_us), min(until_us, span.end_us), span.count)
    if not any(need):
        raise UsageError(tr(f"{scenario.path}：没有一个时段需要护士", f"{scenario.path}: no half hour needs a nurse"))
    return Requirement(scenario.name, tuple(need), scenario.start.date(), scenario)


def need_on(day: date, site: Site, requirements: list[Requirement]) -> tuple[int, ...]:
    """What that day needs: as the requirement of its weekday, else as the first; on days off only within the site's opening hours."""
    same = [row for row in requirements if row.date is not None and row.date.weekday() == day.weekday()]
    need = (same or requirements)[0].need
    if site.calendar.day_kind(day).works:
        return need
    inside = [0] * SLOTS
    for span in site.opening_on(day):
        _fill(inside, span.start_us, span.end_us, 1)
    return tuple(count if open_ else 0 for count, open_ in zip(need, inside, strict=True))
