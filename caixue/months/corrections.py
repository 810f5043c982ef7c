"""Late corrections: what was noted about a month after its cut-off never changes it, and is listed with the next one, with its effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    known = ((month, ledgers.closings.cut_of(month, own)) for month in ledgers.closings.closings if not month.is_year)
    cuts = {month: seq for month, seq in known if seq is not None}
    for month in sorted(cuts):
        if month.after <= period.first or month in period.months[: 12 * period.is_year]:
            listed = max(seq for other, seq in cuts.items() if other == month or (month < other < period and not period.is_year))
            yield from (_late(event, month, cuts[month], ledgers) for event in _about(month, cuts[month], listed, own, ledgers))


def _about(month: Period, cut: int, after: int, until: int | None, ledgers: Ledgers) -> Iterator[Event]:
    """The entries about `month` that were noted after entry `after` and up to entry `until`."""
    from_us, until_us = month.span_us(ledgers.start)
    inside = {event.seq for event in ledgers.entries if event.seq <= cut and from_us <= placed(event, ledgers.start).at_us < until_us}
    of = {said.event.seq: said.of for said in map(correction, ledgers.entries) if said is not None}
    for event in (one for one in ledgers.entries if one.seq > after and (until is None or one.seq <= until)):
        if _corrected_entry(event.seq, of) in inside if event.seq in of else from_us <= about_us(event, ledgers.start) < until_us:
            yield event


def _corrected_entry(seq: int, of: Mapping[int, int]) -> int:
    """The entry that correction number `seq` is about in the end: one of a correction is about what that one corrects."""
    while seq in of and of[seq] < seq:
        seq = of[seq]
    return seq


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
