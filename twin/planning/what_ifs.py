"""What-ifs ready to run: each changes a scenario by its keys, or the days drawn from it, and is compared on the same days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from caixue.lang import tr
from twin.planning.changed_days import Change, heads_early, prepared_ahead, shared_robot
from twin.planning.documents import Document, document_of, parsed, slots_of
from twin.planning.remedies import appointments
from twin.planning.staffing import SLOT_US
from twin.scenario_model import Scenario
from twin.timing.design import Design, design_of
from twin.timing.sampling import sample

HEAD = "print-head-dead-dots"  # of the fault catalogue
_DAYS = 50  # whose people are counted


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers that people may choose."""

    share: float = 0.5  # of the people who come by appointment
    robot: float = 3.0  # how many times as fast as a window by itself the shared robot is; docs/assumptions.md A-154
    wear: float = 0.5  # of a print head's mean life: then it is replaced; docs/assumptions.md A-153


@dataclass(frozen=True, slots=True)
class Versions:
    """The two sides of a what-if: two designs, and what is done to each day of the second one."""

    a: Design
    b: Design
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One what-if: what it changes and how, and for which scenarios it says nothing."""

    name: str
    zh: str
    en: str
    how_zh: str
    how_en: str
    versions: Callable[[Scenario, Choice], Versions]
    refusal: Callable[[Scenario, Design], str] = lambda scenario, design: ""  # why it says nothing there


def _keys(change: Callable[[Scenario, Document, Choice], Document]) -> Callable[[Scenario, Choice], Versions]:
    """A what-if that scenarios have keys for."""

    def versions(scenario: Scenario, choice: Choice) -> Versions:
        folder = scenario.path.parent
        document = {**document_of(scenario, folder), "fidelity": "timing"}
        a = parsed(document, scenario.path)
        return Versions(design_of(a), design_of(parsed(change(a, document, choice), scenario.path)))

    return versions


def _days(change: Callable[[Design, Choice], Change]) -> Callable[[Scenario, Choice], Versions]:
    """A what-if that changes the days after they were drawn."""

    def versions(scenario: Scenario, choice: Choice) -> Versions:
        document = {**document_of(scenario, Path(scenario.path.parent)), "fidelity": "timing"}
        design = design_of(parsed(document, scenario.path))
        return Versions(design, design, change(design, choice))

    return versions


def _by_appointment(scenario: Scenario, document: Document, choice: Choice) -> Document:
    design, slots = design_of(scenario), slots_of(scenario)
    people = sum(sample(design, number).arrivals for number in range(_DAYS)) / _DAYS
    return {**document, "appointments": appointments(choice.share, people, len(slots.open) * SLOT_US)}


def _one_more_engineer(scenario: Scenario, document: Document, choice: Choice) -> Document:
    return {**document, "staff": {**document.get("staff", {}), "engineers": scenario.staff.engineers + 1}}


def _no_appointments_yet(scenario: Scenario, design: Design) -> str:
    if scenario.appointments is not None or scenario.arrivals_path is not None:
        return tr("场景已有预约，或到达是记录下来的", "the scenario has appointments already, or recorded arrivals")
    return ""


def _needs_devices(scenario: Scenario, design: Design) -> str:
    return tr("没有设备的窗口不分备管和采血", "windows without devices have no preparation of their own") if not design.site.devices else ""


def _needs_heads(scenario: Scenario, design: Design) -> str:
    if any(trouble.kind == HEAD for trouble in design.troubles):
        return ""
    return tr("场景里没有打印头故障（[[fault]] 或 random_faults）", "no print head fails in this scenario ([[fault]] or random_faults)")


_ROWS = (
    WhatIf(
        "appointments",
        "预约分流",
        "appointments",
        "[appointments]：share 的人按 15 min 一格均匀约满开放时间",
        "[appointments]: that share of the people, spread evenly in slots of 15 min",
        _keys(_by_appointment),
        _no_appointments_yet,
    ),
    WhatIf(
        "prepared-ahead",
        "提前备好下一位的试管",
        "tubes prepared one patient ahead",
        "除各窗第一位外，叫到时管已备好：prepare_us = 0；卡管在叫号时就已知道",
        "but for the first at each window tubes are ready at the call: prepare_us = 0; a jam is known by then",
        _days(lambda design, choice: prepared_ahead),
        _needs_devices,
    ),
    WhatIf(
        "shared-robot",
        "全室共用一台备管机",
        "one shared labelling robot against one per window",
        "按叫号先后排队，一次备一位；等待时间逐遍算到不再变",
        "one server, first called first prepared; waits are computed pass by pass until they stay",
        _days(lambda design, choice: shared_robot(choice.robot)),
        _needs_devices,
    ),
    WhatIf(
        "two-engineers",
        "多一名工程师",
        "one engineer more",
        "staff.engineers 加 1",
        "staff.engineers, one more",
        _keys(_one_more_engineer),
    ),
    WhatIf(
        "heads-early",
        "提前更换打印头",
        "print heads replaced early",
        "威布尔磨损：按更换策略的故障率与用到坏为止之比，抽去一部分打印头故障",
        "Weibull wear: head failures are thinned to the rate of that policy over the rate of running to failure",
        _days(lambda design, choice: heads_early(choice.wear)),
        _needs_heads,
    ),
)
WHAT_IFS: Mapping[str, WhatIf] = MappingProxyType({row.name: row for row in _ROWS})
