"""What is no longer supported, or soon will not be (contract R5.1): software by the site file, devices and software by the maker's notice, with the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.forms.discontinued import FORM, PLANNED, REPLACED, WITHDRAWN
from caixue.ops.sheets import OPENED, Asked, Sheet, Sheets
from caixue.roles import SYSTEM, allow
from caixue.site_estate import SoftwareSpec
from caixue.site_model import Site
from caixue.units import nearest

# What shows that something was replaced: an accepted commissioning of the device, or an installed patch or change of the software.
PROOFS = (
    *("commissioning.started", "commissioning.accepted"),
    *("patch.installed", "patch.rolled-back", "change.installed", "change.rolled-back"),
)
WITHIN = timedelta(days=365)  # what ends in less is due; docs/assumptions.md A-242


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing whose support ends; `number` is empty for what the site file alone tells, `plan` where there is none."""

    thing: str
    until: date
    source: str
    number: str = ""
    plan: str = ""
    replacement: str = ""
    replace_by: date | None = None

    def over(self, today: date) -> bool:
        """Whether it has ended; the last day still counts."""
        return self.until < today

    def due(self, today: date, within: timedelta = WITHIN) -> bool:
        """Whether it ends within that time, or has ended."""
        return self.until <= today + within


def endings(software: Iterable[SoftwareSpec], sheets: Iterable[Sheet]) -> list[Ending]:
    """Everything whose end is known, the nearest first; what a sheet says goes before the site file, what was replaced is gone."""
    found: dict[str, Ending] = {
        spec.name: Ending(spec.name, spec.supported_until, tr("现场文件", "site file")) for spec in software if spec.supported_until
    }
    for sheet in sheets:
        if sheet.state in (OPENED, PLANNED):
            found[sheet.values["thing"]] = _ending(sheet)
        elif sheet.state == REPLACED:
            found.pop(sheet.values["thing"], None)
    return sorted(found.values(), key=lambda one: (one.until, one.thing))


class EndOfLife:
    """The register of what is discontinued. It changes by hearing events alone."""

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None) -> None:
        self.software = site.software
        self.things = (*site.devices, *(spec.name for spec in site.software), *(host.name for host in site.hosts))
        self._proven = (*site.devices, *(spec.name for spec in site.software))  # a host has no sheet of its own
        self._swapped: dict[str, str] = {}  # commissioning → its device
        self._proofs: dict[str, str] = {}  # sheet → what it shows to be replaced
        people = {person.name: person.role for person in site.people}
        self.sheets = Sheets(replace(FORM, objection=self._objection), recorder, people, followed)
        if followed is not None:
            followed.follow(self.hear, PROOFS)

    def hear(self, event: Event) -> None:
        """Take one event of what shows that something was replaced."""
        match event.kind.rpartition(".")[2]:
            case "started":
                self._swapped[event.subject] = event.data["device"]
            case "accepted":
                self._proofs[event.subject] = self._swapped.get(event.subject, "")
            case "installed":
                self._proofs[event.subject] = event.data["software"]
            case "rolled-back":
                self._proofs.pop(event.subject, None)

    def discontinue(self, thing: str, supported_until: date, source: str, *, by: str, op: str = "") -> list[Event]:
        """The maker says until when a device or software is supported. Raises UsageError, as all of these; then nothing is noted."""
        return self.sheets.open(thing=thing, supported_until=supported_until, source=source, by=by, op=op)

    def plan(self, number: str, plan: str, replacement: str, replace_by: date, *, by: str, op: str = "") -> list[Event]:
        """How it will be replaced, by what, by when."""
        return self.sheets.take(PLANNED, number, plan=plan, replacement=replacement, replace_by=replace_by, by=by, op=op)

    def replaced(self, number: str, commissioning: str, *, by: str, op: str = "") -> list[Event]:
        """It was replaced: the number of the accepted commissioning of a device, of the installed patch or change of a software."""
        return self.sheets.take(REPLACED, number, commissioning=commissioning, by=by, op=op)

    def withdraw(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """It was no true notice."""
        return self.sheets.take(WITHDRAWN, number, reason=reason, by=by, op=op)

    def endings(self) -> list[Ending]:
        """Everything whose end is known, the nearest first."""
        return endings(self.software, self.sheets.sheets.values())

    def _objection(self, asked: Asked) -> str:
        allow(f"{FORM.name}.{asked.step.name}", asked.by, asked.people.get(asked.by, SYSTEM))
        if asked.step.name == REPLACED and asked.sheet is not None:
            return self._unproven(asked.sheet.values["thing"], asked.values["commissioning"])
        if asked.step.name != OPENED:
            return ""
        thing: str = asked.values["thing"]
        if thing not in self.things:
            return tr(f"现场没有设备或软件 {thing}", f"the site has no device or software {thing}") + nearest(thing, self.things)
        known = next((one.number for one in asked.sheets.values() if one.values["thing"] == thing and one.state in (OPENED, PLANNED)), None)
        return "" if known is None else tr(f"{thing} 已登记：{known}", f"{thing} is registered already: {known}")

    def _unproven(self, thing: str, number: str) -> str:
        if thing not in self._proven or self._proofs.get(number) == thing:
            return ""
        zh = f"{number} 不是 {thing} 签过字的验收，也不是装上的补丁或变更"
        return tr(zh, f"{number} is no accepted commissioning of {thing}, nor an installed patch or change of it")


def _ending(sheet: Sheet) -> Ending:
    values: Mapping[str, str] = sheet.values
    by_when = date.fromisoformat(values["replace_by"]) if "replace_by" in values else None
    until, plan, instead = date.fromisoformat(values["supported_until"]), values.get("plan", ""), values.get("replacement", "")
    return Ending(values["thing"], until, values["source"], sheet.number, plan, instead, by_when)
