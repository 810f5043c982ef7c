"""A small face of HiGHS: columns, rows and objectives one after another, always with one thread and the same seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr

SEED = 20261123


@dataclass(frozen=True, slots=True)
class Stage:
    """How one objective came out. `bound`: nothing better exists; `nodes`: of the search tree; `wall_s`: real seconds."""

    name: str
    value: float
    bound: float
    optimal: bool
    nodes: int
    wall_s: float

    @property
    def gap(self) -> float:
        """How much better it could still be, in the objective's own unit."""
        return max(0.0, self.value - self.bound)


def highs() -> ModuleType:
    """The solver; raises UsageError where it is not installed."""
    try:
        import highspy
    except ImportError:
        raise UsageError(tr('排班要先装求解器：pip install "caixue[plan]"', 'rosters need a solver: pip install "caixue[plan]"')) from None
    module: ModuleType = highspy
    return module


class Programme:
    """A programme that is minimised by one objective after another, each at no cost of those before."""

    def __init__(self) -> None:
        self._highs = highs()
        self._solver: Any = self._highs.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", SEED), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-7)):
            self._solver.setOptionValue(option, value)
        self._columns = 0
        self.values: NDArray[np.float64] = np.zeros(0)

    def column(self, most: int) -> int:
        """A whole number from 0 to `most`."""
        return self._add(float(most), whole=True)

    def share(self) -> int:
        """A number from 0 to 1."""
        return self._add(1.0, whole=False)

    def _add(self, most: float, *, whole: bool) -> int:
        self._solver.addVar(0.0, most)
        if whole:
            self._solver.changeColIntegrality(self._columns, self._highs.HighsVarType.kInteger)
        self._columns += 1
        return self._columns - 1

    def at_most(self, terms: Mapping[int, float], limit: float) -> None:
        """The sum is `limit` or less."""
        self._row(terms, -math.inf, limit)

    def at_least(self, terms: Mapping[int, float], limit: float) -> None:
        """The sum is `limit` or more."""
        self._row(terms, limit, math.inf)

    def exactly(self, terms: Mapping[int, float], value: float) -> None:
        """The sum is `value`."""
        self._row(terms, value, value)

    def _row(self, terms: Mapping[int, float], low: float, high: float) -> None:
        places, weights = np.fromiter(terms, np.int32, len(terms)), np.fromiter(terms.values(), np.float64, len(terms))
        self._solver.addRow(low, high, len(places), places, weights)

    def minimise(self, name: str, terms: Mapping[int, float], *, nodes: int, stalled: int) -> Stage:
        """Minimise; stops after so many nodes of the search, or so many without improvement, so that it ends alike on every machine."""
        costs = np.zeros(self._columns)
        costs[list(terms)] = list(terms.values())
        self._solver.changeColsCost(self._columns, np.arange(self._columns, dtype=np.int32), costs)
        self._solver.setOptionValue("mip_max_nodes", nodes)
        self._solver.setOptionValue("mip_max_stall_nodes", stalled)
        self._begin_with(self.values)
        before_s = self._solver.getRunTime()
        self._solver.run()
        info = self._solver.getInfo()
        optimal = self._solver.getModelStatus() == self._highs.HighsModelStatus.kOptimal
        self.values = np.asarray(self._solver.getSolution().col_value)
        value = float(costs @ self.values)
        bound = value if optimal else float(info.mip_dual_bound)
        return Stage(name, value, bound, optimal, max(0, int(info.mip_node_count)), self._solver.getRunTime() - before_s)

    def _begin_with(self, values: NDArray[np.float64]) -> None:
        if len(values):
            solution = self._highs.HighsSolution()
            solution.col_value = [*values, *[0.0] * (self._columns - len(values))]
            self._solver.setSolution(solution)
