"""The limits as `caixue run` judges them, by their means: what becomes of a clause that some days break."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount
from twin.planning.goals import BELOW_EIGHT, Goal, Measured
from twin.planning.trials import Trial

OWN_TRY_S = 60.0  # a nurse's own attempt at a window lasts 40 s, and no longer than this


@dataclass(frozen=True, slots=True)
class Written:
    """What was measured of a limit, and the limit as a plan's file has it."""

    row: Measured
    goal: Goal

    @property
    def eased(self) -> bool:
        """True where the file asks for less than the clause: then it does not bear its name."""
        return self.goal.text != self.row.goal.text

    def why(self) -> tuple[str, str]:
        """What was eased and why, in Chinese and in English."""
        asked = self.row.goal
        zh = f"{asked.figure} {asked.text}（{asked.clause}）在 {self.row.beyond:.1%} 的天不守"
        en = f"{asked.figure} {asked.text} ({asked.clause}) is broken on {self.row.beyond:.1%} of the days"
        broken_s = self.row.mean / self.row.beyond if asked.value == 0.0 else 0.0
        if asked.figure == BELOW_EIGHT and 0.0 < broken_s <= OWN_TRY_S:
            much = amount(broken_s, FIGURES[asked.figure].unit)
            zh += f"，那些天平均 {much}：报修前护士自己先试的时间"
            en += f", by {much} on average: what a nurse tries herself before she calls"
        return (
            f"{zh}；文件里是均值 {self.goal.text}，不算 {asked.clause}",
            f"{en}; the file has the mean {self.goal.text}, which is not {asked.clause}",
        )

    def told(self) -> str:
        """The same in the reader's language."""
        return tr(*self.why())


def written(trial: Trial, confidence: float) -> tuple[Written, ...]:
    """The limits of a plan's file, as that staffing comes to."""
    return tuple(Written(row, _of_mean(row, confidence)) for row in trial.rows)


def _of_mean(row: Measured, confidence: float) -> Goal:
    goal = row.goal
    if not goal.daily or goal.expectation.holds(row.mean):
        return replace(goal, of_mean=goal.daily) if goal.daily else goal
    value = math.ceil(row.bound(confidence)) if goal.is_upper else math.floor(row.bound(confidence) * 100) / 100
    unit = " s" if FIGURES[goal.figure].unit == "s" else ""
    return replace(goal, value=float(value), text=f"{goal.operator} {value:g}{unit}", clause="", of_mean=True)
