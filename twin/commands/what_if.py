"""`caixue what-if`: changes ready to be tried on a scenario, each compared with it on the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED
from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from twin.planning.pairing import Outcome

ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = tr("现成的假设：预约、提前备管、共用备管机、多一名工程师、提前换打印头", "What-ifs ready to run, such as appointments")
    example = tr("例：", "Example: ") + "caixue what-if prepared-ahead peak-monday"
    app.command("what-if", help=about, epilog=example)(what_if)


def what_if(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=tr("哪一个；all 全部；不写则列出", "Which one; all of them; none: list them"))
    ] = None,
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help=tr("在哪个场景上，默认 peak-monday", "On which scenario"))
    ] = "peak-monday",
    reps: Annotated[int, typer.Option("--reps", min=2, max=1_000_000, metavar="N", help=tr("天数", "Days"))] = 1000,
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=1.0, help=tr("预约的人所占比例", "Share of people with appointments"))
    ] = 0.5,
    robot: Annotated[
        float, typer.Option("--robot", min=0.1, max=100.0, help=tr("共用备管机是窗口备管的几倍快", "How many times as fast as a window"))
    ] = 3.0,
    wear: Annotated[
        float, typer.Option("--wear", min=0.05, max=5.0, help=tr("打印头用到平均寿命的几成就换", "Share of a head's mean life"))
    ] = 0.5,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=tr("改场景里的一个值，可多次", "Change a value; may be repeated")),
    ] = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.planning.what_ifs import WHAT_IFS, Choice
    from twin.problems import did_you_mean
    from twin.scenario import load_scenario

    if name is None:
        return _list(as_json=as_json)
    if name != ALL and name not in WHAT_IFS:
        raise UsageError(tr(f"没有 {name}；", f"no what-if {name}; ") + did_you_mean(name, (*WHAT_IFS, ALL)))
    loaded = load_scenario(scenario, options.overrides(sets, "timing", seed))
    rows = list(WHAT_IFS) if name == ALL else [name]
    outcomes = _run(rows, loaded, Choice(share, robot, wear), reps, workers, quiet=quiet or as_json)
    data = {"schema": 1, "scenario": loaded.name, "seed": loaded.seed, "what_ifs": [one.to_json() for one in outcomes]}
    complete = len(outcomes) == len(rows) and all(one.refusal or one.days == reps for one in outcomes)
    if as_json:
        options.emit({**data, "complete": complete})
    elif not quiet:
        _print(outcomes, wear)
    if not complete:
        options.tell(tr("已中断：以上是做完的部分", "interrupted: above is what was done"))
    return 0 if complete else INTERRUPTED


def _list(*, as_json: bool) -> int:
    from twin.planning.what_ifs import WHAT_IFS
    from twin.printed import line

    if as_json:
        options.emit([{"name": row.name, "what": row.en, "how": row.how_en} for row in WHAT_IFS.values()])
        return 0
    for row in WHAT_IFS.values():
        line(f"{row.name:<16}{tr(row.zh, row.en)}")
        line(f"{'':16}{tr(row.how_zh, row.how_en)}")
    return 0


def _run(rows: list[str], scenario: Any, choice: Any, reps: int, workers: int | None, *, quiet: bool) -> list[Outcome]:
    """Each what-if in turn; Ctrl-C leaves those that are done."""
    from twin.planning.pairing import outcome_of
    from twin.planning.watching import Pacer, Step
    from twin.planning.what_ifs import WHAT_IFS
    from twin.pools import open_pool

    show, done, outcomes = options.meter_with(Pacer, quiet=quiet), [0], []

    def seen(days: int) -> None:
        done[0] += days
        show(Step(done[0], reps * len(rows), None))

    try:
        with open_pool(workers if workers is not None or reps * len(rows) > 200 else 1) as pool:
            for name in rows:
                outcomes.append(outcome_of(WHAT_IFS[name], scenario, choice, reps, pool, seen))
                if not outcomes[-1].refusal and outcomes[-1].days < reps:
                    break
    except KeyboardInterrupt:
        pass
    finally:
        show.close()
    return outcomes


def _print(outcomes: list[Outcome], wear: float) -> None:
    from caixue.metrics import FIGURES
    from caixue.verdict import amount
    from twin.planning.changed_days import failures_left, heads_used
    from twin.printed import line

    for one in outcomes:
        row = one.what_if
        line(f"{row.name} · {tr(row.zh, row.en)}" + (tr(f" · {one.days:,} 天", f" · {one.days:,} days") if one.days else ""))
        line(f"  {tr(row.how_zh, row.how_en)}")
        if one.refusal:
            line(f"  ? {one.refusal}")
            continue
        for found in one.to_json()["figures"]:
            unit = FIGURES[found["figure"]].unit
            told = [amount(found[key], unit) for key in ("a", "b", "difference", "low", "high")]
            line(f"  {found['figure']:<22}{told[0]:>10} → {told[1]:>10}  {told[2]:>10} ({told[3]} .. {told[4]})")
        if row.name == "heads-early":
            kept, used = failures_left(wear), heads_used(wear)
            line(
                tr(
                    f"  打印头故障剩 {kept:.0%}，每公里用头 {used:.2f} 倍",
                    f"  {kept:.0%} of the head failures are left; {used:.2f} times as many heads a km",
                )
            )
