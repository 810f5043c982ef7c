"""What must be refilled, in which order (contract C2.1.2, C2.1.3): pure decisions from levels, expected use and the time of day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil, sqrt

from caixue.clock import SHANGHAI
from caixue.ops.loads import Load
from caixue.ops.slots import EMPTY, KIOSK_ROLL, LABEL_ROLL, LOW, THERMAL_ROLL, Key, Slot, slots_of
from caixue.site_model import Site
from caixue.units import DaySpan

PATIENTS_PER_H = 100.0  # of the whole room, an open hour of a Monday; docs/assumptions.md A-98
SAFETY = 2.33  # standard deviations of a Poisson count above its mean: it lasts in 99 of 100 cases; docs/assumptions.md A-98
TIME_TO_REFILL = timedelta(minutes=15)  # of the engineer's shift that must be left after closing; docs/assumptions.md A-98

WRONG, EXPIRED, RUNS_OUT = "wrong-kind", "expired", "will-not-last"
URGENCY = {WRONG: 0, EMPTY: 0, EXPIRED: 1, LOW: 1, RUNS_OUT: 2}  # why → how urgent; 0 stops a window
WHY_ZH = {WRONG: "装错管", EMPTY: "已空", EXPIRED: "已过期", LOW: "将空", RUNS_OUT: "撑不到下次补充"}

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be used until the next chance to refill: uses an open hour of each slot, and the open hours until then."""

    per_h: Mapping[Key, float]
    spans: Sequence[Span] = ()

    def expected(self, slot: Slot, now: datetime) -> float:
        """The mean of what `slot` will give until the next chance."""
        open_s = sum(max(0.0, (end - max(start, now)).total_seconds()) for start, end in self.spans)
        return self.per_h.get(slot.key, 0.0) * open_s / 3600


@dataclass(frozen=True, slots=True)
class Need:
    """A slot that must be refilled: with how many pieces of the store, why, and what has to come out before: (lot, how many)."""

    slot: Slot
    why: str
    quantity: int
    remove: tuple[tuple[str, int], ...] = ()

    @property
    def urgency(self) -> int:
        """0: a window may stand still; 1: soon; 2: before the next chance."""
        return URGENCY[self.why]


def refill_list(
    levels: Iterable[Load], forecast: Forecast, now: datetime, expired: Mapping[Key, Sequence[str]] | None = None
) -> list[Need]:
    """What must be refilled now, device by device: the most urgent device first, devices of one urgency in walking order.

    `expired` names the lots in a slot whose last day of use is over. A slot of which nothing is known is not on the list. A roll
    is changed when it is low and not before: it takes a minute at any hour, and what is left on it goes to waste.
    """
    found = [need for load in levels if (need := _need(load, forecast, now, (expired or {}).get(load.slot.key, ()))) is not None]
    urgency: dict[str, int] = {}
    for need in found:
        urgency[need.slot.device] = min(need.urgency, urgency.get(need.slot.device, need.urgency))
    return sorted(found, key=lambda need: (urgency[need.slot.device], need.slot.place, need.slot.device, need.slot.slot))


def _need(load: Load, forecast: Forecast, now: datetime, expired: Sequence[str]) -> Need | None:
    slot = load.slot
    why = _why(load, forecast.expected(slot, now), expired)
    if why is None:
        return None
    out = load.content if why == WRONG else tuple((lot, count) for lot, count in load.content if lot in expired)
    left = load.level - sum(count for _, count in out)
    return Need(slot, why, 1 if slot.roll else slot.capacity - left, () if slot.roll else out)


def _why(load: Load, expected: float, expired: Sequence[str]) -> str | None:
    if load.wrong:
        return WRONG
    if not load.known:
        return None
    if load.level <= 0 or load.state == EMPTY:
        return EMPTY
    if expired:
        return EXPIRED
    if load.level <= load.slot.low or load.state == LOW:
        return LOW
    lasts = load.slot.roll or load.level >= min(at_most(expected), load.slot.capacity)
    return None if lasts else RUNS_OUT


def at_most(expected: float) -> int:
    """How many will hardly be exceeded where `expected` is the mean of a Poisson count: mean and 2.33 standard deviations."""
    return ceil(expected + SAFETY * sqrt(expected)) if expected > 0 else 0


def forecast_for(
    site: Site, now: datetime, patients_per_h: float = PATIENTS_PER_H, measured: Mapping[Key, float] | None = None
) -> Forecast:
    """The expected use until the next chance to refill: as `measured` (uses an open hour) where that is known, else from the site's patients."""
    return Forecast({**expected_per_h(site, patients_per_h), **(measured or {})}, open_until_next_chance(site, now))


def expected_per_h(site: Site, patients_per_h: float) -> dict[Key, float]:
    """How many of its unit each slot gives in an open hour when so many patients come, spread evenly over the windows and lanes."""
    slots = slots_of(site)
    windows = max(1, sum(bool(window.devices) for window in site.windows))
    kiosks = max(1, sum(slot.item == KIOSK_ROLL for slot in slots))
    per_window, tubes = patients_per_h / windows, site.tubes
    shares = {LABEL_ROLL: tubes.patient_mean * per_window, THERMAL_ROLL: per_window, KIOSK_ROLL: patients_per_h / kiosks}
    shares |= {kind: tubes.patient_mean * share * per_window / len(tubes.lanes_of(kind)) for kind, share in tubes.mix.items()}
    by_hand = site.manual_station.name  # used only while a window is down
    return {slot.key: shares.get(slot.item, 0.0) for slot in slots if site.devices[slot.device].window != by_hand}


def open_until_next_chance(site: Site, now: datetime) -> tuple[Span, ...]:
    """The opening hours from `now` to the next closing at which the engineer is still there to refill (R2), or to the end of that day."""
    spans: list[Span] = []
    for day in (now.date() + timedelta(days=number) for number in range(366)):
        opening = site.opening_on(day)
        for span in opening:
            end = _moment(day, span.end_us)
            if end > now:
                spans.append((max(now, _moment(day, span.start_us)), end))
                if span is opening[-1] or _on_shift(site, day, end):
                    return tuple(spans)
    return tuple(spans)


def _on_shift(site: Site, day: date, moment: datetime) -> bool:
    """Whether the engineer has time left after `moment`: in the shift of a workday; on other days the opening hours are his."""
    shift: Sequence[DaySpan] = site.shift.workday if site.calendar.day_kind(day).works else site.opening_on(day)
    return any(_moment(day, span.start_us) <= moment and moment + TIME_TO_REFILL <= _moment(day, span.end_us) for span in shift)


def _moment(day: date, after_midnight_us: int) -> datetime:
    return datetime.combine(day, time(), SHANGHAI) + timedelta(microseconds=after_midnight_us)


def walk(needs: Sequence[Need]) -> Iterator[tuple[str, list[Need]]]:
    """The needs device by device, in their order: one visit does all that a device needs."""
    visits: dict[str, list[Need]] = {}
    for need in needs:
        visits.setdefault(need.slot.device, []).append(need)
    yield from visits.items()
