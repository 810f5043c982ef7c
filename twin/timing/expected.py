"""Which troubles the [[fault]] rows of a scenario may be on a day of timing, and when engineers are away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from caixue.errors import UsageError
from caixue.site import Site
from caixue.units import duration_us
from twin.faults.catalogue import GENERAL, Fault, catalogue
from twin.faults.felt import Feel, effect, refusal
from twin.scenario_model import Fault as FaultLine
from twin.scenario_model import Scenario
from twin.timing.arrays import EVERYWHERE, LOW, URGENT, Cause
from twin.timing.calibration import QUANTILES, Felt
from twin.timing.known import CAN_WAIT, Known
from twin.timing.struck import Struck, Visited, Whole, belt_spells, mains_spells, usual
from twin.timing.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Away:
    """Engineers who are not on site for a while; `guided_from_us` until `until_us` the telephone is answered after `answers_us`."""

    from_us: int
    until_us: int
    count: int
    answers_us: int


def struck_rows(scenario: Scenario, known: Known) -> tuple[list[tuple[Struck | Whole, tuple[Trouble, ...]]], list[Away]]:
    """Each [[fault]] row with its causes, and when engineers are away. Raises UsageError for what timing does not simulate."""
    lines = [(number, line, _row(line, known)) for number, line in enumerate(scenario.faults)]
    away = [_away(line, row, scenario, known) for _, line, row in lines if _feel(line, row, known) is Feel.AWAY]
    visited = Visited()
    rows: list[tuple[Struck | Whole, tuple[Trouble, ...]]] = []
    for number, line, row in lines:
        refused = refusal(row, line.detail)
        if refused:
            raise UsageError(f"{scenario.path}: [[fault]] {number + 1}, {line.target}: {refused[1]}")
        rows += _causes(number, line, row, scenario, known, visited, away)
    return rows, away


def _row(line: FaultLine, known: Known) -> Fault:
    return catalogue()["link" if line.link is not None else known.kind_of(line.target), line.kind]


def _feel(line: FaultLine, row: Fault, known: Known) -> Feel:
    return effect(row.device, row.kind, at_window=known.where(line.target) != EVERYWHERE).feel


def _causes(
    number: int, line: FaultLine, row: Fault, scenario: Scenario, known: Known, visited: Visited, away: Sequence[Away]
) -> Iterator[tuple[Struck | Whole, tuple[Trouble, ...]]]:
    feel = _feel(line, row, known)
    if feel is Feel.MAINS:
        yield _whole(_mains(line, row, known))
    elif feel is Feel.BELT:
        yield _whole(_belt(line, row, scenario, known, visited))
    elif feel is Feel.AWAY:
        return
    elif known.where(line.target) == EVERYWHERE:
        yield _whole(_call(line, row, known, visited))
    else:
        yield _at_window(number, line, row, scenario, known, visited, away, feel)


def _whole(one: Whole) -> tuple[Whole, tuple[Trouble, ...]]:
    return one, one.causes


def _at_window(
    number: int, line: FaultLine, row: Fault, scenario: Scenario, known: Known, visited: Visited, away: Sequence[Away], feel: Feel
) -> tuple[Struck, tuple[Trouble, ...]]:
    kind = known.kind_of(line.target)
    felt = known.felt(kind, row, link=line.link is not None)
    if feel is Feel.LANE and _has_another_lane(line, row, known.site):
        felt = felt.model_copy(update={"stops": 0.0, "calls": 1.0, "noticed_us": felt.noticed_us or (known.noticed_us,) * len(QUANTILES)})
    device = known.named(line.target, felt)
    called = (felt.stops and felt.cleared_us is None) or felt.calls
    visit = visited.next(device) if called else 1
    one = Struck(number, line.at_us, line.for_us, felt, known.repair(device, row, visit), scenario.duration_us)
    one = replace(one, guided=_guided(one, row, away))
    return one, tuple(one.troubles(line.target, known.where(line.target)))


def _has_another_lane(line: FaultLine, row: Fault, site: Site) -> bool:
    lane = {**row.detail, **line.detail}.get("lane")
    kind = next((kind for number, kind in site.tubes.lanes if number == lane), "")
    return len(site.tubes.lanes_of(kind)) > 1


def _guided(one: Struck, row: Fault, away: Sequence[Away]) -> tuple[int, int] | None:
    """What a nurse can do by telephone, as in the wire room, while nobody is on site at the usual time of the call."""
    at_us = one.at_us + _called_us(one.felt)
    absent = next((span for span in away if span.from_us <= at_us < span.until_us), None)
    if absent is None:
        return None
    from twin.off_site import GUIDED_FACTOR, GUIDED_WITHIN_S

    can = row.severity == GENERAL and not row.part and row.repair_mean_s <= GUIDED_WITHIN_S
    return (absent.answers_us, GUIDED_FACTOR) if can and one.felt.cleared_us is None else None


def _call(line: FaultLine, row: Fault, known: Known, visited: Visited) -> Whole:
    """Only the engineer's time."""
    kind = known.kind_of(line.target)
    felt = known.felt(kind, row, link=line.link is not None)
    noticed_us = usual(felt.noticed_us) if felt.noticed_us else known.noticed_us
    urgency = LOW if kind in CAN_WAIT else URGENT
    trouble = Trouble(line.target, line.kind, Cause.SLOW, EVERYWHERE, urgency, hidden_us=noticed_us)
    return Whole((trouble,), at_us=line.at_us + noticed_us, repair=known.repair(line.target, row, visited.next(line.target)))


