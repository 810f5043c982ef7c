"""How `caixue inspect` shows plans, rounds and findings (contract C1), to people and to programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import JsonOption, LedgerOption, SiteOption, emit, show
from caixue.commands.inspect_desk import at_desk
from caixue.lang import tr
from caixue.ops.inspection_words import STATES, state_text

if TYPE_CHECKING:
    from caixue.events import Event
    from caixue.ops.inspection import Inspection
    from caixue.ops.inspection_points import Point
    from caixue.ops.inspection_rounds import Finding, Result, Round

Cells = tuple[str, ...]
MANY = 4  # places that say the same from which on they share a line
Month = Annotated[
    str, typer.Option("--month", metavar=tr("月份", "MONTH"), help=tr("如 2026-12，默认本月", "Such as 2026-12; this month by default"))
]
Every = Annotated[bool, typer.Option("--items", help=tr("列出每一项", "List every item"))]
Which = Annotated[
    str, typer.Argument(metavar="[ROUND]", help=tr("哪一轮，如 2026-12；默认最近一轮", "Which round, such as 2026-12; the last by default"))
]
All = Annotated[bool, typer.Option("--all", help=tr("正常的也列", "The good ones too"))]


def plan(
    month: Month = "", items: Every = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False
) -> None:
    from caixue.ops.inspection_plan import DUE_TEXT

    with at_desk(site, ledger, acts=False) as duty:
        planned, due = duty.inspection.plan(month)
        points = duty.inspection.points
    if as_json:
        rows = [_point_data(point) for point in points.values()]
        emit(
            {
                "schema": 1,
                "month": planned.month,
                "from": planned.first,
                "until": planned.last,
                "state": due,
                "provisional": planned.provisional,
                "items": rows,
            }
        )
        return
    unsure = tr("（节假日安排未公布，暂定）", " (provisional: the holidays are not published)") if planned.provisional else ""
    print(
        tr(f"{planned.month}：{planned.first} 至 {planned.last}，", f"{planned.month}: {planned.first} to {planned.last}, ")
        + tr(*DUE_TEXT[due])
        + unsure
    )
    _show_points(points.values()) if items else _show_areas(points.values())


def next_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with at_desk(site, ledger, acts=False) as duty:
        current = duty.inspection.current
        names = () if current is None else current.open_points
        points = [duty.inspection.points[name] for name in names if name in duty.inspection.points]
    if as_json:
        emit(
            {
                "schema": 1,
                "round": None if current is None else current.number,
                "open": [_point_data(point) for point in points],
                "count": len(names),
            }
        )
        return
    if current is None:
        print(tr("没有进行中的巡检；caixue inspect begin", "no round is open: caixue inspect begin"))
        return
    automatic = sum(point.automatic for point in points)
    if automatic:
        print(tr(f"{automatic} 项自动读数未读：caixue inspect read", f"{automatic} automatic readings are open: caixue inspect read"))
    _show_points(point for point in points if not point.automatic)


def show_(which: Which = "", every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with at_desk(site, ledger, acts=False) as duty:
        shown = _wanted(duty.inspection, which)
        findings = [] if shown is None else [duty.inspection.findings[number] for number in shown.findings]
    if as_json:
        results = [] if shown is None else [_result_data(result) for result in shown.results.values()]
        data = None if shown is None else round_data(shown)
        emit({"schema": 1, "round": data, "results": results, "findings": [finding_data(one) for one in findings]})
    elif shown is None:
        print(tr("还没有巡检", "there has been no round"))
    else:
        _show_round(shown, every)
        _show_findings(findings)


def _show_round(shown: Round, every: bool) -> None:
    unfinished = "" if shown.finished_us is not None else tr("；未完成", "; not finished")
    print(f"{shown.number}  {shown.by}  {counted(shown.counts)}{unfinished}")
    heads = (tr("项", "item"), tr("结果", "result"), tr("读数", "reading"), tr("说明", "words"))
    rows: list[Cells] = [
        (one.point, _state(one), _value(one), one.words) for one in shown.results.values() if every or one.state.value != "OK"
    ]
    show("", heads, rows if every else _gathered(rows), empty=tr("没有不正常的", "nothing that is not good"))


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with at_desk(site, ledger, acts=False) as duty:
        rounds = [round_data(one) | {"day": f"{duty.inspection.day(one.started_us)}"} for one in duty.inspection.rounds.values()]
        findings = list(duty.inspection.open_findings())
    if as_json:
        emit({"schema": 1, "rounds": rounds, "findings": [finding_data(one) for one in findings]})
        return
    heads = (tr("巡检", "round"), tr("开始", "begun"), tr("谁", "who"), tr("结果", "results"), tr("未查", "open"))
    show(
        "",
        heads,
        [(row["number"], row["day"], row["by"], counted(row["counts"]), row["open"] or "") for row in rounds],
        empty=tr("还没有巡检", "no round yet"),
    )
    _show_findings(findings)


def tell_readings(events: Iterable[Event]) -> None:
    """What was read: how much came to what, and everything that is not good."""
    read = [event.data for event in events if event.kind == "inspection.read"]
    print(counted(Counter(data["state"] for data in read)) or tr("没有要读的", "nothing to read"))
    bad: list[Cells] = [
        (data["item"], state_text(data["state"]), _number(data["value"], data["limit"], data["unit"]), data["reason"])
        for data in read
        if data["state"] != "OK"
    ]
    if read:
        show(
            "",
            (tr("项", "item"), tr("结果", "result"), tr("读数", "reading"), tr("原因", "why")),
            _gathered(bad),
            empty=tr("全部正常", "all good"),
        )


def _gathered(rows: Iterable[Cells]) -> list[Cells]:
    """Rows of one item that say the same in many places become one."""
    places: dict[Cells, list[Cells]] = {}
    for row in rows:
        places.setdefault((row[0].partition("@")[0], *row[1:]), []).append(row)
    many = tr("处", "places")
    return [
        row
        for same, alike in places.items()
        for row in (alike if len(alike) < MANY else [(f"{same[0]}@*  {len(alike)} {many}", *same[1:])])
    ]


def counted(counts: Mapping[str, int]) -> str:
    """How many items came to what, in words; what is unknown never hides among the good."""
    return tr("，", ", ").join(f"{state_text(name)} {counts[name]}" for name in STATES if counts.get(name))


def finding_data(one: Finding) -> dict[str, Any]:
    """A finding as plain data."""
    names = ("number", "round", "point", "what", "severity", "measure", "person", "until", "open", "done")
    return {name: getattr(one, name) for name in names}


def round_data(one: Round) -> dict[str, Any]:
    """A round as plain data, without its results."""
    known = {"number": one.number, "month": one.month, "by": one.by, "reason": one.reason, "finished": one.finished_us is not None}
    return {**known, "items": len(one.points), "open": len(one.open_points), "counts": one.counts, "findings": len(one.findings)}


def _wanted(known: Inspection, which: str) -> Round | None:
    return known.named(which) if which else next(reversed(known.rounds.values()), None)


def _show_areas(points: Iterable[Point]) -> None:
    from caixue.ops.inspection_items import AREAS

    counts = Counter((point.item.area, point.automatic) for point in points)
    heads = (tr("范围", "area"), tr("自动读数", "automatic"), tr("人工查看", "by eye"))
    show("", heads, [(tr(*words), counts[area, True], counts[area, False]) for area, words in AREAS.items()])


def _show_points(points: Iterable[Point]) -> None:
    heads = (tr("项", "item"), tr("内容", "what"), tr("怎么查", "how"), tr("条款", "clause"))
    rows = [(point.name, point.item.text, point.item.look or tr("自动", "automatic"), point.item.clause) for point in points]
    show("", heads, rows, empty=tr("没有人工项", "nothing for a person"))


def _show_findings(findings: list[Finding]) -> None:
    heads = (tr("隐患", "finding"), tr("内容", "what"), tr("等级", "class"), tr("措施", "measure"), tr("谁", "who"), tr("期限", "until"))
    if findings:
        rows = [
            (one.number, one.what, one.severity, one.measure, one.person, one.until if one.open else tr("已消除", "closed"))
            for one in findings
        ]
        show("", heads, rows)


def _point_data(point: Point) -> dict[str, Any]:
    item = point.item
    known = {"item": point.name, "area": item.area, "how": item.how, "zh": item.zh, "en": item.en, "look": item.look}
    return {**known, "answers": list(item.answers), "clause": item.clause, "source": item.source}


def _result_data(result: Result) -> dict[str, Any]:
    names = ("point", "state", "value", "limit", "unit", "words", "answer", "by")
    return {name: getattr(result, name) for name in names}


def _state(result: Result) -> str:
    return state_text("skipped" if result.skipped else result.state.value)


def _value(result: Result) -> str:
    return _number(result.value, result.limit, result.unit)


def _number(value: float | None, limit: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "share":
        return f"{value:.1%}" + ("" if limit is None else f" / {limit:.0%}")
    return f"{value:.4g}" + ("" if limit is None else f" / {limit:g}") + f" {unit}"
