"""A plan as data: what `--json` prints, the requirement that rosters read, and the scenario files that show the plan and what is cheaper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from caixue import __version__
from twin.commit import commit
from twin.planning.course_of_day import Half
from twin.planning.documents import expecting, staffed, text_of, titled
from twin.planning.eased import written
from twin.planning.goals import Goal, Held, Measured
from twin.planning.planner import Plan, Tried
from twin.planning.staffing import Slots, Staffing
from twin.planning.trials import Trial

SCHEMA = 1


def verdict_of(plan: Plan) -> str:
    """`plan`, `partial` (broken off), `unconfirmed` (not on other days), `open` (a limit that too few days say anything of), or `none`."""
    if plan.partial:
        return "partial"
    if plan.best is None:
        return "none"
    if not plan.holds:
        return "unconfirmed"
    return "open" if plan.unproven else "plan"


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
        "not_shown_to_fail": [] if found is None else [plan.room.slots.clock(_less(trial, found)) for trial in plan.not_shown],
        "eased": [] if best is None else eased_data(best, question.confidence),
        "full": None if plan.top is None else [row_data(row, question.confidence) for row in plan.top.rows],
        "remedies": [remedy_data(tried, question.confidence) for tried in plan.tried],
        "full_unfinished": 0 if plan.top is None else plan.top.unfinished,
        "leaving": None
        if plan.leaving is None
        else {"with_all": plan.leaving.left, "people": plan.leaving.count, "share": plan.leaving.share},
        "not_decided": [_told(goal) for goal in plan.unmeasured],
        "unproven": [_told(goal) for goal in plan.unproven],
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
            "held": "open",
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
    slot = _less(trial, best)
    other = plan.unconfirmed.get(trial.staffing.nurses)
    rows = [row_data(row, plan.question.confidence) for row in (trial if other is None else other).rows]
    fails = [row for row in rows if row["held"] == "fails"] or [row for row in rows if row["held"] == "open"]
    return {
        "slot": plan.room.slots.clock(slot),
        "nurses": trial.staffing.nurses[slot],
        "nurse_hours": trial.nurse_hours,
        "held": trial.held.value if other is None else "unconfirmed",
        "unfinished": (trial if other is None else other).unfinished,
        "fails": [] if other is None and trial.held is Held.HOLDS else fails,
    }


def _less(trial: Trial, best: Staffing) -> int:
    """In which half hour the trial has a nurse less."""
    return next(place for place, (less, more) in enumerate(zip(trial.staffing.nurses, best.nurses, strict=True)) if less < more)


def eased_data(best: Trial, confidence: float) -> list[dict[str, str]]:
    """The clauses that the plan's file does not ask for in full, what it asks for instead, and why."""
    rows = [row for row in written(best, confidence) if row.eased]
    return [{"limit": _told(row.row.goal), "written": row.goal.text, "zh": row.why()[0], "en": row.why()[1]} for row in rows]


def remedy_data(tried: Tried, confidence: float) -> dict[str, Any]:
    """A change that was tried with a nurse at every window."""
    remedy, top = tried.remedy, tried.top
    told = {"kind": remedy.kind, "zh": remedy.zh, "en": remedy.en}
    return {**told, "held": top.held.value, "expected": [row_data(row, confidence) for row in top.rows]}


def _confirmation(plan: Plan) -> dict[str, Any] | None:
    if plan.confirmed is None:
        return None
    rows = [row_data(row, plan.question.confidence) for row in plan.confirmed.rows]
    return {
        "seed": plan.confirming_seed,
        "days": plan.confirmed.days,
        "attempts": plan.attempts,
        "held": plan.confirmed.held.value,
        "expected": rows,
    }


def scenario_text(plan: Plan, trial: Trial, title: str, words: Sequence[str]) -> str:
    """The scenario with that staffing as a file, its limits those that timing decides, a clause that some days break as a mean."""
    document = staffed(plan.room.document, trial.staffing, plan.room.slots, count=plan.room.counted)
    rows = written(trial if plan.best is None else plan.best, plan.question.confidence)
    left_out = [f"left out, for timing cannot tell: {_told(goal)}" for goal in plan.unmeasured]
    left_out += [f"left out, for too few of {plan.question.days} days have a value: {_told(goal)}" for goal in plan.unproven]
    eased = [row.why()[1] for row in rows if row.eased]
    return text_of(expecting(titled(document, title), [row.goal for row in rows]), [*words, *eased, *left_out])


def _told(goal: Goal) -> str:
    return f"{goal.figure} {goal.text}" + (f" where {goal.where}" if goal.where else "")


def as_rows(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The half hours of a plan that are open."""
    return [row for row in data["slots"] if row["nurses"]]