def _belt(line: FaultLine, row: Fault, scenario: Scenario, known: Known, visited: Visited) -> Whole:
    felt = known.felt(known.kind_of(line.target), row, link=False)
    noticed_us = usual(felt.noticed_us) if felt.noticed_us else known.noticed_us
    if line.for_us is None:
        trouble = Trouble(line.target, line.kind, Cause.BELT, EVERYWHERE, URGENT, noticed_us)
        return Whole((trouble,), at_us=line.at_us, repair=known.repair(line.target, row, visited.next(line.target)))
    from twin.belt import CALL_SHARE  # the porter of the wire room, at a usual pace; docs/assumptions.md A-132

    tray, porter_us = known.site.transport.tray_tubes, known.site.transport.porter_us
    full_us = round(CALL_SHARE * tray / tubes_per_us(scenario, known.site)) + porter_us
    taken_us = round(tray * len(known.site.windows) * belt_tube_us())
    trouble = Trouble(line.target, line.kind, Cause.BELT, EVERYWHERE, URGENT, itself=True)
    return Whole((trouble,), (belt_spells(line.at_us, line.for_us, full_us, taken_us),))


def belt_tube_us() -> float:
    """How often the belt has a gap for one more tube."""
    from caixue.drivers.conveyor import CARD

    return CARD.limits["gap_mm"] / CARD.limits["usual_mm_s"] * 1e6


def tubes_per_us(scenario: Scenario, site: Site) -> float:
    """Of one window that draws blood without a pause."""
    visit_us = site.walking.approach_us + (scenario.load.service.mean_us or site.walking.approach_us)
    return site.tubes.patient_mean / visit_us


def _mains(line: FaultLine, row: Fault, known: Known) -> Whole:
    from caixue.ops.power import SWITCH_ON_S

    dark_us = line.for_us if line.for_us is not None else round(row.repair_mean_s * 1e6)
    release_us = duration_us({**row.detail, **line.detail}["release_after"])
    return mains_spells(line.target, len(known.positions), line.at_us, dark_us + release_us, round(SWITCH_ON_S * 1e6) + known.restart_us)


def _away(line: FaultLine, row: Fault, scenario: Scenario, known: Known) -> Away:
    """They come back after their time, or after the way from the first call that only they can answer."""
    detail = {**row.detail, **line.detail}
    answers_us, travel_us = duration_us(detail["answers_after"]), duration_us(detail["travel"])
    count = scenario.staff.engineers if line.target == "engineer" else 1
    until_us = scenario.duration_us if line.for_us is None else line.at_us + line.for_us
    if count >= scenario.staff.engineers:
        calls = [at_us + answers_us + travel_us for at_us in _calls(scenario, known) if line.at_us <= at_us < until_us]
        until_us = min([until_us, *calls])
    return Away(line.at_us, until_us, count, answers_us)


def _calls(scenario: Scenario, known: Known) -> Iterator[int]:
    """When engineers are usually called on site by the rows: for all but what a nurse can do by telephone."""
    from twin.off_site import GUIDED_WITHIN_S

    for line in scenario.faults:
        row = _row(line, known)
        guided = row.severity == GENERAL and not row.part and row.repair_mean_s <= GUIDED_WITHIN_S
        if guided or _feel(line, row, known) is not Feel.WINDOW:
            continue
        yield line.at_us + _called_us(known.felt(known.kind_of(line.target), row, link=line.link is not None))


def _called_us(felt: Felt) -> int:
    """How long after a fault the engineer is usually called."""
    return usual(felt.hidden_us or felt.noticed_us) + max(0, felt.call_us)
