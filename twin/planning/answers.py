"""A plan as data: what `--json` prints, the requirement that rosters read, and the scenario files that show the plan and what is cheaper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from caixue import __version__
from caixue.metrics import FIGURES
from twin.commit import commit
from twin.planning.course_of_day import Half
from twin.planning.documents import expecting, staffed, text_of, titled
from twin.planning.goals import Goal, Held, Measured
from twin.planning.planner import Plan, Tried
from twin.planning.staffing import Slots, Staffing
from twin.planning.trials import Trial

SCHEMA = 1


def verdict_of(plan: Plan) -> str:
    """`plan`, `partial` (broken off), `unconfirmed` (not on other days), or `none`: no staffing holds."""
    if plan.partial:
        return "partial"
    if plan.best is None:
        return "none"
    return "plan" if plan.holds else "unconfirmed"


def data_of(plan: Plan, halves: Sequence[Half], files: Sequence[str]) -> dict[str, Any]:
    """The whole plan; times in seconds, hours in hours."""
    question, best = plan.question, plan.best
    found = None if best is None else best.staffing
    return {
        "schema": SCHEMA,
        "scenario": question.scenario.name,
        "title": question.scenario.title,
        "seed": question.scenario.seed,
        "verdict": verdict_of(plan),
        "confidence": question.confidence,
        "days": question.days,
        "remedy": None if plan.remedy is None else {"kind": plan.remedy.kind, "zh": plan.remedy.zh, "en": plan.remedy.en},
        "slots": [] if found is None else slot_rows(found, plan.room.slots, halves),
        "cost": None if best is None else cost_of(best),
        "expected": [] if best is None else [row_data(row, question.confidence) for row in best.rows],
        "confirmation": _confirmation(plan),
        "cheaper": [] if found is None else [cheaper_data(plan, trial, found) for trial in plan.cheaper],
        "full": None if plan.top is None else [row_data(row, question.confidence) for row in plan.top.rows],
        "remedies": [remedy_data(tried, question.confidence) for tried in plan.tried],
        "not_decided": [f"{goal.figure} {goal.text}" for goal in plan.unmeasured],
        "files": list(files),
        "days_run": plan.days_run,
        "software": {"caixue": __version__, "commit": commit()},
    }


def slot_rows(staffing: Staffing, slots: Slots, halves: Sequence[Half] = ()) -> list[dict[str, Any]]:
    """Each half hour: from, to, windows open, nurses, and what is expected of it where that is known."""
    rows = []
    for slot, (nurses, windows) in enumerate(zip(staffing.nurses, staffing.open, strict=True)):
        row: dict[str, Any] = {"from": slots.clock(slot), "to": slots.clock(slot + 1), "windows": windows, "nurses": nurses}
        if halves:
            half = halves[slot]
            row |= {"arrivals": round(half.arrivals, 1), "wait_mean": half.wait_mean_s, "wait_p90": half.wait_p90_s}
        rows.append(row)
    return rows


def requirement_of(plan: Plan) -> dict[str, Any]:
    """How many nurses each half hour needs, for rosters."""
    assert plan.best is not None
    scenario = plan.question.scenario
    rows = [row for row in slot_rows(plan.best.staffing, plan.room.slots) if row["nurses"]]
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "date": scenario.start.date().isoformat(),
        "partial": plan.partial,
        "requirement": rows,
        "overtime_h": plan.best.overtime_h,
        "nurse_hours": plan.best.staffing.nurse_hours,
    }


def cost_of(trial: Trial) -> dict[str, float]:
    """Planned nurse hours, window hours, the time after the last half hour, and nurse hours with it."""
    staffing = trial.staffing
    return {
        "nurse_hours_planned": staffing.nurse_hours,
        "overtime_h": trial.overtime_h,
        "nurse_hours": trial.nurse_hours,
        "window_hours": staffing.window_hours,
    }


def row_data(row: Measured, confidence: float) -> dict[str, Any]:
    """One limit with what was measured of it: `bound` is one-sided at the stated confidence, `low` and `high` two-sided at 95 %.

    `kept` is the lower bound of the share of days that keep it, of a clause that each day keeps or breaks.
    """
    low, high = row.interval()
    asked = {"figure": row.goal.figure, "where": row.goal.where, "limit": row.goal.text, "clause": row.goal.clause}
    if not row.days:
        return {
            **asked,
            "mean": None,
            "low": None,
            "high": None,
            "bound": None,
            "days": 0,
            "beyond_share": None,
            "kept": None,
            "held": "fails",
        }
    numbers: dict[str, Any] = {
        "mean": row.mean,
        "low": low,
        "high": high,
        "bound": row.bound(confidence),
        "days": row.days,
        "beyond_share": row.beyond,
    }
    numbers["kept"] = row.kept(confidence)[0] if row.goal.daily else None
    return {**asked, **numbers, "held": row.held(confidence).value}


def cheaper_data(plan: Plan, trial: Trial, best: Staffing) -> dict[str, Any]:
    """A cheaper neighbour: which half hour has a nurse less, and why that does not do: its limits, or those on the days that were to confirm it."""
    slot = next(place for place, (less, more) in enumerate(zip(trial.staffing.nurses, best.nurses, strict=True)) if less < more)
    other = plan.unconfirmed.get(trial.staffing.nurses)
    rows = [row_data(row, plan.question.confidence) for row in (trial if other is None else other).rows]
    fails = [row for row in rows if row["held"] == "fails"] or [row for row in rows if row["held"] == "open"]
    return {
        "slot": plan.room.slots.clock(slot),
        "nurses": trial.staffing.nurses[slot],
        "nurse_hours": trial.nurse_hours,
        "held": trial.held.value if other is None else "unconfirmed",
        "fails": [] if other is None and trial.held is Held.HOLDS else fails,
    }


def remedy_data(tried: Tried, confidence: float) -> dict[str, Any]:
    """A change that was tried with a nurse at every window."""
    remedy, top = tried.remedy, tried.top
    told = {"kind": remedy.kind, "zh": remedy.zh, "en": remedy.en}
    return {**told, "held": top.held.value, "expected": [row_data(row, confidence) for row in top.rows]}


def _confirmation(plan: Plan) -> dict[str, Any] | None:
    if plan.confirmed is None:
        return None
    rows = [row_data(row, plan.question.confidence) for row in plan.confirmed.rows]
    return {"seed": plan.confirming_seed, "days": plan.confirmed.days, "held": plan.confirmed.held.value, "expected": rows}


def scenario_text(plan: Plan, trial: Trial, title: str, words: Sequence[str]) -> str:
    """The scenario with that staffing as a file, its limits those that timing decides."""
    document = staffed(plan.room.document, trial.staffing, plan.room.slots, count=plan.room.counted)
    left_out = [f"left out, for timing does not simulate it: {_told(goal)}" for goal in plan.unmeasured]
    goals, eased = _as_means(trial if plan.best is None else plan.best, plan.question.confidence)
    return text_of(expecting(titled(document, title), goals), [*words, *eased, *left_out])


def _as_means(trial: Trial, confidence: float) -> tuple[list[Goal], list[str]]:
    """The limits as `caixue run` judges them, by their means: where too few days break a clause to matter, the mean it comes to, and why."""
    goals, why = [], []
    for row in trial.rows:
        goal = row.goal
        if goal.daily and not goal.expectation.holds(row.mean):
            mean = math.ceil(row.bound(confidence)) if goal.is_upper else math.floor(row.bound(confidence) * 100) / 100
            goal = replace(goal, text=f"{goal.operator} {mean:g}{' s' if FIGURES[goal.figure].unit == 's' else ''}")
            why.append(
                f"{row.goal.figure} {row.goal.text} is kept on {1 - row.beyond:.1%} of the days; `caixue run` judges the mean: {goal.text}"
            )
        goals.append(goal)
    return goals, why


def _told(goal: Goal) -> str:
    return f"{goal.figure} {goal.text}" + (f" where {goal.where}" if goal.where else "")


def as_rows(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The half hours of a plan that are open."""
    return [row for row in data["slots"] if row["nurses"]]
