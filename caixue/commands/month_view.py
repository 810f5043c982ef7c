"""What `caixue month` shows (contract C6.1, C6.2, C6.3, C6.4): figures, how far each period is, late corrections, a whole year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.months.closing import Months
    from caixue.months.figures import MonthFigures
    from caixue.ops.accounting import Period

PeriodArgument = Annotated[
    str | None,
    typer.Argument(metavar="PERIOD", help=tr("月份或年份，如 2026-11；默认上个月", "Such as 2026-11 or 2026; last month by default")),
]
ReportOption = Annotated[
    str | None, typer.Option("--report", metavar="C6.x", help=tr("只看一份报告：C6.1 至 C6.4", "One report only: C6.1 to C6.4"))
]


def months(desk: Desk) -> Months:
    """The months of this desk's ledger."""
    from caixue.months.closing import Months

    return Months(desk.recorder, desk.site, desk.ledger.start, desk.ledger, desk.ledger.events)


def period_of(name: str | None, desk: Desk) -> Period:
    """The period of that name; none: the last month. Raises UsageError for a name that is none."""
    from caixue.clock import SHANGHAI
    from caixue.ops.accounting import Period

    return Period.of(desk.now.astimezone(SHANGHAI).date()).before if name is None else Period.named(name)


def figures(
    period: PeriodArgument = None,
    report: ReportOption = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger, create=False) as desk:
        mine = months(desk)
        found = mine.figures(period_of(period, desk))
        state = mine.closings.of(found.period)
    if as_json:
        emit({"schema": 1, "period": str(found.period), "state": state.state, **_data(found)})
        return
    _print(found, f"{found.period}  {state.text}", report)


def _print(found: MonthFigures, title: str, report: str | None = None) -> None:
    from caixue.months.printed import written

    wanted = _wanted(report)
    lines = [line for line in found.lines if line.figure.name in wanted]
    heads = (tr("指标", "figure"), tr("本期", "value"), tr("上期", "before"), tr("本年累计", "year so far"), tr("条款", "clause"))
    single = [line for line in lines if not line.figure.by]
    show(
        title,
        heads,
        [(one.figure.text, *(written(v, one.figure) for v in (one.value, one.before, one.year)), one.figure.clause) for one in single],
    )
    parts = [(one.figure.text, written(one.value, one.figure), one.figure.clause) for one in lines if one.figure.by and one.value]
    if parts:
        print()
        show("", (tr("分项", "parts"), tr("本期", "value"), tr("条款", "clause")), parts)
    _print_unseen(found)


def _print_unseen(found: MonthFigures) -> None:
    """What the figures of the room cannot know: hours that nobody watched, days that nobody counted."""
    hours, days = found.value("unwatched.hours"), found.value("days.missing")
    if hours:
        zh = f"开诊时间里有 {hours:,.2f} 小时没有监测：窗口的可用率、最少窗口数只说明记下的"
        print(tr(zh, f"{hours:,.2f} opening hours were not watched: availability and fewest windows tell of what was noted, no more"))
    if days:
        zh = f"有 {days} 个开诊日缺数：人数、管数偏少，故障率偏高"
        print(tr(zh, f"{days} days open have no numbers: patients and tubes are too few, the fault rate is too high"))


def _wanted(report: str | None) -> set[str]:
    """The names of the figures of a report; of all without one. Raises UsageError for no report."""
    from caixue.errors import UsageError
    from caixue.months.catalogue import FIGURES
    from caixue.months.rows import REPORTS

    if report is None:
        return set(FIGURES)
    if report not in REPORTS:
        raise UsageError(tr(f"没有报告 {report}：{'、'.join(REPORTS)}", f"no report {report}: {', '.join(REPORTS)}"))
    return {name for name, row in FIGURES.items() if report in row.reports}


def _data(found: MonthFigures) -> dict[str, Any]:
    """Figures as plain data, each with what it means."""
    rows = [
        {
            "name": line.figure.name,
            "zh": line.figure.zh,
            "en": line.figure.en,
            "unit": line.figure.unit,
            "clause": line.figure.clause,
            "definition": line.figure.definition,
            "reports": line.figure.reports,
            "value": line.value,
            "before": line.before,
            "year": line.year,
        }
        for line in found.lines
    ]
    return {"figures": rows, "repairs": found.repairs, "corrections": [late.data() for late in found.corrections]}


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    with open_desk(site, ledger, create=False) as desk:
        mine, now = months(desk).closings, desk.now
        rows = [mine.of(period) for period in mine.periods(now)]
        overdue = {one.period: one for one in mine.overdue(now, desk.site.calendar)}
    if as_json:
        told = ("state", "revision", "seq", "head", "sha256", "by", "reason", "scan", "scan_sha256", "signed_on")
        late = {period: {"step": one.step, "due": one.due} for period, one in overdue.items()}
        emit(
            {
                "schema": 1,
                "periods": [
                    {"period": str(one.period), **{name: getattr(one, name) for name in told}, "overdue": late.get(one.period)}
                    for one in rows
                ],
            }
        )
        return
    heads = (tr("期间", "period"), tr("状态", "state"), tr("版次", "revision"), tr("签字", "signed"), tr("逾期", "overdue"))
    show("", heads, [(str(one.period), one.text, one.revision or "", one.signed_on, _late(overdue.get(one.period))) for one in rows])


def _late(one: Any) -> str:
    steps = {"cut-off": ("截止", "cut-off"), "drafted": ("起草", "draft"), "signed": ("签字", "signature")}
    return "" if one is None else tr(f"{steps[one.step][0]}，应在 {one.due} 前", f"{steps[one.step][1]}, due {one.due}")


def corrections(period: PeriodArgument = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.months.catalogue import FIGURES
    from caixue.months.printed import written

    with open_desk(site, ledger, create=False) as desk:
        found = months(desk).figures(period_of(period, desk)).corrections
    if as_json:
        emit({"schema": 1, "corrections": [late.data() for late in found]})
        return
    heads = (tr("改哪一期", "period"), tr("记录", "entry"), tr("指标", "figure"), tr("原来", "without"), tr("更正后", "with"))
    rows = [
        (
            str(late.period),
            f"{late.event.seq} {late.event.kind}",
            FIGURES[name].text,
            written(was, FIGURES[name]),
            written(now, FIGURES[name]),
        )
        for late in found
        for name, (was, now) in late.effect.items()
    ]
    silent = [
        (str(late.period), f"{late.event.seq} {late.event.kind}", _silent(late.readable), "", "") for late in found if not late.effect
    ]
    show("", heads, [*rows, *silent], empty=tr("没有截止后的更正", "nothing was noted after a cut-off"))


def _silent(readable: bool) -> str:
    return tr("各数不变", "no figure changes") if readable else tr("只有文字，无法计算", "in words alone: nothing to reckon with")


def year(period: PeriodArgument = None, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.accounting import Period

    with open_desk(site, ledger, create=False) as desk:
        mine = months(desk)
        which = Period(period_of(period, desk).year)
        found, state = mine.figures(which), mine.closings.of(which)
        states = [(month, mine.closings.of(month)) for month in which.months if month in mine.closings.periods(desk.now)]
    if as_json:
        rows = [{"month": str(month), "state": one.state, "revision": one.revision, "sha256": one.sha256} for month, one in states]
        emit({"schema": 1, "period": str(which), "state": state.state, "months": rows, **_data(found)})
        return
    show(
        f"{which}  {state.text}",
        (tr("月份", "month"), tr("状态", "state"), tr("版次", "revision")),
        [(str(m), one.text, one.revision or "") for m, one in states],
    )
    print()
    _print(found, "", "C6.4")
