"""Orders of the laboratory, drawn and counted as tubes at once: the numbers of `twin.people`, without keeping any.

What it gives is compared with numpy's for one day before it is relied upon: a numpy that draws otherwise is asked itself.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.people import GROUPS, KIND_OF_GROUP, KINDS, Crowd, Numbers, Orders, order_means, order_weights, orders_of
from twin.timing.compiling import compiled
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_dice import (
    LAYER,
    LAYER_BITS,
    ONE,
    UNUSED_BITS,
    Layers,
    Words,
    begun,
    double,
    following,
    layers,
    rare_exponential,
    word,
)
from twin.timing.wide import tell_numba

STREAM = "orders"
MOST_MEAN = 10.0  # numpy draws larger Poisson numbers otherwise


def count_tubes(crowd: Crowd, chance: Chance, kind: Numbers, tubes: Numbers) -> None:
    """Into KINDS × people, how many tubes of each kind everybody needs."""
    words = chance.words(STREAM) if isinstance(chance, QuickChance) else None
    means, weights = order_means(crowd), order_weights(crowd)
    if words is None or means.max() >= MOST_MEAN or not as_numpy() or not _counted(words, means, weights, crowd.most_tubes, kind, tubes):
        tubes[:] = orders_of(crowd, chance, kind).tubes()


def _counted(words: Words, means: NDArray[np.float64], weights: NDArray[np.float64], most: int, kind: Numbers, tubes: Numbers) -> bool:
    floors = np.array([math.exp(-mean) for mean in means.tolist()])
    return bool(_count(words, floors, kind, most, weights, KIND_OF_GROUP, layers(), tubes))


@cache
def as_numpy() -> bool:
    """Whether numpy draws as the compiled function does: of a thousand people."""
    tell_numba()
    chance, kind = QuickChance(0, 0), np.arange(1000) % 3
    means, weights, most = np.array([0.0, 2.3, 4.0]), np.linspace(0.5, 2.0, len(GROUPS)), len(GROUPS) - 1
    tubes, words, dice = np.empty((len(KINDS), len(kind)), np.int64), chance.words(STREAM), chance.numpy_stream(STREAM)
    assert words is not None
    known = _counted(words, means, weights, most, kind, tubes)
    wanted = np.minimum(1 + dice.poisson(means[kind]), most)
    return known and np.array_equal(tubes, Orders(wanted, dice.exponential(size=(len(kind), len(GROUPS))), weights).tubes())


@compiled
def _count(
    words: Words,
    floors: NDArray[np.float64],
    kind: Numbers,
    most: int,
    weights: NDArray[np.float64],
    kind_of_group: Numbers,
    ziggurat: Layers,
    tubes: Numbers,
) -> bool:
    """`floors` are exp(-mean) of each class: so far down goes the product of a Poisson number. False: not every number is known."""
    wanted, keys = np.ones(len(kind), np.int64), np.empty((len(weights), len(kind)))
    known = _draw(words, floors, kind, ziggurat, wanted, keys)
    rank = np.zeros(keys.shape, np.int64)
    for group in range(len(weights)):
        keys[group] /= weights[group]
        for other in range(group):
            _compare(keys[group], keys[other], rank[group], rank[other])
    tubes[:] = 0
    for group in range(len(weights)):
        _add(rank[group], wanted, most, tubes[kind_of_group[group]])
    return known


@compiled
def _draw(words: Words, floors: NDArray[np.float64], kind: Numbers, ziggurat: Layers, wanted: Numbers, keys: NDArray[np.float64]) -> bool:
    """First how many groups everybody wants, then an exponential number for each group: group × person."""
    high, low, inc_high, inc_low = begun(words)
    for person in range(len(kind)):
        floor = floors[kind[person]]
        product = 1.0 if floor < 1.0 else 0.0
        while product > floor:
            high, low = following(high, low, inc_high, inc_low)
            product *= double(high, low)
            wanted[person] += product > floor
    width, sure = ziggurat.width, ziggurat.sure
    for person in range(len(kind)):
        for group in range(len(keys)):
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
            keys[group, person] = number
    return True


@compiled
def _compare(one: NDArray[np.float64], other: NDArray[np.float64], one_rank: Numbers, other_rank: Numbers) -> None:
    """The larger of two keys of everybody comes after the other."""
    for person in range(len(one)):
        later = np.int64(one[person] > other[person])
        one_rank[person] += later
        other_rank[person] += 1 - later


@compiled
def _add(rank: Numbers, wanted: Numbers, most: int, tubes: Numbers) -> None:
    for person in range(len(rank)):
        tubes[person] += rank[person] < min(wanted[person], most)
