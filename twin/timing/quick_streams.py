"""The first throws of several streams of `random.Random` at once, to the last bit: Python begins one in five microseconds.

The generator is Matsumoto and Nishimura's MT19937 with its init_by_array (2002); Python promises never to change it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from twin.people import Numbers
from twin.timing.compiling import compiled, lent

FIRST = 16  # throws that are prepared: a repair takes two or four
SIZE, SHIFT, WORD = 624, 397, 0xFFFFFFFF
SEED, SPREAD, MIXED, AGAIN = 19_650_218, 1_812_433_253, 1_664_525, 1_566_083_941
TWIST, UPPER, LOWER = 0x9908B0DF, 0x80000000, 0x7FFFFFFF
TEMPER_B, TEMPER_C = 0x9D2C5680, 0xEFC60000


class QuickStream:
    """Dice with what a day of timing throws: `random`, and the normal numbers that Python makes of it."""

    __slots__ = ("random",)

    normalvariate = random.Random.normalvariate
    lognormvariate = random.Random.lognormvariate

    def __init__(self, first: Sequence[float], seed: bytes) -> None:
        self.random: Callable[[], float] = _throws(first, seed).__next__


def _throws(first: Sequence[float], seed: bytes) -> Iterator[float]:
    yield from first
    dice = random.Random(int.from_bytes(seed, "big"))
    for _ in first:
        dice.random()
    while True:
        yield dice.random()


def first_throws(keys: Numbers) -> list[list[float]]:
    """What `random.Random` throws first; a row of `keys` are the words of a seed, of 32 bits, the least significant first and the last not zero."""
    throws = np.empty((len(keys), FIRST))
    _throw(_blank(), keys, throws)
    found: list[list[float]] = throws.tolist()
    return found


@cache
def _blank() -> Numbers:
    """The state before a seed is mixed in."""
    words = [SEED]
    for place in range(1, SIZE):
        words.append((SPREAD * (words[-1] ^ (words[-1] >> 30)) + place) & WORD)
    return np.array(words, np.int64)


@compiled
def _throw(blank: Numbers, keys: Numbers, throws: NDArray[np.float64]) -> None:
    """Each step waits for the one before it: the streams go forward together."""
    streams, length = keys.shape
    state, before = np.empty((SIZE, streams), np.int64), np.full(streams, blank[0], np.int64)
    for place in range(SIZE):
        state[place] = blank[place]
    place = 1
    for step in range(SIZE):
        used = step % length
        for stream in range(streams):
            mixed = (before[stream] ^ (before[stream] >> 30)) * MIXED
            before[stream] = ((state[place, stream] ^ mixed) + keys[stream, used] + used) & WORD
            state[place, stream] = before[stream]
        place = place + 1 if place + 1 < SIZE else 1
    for _ in range(SIZE - 1):
        for stream in range(streams):
            mixed = (before[stream] ^ (before[stream] >> 30)) * AGAIN
            before[stream] = ((state[place, stream] ^ mixed) - place) & WORD
            state[place, stream] = before[stream]
        place = place + 1 if place + 1 < SIZE else 1
    state[0] = UPPER
    for stream in range(streams):
        for number in range(FIRST):
            high, low = _word(state, stream, 2 * number) >> 5, _word(state, stream, 2 * number + 1) >> 6
            throws[stream, number] = (high * 67_108_864.0 + low) * 2.0**-53


@lent
def _word(state: Numbers, stream: int, place: int) -> int:
    """The word of that place after the first twist, tempered."""
    both = (state[place, stream] & UPPER) | (state[place + 1, stream] & LOWER)
    word = state[place + SHIFT, stream] ^ (both >> 1) ^ ((both & 1) * TWIST)
    word ^= word >> 11
    word ^= (word << 7) & TEMPER_B
    word ^= (word << 15) & TEMPER_C
    return word ^ (word >> 18)
