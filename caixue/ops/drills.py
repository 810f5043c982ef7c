"""Emergency drills (contract C5): who took part, what was learned, and the twin's verdict on the scenario that rehearses them.

A drill whose scenario the twin did not pass is on record and counts as carried out, but not as rehearsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.drills_table import DRILLS
from caixue.ops.forms.drill import ATTACHED, CARRIED_OUT, FORM
from caixue.ops.sheets import Asked, Sheet, Sheets
from caixue.ops.verdicts import PASS, TwinVerdict
from caixue.units import nearest


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """The last time that a drill's sheet was carried out; `verdict` is empty while no result of the twin is attached."""

    began_us: int
    ended_us: int
    participants: tuple[str, ...]
    learned: str
    measures: str = ""
    incident: str = ""
    scenario: str = ""
    result_sha256: str = ""
    verdict: str = ""
    breached: tuple[str, ...] = ()

    @property
    def rehearsed(self) -> bool:
        """Whether the twin passed the scenario."""
        return self.verdict == PASS


def carried_out(sheet: Sheet) -> CarriedOut | None:
    """How the drill of `sheet` went last; None while it was not carried out. An earlier verdict says nothing about a later time."""
    said: dict[str, Any] = {}
    for event in sheet.history:
        if event.kind.endswith(f".{CARRIED_OUT}"):
            said = dict(event.data)
        elif event.kind.endswith(f".{ATTACHED}"):
            said |= event.data
    known = {name: said[name] for name in CarriedOut.__slots__ if name in said}
    lists = {name: tuple(said.get(name, ())) for name in ("participants", "breached")}
    return CarriedOut(**{**known, **lists}) if known else None


def last_rehearsed_us(sheets: Iterable[Sheet]) -> Mapping[str, int]:
    """Drill → the end of the last one that counts as rehearsed, in microseconds since the record's start."""
    found: dict[str, int] = {}
    for sheet in sheets:
        for end_us in _rehearsals(sheet):
            name = sheet.values["drill"]
            found[name] = max(end_us, found.get(name, end_us))
    return found


class Drills:
    """The emergency drills of a site (people: name → role)."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.people = people
        self.sheets = Sheets(replace(FORM, objection=objection), recorder, people, followed)

    def plan(self, drill: str, on: date, leader: str, *, by: str, op: str = "") -> list[Event]:
        """Plan a drill. Raises UsageError, as all steps do, when it does not fit; then nothing is noted."""
        return self.sheets.open(drill=drill, planned=on, leader=leader, by=by, op=op)

    def carry_out(
        self,
        number: str,
        participants: Sequence[str],
        began_us: int,
        ended_us: int,
        learned: str,
        *,
        by: str,
        result: TwinVerdict | None = None,
        measures: str = "",
        incident: str = "",
        op: str = "",
    ) -> list[Event]:
        """Note that it was carried out, with the twin's result where it is there. Instants in microseconds since the record's start."""
        times = {"began_us": began_us, "ended_us": ended_us}
        words = {"learned": learned, "measures": measures, "incident": incident}
        return self.sheets.take(CARRIED_OUT, number, participants=participants, by=by, op=op, **times, **words, **_evidence(result))

    def attach(self, number: str, result: TwinVerdict, *, by: str, op: str = "") -> list[Event]:
        """Attach the twin's result to a drill that was carried out."""
        return self.sheets.take(ATTACHED, number, by=by, op=op, **_evidence(result))

    def cancel(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """It is not carried out."""
        return self.sheets.take("cancelled", number, reason=reason, by=by, op=op)


def objection(asked: Asked) -> str:
    """Why a step of a drill may not be taken; empty when it may."""
    sheet = asked.sheet
    if asked.step.name not in (CARRIED_OUT, ATTACHED) or sheet is None:
        return ""
    before, drill = carried_out(sheet), DRILLS[sheet.values["drill"]]
    if before is not None and before.rehearsed:
        return tr(f"{sheet.number} 已经合格；再演练请另开一张", f"{sheet.number} has passed; plan another one to repeat it")
    scenario = asked.values.get("scenario", drill.scenarios[0])
    if scenario not in drill.scenarios:
        wanted = ", ".join(drill.scenarios)
        return tr(f"{drill.zh} 用场景 {wanted} 预演，不是 {scenario}", f"{drill.en} is rehearsed by {wanted}, not by {scenario}")
    return _times_objection(asked) or _people_objection(asked) if asked.step.name == CARRIED_OUT else ""


def _times_objection(asked: Asked) -> str:
    if asked.values["began_us"] <= asked.values["ended_us"] <= asked.at_us:
        return ""
    return tr("开始要在结束之前，结束不能在将来", "it begins before it ends, and ends before now")


def _people_objection(asked: Asked) -> str:
    for name in asked.values["participants"]:
        if name not in asked.people:
            return tr(f"现场文件里没有 {name}", f"the site file knows nobody called {name}") + nearest(name, asked.people)
    return ""


def _evidence(result: TwinVerdict | None) -> dict[str, Any]:
    if result is None:
        return {}
    breached = [f"{row['figure']} {row['limit']}" for row in result.rows if row["verdict"] != PASS]
    return {"scenario": result.scenario, "result_sha256": result.sha256, "verdict": result.verdict, "breached": breached}


def _rehearsals(sheet: Sheet) -> Iterable[int]:
    """The ends of the times that count; only the last of a sheet can, for a rehearsed one is not repeated."""
    done = carried_out(sheet)
    if done is not None and done.rehearsed:
        yield done.ended_us
