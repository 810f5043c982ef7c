"""`caixue new`: a commented scenario from a few questions; every question can be answered by an option."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from caixue.errors import UsageError
from caixue.lang import tr

_HEAD = """\
# {title}
# {check}
schema = 1
title = {quoted_title}
site = "eight-window"                 # {site}
start = {start}
duration = "{duration}"
seed = {seed}                            # {seed_says}

[load]
profile = "weekday-morning"           # {profile}
scale = {scale}
service = {{ distribution = "lognormal", mean = "86 s", sd = "35 s" }}   # {service}

[staff]
engineers = {engineers}

[[steady]]                            # {steady}
figure = "window.usable"
limit = ">= 8"
"""
_FAULT = """
[[fault]]                             # {says}
at = "{at}"
{target_key} = "{target}"
kind = "{kind}"
until = "repaired"                    # {until}
"""
_EXPECT = """
[[expect]]
figure = "{figure}"
limit = "{limit}"
clause = "{clause}"
"""
LIMITS = (
    ("patient.wait.p90", "<= 20 min", "project"),
    ("incident.repair.max", "<= 30 min", "project"),
    ("label.crossed", "== 0", "C2.1"),
    ("label.unverified", "== 0", "C2.1"),
    ("sla.breaches", "== 0", "R3"),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user wants."""

    title: str
    start: str
    duration: str
    scale: float
    engineers: int
    seed: int
    faults: tuple[tuple[str, str, str], ...]  # at, target, kind


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new", help=tr("回答几个问题，写出带注释的场景", "Write a commented scenario from a few answers"))(new)


def new(
    file: Annotated[str, typer.Argument(metavar=tr("文件", "FILE"), help=tr("写到哪个文件", "The file to write"))],
    title: Annotated[str | None, typer.Option(help=tr("标题", "Title"))] = None,
    start: Annotated[str | None, typer.Option(help=tr("开始时刻", "When it starts"))] = None,
    duration: Annotated[str | None, typer.Option(help=tr("患者到达多久", "How long patients arrive"))] = None,
    scale: Annotated[float | None, typer.Option(help=tr("负荷倍数", "Times the usual load"))] = None,
    engineers: Annotated[int | None, typer.Option(help=tr("工程师人数", "How many engineers"))] = None,
    seed: Annotated[int | None, typer.Option(help=tr("种子", "Seed"))] = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="AT,TARGET,KIND", help=tr("一个故障，可重复", "A fault; may be repeated"))] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=tr("其余问题都取默认", "Take the defaults for the rest"))] = False,
) -> int:
    """Ask what was not given, check the scenario as `caixue validate` does, and write it; nothing is overwritten."""
    target = Path(file)
    if target.exists():
        raise UsageError(tr(f"{target} 已存在", f"{target} exists"))
    ask = _silent if yes else _asked
    answers = Answers(
        title=title or ask(tr("标题", "Title"), target.stem),
        start=start or ask(tr("开始时刻", "Start"), "2026-11-23T07:00:00+08:00"),
        duration=duration or ask(tr("患者到达多久", "Patients arrive for"), "6 h"),
        scale=scale if scale is not None else _number(ask(tr("负荷倍数", "Times the usual load"), "1.0")),
        engineers=engineers if engineers is not None else int(_number(ask(tr("工程师人数", "Engineers"), "1"))),
        seed=seed if seed is not None else int(_number(ask(tr("种子", "Seed"), "1"))),
        faults=tuple(_fault(text) for text in fault) if fault else _ask_faults(ask),
    )
    _write(target, text_of(answers))
    print(tr(f"已写好，试试：caixue run {target}", f"written; try: caixue run {target}"))
    return 0


def text_of(answers: Answers) -> str:
    """The scenario file. Raises UsageError when it would not be a valid scenario."""
    from twin.scenario import parse_scenario

    parts = [
        _HEAD.format(
            title=_plain(answers.title),
            check=tr("检查：caixue validate；运行：caixue run", "check: caixue validate; run: caixue run"),
            quoted_title=json.dumps(answers.title, ensure_ascii=False),
            site=tr('内置 "eight-window"、"bare-windows"，或 site.toml 的路径', 'built-in "eight-window", "bare-windows", or a path'),
            start=answers.start,
            duration=answers.duration,
            seed=answers.seed,
            seed_says=tr("同一种子，同样的一天", "the same seed, the same day"),
            profile=tr("也可写 rates_per_h = [60, 180] 或 arrivals_csv", "or rates_per_h = [60, 180], or arrivals_csv"),
            scale=answers.scale,
            service=tr("只是采血本身", "the draw alone"),
            engineers=answers.engineers,
            steady=tr("首个故障前必须成立，否则退出码 3", "must hold before the first fault, else exit code 3"),
        )
    ]
    parts += [_fault_text(*fault) for fault in answers.faults]
    parts += [_EXPECT.format(figure=figure, limit=limit, clause=clause) for figure, limit, clause in LIMITS]
    text = "".join(parts)
    parse_scenario(text.encode(), Path(tr("新场景", "new scenario")))
    return text


def _fault_text(at: str, target: str, kind: str) -> str:
    from twin.faults.catalogue import catalogue

    row = next((row for row in catalogue().values() if row.kind == kind), None)
    link = row is not None and row.device == "link"
    return _FAULT.format(
        says=tr(row.zh, row.en) if row is not None else kind,
        at=at,
        target_key="link" if link else "device",
        target=target,
        kind=kind,
        until=tr('或 for = "10 min"', 'or for = "10 min"'),
    )


def _ask_faults(ask: object) -> tuple[tuple[str, str, str], ...]:
    """Ask for faults until the answer is empty."""
    if ask is _silent:
        return ()
    faults: list[tuple[str, str, str]] = []
    while True:
        question = tr("故障（如 +45 min,window-3.label-printer,print-head-dead-dots；回车结束）", "Fault (AT,TARGET,KIND; empty to end)")
        text = _asked(question, "")
        if not text:
            return tuple(faults)
        try:
            faults.append(_fault(text))
        except UsageError as error:
            print(error, file=sys.stderr)


def _fault(text: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise UsageError(tr(f"{text!r} 要写成 时刻,对象,种类", f"{text!r}: write AT,TARGET,KIND, such as +45 min,window-3.label-printer,label-jam"))
    return parts[0], parts[1], parts[2]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(tr(f"{text!r} 不是数", f"{text!r} is not a number")) from None


def _asked(question: str, default: str) -> str:
    try:
        return input(f"{question} [{default}] " if default else f"{question} ").strip() or default
    except EOFError:
        return default


def _silent(question: str, default: str) -> str:
    return default


def _plain(text: str) -> str:
    return " ".join(text.split())


def _write(target: Path, text: str) -> None:
    temporary = target.with_name(f".{target.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, target)
    except OSError as error:
        raise UsageError(tr(f"不能写 {target}：{error.strerror}", f"cannot write {target}: {error.strerror}")) from None
