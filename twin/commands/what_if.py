"""`caixue what-if` (contract G3): changes ready to be tried on a scenario, each compared with it on the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED
from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from twin.planning.pairing import Outcome
    from twin.planning.what_ifs import Choice

ALL = "all"
_HEEDS = {"share": "appointments", "robot": "shared-robot", "wear": "heads-early"}  # which what-if an option is for


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = tr("现成的假设：预约、提前备管、共用备管机、多一名工程师、提前换打印头", "What-ifs ready to run, such as appointments")
    codes = tr(
        "退出码：0 完成，2 场景或用法有误，130 中断（告诉做完的部分）",
        "Exit codes: 0 done, 2 wrong scenario or use, 130 interrupted (what is done is told)",
    )
    example = tr("\n\n例：", "\n\nExample: ") + "caixue what-if prepared-ahead peak-monday"
    app.command("what-if", help=about, epilog=codes + example)(what_if)


def what_if(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=tr("哪一个；all 全部；不写则列出", "Which one; all of them; none: list them"))
    ] = None,
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help=tr("在哪个场景上，默认 peak-monday", "On which scenario"))
    ] = "peak-monday",
    reps: Annotated[int, typer.Option("--reps", min=2, max=1_000_000, metavar="N", help=tr("天数", "Days"))] = 1000,
    share: Annotated[
        float | None,
        typer.Option(
            "--share", min=0.01, max=1.0, help=tr("预约的人所占比例，默认 0.5", "Share of people with appointments, by default 0.5")
        ),
    ] = None,
    robot: Annotated[
        float | None,
        typer.Option(
            "--robot",
            min=0.1,
            max=100.0,
            help=tr("共用备管机是窗口备管的几倍快，默认 3", "How many times as fast as a window, by default 3"),
        ),
    ] = None,
    wear: Annotated[
        float | None,
        typer.Option(
            "--wear",
            min=0.05,
            max=5.0,
            help=tr("打印头用到平均寿命的几成就换，默认 0.5", "Share of a head's mean life, by default 0.5"),
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=tr("改场景里的一个值，可多次", "Change a value; may be repeated")),
    ] = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.planning.pairing import told_together
    from twin.planning.what_ifs import WHAT_IFS
    from twin.problems import did_you_mean
    from twin.scenario import builtin_scenarios, load_scenario

    if name is None:
        return _list(as_json=as_json)
    if name != ALL and name not in WHAT_IFS:
        forgotten = name.lower().endswith(".toml") or name in dict(builtin_scenarios())
        what = tr(f"{name} 是场景，前面还要写哪一个；", f"{name} is a scenario; write before it which what-if; ")
        raise UsageError((what if forgotten else tr(f"没有 {name}；", f"no what-if {name}; ")) + did_you_mean(name, (*WHAT_IFS, ALL)))
    choice = _choice(name, share=share, robot=robot, wear=wear)
    loaded = load_scenario(scenario, options.overrides(sets, "timing", seed))
    rows = list(WHAT_IFS) if name == ALL else [name]
    outcomes = _run(rows, loaded, choice, reps, workers, quiet=quiet or as_json)
    data = {"schema": 1, "scenario": loaded.name, "seed": loaded.seed, "what_ifs": told_together(outcomes)}
    complete = len(outcomes) == len(rows) and all(one.refusal or one.days == reps for one in outcomes)
    if as_json:
        options.emit({**data, "complete": complete})
    elif not quiet:
        _print(outcomes, choice.wear)
    if not complete:
        options.tell(tr("已中断：以上是做完的部分", "interrupted: above is what was done"))
    return 0 if complete else INTERRUPTED


def _choice(name: str, **given: float | None) -> Choice:
    """The numbers of the what-ifs, each as given or as usual; raises UsageError for one that this what-if does not heed."""
    from twin.planning.what_ifs import Choice

    known = {key: value for key, value in given.items() if value is not None}
    other = [key for key in known if name not in (ALL, _HEEDS[key])]
    if other:
        key = other[0]
        raise UsageError(tr(f"--{key} 只用于 {_HEEDS[key]}，{name} 不看它", f"--{key} belongs to {_HEEDS[key]}; {name} does not heed it"))
    return Choice(**known)


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
    from twin.experiments.paired import words
    from twin.planning.changed_days import failures_left, heads_used
    from twin.planning.pairing import told_together
    from twin.printed import line

    together = told_together(outcomes)
    for one, data in zip(outcomes, together, strict=True):
        row = one.what_if
        line(f"{row.name} · {tr(row.zh, row.en)}" + (tr(f" · {one.days:,} 天", f" · {one.days:,} days") if one.days else ""))
        line(f"  {tr(row.how_zh, row.how_en)}")
        if one.refusal:
            line(f"  ? {one.refusal}")
            continue
        for found in data["figures"]:
            unit = FIGURES[found["figure"]].unit
            told = [amount(found[key], unit) for key in ("a", "b", "difference", "low", "high")]
            interval = tr("每天一样", "alike each day") if found["low"] is None else f"{told[3]}..{told[4]}"
            word = words(found["verdict"]).removeprefix("B ").removeprefix("is ")
            line(f"  {found['figure']:<20}{told[0]:>8} → {told[1]:>8} {told[2]:>9} ({interval}) {word}")
        if row.name == "heads-early":
            kept, used = failures_left(wear), heads_used(wear)
            line(
                tr(
                    f"  打印头故障剩 {kept:.0%}，每公里用头 {used:.2f} 倍",
                    f"  {kept:.0%} of the head failures are left; {used:.2f} times as many heads a km",
                )
            )
    many = sum(len(data["figures"]) for data in together)
    if many:
        line(tr("不改 → 改后，差和它自己的 95 % 区间", "as it is → changed, the difference with its own 95 % interval"))
        line(
            tr(
                f"结论按 Holm 法同时看 {many} 行：无差别时说错任何一个的机会至多 5 %",
                f"words by Holm over {many} rows: at most 5 % for any wrong one in all",
            )
        )
