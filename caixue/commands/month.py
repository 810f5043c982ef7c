"""The commands `caixue month …` (contract C6.1, C6.2, C6.3, C6.4, R5.2): figures of months and years, their cut-off, draft and signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group, noted, open_desk
from caixue.commands.month_count import count, improve, plan
from caixue.commands.month_due import due
from caixue.commands.month_view import PeriodArgument, corrections, figures, list_, months, period_of, year
from caixue.lang import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from caixue.commands.common import Desk
    from caixue.events import Event
    from caixue.months.closing import Months
    from caixue.ops.accounting import Period

Scan = Annotated[str | None, typer.Option("--scan", metavar="FILE", help=tr("签字页的扫描件", "The scan of the signed page"))]
SignedOn = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help=tr("签字日期，默认今天", "Date of the signature; today by default"))
]
Reason = Annotated[str | None, typer.Option("--reason", metavar=tr("文字", "TEXT"), help=tr("为什么退回", "Why it is not signed"))]
LARGEST = 50_000_000  # bytes of a scan; docs/assumptions.md A-252


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(
        app, "month", "月与年：四份报告的数字，签字，更正", "Months and years: the figures of the four reports, signatures, corrections"
    )
    mine.command("list", help=tr("各月各年到了哪一步，逾期的标出", "How far each month and year is, and what is overdue"))(list_)
    mine.command("due", help=tr("现在该做的：各项职责，逾期的在前", "What is to be done now, over all duties, the overdue first"))(due)
    mine.command(
        "figures", help=tr("四份报告的数字，与上期和本年累计对比", "The figures of the four reports, beside the period before and the year")
    )(figures)
    mine.command("cut-off", help=tr("截止：之后的记录不再算进去", "Cut off: nothing noted later counts into it"))(cut_off)
    mine.command("draft", help=tr("起草：把数字固定下来", "Draft: freeze the figures"))(draft)
    mine.command("sign", help=tr("用户（科室负责人）签字，附扫描件", "The user (the head of department) has signed; attach the scan"))(sign)
    mine.command("reject", help=tr("用户退回，写明原因", "The user does not sign, and says why"))(reject)
    mine.command("corrections", help=tr("截止后才记的更正，及其影响", "What was noted after the cut-off, and its effect"))(corrections)
    mine.command("year", help=tr("一年：各月的状态、全年数字、改进计划", "A year: the state of its months, its figures, its plan"))(year)
    mine.command(
        "count", help=tr("记下一天的数：从窗口程序的日志里数", "Note the numbers of a day, from the journals of the window programs")
    )(count)
    mine.command("improve", help=tr("把一项改进写进年报的计划", "Plan an improvement in the annual report"))(improve)
    mine.command("plan", help=tr("改进计划", "What is planned to be improved"))(plan)


def cut_off(
    period: PeriodArgument = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    def act(desk: Desk, mine: Months, which: Period) -> list[Event]:
        return mine.cut_off(which, by=desk.person, op=op)

    _do(act, period, site, ledger, by, as_json)


def draft(
    period: PeriodArgument = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    def act(desk: Desk, mine: Months, which: Period) -> list[Event]:
        return mine.draft(which, by=desk.person, op=op)

    _do(act, period, site, ledger, by, as_json)


def sign(
    period: PeriodArgument = None,
    scan: Scan = None,
    on: SignedOn = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from datetime import date
    from pathlib import Path

    from caixue.errors import UsageError

    file = Path(ask(scan, "--scan", tr("扫描件", "the scan")))
    sha256 = digest_of(file)
    try:
        signed_on = None if on is None else date.fromisoformat(on)
    except ValueError:
        raise UsageError(tr(f"--on {on} 不是日期，写成 2026-12-02", f"--on {on} is no date; write 2026-12-02")) from None

    def act(desk: Desk, mine: Months, which: Period) -> list[Event]:
        day = signed_on or desk.now.date()
        return mine.closings.sign(which, scan=file.name, scan_sha256=sha256, signed_on=day, by=desk.person, op=op)

    _do(act, period, site, ledger, by, as_json)


def reject(
    period: PeriodArgument = None,
    reason: Reason = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    said = ask(reason, "--reason", tr("为什么退回", "why it is not signed"))

    def act(desk: Desk, mine: Months, which: Period) -> list[Event]:
        return mine.closings.reject(which, reason=said, by=desk.person, op=op)

    _do(act, period, site, ledger, by, as_json)


def _do(
    act: Callable[[Desk, Months, Period], list[Event]],
    period: str | None,
    site: str | None,
    ledger: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """One step of one period, and where it stands afterwards."""
    with open_desk(site, ledger, by, acts=True, create=False) as desk:
        mine = months(desk)
        which = period_of(period, desk)
        events = act(desk, mine, which)
        closing = mine.closings.of(which)
    told = tr(f"{which} {closing.text}", f"{which}: {closing.text}")
    digest = f"\n  SHA-256 {closing.sha256}" if closing.sha256 else ""
    noted(events, as_json=as_json, say=lambda: told + digest)


def digest_of(path: object) -> str:
    """The SHA-256 of a scan. Raises UsageError for a file that is not there, empty, or no scan by its size."""
    import hashlib
    from pathlib import Path

    from caixue.errors import UsageError

    file = Path(str(path))
    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    except OSError as error:
        raise UsageError(tr(f"扫描件 {file} 读不了：{error.strerror}", f"cannot read the scan {file}: {error.strerror}")) from None
    if not content:
        raise UsageError(tr(f"扫描件 {file} 是空的或超过 50 MB", f"the scan {file} is empty or over 50 MB"))
    return hashlib.sha256(content).hexdigest()
