"""Chance: named random streams, the only dice in the twin."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Dice = random.Random  # what a named stream is


class Chance:
    """All dice of one replication; each stream has a name, and adding a stream moves no other.

    Asking for a name again gives the same stream where it stands now.
    """

    def __init__(self, seed: int, replication: int = 0, prefix: str = "") -> None:
        self.seed = seed
        self.replication = replication
        self._prefix = prefix
        self._streams: dict[str, random.Random] = {}
        self._numpy_streams: dict[str, np.random.Generator] = {}

    def under(self, prefix: str) -> Chance:
        """The dice whose names begin with `prefix`, such as "day-3."; itself for none."""
        return Chance(self.seed, self.replication, self._prefix + prefix) if prefix else self

    def stream(self, name: str) -> random.Random:
        """The stream of that name: `chance.stream("window-3.draw").expovariate(1 / 90)`."""
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = random.Random(self._seed_of(name))
        return found

    def numpy_stream(self, name: str) -> np.random.Generator:
        """The numpy generator (PCG64) of that name, for drawing whole arrays; it shares no state with `stream(name)`."""
        import numpy as np

        found = self._numpy_streams.get(name)
        if found is None:
            words = np.frombuffer(self._digest_of(name)[::-1], "<u4").astype(np.uint32, copy=False)  # numpy reads them faster than an int
            seed = words if words[-1] else self._seed_of(name)
            found = self._numpy_streams[name] = np.random.Generator(np.random.PCG64(seed))
        return found

    def _seed_of(self, name: str) -> int:
        return int.from_bytes(self._digest_of(name), "big")

    def _digest_of(self, name: str) -> bytes:
        return hashlib.sha256(f"{self.seed}/{self.replication}/{self._prefix}{name}".encode()).digest()
