"""Scenarios with a fitted load: one file for each kind of day, starting on the next such day after the logs."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from caixue.lang import tr
from caixue.site import BUILT_IN
from caixue.units import format_duration
from caixue.workdays import Calendar
from twin.fitting.fit import Fit
from twin.fitting.profile import UNDATED, Group, group_of
from twin.fitting.services import ServiceFit
from twin.scenario_model import DEFAULT_START

_LOOK_AHEAD = 800  # days: every kind of day that the calendar knows comes within two years
_SHORTEST_S = 1.0  # a draw, after the approach has been taken off
GROUP_WORDS: Mapping[str, tuple[str, str]] = {
    "monday": ("周一", "Monday"),
    "tuesday": ("周二", "Tuesday"),
    "wednesday": ("周三", "Wednesday"),
    "thursday": ("周四", "Thursday"),
    "friday": ("周五", "Friday"),
    "saturday": ("周六", "Saturday"),
    "sunday": ("周日", "Sunday"),
    "holiday": ("节假日", "holiday"),
    "make-up": ("调休上班日", "make-up workday"),
    "undated": ("未写日期的一天", "a day without a date"),
}


@dataclass(frozen=True, slots=True)
class Draw:
    """The service as a scenario has it: on a site with devices the draw alone, without call, way and identity check."""

    law: str
    mean_s: float
    sd_s: float
    values_s: tuple[float, ...]
    approach_s: float  # what was taken off


def file_name(group: str) -> str:
    """The scenario's file."""
    return f"fit-{group}.toml"


def scenarios(fit: Fit, folder: Path) -> Iterator[tuple[str, str]]:
    """The name and text of each file of `folder`."""
    site = _site(fit.wanted.site, folder)
    for group in fit.groups:
        yield file_name(group.name), _text(fit, group, site)


def next_day(group: str, fit: Fit) -> date:
    """The first day of that kind after the logs; where the calendar knows none, the last one in them."""
    if group == UNDATED or fit.last_day is None:
        return DEFAULT_START.date()
    return _next(group, fit.last_day, fit.site.calendar) or max(
        date.fromisoformat(day) for one in fit.groups if one.name == group for day in one.days
    )


def draw(fit: Fit) -> Draw | None:
    """The service of the scenarios; None: the format's default."""
    service = fit.service
    if service is None:
        return None
    approach_s = fit.site.walking.approach_us / 1e6 if fit.site.devices else 0.0
    law = service.law
    if not approach_s or law.mean_s <= approach_s + _SHORTEST_S:
        return Draw(law.name, law.mean_s, law.sd_s, service.values_s, 0.0)
    moved, values = _moved(service, approach_s), tuple(max(_SHORTEST_S, value - approach_s) for value in service.values_s)
    return Draw(moved, law.mean_s - approach_s, law.sd_s, values, approach_s)


def _moved(service: ServiceFit, approach_s: float) -> str:
    """The law of the draw; an exponential less something is none any more, and a gamma with its mean and spread is near."""
    return "gamma" if service.chosen == "exponential" else service.chosen


def _next(group: str, after: date, calendar: Calendar) -> date | None:
    days = (after + timedelta(days=number) for number in range(1, _LOOK_AHEAD))
    return next((day for day in days if group_of(day, calendar) == group), None)


def _text(fit: Fit, group: Group, site: str) -> str:
    slot_us, drawn = fit.wanted.slot_us, draw(fit)
    rates = ", ".join(_number(slot.per_h, 2) for slot in group.slots[group.first : group.last])
    first_s = group.first * slot_us // 1_000_000
    start = f"{next_day(group.name, fit)}T{first_s // 3600:02d}:{first_s // 60 % 60:02d}:00+08:00"
    rows = [
        *_head(fit, group),
        "schema = 1",
        f"title = {_quoted(_title(group))}",
        f"site = {_quoted(site)}",
        f"start = {start}",
        f'duration = "{format_duration((group.last - group.first) * slot_us)}"',
        "",
        "[load]",
        f'slot = "{format_duration(slot_us)}"',
        f"rates_per_h = [{rates}]",
        *([] if drawn is None else [f"service = {_service(drawn)}"]),
        *([f"priority_share = {_number(group.urgent_share, 4)}"] if group.urgent_share else []),
    ]
    if not fit.site.devices and group.at_once:
        count = min(200, group.at_once)
        rows += ["", "[windows]", f"count = {count}{' ' * 32}# {tr('同时服务的最多人数', 'the most people served at one time')}"]
    return "\n".join(rows) + "\n"


