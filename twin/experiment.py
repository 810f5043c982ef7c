"""One scenario run for a verdict: its replications, their figures against the limits, and the content of result.json."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, Any

from caixue import __version__
from caixue.days import split
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES, Basis, Value, figures
from caixue.site import Site
from caixue.verdict import conclude, exit_code, judge, values_of
from twin.arrivals import ArrivalLog
from twin.basis import basis_for
from twin.commit import commit
from twin.days import Day, clinic_days, day_at
from twin.record import Sink
from twin.result import Progress as Progress
from twin.result import Result as Result
from twin.scenario import load_scenario, recorded_load, scenario_site
from twin.scenario_model import Scenario

if TYPE_CHECKING:
    from twin.engines.wire import Replication


def run(
    scenario: Scenario | str,
    *,
    replications: int = 1,
    first: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    sink: Sink | None = None,
    replay_day: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Result:
    """Run `replications` of a scenario, beginning with number `first`, and judge them.

    `sink` takes each line of the first one's journal as it is written. Of several days the replay shows `replay_day` (from 1;
    default: the one with the longest P90 wait). `stop` is asked between replications: when it says so, or when the user
    interrupts, the verdict is over those that are done. `clock` tells how long it took, in seconds.
    Raises UsageError for a bad scenario, site or recorded day, KeyboardInterrupt when not even one replication is done.
    """
    if isinstance(scenario, str):
        scenario = load_scenario(scenario)
    shown = _index_of(replay_day, scenario.days)
    if scenario.fidelity == "timing":
        from twin.timing_run import run_days  # each fidelity loads no more than it needs

        return run_days(scenario, clock, replications=replications, first=first, progress=progress, stop=stop)
    from twin.engines import wire

    site, log = scenario_site(scenario), recorded_load(scenario)
    if log is not None and scenario.windows.open == "recorded":
        site = site.with_windows(log.positions)
    started_s = clock()
    done: list[Replication] = []
    for number in range(first, first + replications):
        try:
            tell = _tell(progress, number - first, replications, clinic_days(scenario, site))
            one = wire.run_replication(scenario, site, log, number, tell, sink=None if done else sink, shown=shown, evidence=evidence)
        except KeyboardInterrupt:
            if not done:
                raise
            break
        done.append(replace(one, events=[], lines=[], shown=None, operations=[]) if done else one)
        if one.not_steady or stop():
            break
    return _judge(scenario, site, log, done, clock() - started_s)


@cache
def evidence(scenario: str) -> bytes:
    """The result.json of a built-in scenario that somebody wants a verdict from; its clock stands, so that the same code gives the same bytes."""
    return json.dumps(run(scenario, clock=lambda: 0.0).data, ensure_ascii=False, indent=2, allow_nan=False).encode()


def _index_of(replay_day: int | None, days: int) -> int | None:
    if replay_day is not None and not 1 <= replay_day <= days:
        raise UsageError(tr(f"没有第 {replay_day} 天：这次运行共 {days} 天", f"there is no day {replay_day}: the run has {days}"))
    return None if replay_day is None else replay_day - 1


def _tell(
    progress: Callable[[Progress], None] | None, number: int, replications: int, days: Sequence[Day]
) -> Callable[[int, int], None] | None:
    if progress is None:
        return None

    def tell(now_us: int, expected_us: int) -> None:
        day = day_at(days, now_us)
        progress(Progress(number, replications, now_us, expected_us, day.index, len(days), day.share(now_us)))

    return tell


def _judge(scenario: Scenario, site: Site, log: ArrivalLog | None, done: list[Replication], wall_s: float) -> Result:
    basis = basis_for(scenario, site)
    limits = [row.expectation() for row in scenario.expectations]
    rows = judge(limits, [values_of(limits, one.day, basis) for one in done])
    plain = done[0]
    broken = [*dict.fromkeys(text for one in done for text in one.broken)]
    if plain.not_steady:
        broken.insert(0, tr("首个故障前未处于稳态：", "not in steady state before the first fault: ") + plain.not_steady)
    ledger = _ledger(plain, scenario, site, basis)
    broken += ledger.pop("disagreements", [])
    verdict = conclude(rows, plain.faults, broken)
    data = {
        "schema": 1,
        "scenario": scenario.name,
        "scenario_sha256": scenario.digest,
        "title": scenario.title,
        "start": scenario.start.isoformat(),
        "seed": scenario.seed,
        "fidelity": scenario.fidelity,
        "engine": "wire" if site.devices else "reference",
        "replications": len(done),
        **verdict.to_json(),
        "figures": _means([figures(one.day, basis) for one in done]),
        **({} if scenario.days == 1 else {"days": _days(scenario, site, done)}),
        "trace_sha256": plain.trace_sha256,
        **({"ledger": ledger} if ledger else {}),
        "software": {"caixue": __version__, "commit": commit()},
        "wall_s": round(wall_s, 3),
        "simulated_s": sum(one.simulated_us for one in done) / 1e6,
        "exchanges": sum(one.exchanges for one in done),
        "unrecorded_lines": list(log.unrecorded) if log is not None and scenario.load.service.distribution == "recorded" else [],
    }
    code = exit_code(verdict, steady=not plain.not_steady)
    windows = [window.name for window in site.windows]
    return Result(data, verdict, plain.events, plain.lines, plain.shown, windows, scenario, site, plain.operations, plain.exchanges, code)


def _ledger(plain: Replication, scenario: Scenario, site: Site, basis: Basis) -> dict[str, Any]:
    """The ledger of a run that keeps one: its length, its head, and its figures beside what really happened."""
    if not plain.operations:
        return {}
    from twin.audit import audit, disagreements
    from twin.bookkeeping import IN_MEMORY, write_ledger

    with write_ledger(IN_MEMORY, plain.operations, scenario, site) as ledger:
        rows = audit(ledger, plain.truth, site, basis, scenario.start)
        seq, digest = ledger.head()
    return {"entries": seq + 1, "head": digest, "audit": [row.to_json() for row in rows], "disagreements": disagreements(rows)}


def _days(scenario: Scenario, site: Site, done: list[Replication]) -> list[dict[str, Any]]:
    """The figures of each day: of what began on it, whenever it ended; their mean over the replications."""
    rows = []
    for days in zip(*(split(one.day) for one in done), strict=False):
        values = [figures(record, basis_for(scenario, site, day.start_us)) for day, record in days]
        kind = site.calendar.day_kind(date.fromisoformat(days[0][0].date))
        rows.append({"date": days[0][0].date, "kind": kind.kind.value, "figures": _means(values)})
    return rows


def _means(days: list[dict[str, Value]]) -> dict[str, Value]:
    """Each figure's mean over the replications that have it; lists element by element."""
    return {name: _mean([day[name] for day in days if day[name] is not None]) for name in FIGURES}


def _mean(values: list[Any]) -> Value:
    if not values:
        return None
    if isinstance(values[0], list):
        return [fmean(column) for column in zip(*values, strict=False)]
    return fmean(values)
