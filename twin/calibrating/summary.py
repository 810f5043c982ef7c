"""From the readings of many runs to one calibration: medians, spreads and shares, and their text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import Site
from twin.calibrating.mornings import EVERY_US, Morning
from twin.calibrating.reading import NEVER, Reading, Trouble, Visit
from twin.faults.catalogue import catalogue
from twin.timing.calibration import LATE_QUANTILES, QUANTILES

RESTART_MOST_US = 60_000_000  # what takes longer after a repair was no restart
Key = tuple[str, str, bool]  # kind of device, kind of fault, whether on its link
Row = dict[str, Any]


@dataclass(slots=True)
class Pool:
    """All readings of one site, taken run by run."""

    site: Site
    calm: list[Reading] = field(default_factory=list)
    faulty: list[tuple[Morning, Reading]] = field(default_factory=list)

    def add(self, morning: Morning, reading: Reading) -> None:
        """One run is over."""
        if morning.faults:
            self.faulty.append((morning, reading))
        else:
            self.calm.append(reading)

    def table(self, source: Row) -> Row:
        """The content of a calibration file; raises UsageError where nobody was served."""
        everything = [*self.calm, *(reading for _, reading in self.faulty)]
        windows = {window.name for window in self.site.windows}
        visits = [visit for reading in self.calm for visit in reading.visits if visit.window in windows]
        manual = [visit for reading in everything for visit in reading.visits if visit.window == self.site.manual_station.name]
        if not visits:
            raise UsageError(
                tr("没有测到备管：场景里要有设备和患者", "no preparation was measured: the scenario needs devices and patients")
            )
        usual = preparation(visits, self.site.tubes.patient_max)
        table: Row = {"schema": 1, "source": source, "window": usual}
        if manual:
            table["manual"] = preparation(manual, self.site.tubes.patient_max)
        table["restart"] = spell(list(self._restarts()))
        walk_us = self.site.walking.engineer_us
        table["refill"] = spell([took_us - walk_us for reading in everything for took_us in reading.refills_us])
        if any(device.kind == "conveyor" for device in self.site.devices.values()):
            table["belt"] = self._belt()
        table["use"] = use(everything, self.calm)
        table["fault"] = self._faults({row["tubes"]: row["median_s"] * 1e6 for row in usual["by_tubes"]}, mean_late_us(usual))
        return table

    def _restarts(self) -> Iterable[int]:
        """From the end of a repair until the window is back; a link that suffers ends by itself, long before anybody tries the window."""
        for morning, reading in self.faulty:
            links = {line.target for line in morning.scenario.faults if line.link is not None}
            for trouble in reading.troubles:
                if trouble.target in links:
                    continue
                took_us = trouble.restored_us - trouble.ended_us
                if NEVER not in (trouble.restored_us, trouble.ended_us) and 0 < took_us < RESTART_MOST_US:
                    yield took_us

    def _belt(self) -> Row:
        """Medians would hide the rare long way: the means of the windows, and a line through them, each as heavy as its tubes."""
        means = []
        for window in self.site.windows:
            ways = [way_us for reading in self.calm for way_us in reading.ways_us.get(window.name, ())]
            if ways:
                means.append((len(self.site.windows) - 1 - window.index, float(np.mean(ways)), len(ways)))
        before, mean_us, n = (np.array(column, np.float64) for column in zip(*means, strict=True))
        slope, last = np.polyfit(before, mean_us, 1, w=np.sqrt(n)) if len(means) > 1 else (0.0, mean_us[0])
        return {"n": int(n.sum()), "last_s": seconds(last - self.site.transport.beyond_belt_us), "window_s": seconds(slope)}

    def _faults(self, median_us: Mapping[int, float], late_us: float) -> list[Row]:
        found: dict[Key, list[tuple[Trouble, list[float]]]] = defaultdict(list)
        for morning, reading in self.faulty:
            links = {(line.target, line.kind, line.at_us): line.link is not None for line in morning.scenario.faults}
            for trouble in reading.troubles:
                kind = self.site.devices[trouble.target].kind
                within = meanwhile(trouble, reading.visits, self.site)
                slower = [visit.took_us - median_us[visit.tubes] - late_us for visit in within]
                found[kind, trouble.kind, links.get((trouble.target, trouble.kind, trouble.armed_us), False)].append((trouble, slower))
        return [felt(key, rows, self.site) for key, rows in sorted(found.items())]


def meanwhile(trouble: Trouble, visits: Iterable[Visit], site: Site) -> Iterable[Visit]:
    """Preparations that were wholly within the fault, at its window; none of what all windows share."""
    window = site.devices[trouble.target].window
    until_us = min(trouble.armed_us + EVERY_US, trouble.ended_us if trouble.ended_us != NEVER else 2**62)
    return (visit for visit in visits if visit.window == window and visit.called_us >= trouble.armed_us and visit.prepared_us <= until_us)


def preparation(visits: Sequence[Visit], most: int) -> Row:
    """How long preparations take: by tubes, and what comes on top of the median."""
    by_tubes: dict[int, list[int]] = defaultdict(list)
    for visit in visits:
        by_tubes[visit.tubes].append(visit.took_us)
    medians = {tubes: float(np.median(took)) for tubes, took in by_tubes.items()}
    late = np.concatenate([np.array(took) - medians[tubes] for tubes, took in sorted(by_tubes.items())])
    rows = [_of_tubes(tubes, by_tubes.get(tubes, []), medians) for tubes in range(1, max(most, *medians) + 1)]
    return {"n": len(visits), "late_s": [seconds(one) for one in np.quantile(late, LATE_QUANTILES)], "by_tubes": rows}


def _of_tubes(tubes: int, took: Sequence[int], medians: Mapping[int, float]) -> Row:
    if took:
        return {"tubes": tubes, "n": len(took), "median_s": seconds(medians[tubes]), **mean_and_sd(took)}
    carried = seconds(carry_on(tubes, medians))
    return {"tubes": tubes, "n": 0, "median_s": carried, "mean_s": carried, "sd_s": 0.0}


def mean_and_sd(times_us: Sequence[int]) -> Row:
    """Of a time that was measured at least once."""
    return {"mean_s": seconds(np.mean(times_us)), "sd_s": seconds(np.std(times_us))}


def carry_on(tubes: int, medians: Mapping[int, float]) -> float:
    """A straight line through the medians, where nobody needed so many tubes."""
    if len(medians) == 1:
        ((known, median_us),) = medians.items()
        return median_us / known * tubes
    slope, first = np.polyfit(list(medians), list(medians.values()), 1)
    return float(first + slope * tubes)


def mean_late_us(usual: Row) -> float:
    """How much later the mean preparation is than its median."""
    rows = usual["by_tubes"]
    return float(np.average([row["mean_s"] - row["median_s"] for row in rows], weights=[row["n"] for row in rows]) * 1e6)


def spell(times_us: Sequence[int]) -> Row:
    """Number, mean and standard deviation; zeros where nothing was measured."""
    if not times_us:
        return {"n": 0, "mean_s": 0.0, "sd_s": 0.0}
    return {"n": len(times_us), **mean_and_sd(times_us)}


def use(everything: Sequence[Reading], calm: Sequence[Reading]) -> Row:
    """Labels and slips on mornings without faults; tubes that are lost when somebody is sent back."""
    drawn = sum(reading.drawn for reading in calm)
    return {
        "n": drawn,
        "labels_per_tube": ratio((reading.labels, reading.drawn) for reading in calm),
        "slips_per_patient": ratio((reading.slips, len(reading.visits)) for reading in calm),
        "voided_per_bump": ratio((reading.void, reading.bumped) for reading in everything),
    }


def ratio(pairs: Iterable[tuple[int, int]]) -> float:
    """The sum of the first over that of the second; 0 where that is nothing."""
    above, below = (sum(column) for column in zip(*pairs, strict=True))
    return round(above / below, 4) if below else 0.0


def felt(key: Key, rows: Sequence[tuple[Trouble, Sequence[float]]], site: Site) -> Row:
    """One row of the file for one kind of fault."""
    device, kind, link = key
    troubles = [trouble for trouble, _ in rows]
    stopped = [trouble for trouble in troubles if trouble.stopped_us != NEVER]
    called = [trouble for trouble in stopped if trouble.opened_us != NEVER]
    going_on = [trouble for trouble in troubles if trouble.stopped_us == NEVER]
    noticed = [trouble.opened_us - trouble.armed_us for trouble in going_on if trouble.opened_us != NEVER]
    known = catalogue().get((device, kind))
    nursed = known is not None and known.nurse_clears and not link
    row: Row = {"device": device, "kind": kind, "link": link, "n": len(troubles), "stops": share(stopped, troubles)}
    if stopped:
        row["hidden_s"] = five([trouble.stopped_us - trouble.armed_us for trouble in stopped])
    if called and not nursed:
        row["call_s"] = seconds(np.mean([trouble.opened_us - trouble.stopped_us for trouble in called]))
    elif stopped:
        cleared = [trouble.restored_us - trouble.stopped_us for trouble in stopped if trouble.restored_us != NEVER]
        row["cleared_s"] = seconds(np.mean(cleared or [0]))
    row["calls"] = share(noticed, going_on)
    if noticed:
        row["noticed_s"] = five(noticed)
    slower = [one for _, some in rows for one in some]
    row["slower_s"] = max(0.0, seconds(np.mean(slower))) if slower else 0.0
    named = [site.devices[trouble.named].kind for trouble in troubles if trouble.named in site.devices]
    usual = max(sorted(set(named)), key=named.count, default="")
    return row if usual in ("", device) else {**row, "named": usual}


def five(times_us: Sequence[int]) -> list[float]:
    """The quantiles of a time with few samples."""
    return [seconds(one) for one in np.quantile(times_us, QUANTILES)]


def share(some: Sequence[object], of: Sequence[object]) -> float:
    """How many of them; 0 of none."""
    return round(len(some) / len(of), 4) if of else 0.0


def seconds(microseconds: float | np.floating[Any]) -> float:
    """As the file has it, to a tenth of a millisecond."""
    return round(float(microseconds) / 1e6, 4)
