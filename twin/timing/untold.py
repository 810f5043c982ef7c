"""Which figures timing cannot tell of the days of one scenario, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.site import Site
from caixue.where import parse_where
from twin.faults.felt import Feel, effect
from twin.faults.untold import BY_FEEL, BY_ITSELF, DEVICES, NOT_SIMULATED, RANDOM, Reason
from twin.scenario_checks import names_of
from twin.scenario_model import Fault, Scenario


@dataclass(frozen=True, slots=True)
class Untold:
    """What is unknown of every day of a design, besides what timing never simulates."""

    reasons: tuple[Reason, ...] = ()

    @property
    def figures(self) -> frozenset[str]:
        """The figures that are None, whatever `where` says."""
        return NOT_SIMULATED.union(*(reason.figures for reason in self.reasons))

    def hides(self, figure: str, where: str = "") -> bool:
        """Whether the figure is unknown, or unknown for the rows that `where` chooses."""
        return figure in NOT_SIMULATED or any(_hides(reason, figure, where) for reason in self.reasons)

    def why(self, figure: str, where: str = "") -> str:
        """Why it is unknown, beyond what timing never simulates; empty where that is all."""
        found = [tr(reason.zh, reason.en) for reason in self.reasons if _hides(reason, figure, where)]
        return "" if figure in NOT_SIMULATED else "; ".join(found)


def untold_of(scenario: Scenario, site: Site) -> Untold:
    """What timing cannot tell of the days of `scenario` at `site`."""
    return Untold(tuple(dict.fromkeys(_reasons(scenario, site))))


def _reasons(scenario: Scenario, site: Site) -> Iterator[Reason]:
    if site.devices:
        yield DEVICES
        if scenario.random_faults.enabled and scenario.random_faults.scale:
            yield RANDOM
    for row in scenario.faults:
        feel = _feel(row, site)
        if feel in BY_FEEL:  # others are refused
            yield BY_ITSELF if feel is Feel.BELT and row.for_us is not None else BY_FEEL[feel]


def _feel(row: Fault, site: Site) -> Feel:
    kind = "link" if row.link is not None else names_of(site)[row.target]
    spec = site.devices.get(row.target)
    return effect(kind, row.kind, at_window=kind == "window" or bool(spec is not None and spec.window)).feel


def _hides(reason: Reason, figure: str, where: str) -> bool:
    if figure in reason.figures:
        return True
    table = FIGURES[figure].table if figure in FIGURES else None
    return table == "incidents" and bool(reason.fields) and any(one.field in reason.fields for one in parse_where(where, table))
