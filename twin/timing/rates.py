"""What comes by itself on a day of timing at the catalogue's rates: by the hour, by the day, by use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from twin.faults.catalogue import Fault, catalogue
from twin.faults.felt import Feel, effect
from twin.people import HOUR_US, WEEKDAY_MORNING_PER_H
from twin.scenario import recorded_load
from twin.scenario_model import Scenario
from twin.timing.arrays import EVERYWHERE, LOW, URGENT, Cause
from twin.timing.calibration import Felt
from twin.timing.coming import Coming, Group, Jams, Source, coming, jams
from twin.timing.known import CAN_WAIT, Known
from twin.timing.troubles import Trouble


def coming_by_itself(scenario: Scenario, known: Known) -> tuple[Coming | None, Jams | None]:
    """The causes at the catalogue's rates, and the jams; none where the scenario does not ask for them."""
    scale = scenario.random_faults.scale if scenario.random_faults.enabled else 0.0
    if not scale or not known.site.devices:
        return None, None
    at = {name: list(_sources(scenario, known, name, scale)) for name in known.positions}
    groups = [
        *_shared_groups(list(_sources(scenario, known, "", scale)), known),
        *(one for some in at.values() for one in _groups(some, known)),
    ]
    found = coming(groups, scenario.duration_us) if groups else None
    return found, jams(at[known.positions[0]], known.walk_us, known.restart_us)


def _sources(scenario: Scenario, known: Known, window: str, scale: float) -> Iterator[Source]:
    """What comes by itself at the devices of a window; "" means those that all share."""
    for device in known.site.devices.values():
        if device.window != window:
            continue
        for row in catalogue().values():
            if row.device == device.kind and row.mean_between is not None:
                yield _source(device.name, row, known.felt(device.kind, row, link=False), scenario, known, scale)


def _source(device: str, row: Fault, felt: Felt, scenario: Scenario, known: Known, scale: float) -> Source:
    """Its rate by the clock; what goes by use is by use where it stops a window, else spread over the day."""
    assert row.mean_between is not None
    if row.per in ("h", "day"):
        return Source(device, row, felt, scale / row.mean_between / (HOUR_US if row.per == "h" else scenario.duration_us))
    per_use = scale / row.mean_between * (known.site.labels.feed_mm / 1e6 if row.per == "km" else 1.0)
    if felt.stops and known.where(device) != EVERYWHERE:
        return Source(device, row, felt, 0.0, per_use)
    uses = people_of(scenario) * (1.0 if row.per == "cut" else known.site.tubes.patient_mean)
    alike = len(known.site.windows) if known.where(device) != EVERYWHERE else 1
    return Source(device, row, felt, per_use * uses / alike / scenario.duration_us)


def people_of(scenario: Scenario) -> float:
    """How many people may be expected, roughly: for what goes by use and is no jam. Of a recorded day, its rows."""
    load, recorded = scenario.load, recorded_load(scenario)
    if recorded is not None:
        return float(len(recorded.arrived_us))
    rates, slot_us = (load.rates_per_h, load.slot_us) if load.rates_per_h is not None else (WEEKDAY_MORNING_PER_H, HOUR_US)
    return load.scale * sum(rates) * slot_us / HOUR_US


def _groups(sources: Sequence[Source], known: Known) -> Iterator[Group]:
    """What stops one window until an engineer comes, what a nurse clears there, and what only calls the engineer."""
    for stops, nursed in ((True, False), (True, True), (False, False)):
        chosen = [
            one
            for one in sources
            if one.per_us and (one.felt.stops >= 0.5) == stops and (stops and one.felt.cleared_us is not None) == nursed
        ]
        if chosen:
            yield Group(_named(chosen, known, stops=stops, nursed=nursed), chosen, _on_top(chosen, known))


def _on_top(sources: Iterable[Source], known: Known) -> list[int]:
    """Beside the repair: the way and the restart, less what the monitor was ahead of the stop; or all of it, where a nurse clears it."""
    usual_us = known.walk_us + known.restart_us
    return [one.felt.cleared_us if one.felt.cleared_us is not None else usual_us + min(0, one.felt.call_us) for one in sources]


def _named(sources: Sequence[Source], known: Known, *, stops: bool, nursed: bool) -> Trouble:
    """A cause that is any of these, under the name of the most frequent."""
    first = _most_frequent(sources)
    total = sum(one.per_us for one in sources)
    call_us = round(sum(max(0, one.felt.call_us) * one.per_us for one in sources) / total) if stops and not nursed else 0
    what = Cause.STOP if stops else Cause.SLOW
    return Trouble(first.device, first.row.kind, what, known.where(first.device), URGENT, call_us, itself=nursed, hidden_us=first.hidden_us)


def _most_frequent(sources: Sequence[Source]) -> Source:
    return max(sources, key=lambda one: one.per_us)


def _shared_groups(sources: Sequence[Source], known: Known) -> Iterator[Group]:
    """What all windows share: the belt, and the engineer's time."""
    feels: dict[tuple[Feel, bool], list[Source]] = {}
    for one in sources:
        if one.per_us:
            feels.setdefault((effect(one.row.device, one.row.kind, at_window=False).feel, one.row.device in CAN_WAIT), []).append(one)
    for (feel, waits), chosen in feels.items():
        first, belt = _most_frequent(chosen), feel is Feel.BELT
        call_us = known.noticed_us if belt else 0
        trouble = Trouble(first.device, first.row.kind, Cause.BELT if belt else Cause.SLOW, EVERYWHERE, LOW if waits else URGENT, call_us)
        yield Group(trouble, chosen, [known.walk_us + known.restart_us] * len(chosen))
