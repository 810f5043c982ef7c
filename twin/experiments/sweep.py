"""A sweep: every point of a grid under the same chance, its figures with their intervals, broken off and gone on with as people like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caixue import __version__
from caixue.lang import tr
from caixue.site import load_site
from twin.commit import commit
from twin.experiments.batches import Work, carry_out, design_for, engine_of
from twin.experiments.grid import Axis, Point, points, typed
from twin.experiments.precision import Rule
from twin.experiments.running import Running
from twin.experiments.tables import csv_cells
from twin.experiments.unfinished import Diary, rows_of_days
from twin.experiments.wanted import told
from twin.pools import Pool
from twin.replications import Wanted
from twin.scenario_model import Scenario


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep as it was asked for, every point of it checked."""

    sets: tuple[str, ...]
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    wanted: tuple[Wanted, ...]
    rule: Rule

    def data(self) -> dict[str, Any]:
        """What makes the sweep what it is; the same data give the same results to the last byte."""
        first = self.points[0].scenario
        grid = [{"path": axis.path, "values": [typed(value) for value in axis.values]} for axis in self.axes]
        return {
            "scenario": first.name,
            "title": first.title,
            "seed": first.seed,
            "fidelity": first.fidelity,
            "sets": list(self.sets),
            "grid": grid,
            "figures": [told(wanted) for wanted in self.wanted],
            "rule": self.rule.to_json(),
            "inputs_sha256": _inputs(point.scenario for point in self.points),
            "software": {"caixue": __version__, "commit": commit()},
        }

    def values(self, point: int) -> dict[str, Any]:
        """The values of a point by their paths."""
        return {axis.path: typed(value) for axis, value in zip(self.axes, self.points[point].values, strict=True)}


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of a sweep: `data` is the content of result.json."""

    plan: Plan
    data: dict[str, Any]
    running: Running
    diary: Diary | None = None

    @property
    def complete(self) -> bool:
        """Whether every point has all its days."""
        return bool(self.data["complete"])


def _inputs(scenarios: Iterable[Scenario]) -> str:
    """The SHA-256 of everything that the scenarios say, their sites and recorded days included."""
    digest = hashlib.sha256()
    sites: dict[str, None] = {}
    recorded: dict[Path | None, None] = {}
    for scenario in scenarios:
        digest.update(json.dumps(dict(scenario.canonical)).encode())
        sites[scenario.site_source] = None
        recorded[scenario.arrivals_path] = None
    for source in sites:
        digest.update(repr(load_site(source)).encode())
    for path in filter(None, recorded):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def plan_of(name: str, axes: Sequence[Axis], wanted: Sequence[Wanted], rule: Rule, sets: Sequence[str] = ()) -> Plan:
    """The plan of a sweep; raises UsageError for the first point that cannot be."""
    return Plan(tuple(sets), tuple(axes), tuple(points(name, axes, sets)), tuple(wanted), rule)


def sweep(
    plan: Plan,
    pool: Pool,
    *,
    folder: Path | None = None,
    days: bool = False,
    resume: bool = False,
    batch: int | None = None,
    work: Work = carry_out,
    designs: Sequence[Any] | None = None,
    seen: Callable[[Running], bool] = lambda running: False,
) -> Swept:
    """Run a plan. With a `folder` a diary is kept there, and replications.csv if `days`; `resume` goes on with what lies there.

    `seen` is called after each batch; when it says so, or when the user interrupts, the result is over the batches so far.
    Raises UsageError before anything runs for what the engines cannot do, and for an unfinished sweep in the folder without `resume`.
    """
    made = [design_for(point.scenario) for point in plan.points] if designs is None else list(designs)
    running = Running(made, plan.wanted, plan.rule, work=work, batch=batch)
    heads = [csv_cells([*point.values, ""]) for point in plan.points]
    header = csv_cells([*(axis.path for axis in plan.axes), "replication", *map(told, plan.wanted)]) + "\n" if days else ""
    diary = None if folder is None else Diary(folder, plan.data(), running, header=header)
    if diary is not None:
        (diary.go_on if resume else diary.begin)()
    try:
        for done in running.batches(pool):
            if diary is not None:
                diary.note(done, rows_of_days(heads[done.point], done.first, done.values) if days else "")
            if seen(running):
                break
    except KeyboardInterrupt:
        pass
    finally:
        if diary is not None:
            diary.close()
    engines = [engine_of(design) for design in made] if designs is None else []
    return Swept(plan, _data(plan, running, engines), running, diary)


def _data(plan: Plan, running: Running, engines: Sequence[str]) -> dict[str, Any]:
    rows = [_row(plan, running, point) for point in range(len(plan.points))]
    missing = [
        {"point": row["point"], "values": row["values"], "replications": row["replications"], "expected": running.expected(row["point"])}
        for row in rows
        if not running.finished(row["point"])
    ]
    engine = " ".join(dict.fromkeys(engines))
    return {"schema": 1, "kind": "sweep", **plan.data(), "engine": engine, "complete": not missing, "points": rows, "missing": missing}


def _row(plan: Plan, running: Running, point: int) -> dict[str, Any]:
    standing = running.standings[point]
    figures = {told(wanted): tally.to_json() for wanted, tally in zip(plan.wanted, standing.tallies, strict=True)}
    row = {"point": point, "values": plan.values(point), "replications": standing.days, "figures": figures}
    precise = {"precise": running.precise(point)} if plan.rule.targets else {}
    return {**row, **precise, **({"broken": list(standing.broken)} if standing.broken else {})}


def missing_words(data: dict[str, Any]) -> list[str]:
    """What a partial result lacks, a line each."""
    lines = []
    for each in data["missing"]:
        where = " ".join(f"{path}={value}" for path, value in each["values"].items()) or data["scenario"]
        lines.append(
            f"{where}: " + tr(f"{each['replications']}/{each['expected']} 天", f"{each['replications']} of {each['expected']} days")
        )
    return lines
