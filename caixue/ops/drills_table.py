"""The emergency drills (contract C5), each with the scenarios of the twin that rehearse it.

The contract names a power cut and a serious network incident; these are due every year and before each special period. The other rows
are carried out where a plan asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.lang import tr


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill; one of `scenarios` rehearses it. `clause` is what asks for it: those of C5 fall due by themselves."""

    name: str
    zh: str
    en: str
    scenarios: tuple[str, ...]
    clause: str = "project"

    @property
    def text(self) -> str:
        """The drill in the user's language."""
        return tr(self.zh, self.en)


_ROWS = (
    Drill("power-cut", "停电", "power cut", ("power-cut",), "C5"),
    Drill("network-lost", "断网", "serious network incident", ("network-lost",), "C5"),
    Drill("host-lost", "主机损坏，无备件", "a host lost, no spare", ("host-lost-no-spare",)),
    Drill("belt-stopped", "传送带停机", "the belt stands", ("conveyor-stopped",)),
    Drill("wrong-labels", "贴错管", "wrong labels", ("wrong-label-day",)),
    Drill("engineer-away", "工程师不在院内", "the engineer is off site", ("engineer-away",)),
    Drill("refill-missed", "上一班没有补料", "the last shift did not refill", ("unfilled-monday",)),
)
DRILLS: Mapping[str, Drill] = {drill.name: drill for drill in _ROWS}
REQUIRED = tuple(drill.name for drill in _ROWS if drill.clause == "C5")
