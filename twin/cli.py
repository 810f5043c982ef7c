"""The twin's commands: run, validate, faults, scenarios, schema."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from caixue.cli import INTERRUPTED, command_line
from caixue.errors import CaixueError, UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from twin.experiment import Result
    from twin.scenario_model import Scenario

MAXIMUM_SEED = 2**63 - 1


def register(app: typer.Typer) -> None:
    """Add the twin's commands to the program."""
    app.command("run", help=_about_run(), epilog=_run_epilog())(run)
    app.command("validate", help=tr("检查场景文件，并说明它要做什么", "Check a scenario file and say what it asks for"))(validate)
    app.command("scenarios", help=tr("列出自带的场景", "List the built-in scenarios"))(scenarios)
    app.command("faults", help=tr("列出可以注入的故障", "List the faults that can be injected"))(faults)
    app.command("schema", help=tr("输出场景文件的 JSON Schema", "Print the JSON schema of scenario files"))(schema)


def _about_run() -> str:
    return tr("运行一个场景，给出判定", "Run a scenario and judge it")


def _run_epilog() -> str:
    return tr(
        "退出码：0 通过，99 不达标或无数据，2 场景或用法有误，3 首个故障前未达稳态，1 程序出错，130 被中断\n\n"
        "例：caixue run peak-monday --set load.scale=1.2 --reps 20",
        "Exit codes: 0 pass, 99 a limit breached or without data, 2 wrong scenario or use, 3 not in steady state before the first fault, "
        "1 the program failed, 130 interrupted\n\nExample: caixue run peak-monday --set load.scale=1.2 --reps 20",
    )


ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO")]
