"""Sweeps: the grid, breaking off and going on, the files, the command."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from caixue import cli
from caixue.errors import UsageError
from tests.twin import fake_days
from tests.twin.small_scenarios import bare
from twin.experiments.files import write_sweep
from twin.experiments.folder_lock import LOCK
from twin.experiments.grid import read_axes, read_axis
from twin.experiments.precision import Rule, fixed, read_targets
from twin.experiments.sweep import Plan, Swept, plan_of, sweep
from twin.experiments.unfinished import DIARY
from twin.experiments.wanted import read_wanted
from twin.pools import Here, Pool, open_pool

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process on Windows")
FIGURES = "patient.wait.mean,patient.wait.p90"
GRID = ("load.scale=0.8:1.2:0.2", "staff.engineers=1,2")
DESIGNS = [fake_days.OneServer(load, seed) for load in (0.4, 0.6, 0.8) for seed in (1, 2)]
RULES = {"fixed": fixed(500), "sequential": Rule(100, 1000, read_targets(["patient.wait.mean=8%"]))}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a scenario, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    monkeypatch.setattr("twin.experiments.files.has_matplotlib", lambda: False)  # drawing takes a second
    text = bare('[[expect]]\nfigure = "patient.wait.p95"\nlimit = "<= 30 min"\n').replace(
        "schema = 1", 'schema = 1\ntitle = "小场景 [red]"'
    )
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    return tmp_path


def plan(rule: Rule = RULES["fixed"]) -> Plan:
    return plan_of("small.toml", read_axes(GRID), read_wanted(FIGURES), rule)


def swept(name: str, rule: Rule, *, batches: int | None = None, pool: Pool | None = None, **more: Any) -> Swept:
    """Sweep the fake days into the folder `name`, broken off after so many batches, and write what there is."""
    left = iter(range(10**9 if batches is None else batches))

    def seen(_: Any) -> bool:
        return next(left, None) is None

    asked, pool = plan(rule), pool or Here()
    done = sweep(asked, pool, folder=Path(name), days=True, work=fake_days.work, designs=DESIGNS, seen=seen, **more)
    write_sweep(done, Path(name), FIGURES.split(",")[0], days=True)
    return done


def files(name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(name).iterdir())}


def table(folder: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(folder, name).read_text(encoding="utf-8").splitlines()))


def caixue(*words: str) -> int:
    return cli.main(words)


# The grid.


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("load.scale=0.8:1.2:0.1", ("0.8", "0.9", "1.0", "1.1", "1.2")),
        ("load.scale=1.2:0.8:-0.2", ("1.2", "1.0", "0.8")),
        ("staff.engineers=1:3:1", ("1", "2", "3")),
        ("duration=1 h:2 h:0.5 h", ("1.0 h", "1.5 h", "2.0 h")),
        ("fault.0.at=+10 min, +20 min", ("+10 min", "+20 min")),
        ('load.profile="weekday-morning","flat"', ('"weekday-morning"', '"flat"')),
        ("load.rates_per_h=[60, 80],[90, 100]", ("[60, 80]", "[90, 100]")),
        (
            'load.service={ distribution = "gamma", mean = "90 s" },{ mean = "80 s" }',
            ('{ distribution = "gamma", mean = "90 s" }', '{ mean = "80 s" }'),
        ),
    ],
)
def test_an_axis_is_a_list_or_a_range_with_both_ends(text: str, values: tuple[str, ...]) -> None:
    assert read_axis(text).values == values


@pytest.mark.parametrize(
    "texts",
    [
        ["load.scale"], ["load.scale="], ["=1,2"], ["load.scale=1,,2"], ["load.scale=1,1"], ["load.scale=1:2:0"], ["load.scale=1:2:-1"],
        ["duration=1 h:2 min:1 h"], ["load.scale=1:2:0.0000001"], ["load.scale=1,2", "load.scale=3"], ["a=1:200:1", "b=1:200:1"],
    ],
)  # fmt: skip
def test_a_grid_that_is_none_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        read_axes(texts)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--grid", "load.scal=1,2"], ["--grid load.scal=1", '"scale"']),
        (["--grid", "load.scale=1,-2"], ["--grid load.scale=-2", "≥ 0"]),
        (["--grid", "load.scale=1,2", "--set", "staff.engineer=2"], ["--set staff.engineer=2", '"engineers"']),
        (["--grid", "expect.0.limit=<= 5,<= 5 min"], ["--grid expect.0.limit=<= 5", '"<= 5 min"']),
        (["--grid", "fault.0.at=+5 min,+6 min"], ["[[fault]]"]),
        (["--figures", "patient.wait.p91"], ["patient.wait.p95"]),
        (["--plot", "queue.length"], ["queue.length.max"]),
        (["--precision", "patient.wait.p90=5"], ['"5 min"']),
        (["--precision", "patient.wait.p90=5%", "--reps", "5"], ["--reps"]),
        (["--min-reps", "5"], ["--precision"]),
        (["--workers", "2", "--cluster", "tcp://127.0.0.1:8786"], ["--cluster"]),
        (["--fidelity", "timing", "--figures", "label.crossed"], ["label.crossed", "wire"]),
        (["--precision", "patient.wait.p90=5%", "--min-reps", "50", "--max-reps", "20"], ["--min-reps"]),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(words: list[str], told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("sweep", "small.toml", *words) == cli.USAGE
    said = capsys.readouterr()
    assert not said.out and all(word in said.err for word in told), said.err
    assert not Path("runs").exists()


# Broken off and gone on with.


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("batches", [0, 1, 4, 9])
def test_a_sweep_broken_off_and_gone_on_with_leaves_the_same_bytes(kind: str, batches: int) -> None:
    swept("whole", RULES[kind])
    part = swept("part", RULES[kind], batches=batches, batch=100)
    assert not part.complete and (Path("part") / DIARY).exists()
    assert swept("part", RULES[kind], resume=True, batch=77).complete
    assert files("part") == files("whole")
    assert DIARY not in files("whole")


def test_gone_on_with_in_two_processes_it_is_the_same_too() -> None:
    swept("whole", RULES["sequential"])
    swept("part", RULES["sequential"], batches=3)
    with open_pool(2) as pool:
        swept("part", RULES["sequential"], resume=True, pool=pool)
    assert files("part") == files("whole")


@pytest.mark.parametrize("damage", ["torn diary", "days beyond the diary", "days lost"])
def test_a_machine_that_went_off_in_the_middle_of_writing_costs_a_batch_and_nothing_else(damage: str) -> None:
    swept("whole", RULES["fixed"])
    swept("part", RULES["fixed"], batches=5)
    diary, days = Path("part", DIARY), Path("part", "replications.csv")
    if damage == "torn diary":
        diary.write_bytes(diary.read_bytes()[:-9])
    elif damage == "days beyond the diary":
        days.write_bytes(days.read_bytes() + b"0.8,1,99")
    else:
        days.write_bytes(days.read_bytes()[:-500])
    swept("part", RULES["fixed"], resume=True)
    assert files("part") == files("whole")


def test_a_partial_result_is_whole_batches_in_order_and_says_what_is_missing() -> None:
    data = swept("part", RULES["fixed"], batches=3, batch=200).data
    assert data["complete"] is False
    assert [point["replications"] for point in data["points"]] == [500, 200, 0, 0, 0, 0]
    assert data["missing"][0] == {"point": 1, "values": {"load.scale": 0.8, "staff.engineers": 2}, "replications": 200, "expected": 500}
    assert len(data["missing"]) == 5
    rows = table("part", "points.csv")
    assert [(row["staff.engineers"], row["n"]) for row in rows] == [("1", "500"), ("1", "500"), ("2", "200"), ("2", "200")]


def test_an_interrupt_at_any_point_leaves_whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(100))

    def interrupted(batch: Any) -> Any:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return fake_days.work(batch)

    done = sweep(plan(), Here(), folder=Path("part"), days=True, work=interrupted, designs=DESIGNS)
    assert [standing.days for standing in done.running.standings] == [500, 200, 0, 0, 0, 0]
    write_sweep(done, Path("part"), "patient.wait.mean", days=True)
    swept("part", RULES["fixed"], resume=True)
    swept("whole", RULES["fixed"])
    assert files("part") == files("whole")


def test_an_unfinished_sweep_is_not_overwritten_and_not_taken_for_another() -> None:
    swept("part", RULES["fixed"], batches=2)
    with pytest.raises(UsageError, match="--resume"):
        swept("part", RULES["fixed"])
    with pytest.raises(UsageError, match="rule"):
        swept("part", RULES["sequential"], resume=True)


HOLDER = """
import sys
from pathlib import Path
from twin.experiments.folder_lock import FolderLock
FolderLock(Path("part")).take()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_sweep_is_not_gone_on_with_while_another_process_does_and_a_killed_one_is_no_hindrance() -> None:
    swept("part", RULES["fixed"], batches=2)
    before = Path("part", DIARY).read_bytes()
    root = str(Path(cli.__file__).resolve().parents[1])
    env = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == b"held"
        for resume in (True, False):
            with pytest.raises(UsageError, match="另一个程序"):
                swept("part", RULES["fixed"], resume=resume)
        assert Path("part", DIARY).read_bytes() == before
        other.kill()
    assert swept("part", RULES["fixed"], resume=True).complete
    assert not Path("part", LOCK).exists()


