"""Commissioning of swapped devices (contract R5.1): the rows of the conformance suite on the device, people's words, and the users' signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.link.arming import can_move
from caixue.ops.forms.commissioning import ACCEPTED, CHECKED, FORM, REFUSED, STARTED, VOUCHED, objection
from caixue.ops.sheets import OPENED, Asked, Sheet, Sheets
from caixue.roles import SYSTEM, allow
from caixue.site_model import Site
from caixue.units import nearest


class CheckRow(Protocol):
    """How one check of the conformance suite went, as `caixue.conformance.Row` tells it."""

    @property
    def device(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def detail(self) -> str: ...


class Commissioning:
    """The swapped devices of a site. It changes by hearing events alone."""

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None) -> None:
        people = {person.name: person.role for person in site.people}
        self.devices = site.devices
        self.sheets = Sheets(replace(FORM, objection=self._objection), recorder, people, followed)

    def start(self, device: str, new_serial: str, why: str, *, by: str, op: str = "", **more: str) -> list[Event]:
        """A device was swapped: `more` are old_serial and incident. Raises UsageError, as all of these; then nothing is noted."""
        return self.sheets.open(device=device, new_serial=new_serial, why=why, by=by, op=op, **more)

    def check(self, number: str, rows: Sequence[CheckRow], *, bench: str, simulated: bool, by: str, op: str = "") -> list[Event]:
        """Attach the rows of one run of the suite on the device."""
        device = self.sheets.named(number).values["device"]
        strange = next((row.device for row in rows if row.device != device), None)
        if strange is not None:
            raise UsageError(tr(f"检查的是 {strange}，不是 {device}", f"{strange} was checked, not {device}"))
        said = [{"check": row.check, "verdict": row.verdict, "detail": row.detail} for row in rows]
        return self.sheets.take(CHECKED, number, rows=said, bench=bench, simulated=simulated, by=by, op=op)

    def vouch(self, number: str, check: str, word: str, *, by: str, op: str = "") -> list[Event]:
        """`by` has tried by hand what the suite skipped, and says what was seen."""
        return self.sheets.take(VOUCHED, number, check=check, word=word, by=by, op=op)

    def accept(self, number: str, *, by: str, remark: str = "", op: str = "") -> list[Event]:
        """The users sign."""
        return self.sheets.take(ACCEPTED, number, remark=remark, by=by, op=op)

    def refuse(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """The users do not accept it."""
        return self.sheets.take(REFUSED, number, reason=reason, by=by, op=op)

    def open(self) -> list[Sheet]:
        """The devices that were swapped and are not accepted."""
        return self.sheets.in_state(OPENED, CHECKED)

    def _objection(self, asked: Asked) -> str:
        allow(f"{FORM.name}.{asked.step.name}", asked.by, asked.people.get(asked.by, SYSTEM))
        if asked.step.name == STARTED and asked.values["device"] not in self.devices:
            device = asked.values["device"]
            return tr(f"现场没有设备 {device}", f"the site has no device {device}") + nearest(device, self.devices)
        if asked.step.name == ACCEPTED and asked.sheet is not None and self._elsewhere(asked.sheet.values):
            return tr("检查的是孪生，不是真机", "the twin was checked, not the device")
        return objection(asked)

    def _elsewhere(self, values: Mapping[str, Any]) -> bool:
        """Whether the twin was checked where there is a real device."""
        spec = self.devices.get(values["device"])
        return bool(values.get("simulated")) and spec is not None and can_move(spec.url)
