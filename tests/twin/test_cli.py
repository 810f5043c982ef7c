"""The twin's commands: one scenario from the command line to verdict, files and exit code, and what a wrong one is told."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from caixue import cli
from twin.engines import wire
from twin.experiment import Progress
from twin.faults.catalogue import catalogue
from twin.output import FILES
from twin.progress import Bar, Pacer, minutes
from twin.scenario import builtin_scenarios, json_schema

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process on Windows")
START = datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=8)))

TINY = """
schema = 1
title = "二十分钟 [red]小场景[/red]"
site = "bare-windows"
start = 2026-11-23T07:00:00+08:00
duration = "20 min"
seed = 5
[load]
rates_per_h = [200]
[[expect]]
figure = "patient.wait.p90"
limit = "<= 30 min"
clause = "G3"
"""
WIRE = """
schema = 1
site = "eight-window"
duration = "8 min"
seed = 3
[load]
rates_per_h = [120]
[[steady]]
figure = "window.usable"
limit = ">= 8"
[[fault]]
at = "+1 min"
link = "window-1.tube-dispenser"
kind = "bad-crc"
every = 3
for = "4 min"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with the two scenarios, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    (tmp_path / "wire.toml").write_text(WIRE, encoding="utf-8")
    return tmp_path


def caixue(*words: str) -> int:
    return cli.main(words)


def result_in(folder: str) -> dict[str, Any]:
    return json.loads(Path(folder, "result.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def program(*words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own."""
    return subprocess.run([sys.executable, "-m", "caixue.cli", *words], capture_output=True, env={**os.environ, **env}, check=False)


def on_replication(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], None]) -> None:
    """Do something at the beginning of one replication."""
    run_one = wire.run_replication

    def replication(scenario: Any, site: Any, log: Any, which: int, progress: Any, **how: Any) -> Any:
        if which == number:
            act()
        return run_one(scenario, site, log, which, progress, **how)

    monkeypatch.setattr(wire, "run_replication", replication)


# run


def test_a_run_that_passes_exits_0_and_leaves_its_four_files(folder: Path) -> None:
    assert caixue("run", "tiny.toml") == 0
    assert sorted(path.name for path in (folder / "runs" / "tiny-5").iterdir()) == sorted(FILES)


def test_a_run_prints_its_limits_its_size_and_the_paths_of_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("run", "tiny.toml")
    shown = capsys.readouterr().out
    assert "等候时间 P90" in shown
    assert "<= 30 min" in shown
    assert "√ 通过" in shown
    assert "患者" in shown
    assert all(str(Path("runs", "tiny-5", name)) in shown for name in FILES)


def test_a_run_prints_when_each_fault_was_armed_fired_seen_and_recovered(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "wire.toml") == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "window-1.tube-dispenser" in line)
    assert [cell.strip()[:3] for cell in row.split("|")[1:]] == ["07:"] * 4


def test_a_title_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("run", "tiny.toml")
    assert "[red]小场景[/red]" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("words", ["run wire.toml", "run tiny.toml --reps 3", "validate peak-monday", "faults", "scenarios"])
def test_what_is_printed_fits_80_columns_and_a_gbk_console(
    words: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAIXUE_LANG", language)
    caixue(*words.split())
    shown = capsys.readouterr()
    assert not [line for line in (shown.out + shown.err).splitlines() if cell_len(line) > 80]
    (shown.out + shown.err).encode("gbk")


def test_a_breached_limit_exits_99_and_names_the_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "tiny.toml", "--set", "expect.0.limit=<= 0 s") == 99
    shown = capsys.readouterr()
    assert "× 不达标" in shown.out
    assert "- patient.wait.p90 <= 0 s：实际" in shown.out
    assert result_in("runs/tiny-5")["verdict"] == "fail"


def test_a_limit_without_samples_exits_99(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "tiny.toml", "--set", "load.rates_per_h=[0]") == 99
    assert "? 无数据" in capsys.readouterr().out


def test_a_fault_that_cannot_fire_exits_99_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "wire.toml", "--set", "load.rates_per_h=[0]", "--set", "fault.0.every=100000") == 99
    assert "从未触发" in capsys.readouterr().out


def test_a_room_that_is_not_steady_before_the_first_fault_exits_3() -> None:
    assert caixue("run", "wire.toml", "--set", "steady.0.limit=>= 9", "--reps", "3") == 3


def test_the_line_that_repeats_a_failed_run_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("run", "tiny.toml", "--seed", "8", "--set", "expect.0.limit=<= 0 s")
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("重现：caixue run tiny.toml --seed 8 ")
    caixue(*shlex.split(line.removeprefix("重现：caixue ")))
    assert result_in("runs/tiny-8-rep0")["trace_sha256"] == result_in("runs/tiny-8")["trace_sha256"]


def test_a_run_that_passes_has_no_line_that_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("run", "tiny.toml")
    assert "重现" not in "".join(capsys.readouterr())