def _head(fit: Fit, group: Group) -> Iterator[str]:
    dated = group.name != UNDATED
    days = f"{group.days[0]} … {group.days[-1]}" if dated and len(group.days) > 1 else group.days[0] if dated else ""
    many = len(group.days)
    yield (
        "# "
        + tr(f"由 caixue fit 从 {many} 天的排队记录得出", f"Fitted by caixue fit to {many} days of queue logs")
        + (f"{tr('：', ': ')}{days}" if days else "")
    )
    yield "# " + tr(f"平均每天 {group.per_day:.1f} 人", f"{group.per_day:.1f} people a day")
    yield "# " + _spread(group)
    if group.outside:
        yield "# " + tr(f"不含零散的 {group.outside} 人（时段之外）", f"without {group.outside} people outside these hours")
    if fit.service is not None and (drawn := draw(fit)) is not None:
        fitted = tr(f"服务时间 {fit.service.n} 次：{fit.service.why}", f"{fit.service.n} services: {fit.service.why}")
        yield f"# {fitted}"
        if fit.site.devices and not drawn.approach_s:
            yield "# " + tr("服务太短，没有减去走到窗口的时间", "too short for taking off the way to the window")
        if drawn.approach_s:
            yield "# " + tr(
                f"已减去叫号、走到窗口和核对身份的 {drawn.approach_s:g} s（现场的 approach）",
                f"less {drawn.approach_s:g} s for call, way and identity check (the site's approach)",
            )


def _spread(group: Group) -> str:
    """By how much days differ, which the scenario leaves out, and how a busy one is asked for."""
    if group.busy_scale is None or group.day_sd is None:
        return tr("只有一天，不知道各天差多少；场景里每天一样忙", "one day says nothing of how days differ; here all are equally busy")
    if not group.day_sd:
        return tr("各天的差别不超过泊松", "days differ no more than Poisson's do")
    return tr(
        f"不含日波动 {group.day_sd:.1%}（泊松之外）；忙的一天（十天里一天更忙）：load.scale = {group.busy_scale:.2f}",
        f"without the day sd of {group.day_sd:.1%} beyond Poisson; a busy day, one in ten is busier: load.scale = {group.busy_scale:.2f}",
    )


def _title(group: Group) -> str:
    word = tr(*GROUP_WORDS[group.name])
    return tr(f"{word}，由 {len(group.days)} 天的记录拟合", f"{word}, fitted to {len(group.days)} days")


def _service(drawn: Draw) -> str:
    if drawn.law == "empirical":
        values = ", ".join(f'"{_seconds(value)}"' for value in drawn.values_s)
        return f'{{ distribution = "empirical", values = [{values}] }}'
    sd = f', sd = "{_seconds(drawn.sd_s)}"' if drawn.law in ("lognormal", "gamma") else ""
    return f'{{ distribution = "{drawn.law}", mean = "{_seconds(drawn.mean_s)}"{sd} }}'


def _seconds(value: float) -> str:
    """To the millisecond, and never zero."""
    return f"{max(1, math.floor(value * 1000 + 0.5)) / 1000:.3f}".rstrip("0").rstrip(".") + " s"


def _number(value: float, places: int) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".") or "0"


def _site(site: str, folder: Path) -> str:
    """A built-in site by its name, a file by its path from the folder of the scenarios."""
    if site in BUILT_IN:
        return site
    try:
        return Path(os.path.relpath(site, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(site).resolve().as_posix()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a basic string of TOML has the same escapes
