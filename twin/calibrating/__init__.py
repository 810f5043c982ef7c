"""Calibration: the times that timing needs, measured from the journals of wire runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.site import Site
from twin.calibrating.mornings import Morning, mornings_of, stocked
from twin.calibrating.reading import Reader
from twin.calibrating.summary import Pool
from twin.commit import commit
from twin.engines.wire import run_replication
from twin.experiment import Progress
from twin.scenario import load_scenario, recorded_load, scenario_site
from twin.scenario_model import Scenario

GOLDEN = ("peak-monday",)  # the mornings that are measured where none is named


def calibrate(
    names: Sequence[str], replications: int, *, day: str = "", progress: Callable[[Progress], None] | None = None
) -> dict[str, Any]:
    """The content of a calibration file, measured from wire runs of these scenarios; `day` is the date that it bears.

    Raises UsageError for a bad scenario, for scenarios of different sites, and for a site without devices.
    """
    scenarios = [load_scenario(name) for name in names]
    site = _one_site(scenarios)
    runs = [morning for scenario in scenarios for morning in mornings_of(scenario, site, replications)]
    pool = Pool(site)
    for number, morning in enumerate(runs):
        pool.add(morning, Reader(site, site.walking.approach_us).read(_events(morning, site, _tell(progress, number, len(runs)))))
    source = {
        "scenarios": [scenario.name for scenario in scenarios],
        "seeds": [scenario.seed for scenario in scenarios],
        "replications": replications,
        "runs": len(runs),
        "commit": commit(),
        "date": day,
    }
    return pool.table(source)


def _events(morning: Morning, site: Site, tell: Callable[[int, int], None] | None) -> Sequence[Event]:
    return run_replication(morning.scenario, site, recorded_load(morning.scenario), morning.replication, tell).events


def _tell(progress: Callable[[Progress], None] | None, number: int, runs: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda now_us, expected_us: progress(Progress(number, runs, now_us, expected_us))


def _one_site(scenarios: Sequence[Scenario]) -> Site:
    sites = {scenario.site_source: scenario_site(scenario) for scenario in scenarios}
    if len(sites) != 1:
        names = ", ".join(sites)
        raise UsageError(tr(f"一次只能标定一个场所：{names}", f"calibrate one site at a time: {names}"))
    (site,) = sites.values()
    if not site.devices:
        raise UsageError(tr(f"场所 {site.name} 没有设备，没有可标定的", f"site {site.name} has no devices: nothing to calibrate"))
    return stocked(site)
