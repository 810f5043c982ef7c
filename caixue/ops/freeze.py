"""The change freeze of special periods (contract C5, R5.5): from the first to the last day nothing is changed that the head has not exempted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.dating import day_at, record_start, today
from caixue.ops.forms.exemption import FORM
from caixue.ops.sheets import OPENED, Asked, Sheet, Sheets
from caixue.site_model import Site, SpecialPeriod
from caixue.units import nearest


def freeze_at(site: Site, moment: datetime) -> SpecialPeriod | None:
    """The special period in which `moment` lies; its first and its last day count, in Shanghai. None: changes may be made."""
    return next(_freezes(site, moment), None)


def _freezes(site: Site, moment: datetime) -> Iterator[SpecialPeriod]:
    """All of them, for two may meet."""
    day = day_at(moment)
    return (period for period in site.special_periods if period.first <= day <= period.last)


def objection(site: Site, exemptions: Iterable[Sheet], moment: datetime, *what: str) -> str:
    """Why nothing may be changed at `moment`; empty when it may, or when one of the words `what` (a change, a software) is exempted.

    Where two periods meet it must be exempted from both.
    """
    exemptions = tuple(exemptions)
    held = (period for period in _freezes(site, moment) if not any(_exempts(sheet, period, what) for sheet in exemptions))
    period = next(held, None)
    if period is None:
        return ""
    named = f"{' '.join(what) or '...'} --period {period.name}"
    return tr(
        f"{period.name}（{period.first} 至 {period.last}）期间冻结变更；非做不可，请科室负责人豁免：caixue period exempt {named}",
        f"no changes in {period.name}, {period.first} to {period.last}; where it cannot wait, the head exempts it: caixue period exempt {named}",
    )


def period_named(site: Site, name: str, day: date) -> SpecialPeriod:
    """The special period of that name that is not over on `day`, the earliest; else the last of that name. Raises UsageError for an unknown one."""
    known = sorted((period for period in site.special_periods if period.name == name), key=lambda period: period.first)
    if not known:
        names = tuple(period.name for period in site.special_periods)
        hint = nearest(name, names) or tr("；现场文件里写 [[special_period]]", "; the site file lists them as [[special_period]]")
        raise UsageError(tr(f"现场没有特殊时段 {name}", f"the site has no special period {name}") + hint)
    return next((period for period in known if period.last >= day), known[-1])


class ChangeFreeze:
    """The freeze of a site with what the head of department has exempted from it."""

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None) -> None:
        self.site = site
        self.recorder = recorder
        people = {person.name: person.role for person in site.people}
        self.sheets = Sheets(replace(FORM, objection=self._objection), recorder, people, followed)

    def objection(self, *what: str, moment: datetime | None = None) -> str:
        """Why nothing may be changed at `moment` (None: now); empty when it may, or when one of the words `what` is exempted."""
        return objection(self.site, self.sheets.in_state(OPENED), moment or self.recorder.clock.now(), *what)

    def exempt(self, what: str, reason: str, *, period: str = "", by: str, op: str = "") -> list[Event]:
        """Let `what` be changed in that period (by default the one that is on). `by` is the head. Raises UsageError, then nothing is noted."""
        known = self.recorder.done(op)
        now = self.recorder.clock.now() if not known else record_start(self.recorder.clock) + timedelta(microseconds=known[0].at_us)
        found = period_named(self.site, period, day_at(now)) if period else freeze_at(self.site, now)
        if found is None:
            raise UsageError(tr("现在没有冻结；为以后的时段豁免，请写 --period", "nothing is frozen now; name the period with --period"))
        return self.sheets.open(what=what, reason=reason, period=found.name, first=found.first, by=by, op=op)

    def withdraw(self, number: str, reason: str, *, by: str, op: str = "") -> list[Event]:
        """Take an exemption back. Raises UsageError."""
        return self.sheets.take("withdrawn", number, reason=reason, by=by, op=op)

    def _objection(self, asked: Asked) -> str:
        if asked.step.name != OPENED:
            return ""
        period = period_named(self.site, asked.values["period"], date.fromisoformat(asked.values["first"]))
        if period.last < today(self.recorder.clock):
            return tr(f"{period.name} 已经过去", f"{period.name} is over")
        return ""


def _exempts(sheet: Sheet, period: SpecialPeriod, what: Iterable[str]) -> bool:
    said: Mapping[str, str] = sheet.values
    return sheet.state == OPENED and said["what"] in what and (said["period"], said["first"]) == (period.name, period.first.isoformat())
