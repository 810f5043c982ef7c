"""One scenario run for a verdict: its replications, their figures against the limits, and the content of result.json."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from caixue import __version__
from caixue.events import Event
from caixue.lang import tr
from caixue.metrics import FIGURES, Value, figures
from caixue.site import Site
from caixue.verdict import Verdict, conclude, exit_code, judge, values_of
from twin.arrivals import ArrivalLog
from twin.commit import commit
from twin.engines.wire import Replication, basis_for, run_replication
from twin.scenario import load_scenario, recorded_load, scenario_site
from twin.scenario_model import Scenario


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the replication in progress (from 0) of how many, and its simulated time."""

    replication: int
    replications: int
    simulated_us: int
    expected_us: int


@dataclass(frozen=True, slots=True)
class Result:
    """A verdict with everything behind it. `data` is the content of result.json; `events` are those of the first replication run."""

    data: dict[str, Any]
    verdict: Verdict
    events: Sequence[Event]
    lines: Sequence[str]  # the same events as canonical JSON
    windows: Sequence[str]
    scenario: Scenario
    exchanges: int  # of the first replication run
    exit_code: int


def run(
    scenario: Scenario | str,
    *,
    replications: int = 1,
    first: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Run `replications` of a scenario, beginning with number `first`, and judge them.

    `stop` is asked between replications: when it says so, or when the user interrupts, the verdict is over those that are done.
    Raises UsageError for a bad scenario, site or recorded day, KeyboardInterrupt when not even one replication is done.
    """
    if isinstance(scenario, str):
        scenario = load_scenario(scenario)
    site, log = scenario_site(scenario), recorded_load(scenario)
    if log is not None and scenario.windows.open == "recorded":
        site = site.with_windows(log.positions)
    started_s = time.perf_counter()
    done: list[Replication] = []
    for number in range(first, first + replications):
        try:
            one = run_replication(scenario, site, log, number, _tell(progress, number - first, replications))
        except KeyboardInterrupt:
            if not done:
                raise
            break
        done.append(replace(one, events=[], lines=[]) if done else one)
        if one.not_steady or stop():
            break
    return _judge(scenario, site, log, done, time.perf_counter() - started_s)


def _tell(progress: Callable[[Progress], None] | None, number: int, replications: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda simulated_us, expected_us: progress(Progress(number, replications, simulated_us, expected_us))


def _judge(scenario: Scenario, site: Site, log: ArrivalLog | None, done: list[Replication], wall_s: float) -> Result:
    basis = basis_for(scenario, site)
    limits = [row.expectation() for row in scenario.expectations]
    rows = judge(limits, [values_of(limits, one.day, basis) for one in done])
    plain = done[0]
    broken = [*dict.fromkeys(text for one in done for text in one.broken)]
    if plain.not_steady:
        broken.insert(0, tr("首个故障前未处于稳态：", "not in steady state before the first fault: ") + plain.not_steady)
    verdict = conclude(rows, plain.faults, broken)
    data = {
        "schema": 1,
        "scenario": scenario.name,
        "title": scenario.title,
        "start": scenario.start.isoformat(),
        "seed": scenario.seed,
        "fidelity": scenario.fidelity,
        "engine": "wire" if site.devices else "reference",
        "replications": len(done),
        **verdict.to_json(),
        "figures": _means([figures(one.day, basis) for one in done]),
        "trace_sha256": plain.trace_sha256,
        "software": {"caixue": __version__, "commit": commit()},
        "wall_s": round(wall_s, 3),
        "simulated_s": sum(one.simulated_us for one in done) / 1e6,
        "exchanges": sum(one.exchanges for one in done),
        "unrecorded_lines": list(log.unrecorded) if log is not None and scenario.load.service.distribution == "recorded" else [],
    }
    code = exit_code(verdict, steady=not plain.not_steady)
    windows = [window.name for window in site.windows]
    return Result(data, verdict, plain.events, plain.lines, windows, scenario, plain.exchanges, code)


def _means(days: list[dict[str, Value]]) -> dict[str, Value]:
    """Each figure's mean over the replications that have it; lists element by element."""
    return {name: _mean([day[name] for day in days if day[name] is not None]) for name in FIGURES}


def _mean(values: list[Any]) -> Value:
    if not values:
        return None
    if isinstance(values[0], list):
        return [fmean(column) for column in zip(*values, strict=False)]
    return fmean(values)
