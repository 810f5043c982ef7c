"""Orders of the laboratory, drawn and counted as tubes at once: the numbers of `twin.people`, without keeping any.

What it gives is compared with numpy's for one day before it is relied upon: a numpy that draws otherwise is asked itself.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.chance import Chance
from twin.people import GROUPS, KIND_OF_GROUP, KINDS, Crowd, Numbers, Orders, order_means, order_weights, orders_of
from twin.timing.compiling import compiled, lent
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_dice import Layers, Words, begun, double, exponentials, following, layers
from twin.timing.wide import tell_numba

STREAM = "orders"
BLOCK = 128  # people whose numbers stand in the nearest memory together
MOST_MEAN = 10.0  # numpy draws larger Poisson numbers otherwise


class _Mix(NamedTuple):
    """Of the classes of a crowd how far down the product of a Poisson number goes, exp(-mean); and the weights of the groups."""

    floors: NDArray[np.float64]
    weights: NDArray[np.float64]
    known: bool


def count_tubes(crowd: Crowd, chance: Chance, kind: Numbers, tubes: Numbers) -> None:
    """Into KINDS × people, how many tubes of each kind everybody needs."""
    words, mix = chance.words(STREAM) if isinstance(chance, QuickChance) else None, _mix_of(crowd)
    if words is None or not mix.known or not as_numpy() or not _counted(words, mix, crowd.most_tubes, kind, tubes):
        tubes[:] = orders_of(crowd, chance, kind).tubes()


@lru_cache(maxsize=8)
def _mix_of(crowd: Crowd) -> _Mix:
    return _mix(order_means(crowd), order_weights(crowd))


def _mix(means: NDArray[np.float64], weights: NDArray[np.float64]) -> _Mix:
    return _Mix(np.array([math.exp(-mean) for mean in means.tolist()]), weights, bool(means.max() < MOST_MEAN))


def _counted(words: Words, mix: _Mix, most: int, kind: Numbers, tubes: Numbers) -> bool:
    return bool(_count(words, mix.floors, kind, most, mix.weights, KIND_OF_GROUP, layers(), tubes))


@cache
def as_numpy() -> bool:
    """Whether numpy draws as the compiled function does: of a thousand people."""
    tell_numba()
    chance, kind = QuickChance(0, 0), np.arange(1000) % 3
    means, weights, most = np.array([0.0, 2.3, 4.0]), np.linspace(0.5, 2.0, len(GROUPS)), len(GROUPS) - 1
    tubes, words, dice = np.empty((len(KINDS), len(kind)), np.int64), chance.words(STREAM), chance.numpy_stream(STREAM)
    assert words is not None
    known = _counted(words, _mix(means, weights), most, kind, tubes)
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
    state, wanted = np.array(begun(words)), np.ones(len(kind), np.int64)
    _want(state, floors, kind, wanted)
    keys, rank = np.empty((len(weights), BLOCK)), np.empty((len(weights), BLOCK), np.int8)
    tubes[:] = 0
    for start in range(0, len(kind), BLOCK):
        stop = min(start + BLOCK, len(kind))
        if not exponentials(state, ziggurat, keys[:, : stop - start]):
            return False
        rank[:] = 0
        for group in range(len(weights)):
            keys[group] /= weights[group]
            for other in range(group):
                _compare(keys[group], keys[other], rank[group], rank[other])
        for group in range(len(weights)):
            _add(rank[group], wanted[start:stop], most, tubes[kind_of_group[group], start:stop])
    return True


@lent
def _want(state: Words, floors: NDArray[np.float64], kind: Numbers, wanted: Numbers) -> None:
    """How many groups everybody wants."""
    high, low, inc_high, inc_low = state[0], state[1], state[2], state[3]
    for person in range(len(kind)):
        floor = floors[kind[person]]
        product = 1.0 if floor < 1.0 else 0.0
        while product > floor:
            high, low = following(high, low, inc_high, inc_low)
            product *= double(high, low)
            wanted[person] += product > floor
    state[0], state[1] = high, low


@lent
def _compare(one: NDArray[np.float64], other: NDArray[np.float64], one_rank: NDArray[np.int8], other_rank: NDArray[np.int8]) -> None:
    """The larger of two keys of everybody comes after the other."""
    for person in range(len(one)):
        later = one[person] > other[person]
        one_rank[person] += later
        other_rank[person] += not later


@lent
def _add(rank: NDArray[np.int8], wanted: Numbers, most: int, tubes: Numbers) -> None:
    for person in range(len(wanted)):
        tubes[person] += rank[person] < min(wanted[person], most)