def test_a_crash_exits_1_with_the_replication_that_crashes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def crash(progress: Progress) -> None:
        if progress.replication == 2:
            raise ZeroDivisionError("oh")

    monkeypatch.setattr("twin.progress.Lines.__call__", lambda self, progress: crash(progress))
    assert caixue("run", "tiny.toml", "--reps", "5") == 1
    assert "重现：caixue run tiny.toml --seed 5 --rep 2" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_seed_set_and_fidelity_change_the_scenario() -> None:
    caixue("run", "tiny.toml", "--seed", "6", "--set", "load.scale=2", "--fidelity", "timing", "--out", "changed")
    caixue("run", "tiny.toml", "--out", "plain")
    changed, plain = result_in("changed"), result_in("plain")
    assert (changed["seed"], changed["fidelity"]) == (6, "timing")
    assert changed["figures"]["patient.count"] > plain["figures"]["patient.count"]


def test_one_replication_alone_is_the_same_as_among_others_and_leaves_the_others_results() -> None:
    caixue("run", "tiny.toml", "--reps", "3")
    caixue("run", "tiny.toml", "--rep", "2")
    together, alone = result_in("runs/tiny-5"), result_in("runs/tiny-5-rep2")
    assert (together["replications"], alone["replications"]) == (3, 1)
    assert alone["trace_sha256"] != together["trace_sha256"]  # that one is of replication 0


def test_json_prints_result_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "tiny.toml", "--json") == 0
    assert capsys.readouterr().out == Path("runs/tiny-5/result.json").read_text(encoding="utf-8")


def test_json_of_a_failed_run_leaves_the_reasons_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "tiny.toml", "--json", "--set", "expect.0.limit=<= 0 s") == 99
    shown = capsys.readouterr()
    assert json.loads(shown.out)["verdict"] == "fail"
    assert "patient.wait.p90 <= 0 s" in shown.err


