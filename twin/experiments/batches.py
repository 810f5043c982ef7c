"""One task of an experiment: some replications of one design, and the wanted figures of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from caixue.lang import tr
from caixue.metrics import figure_value
from twin.replications import Batch as Days
from twin.replications import Wanted, do_batch

if TYPE_CHECKING:
    from caixue.site import Site
    from twin.arrivals import ArrivalLog
    from twin.scenario_model import Scenario
    from twin.timing.design import Design

TIMING_DAYS = 200  # a task: fewer cost more to hand out than to do; docs/assumptions.md A-177
WIRE_DAYS = 1  # a day over real bytes takes seconds
MOST_TOLD = 5  # of the promises that one design broke


@dataclass(frozen=True, slots=True)
class WireDesign:
    """What a day over real bytes takes."""

    scenario: Scenario
    site: Site
    log: ArrivalLog | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Replications `first` to `first + count - 1` of a design."""

    design: Any  # Design or WireDesign
    first: int
    count: int
    wanted: tuple[Wanted, ...]

    @property
    def numbers(self) -> range:
        """The numbers of its replications."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class Answer:
    """A row for each replication, a column for each wanted figure, NaN where a day has no samples; and what went wrong on those days."""

    values: NDArray[np.float64]
    broken: tuple[str, ...] = ()


Work = Callable[[Batch], Answer]


def carry_out(batch: Batch) -> Answer:
    """Do one task: the same answer in any process."""
    if isinstance(batch.design, WireDesign):
        return _wire(batch.design, batch)
    done = do_batch(Days(batch.design, batch.first, batch.count, batch.wanted))
    left = tr("到最后仍有人没走", "people were left at the end")
    return Answer(done.values, tuple(f"{number}: {left}" for number in done.unfinished[:MOST_TOLD]))


def design_for(scenario: Scenario) -> WireDesign | Design:
    """Everything that does not change from day to day; raises UsageError for what the scenario's fidelity cannot do."""
    if scenario.fidelity == "timing":
        from twin.timing.design import design_of

        return design_of(scenario)
    from twin.scenario import recorded_load, scenario_site

    site, log = scenario_site(scenario), recorded_load(scenario)
    if log is not None and scenario.windows.open == "recorded":
        site = site.with_windows(log.positions)
    return WireDesign(scenario, site, log)


def days_a_task(design: Any) -> int:
    """How many replications are handed out at once."""
    return WIRE_DAYS if isinstance(design, WireDesign) else TIMING_DAYS


def engine_of(design: Any) -> str:
    """Which engine the days of a design are from."""
    if isinstance(design, WireDesign):
        return "wire" if design.site.devices else "reference"
    from twin.engines.timing import engine

    return engine()[0]


def _wire(design: WireDesign, batch: Batch) -> Answer:
    from twin.basis import basis_for
    from twin.engines.wire import run_replication
    from twin.experiment import evidence

    basis, rows, broken = basis_for(design.scenario, design.site), [], []
    for number in batch.numbers:
        one = run_replication(design.scenario, design.site, design.log, number, evidence=evidence)
        values = [figure_value(one.day, basis, wanted.figure, wanted.where) for wanted in batch.wanted]
        rows.append([value if isinstance(value, (int, float)) else np.nan for value in values])
        reasons = [*one.broken, *filter(None, (fault.failure() for fault in one.faults)), *filter(None, [one.not_steady])]
        broken += [f"{number}: {reason}" for reason in reasons]
    return Answer(np.array(rows, dtype=np.float64).reshape(batch.count, len(batch.wanted)), tuple(broken[:MOST_TOLD]))
