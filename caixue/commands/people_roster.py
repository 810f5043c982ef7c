"""The commands `caixue people roster` and `caixue people resident`: who is on duty, and is he there and competent (contract R1, R2)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show, tell
from caixue.commands.people_attend import attendance, roster_of
from caixue.commands.people_days import day_typed
from caixue.commands.people_desk import Day, book
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.resident import OnDuty
    from caixue.ops.roster import Roster, Span

BROKEN = 99
Days = Annotated[int, typer.Option("--days", min=1, max=366, metavar="N", help=tr("列出几天", "How many days"))]
KINDS = {
    "workday": ("工作日", "workday"),
    "weekend": ("周末", "weekend"),
    "holiday": ("节假日", "holiday"),
    "make-up workday": ("调休上班", "make-up workday"),
}


def register_roster(mine: App) -> None:
    """Add these commands to the group."""
    mine.command("roster", help=tr("今天和以后几天谁在岗、谁替班", "Who is on duty today and on the next days, and who stands in"))(roster)
    mine.command(
        "resident", help=tr("今天有没有合格的驻场工程师；有问题退出码 99", "Is a competent resident engineer there today; 99 for findings")
    )(resident)


def roster(day: Day = "", days: Days = 7, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger) as desk:
        plan, first = roster_of(desk), day_typed(desk, day)
        rows = [_day(desk, plan, first + timedelta(days=number)) for number in range(min(days, (date.max - first).days + 1))]
    if as_json:
        emit({"schema": 1, "resident": plan.resident, "days": rows})
        return
    heads = (tr("日", "day"), tr("是", "is a"), tr("谁", "who"), tr("时间", "hours"), tr("说明", "note"))
    show("", heads, [line for each in rows for line in _lines(each)])


def resident(day: Day = "", site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> int:
    from caixue.ops.resident import findings, on_duty, substitutes

    with open_desk(site, ledger) as desk:
        plan, when, now_us = roster_of(desk), day_typed(desk, day), desk.at_us(None)
        trainings = list(book(desk, "training").sheets.values())
        duties = on_duty(plan, attendance(desk).attended(), trainings, when, now_us)
        found = findings(duties, needed=bool(plan.hours(when)), now_us=now_us) + substitutes(plan.leaves, trainings, plan, now_us)
    if as_json:
        emit({"schema": 1, "day": when, "on_duty": [_row(one, plan) for one in duties], "findings": [asdict(each) for each in found]})
        return BROKEN if found else 0
    for one in duties:
        came, hours = _came(one, plan), ", ".join(_hours(plan, one.spans))
        told = "-" if came is None else f"{came:%H:%M}"
        print(tr(f"{when} {one.person} {hours}，到岗 {told}", f"{when} {one.person} {hours}, came {told}"))
    for text in [each.text for each in found] or [tr("没有问题", "no findings")]:
        tell(text)
    return BROKEN if found else 0


def _row(one: OnDuty, plan: Roster) -> dict[str, Any]:
    return {"person": one.person, "hours": _hours(plan, one.spans), "came_at": _came(one, plan), "not_competent_in": list(one.topics)}


def _came(one: OnDuty, plan: Roster) -> datetime | None:
    return None if one.came_us is None else plan.start + timedelta(microseconds=one.came_us)


def _day(desk: Desk, plan: Roster, day: date) -> dict[str, Any]:
    kind = plan.calendar.day_kind(day)
    period = next((one.name for one in desk.site.special_periods if one.first <= day <= one.last), None)
    duties = [{"person": name, "hours": _hours(plan, spans), "substitute": name != plan.resident} for name, spans in plan.on_duty(day)]
    leave = _hours(plan, plan.leave(plan.resident, day))
    return {
        "day": day,
        "kind": kind.kind.value,
        "name": kind.name or None,
        "provisional": kind.provisional,
        "on_duty": duties,
        "on_leave": leave,
        "special_period": period,
    }


def _lines(day: dict[str, Any]) -> list[tuple[str, ...]]:
    what = tr(*KINDS[day["kind"]]) + (tr("（暂定）", " (provisional)") if day["provisional"] else "")
    period = tr(f"特殊时段 {day['special_period']}：7×24", f"special period {day['special_period']}: 7x24") if day["special_period"] else ""
    notes = [(one, tr("替班", "stands in") if one["substitute"] else "") for one in day["on_duty"]]
    lines = [(one["person"], ", ".join(one["hours"]), " ".join(filter(None, (note, period)))) for one, note in notes]
    return [(f"{day['day']:%m-%d}", what, *line) for line in lines or [("", tr("休", "off"), period)]]


def _hours(plan: Roster, spans: tuple[Span, ...]) -> list[str]:
    moments = ([plan.start + timedelta(microseconds=us) for us in span] for span in spans)
    return [f"{a:%H:%M}-{b:%H:%M}" for a, b in moments]
