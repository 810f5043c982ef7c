"""A staffing: how many nurses each half hour has and which windows are open, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from caixue.units import US_PER_DAY, US_PER_MINUTE

SLOT_US = 30 * US_PER_MINUTE
SLOT_H = 0.5


@dataclass(frozen=True, slots=True)
class Slots:
    """The half hours of a plan: the first begins `start_us` after midnight; the room opens with number `first` and stays open."""

    start_us: int
    count: int
    first: int = 0

    @property
    def open(self) -> range:
        """The half hours in which the room may be open."""
        return range(self.first, self.count)

    def clock(self, slot: int) -> str:
        """When a half hour begins, such as 07:30."""
        minutes = min(self.start_us + slot * SLOT_US, US_PER_DAY) // US_PER_MINUTE
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    def span(self, first: int, last: int) -> str:
        """From the beginning of one half hour to the end of another, such as 07:00-08:30."""
        return f"{self.clock(first)}-{self.clock(last + 1)}"

    def opened(self, slot: int) -> Slots:
        """The same half hours, opening with `slot`."""
        return replace(self, first=slot)


@dataclass(frozen=True, slots=True)
class Staffing:
    """So many nurses in each half hour, so many windows at the site, and so many of them open beside the nurses' own, all at most."""

    nurses: tuple[int, ...]
    windows: int
    spare: int = 0  # windows open beyond the nurses, for one that fails

    @property
    def open(self) -> tuple[int, ...]:
        """Windows open in each half hour: window k from the first to the last half hour with k nurses or more, for it opens but once a day."""
        wanted = [min(self.windows, count + self.spare) if count else 0 for count in self.nurses]
        return tuple(min(max(wanted[: slot + 1]), max(wanted[slot:])) for slot in range(len(wanted)))

    @property
    def nurse_hours(self) -> float:
        """Without what is worked after the last half hour."""
        return sum(self.nurses) * SLOT_H

    @property
    def window_hours(self) -> float:
        """Open windows times hours, without what is open after the last half hour."""
        return sum(self.open) * SLOT_H

    @property
    def cost(self) -> tuple[float, float]:
        """Nurse hours, then window hours."""
        return self.nurse_hours, self.window_hours

    def changed(self, slot: int, by: int) -> Staffing:
        """The same with `by` nurses more (or fewer) in one half hour."""
        return replace(self, nurses=tuple(count + by if place == slot else count for place, count in enumerate(self.nurses)))

    def at_most(self, other: Staffing) -> bool:
        """Whether it has nowhere more than another."""
        return (
            self.windows <= other.windows
            and self.spare <= other.spare
            and all(a <= b for a, b in zip(self.nurses, other.nurses, strict=True))
        )


def full(slots: Slots, windows: int) -> Staffing:
    """A nurse at every window, whenever the room may be open."""
    return Staffing(tuple(windows if slot in slots.open else 0 for slot in range(slots.count)), windows, spare=windows)


def fewer(staffing: Staffing, slots: Slots, least: int) -> Iterator[tuple[int, Staffing]]:
    """The staffings with one nurse less in one half hour, and which half hour that is."""
    for slot in slots.open:
        if staffing.nurses[slot] > least:
            yield slot, staffing.changed(slot, -1)


def more(staffing: Staffing, slots: Slots) -> Iterator[tuple[int, Staffing]]:
    """The staffings with one nurse more in one half hour."""
    for slot in slots.open:
        if staffing.nurses[slot] < staffing.windows:
            yield slot, staffing.changed(slot, 1)


def traded(staffing: Staffing, slots: Slots, least: int) -> Iterator[Staffing]:
    """The staffings with a nurse less in two half hours (or two less in one) and one more in another."""
    for first, one in fewer(staffing, slots, least):
        for second, two in fewer(one, slots, least):
            if second >= first:
                yield from (three for third, three in more(two, slots) if third not in (first, second))
