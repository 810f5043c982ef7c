"""The program `caixue`: its commands come from entry points; what goes wrong becomes a message and an exit code, never a traceback.

Exit codes: 0 pass, 99 a limit breached, 2 wrong use or invalid file, 3 not in steady state, 4 device, database or backup medium unreachable,
1 a fault of the program itself, 130 broken off with Ctrl-C.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from importlib import metadata
from typing import Annotated

import typer

from caixue import __version__
from caixue.cli_help import App, Group, usage_error
from caixue.errors import BackupError, CaixueError, LedgerError, LinkError, UsageError
from caixue.lang import tr

CRASH, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 4, 130
WORDS: ContextVar[tuple[str, ...]] = ContextVar("words", default=())  # of the command line that is being carried out
GARBAGE = 50_000  # new objects before cycles are looked for: some 10 MB
COMMANDS = "caixue.commands"  # the entry-point group; each entry is a function that registers commands with the program


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line in `argv` (default: the process's own) and return its exit code."""
    _ready_streams()
    if argv is None:
        _collect_rarely()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except KeyboardInterrupt:
        _complain(tr("已中断", "interrupted"))
        return INTERRUPTED
    except SystemExit as closed:  # the reader of a pipe has gone; whoever noticed first says so like this
        return closed.code if isinstance(closed.code, int) else CRASH
    except Exception as error:
        return _crashed(error, words)


def command_line(words: Sequence[str]) -> str:
    """The words as one line that this machine's shell reads as the same words."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _run(words: list[str]) -> int:
    app, missing = _program(words)
    given = WORDS.set(tuple(words))
    try:
        code = typer.main.get_command(app).main(args=words, prog_name="caixue", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except typer.TyperException as error:
        _complain("\n".join([usage_error(error, words), *missing]))
        return error.exit_code
    except UsageError as error:
        _complain(str(error))
        return USAGE
    except (LinkError, LedgerError, BackupError) as error:
        _complain(str(error))
        return UNREACHABLE
    except CaixueError as error:
        _complain(str(error))
        return CRASH
    except ModuleNotFoundError as error:
        _complain(tr(f"缺少 Python 包 {error.name}：pip install {error.name}", f"no Python package {error.name}: pip install {error.name}"))
        return USAGE
    finally:
        WORDS.reset(given)


def _program(words: Sequence[str]) -> tuple[App, list[str]]:
    """The program with every command that can be had, and what to say about those that cannot.

    Where the first word is the name of an entry point that has the command of that name, it has no others: building them all takes time.
    """
    found = sorted(metadata.entry_points(group=COMMANDS), key=lambda entry: entry.name)
    meant = [entry for entry in found if [entry.name] == list(words[:1])]
    app, missing = _with(meant)
    known = {group.name for group in app.registered_groups} | {command.name for command in app.registered_commands}
    if not meant or meant[0].name not in known:
        app, missing = _with(found)
    app.callback(invoke_without_command=True, help=_about(missing), epilog=_epilog())(_top)
    return app, missing


def _with(entries: Sequence[metadata.EntryPoint]) -> tuple[App, list[str]]:
    """The program with the commands of these entry points."""
    app = App(cls=Group, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}, rich_markup_mode=None)
    missing = [] if entries else [tr("还没有安装：pip install -e .", "not installed yet: pip install -e .")]
    for entry in entries:
        try:
            register = entry.load()
        except ImportError as error:
            missing.append(tr(f"{entry.name} 的命令不可用：{error}", f"the commands of {entry.name} are not available: {error}"))
        else:
            register(app)
    return app, missing


def _about(missing: Sequence[str]) -> str:
    about = tr(
        "采血室的驱动与运维操作，及其数字孪生。", "Drivers and operations for a hospital's blood collection room, and its digital twin."
    )
    return "\n\n".join([about, *missing])


def _epilog() -> str:
    return tr("English: CAIXUE_LANG=en", "中文：CAIXUE_LANG=zh")


def _top(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", is_eager=True, help=tr("显示版本", "Show the version"))] = False,
) -> None:
    if version:
        typer.echo(f"caixue {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(USAGE)


def _ready_streams() -> None:
    """Show what a console's encoding lacks as an escape, so that a GBK console cannot end the program; a closed stream swallows all."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _collect_rarely() -> None:
    """Look for cycles of garbage rarely, and not once more at the end: while modules are loaded there are none, and looking costs a third of a second."""
    gc.set_threshold(GARBAGE, 20, 20)
    atexit.register(gc.freeze)


def _complain(message: str) -> None:
    """Say on stderr what is wrong."""
    print(tr("错误: ", "Error: ") + message, file=sys.stderr)


def _crashed(error: Exception, words: Sequence[str]) -> int:
    if os.environ.get("CAIXUE_DEBUG"):
        import traceback

        traceback.print_exception(error)
    notes = getattr(error, "__notes__", None) or [tr("重现：", "To repeat it: ") + command_line(["caixue", *words])]
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    lines = [tr(f"程序出错 {what}", f"the program failed with {what}"), *notes]
    if not os.environ.get("CAIXUE_DEBUG"):
        lines.append(tr("设 CAIXUE_DEBUG=1 可看详情", "Set CAIXUE_DEBUG=1 to see where"))
    print("\n".join(lines), file=sys.stderr)
    return CRASH


if __name__ == "__main__":
    sys.exit(main())