def test_a_scenario_that_was_changed_meanwhile_is_not_gone_on_with() -> None:
    swept("part", RULES["fixed"], batches=2)
    Path("small.toml").write_text(Path("small.toml").read_text(encoding="utf-8").replace("60 s", "70 s"), encoding="utf-8")
    with pytest.raises(UsageError, match="inputs_sha256"):
        swept("part", RULES["fixed"], resume=True)


def test_rounds_give_every_point_its_first_days_before_any_gets_more() -> None:
    part = swept("part", RULES["sequential"], batches=7, batch=100)
    assert [standing.days > 0 for standing in part.running.standings] == [True] * 6


# Files and command.


def test_points_are_tidy_and_days_are_in_them(folder: Path) -> None:
    words = ("--grid", "load.scale=1,2", "--grid", 'load.service.distribution="exponential","deterministic"')
    assert caixue("sweep", "small.toml", *words, "--reps", "4", "--out", "out", "--days", "-q", "--figures", FIGURES, "--workers", "1") == 0
    points = table("out", "points.csv")
    days = table("out", "replications.csv")
    assert list(points[0]) == ["load.scale", "load.service.distribution", "figure", "mean", "low", "high", "n", "sd", "min", "max"]
    assert len(points) == 4 * 2 and len(days) == 4 * 4
    assert points[0]["load.service.distribution"] == "exponential"
    first = [float(day["patient.wait.mean"]) for day in days[:4]]
    assert float(points[0]["mean"]) == pytest.approx(sum(first) / 4) and float(points[0]["max"]) == max(first)
    result = json.loads(Path("out", "result.json").read_text(encoding="utf-8"))
    assert result["complete"] and result["kind"] == "sweep" and result["seed"] == 1
    assert result["points"][3]["values"] == {"load.scale": 2, "load.service.distribution": "deterministic"}