def test_quiet_says_nothing_of_a_run_that_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("run", "tiny.toml", "-q") == 0
    assert "".join(capsys.readouterr()) == ""
    assert Path("runs/tiny-5/result.json").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("run tiny", 'tiny: 没有场景 "tiny"'),
        ("run absent.toml", "absent.toml: 没有这个文件"),
        ("run tiny.toml --set load.scael=2", '是不是想写 "scale"'),
        ("run tiny.toml --set seed", "--set seed: 不是 键=值"),
        ("run tiny.toml --reps 2 --rep 1", "--reps 与 --rep 只能用一个"),
        ("run tiny.toml --out tiny.toml", "tiny.toml 是文件"),
        ("validate tiny.toml --set fidelity=wier", '是不是想写 "wire"'),
        ("faults --device printer", '是不是想写 "label-printer"'),
        ("schema --out absent/tiny.toml/x", "不能写入"),
    ],
)
def test_wrong_use_exits_2_before_anything_runs(
    words: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "absent").mkdir()
    (folder / "absent" / "tiny.toml").touch()
    on_replication(monkeypatch, 0, lambda: pytest.fail("it ran"))
    assert caixue(*words.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_files_that_cannot_be_written_after_a_run_do_not_hide_its_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("twin.output._write", refuse)
    assert caixue("run", "tiny.toml") == 2
    shown = capsys.readouterr()
    assert "√ 通过" in shown.out
    assert "磁盘已满" in shown.err


# breaking off


def test_ctrl_c_before_a_replication_is_complete_exits_130_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_replication(monkeypatch, 0, lambda: signal.raise_signal(signal.SIGINT))
    assert caixue("run", "tiny.toml", "--reps", "3") == 130
    assert "什么也没写" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_ctrl_c_later_keeps_the_complete_replications_and_their_true_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_replication(monkeypatch, 1, lambda: signal.raise_signal(signal.SIGINT))
    assert caixue("run", "tiny.toml", "--reps", "9") == 130
    result = result_in("runs/tiny-5")
    assert (result["replications"], result["partial"], result["verdict"]) == (2, True, "pass")
    assert "9 次中做完 2 次" in capsys.readouterr().err


def test_a_second_ctrl_c_does_not_wait_for_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice_and_never_return() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second did nothing")

    on_replication(monkeypatch, 0, twice_and_never_return)
    assert caixue("run", "tiny.toml", "--reps", "3") == 130


def test_ctrl_c_is_an_ordinary_ctrl_c_again_after_a_run() -> None:
    before = signal.getsignal(signal.SIGINT)
    caixue("run", "tiny.toml")
    assert signal.getsignal(signal.SIGINT) is before


@POSIX
def test_ctrl_c_ends_the_program_itself(folder: Path) -> None:
    words = [sys.executable, "-m", "caixue.cli", "run", "wire.toml", "--set", "duration=12 h"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        running.stderr.readline()  # the first line of progress: it is running now
        running.send_signal(signal.SIGINT)
        _, told = running.communicate()
    assert running.returncode == 130
    assert "已中断" in told.decode("utf-8")
    assert not (folder / "runs").exists()


# progress


def test_progress_that_nobody_watches_is_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("run", "tiny.toml")
    shares = [int(line.split("%")[0]) for line in capsys.readouterr().err.splitlines()]
    assert shares == list(range(0, 101, 10))


def test_a_bar_is_drawn_where_people_watch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    drawn: list[float] = []
    monkeypatch.setattr(Bar, "__call__", lambda self, progress: drawn.append(self._pacer.pace(progress).share))
    assert caixue("run", "tiny.toml") == 0
    assert drawn == sorted(drawn)
    assert "%  07:" not in capsys.readouterr().err


def test_pace_counts_the_replications_before_the_one_in_hand() -> None:
    seconds = iter([0.0, 2.0, 4.0])
    pacer = Pacer(START, lambda: next(seconds))
    hour = 3_600_000_000
    first = pacer.pace(Progress(0, 2, hour, hour))
    second = pacer.pace(Progress(1, 2, hour // 2, hour))
    assert (first.share, first.factor, first.left_s) == (0.5, 1800.0, 2.0)
    assert (second.share, second.factor) == (0.75, 1350.0)
    assert second.told().startswith("07:30 · 1,350 倍实时 · 还需 0:01")


def test_the_time_after_the_last_arrival_is_not_more_than_all() -> None:
    assert Pacer(START, iter(range(9)).__next__).pace(Progress(0, 1, 400, 300)).share == 1.0


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (65, "1:05"), (3600, "1:00:00"), (7325.6, "2:02:06")])
def test_seconds_to_go_read_like_a_clock(seconds: float, shown: str) -> None:
    assert minutes(seconds) == shown


# validate, scenarios, faults, schema


def test_validate_says_what_a_scenario_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("validate", "wire.toml") == 0
    shown = capsys.readouterr().out
    assert "√ 可以运行" in shown
    assert "8 个窗口" in shown
    assert "07:01  window-1.tube-dispenser  bad-crc" in shown


def test_validate_tells_every_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("validate", "tiny.toml", "--set", "load.scael=1", "--set", "seeed=2") == 2
    told = capsys.readouterr().err
    assert '"scael"' in told
    assert '"seeed"' in told


def test_validate_reads_the_recorded_day_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "day.csv").write_text("arrived_at\n2026-11-23 07:01:00\nsoon\n", encoding="utf-8")
    scenario = TINY.replace("rates_per_h = [200]", 'arrivals_csv = "day.csv"')
    (folder / "recorded.toml").write_text(scenario, encoding="utf-8")
    assert caixue("validate", "recorded.toml") == 2
    assert "day.csv:3" in capsys.readouterr().err


def test_validate_counts_the_patients_that_a_run_then_has(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("validate", "tiny.toml", "--json")
    expected = json.loads(capsys.readouterr().out)["patients"]
    caixue("run", "tiny.toml", "-q")
    assert result_in("runs/tiny-5")["figures"]["patient.count"] == expected


def test_validate_as_json_is_valid_or_has_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("validate", "tiny.toml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    assert caixue("validate", "tiny.toml", "--json", "--set", "load.scael=1") == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert "scael" in problem["what"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_faults_lists_the_whole_catalogue_and_cuts_no_name(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAIXUE_LANG", language)
    assert caixue("faults") == 0
    words = capsys.readouterr().out.split()
    assert not [kind for _, kind in catalogue() if kind not in words]


def test_faults_of_one_device(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("faults", "--device", "link", "--json")
    rows = json.loads(capsys.readouterr().out)
    assert {row["device"] for row in rows} == {"link"}
    assert len(rows) == sum(device == "link" for device, _ in catalogue())


def test_scenarios_lists_names_and_titles(capsys: pytest.CaptureFixture[str]) -> None:
    caixue("scenarios")
    shown = capsys.readouterr().out
    assert not [name for name, title in builtin_scenarios() if name not in shown or title not in shown]
    caixue("scenarios", "--json")
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [name for name, _ in builtin_scenarios()]


def test_schema_goes_to_stdout_or_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("schema") == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
    assert caixue("schema", "--out", "new/scenario.json") == 0
    assert json.loads(Path("new/scenario.json").read_text(encoding="utf-8")) == json_schema()


# the program as a process


def test_the_same_seed_gives_the_same_trace_under_two_hash_seeds_and_another_seed_another() -> None:
    runs = [program("run", "wire.toml", "--json", "--out", hash_seed, PYTHONHASHSEED=hash_seed) for hash_seed in ("1", "2")]
    first, again = (json.loads(run.stdout)["trace_sha256"] for run in runs)
    caixue("run", "wire.toml", "--seed", "4", "-q", "--out", "other")
    assert first == again
    assert first != result_in("other")["trace_sha256"]


def test_a_gbk_console_gets_gbk_and_programs_get_utf_8() -> None:
    shown = program("run", "tiny.toml", PYTHONIOENCODING="gbk")
    assert shown.returncode == 0
    assert "√ 通过" in shown.stdout.decode("gbk")
    assert "倍实时" in shown.stderr.decode("gbk")
    as_json = program("run", "tiny.toml", "--json", PYTHONIOENCODING="gbk")
    assert json.loads(as_json.stdout.decode("utf-8"))["title"] == "二十分钟 [red]小场景[/red]"
