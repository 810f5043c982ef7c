"""`caixue stock-levels` (contract G2): what the store should hold of consumables and parts, against the risk to run out and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options


def register(app: typer.Typer) -> None:
    """Add the command."""
    codes = tr(
        "退出码：0 完成，2 场景或用法有误，130 中断（什么也没写）",
        "Exit codes: 0 done, 2 wrong scenario or use, 130 interrupted (nothing is written)",
    )
    example = codes + tr("\n\n例：", "\n\nExample: ") + "caixue stock-levels peak-monday --budget 2000元"
    about = tr("库存水平：耗材和备件的订货点、断货风险与费用", "Stock levels: reorder points, stock-out risk and cost")
    app.command("stock-levels", help=about, epilog=example)(stock_levels)


def stock_levels(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help=tr("按哪个场景的用量，默认 peak-monday", "Whose use counts, by default peak-monday"))
    ] = "peak-monday",
    site: Annotated[str | None, typer.Option("--site", metavar="SITE", help=tr("代替场景的现场", "Instead of the scenario's site"))] = None,
    risk: Annotated[
        float, typer.Option("--risk", min=1e-6, max=0.5, help=tr("耗材：一个周期内断货的概率", "Consumables: stock-out in a review period"))
    ] = 0.01,
    parts_risk: Annotated[
        float, typer.Option("--parts-risk", min=1e-6, max=0.5, help=tr("备件：要用时没有的概率", "Parts: a demand finds nothing"))
    ] = 0.05,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget", metavar=tr("金额", "MONEY"), help=tr('在最低量之上多备货的钱，如 "2000 元"', 'To stock more: "2000 yuan"')
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=20, max=100_000, metavar="N", help=tr("模拟多少天的用量", "Days of use that are simulated"))
    ] = 300,
    clinic_days: Annotated[
        int, typer.Option("--clinic-days", min=1, max=7, metavar="N", help=tr("每周几天这样的门诊日", "Such days a week"))
    ] = 5,
    spread: Annotated[
        float, typer.Option("--spread", min=0.0, max=0.3, help=tr("各周忙闲的标准差", "How much weeks differ: sd over mean"))
    ] = 0.1,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=tr("键=值", "KEY=VALUE"),
            help=tr("改场景里的一个值，可多次", "Change a value of the scenario; may be repeated"),
        ),
    ] = None,
    seed: options.Seed = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", metavar=tr("目录", "DIR"), help=tr("结果目录，默认 runs/stock-场景", "Results, by default in runs/stock-NAME")
        ),
    ] = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from caixue.units import money_fen
    from twin.output import json_text, write_files
    from twin.printed import line
    from twin.scenario import load_scenario
    from twin.stocking.answers import budget_data, csv_of, data_of
    from twin.stocking.items import consumables, parts, without_figure
    from twin.stocking.printed import report
    from twin.stocking.use import measured
    from twin.timing.design import design_of

    loaded = load_scenario(scenario, options.overrides([*_site(site), *(sets or ())], "timing", seed))
    budget_fen = None if budget is None else money_fen(budget)
    folder = options.folder_of(out, f"stock-{loaded.name}")
    design = design_of(loaded)
    try:
        use = measured(design, days)
    except KeyboardInterrupt:
        return options.broken_off()
    rows = [*consumables(design.site, use, clinic_days=clinic_days, spread=spread), *parts(design.site)]
    if not rows:
        raise UsageError(tr(f"现场 {design.site.name} 没有库存表 [[stock]]", f"site {design.site.name} has no [[stock]]"))
    unknown = without_figure(design.site, rows)
    data = data_of(rows, risk=risk, parts_risk=parts_risk, days=days, name=loaded.name, unknown=unknown)
    if budget_fen is not None:
        data["budget"] = budget_data(rows, budget_fen)
    write_files(folder, {"stock.json": json_text(data), "stock.csv": csv_of(data)})
    if as_json:
        options.emit(data)
    elif not quiet:
        report(data)
        for name in ("stock.json", "stock.csv"):
            line(f"  {folder / name}")
    return 0


def _site(site: str | None) -> list[str]:
    """The override that puts another site into a scenario; a file is found from where the command is called."""
    if site is None:
        return []
    name = Path(site).resolve().as_posix() if site.lower().endswith(".toml") else site
    return [f'site="{name}"']
