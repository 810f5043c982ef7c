"""Days of timing for tests: random workloads of every kind beside a design that fits them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from twin.engines.timing import engine
from twin.equality.days import GRIDS_S, random_day
from twin.scenario import load_scenario
from twin.timing.arrays import EVERYWHERE, Cause, Workload
from twin.timing.design import Design, design_of
from twin.timing.figures import Drawn
from twin.timing.troubles import Trouble
from twin.timing.untold import Untold

HOURS = ("", 'windows.open={ "1-2" = "07:00-09:00", "3-8" = "09:30-12:00" }', 'windows.open={ "1" = "07:20-08:00", "2-8" = "07:30-12:30" }')
CLASSES = 'patient_class=[{ name = "child", share = 0.2, nurses_needed = 2 }, { name = "timed", share = 0.2, returns = ["60 min"], tolerance = "5 min" }]'
DEVICE = "label-printer"
KIND = "print-head-dead-dots"  # 较大 where it stops a window


@cache
def base(hours: str, engineers: int) -> Design:
    """A design with devices and three classes of patients."""
    changes = ["fidelity=timing", "fault=[]", "steady=[]", "expect=[]", CLASSES, f"staff.engineers={engineers}"]
    return design_of(load_scenario("peak-monday", [*changes, *([hours] if hours else [])]))


def random_days(seed: int, count: int) -> Iterator[tuple[Design, Drawn]]:
    """Random days that an engine has run, each with a design of its own; those that ask for more draws than there are, are left out."""
    for number in range(count):
        dice = np.random.default_rng([seed, number])
        workload = random_day(seed, number, GRIDS_S[number % len(GRIDS_S)])
        course = engine()[1](workload)
        if course.status <= 1:
            kinds = dice.integers(3, size=len(workload.again))
            yield fitting(workload, HOURS[number % len(HOURS)], 1 + number % 2), Drawn(workload, course, kinds)


def fitting(workload: Workload, hours: str, engineers: int) -> Design:
    """A design with the positions and the causes of that workload; every third cause is a window that breaks down by itself."""
    design, fallback = base(hours, engineers), workload.fallback.tolist()
    names = tuple(f"manual-{place}" if fallback[place] else f"window-{place + 1}" for place in range(len(fallback)))
    windows = tuple(
        replace(design.site.windows[0], name=name, index=index) for index, name in enumerate(names) if name.startswith("window")
    )
    devices = {
        f"{window.name}.{DEVICE}": replace(design.site.devices[f"window-1.{DEVICE}"], name=f"{window.name}.{DEVICE}") for window in windows
    }
    rows = zip(workload.cause_kind.tolist(), workload.cause_at.tolist(), workload.cause_itself.tolist(), strict=True)
    return replace(
        design,
        site=replace(design.site, windows=windows, devices=devices),
        positions=names,
        troubles=tuple(_trouble(number, names, *row) for number, row in enumerate(rows)),
        untold=Untold(),  # every figure of such a day is compared
    )


def _trouble(number: int, names: tuple[str, ...], kind: int, where: int, itself: int) -> Trouble:
    device = "conveyor-1" if where == EVERYWHERE else f"{names[where]}.{DEVICE}"
    hidden_us = 7_000_000 * (number % 2)
    return Trouble(device, KIND, Cause(kind), where, 1, 0, bool(itself), 0, hidden_us, 0 if number % 3 == 2 else None)
