"""Late corrections: what was noted about a month after its cut-off never changes it, and is listed with the next one, with its effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from caixue.events import Event
from caixue.months.book import book_of
from caixue.months.catalogue import FIGURES
from caixue.months.entries import about_us, corrected, correction, in_order, placed
from caixue.months.rows import Value
from caixue.ops.accounting import Period

if TYPE_CHECKING:
    from caixue.months.figures import Ledgers


@dataclass(frozen=True, slots=True)
class Late:
    """One entry about `period` that was noted after its cut-off, and the figures that it would change: name → (without, with)."""

    period: Period
    event: Event
    effect: dict[str, tuple[Value, Value]]
    readable: bool  # False: it corrects in words alone, and nobody can reckon with it

    def data(self) -> dict[str, Any]:
        """The correction as plain data."""
        effect = {name: list(pair) for name, pair in self.effect.items()}
        return {"period": str(self.period), "seq": self.event.seq, "kind": self.event.kind, "effect": effect, "readable": self.readable}


def late_for(period: Period, ledgers: Ledgers) -> Iterator[Late]:
    """What the report of `period` lists: of every earlier month, the late entries that no report before this one has listed.

    The report of a year lists those of all its months again.
    """
    own = ledgers.closings.of(period).seq
    cuts = {month: closing.seq for month, closing in ledgers.closings.closings.items() if closing.seq is not None and not month.is_year}
    for month in sorted(cuts):
        if month.after <= period.first or month in period.months[: 12 * period.is_year]:
            listed = max(seq for other, seq in cuts.items() if other == month or (month < other < period and not period.is_year))
            yield from (_late(event, month, cuts[month], ledgers) for event in _about(month, cuts[month], listed, own, ledgers))


def _about(month: Period, cut: int, after: int, until: int | None, ledgers: Ledgers) -> Iterator[Event]:
    """The entries about `month` that were noted after entry `after` and up to entry `until`."""
    from_us, until_us = month.span_us(ledgers.start)
    inside = {event.seq for event in ledgers.entries if event.seq <= cut and from_us <= placed(event, ledgers.start).at_us < until_us}
    for event in ledgers.entries:
        if event.seq > after and (until is None or event.seq <= until):
            said = correction(event)
            if said.of in inside if said is not None else from_us <= about_us(event, ledgers.start) < until_us:
                yield event


def _late(event: Event, month: Period, cut: int, ledgers: Ledgers) -> Late:
    """The figures of `month` without the entry, as they were closed, and with it, as if it had been noted in time."""
    said = correction(event)
    kept = [one for one in ledgers.entries if one.seq <= cut]
    moved = event if said is not None else replace(event, at_us=about_us(event, ledgers.start))
    others = (placed(one, ledgers.start) for one in corrected([*kept, event]) if one.seq != event.seq)
    with_it = book_of(in_order([*others, moved]), ledgers.site, ledgers.start, month, ledgers.now_us)
    without = ledgers.values(month, cut)
    changed = {name: row.value(with_it) for name, row in FIGURES.items()}
    effect = {name: (without[name], value) for name, value in changed.items() if value != without[name]}
    return Late(month, event, effect, said is None or said.struck or said.right is not None)