def test_all_points_have_the_same_chance() -> None:
    """Engineers mend nothing on bare windows, so that only the number in the file differs."""
    assert caixue("sweep", "small.toml", "--grid", "staff.engineers=1,2", "--reps", "3", "--out", "out", "-q", "--workers", "1") == 0
    one, two = json.loads(Path("out", "result.json").read_text(encoding="utf-8"))["points"]
    assert one["figures"]["patient.wait.mean"] == two["figures"]["patient.wait.mean"]


def test_the_parquet_file_holds_the_points() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert (
        caixue("sweep", "small.toml", "--grid", "load.scale=1,2", "--reps", "2", "--out", "out", "-q", "--parquet", "--workers", "1") == 0
    )
    rows = parquet.read_table(Path("out", "points.parquet")).to_pylist()
    points = table("out", "points.csv")
    assert [(str(row["load.scale"]), row["figure"], repr(row["mean"])) for row in rows] == [
        (point["load.scale"], point["figure"], point["mean"]) for point in points
    ]


def test_parquet_without_pyarrow_is_refused_in_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("twin.experiments.tables.PYARROW", "no_such_package")
    assert caixue("sweep", "small.toml", "--parquet") == cli.USAGE
    assert "pip install pyarrow" in capsys.readouterr().err


def test_without_matplotlib_there_is_a_table_and_with_it_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    swept("plain", RULES["fixed"])
    assert b"<td>0.8</td>" in files("plain")["sweep.html"] and "sweep.svg" not in files("plain")
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("twin.experiments.files.has_matplotlib", lambda: True)
    swept("drawn", RULES["fixed"])
    swept("again", RULES["fixed"])
    assert files("drawn")["sweep.svg"].startswith(b"<?xml") and files("drawn")["sweep.png"].startswith(b"\x89PNG")
    assert files("drawn") == files("again"), "the same data, the same bytes"


