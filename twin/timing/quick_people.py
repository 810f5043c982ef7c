"""Who comes when, and who is one of a share, drawn by compiled functions: the numbers of `twin.people`, to the last bit.

Poisson numbers are Hörmann's transformed rejection PTRS (1993), as numpy draws those of a large mean. What it gives is compared
with numpy's once before it is relied upon: a numpy that draws otherwise is asked itself.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.people import Crowd, Numbers, arrivals, some
from twin.timing.compiling import compiled, lent
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_dice import Words, begun, double, following
from twin.timing.wide import tell_numba

COMING = "arrivals"
LARGE = 10.0  # the least mean of a large one
ROOM = 2  # so many times those who are expected, and some: hardly ever do more come
STIRLING = np.array([
    *(8.333333333333333e-02, -2.777777777777778e-03, 7.936507936507937e-04, -5.952380952380952e-04, 8.417508417508418e-04),
    *(-1.917526917526918e-03, 6.410256410256410e-03, -2.955065359477124e-02, 1.796443723688307e-01, -1.39243221690590e00),
])  # fmt: skip
LOG_2PI = 1.8378770664093453

Slots = NDArray[np.float64]  # rows of (start, length, how many are expected), one after the other


def quick_arrivals(crowd: Crowd, chance: Chance) -> Numbers:
    """Times of arrival, as `twin.people.arrivals` has them."""
    slots = _slots_of(crowd)
    words = chance.words(COMING) if slots is not None and isinstance(chance, QuickChance) else None
    came = None if words is None or slots is None or not as_numpy() else _came(words, slots)
    return arrivals(crowd, chance) if came is None else crowd.from_us + came


def quick_some(stream: str, share: float, chance: Chance, count: int) -> NDArray[np.bool_]:
    """That share of people by chance, as `twin.people.some` has them."""
    words = chance.words(stream) if share and isinstance(chance, QuickChance) else None
    if words is None or not as_numpy():
        return some(stream, share, chance, count)
    found = np.empty(count, np.bool_)
    _choose(words, share, found)
    return found


@lru_cache(maxsize=8)
def _slots_of(crowd: Crowd) -> Slots | None:
    """None for a day that is recorded, or on which hardly anybody comes."""
    if crowd.arrived_us is not None or not crowd.slots or min(slot.expected for slot in crowd.slots) < LARGE:
        return None
    return np.array([(slot.start_us, slot.end_us - slot.start_us, slot.expected) for slot in crowd.slots], np.float64)


def _came(words: Words, slots: Slots) -> Numbers | None:
    """None where more come than there is room for."""
    came = np.empty(ROOM * int(sum(slots[:, 2].tolist())) + 100)
    count = _arrive(words, slots, STIRLING, came)
    return None if count > len(came) else came[:count].astype(np.int64)


@cache
def as_numpy() -> bool:
    """Whether numpy draws as the compiled functions do: in slots of all sizes, and of a thousand people."""
    tell_numba()
    chance = QuickChance(0, 0)
    words, dice = chance.words(COMING), chance.numpy_stream(COMING)
    assert words is not None
    slots = np.array([(5e4 * number * (number - 1), 1e5 * number, LARGE + 1.37 * number) for number in range(200)])
    came, chosen = _came(words, slots), np.empty(1000, np.bool_)
    known = np.concatenate([dice.uniform(start, start + length, dice.poisson(expected)) for start, length, expected in slots.tolist()])
    known.sort()
    _choose(words, 0.3, chosen)
    again = QuickChance(0, 0).numpy_stream(COMING).random(len(chosen)) < 0.3
    return came is not None and np.array_equal(came, known.astype(np.int64)) and np.array_equal(chosen, again)


@lent
def _choose(words: Words, share: float, found: NDArray[np.bool_]) -> None:
    high, low, inc_high, inc_low = begun(words)
    for person in range(len(found)):
        high, low = following(high, low, inc_high, inc_low)
        found[person] = double(high, low) < share


@compiled
def _arrive(words: Words, slots: Slots, stirling: NDArray[np.float64], came: NDArray[np.float64]) -> int:
    """How many come, and as many of their times as there is room for, slot by slot."""
    high, low, inc_high, inc_low = begun(words)
    count = 0
    for slot in range(len(slots)):
        start, length, mean = slots[slot, 0], slots[slot, 1], slots[slot, 2]
        slope = 0.931 + 2.53 * math.sqrt(mean)
        offset = -0.059 + 0.02483 * slope
        inverse, quick = 1.1239 + 1.1328 / (slope - 3.4), 0.9277 - 3.6224 / (slope - 2)
        while True:
            high, low = following(high, low, inc_high, inc_low)
            side = double(high, low) - 0.5
            high, low = following(high, low, inc_high, inc_low)
            drawn, left = double(high, low), 0.5 - abs(side)
            number = math.floor((2 * offset / left + slope) * side + mean + 0.43)
            if left >= 0.07 and drawn <= quick:
                break
            if number < 0 or (left < 0.013 and drawn > left):
                continue
            bound = -mean + number * math.log(mean) - _log_factorial(number, stirling)
            if math.log(drawn) + math.log(inverse) - math.log(offset / (left * left) + slope) <= bound:
                break
        if count + number > len(came):
            return count + number
        drawn_us = np.empty(number)
        for person in range(number):
            high, low = following(high, low, inc_high, inc_low)
            drawn_us[person] = start + length * double(high, low)
        _sort(drawn_us, start, length, came[count : count + number])
        count += number
    return count


@compiled
def _sort(values: NDArray[np.float64], start: float, length: float, found: NDArray[np.float64]) -> None:
    """Into `found` in order; `values` are even from `start` on: each has its place but for a few."""
    many = len(values)
    first = np.zeros(many + 2, np.int64)
    for value in values:
        first[_bin(value, start, length, many) + 2] += 1
    for bin_ in range(2, many + 2):
        first[bin_] += first[bin_ - 1]
    for value in values:
        bin_ = _bin(value, start, length, many) + 1
        found[first[bin_]] = value
        first[bin_] += 1
    for place in range(1, many):
        value, at = found[place], place
        while at > 0 and found[at - 1] > value:
            found[at] = found[at - 1]
            at -= 1
        found[at] = value


@lent
def _bin(value: float, start: float, length: float, many: int) -> int:
    return min(many - 1, int((value - start) / length * many)) if length > 0 else 0


@lent
def _log_factorial(number: int, stirling: NDArray[np.float64]) -> float:
    """The logarithm of the product of the whole numbers up to this, by Stirling's series."""
    if number < 2:
        return 0.0
    steps = max(0, 6 - number)
    above = float(number + 1 + steps)
    square, series = (1.0 / above) * (1.0 / above), stirling[9]
    for term in range(8, -1, -1):
        series = series * square + stirling[term]
    found = series / above + 0.5 * LOG_2PI + (above - 0.5) * math.log(above) - above
    for step in range(steps):
        found -= math.log(above - 1.0 - step)
    return found
