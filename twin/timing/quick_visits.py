"""What every visit of one day takes of chance and supplies in front of its draw, in one go: as `Preparations` and `Supplies` have it."""

from __future__ import annotations

from functools import cache

import numpy as np

from twin.people import KINDS, Numbers
from twin.timing.compiling import lent
from twin.timing.devices import FINE, Preparations
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_dice import HALF, HALF_BITS, Words, begun, following, word
from twin.timing.supplies import Supplies
from twin.timing.wide import tell_numba

STREAM = "timing.preparation"
SHIFT = HALF_BITS - np.uint64(FINE.bit_length() - 1)  # numpy multiplies by the number of quantiles, a power of two


def quickly(chance: QuickChance, prepared: Preparations, supplies: Supplies, tubes: Numbers) -> tuple[Numbers, Numbers, Numbers] | None:
    """The sums of `tubes`, the preparations and the needs; None where only numpy knows."""
    words = chance.words(STREAM)
    return None if words is None or not as_numpy() else _drawn(words, prepared, supplies, tubes)


def _drawn(words: Words, prepared: Preparations, supplies: Supplies, tubes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    count = tubes.shape[1]
    total, prepare_us = np.empty(count, np.int64), np.empty((2, count), np.int64)
    need = np.empty((count, len(supplies.kinds) + 2), np.int64)
    _fill(words, prepared.median_us, prepared.late_us, supplies.kinds, tubes, total, prepare_us, need)
    return total, prepare_us, need


@cache
def as_numpy() -> bool:
    """Whether numpy draws as the compiled function does."""
    tell_numba()
    chance, none = QuickChance(0, 0), np.zeros((0, 0), np.int64)
    words = chance.words(STREAM)
    assert words is not None
    prepared = Preparations(np.zeros((2, 1), np.int64), np.arange(FINE))
    tubes = np.zeros((len(KINDS), 1000), np.int64)
    _, prepare_us, _ = _drawn(words, prepared, Supplies(np.zeros(0, np.int64), none, none, none, none), tubes)
    return np.array_equal(prepare_us, prepared.draw(chance, tubes[0]))


@lent
def _fill(
    words: Words, median_us: Numbers, late_us: Numbers, kinds: Numbers, tubes: Numbers, total: Numbers, prepare_us: Numbers, need: Numbers
) -> None:
    high, low, inc_high, inc_low = begun(words)
    bits = HALF
    for visit in range(len(total)):
        if visit % 2:
            bits >>= HALF_BITS
        else:
            high, low = following(high, low, inc_high, inc_low)
            bits = word(high, low)
        every = 0
        for kind in range(len(tubes)):
            every += tubes[kind, visit]
        late = late_us[(bits & HALF) >> SHIFT]
        total[visit], prepare_us[0, visit], prepare_us[1, visit] = every, median_us[0, every] + late, median_us[1, every] + late
        for slot in range(len(kinds)):
            need[visit, slot] = tubes[kinds[slot], visit]
        need[visit, len(kinds)], need[visit, len(kinds) + 1] = every, 1
