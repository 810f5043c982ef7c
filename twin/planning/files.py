"""The files of a plan: its scenario, a cheaper one that fails, the requirement for rosters, and the chart."""

from __future__ import annotations

from typing import Any

from caixue.lang import tr
from twin.output import json_text
from twin.planning.answers import as_rows, data_of, requirement_of, scenario_text, verdict_of
from twin.planning.charts import svg
from twin.planning.course_of_day import halves
from twin.planning.goals import wait_goal
from twin.planning.planner import Plan

CHART = "plan.svg"
_ABOUT = {
    "partial": "PARTIAL: the search was broken off",
    "unconfirmed": "NOT CONFIRMED on other days",
    "open": "UNPROVEN: too few days say anything of a limit",
}


def texts_of(plan: Plan, name: str) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """The plan as data, the texts of its files by name, and the names by what they are: `plan`, `cheaper`, `staff`, `chart`."""
    if plan.best is None:
        data = data_of(plan, (), ["plan.json"])
        return data, {}, {}
    keys = {"plan": f"plan-{name}.toml", "staff": f"staff-{name}.json", "chart": CHART}
    if plan.shown_cheaper is not None:
        keys["cheaper"] = f"cheaper-{name}.toml"
    data = data_of(plan, halves(plan.room, plan.best.staffing), ["plan.json", *keys.values()])
    limit = wait_goal(plan.goals)
    again = f"caixue run {{}} --fidelity timing --reps {plan.question.days}"
    about = _ABOUT.get(verdict_of(plan)) or f"holds at {plan.question.confidence:g} over {plan.question.days} days"
    texts = {
        keys["plan"]: scenario_text(plan, plan.best, tr("规划", "plan"), [f"Written by caixue plan: {about}.", again.format(keys["plan"])]),
        keys["staff"]: json_text(requirement_of(plan)),
        CHART: svg(f"{name}: {_cost(plan)}", as_rows(data), None if limit is None else limit.value),
    }
    if plan.shown_cheaper is not None:
        words = ["Written by caixue plan: one nurse less in one half hour, and it fails.", again.format(keys["cheaper"])]
        texts[keys["cheaper"]] = scenario_text(plan, plan.shown_cheaper, tr("少一名护士", "a nurse less"), words)
    return data, texts, keys


def _cost(plan: Plan) -> str:
    assert plan.best is not None
    return tr(f"{plan.best.nurse_hours:.1f} 护士小时", f"{plan.best.nurse_hours:.1f} nurse hours")
