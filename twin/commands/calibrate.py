"""`caixue calibrate`: wire runs in, the times of devices that timing needs out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr, why
from twin.commands.experiment_options import broken_off

if TYPE_CHECKING:
    from twin.timing.calibration import Calibration

OUT = Path("runs", "calibration.toml")


def register(app: typer.Typer) -> None:
    """Add the command."""
    help = tr("从 wire 运行测出定时保真度要用的设备时间", "Measure the times of devices that timing needs from wire runs")
    app.command("calibrate", help=help, epilog=_epilog())(calibrate)


def _epilog() -> str:
    codes = tr(
        "退出码：0 完成，2 场景或用法有误，130 中断（什么也没写）",
        "Exit codes: 0 done, 2 wrong scenario or use, 130 interrupted (nothing is written)",
    )
    return codes + tr("\n\n例：", "\n\nExample: ") + "caixue calibrate peak-monday --reps 6 --out calibration.toml"


def calibrate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=tr("[场景...]", "[SCENARIO...]"), help=tr("默认 peak-monday；都属于一个现场", "By default peak-monday; all of one site")
        ),
    ] = None,
    reps: Annotated[
        int, typer.Option("--reps", min=1, max=1000, metavar="N", help=tr("每个早晨重复几次", "How often each morning is repeated"))
    ] = 6,
    out: Annotated[
        str | None,
        typer.Option(metavar=tr("文件", "FILE"), help=tr("写到哪里，默认 runs/calibration.toml", "Where to write; runs/calibration.toml")),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="YYYY-MM-DD", help=tr("写进文件的日期，默认当前提交的", "The date in the file; by default that of the commit")
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=tr("向 stdout 输出 JSON，不写文件", "Print JSON on stdout, write no file"))
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=tr("不显示进度和结果", "Show neither progress nor results"))] = False,
) -> int:
    """Run the mornings, write the file, and tell; exit 0."""
    from twin.calibrating import GOLDEN
    from twin.calibrating.text import text_of
    from twin.timing.calibration import parse

    target = OUT if out is None else Path(out)
    dated = _date(day)
    if out == "" or target.is_dir():
        raise UsageError(tr("--out 后面要写文件", "--out needs a file"))
    try:
        table = _measured(scenarios or list(GOLDEN), reps, dated, quiet=quiet or as_json)
    except KeyboardInterrupt:
        return broken_off()
    known = parse(text_of(table), target.name)
    if as_json:
        _emit(table)
        return 0
    _write(target, text_of(table))
    if not quiet:
        _tell(known, target)
    return 0


def _measured(names: list[str], reps: int, dated: str, *, quiet: bool) -> dict[str, Any]:
    from twin.calibrating import calibrate as measure
    from twin.progress import meter
    from twin.scenario import load_scenario

    shown = meter(load_scenario(names[0]).start, time.perf_counter, quiet=quiet)
    try:
        return measure(names, reps, day=dated, progress=shown)
    finally:
        shown.close()


def _date(day: str | None) -> str:
    """The date for the file: as given, else that of the commit that runs; empty where neither is known."""
    if day is not None:
        try:
            return date.fromisoformat(day).isoformat()
        except ValueError:
            raise UsageError(tr(f"--date {day}：写成 2026-11-23", f"--date {day}: write it like 2026-11-23")) from None
    from twin.commit import commit

    command = ["git", "show", "-s", "--format=%cs", commit()]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, encoding="utf-8", timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _write(target: Path, text: str) -> None:
    """The whole file or none."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, target)
    except OSError as error:
        raise UsageError(tr(f"不能写 {target}：{why(error)}", f"cannot write {target}: {why(error)}")) from None


def _emit(table: dict[str, Any]) -> None:
    """Print JSON as UTF-8, whatever the console's encoding: it is for programs."""
    from twin.output import as_bytes, json_text

    sys.stdout.flush()
    sys.stdout.buffer.write(as_bytes(json_text(table)))
    sys.stdout.buffer.flush()


def _tell(known: Calibration, target: Path) -> None:
    """What was measured, on a few lines."""
    step_us = known.window.median(3) - known.window.median(2)
    rows = [
        tr(f"{known.source.runs} 个早晨，备管 {known.window.n:,} 次", f"{known.source.runs} mornings, {known.window.n:,} preparations"),
        tr(
            f"窗口：3 管 {known.window.median(3) / 1e6:.1f} s，多一管 {step_us / 1e6:.1f} s",
            f"window: 3 tubes {known.window.median(3) / 1e6:.1f} s, {step_us / 1e6:.1f} s a tube more",
        ),
        tr(
            f"故障 {len(known.faults)} 种，其中停窗 {sum(row.stops >= 0.5 for row in known.faults)} 种",
            f"{len(known.faults)} kinds of faults, of which {sum(row.stops >= 0.5 for row in known.faults)} stop a window",
        ),
        tr(f"已写入 {target}", f"written to {target}"),
    ]
    for row in rows:
        print(row)
