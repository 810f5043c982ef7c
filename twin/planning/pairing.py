"""What-ifs run: both sides of each on the same days, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caixue.metrics import FIGURES
from twin.engines.timing import engine
from twin.experiments.paired import OPEN, surely, verdict
from twin.experiments.tally import Pair
from twin.planning.what_ifs import Choice, Versions, WhatIf
from twin.pools import Pool
from twin.replications import Drawn, Wanted
from twin.scenario_model import Scenario
from twin.timing.figures import Figures
from twin.timing.sampling import draw_day
from twin.timing.visits import Row

DAYS_A_TASK = 50
USUAL = (Wanted("patient.wait.p90"), Wanted("patient.wait.mean"), Wanted("window.down.minutes"), Wanted("patient.served"))


@dataclass(frozen=True, slots=True)
class Both:
    """One task for a pool: days `first` to `last - 1` on both sides."""

    versions: Versions
    first: int
    last: int
    wanted: tuple[Wanted, ...]


def run_both(task: Both) -> NDArray[np.float64]:
    """The figures of those days: day × side × figure."""
    versions, run = task.versions, engine()[1]
    sides = ((versions.a, None), (versions.b, versions.change))
    read = [Figures(design, task.wanted) for design, _ in sides]
    out = np.empty((task.last - task.first, 2, len(task.wanted)))
    for number in range(task.first, task.last):
        for side, (design, change) in enumerate(sides):
            visits, workload = draw_day(design, number)
            workload = workload if change is None else change(design, number, workload)
            out[number - task.first, side] = read[side].values(Drawn(workload, run(workload), visits.row(Row.KIND)))
    return out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a what-if comes to on so many days, or why it says nothing of this scenario."""

    what_if: WhatIf
    wanted: tuple[Wanted, ...]
    pairs: tuple[Pair, ...]
    days: int
    refusal: str = ""

    def to_json(self, sure: Sequence[bool] | None = None) -> dict[str, Any]:
        """The outcome as `--json` has it: means, the difference b - a, its 95 % interval, and a word.

        `sure`: for each figure whether a word may be said beside all that are shown; default: beside the others of this outcome.
        """
        known = surely(self.pairs) if sure is None else sure
        rows = [_row(wanted, pair, one) for wanted, pair, one in zip(self.wanted, self.pairs, known, strict=False)]
        told = {"name": self.what_if.name, "what": self.what_if.en, "how": self.what_if.how_en, "days": self.days}
        return {**told, "refused": self.refusal, "figures": [row for row in rows if row["a"] is not None]}


def told_together(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """All outcomes as `--json` has them, their words said over all figures together (Holm)."""
    sure = iter(surely([pair for one in outcomes for pair in one.pairs]))
    return [one.to_json([next(sure) for _ in one.pairs]) for one in outcomes]


def _row(wanted: Wanted, pair: Pair, sure: bool) -> dict[str, Any]:
    name = {"figure": wanted.figure, "unit": FIGURES[wanted.figure].unit}
    if not pair.difference.n:
        return {**name, "a": None, "b": None, "difference": None, "low": None, "high": None, "verdict": OPEN}
    found, word = pair.difference.to_json(), verdict(wanted.figure, pair) if sure else OPEN
    interval = {"difference": found["mean"], "low": found["low"], "high": found["high"]}
    return {**name, "a": pair.a.mean, "b": pair.b.mean, **interval, "verdict": word}


def outcome_of(
    what_if: WhatIf,
    scenario: Scenario,
    choice: Choice,
    days: int,
    pool: Pool,
    seen: Callable[[int], None],
    wanted: Sequence[Wanted] = USUAL,
) -> Outcome:
    """Run one what-if on days 0 to `days - 1`; `seen` hears how many more days are done. Ctrl-C leaves those that are."""
    from twin.timing.design import design_of

    asked = tuple(wanted)
    if refusal := what_if.refusal(scenario, design_of(scenario)):
        return Outcome(what_if, asked, (), 0, refusal)
    versions, pairs, done = what_if.versions(scenario, choice), tuple(Pair() for _ in asked), 0
    try:
        for answer in pool.ordered(run_both, _tasks(versions, days, asked)):
            for a, b in answer:
                for pair, left, right in zip(pairs, a.tolist(), b.tolist(), strict=True):
                    pair.add(left, right)
            done += len(answer)
            seen(len(answer))
    except KeyboardInterrupt:
        if not done:
            raise
    return Outcome(what_if, asked, pairs, done)


def _tasks(versions: Versions, days: int, wanted: tuple[Wanted, ...]) -> Iterator[Both]:
    for first in range(0, days, DAYS_A_TASK):
        yield Both(versions, first, min(first + DAYS_A_TASK, days), wanted)
