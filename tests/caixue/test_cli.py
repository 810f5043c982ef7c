"""The program: help in the reader's language, mistakes as messages, every error as its exit code, any console."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len

from caixue import __version__, cli
from caixue.errors import DeviceError, ReplyTimeout, UsageError

COMMANDS = ("run", "validate", "scenarios", "faults", "schema")
LANGUAGES = ("zh", "en")
TYPER_WORDS = (
    "Usage",
    "Options",
    "Arguments",
    "Commands",
    "Error",
    "Try ",
    "Show ",
    "No such",
    "Missing",
    "Invalid",
    "Input",
    "Option ",
    "Got ",
)

MISTAKES = {  # words on the command line → what the answer says in Chinese, in English
    "runn": ("没有命令 runn，是不是想写 run？", "Did you mean 'run'?"),
    "zzz": ("没有命令 zzz", "No such command 'zzz'"),
    "run": ("缺少参数 SCENARIO", "Missing argument 'SCENARIO'"),
    "run x --rep": ("选项 --rep 后面要写值", "Option --rep needs a value"),
    "run x --reps 0": ("--reps 不能小于 1", "--reps is 1 or more"),
    "run x --reps many": ("--reps 后面要写整数", "--reps needs a whole number"),
    "run x --seed 9223372036854775808": ("--seed 不能大于 9223372036854775807", "--seed is 9223372036854775807 or less"),
    "run x --sed 3": ("没有选项 --sed，是不是想写 --rep, --seed, --set？", "Did you mean --rep, --seed, --set?"),
    "run x --zzzzz": ("没有选项 --zzzzz", "No such option: --zzzzz"),
    "run x y z": ("多余的参数：y z", "Too many arguments: y z"),
    "run x --json=yes": ("选项 --json 后面不写值", "Option '--json' does not take a value"),
}


@pytest.fixture(autouse=True)
def a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    monkeypatch.delenv("CAIXUE_DEBUG", raising=False)


class Entry:
    """An entry point as installed packages have them."""

    name = "other"

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load


def only(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    """Let these be all that is installed."""
    monkeypatch.setattr(cli.metadata, "entry_points", lambda group: entries)


def command_that(act: Callable[[], Any]) -> Entry:
    """An entry point with one command, `act`."""

    def register(app: Any) -> None:
        app.command("act", help="act")(lambda: act())

    return Entry(lambda: register)


def failing(error: BaseException) -> Entry:
    def fail() -> None:
        raise error

    return command_that(fail)


# help


@pytest.mark.parametrize("words", ["", "--help", *(f"{name} --help" for name in COMMANDS)])
def test_help_is_chinese_and_none_of_typers_own_words_are_left(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(words.split())
    page = "".join(capsys.readouterr())
    assert "用法：caixue" in page
    assert not [word for word in TYPER_WORDS if word in page]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["--help", *(f"{name} --help" for name in COMMANDS)])
def test_help_fits_80_columns(words: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_LANG", language)
    assert cli.main(words.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if cell_len(line) > 80]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-h"]) == 0
    page = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " in page] == list(COMMANDS)


def test_help_is_english_for_those_who_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    cli.main(["run", "--help"])
    page = capsys.readouterr().out
    assert page.startswith("Usage: caixue run [OPTIONS] SCENARIO\n")
    assert not [char for char in page if "一" <= char <= "鿿"]


def test_nothing_to_do_shows_the_help_on_stderr_and_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "用法：" in shown.err


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"caixue {__version__}\n"


def test_help_waits_for_no_heavy_library() -> None:
    code = "import sys, caixue.cli as c; c.main(['--help']); print([m for m in ('numpy', 'pydantic', 'simpy', 'greenlet') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


# wrong use


@pytest.mark.parametrize("words", MISTAKES)
def test_wrong_use_is_told_in_chinese_and_exits_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"错误: {MISTAKES[words][0]}")
    assert not [word for word in TYPER_WORDS if word in shown.err]


@pytest.mark.parametrize("words", MISTAKES)
def test_wrong_use_is_told_in_english(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    assert cli.main(words.split()) == 2
    assert MISTAKES[words][1] in capsys.readouterr().err


def test_wrong_use_names_the_help_page_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["run", "x", "--rep"])
    assert capsys.readouterr().err.splitlines()[-1] == "用法见 caixue run --help"


# what goes wrong inside


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("line 3: no such key"), 2),
        (ReplyTimeout("no answer", device="window-1.label-printer"), 4),
        (DeviceError("paper out", device="window-1.label-printer"), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("oh"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_becomes_its_exit_code_and_no_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, failing(error))
    assert cli.main(["act"]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    assert str(error) in shown.err


def test_a_crash_tells_what_how_to_repeat_it_and_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, failing(ZeroDivisionError("oh")))
    cli.main(["act"])
    assert capsys.readouterr().err.splitlines() == ["程序出错 ZeroDivisionError: oh", "重现：caixue act", "设 CAIXUE_DEBUG=1 可看详情"]


def test_an_errors_own_note_replaces_the_line_that_repeats_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = ZeroDivisionError("oh")
    error.add_note("重现：caixue run x --rep 3")
    only(monkeypatch, failing(error))
    cli.main(["act"])
    assert capsys.readouterr().err.splitlines()[1] == "重现：caixue run x --rep 3"


def test_debug_shows_where_a_crash_happened(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_DEBUG", "1")
    only(monkeypatch, failing(ZeroDivisionError("oh")))
    assert cli.main(["act"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_commands_return_value_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, command_that(lambda: 99))
    assert cli.main(["act"]) == 99


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    only(monkeypatch, failing(ModuleNotFoundError("No module named 'simpy'", name="simpy")))
    assert cli.main(["act"]) == 2
    assert "pip install simpy" in capsys.readouterr().err


# commands come from elsewhere


def test_commands_that_cannot_be_loaded_leave_the_others_usable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> Any:
        raise ImportError("no module named there")

    only(monkeypatch, Entry(absent), command_that(lambda: 0))
    assert cli.main(["act"]) == 0
    assert cli.main(["other"]) == 2
    assert "other 的命令不可用：no module named there" in capsys.readouterr().err


def test_a_source_tree_that_was_never_installed_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    only(monkeypatch)
    assert cli.main(["run", "peak-monday"]) == 2
    assert "pip install" in capsys.readouterr().err


# consoles


def test_what_a_gbk_console_lacks_is_shown_as_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
    monkeypatch.setattr(sys, "stdout", console)
    only(monkeypatch, command_that(lambda: print("采血 \N{GRINNING FACE}")))
    assert cli.main(["act"]) == 0
    console.flush()
    assert console.buffer.getvalue().decode("gbk").rstrip() == "采血 \\U0001f600"  # type: ignore[attr-defined]


def test_closed_streams_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["faults"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a reader that goes away looks different on Windows")
def test_a_reader_that_goes_away_is_no_crash() -> None:
    with subprocess.Popen([sys.executable, "-m", "caixue.cli", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="its shell has rules of its own")
def test_a_command_line_is_written_so_that_the_shell_reads_the_same_words() -> None:
    words = ["caixue", "run", "a b.toml", "--set", 'fault.0.at="+10 min"', "it's", "*"]
    assert shlex.split(cli.command_line(words)) == words
