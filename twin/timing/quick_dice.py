"""Numpy's generator PCG64 and its exponential numbers for compiled functions, to the last bit: a number costs a nanosecond or two.

The generator is O'Neill's PCG XSL RR 128/64 (2014), its state here two words of 64 bits; the exponential numbers are the
ziggurat of Marsaglia and Tsang (2000) with 256 layers. Whoever uses them compares them with numpy's once (`twin.timing.quick_orders`).
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.timing.compiling import lent
from twin.timing.wide import high_product

Words = NDArray[np.uint64]
Word = np.uint64

MULT_HIGH, MULT_LOW = Word(0x2360ED051FC65DA4), Word(0x4385DF649FCCF645)
HALF, HALF_BITS = Word(0xFFFFFFFF), Word(32)
NONE, ONE, ROTATED_FROM, WORD_BITS, TURN = Word(0), Word(1), Word(58), Word(64), Word(63)
UNUSED_BITS, LAYER_BITS, LAYER, DOUBLE_BITS = Word(3), Word(8), Word(255), Word(11)
DOUBLE = 2.0**-53

LAYERS = 256
TAIL = "7.6971174701310497140446280480"  # where the last layer of 256 of the same area begins


class Layers(NamedTuple):
    """The ziggurat under exp(-x): below `sure` a number lies within its layer, from `sure` + 1 on it may lie outside."""

    width: NDArray[np.float64]  # over 2^53
    height: NDArray[np.float64]
    sure: Words


@cache
def layers() -> Layers:
    """The layers, computed to more digits than a double has."""
    with localcontext() as context:
        context.prec = 28
        tail, whole = Decimal(TAIL), Decimal(2**53)
        area, edges = (tail + 1) * (-tail).exp(), [tail]
        for _ in range(LAYERS - 2):
            edges.append(-(area / edges[-1] + (-edges[-1]).exp()).ln())
        edges.append(area / (-tail).exp())  # of the layer with the tail, as wide as its area is
        edges.reverse()
        sure = [int(tail / edges[0] * whole), 0, *(int(edges[row - 1] / edges[row] * whole) for row in range(2, LAYERS))]
        width, height = [float(edge / whole) for edge in edges], [1.0, *(float((-edge).exp()) for edge in edges[1:])]
    return Layers(np.array(width), np.array(height), np.array([max(0, one - 1) for one in sure], np.uint64))


@lent
def begun(words: Words) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The state of a generator that begins with these words, and its increment: each high and low."""
    inc_high, inc_low = (words[2] << ONE) | (words[3] >> TURN), (words[3] << ONE) | ONE
    low = inc_low + words[1]
    high = inc_high + words[0] + (ONE if low < inc_low else NONE)
    high, low = following(high, low, inc_high, inc_low)
    return high, low, inc_high, inc_low


@lent
def following(high: np.uint64, low: np.uint64, inc_high: np.uint64, inc_low: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The next state: times the multiplier, plus the increment, in 128 bits."""
    next_low = low * MULT_LOW + inc_low
    return high * MULT_LOW + low * MULT_HIGH + high_product(low, MULT_LOW) + inc_high + (ONE if next_low < inc_low else NONE), next_low


@lent
def word(high: np.uint64, low: np.uint64) -> np.uint64:
    """The 64 random bits of a state."""
    turned, mixed = high >> ROTATED_FROM, high ^ low
    return (mixed >> turned) | (mixed << ((WORD_BITS - turned) & TURN))


@lent
def double(high: np.uint64, low: np.uint64) -> float:
    """The number from 0 to 1 of a state."""
    return np.int64(word(high, low) >> DOUBLE_BITS) * DOUBLE


@lent
def rare_exponential(
    layer: np.uint64, number: float, high: np.uint64, low: np.uint64, inc_high: np.uint64, inc_low: np.uint64, ziggurat: Layers
) -> tuple[np.uint64, np.uint64, float]:
    """What becomes of a number that may lie outside its layer: the state after it, and the number; NaN: another one is drawn."""
    high, low = following(high, low, inc_high, inc_low)
    if layer == NONE:
        return high, low, ziggurat.width[LAYERS - 1] / DOUBLE - math.log1p(-double(high, low))
    above, below = ziggurat.height[layer - ONE], ziggurat.height[layer]
    inside = (above - below) * double(high, low) + below < math.exp(-number)
    return high, low, number if inside else math.nan


@lent
def exponentials(state: Words, ziggurat: Layers, keys: NDArray[np.float64]) -> bool:
    """Exponential numbers of mean 1, column by column; `state` is that of `begun`, and goes on. False: not every number is known."""
    high, low, inc_high, inc_low = state[0], state[1], state[2], state[3]
    width, sure = ziggurat.width, ziggurat.sure
    for column in range(keys.shape[1]):
        for row in range(len(keys)):
            while True:
                high, low = following(high, low, inc_high, inc_low)
                bits = word(high, low) >> UNUSED_BITS
                layer, place = bits & LAYER, bits >> LAYER_BITS
                number = np.int64(place) * width[layer]
                if place < sure[layer]:
                    break
                if place == sure[layer] and layer != ONE:
                    return False
                high, low, number = rare_exponential(layer, number, high, low, inc_high, inc_low, ziggurat)
                if not math.isnan(number):
                    break
            keys[row, column] = number
    state[0], state[1] = high, low
    return True
