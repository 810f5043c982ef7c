"""The commands `caixue inspect finding|close-finding|trend|trouble` (contract C1): hidden trouble, what is done about it, and how readings move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, emit, show
from caixue.commands.inspect_desk import at_desk
from caixue.commands.inspect_view import finding_data
from caixue.commands.upkeep import NOT_KEPT
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from datetime import date

    from caixue.ops.trouble_facts import Series

What = Annotated[str, typer.Argument(metavar="WHAT", help=tr("发现了什么；不写任何姓名", "What was found; no names of patients"))]
Severity = Annotated[str, typer.Option("--severity", metavar="CLASS", help=tr("一般、较大、重大", "一般, 较大 or 重大"))]
Measure = Annotated[str | None, typer.Option("--measure", metavar=tr("文字", "TEXT"), help=tr("怎么处理", "What is done about it"))]
Person = Annotated[
    str, typer.Option("--person", metavar=tr("姓名", "NAME"), help=tr("谁负责，默认记的人", "Who sees to it; who notes it by default"))
]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help=tr("到哪天，默认 7 天后", "Until which day; in 7 days by default"))]
About = Annotated[str, typer.Option("--item", metavar="ITEM", help=tr("是哪一项巡检发现的", "The item that showed it"))]
Number = Annotated[
    str, typer.Argument(metavar="FINDING", help=tr("隐患编号，如 finding-0007 或 7", "Its number, such as finding-0007 or 7"))
]
Done = Annotated[str | None, typer.Option("--done", metavar=tr("文字", "TEXT"), help=tr("做了什么", "What was done"))]
Every = Annotated[bool, typer.Option("--all", help=tr("不变差的也列", "Those that do not worsen too"))]
Series_ = Annotated[list[str] | None, typer.Argument(metavar="[READING]...", help=tr("哪些读数，可用 *", "Which readings; * is allowed"))]


def register_findings(mine: typer.Typer) -> None:
    """Add these commands to the group."""
    mine.command("finding", help=tr("记一条隐患：等级、措施、责任人、期限", "Note hidden trouble: severity, measure, person, day"))(finding)
    mine.command("close-finding", help=tr("隐患已消除", "A finding has been seen to"))(close_finding)
    mine.command("trend", help=tr("与前几个月比：变化、斜率、多久到限值", "Against earlier months: change, slope, time to the limit"))(
        trend
    )
    mine.command(
        "trouble",
        help=tr("查隐患：磨损、趋势、反复故障、库存、备份、培训；有则退出码 99", "Look for hidden trouble; 99 where there is some"),
    )(trouble)


def finding(
    what: What,
    severity: Severity = "一般",
    measure: Measure = None,
    person: Person = "",
    until: Until = "",
    item: About = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    does = ask(measure, "--measure", tr("怎么处理", "what is done about it"))
    day = _day(until) if until else None
    with at_desk(site, ledger, by) as duty:
        found = duty.inspection.find(
            what, by=duty.desk.person, op=op, severity=severity, measure=does, person=person, until=day, item=item
        )
    if as_json:
        emit({"schema": 1, "finding": finding_data(found)})
        return
    print(
        tr(
            f"{found.number} 已记：{found.person} 在 {found.until} 前处理",
            f"{found.number} noted: {found.person} sees to it until {found.until}",
        )
    )


def close_finding(
    number: Number,
    done: Done = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    did = ask(done, "--done", tr("做了什么", "what was done"))
    with at_desk(site, ledger, by) as duty:
        closed = duty.inspection.close_finding(number, done=did, by=duty.desk.person, op=op)
    if as_json:
        emit({"schema": 1, "finding": finding_data(closed)})
        return
    print(tr(f"{closed.number} 已消除", f"{closed.number} is closed"))


def trend(
    readings: Series_ = None,
    every: Every = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    with at_desk(site, ledger, acts=False) as duty:
        series = duty.evidence().series
        names = duty.matching(readings, series) if readings else list(series)
    rows = [_trend_data(series[name]) for name in names]
    if as_json:
        emit({"schema": 1, "trends": rows})
        return
    shown = rows if readings or every else [row for row in rows if row["worsening"]]
    print(tr(f"{len(rows)} 个读数，{len(shown)} 个列在下面", f"{len(rows)} readings, {len(shown)} of them below"))
    heads = (
        tr("读数", "reading"),
        tr("天", "n"),
        tr("现在", "now"),
        tr("比上次", "change"),
        tr("每 30 天", "30 days"),
        tr("限值", "limit"),
        tr("到限值", "left"),
    )
    keys = ("last", "change", "per_30_days", "limit")
    cells = [(row["reading"], row["count"], *("" if row[key] is None else f"{row[key]:.4g}" for key in keys), _when(row)) for row in shown]
    show("", heads, cells, empty=tr("没有变差的；--all 全部列出", "none that worsens; --all lists all"))


def trouble(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> int:
    from caixue.ops.trouble import RULES, troubles

    with at_desk(site, ledger, acts=False) as duty:
        found = troubles(duty.evidence().facts(duty.desk.clock.monotonic_us()))
    clauses = {rule.name: rule.clause for rule in RULES}
    if as_json:
        emit(
            {
                "schema": 1,
                "troubles": [{"rule": one.rule, "about": one.about, "text": one.text, "clause": clauses[one.rule]} for one in found],
            }
        )
    else:
        words = {rule.name: tr(rule.zh, rule.en) for rule in RULES}
        heads = (tr("隐患", "trouble"), tr("何处", "about"), tr("依据", "why"))
        show("", heads, [(words[one.rule], one.about, one.text) for one in found], empty=tr("没有发现隐患", "no hidden trouble was found"))
    return NOT_KEPT if found else 0


def _trend_data(series: Series) -> dict[str, Any]:
    moved = series.trend
    return {
        "reading": series.name,
        "unit": series.unit,
        "count": moved.count,
        "last": moved.last,
        "change": moved.change,
        "per_30_days": moved.per_30_days,
        "limit": series.limit,
        "worsening": moved.worsening,
        "days_left": moved.days_left,
        "why": moved.why,
    }


def _when(row: dict[str, Any]) -> str:
    if row["days_left"] is None:
        return str(row["why"])
    return tr(f"{row['days_left']:.0f} 天", f"{row['days_left']:.0f} days")


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(tr(f"--until：{text} 不是日期，写成 2026-12-31", f"--until: {text} is no date; write 2026-12-31")) from None
