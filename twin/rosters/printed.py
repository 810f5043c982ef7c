"""A roster as people read it: 80 columns, characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from twin.printed import console, line
from twin.problems import plain

if TYPE_CHECKING:
    from rich.table import Table

_ACROSS = 4  # days beside one another
_MOST = 12  # shortages that are listed
_WEEKDAYS = (("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun"))
_STAGES = {
    "shortfall": ("欠缺", "shortfall"),
    "paid": ("工时", "paid hours"),
    "spread": ("公平", "fairness"),
    "changes": ("变动", "changes"),
}


def report(data: Mapping[str, Any], wall_s: float) -> None:
    """The roster by person, the coverage of a single day, what is short, the hours, and how far the solver came."""
    paper, days = console(), data["days"]
    for place in range(0, len(days), _ACROSS):
        paper.print(people_table(data, days[place : place + _ACROSS]))
        paper.print()
    if len(days) == 1:
        paper.print(coverage_table(days[0]["halves"]))
        paper.print()
    for text in (*_hours(data), *_solver(data["solver"], wall_s), *_short(days)):
        line(text)
    line(*_verdict(data))


def people_table(data: Mapping[str, Any], days: Sequence[Mapping[str, Any]]) -> Table:
    """Who works when on these days; of a single day the breaks, too."""
    table, alone = _table(), len(data["days"]) == 1
    table.add_column(tr("姓名", "name"), no_wrap=True)
    for day in days:
        table.add_column(_day(day["date"]), no_wrap=True)
    for zh, en in (("用餐", "meal"), ("10 min", "10 min")) if alone else ():
        table.add_column(tr(zh, en))
    table.add_column(tr("共 h", "h"), justify="right")
    table.add_column(tr("负荷", "load"), justify="right")
    for person in data["people"]:
        duties = {duty["date"]: duty for duty in person["duties"]}
        shifts = [f"{duties[day['date']]['from']}-{duties[day['date']]['to']}" if day["date"] in duties else "-" for day in days]
        only = duties.get(days[0]["date"], {}) if alone else {}
        breaks = [only.get(key) or "-" for key in ("meal", "break")] if alone else []
        load = "-" if person["load"] is None else f"{person['load']:.0%}"
        table.add_row(plain(person["name"]), *shifts, *breaks, f"{person['paid_h']:g}", load)
    return table


def coverage_table(halves: Sequence[Mapping[str, Any]]) -> Table:
    """Each half hour: needed, at windows, floating, breaks of ten minutes."""
    table = _table()
    heads = (
        ("时段", "from"),
        ("需要", "needed"),
        ("在窗口", "at windows"),
        ("机动", "floaters"),
        ("10 min 休息", "10 min breaks"),
        ("缺", "short"),
    )
    for place, (zh, en) in enumerate(heads):
        table.add_column(tr(zh, en), justify="right" if place else "left")
    for half in halves:
        counts = [half[key] for key in ("need", "at_windows", "floaters", "breaks", "short")]
        table.add_row(half["from"], *(str(count) if count else "-" for count in counts))
    return table


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    zh, en = _WEEKDAYS[day.weekday()]
    return f"{day:%m-%d} " + tr(zh, en)


def _hours(data: Mapping[str, Any]) -> Iterator[str]:
    needed, paid = data["needed_h"], data["paid_h"]
    told = f"{needed:g} nurse hours needed at windows, {paid:g} paid (floaters included)"
    yield tr(f"窗口需要 {needed:g} 护士小时，排班 {paid:g} 小时（含机动和短休）", told)
    if data["overtime_h_a_day"]:
        minutes = data["overtime_h_a_day"] * 60
        yield tr(
            f"另：规划估计末段之后每天平均再干 {minutes:.0f} min",
            f"besides, the plan expects {minutes:.0f} min a day after the last half hour",
        )
    if data["changes"] is not None:
        yield tr(f"与上一份班表不同：{data['changes']} 处", f"{data['changes']} duties differ from the previous roster")


def _solver(stages: Sequence[Mapping[str, Any]], wall_s: float) -> Iterator[str]:
    parts = []
    for stage in stages:
        name = tr(*_STAGES[stage["objective"]])
        parts.append(
            f"{name} "
            + (tr("最优", "optimal") if stage["optimal"] else tr(f"差距至多 {stage['gap']:.3g}", f"gap at most {stage['gap']:.3g}"))
        )
    yield tr("求解：", "solver: ") + tr("，", ", ").join(parts) + tr(f"；用时 {wall_s:.1f} s", f"; {wall_s:.1f} s")


def _short(days: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [(day["date"], row) for day in days for row in day["short"]]
    for day, row in rows[:_MOST]:
        what = {"nurses": tr("护士", "nurses"), "10 min": tr("顶 10 min 休息的人（窗口空 10 min）", "cover for 10 min breaks")}.get(
            row["what"], row["what"]
        )
        at = f"{_day(day)} {row['from']}-{row['to']}"
        yield f"  × {at} " + tr(f"缺 {what} {row['by']}（需 {row['need']}）", f"{what} short by {row['by']} of {row['need']}")
    if len(rows) > _MOST:
        yield tr(f"  … 另有 {len(rows) - _MOST} 处，见 JSON", f"  ... and {len(rows) - _MOST} more in the JSON")


def _verdict(data: Mapping[str, Any]) -> tuple[str, str]:
    if data["broken"]:
        return "× " + tr("违反规则：", "rules broken: ") + "; ".join(data["broken"]), "bold red"
    if data["complete"]:
        return tr("√ 要求全部覆盖，规则全部遵守", "√ everything is covered, every rule is kept"), "green"
    return tr("× 覆盖不了全部要求；规则全部遵守", "× not everything is covered; every rule is kept"), "bold red"


def _table() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.MARKDOWN, show_edge=False)
