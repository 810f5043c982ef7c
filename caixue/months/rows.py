"""What one figure of a period is: its names, unit, clause, the reports that print it, its definition, and how it is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from caixue.events import Event
from caixue.lang import tr
from caixue.months.book import Book

Value = float | int | Mapping[str, float | int] | None
Measure = Callable[[Book], Value]
Report = Literal["C6.1", "C6.2", "C6.3", "C6.4"]
REPORTS: Mapping[Report, tuple[str, str]] = {
    "C6.1": ("月度巡检报告", "monthly inspection report"),
    "C6.2": ("维修记录", "repair records"),
    "C6.3": ("运维月报", "monthly operations report"),
    "C6.4": ("运维年报", "annual report"),
}
Unit = Literal["count", "h", "s", "min", "share", "per_h", "per_1000"]
DIGITS = 6  # to which a figure is rounded


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """One row of the catalogue. `by` says what a figure that is a list counts by; empty for a single number."""

    name: str
    zh: str
    en: str
    clause: str
    measure: Measure
    definition: str
    unit: Unit = "count"
    by: str = ""
    reports: tuple[Report, ...] = ("C6.3", "C6.4")

    @property
    def text(self) -> str:
        """The figure's name in the user's language."""
        return tr(self.zh, self.en)

    def value(self, book: Book) -> Value:
        """The figure of the period, rounded; None where nothing is known."""
        return rounded(self.measure(book))


def rounded(value: Value) -> Value:
    """To six digits behind the point; the parts of a list in the order of their names."""
    if isinstance(value, Mapping):
        return {name: _number(value[name]) for name in sorted(value)}
    return None if value is None else _number(value)


def _number(value: float | int) -> float | int:
    return value if isinstance(value, int) else round(value, DIGITS)


# measures that only count entries


def number_of(*kinds: str) -> Measure:
    """How many entries of these kinds the period has."""
    return lambda book: sum(1 for _ in book.of(*kinds))


def number_where(kind: str, holds: Callable[[Event], bool]) -> Measure:
    """How many entries of `kind` hold."""
    return lambda book: sum(map(holds, book.of(kind)))


def sums_by(kind: str, key: Callable[[Event], str], amount: Callable[[Event], int] = lambda event: 1) -> Measure:
    """The amounts of the entries of `kind`, added up by key."""
    return lambda book: added((key(event), amount(event)) for event in book.of(kind))


def added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The sums by name, in the order of the names; those that come to nothing are left out."""
    total = Counter[str]()
    for name, amount in pairs:
        total[name] += amount
    return {name: total[name] for name in sorted(total) if total[name]}


def word(key: str) -> Callable[[Event], str]:
    """What an entry says under `key`, as a word; "-" where it says nothing."""
    return lambda event: str(event.data.get(key) or "-")


def amount(key: str) -> Callable[[Event], int]:
    """The same as a whole number."""
    return lambda event: int(event.data.get(key) or 0)


def subject(event: Event) -> str:
    """What an entry is about."""
    return event.subject


def standing(opens: str, *closes: str, again: str = "") -> Measure:
    """How many were opened, up to the end of the period, and not closed by then; `again`: the kind that opens one anew."""

    def measure(book: Book) -> int:
        open_: dict[str, None] = {}
        for event in book.events:
            if event.kind in (opens, again):
                open_[event.subject] = None
            elif event.kind in closes:
                open_.pop(event.subject, None)
        return len(open_)

    return measure
