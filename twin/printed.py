"""What the twin's commands print on stdout, for people: 80 columns, characters that a GBK console has, and data never taken for markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from caixue.metrics import figure
from caixue.units import format_duration
from caixue.verdict import amount, fault_table, verdict_table
from twin.day_table import day_table
from twin.faults.catalogue import Fault
from twin.problems import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from caixue.site import Site
    from caixue.verdict import FaultTimes, Row, Verdict
    from twin.experiment import Result
    from twin.scenario_model import Scenario

_VERDICTS = {
    "pass": ("√", "通过", "PASS", "green"),
    "fail": ("×", "不达标", "FAIL", "bold red"),
    "no-data": ("?", "无数据", "NO DATA", "yellow"),
}
_PER = {
    "h": ("h", "h"),
    "day": ("天", "days"),
    "tube": ("管", "tubes"),
    "label": ("张标签", "labels"),
    "cut": ("次切纸", "cuts"),
    "km": ("km", "km"),
}


def console() -> Console:
    """stdout for tables."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def line(text: str, style: str = "") -> None:
    """One line of any length; it is not wrapped, so that it can be copied."""
    from rich.text import Text

    console().print(Text(plain(text), style), soft_wrap=True)


def wrapped(text: str, style: str = "") -> None:
    """A sentence over as many lines as it takes; what follows the first is indented."""
    from rich.text import Text

    paper = console()
    for number, row in enumerate(Text(plain(text), style).wrap(paper, max(20, paper.width - 4))):
        row.rstrip()
        paper.print(Text("    " if number else "") + row, soft_wrap=True)


def report(result: Result, files: Sequence[Path]) -> None:
    """A run: what it was, its limits, its faults, the verdict with its reasons, its size, and where its files are."""
    paper, data = console(), result.data
    line(" · ".join(filter(None, [data["scenario"], data["title"]])))
    line(origin(data))
    paper.print()
    if result.verdict.rows:
        paper.print(_without_frame(verdict_table(result.verdict.rows)))
        paper.print()
    if "days" in data:
        paper.print(day_table(data["days"]))
        paper.print()
    written = [fault for fault in result.verdict.faults if not fault.random]
    if written:
        if data["replications"] > 1:
            line(tr("以下是第一次（--rep 0）的故障", "these are the faults of the first replication (--rep 0)"))
        paper.print(_without_frame(fault_table(written, result.scenario.start)))
        paper.print()
    judgement(result.verdict)
    if left_out := [row.expectation.figure for row in result.verdict.rows if not row.simulated]:
        wrapped(not_simulated(left_out))
        for why in dict.fromkeys(row.why for row in result.verdict.rows if row.why):
            line(f"  - {why}")
    line(size(data))
    if data["unrecorded_lines"]:
        rows = ", ".join(map(str, data["unrecorded_lines"]))
        line(tr(f"服务时间未记录、按其余各行抽取的行：{rows}", f"lines without a recorded service, drawn from the others: {rows}"))
    random = [fault for fault in result.verdict.faults if fault.random]
    if random:
        line(random_faults(random))
    for path in files:
        line(f"  {path}" + (_day_of(result) if path.suffix == ".html" else ""))


def not_simulated(names: Iterable[str]) -> str:
    """Which limits were left out of the verdict, and where that is explained."""
    told = ", ".join(dict.fromkeys(names))
    where = "docs/decisions/0020-what-timing-does-not-simulate.md"
    return tr(f"定时保真度不模拟 {told}，不计入结论（{where}）", f"timing does not simulate {told}: not judged ({where})")


def random_faults(faults: Sequence[FaultTimes]) -> str:
    """How many faults came by themselves, and what became of them."""
    came, fired, seen = len(faults), sum(fault.fired_us is not None for fault in faults), sum(fault.seen_us is not None for fault in faults)
    return tr(f"随机故障 {came} 次：{fired} 次触发，{seen} 次被发现", f"{came} random faults: {fired} fired, {seen} were seen")


def _day_of(result: Result) -> str:
    """Which of several days the replay shows."""
    if result.shown is None:
        return ""
    day, of = result.shown.day, len(result.data["days"])
    return tr(f"（第 {day.index + 1}/{of} 天，{day.date}）", f" (day {day.index + 1} of {of}, {day.date})")


def _without_frame(table: Table) -> Table:
    table.show_edge = False  # else it begins and ends with a blank line
    return table


def judgement(verdict: Verdict) -> None:
    """The verdict in one word, and the reasons beyond the limits in a line each."""
    sign, zh, en, style = _VERDICTS[verdict.verdict]
    left_out, asked = sum(not row.simulated for row in verdict.rows), len(verdict.rows)
    unjudged = tr(f"（{asked} 条限值中 {left_out} 条未判）", f" ({left_out} of {asked} limits not judged)") if left_out else ""
    line(f"{sign} {tr(zh, en)}{unjudged}", style)
    for reason in reasons(verdict):
        line(f"  - {reason}")


def reasons(verdict: Verdict) -> list[str]:
    """Why a run did not pass, one line each."""
    missed = (row for row in verdict.rows if row.verdict != "pass" and row.simulated)
    return [*map(_missed, missed), *verdict.reasons]


def _missed(row: Row) -> str:
    asked = row.expectation
    where = f" ({asked.where})" if asked.where else ""
    if row.actual is None:
        return f"{asked.figure} {asked.limit}{where}{tr('：无数据', ': no data')}"
    return f"{asked.figure} {asked.limit}{where}{tr('：实际', ': actual')} {amount(row.actual, figure(asked.figure).unit)}"


def origin(data: Mapping[str, Any]) -> str:
    """What a result comes from: seed, fidelity, replications."""
    parts = [tr(f"种子 {data['seed']}", f"seed {data['seed']}"), data["fidelity"]]
    if data["replications"] > 1:
        parts.append(tr(f"重复 {data['replications']} 次", f"{data['replications']} replications"))
    return " · ".join(parts)