def test_resuming_what_is_complete_tells_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("sweep", "small.toml", "--grid", "load.scale=1,2", "--reps", "3", "--out", "out", "--workers", "1", "--json")
    assert caixue(*words) == 0
    before, first = files("out"), capsys.readouterr().out
    assert caixue(*words, "--resume") == 0
    assert capsys.readouterr().out == first and files("out") == before


SMALL = ("sweep", "small.toml", "--out", "out", "--workers", "1")


@pytest.mark.parametrize("more", [[], ["--resume"]])
def test_another_finished_sweep_is_not_replaced_without_a_word(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue(*SMALL, "--grid", "load.scale=1,2", "--reps", "3", "-q") == 0
    before = files("out")
    assert caixue(*SMALL, "--grid", "load.scale=1,2", "--reps", "4", *more) == cli.USAGE
    assert "rule" in capsys.readouterr().err and files("out") == before
    assert caixue(*SMALL, "--grid", "load.scale=1,2", "--reps", "4", "--replace", "-q", *more) == 0
    assert files("out") != before


def test_resuming_what_is_complete_says_on_stderr_that_nothing_was_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue(*SMALL, "--reps", "3", "-q") == caixue(*SMALL, "--reps", "3", "-q", "--resume") == 0
    assert "已经做完" in capsys.readouterr().err


def test_a_grid_has_a_row_for_each_point_and_the_figures_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue(*SMALL, "--grid", "load.scale=0.8:1.2:0.1", "--grid", "staff.engineers=1,2", "--reps", "2", "--figures", "all") == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split("|") for line in lines if line.strip().startswith("0.8 ")]
    assert len(rows) == 2 and max(map(cell_len, lines)) <= 80
    assert "个指标，见 points.csv" in "".join(lines)


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_a_precision_that_was_not_reached_is_told_with_its_figure_and_how_far_it_is(
    quiet: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--precision", "patient.wait.p90=1 us", "--min-reps", "3", "--max-reps", "4")
    Path("small.toml").write_text(bare(per_h="200"), encoding="utf-8")
    assert caixue(*SMALL, *words, *quiet) == 0
    said = capsys.readouterr().err
    assert "未达到精度：patient.wait.p90 ±" in said and "要 ±1 us" in said


def test_a_range_without_a_step_is_answered_with_the_way_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue(*SMALL, "--grid", "load.scale=0.8:1.2") == cli.USAGE
    assert "load.scale=0.8:1.2:0.1" in capsys.readouterr().err


def test_a_gbk_console_of_80_columns_can_show_it_all() -> None:
    words = [
        "sweep",
        "small.toml",
        "--grid",
        "load.scale=1,2",
        "--grid",
        "staff.engineers=1,2",
        "--reps",
        "2",
        "--out",
        "out",
        "--workers",
        "1",
    ]
    env = {**os.environ, "PYTHONIOENCODING": "gbk", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-m", "caixue.cli", *words, "--figures", "all", "--plot", "sla.breaches"], env=env, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode("gbk")
    lines = done.stdout.decode("gbk").splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert "小场景 [red]" in lines[0] and not any("\\u" in line for line in lines)


@POSIX
def test_ctrl_c_ends_with_130_and_a_partial_result_that_names_the_way_on() -> None:
    words = ["sweep", "small.toml", "--grid", "load.scale=1,2,3", "--reps", "5000", "--out", "out", "--workers", "2"]
    command = [sys.executable, "-m", "caixue.cli", *words]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert run.stderr is not None and b"15,000" in run.stderr.readline()
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, said = run.communicate(timeout=60)
    assert run.returncode == cli.INTERRUPTED, said.decode()
    assert "--resume" in said.decode() and "Traceback" not in said.decode()
    result = json.loads(Path("out", "result.json").read_text(encoding="utf-8"))
    assert not result["complete"] and 0 < result["points"][0]["replications"] < 5000
