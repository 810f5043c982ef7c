"""What each job of the engineers is about, as the record names it: device, window, class, part. Jobs are numbered as in docs/timing.md."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.ops.symptoms import BACK_WITHIN_US, GENERAL, LARGER, MAJOR
from twin.faults.catalogue import Fault, catalogue
from twin.scenario_checks import names_of
from twin.timing.arrays import EVERYWHERE, Cause
from twin.timing.design import Design
from twin.timing.troubles import Trouble

INCIDENT, REFILL, REPAIR = "incident", "refill", "repair"  # tasks of an engineer
_JAMS = "tube-dispenser"  # the devices in which tubes jam
_JAM = "tube-jam"


@dataclass(frozen=True, slots=True)
class Case:
    """One job; only those whose task is an incident have a class."""

    task: str
    device: str = ""
    window: str = ""
    symptom: str = ""
    class_: str = ""
    part: str = ""
    hidden_us: int = 0  # how long it is usually there before it is felt


def cases(design: Design) -> tuple[Case, ...]:
    """Every job: the causes, then a refill and a jam for each position."""
    rows = catalogue() if design.troubles else {}
    kinds = names_of(design.site)
    causes = [_cause(design, trouble, rows.get((kinds.get(trouble.device, ""), trouble.kind))) for trouble in design.troubles]
    return (*causes, *(Case(REFILL, window=name) for name in design.positions), *(_jam(design, name) for name in design.positions))


def _cause(design: Design, trouble: Trouble, row: Fault | None) -> Case:
    """A window that breaks down by itself is repaired and is no incident, as in the wire engine."""
    window = "" if trouble.where == EVERYWHERE else design.positions[trouble.where]
    if trouble.row is not None:
        return Case(REPAIR, trouble.device, window, trouble.kind)
    part = row.part if row is not None else ""
    return Case(INCIDENT, trouble.device, window, trouble.kind, _class(design, trouble, row), part, trouble.hidden_us)


def _class(design: Design, trouble: Trouble, row: Fault | None) -> str:
    """The class by the rule of docs/decisions/0004-class-of-an-incident.md; the catalogue says how long the repair usually takes."""
    shared = trouble.where == EVERYWHERE
    lost = 0 if trouble.what is not Cause.STOP else len(design.site.windows) if shared else 1
    if lost >= 2:
        return MAJOR
    hazard = row is not None and row.severity != GENERAL
    long = row is None or row.repair_mean_s * 1e6 > BACK_WITHIN_US
    return LARGER if hazard or ((shared or lost) and long) else GENERAL


def _jam(design: Design, position: str) -> Case:
    device = next((name for name, spec in design.site.devices.items() if spec.window == position and spec.kind == _JAMS), position)
    return Case(INCIDENT, device, position, _JAM, GENERAL)
