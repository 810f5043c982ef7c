"""The same named streams as `twin.chance`, begun in a microsecond where numba is installed: a day of timing asks for a dozen.

The words of a generator's first state come from numpy's SeedSequence (its mixing and its constants are O'Neill's seed_seq_fe,
which numpy promises not to change); here they are computed by a compiled function.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import cast

import numpy as np
from numpy.random import PCG64, Generator
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from twin.chance import Chance
from twin.timing.compiling import compiled, compiles, lent
from twin.timing.quick_streams import QuickStream, first_throws

Words = NDArray[np.uint64]

_POOL, _STATE = 4, 8  # words of 32 bits
_WORD, _SHIFT = 0xFFFFFFFF, 16
_INIT_A, _MULT_A, _INIT_B, _MULT_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
_MIX_L, _MIX_R = 0xCA01F9DD, 0x4973F715


class _Begun:
    """What a generator asks for when it begins: words that are known already."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: object = np.uint32) -> Words:
        """The words of PCG64's first state."""
        return self._words


ISeedSequence.register(_Begun)


class QuickChance(Chance):
    """All dice of one replication of timing; each stream as `Chance` has it, to the last bit."""

    def __init__(self, seed: int, replication: int = 0, prefix: str = "", known: dict[str, Words | None] | None = None) -> None:
        super().__init__(seed, replication, prefix)
        self.known = {} if known is None else known  # words of streams by their whole names

    def under(self, prefix: str) -> QuickChance:
        """The dice whose names begin with `prefix`."""
        return QuickChance(self.seed, self.replication, self._prefix + prefix, self.known)

    def begin(self, names: Sequence[str]) -> None:
        """Begin the streams of these names together; they then throw what `QuickStream` does."""
        if not compiles():
            return
        digests = {name: self._digest_of(name) for name in names if name not in self._streams}
        digests = {name: digest for name, digest in digests.items() if any(digest[:4])}  # else a shorter seed
        keys = np.frombuffer(b"".join(digest[::-1] for digest in digests.values()), "<u4").reshape(-1, _STATE)
        for (name, digest), first in zip(digests.items(), first_throws(keys.astype(np.int64)), strict=True):
            self._streams[name] = cast(random.Random, QuickStream(first, digest))

    def numpy_stream(self, name: str) -> Generator:
        """The numpy generator (PCG64) of that name."""
        found = self._numpy_streams.get(name)
        if found is None:
            words = self.words(name)
            if words is None:
                return super().numpy_stream(name)
            found = self._numpy_streams[name] = Generator(PCG64(_Begun(words)))  # type: ignore[arg-type]  # any ISeedSequence will do
        return found

    def words(self, name: str) -> Words | None:
        """With what the numpy generator of that name begins, for compiled functions; None where only numpy knows."""
        name = self._prefix + name
        if name not in self.known:
            self.know([name])
        return self.known[name]

    def know(self, names: Collection[str]) -> None:
        """Find out the words of all these streams, prefixes included, together."""
        if not names:
            return
        bare = QuickChance(self.seed, self.replication)
        digests = [bare._digest_of(name) for name in names]
        every = np.empty((len(digests), _STATE // 2), np.uint64)
        if compiles():
            _begin(np.frombuffer(b"".join(digests), ">u4").astype(np.uint64).reshape(-1, _STATE), every)
        for name, digest, words in zip(names, digests, every, strict=True):
            self.known[name] = words if compiles() and any(digest[:4]) else None  # numpy leaves out a first word that is zero


@compiled
def _begin(every: Words, words: Words) -> None:
    """The first states of generators, a row each."""
    for row in range(len(every)):
        _state(every[row], words[row])


@compiled
def _state(entropy: Words, words: Words) -> None:
    """The first state of a generator from eight words of entropy, the most significant first."""
    pool = np.zeros(_POOL, np.uint64)
    constant = np.uint64(_INIT_A)
    last = len(entropy) - 1
    for place in range(_POOL):
        pool[place], constant = _hashed(entropy[last - place], constant)
    for source in range(_POOL):
        for place in range(_POOL):
            if source != place:
                value, constant = _hashed(pool[source], constant)
                pool[place] = _mixed(pool[place], value)
    for source in range(_POOL, len(entropy)):
        for place in range(_POOL):
            value, constant = _hashed(entropy[last - source], constant)
            pool[place] = _mixed(pool[place], value)
    constant = np.uint64(_INIT_B)
    for place in range(_STATE):
        value = pool[place % _POOL] ^ constant
        constant = (constant * np.uint64(_MULT_B)) & np.uint64(_WORD)
        value = (value * constant) & np.uint64(_WORD)
        value ^= value >> np.uint64(_SHIFT)
        if place % 2:
            words[place // 2] |= value << np.uint64(32)
        else:
            words[place // 2] = value


@lent
def _hashed(value: np.uint64, constant: np.uint64) -> tuple[np.uint64, np.uint64]:
    value ^= constant
    constant = (constant * np.uint64(_MULT_A)) & np.uint64(_WORD)
    value = (value * constant) & np.uint64(_WORD)
    return value ^ (value >> np.uint64(_SHIFT)), constant


@lent
def _mixed(one: np.uint64, other: np.uint64) -> np.uint64:
    value = (np.uint64(_MIX_L) * one - np.uint64(_MIX_R) * other) & np.uint64(_WORD)
    return value ^ (value >> np.uint64(_SHIFT))
