"""How many spare parts a site needs a month: from the rates at which devices fail, or counted in the ledger (contract C4, R5.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from caixue.site import Site

# A workday's patients, hours under power and workdays a month, and how long a record must be before its own count is believed.
PATIENTS, HOURS, UPS_HOURS, WORKDAYS, BELIEVED_DAYS = 713, 11.0, 24.0, 22, 180  # assumed: docs/assumptions.md A-111
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class FailureRate:
    """A fault that uses up a part: one comes every `mean_between` of what `per` counts, on one device of that kind."""

    part: str
    kind: str
    fault: str
    per: str  # "h", "tube", "cut" or "km"
    mean_between: float


# The rows of the fault catalogue that name a part and a rate; a test holds them together.
RATES: tuple[FailureRate, ...] = (
    FailureRate("scanner", "barcode-scanner", "silence", "h", 70_000.0),
    FailureRate("power-supply", "call-display", "black-screen", "h", 50_000.0),
    FailureRate("motor", "collection-host", "motor-fault", "h", 10_000.0),
    FailureRate("suction-cup", "collection-host", "suction-lost", "tube", 1_500_000.0),
    FailureRate("belt", "conveyor", "belt-slip", "h", 10_000.0),
    FailureRate("print-head", "label-printer", "print-head-dead-dots", "km", 26.8),
    FailureRate("print-head", "zpl-label-printer", "print-head-dead-dots", "km", 26.8),
    *(
        FailureRate(part, kind, fault, per, mean_between)
        for kind in ("thermal-printer", "queue-kiosk")
        for part, fault, per, mean_between in (
            ("cutter", "cutter-jam", "cut", 50_000.0),
            ("thermal-printer", "unrecoverable-error", "h", 360_000.0),
            ("thermal-printer", "silence", "h", 360_000.0),
        )
    ),
    FailureRate("ups-battery", "ups", "battery-worn", "h", 30_700.0),
)

# Kinds that share one room's tubes, labels or slips among them.
_SHARING: tuple[frozenset[str], ...] = (frozenset({"label-printer", "zpl-label-printer"}),)


@dataclass(frozen=True, slots=True)
class Demand:
    """How many of a part are needed a month, and where the figure comes from: "catalogue" or "ledger"."""

    per_month: float
    source: str

    def during(self, days: float) -> float:
        """How many are needed in so many days on average."""
        return self.per_month * days / DAYS_PER_MONTH


def catalogue_demand(site: Site) -> dict[str, float]:
    """Part → how many a month the fault rates let expect for the devices of `site`."""
    kinds = Counter(device.kind for device in site.devices.values())
    found: dict[str, float] = {}
    for rate in RATES:
        per_month = kinds[rate.kind] * _a_workday(site, kinds, rate) * WORKDAYS / rate.mean_between
        found[rate.part] = found.get(rate.part, 0.0) + per_month
    return found


def demand(item: str, catalogue: Mapping[str, float], asked: int, days: float) -> Demand:
    """The demand for `item`: `asked` in the `days` of the record once that is long enough, else what the catalogue lets expect."""
    if days >= BELIEVED_DAYS:
        return Demand(asked / days * DAYS_PER_MONTH, "ledger")
    return Demand(catalogue.get(item, 0.0), "catalogue")


def _a_workday(site: Site, kinds: Mapping[str, int], rate: FailureRate) -> float:
    """What one device of that kind does on a workday, in what `rate.per` counts."""
    if rate.per == "h":
        return UPS_HOURS if rate.kind == "ups" else HOURS
    sharing = next((group for group in _SHARING if rate.kind in group), frozenset({rate.kind}))
    together = sum(kinds[kind] for kind in sharing)
    return _IN_THE_ROOM[rate.per](site) / together if together else 0.0


_IN_THE_ROOM: Mapping[str, Callable[[Site], float]] = {
    "tube": lambda site: PATIENTS * site.tubes.patient_mean,
    "km": lambda site: PATIENTS * site.tubes.patient_mean * site.labels.feed_mm / 1e6,
    "cut": lambda site: float(PATIENTS),
}
