"""`caixue shrink`: the smallest scenario that still fails, saved as a regression."""

from __future__ import annotations

import copy
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from twin.experiment import Result
    from twin.shrinking import Document, Failures


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("shrink", help=tr("把不达标的场景缩到最小并存为回归场景", "Make a failing scenario as small as possible and save it"))(shrink)


def shrink(
    scenario: Annotated[str, typer.Argument(metavar=tr("场景", "SCENARIO"), help=tr("自带场景名，或场景文件", "Built-in name, or a file"))],
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help=tr("改一个值，可重复", "Change a value; may be repeated"))
    ] = None,
    out: Annotated[str | None, typer.Option(metavar=tr("文件", "FILE"), help=tr("写到哪里", "Where to write"))] = None,
    most_runs: Annotated[int, typer.Option(min=2, metavar="N", help=tr("最多跑几次", "How many runs at the most"))] = 200,
) -> int:
    """Shrink, telling each step on stderr, and write the file; exit 0 when one was written."""
    from twin.scenario import load_scenario
    from twin.shrinking import Shrinker

    loaded = load_scenario(scenario, sets or [])
    target = Path(out) if out is not None else Path("scenarios", "regressions", f"{loaded.name}-{loaded.seed}.toml")
    if target.exists():
        raise UsageError(tr(f"{target} 已存在；用 --out 换一个名字", f"{target} exists; choose another name with --out"))
    shrinker = Shrinker(lambda document: _failures(document, loaded.path), most_runs, tell=lambda step: print(f"  {step}", file=sys.stderr))
    smallest = shrinker.shrink(_as_toml(loaded.canonical))
    _write(target, smallest, loaded.path, ", ".join(sorted(_failures(smallest, loaded.path))))
    done = tr(f"{len(shrinker.steps)} 步，跑了 {shrinker.runs} 次", f"{len(shrinker.steps)} steps, {shrinker.runs} runs")
    print(f"{done}: caixue run {target}")
    return 0


def _as_toml(canonical: Any) -> Document:
    """A canonical scenario as TOML has it: the start is a date-time there, not text."""
    document: Document = copy.deepcopy(dict(canonical))
    if isinstance(document.get("start"), str):
        document["start"] = datetime.fromisoformat(document["start"])
    return document


def _failures(document: Document, path: Path) -> Failures:
    """How a document fails: the figures over their limits, the faults that stayed without effect, the invariants broken."""
    import tomli_w

    from twin.experiment import run
    from twin.scenario import parse_scenario

    return failures_of(run(parse_scenario(tomli_w.dumps(document).encode(), path)))


def failures_of(result: Result) -> Failures:
    """The ways in which a run failed, in words that stay the same while the scenario shrinks."""
    rows = {row.expectation.figure for row in result.verdict.rows if row.verdict == "fail"}
    faults = {f"fault {fault.name}" for fault in result.verdict.faults if fault.failure() is not None}
    return frozenset(rows | faults | {f"broken {text.split(' at ')[0]}" for text in result.verdict.broken})


def _write(target: Path, document: Document, origin: Path, failures: str) -> None:
    import tomli_w

    placed = copy.deepcopy(document)
    for table, key in ((placed, "site"), (placed["load"], "arrivals_csv")):
        if str(table.get(key, "")).endswith((".toml", ".csv")):
            table[key] = Path(os.path.relpath(origin.parent / table[key], target.parent)).as_posix()
    head = tr(f"# 由 caixue shrink 从 {origin.name} 缩小；仍不达标：{failures}\n", f"# shrunk from {origin.name}; still fails: {failures}\n")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.part")
        temporary.write_text(head + tomli_w.dumps(placed), encoding="utf-8", newline="\n")
        os.replace(temporary, target)
    except OSError as error:
        raise UsageError(tr(f"不能写 {target}：{error.strerror}", f"cannot write {target}: {error.strerror}")) from None
