"""`caixue compare`: two designs on the same people and the same chance."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED
from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from twin.scenario_model import Scenario

LONGEST_MARK = 48  # characters of a folder's name that tell the changes


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = tr("比较两个方案：同一批人、同一组随机数，逐日相减", "Compare two designs day by day, on the same people and the same chance")
    app.command("compare", help=about, epilog=_epilog())(compare)


def _epilog() -> str:
    codes = tr(
        "退出码：0 完成，2 场景或用法有误，4 集群没有应答，\n        130 中断（做完的部分照样写出）",
        "Exit codes: 0 done, 2 wrong scenario or use, 4 no answer from the cluster,\n            130 interrupted (what is done is written)",
    )
    return codes + tr("\n\n例：", "\n\nExample: ") + "caixue compare peak-monday --fidelity timing --set-b staff.engineers=2"


def compare(
    scenario: Annotated[
        str, typer.Argument(metavar="A", help=tr("方案 A：自带场景，或 .toml 文件", "Design A: a built-in scenario, or a .toml file"))
    ],
    other: Annotated[
        str | None, typer.Argument(metavar="[B]", help=tr("方案 B，默认也是 A 的场景", "Design B, by default the scenario of A"))
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=tr("两个方案都改，可多次", "Change a value of both; may be repeated")),
    ] = None,
    sets_b: Annotated[
        list[str] | None,
        typer.Option(
            "--set-b", metavar=tr("键=值", "KEY=VALUE"), help=tr("只改方案 B，可多次", "Change a value of B alone; may be repeated")
        ),
    ] = None,
    fidelity: options.Fidelity = None,
    seed: options.Seed = None,
    reps: options.Reps = None,
    precision: options.Precision = None,
    fewest: options.Fewest = None,
    most: options.Most = None,
    figures: options.Figures = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar=tr("目录", "DIR"),
            help=tr("结果目录，默认 runs/compare-A-B-种子-改动", "Results, by default in runs/compare-A-B-SEED-CHANGES"),
        ),
    ] = None,
    workers: options.Workers = None,
    cluster: options.ClusterUrl = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.experiments.paired import Side, compared
    from twin.experiments.paired import compare as run_compare
    from twin.pools import open_pool
    from twin.scenario import load_scenario

    if other is None and not sets_b:
        raise UsageError(tr("要两个方案：写出 B，或用 --set-b 改一个值", "two designs are needed: name B, or change a value with --set-b"))
    options.check_where(workers, cluster)
    changes = options.overrides(sets, fidelity, seed)
    a = load_scenario(scenario, changes)
    changes_b = [*changes, *(sets_b or ())]
    b = _load_b(other or scenario, changes, sets_b or ())
    if b.seed != a.seed:  # the same people come to both
        changes_b.append(f"seed={a.seed}")
        b = load_scenario(other or scenario, changes_b)
    rule = options.rule_of([a, b], reps, precision, fewest, most)
    wanted = options.wanted_of([a, b], figures, rule)
    sides = Side.of(a, changes), Side.of(b, changes_b)
    folder = options.folder_of(out, f"compare-{a.name}-{b.name}-{a.seed}{_mark([*(sets or ()), *(sets_b or ())])}")
    count = options.processes(workers, rule, 2, wire="wire" in (a.fidelity, b.fidelity))
    with open_pool(count, cluster or "") as pool, options.watch(quiet=quiet) as watch:
        comparing = run_compare(sides[0].design, sides[1].design, wanted, rule, pool, seen=watch.seen)
    return _told(compared(*sides, comparing), folder, as_json=as_json, quiet=quiet)


def _load_b(name: str, changes: Sequence[str], own: Sequence[str]) -> Scenario:
    """Design B; what is wrong with its own changes is told of --set-b."""
    from twin.scenario import ScenarioError, load_scenario

    try:
        return load_scenario(name, [*changes, *own])
    except ScenarioError as error:
        places = {f"--set {change}": f"--set-b {change}" for change in own if change not in changes}
        raise ScenarioError(error.path, [replace(each, place=places.get(each.place, each.place)) for each in error.problems]) from None


def _mark(changes: Sequence[str]) -> str:
    """The changes as a part of a folder's name, so that two comparisons of a scenario do not land on each other."""
    text = re.sub(r"[^\w.]+", "-", "-".join(changes)).strip("-.")
    digest = hashlib.sha256("\n".join(changes).encode("utf-8", errors="backslashreplace")).hexdigest()[:6]
    return "" if not changes else f"-{text}" if 0 < len(text) <= LONGEST_MARK else f"-{text[:LONGEST_MARK]}-{digest}"


def _told(data: dict[str, Any], folder: Path, *, as_json: bool, quiet: bool) -> int:
    from twin.experiments.paired import STATISTICS
    from twin.experiments.printed import compare_report
    from twin.experiments.tables import csv_text
    from twin.output import RESULT, json_text, write_files

    if not data["replications"]:
        options.tell(tr("已中断，什么也没写", "interrupted; nothing was written"))
        return INTERRUPTED
    rows = ({"figure": figure, **row} for figure, row in data["figures"].items())
    table = "compare.csv"
    write_files(folder, {RESULT: json_text(data), table: csv_text(rows, ["figure", *STATISTICS])})
    if as_json:
        options.emit(data)
    elif not quiet:
        compare_report(data, [folder / RESULT, folder / table])
    options.tell_imprecise(data)
    if data["complete"]:
        return 0
    done, of = data["replications"], data["rule"]["maximum"]
    options.tell(tr(f"已中断：最多 {of:,} 天，做完 {done:,} 天", f"interrupted: {done:,} of at most {of:,} days are done"))
    return INTERRUPTED
