"""`caixue sweep`: a scenario over a grid of its values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED
from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from twin.experiments.sweep import Plan


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sweep", help=tr("把场景里的几个值排成网格，逐点模拟", "Run a scenario over a grid of its values"), epilog=_epilog())(sweep)


def _epilog() -> str:
    codes = tr(
        "退出码：0 完成，2 场景或用法有误，4 集群没有应答，\n        130 中断（做完的部分照样写出）",
        "Exit codes: 0 done, 2 wrong scenario or use, 4 no answer from the cluster,\n            130 interrupted (what is done is written)",
    )
    example = 'caixue sweep peak-monday --fidelity timing --grid "staff.engineers=1,2" --grid "load.scale=0.8:1.2:0.1"'
    return codes + tr("\n\n例：", "\n\nExample: ") + example


def sweep(
    scenario: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help=tr("自带场景的名字，或 .toml 文件", "The name of a built-in scenario, or a .toml file")),
    ],
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid",
            metavar=tr("键=值,…", "KEY=VALUES"),
            help=tr("一个值的各种取法：a,b 或 始:终:步；可多次", "Values of one key: a,b or first:last:step"),
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=tr("改一个值，可多次", "Change a value; may be repeated")),
    ] = None,
    fidelity: options.Fidelity = None,
    seed: options.Seed = None,
    reps: options.Reps = None,
    precision: options.Precision = None,
    fewest: options.Fewest = None,
    most: options.Most = None,
    figures: options.Figures = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot", metavar=tr("指标", "FIGURE"), help=tr("画哪个指标，默认第一个", "Which figure is drawn, by default the first")
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar=tr("目录", "DIR"),
            help=tr("结果目录，默认 runs/sweep-场景-种子", "Results, by default in runs/sweep-NAME-SEED"),
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help=tr("接着做目录里没做完的", "Go on with what lies unfinished in the folder"))
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help=tr("代替目录里做完的另一次扫描", "Replace another finished sweep in the folder"))
    ] = False,
    days: Annotated[
        bool, typer.Option("--days", help=tr("另写 replications.csv，每天一行", "Also replications.csv, a row for each day"))
    ] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help=tr("没有 pyarrow 就报错", "Insist on Parquet, which needs pyarrow"))] = False,
    workers: options.Workers = None,
    cluster: options.ClusterUrl = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.experiments.finished import finished_before
    from twin.experiments.grid import points, read_axes
    from twin.experiments.sweep import Plan
    from twin.experiments.tables import need_parquet

    if parquet:
        need_parquet()
    options.check_where(workers, cluster)
    changes, axes = options.overrides(sets, fidelity, seed), read_axes(grid or ())
    found = points(scenario, axes, changes)
    scenarios = [point.scenario for point in found]
    rule = options.rule_of(scenarios, reps, precision, fewest, most)
    plan = Plan(tuple(changes), axes, tuple(found), options.wanted_of(scenarios, figures, rule), rule)
    drawn = _drawn(plan, plot)
    folder = options.folder_of(out, f"sweep-{scenarios[0].name}-{scenarios[0].seed}")
    files: list[Path] = []
    data = None if replace else finished_before(plan, folder, resume=resume, days=days)
    if data is None:
        data, files = _swept(plan, folder, drawn, workers, cluster or "", resume=resume, days=days, quiet=quiet)
    else:
        options.tell(tr(f"{folder} 里已经做完，什么也没改", f"{folder} holds it whole already; nothing was changed"))
    if as_json:
        options.emit(data)
    elif not quiet:
        from twin.experiments.printed import sweep_report

        sweep_report(data, files)
    options.tell_imprecise(data)
    return _ended(data)


def _drawn(plan: Plan, plot: str | None) -> str:
    """The figure of the picture."""
    from twin.experiments.wanted import told
    from twin.problems import did_you_mean

    names = [told(wanted) for wanted in plan.wanted]
    if plot is not None and plot not in names:
        raise UsageError(tr(f"--plot {plot} 不在 --figures 里；", f"--plot {plot} is not among --figures; ") + did_you_mean(plot, names))
    return plot or names[0]


def _swept(
    plan: Plan, folder: Path, drawn: str, workers: int | None, cluster: str, *, resume: bool, days: bool, quiet: bool
) -> tuple[dict[str, Any], list[Path]]:
    from twin.experiments.files import write_sweep
    from twin.experiments.sweep import sweep as run_sweep
    from twin.pools import open_pool

    wire = any(point.scenario.fidelity == "wire" for point in plan.points)
    count = options.processes(workers, plan.rule, len(plan.points), wire=wire)
    with open_pool(count, cluster) as pool, options.watch(quiet=quiet) as watch:
        swept = run_sweep(plan, pool, folder=folder, days=days, resume=resume, seen=watch.seen)
    return swept.data, write_sweep(swept, folder, drawn, days=days)


def _ended(data: dict[str, Any]) -> int:
    if data["complete"]:
        return 0
    from twin.experiments.printed import missing

    for text in missing(data):
        options.tell(text)
    options.tell(tr("没做完：加 --resume 接着做", "not complete: go on with --resume"))
    return INTERRUPTED
