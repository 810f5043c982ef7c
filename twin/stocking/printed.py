"""Stock levels as people read them: 80 columns, characters that a GBK console has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from twin.printed import console, line, wrapped

if TYPE_CHECKING:
    from rich.table import Table


def report(data: Mapping[str, Any]) -> None:
    """Consumables, parts, what nothing is known of, and the budget."""
    paper = console()
    line(tr(f"{data['scenario']} · 模拟 {data['days']} 天", f"{data['scenario']} · {data['days']} simulated days"))
    heads = (
        (
            "consumable",
            tr(
                f"耗材：一个看库存周期内断货不超过 {data['risk']:.3g}",
                f"consumables: stock-out in a review period at most {data['risk']:.3g}",
            ),
        ),
        ("part", tr(f"备件：要用时没有不超过 {data['parts_risk']:.3g}", f"parts: a demand finds nothing at most {data['parts_risk']:.3g}")),
    )
    for kind, head in heads:
        rows = [item for item in data["items"] if item["kind"] == kind]
        if rows:
            paper.print()
            line(head)
            paper.print(levels_table(rows))
    paper.print()
    if data["no_figure"]:
        wrapped(tr("没有用量依据：", "no figure of use: ") + ", ".join(data["no_figure"]))
    line(
        tr(
            "费用：每年持有与订货，不含货款；全部曲线见 CSV、JSON",
            "cost: holding and ordering a year, without the goods; curves in CSV and JSON",
        )
    )
    if "budget" in data:
        _budget(data["budget"])


def levels_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Each item: use, what is ordered at and up to, at what cost; and the site's own level with its risk beside it."""
    table, part = _table(), rows[0]["kind"] == "part"
    heads = (
        ("品名", "item"),
        ("每月", "a month") if part else ("每天", "a day"),
        ("订货点", "reorder"),
        ("订到", "up to"),
        ("元/年", "yuan/y"),
        ("现点", "now"),
        ("现风险", "risk"),
        ("元/年", "yuan/y"),
    )
    for place, (zh, en) in enumerate(heads):
        table.add_column(tr(zh, en), justify="right" if place else "left", no_wrap=True)
    for item in rows:
        table.add_row(item["item"], _use(item, part=part), *_cells(item["target"], item["now"]))
    return table


def _use(item: Mapping[str, Any], *, part: bool) -> str:
    use = item["a_year"] / 12 if part else item["a_day"]
    return f"{use:.0f}" if use >= 100 else f"{use:.3f}" if part else f"{use:.1f}"


def _cells(target: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    levels = str(target["reorder_point"]), str(target["order_up_to"]), f"{target['yearly_yuan']:.0f}"
    return *levels, str(now["reorder_point"]), share(now["reached"]), f"{now['yearly_yuan']:.0f}"


def _budget(budget: Mapping[str, Any]) -> None:
    yearly = budget["stockouts_a_year"]
    told = tr(
        f"预算 {budget['budget_yuan']:g} 元，用去 {budget['spent_yuan']:g} 元",
        f"{budget['spent_yuan']:g} of {budget['budget_yuan']:g} yuan spent",
    )
    change = f"{yearly['before']:.3g} → {yearly['after']:.3g}"
    line(told + tr(f"；每年断货 {change} 次", f"; stock-outs a year {change}"))
    table = _table()
    for place, (zh, en) in enumerate(
        (("先后", "order"), ("品名", "item"), ("订货点", "reorder point"), ("元", "yuan"), ("每年少断", "prevents a year"))
    ):
        table.add_column(tr(zh, en), justify="left" if place == 1 else "right")
    for number, step in enumerate(_joined(budget["steps"]), 1):
        table.add_row(str(number), step["item"], f"{step['from']} → {step['to']}", f"{step['yuan']:g}", f"{step['prevents_a_year']:.3g}")
    console().print(table)


def _joined(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps of one item in a row as one."""
    found: list[dict[str, Any]] = []
    for step in steps:
        if found and found[-1]["item"] == step["item"]:
            last = found[-1]
            found[-1] = {**last, "to": step["to"], **{key: last[key] + step[key] for key in ("yuan", "prevents_a_year")}}
        else:
            found.append(dict(step))
    return found


def share(value: float) -> str:
    """A probability in percent, small ones told as such."""
    return "<0.01%" if 0 < value < 1e-4 else f"{value:.2%}" if value < 0.1 else f"{value:.0%}"


def _table() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.MARKDOWN, show_edge=False)