def size(data: Mapping[str, Any]) -> str:
    """How large a run was and how fast it went."""
    count, wall_s = data["figures"].get("patient.count"), max(data["wall_s"], 0.001)
    mean = tr("平均", " a day on average") if data["replications"] > 1 else ""
    parts = [] if count is None else [tr(f"{mean}患者 {count:,.0f} 人", f"{count:,.0f} patients{mean}")]
    if data["exchanges"]:
        parts.append(tr(f"通信 {data['exchanges']:,} 次", f"{data['exchanges']:,} exchanges"))
    parts.append(tr(f"用时 {wall_s:.1f} s", f"{wall_s:.1f} s"))
    parts.append(tr(f"{data['simulated_s'] / wall_s:,.0f} 倍实时", f"{data['simulated_s'] / wall_s:,.0f} x real time"))
    return " · ".join(parts)


def summary(scenario: Scenario, site: Site, patients: int) -> None:
    """What a valid scenario asks for."""
    from rich import table as tables
    from rich.text import Text

    seed = tr(f"种子 {scenario.seed}", f"seed {scenario.seed}")
    windows = tr(f"{len(site.windows)} 个窗口，{len(site.devices)} 台设备", f"{len(site.windows)} windows, {len(site.devices)} devices")
    rows = [
        (tr("标题", "title"), scenario.title),
        (tr("场所", "site"), f"{site.name}{tr('：', ': ')}{windows}"),
        (tr("时间", "time"), f"{scenario.start:%Y-%m-%d %H:%M} + {format_duration(scenario.duration_us)}{_days_of(scenario)}"),
        (tr("患者", "patients"), tr(f"{patients} 人（{seed}）", f"{patients} ({seed})")),
        (tr("故障", "faults"), _faults_of(scenario) or "-"),
        (tr("限值", "limits"), _limits_of(scenario) or "-"),
    ]
    table = tables.Table.grid(padding=(0, 3, 0, 0))
    for name, text in rows:
        table.add_row(Text(name), Text("\n".join(plain(each) for each in text.split("\n"))))
    line(tr(f"√ 可以运行：{scenario.path}", f"√ ready to run: {scenario.path}"), "green")
    console().print(table)


def _days_of(scenario: Scenario) -> str:
    return "" if scenario.days == 1 else tr(f" · {scenario.days} 天", f" · {scenario.days} days")


def summary_data(scenario: Scenario, site: Site, patients: int) -> dict[str, Any]:
    """The same for programs."""
    faults = [{"at_s": fault.at_us / 1e6, "target": fault.target, "kind": fault.kind} for fault in scenario.faults]
    limits = [
        {"figure": row.figure, "limit": row.limit.text, "where": str(row.where or ""), "clause": row.clause}
        for row in scenario.expectations
    ]
    known = {
        "schema": 1,
        "scenario": scenario.name,
        "valid": True,
        "title": scenario.title,
        "seed": scenario.seed,
        "fidelity": scenario.fidelity,
    }
    when = {"start": scenario.start.isoformat(), "duration_s": scenario.duration_us / 1e6, "days": scenario.days}
    room = {"site": site.name, "windows": len(site.windows), "devices": len(site.devices), "patients": patients}
    return {**known, **when, **room, "faults": faults, "limits": limits}


def _faults_of(scenario: Scenario) -> str:
    rows = [f"{_clock(scenario.start, fault.at_us)}  {fault.target}  {fault.kind}" for fault in scenario.faults]
    rows += [f"{tr('随机', 'random')}  {row.device}  {row.kind}" for row in scenario.random_fault_rows]
    if scenario.random_faults.enabled:
        rows.append(tr(f"随机  目录的频率 x {scenario.random_faults.scale:g}", f"random  the catalogue's rates x {scenario.random_faults.scale:g}"))
    return "\n".join(rows)


def _limits_of(scenario: Scenario) -> str:
    return "\n".join(
        f"{row.figure} {row.limit.text}{f'  ({row.where})' if row.where else ''}  {row.clause}" for row in scenario.expectations
    )


def _clock(start: datetime, us: int) -> str:
    at = start + timedelta(microseconds=us)
    days = (at.date() - start.date()).days
    return f"+{days}d {at:%H:%M}" if days else f"{at:%H:%M}"


def catalogue_table(rows: Iterable[Fault]) -> None:
    """The fault catalogue, device kind by device kind."""
    from rich import table as tables
    from rich.text import Text

    table = tables.Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    heads = ("kind", tr("说明", "what"), tr("等级", "class"), tr("平均间隔", "mean between"), tr("修复", "repair"))
    table.add_row(*(Text(head, "bold") for head in heads))
    for device, group in groupby(rows, key=lambda row: row.device):
        table.add_row()
        table.add_row(Text(device, "bold"))
        for row in group:
            cells = (f"  {row.kind}", tr(row.zh, row.en), row.severity, _between(row), _repair(row.repair_mean_s))
            table.add_row(*(Text(cell) for cell in cells))
    console().print(table)


def _between(row: Fault) -> str:
    return "-" if row.mean_between is None else f"{row.mean_between:,.12g} {tr(*_PER.get(row.per, (row.per, row.per)))}"


def _repair(seconds: float) -> str:
    return format_duration(round(seconds) * 1_000_000)


def names_and_titles(rows: Iterable[tuple[str, str]]) -> None:
    """The built-in scenarios."""
    from rich import table as tables
    from rich.text import Text

    table = tables.Table.grid(padding=(0, 3, 0, 0))
    for name, title in rows:
        table.add_row(Text(name), Text(plain(title)))
    console().print(table)
