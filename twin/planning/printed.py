"""A plan as people read it: 80 columns, characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caixue.cli import command_line
from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.verdict import amount
from twin.planning.answers import as_rows
from twin.planning.charts import bars
from twin.printed import console, line

if TYPE_CHECKING:
    from rich.table import Table

_VERDICTS = {
    "plan": ("√", "方案成立", "the plan holds", "green"),
    "partial": (
        "?",
        "未完成：已中断，这是目前最好的方案",
        "PARTIAL: broken off; this is the best so far",
        "yellow",
    ),
    "unconfirmed": ("×", "另一组种子没有确认这个方案", "other days do not confirm the plan", "bold red"),
    "open": ("?", "没有证明：有限值的样本太少", "unproven: too few days say anything of a limit", "yellow"),
    "none": ("×", "没有方案成立", "no staffing holds", "bold red"),
}


def report(data: Mapping[str, Any], paths: Mapping[str, Path]) -> None:
    """The recommendation, what is expected of it, what it costs, what is cheaper and why that fails, and where the files are."""
    paper = console()
    line(" · ".join(filter(None, [data["scenario"], data["title"]])))
    if data["remedies"]:
        _remedies(data)
    if data["slots"]:
        _chart(data)
        paper.print(expected_table(data))
        paper.print()
    for text in _cost(data):
        line(text)
    if data["cheaper"]:
        paper.print()
        paper.print(cheaper_table(data))
        paper.print()
    for text in (*_not_shown(data), *_left_out(data)):
        line(text)
    sign, zh, en, style = _VERDICTS[data["verdict"]]
    line(f"{sign} {tr(zh, en)}", style)
    if data["verdict"] == "none":
        _why_none(data)
    for path in paths.values():
        line(f"  {path}")
    for text in commands(data, paths):
        line(text)


def _remedies(data: Mapping[str, Any]) -> None:
    """What was tried because nothing within the windows and hours holds."""
    hours = tr("现有窗口和时间内，每窗都有护士也守不住：", "within the windows and hours, a nurse at every window does not keep:")
    line(hours)
    for text in _missed(data):
        line(f"  {text}")
    line(tr("试过的办法（每窗都有护士）：", "what was tried (a nurse at every window):"))
    for remedy in data["remedies"]:
        sign = "√" if remedy["held"] == "holds" else "×"
        worst = next((f"{_limit(row)}: {_value(row, 'mean')}" for row in remedy["expected"] if row["figure"] == "patient.wait.p90"), "")
        line(f"  {sign} {tr(remedy['zh'], remedy['en'])}  {worst}")
    if data["remedy"] is not None:
        line(tr(f"以下方案用：{data['remedy']['zh']}", f"the plan below uses: {data['remedy']['en']}"))
    line("")


def _chart(data: Mapping[str, Any]) -> None:
    zh = "时段   # 护士  . 开放而无护士            护士/窗口  该时段来的人等候 P90"
    line(tr(zh, "from   # nurse  . open without one     nurses / windows  P90 wait of arrivals"))
    for text in bars(as_rows(data)):
        line(text)
    line("")


def expected_table(data: Mapping[str, Any]) -> Table:
    """Each limit with its mean, the bound at the stated confidence, the share of days beyond it, and the confirming days."""
    table = _table()
    heads = [
        ("限值", "limit"),
        ("均值", "mean"),
        (f"{data['confidence']:.0%} 界", f"{data['confidence']:.0%} bound"),
        ("超限的天", "days beyond"),
    ]
    if data["confirmation"]:
        heads.append(("另一组种子", "other seed"))
    for place, (zh, en) in enumerate(heads):
        table.add_column(tr(zh, en), justify="right" if place else "left", overflow="fold")
    others = data["confirmation"]["expected"] if data["confirmation"] else [None] * len(data["expected"])
    for row, other in zip(data["expected"], others, strict=True):
        cells = [_limit(row), _value(row, "mean"), _bound(row), f"{row['beyond_share'] or 0.0:.1%}"]
        if other is not None:
            cells.append(f"{_value(other, 'mean')} {'√' if other['held'] == 'holds' else '×'}")
        table.add_row(*cells)
    return table


def _cost(data: Mapping[str, Any]) -> Iterator[str]:
    cost = data["cost"]
    if cost is None:
        return
    minutes = cost["overtime_h"] * 60
    hours = tr(f"护士 {cost['nurse_hours']:.1f} 小时", f"{cost['nurse_hours']:.1f} nurse hours")
    planned = tr(
        f"排班 {cost['nurse_hours_planned']:g}，末段之后平均再 {minutes:.0f} min",
        f"planned {cost['nurse_hours_planned']:g}, then {minutes:.0f} min more",
    )
    yield f"{hours} ({planned})" + tr(f"；窗口 {cost['window_hours']:g} 小时", f"; {cost['window_hours']:g} window hours")
    yield from _leaving(data)
    confirmation = data["confirmation"]
    if confirmation is not None and confirmation["attempts"] > 1:
        count = confirmation["attempts"]
        yield tr(f"确认试了 {count} 次，每次换一组种子", f"{count} attempts at a confirmation, each on days of its own")
    yield tr(
        f"共模拟 {data['days_run']:,} 天；方案用 {data['days']:,} 天", f"{data['days_run']:,} days simulated; {data['days']:,} for the plan"
    )


def _leaving(data: Mapping[str, Any]) -> Iterator[str]:
    """Where the limit on who leaves comes from."""
    leaving = data["leaving"]
    if leaving is not None:
        share, people = f"{leaving['share']:.1%}", leaving["with_all"]
        yield tr(
            f"离开的人：每窗都有护士时一天 {people:.1f} 人（{share}），限值再加 1 个百分点",
            f"who leaves: {people:.1f} a day ({share}) with a nurse at every window; the limit is one point more",
        )


def _not_shown(data: Mapping[str, Any]) -> Iterator[str]:
    """The cheaper staffings that may hold, and what was eased."""
    if data["not_shown_to_fail"]:
        yield tr("少这一名，守不住没有得到证明：", "a nurse less here is not shown to fail: ") + ", ".join(data["not_shown_to_fail"])
    for row in data["eased"]:
        yield tr(row["zh"], row["en"])


def cheaper_table(data: Mapping[str, Any]) -> Table:
    """The staffings with one nurse less in one half hour, and the limit that each breaks."""
    table = _table()
    for place, (zh, en) in enumerate((("少一名护士", "a nurse less"), ("为何不行", "why it does not do"))):
        table.add_column(tr(zh, en), overflow="fold", justify="left", ratio=place + 1)
    for row in data["cheaper"]:
        table.add_row(f"{row['slot']}  {row['nurses'] + 1} → {row['nurses']}", _why(row))
    return table


def _why(row: Mapping[str, Any]) -> str:
    if not row["fails"] and not row["unfinished"]:
        return tr("守得住，但末段之后多干的更多", "keeps the limits, but works longer after the end")
    parts = [_unfinished(row["unfinished"])] if row["unfinished"] else []
    for one in row["fails"]:
        unsure = "" if one["held"] == "fails" else tr("（守住、守不住都未证明）", " (neither shown to hold nor to fail)")
        parts.append(f"{_limit(one)}: {_value(one, 'mean')}{unsure}")
    seed = tr("另一组种子：", "on other days: ") if row["held"] == "unconfirmed" else ""
    return seed + "; ".join(parts)


def _unfinished(days: int) -> str:
    return tr(f"{days} 天到最后仍有人没走", f"people were left at the end of {days} days")


def _missed(data: Mapping[str, Any]) -> Iterator[str]:
    """What a nurse at every window does not keep."""
    for row in data["full"] or []:
        if row["held"] != "holds":
            yield f"{_limit(row)}: {_value(row, 'mean')}"
    if data["full_unfinished"]:
        yield _unfinished(data["full_unfinished"])


def _left_out(data: Mapping[str, Any]) -> Iterator[str]:
    if data["not_decided"]:
        yield tr("timing 得不出、未参与判断的限值：", "limits that timing cannot tell, not decided here: ") + "; ".join(data["not_decided"])
    if data["unproven"]:
        few = tr("有值的天太少、没有证明的限值：", "limits that too few days have a value for, unproven: ")
        yield few + "; ".join(data["unproven"])


def _why_none(data: Mapping[str, Any]) -> None:
    for text in _missed(data):
        line(f"  - {text}")
    if not data["remedies"]:
        line(tr("  与开几个窗、排几个人无关，增减人手不起作用", "  how many windows and nurses there are does not matter for this"))


def commands(data: Mapping[str, Any], paths: Mapping[str, Path]) -> Iterator[str]:
    """The commands that show again that the plan holds, and that the cheaper one does not."""
    for key, zh, en in (
        ("plan", "重现方案（应通过）：", "the plan again (passes): "),
        ("cheaper", "更省的（应不达标）：", "what is cheaper (fails): "),
    ):
        if key in paths:
            words = ["caixue", "run", str(paths[key]), "--fidelity", "timing", "--reps", str(data["days"])]
            yield tr(zh, en) + command_line(words)


def _limit(row: Mapping[str, Any]) -> str:
    where = f" ({row['where']})" if row["where"] else ""
    return f"{row['figure']} {row['limit']}{where}"


def _value(row: Mapping[str, Any], key: str) -> str:
    return amount(row[key], FIGURES[row["figure"]].unit)


def _bound(row: Mapping[str, Any]) -> str:
    """The bound of the mean, or of the share of days that keep a clause."""
    return _value(row, "bound") if row["kept"] is None else tr(f"≥ {row['kept']:.1%} 的天", f"≥ {row['kept']:.1%} of days")


def _table() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.MARKDOWN, show_edge=False)
