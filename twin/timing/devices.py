"""What sites with devices add to a day of timing: preparation, jams, causes of trouble, supplies, the belt; from the calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from caixue.site import Site
from twin.chance import Chance
from twin.people import Numbers, lognormal_parameters
from twin.scenario_model import Scenario
from twin.things import TRANSPORT_SD_SHARE
from twin.timing import calibration
from twin.timing.arrays import What
from twin.timing.calibration import LATE_QUANTILES, Calibration

if TYPE_CHECKING:
    from twin.timing.coming import Coming, Jams
    from twin.timing.expected import Away
    from twin.timing.quick_chance import QuickChance
    from twin.timing.struck import Struck, Whole
    from twin.timing.supplies import Supplies
    from twin.timing.troubles import Trouble
    from twin.timing.visits import Visits

FINE = 1024  # quantiles of how late preparations are: one of them is drawn, as fast as can be
NO_TRAY = 2**40  # tubes: a porter comes before a tray is full


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From the window to the laboratory: µs a tube at the belt, the mean beyond it, and what the belt takes from the last window and from the first."""

    tube_us: float
    mean_us: float
    belt_us: tuple[float, float]

    def columns(self, chance: Chance, tubes: Numbers) -> dict[str, Any]:
        """When tubes are loaded and how long they are on the way; nobody knows yet from which window."""
        dice, count = chance.numpy_stream("timing.way"), len(tubes)
        mean, sd = lognormal_parameters(self.mean_us, TRANSPORT_SD_SHARE * self.mean_us)
        way_us = np.exp(mean + sd * dice.standard_normal(count)) + dice.uniform(*self.belt_us, count)
        return {
            "tubes": tubes,
            "belt_us": np.rint(self.tube_us * tubes).astype(np.int64),
            "way_us": np.rint(way_us).astype(np.int64),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Preparations:
    """How long preparations take: 2 × tubes at a window and at the manual station, and how much later, at evenly spaced quantiles."""

    median_us: Numbers
    late_us: Numbers

    def draw(self, chance: Chance, tubes: Numbers) -> Numbers:
        """2 × V."""
        late = chance.numpy_stream("timing.preparation").integers(len(self.late_us), size=len(tubes))
        return self.median_us.take(tubes, axis=1) + self.late_us.take(late)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything that the devices of a design add and that does not hang on chance; on bare windows only what its [[fault]] rows do."""

    rows: tuple[Struck | Whole, ...]
    coming: Coming | None
    jams: Jams | None
    troubles: tuple[Trouble, ...]  # of the rows, then of what comes by itself
    order: tuple[int, ...]  # of the troubles, by position
    fixed: Mapping[str, Any]  # columns that are the same every day
    prepared: Preparations | None
    way: Way | None
    supplies: Supplies | None


def troubles_of(scenario: Scenario, site: Site, positions: Sequence[str]) -> list[Trouble]:
    """The causes of trouble besides [[random_fault]] rows, known before any die is cast; sorted by position.

    Raises UsageError for a [[fault]] row that only wire runs simulate.
    """
    plan = plan_of(scenario, site, tuple(positions), calibration.shipped())
    return [plan.troubles[place] for place in plan.order]


def columns_of(plan: Plan, chance: QuickChance, visits: Visits) -> dict[str, Any]:
    """Columns of the Workload that devices change from day to day, instead of those of bare windows."""
    if plan.prepared is None or plan.way is None or plan.supplies is None:
        return {}
    tubes, prepare_us, need = _prepared(plan.prepared, plan.supplies, chance, visits.tubes)
    columns = {"prepare_us": prepare_us, "need": need, **plan.way.columns(chance, tubes)}
    return columns if plan.jams is None else columns | plan.jams.draw(chance, tubes, prepare_us[0])


def _prepared(prepared: Preparations, supplies: Supplies, chance: QuickChance, tubes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    from twin.timing.quick_visits import quickly

    found = quickly(chance, prepared, supplies, tubes)
    if found is not None:
        return found
    total = tubes.sum(axis=0)
    return total, prepared.draw(chance, total), supplies.need(tubes, total)


def plan_of(
    scenario: Scenario, site: Site, positions: tuple[str, ...], known: Calibration, columns: Mapping[str, Any] | None = None
) -> Plan:
    """What the devices of `site` add to every day of the scenario; `columns` has the calendar that engineers' absences change."""
    rows, coming, jams, away = _troubles(scenario, site, positions, known)
    causes = [*(cause for _, some in rows for cause in some), *(coming.troubles if coming is not None else ())]
    order = tuple(sorted(range(len(causes)), key=lambda place: causes[place].where))
    fixed = _calendar(columns, away) if columns is not None and away else {}
    if not site.devices:
        return Plan(tuple(row for row, _ in rows), None, None, tuple(causes), order, fixed, None, None, None)
    from twin.timing.supplies import supplies_of

    supplies = supplies_of(site, positions, site.walking.engineer_us + known.refill.mean_us)
    fixed |= {"approach_us": site.walking.approach_us, "resumes": 0, "tray": NO_TRAY}
    fixed |= {name: getattr(supplies, name) for name in ("level", "capacity", "low", "refill_us")}
    return Plan(
        tuple(row for row, _ in rows), coming, jams, tuple(causes), order, fixed, _preparations(site, known), _way(site, known), supplies
    )


def _troubles(scenario: Scenario, site: Site, positions: tuple[str, ...], known: Calibration) -> tuple[Any, Any, Any, Any]:
    """The rows with their causes, what comes by itself, the jams and the absences; on a calm morning nothing has to be looked up."""
    if not scenario.faults and not scenario.random_faults.enabled:
        return (), None, None, ()
    from twin.timing.expected import struck_rows
    from twin.timing.known import Known
    from twin.timing.rates import coming_by_itself

    measured = Known(site, known, positions)
    rows, away = struck_rows(scenario, measured)
    return rows, *coming_by_itself(scenario, measured), away


def _calendar(columns: Mapping[str, Any], away: Sequence[Away]) -> dict[str, Any]:
    """The calendar with the engineers who are on site."""
    names = [f"calendar_{name}" for name in ("us", "what", "who", "value")]
    every = list(zip(*(columns[name].tolist() for name in names), strict=True))
    rows = [row for row in every if row[1] != What.ENGINEERS]
    usual = [(us, value) for us, what, _, value in every if what == What.ENGINEERS]
    for at_us in sorted({us for us, _ in usual} | {us for span in away for us in (span.from_us, span.until_us)}):
        there = max((us, value) for us, value in usual if us <= at_us)[1]
        gone = sum(span.count for span in away if span.from_us <= at_us < span.until_us)
        rows.append((at_us, int(What.ENGINEERS), 0, max(0, there - gone)))
    return {name: np.array(column, np.int64) for name, column in zip(names, zip(*sorted(rows), strict=True), strict=True)}


def _preparations(site: Site, known: Calibration) -> Preparations:
    most = max(site.tubes.patient_max, *(row.tubes for row in known.window.by_tubes))
    manual = known.manual or known.window
    median_us = np.array([[one.median(tubes) for tubes in range(most + 1)] for one in (known.window, manual)], np.int64)
    late_us = np.interp((np.arange(FINE) + 0.5) / FINE, LATE_QUANTILES, known.window.late_us)
    return Preparations(median_us, np.maximum(np.rint(late_us).astype(np.int64), 1 - median_us[:, 1:].min()))


def _way(site: Site, known: Calibration) -> Way:
    belted = any(device.kind == "conveyor" for device in site.devices.values())
    if not belted or known.belt is None:
        return Way(0.0, float(site.transport.mean_us), (0.0, 0.0))
    from twin.timing.expected import belt_tube_us

    longest_us = known.belt.last_us + (len(site.windows) - 1) * known.belt.window_us
    return Way(belt_tube_us(), float(site.transport.beyond_belt_us), (float(known.belt.last_us), float(longest_us)))
