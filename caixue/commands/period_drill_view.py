"""What `caixue period drill` shows (contract C5): the table of drills, those on record, and whether the twin's verdict lets them count."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.sheets import Sheet


def table(as_json: JsonOption = False) -> None:
    from caixue.ops.drills_table import DRILLS

    rows = DRILLS.values()
    if as_json:
        keys = ("name", "zh", "en", "scenarios", "clause")
        emit({"schema": 1, "drills": [{key: getattr(row, key) for key in keys} for row in rows]})
        return
    heads = (tr("演练", "drill"), tr("说明", "what"), tr("场景", "scenarios"), tr("条款", "clause"))
    show("", heads, [(row.name, row.text, ", ".join(row.scenarios), _clause(row.clause)) for row in rows])


def _clause(clause: str) -> str:
    return tr("项目自定", "project") if clause == "project" else clause


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.period import periods_of
    from caixue.ops.drills import carried_out

    with open_desk(site, ledger) as desk:
        start, sheets = desk.ledger.start, list(periods_of(desk).drills.sheets.sheets.values())
    if as_json:
        emit({"schema": 1, "drills": [_row(sheet, desk) for sheet in sheets]})
        return
    heads = (tr("单号", "sheet"), tr("演练", "drill"), tr("日期", "day"), tr("负责人", "leader"), tr("结果", "result"))
    rows = []
    for sheet in sheets:
        done = carried_out(sheet)
        day = f"{start + timedelta(microseconds=done.ended_us):%Y-%m-%d}" if done else sheet.values["planned"]
        rows.append((sheet.number, sheet.values["drill"], day, sheet.values["leader"], outcome_of(sheet)))
    show("", heads, rows)


def outcome_of(sheet: Sheet) -> str:
    """How a drill stands, in words."""
    from caixue.ops.drills import carried_out

    done = carried_out(sheet)
    if done is None:
        return tr("已取消", "cancelled") if sheet.state == "cancelled" else tr("未做", "not yet")
    if done.rehearsed:
        return tr("已演练，孪生判定通过", "carried out, the twin's verdict is pass")
    if not done.verdict:
        return tr("已演练，未附孪生判定，不算预演过", "carried out, no verdict of the twin: not rehearsed")
    broken = "；".join(done.breached) or done.verdict
    return tr(
        f"已演练，孪生判定不通过（{broken}），不算预演过", f"carried out, the twin's verdict is {done.verdict} ({broken}): not rehearsed"
    )


def _row(sheet: Sheet, desk: Desk) -> dict[str, Any]:
    from caixue.ops.drills import carried_out

    done = carried_out(sheet)
    row: dict[str, Any] = {
        "number": sheet.number,
        "state": sheet.state,
        **{key: sheet.values[key] for key in ("drill", "planned", "leader")},
    }
    if done is None:
        return {**row, "rehearsed": False}
    times = {name: desk.ledger.start + timedelta(microseconds=us) for name, us in (("began", done.began_us), ("ended", done.ended_us))}
    said = {key: value for key, value in asdict(done).items() if not key.endswith("_us")}
    return {**row, "rehearsed": done.rehearsed, **times, **said}
