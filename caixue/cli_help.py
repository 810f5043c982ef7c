"""The command line's help pages and usage errors in the reader's language; a Chinese character counts as two columns."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from caixue.lang import tr

WIDEST = 100  # columns of a help page; longer lines are hard to read

# What Typer says → what we say in Chinese, and in English where its words are no help; {0}, {1} are what its message quotes.
_MESSAGES = (
    (r"Missing argument '(.+?)'\.?", "缺少参数 {0}", ""),
    (r"Missing option '(.+?)'\.?", "缺少选项 {0}", ""),
    (r"No such command '(.+?)'\.? Did you mean (.+)\?", "没有命令 {0}，是不是想写 {1}？", ""),
    (r"No such command '(.+?)'\.?", "没有命令 {0}", ""),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {0}，是不是想写 {1}？", "No such option {0}. Did you mean {1}?"),
    (r"No such option: (\S+)", "没有选项 {0}", ""),
    (r"Option '(.+?)' requires an argument\.?", "选项 {0} 后面要写值", "Option {0} needs a value"),
    (r"Option '(.+?)' does not take a value\.?", "选项 {0} 后面不写值", ""),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", "多余的参数：{0}", "Too many arguments: {0}"),
    (r"Invalid value for '(.+?)': Input should be a valid integer.*", "{0} 后面要写整数", "{0} needs a whole number"),
    (r"Invalid value for '(.+?)': Input should be greater than or equal to (\S+)", "{0} 不能小于 {1}", "{0} is {1} or more"),
    (r"Invalid value for '(.+?)': Input should be less than or equal to (\S+)", "{0} 不能大于 {1}", "{0} is {1} or less"),
    (r"Invalid value for '(.+?)': (.+)", "{0} 的值不对：{1}", ""),
)


class Command(TyperCommand):
    """A command whose help page is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """The program itself: its help page lists the commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(page(self, ctx))


class App(typer.Typer):
    """The program that commands are registered with."""

    def command(self, name: str | None = None, *, cls: type[TyperCommand] | None = None, **settings: Any) -> Callable[..., Any]:
        return super().command(name, cls=cls or Command, **settings)


def usage_error(error: typer.TyperException, words: Sequence[str]) -> str:
    """What was wrong with the words of the command line, and where to read more."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else " ".join(["caixue", *[word for word in words if not word.startswith("-")][:1]])
    return f"{_translated(error.format_message())}\n" + tr(f"用法见 {path} --help", f"See {path} --help")


def _translated(message: str) -> str:
    for pattern, zh, en in _MESSAGES:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return tr(zh, en).format(*(group.replace("'", "") for group in match.groups())) if tr(zh, en) else message
    return message


def page(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    """The help page of a command, as wide as the terminal."""
    sections = list(_sections(command, ctx))
    return _laid_out([_usage(command, ctx), command.help or ""], sections, command.epilog or "")


def _usage(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    params: list[Any] = list(command.get_params(ctx))
    arguments = [param.display_name_raw for param in params if param.param_type_name == "argument"]
    words = [ctx.command_path, tr("[选项]", "[OPTIONS]"), *arguments]
    if isinstance(command, TyperGroup):
        words += [tr("命令", "COMMAND"), tr("[参数]…", "[ARGS]...")]
    return tr("用法：", "Usage: ") + " ".join(words)


def _sections(command: TyperCommand | TyperGroup, ctx: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    if isinstance(command, TyperGroup):
        yield tr("命令：", "Commands:"), [(name, each.help.split("\n")[0]) for name, each in command.commands.items() if each.help]
    for kind, title in (("argument", tr("参数：", "Arguments:")), ("option", tr("选项：", "Options:"))):
        yield title, [(_spelled(param), _described(param)) for param in params if param.param_type_name == kind]


def _spelled(param: Any) -> str:
    """How a parameter is written: `-q, --quiet`, `--reps N`."""
    if param.param_type_name == "argument":
        return str(param.display_name_raw)
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"


def _described(param: Any) -> str:
    return tr("显示这份说明", "Show this page") if param.name == "help" else param.help or ""


def _laid_out(heads: Iterable[str], sections: Iterable[tuple[str, list[tuple[str, str]]]], foot: str) -> str:
    from rich.console import Console  # here, so that commands that print no help do not wait for it
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    paper = Console(file=StringIO(), width=min(WIDEST, shutil.get_terminal_size().columns), color_system=None, legacy_windows=False)
    for head in filter(None, heads):
        paper.print(Text(head), end="\n\n")
    for title, rows in sections:
        if rows:
            table = Table.grid(padding=(0, 3, 0, 0))
            for spelled, described in rows:
                table.add_row(Text(spelled, no_wrap=True), Text(described, overflow="fold"))
            paper.print(Text(title))
            paper.print(Padding(table, (0, 0, 1, 2)))
    if foot:
        paper.print(Text(foot))
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines()) + "\n"  # type: ignore[attr-defined]
