"""Normal numbers for the drawn morning, as quickly as compiled code throws them.

The ziggurat of Marsaglia and Tsang (2000) with 256 layers on PCG64. What lies outside its layer's safe part is settled by the
density itself, and the tail is Marsaglia's (1964).
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import NDArray

from twin.timing.compiling import compiled
from twin.timing.quick_dice import (
    LAYER,
    LAYER_BITS,
    LAYERS,
    NONE,
    ONE,
    Layers,
    Word,
    Words,
    double,
    following,
    word,
)

Floats = NDArray[np.float64]

NORMAL_TAIL = 3.6541528853610088  # where the last layer of 256 of the same area begins under exp(-x²/2)
SIGN_BITS, PLACE = Word(9), Word(2**52 - 1)
FRACTION = 300  # steps of the continued fraction of what lies beyond


@cache
def normal_layers() -> Layers:
    """The layers under exp(-x²/2), over 2^52: a normal number has a sign."""
    with localcontext() as context:
        context.prec = 40
        tail, whole, two = Decimal(NORMAL_TAIL), Decimal(2**52), Decimal(2)
        mills = tail
        for step in range(FRACTION, 0, -1):
            mills = tail + step / mills
        density = (-tail * tail / two).exp()
        area, edges = density * (tail + 1 / mills), [tail]
        for _ in range(LAYERS - 2):
            edges.append((-two * (area / edges[-1] + (-edges[-1] * edges[-1] / two).exp()).ln()).sqrt())
        edges.append(area / density)
        edges.reverse()
        sure = [int(tail / edges[0] * whole), 0, *(int(edges[row - 1] / edges[row] * whole) for row in range(2, LAYERS))]
        width, height = [float(edge / whole) for edge in edges], [1.0, *(float((-edge * edge / two).exp()) for edge in edges[1:])]
    return Layers(np.array(width), np.array(height), np.array(sure, np.uint64))


@compiled
def normals(state: Words, ziggurat: Layers, numbers: Floats) -> None:
    """Fill `numbers` with standard normal ones; `state` is that of `begun`, and goes on."""
    high, low, inc_high, inc_low = state[0], state[1], state[2], state[3]
    width, sure = ziggurat.width, ziggurat.sure
    for row in range(len(numbers)):
        while True:
            high, low = following(high, low, inc_high, inc_low)
            bits = word(high, low)
            layer, place = bits & LAYER, (bits >> SIGN_BITS) & PLACE
            sign = 1 - 2 * np.int64((bits >> LAYER_BITS) & ONE)  # half of all are below zero: a branch would be guessed wrongly
            number = np.int64(place) * sign * width[layer]
            if place < sure[layer]:
                break
            high, low, number = _rare_normal(layer, place, number, high, low, inc_high, inc_low, ziggurat)
            if not math.isnan(number):
                break
        numbers[row] = number
    state[0], state[1] = high, low


@compiled
def _rare_normal(
    layer: np.uint64, place: np.uint64, number: float, high: np.uint64, low: np.uint64, inc_high: np.uint64, inc_low: np.uint64, ziggurat: Layers
) -> tuple[np.uint64, np.uint64, float]:
    """What becomes of a number that may lie outside its layer: the state after it, and the number; NaN: another one is drawn."""
    if layer != NONE:
        high, low = following(high, low, inc_high, inc_low)
        above, below = ziggurat.height[layer - ONE], ziggurat.height[layer]
        inside = (above - below) * double(high, low) + below < math.exp(-0.5 * number * number)
        return high, low, number if inside else math.nan
    while True:
        high, low = following(high, low, inc_high, inc_low)
        beyond = -math.log1p(-double(high, low)) / NORMAL_TAIL
        high, low = following(high, low, inc_high, inc_low)
        drawn = -math.log1p(-double(high, low))
        if drawn + drawn > beyond * beyond:
            return high, low, -(NORMAL_TAIL + beyond) if (place >> LAYER_BITS) & ONE else NORMAL_TAIL + beyond
