"""Patches and change requests of a site (contract R5.1, R5.5): nothing is approved without passing verdicts of the twin, nor installed without a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.backup.terms import TERM_DAYS
from caixue.ops.change_steps import APPROVED, CLOSED, DECLINED, INSTALLED, REJECTED, ROLLED_BACK, TESTED
from caixue.ops.forms.change import FORM as CHANGE
from caixue.ops.forms.patch import FORM as PATCH
from caixue.ops.freeze import ChangeFreeze
from caixue.ops.known_backups import KnownBackups
from caixue.ops.patch_rules import OBJECTIONS, Known
from caixue.ops.sheets import Asked, Sheet, Sheets
from caixue.ops.verdicts import TwinVerdict
from caixue.ops.versions import Versions, home
from caixue.roles import SYSTEM, allow
from caixue.site_model import Site


class Patching:
    """The registers of patches and changes, the versions that they lead to, and what is held against them. It changes by hearing events alone."""

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None) -> None:
        people = {person.name: person.role for person in site.people}
        self.recorder = recorder
        self.freeze = ChangeFreeze(site, recorder, followed)
        self.versions = Versions(site.software, followed)
        self.backups = KnownBackups(followed)
        self.windows = tuple(window.name for window in site.windows)
        self.hosts = tuple(host.name for host in site.hosts)
        self.patches = Sheets(replace(PATCH, objection=partial(self._objection, PATCH.name)), recorder, people, followed)
        self.changes = Sheets(replace(CHANGE, objection=partial(self._objection, CHANGE.name)), recorder, people, followed)

    def find(self, software: str, version: str, why: str, *, by: str, op: str = "", **more: Any) -> list[Event]:
        """Register a patch: `more` are advisory, maker, file and sha256. Raises UsageError, as all of these; then nothing is noted."""
        return self._open(self.patches, op, by, software=software, version=version, why=why, **more)

    def ask(self, software: str, matter: str, what: str, *, asked_by: str, by: str, op: str = "", **more: Any) -> list[Event]:
        """Register a change request: `matter` is customisation or configuration, `more` are why and version."""
        return self._open(self.changes, op, by, software=software, matter=matter, what=what, asked_by=asked_by, **more)

    def answer(self, number: str, answer: str, *, maker: str, free: bool, by: str, op: str = "", **more: Any) -> list[Event]:
        """Note what the maker says to a change request: `more` are version, file and sha256."""
        return self.changes.take("answered", number, by=by, op=op, answer=answer, maker=maker, free=free, **more)

    def test(self, number: str, verdicts: Sequence[tuple[TwinVerdict, int]], *, by: str, op: str = "") -> list[Event]:
        """Attach verdicts of the twin, each with the instant (microseconds since the record's start) at which its file was written."""
        rows = [{**verdict.to_data(), "made_us": made_us} for verdict, made_us in verdicts]
        return self.register_of(number).take(TESTED, number, by=by, op=op, verdicts=rows)

    def approve(self, number: str, *, by: str, condition: str = "", op: str = "") -> list[Event]:
        """Approve it in the name of the head of department."""
        return self.register_of(number).take(APPROVED, number, by=by, op=op, condition=condition)

    def reject(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """A patch is rejected, a change request declined."""
        register = self.register_of(number)
        return register.take(REJECTED if register is self.patches else DECLINED, number, by=by, op=op, reason=reason)

    def install(self, number: str, *, by: str, where: Sequence[str] = (), backup: str = "", op: str = "") -> list[Event]:
        """Note that it was installed at `where` (windows or hosts; by default where the software is).

        What was there before must lie in a verified backup; of a software that caixue does not back up `backup` says what can be gone back to.
        """
        with self.recorder.turn():
            known = self.recorder.done(op)
            data = known[0].data if known else self._installation(self.sheet(number), tuple(where), backup)
            return self.register_of(number).take(INSTALLED, number, by=by, op=op, **data)

    def roll_back(self, number: str, reason: str, *, begun_us: int, by: str, op: str = "") -> list[Event]:
        """Note that it was taken back from wherever it was installed, and how long that took since `begun_us`."""
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return self.register_of(number).take(ROLLED_BACK, number, by=by, op=op, **{**known[0].data, "reason": reason})
            data = self._taking_back(self.sheet(number), begun_us)
            return self.register_of(number).take(ROLLED_BACK, number, by=by, op=op, reason=reason, begun_us=begun_us, **data)

    def close(self, number: str, result: str, *, by: str, op: str = "") -> list[Event]:
        """It does what it should."""
        return self.register_of(number).take(CLOSED, number, by=by, op=op, result=result)

    def register_of(self, number: str) -> Sheets:
        """The register that a number such as patch-0001, change-0002 or 7 (a patch) belongs to."""
        return self.changes if number.startswith(CHANGE.name) else self.patches

    def sheet(self, number: str) -> Sheet:
        """The patch or change request. Raises UsageError for an unknown one."""
        return self.register_of(number).named(number)

    def sheets(self) -> Iterator[Sheet]:
        """All patches, then all change requests."""
        yield from self.patches.sheets.values()
        yield from self.changes.sheets.values()

    def lacks(self, number: str) -> str:
        """Why it could not be approved now, whoever it were; empty when nothing stands against it."""
        register, sheet = self.register_of(number), self.sheet(number)
        asked = Asked(register.form.step(APPROVED), sheet, {}, "", self.recorder.clock.monotonic_us(), register.sheets, register.people)
        return OBJECTIONS[APPROVED](asked, self._known())

    def _open(self, register: Sheets, op: str, by: str, **values: Any) -> list[Event]:
        with self.recorder.turn():
            known = self.recorder.done(op)
            before = known[0].data.get("from_version") if known else self.versions.at(values["software"])
            return register.open(by=by, op=op, from_version=before, **values)

    def _installation(self, sheet: Sheet, where: tuple[str, ...], backup: str) -> Mapping[str, Any]:
        """What an installation says."""
        spec = self.versions.spec(sheet.values["software"])
        places = where or (home(spec),)
        before = list(dict.fromkeys(self.versions.at(spec.name, place) for place in places))
        if len(before) > 1:
            said = ", ".join(before)
            raise UsageError(
                tr(f"这些地方的版本不同（{said}），请分开安装", f"these places have different versions ({said}): install one by one")
            )
        kept = bool(spec.folder) and spec.kind in TERM_DAYS
        if kept:
            found = self.backups.latest(spec.name, before[0])
            backup = found.number if found else ""
        version = sheet.values.get("version", "")
        if sheet.state not in (APPROVED, INSTALLED):
            backup = "-"  # it will be refused for that
        elif version in before:
            raise UsageError(tr(f"{spec.name} 在那里已经是 {version}", f"{spec.name} is {version} there already"))
        elif not backup:
            raise UsageError(_no_way_back(spec.name, before[0], kept))
        return {"software": spec.name, "version": version, "where": list(places), "before": before[0], "backup": backup}

    def _taking_back(self, sheet: Sheet, begun_us: int) -> Mapping[str, Any]:
        """What a rollback says: from everywhere, to what was there before. Raises UsageError for what was never installed."""
        installs = [event.data for event in sheet.history if event.kind.endswith(f".{INSTALLED}")]
        if not installs:
            raise UsageError(tr(f"{sheet.number} 没有安装过", f"{sheet.number} was never installed"))
        where = list(dict.fromkeys(place for data in installs for place in data["where"]))
        took_us = max(0, self.recorder.clock.monotonic_us() - begun_us)
        return {"software": sheet.values["software"], "back_to": installs[0]["before"], "where": where, "duration_us": took_us}

    def _known(self) -> Known:
        return Known(self.versions, self.freeze, tuple(self.sheets()), (*self.windows, *self.hosts))

    def _objection(self, form: str, asked: Asked) -> str:
        allow(f"{form}.{asked.step.name}", asked.by, asked.people.get(asked.by, SYSTEM))
        rule: Callable[[Asked, Known], str] | None = OBJECTIONS.get(asked.step.name)
        return rule(asked, self._known()) if rule else ""


def _no_way_back(software: str, version: str, kept: bool) -> str:
    if kept:
        return tr(
            f"{software} {version} 没有验证过的备份，不能安装；先 caixue backup make {software} 介质",
            f"{software} {version} is in no verified backup: not installed; first: caixue backup make {software} MEDIUM",
        )
    return tr(
        f"{software}：写明能退回到什么，如快照（--backup）", f"{software}: say what can be gone back to, such as a snapshot (--backup)"
    )
