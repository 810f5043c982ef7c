"""What the commands of experiments share: their options, how many days they take, and how they are watched."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from twin.experiments.precision import Rule
    from twin.experiments.watching import Stopper
    from twin.progress import Meter, Paces
    from twin.replications import Wanted
    from twin.scenario_model import Scenario

# Days without a precision, fewest and most days with one. Assumed: docs/assumptions.md A-176.
TIMING, WIRE = (1000, 100, 100_000), (10, 10, 200)

Reps = Annotated[
    int | None,
    typer.Option(
        "--reps",
        min=1,
        max=10_000_000,
        metavar="N",
        help=tr("每个点重复 N 天，默认 1000（wire 10）", "Days a point, by default 1000 (wire: 10)"),
    ),
]
Precision = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar=tr("指标=半宽", "FIGURE=HALF"),
        help=tr("重复到 95 % 区间半宽不超过它，如 patient.wait.p90=30s、=2%", "Until half the 95 % interval is that narrow: 30s, 2%"),
    ),
]
Fewest = Annotated[
    int | None,
    typer.Option(
        "--min-reps", min=2, metavar="N", help=tr("有 --precision 时至少，默认 100（wire 10）", "With --precision at least; 100 (wire: 10)")
    ),
]
Most = Annotated[
    int | None,
    typer.Option(
        "--max-reps",
        min=2,
        metavar="N",
        help=tr("有 --precision 时至多，默认 100000（wire 200）", "With --precision at most; 100000 (wire: 200)"),
    ),
]
Figures = Annotated[
    str | None,
    typer.Option(
        "--figures",
        metavar=tr("指标,…", "FIGURE,..."),
        help=tr(
            "要哪些指标，如 patient.wait.p90,window.busy.share；all 全要", "Which figures, such as patient.wait.p90; all for every one"
        ),
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, max=1024, metavar="N", help=tr("进程数，默认每核一个", "Processes, by default one a core"))
]
ClusterUrl = Annotated[
    str | None,
    typer.Option("--cluster", metavar="URL", help=tr("在 Dask 集群上算，如 tcp://10.0.0.5:8786", "On a Dask cluster: tcp://10.0.0.5:8786")),
]
Fidelity = Annotated[
    str | None, typer.Option("--fidelity", metavar="wire|timing", help=tr("代替场景里的 fidelity", "Instead of the scenario's"))
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, max=2**63 - 1, metavar="S", help=tr("代替场景里的种子", "Instead of the scenario's"))
]
AsJson = Annotated[bool, typer.Option("--json", help=tr("只向 stdout 输出结果的 JSON", "Print the result alone on stdout, as JSON"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=tr("不显示进度和表格", "Show neither progress nor tables"))]


def overrides(sets: Sequence[str] | None, fidelity: str | None, seed: int | None) -> list[str]:
    """All changes of a scenario that the options ask for."""
    return [*(sets or ()), *([] if fidelity is None else [f"fidelity={fidelity}"]), *([] if seed is None else [f"seed={seed}"])]


def rule_of(scenarios: Sequence[Scenario], reps: int | None, precision: Sequence[str] | None, fewest: int | None, most: int | None) -> Rule:
    """How many days each design is given; raises UsageError for options that contradict each other."""
    from twin.experiments.precision import Rule, fixed, read_targets

    usual, at_least, at_most = WIRE if any(one.fidelity == "wire" for one in scenarios) else TIMING
    if not precision:
        if fewest is not None or most is not None:
            raise UsageError(tr("--min-reps、--max-reps 只与 --precision 一起用", "--min-reps and --max-reps belong to --precision"))
        return fixed(reps or usual)
    if reps is not None:
        raise UsageError(tr("--reps 与 --precision 只能用一个", "--reps and --precision exclude each other"))
    low, high = fewest or min(at_least, most or at_least), most or max(at_most, fewest or at_most)
    if low > high:
        raise UsageError(tr("--min-reps 大于 --max-reps", "--min-reps is more than --max-reps"))
    return Rule(low, high, read_targets(precision))


def wanted_of(scenarios: Sequence[Scenario], figures: str | None, rule: Rule) -> tuple[Wanted, ...]:
    """The figures that are asked for, those of a precision among them; raises UsageError with the nearest name."""
    from twin.experiments.wanted import ALL, read_wanted, simulated, usual

    asked = usual(scenarios) if figures is None else read_wanted(figures)
    asked = tuple(dict.fromkeys([*asked, *(target.wanted for target in rule.targets)]))
    measured = simulated(asked, scenarios)
    other = [each.figure for each in asked if each not in measured]
    if other and figures != ALL:
        what = tr(f"timing 不模拟 {other[0]}", f"timing does not simulate {other[0]}")
        raise UsageError(what + tr("；用 --fidelity wire", "; use --fidelity wire"))
    return measured


def processes(workers: int | None, rule: Rule, designs: int, *, wire: bool) -> int | None:
    """How many processes: as said; one where new ones would take longer to start than the work itself; else one a core."""
    few = rule.maximum * designs <= (1 if wire else TIMING[0])
    return 1 if workers is None and few else workers


def check_where(workers: int | None, cluster: str | None) -> None:
    """Raise UsageError where both processes and a cluster are asked for."""
    if workers is not None and cluster is not None:
        raise UsageError(tr("--workers 与 --cluster 只能用一个", "--workers and --cluster exclude each other"))


def folder_of(out: str | None, usual: str) -> Path:
    """The folder for the results, where they can be written; raises UsageError."""
    from twin.output import check_folder

    if out == "":
        raise UsageError(tr("--out 后面要写目录", "--out needs a folder"))
    folder = Path("runs", usual) if out is None else Path(out)
    check_folder(folder)
    return folder


def watch(*, quiet: bool) -> Stopper:
    """Progress on stderr and Ctrl-C."""
    from twin.experiments.watching import Pacer, Stopper
    from twin.progress import meter_of

    clock: Callable[[], float] = time.perf_counter
    return Stopper(meter_of(Pacer(clock), clock, quiet=quiet))


def meter_with(pacer: Callable[[Callable[[], float]], Paces], *, quiet: bool) -> Meter:
    """Progress on stderr by a pacer that is made with the clock."""
    from twin.progress import meter_of

    return meter_of(pacer(time.perf_counter), time.perf_counter, quiet=quiet)


def tell_imprecise(data: Any) -> None:
    """On stderr, also where nothing else is told: which figures are not as sure as was asked."""
    from twin.experiments.imprecise import imprecise

    if data["rule"]["precision"]:
        for row in imprecise(data):
            tell(row)


def broken_off() -> int:
    """Say that Ctrl-C came before anything was written; gives the exit code."""
    from caixue.cli import INTERRUPTED

    tell(tr("已中断，什么也没写", "interrupted; nothing was written"))
    return INTERRUPTED


def tell(message: str) -> None:
    """A line on stderr."""
    print(message, file=sys.stderr)


def emit(data: Any) -> None:
    """JSON on stdout as UTF-8, whatever the console's encoding: it is for programs."""
    from twin.output import as_bytes, json_text

    sys.stdout.flush()
    sys.stdout.buffer.write(as_bytes(json_text(data)))
    sys.stdout.buffer.flush()
