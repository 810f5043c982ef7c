"""How fast the room itself is in timing fidelity, with all that it has: draws, engine and figures of a day, and the command line."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from statistics import median
from typing import NamedTuple

from twin.engines.timing import Engine, engine
from twin.peers.measuring import cpu_now_s, wall_s
from twin.scenario import load_scenario
from twin.timing.design import Design, design_of
from twin.timing.figures import Drawn, Figures, Wanted
from twin.timing.sampling import draw_day
from twin.timing.visits import Row

SCENARIO = "peak-monday"
FIGURES = ("patient.wait.mean", "patient.wait.p90", "window.busy.share", "engineer.busy.share")
DAYS = 200
PARTS = ("sampling", "engine", "figures")


class Spread(NamedTuple):
    """Of several rounds, in one unit."""

    least: float
    median: float
    most: float


def spread(values: list[float]) -> Spread:
    """Least, median and most."""
    return Spread(min(values), median(values), max(values))


def day_ms(rounds: int) -> dict[str, Spread]:
    """CPU milliseconds of a full-feature day, by what they are spent on; "all" is their sum."""
    design = design_of(load_scenario(SCENARIO))
    figures = Figures(design, tuple(Wanted(name) for name in FIGURES))
    _round(design, figures, engine()[1], 0)  # compiles, and does not count
    found = [_round(design, figures, engine()[1], number) for number in range(1, rounds + 1)]
    columns = dict(zip(PARTS, (list(column) for column in zip(*found, strict=True)), strict=True))
    return {name: spread(values) for name, values in {**columns, "all": [sum(row) for row in found]}.items()}


def _round(design: Design, figures: Figures, run: Engine, number: int) -> tuple[float, float, float]:
    """Milliseconds a day for the draws, the engine and the figures of one round; a day is let go before the next one, as in a run."""
    sampling, going, telling = 0.0, 0.0, 0.0
    for replication in range(number * DAYS, (number + 1) * DAYS):
        start = cpu_now_s()
        visits, workload = draw_day(design, replication)
        drawn = cpu_now_s()
        course = run(workload)
        gone = cpu_now_s()
        figures.values(Drawn(workload, course, visits.row(Row.KIND)))
        told = cpu_now_s()
        sampling, going, telling = sampling + drawn - start, going + gone - drawn, telling + told - gone
    return sampling * 1000 / DAYS, going * 1000 / DAYS, telling * 1000 / DAYS


def command_s(times: int, *options: str) -> Spread:
    """Wall seconds of `caixue run` of the scenario in timing fidelity, after one run that warms the caches."""
    with tempfile.TemporaryDirectory() as folder:
        given = [SCENARIO, "--fidelity", "timing", "--set", "expect=[]", "--out", folder, *options]
        command = [sys.executable, "-c", "from caixue.cli import main; main()", "run", *given]

        def run() -> None:
            subprocess.run(command, check=True, capture_output=True)

        run()
        return spread([wall_s(run) for _ in range(times)])
