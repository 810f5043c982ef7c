"""Handing out the breaks of one shift to its people so that nobody has both in one half hour."""

from __future__ import annotations

from collections.abc import Sequence


def handed_out(meals: Sequence[int], teas: Sequence[int]) -> list[int]:
    """For each meal a tea at another time, each tea once. There always is one where no half hour holds more breaks than there are people."""
    taken: dict[int, int] = {}  # tea → meal

    def place(meal: int, seen: set[int]) -> bool:
        for tea, slot in enumerate(teas):
            if slot != meals[meal] and tea not in seen:
                seen.add(tea)
                if tea not in taken or place(taken[tea], seen):
                    taken[tea] = meal
                    return True
        return False

    for meal in range(len(meals)):
        assert place(meal, set()), "no half hour holds more breaks than people"
    return [slot for _, slot in sorted((meal, teas[tea]) for tea, meal in taken.items())]
