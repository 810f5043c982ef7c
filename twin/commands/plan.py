"""`caixue plan` (contract G2, G3): the fewest nurses and windows each half hour that keep a scenario's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED
from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from twin.planning.planner import Plan, Question

NOTHING_HOLDS = 99


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = tr("规划每半小时开几个窗口、排几名护士", "How many windows and nurses each half hour needs")
    app.command("plan", help=about, epilog=_epilog())(plan)


def _epilog() -> str:
    codes = tr(
        "退出码：0 方案成立，99 没有方案成立或没有证明，130 中断（部分结果）",
        "Exit codes: 0 a plan holds, 99 none does or is proven, 130 interrupted (partial)",
    )
    return codes + tr("\n\n例：", "\n\nExample: ") + 'caixue plan peak-monday --wait "15 min"'


def plan(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=tr("自带场景，或 .toml 文件", "A built-in scenario, or a file"))],
    wait: Annotated[
        str | None,
        typer.Option("--wait", metavar=tr("时长", "TIME"), help=tr("等候 P90 的限值，默认用场景的", "Of the P90 wait; the scenario's")),
    ] = None,
    longest: Annotated[
        str | None,
        typer.Option(
            "--longest", metavar=tr("时长", "TIME"), help=tr("一天最长等候的限值，默认 P90 的 2 倍", "Of the longest wait; twice the P90's")
        ),
    ] = None,
    confidence: Annotated[
        float,
        typer.Option(
            "--confidence", min=0.5, max=0.999, metavar="C", help=tr("把握：均值的单侧上界", "Of the one-sided bound of the mean")
        ),
    ] = 0.95,
    days: Annotated[
        int, typer.Option("--days", min=30, max=1_000_000, metavar="N", help=tr("定论用多少天", "Days for the last word"))
    ] = 2000,
    least: Annotated[
        int, typer.Option("--least", min=1, max=200, metavar="N", help=tr("开放时至少几名护士", "Nurses at least, whenever it is open"))
    ] = 1,
    earliest: Annotated[
        str | None, typer.Option("--earliest", metavar="HH:MM", help=tr("最早可以几点开放", "The earliest opening that may be planned"))
    ] = None,
    remedy: Annotated[
        list[str] | None,
        typer.Option(
            "--remedy",
            metavar=tr("办法", "KIND"),
            help=tr(
                "守不住时可试的：earlier、appointments、both、windows；默认都试",
                "To be tried: earlier, appointments, both, windows; all by default",
            ),
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=tr("改场景里的一个值，可多次", "Change a value; may be repeated")),
    ] = None,
    seed: options.Seed = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar=tr("目录", "DIR"), help=tr("结果目录，默认 runs/plan-场景-种子", "Results; runs/plan-NAME-SEED")),
    ] = None,
    workers: options.Workers = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.planning.planner import ready

    name, question = _question(scenario, sets, seed, out, wait, longest, earliest, remedy, confidence=confidence, days=days, least=least)
    try:
        worked = _work(ready(question), workers, quiet=quiet or as_json)
    except KeyboardInterrupt:
        options.tell(tr("已中断，什么也没写", "interrupted; nothing was written"))
        return INTERRUPTED
    return _told(worked, name, as_json=as_json, quiet=quiet)


def _question(
    scenario: str,
    sets: list[str] | None,
    seed: int | None,
    out: str | None,
    wait: str | None,
    longest: str | None,
    earliest: str | None,
    remedy: list[str] | None,
    **rest: Any,
) -> tuple[str, Question]:
    """The question as the options ask it; raises UsageError."""
    from caixue.units import duration_us
    from twin.planning.planner import Question
    from twin.planning.remedies import KINDS
    from twin.scenario import load_scenario

    if unknown := [kind for kind in remedy or () if kind not in KINDS]:
        raise UsageError(tr(f"没有办法 {unknown[0]}；可用：", f"no remedy {unknown[0]}; there are ") + ", ".join(KINDS))
    loaded = load_scenario(scenario, options.overrides(sets, "timing", seed))
    folder = options.folder_of(out, f"plan-{loaded.name}-{loaded.seed}")
    limits: dict[str, Any] = {
        "wait_us": None if wait is None else duration_us(wait),
        "wait_text": wait or "",
        "longest_us": None if longest is None else duration_us(longest),
        "longest_text": longest or "",
        "earliest_us": None if earliest is None else _clock_us(earliest),
    }
    return loaded.name, Question(loaded, folder, **limits, kinds=tuple(remedy or KINDS), **rest)


def _clock_us(text: str) -> int:
    """Microseconds after midnight in "06:30"; raises UsageError."""
    from caixue.units import day_span

    try:
        return day_span(f"{text}-24:00").start_us
    except UsageError:
        raise UsageError(tr(f'"{text}" 不是钟点；写法如 06:30', f'"{text}" is no time of day; write it like 06:30')) from None


def _work(plan: Plan, workers: int | None, *, quiet: bool) -> Plan:
    """Plan with progress on stderr; Ctrl-C leaves what there is."""
    from twin.planning.planner import Planner
    from twin.planning.trials import STAGES
    from twin.planning.watching import Pacer, Step, about
    from twin.pools import open_pool

    show = options.meter_with(Pacer, quiet=quiet)

    try:
        with open_pool(workers) as pool:
            planner = Planner(plan, pool)
            planner.done = lambda days: show(Step(plan.days_run, about(plan.question.days) + len(plan.tried) * STAGES[-1], planner.best_h))
            return planner.work()
    finally:
        show.close()


def _told(plan: Plan, name: str, *, as_json: bool, quiet: bool) -> int:
    from twin.output import json_text, write_files
    from twin.planning.answers import verdict_of
    from twin.planning.files import texts_of
    from twin.planning.printed import report

    data, texts, keys = texts_of(plan, name)
    folder = plan.question.folder
    write_files(folder, {**texts, "plan.json": json_text(data)})
    if as_json:
        options.emit(data)
    elif not quiet:
        report(data, {key: folder / file for key, file in keys.items()})
    verdict = verdict_of(plan)
    return {"plan": 0, "partial": INTERRUPTED}.get(verdict, NOTHING_HOLDS)
