"""How much is used: consumables on simulated days, parts by the rates at which devices fail."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.slots import LABEL_ROLL, THERMAL_ROLL, slots_of
from caixue.site import Site
from twin.people import KINDS
from twin.timing.design import Design
from twin.timing.sampling import sample

Floats = NDArray[np.float64]
_NODES = 9  # of the quadrature over how busy a period is
_TAIL = 1e-12  # probability that a Poisson table leaves out


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """How many uses there are on one clinic day (`day`: the probability of 0, 1, 2 …), `piece` of them from each piece in the store."""

    item: str
    day: Floats
    piece: int

    @property
    def mean(self) -> float:
        """Pieces a day."""
        return float(self.day @ np.arange(len(self.day))) / self.piece

    @property
    def sd(self) -> float:
        """Of the pieces of a day."""
        uses = np.arange(len(self.day))
        mean = float(self.day @ uses)
        return math.sqrt(max(0.0, float(self.day @ (uses - mean) ** 2))) / self.piece

    def over(self, days: int, spread: float = 0.0) -> Floats:
        """The probability of each number of pieces in so many days, by exact convolution; whole pieces, rounded up.

        `spread`: standard deviation, over the mean, of how busy all these days are together (a normal factor, by quadrature).
        """
        uses = np.ones(1)
        for _ in range(days):
            uses = np.convolve(uses, self.day)
        amounts, pieces = np.arange(len(uses)), []
        for factor, weight in _factors(spread):
            whole = np.ceil(amounts * factor / self.piece - 1e-9).astype(np.int64)
            pieces.append(weight * np.bincount(whole, uses))
        longest = max(map(len, pieces))
        return np.sum([np.pad(row, (0, longest - len(row))) for row in pieces], axis=0)


def _factors(spread: float) -> list[tuple[float, float]]:
    """Gauss-Hermite nodes of a normal factor with mean 1, none below 0, with their weights."""
    if not spread:
        return [(1.0, 1.0)]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return [(max(0.0, 1.0 + spread * float(node)), float(weight / weights.sum())) for node, weight in zip(nodes, weights, strict=True)]


def measured(design: Design, days: int) -> dict[str, Use]:
    """What the people of so many simulated days use of each consumable. Raises UsageError for a site without devices."""
    kinds = [kind for kind in KINDS if design.site.tubes.lanes_of(kind)]
    items = (*kinds, LABEL_ROLL, THERMAL_ROLL)
    totals = np.array([sample(design, number).need.sum(axis=0) for number in range(days)])
    if totals.shape[1:] != (len(items),):
        raise UsageError(tr("这个现场没有设备，不用耗材", "this site has no devices and uses up nothing"))
    piece = pieces_of(design.site)
    counts = {item: np.bincount(totals[:, place]) / days for place, item in enumerate(items)}
    return {item: Use(item, day, piece.get(item, 1)) for item, day in counts.items()}


def pieces_of(site: Site) -> dict[str, int]:
    """Item → how many labels or slips come from one roll, 1 of a tube."""
    return {slot.item: slot.piece for slot in slots_of(site)}


def poisson(mean: float) -> Floats:
    """The probability of 0, 1, 2 … events, so many on average."""
    most = int(mean + 10 * math.sqrt(mean) + 20)
    log = [
        count * math.log(mean) - mean - math.lgamma(count + 1) if mean else (0.0 if not count else -math.inf) for count in range(most + 1)
    ]
    table = np.exp(log)
    return table[: int(np.searchsorted(np.cumsum(table), 1 - _TAIL)) + 1]
