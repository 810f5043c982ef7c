"""Changes of a day after it was drawn, for what-ifs that no scenario key expresses; each is a documented transformation of its Workload.

`docs/planning.md` says what each leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from twin.chance import Chance
from twin.engines.timing import engine
from twin.timing.arrays import FAR, NEVER, Jam, Numbers, Workload
from twin.timing.design import Design

Change = Callable[[Design, int, Workload], Workload]  # a picklable function of the design, the replication and its workload

HEAD = "print-head-dead-dots"
SHAPE = 3.0  # of a print head's Weibull life: wear; docs/assumptions.md A-153
PASSES = 20  # of the shared robot's queue; one that keeps up settles within ten on nearly every day
SETTLED_US = 10_000_000  # mean change of a preparation in the last pass: more, and the robot is overloaded; docs/assumptions.md A-154
_STEPS = 400  # of an integral


def prepared_ahead(design: Design, number: int, workload: Workload) -> Workload:
    """Tubes are ready when a patient is called, but for the first patients of the day: as many as there are windows."""
    prepare_us, jam_at_us = workload.prepare_us.copy(), workload.jam_at_us.copy()
    ahead = np.arange(prepare_us.shape[1]) >= int((workload.fallback == 0).sum())
    prepare_us[0, ahead] = 0
    jam_at_us[ahead & (workload.jam != Jam.NONE)] = 0
    return workload._replace(prepare_us=prepare_us, jam_at_us=jam_at_us)


@dataclass(frozen=True, slots=True)
class SharedRobot:
    """One server prepares for all windows, `speed` times as fast as a window does for itself."""

    speed: float

    def __call__(self, design: Design, number: int, workload: Workload) -> Workload:
        """Preparations with their wait for the robot, found pass by pass: whoever is called earlier is right a pass earlier.

        Raises UsageError where that does not settle: such a robot is overloaded.
        """
        own_us = np.maximum(1, np.rint(workload.prepare_us[0] / self.speed)).astype(np.int64)
        run, prepare_us = engine()[1], workload.prepare_us.copy()
        prepare_us[0] = own_us
        changed = workload._replace(prepare_us=prepare_us)
        for _ in range(PASSES):
            called_us = run(changed).called_us
            waited = np.where(called_us == NEVER, own_us, robot_us(called_us, own_us))
            moved_us = np.abs(waited - prepare_us[0])
            if not moved_us.any():
                return changed
            prepare_us = prepare_us.copy()
            prepare_us[0] = waited
            changed = workload._replace(prepare_us=prepare_us)
        if moved_us.mean() > SETTLED_US:
            what = tr(
                f"{self.speed:g} 倍快的备管机忙不过来，算不出稳定的等待",
                f"a robot {self.speed:g} times as fast is overloaded: its queue does not settle",
            )
            raise UsageError(what + tr("；用 --robot 选快一些的", "; choose a faster one with --robot"))
        return changed


def shared_robot(speed: float) -> Change:
    """The change to a robot of that speed."""
    return SharedRobot(speed)


def robot_us(called_us: Numbers, own_us: Numbers) -> Numbers:
    """How long after its call each is prepared by one server, first called first; those never called stay as they are."""
    done_us, waited = 0, own_us.copy()
    for visit in np.argsort(called_us, kind="stable").tolist():
        if called_us[visit] != NEVER:
            done_us = max(done_us, int(called_us[visit])) + int(own_us[visit])
            waited[visit] = done_us - called_us[visit]
    return waited


@dataclass(frozen=True, slots=True)
class HeadsEarly:
    """Print heads are replaced at that share of their mean life; failures that this prevents do not come."""

    wear: float

    def __call__(self, design: Design, number: int, workload: Workload) -> Workload:
        """Each cause stays with the probability that is left; its dice hang on its device alone."""
        kept, up_us = failures_left(self.wear), workload.up_us.copy()
        chance = Chance(design.scenario.seed, number)
        for cause, trouble in enumerate(design.troubles):
            if trouble.kind == HEAD and chance.stream(f"what-if.heads-early.{trouble.device}").random() >= kept:
                up_us[cause] = FAR
        return workload._replace(up_us=up_us)


def heads_early(wear: float) -> Change:
    """The change to heads that are replaced at that share of their mean life."""
    return HeadsEarly(wear)


def failures_left(wear: float) -> float:
    """Failures a km of heads replaced at `wear` of their mean life (or when they fail before), over those of heads used until they fail."""
    reliable = _reliable(wear)
    return (1.0 - reliable[-1]) / _used(wear, reliable)


def heads_used(wear: float) -> float:
    """Heads a km of that policy over heads a km of using them until they fail."""
    return 1.0 / _used(wear, _reliable(wear))


def _reliable(wear: float) -> list[float]:
    """The share of heads that still work at evenly spaced ages from 0 to `wear`, in mean lives."""
    scale = 1.0 / math.gamma(1.0 + 1.0 / SHAPE)
    return [math.exp(-((wear * step / _STEPS / scale) ** SHAPE)) for step in range(_STEPS + 1)]


def _used(wear: float, reliable: list[float]) -> float:
    """The mean life that is used, in mean lives (trapezoids)."""
    return wear / _STEPS * (sum(reliable) - (reliable[0] + reliable[-1]) / 2)
