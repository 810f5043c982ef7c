"""Comparisons: paired differences on the same days, and words only where the interval excludes 0."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from caixue import cli
from tests.twin import fake_days
from tests.twin.small_scenarios import bare
from twin.experiments.paired import compare, row_of, verdict
from twin.experiments.precision import Rule, fixed, read_targets
from twin.experiments.tally import Pair
from twin.experiments.wanted import read_wanted
from twin.pools import Here, open_pool
from twin.replications import Wanted

WANTED = read_wanted("patient.wait.mean")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a scenario, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    (tmp_path / "small.toml").write_text(bare(per_h="100"), encoding="utf-8")
    return tmp_path


def pair_of(*differences: float) -> Pair:
    pair = Pair()
    for number, difference in enumerate(differences):
        pair.add(float(number), number + difference)
    return pair


def caixue(*words: str) -> int:
    return cli.main(words)


def compared(folder: str = "out") -> dict[str, Any]:
    return json.loads(Path(folder, "result.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("figure", "differences", "word"),
    [
        ("patient.wait.p90", (-3, -4, -5), "better"),
        ("patient.wait.p90", (3, 4, 5), "worse"),
        ("patient.served", (3, 4, 5), "better"),
        ("window.busy.share", (3, 4, 5), "higher"),
        ("window.busy.share", (-3, -4, -5), "lower"),
        ("patient.wait.p90", (-3, 4, -5), "open"),
        ("patient.wait.p90", (-3,), "open"),
        ("patient.wait.p90", (0, 0, 0), "open"),
    ],
)
def test_a_word_is_said_only_where_the_interval_excludes_0_and_it_knows_which_way_is_good(
    figure: str, differences: tuple[float, ...], word: str
) -> None:
    assert verdict(figure, pair_of(*differences)) == word


def test_days_on_which_one_side_has_no_samples_do_not_count() -> None:
    a, b = fake_days.OneServer(0.5, empty=5), fake_days.OneServer(0.6, empty=2)
    comparing = compare(a, b, WANTED, fixed(100), Here(), work=fake_days.work)
    assert comparing.pairs[0].difference.n == sum(number % 5 != 0 and number % 2 != 0 for number in range(100))


def test_batches_and_processes_change_nothing() -> None:
    a, b = fake_days.OneServer(0.5), fake_days.OneServer(0.6)
    rule = Rule(100, 1000, read_targets(["patient.wait.mean=4 s"]))
    here = compare(a, b, WANTED, rule, Here(), work=fake_days.work)
    assert compare(a, b, WANTED, rule, Here(), work=fake_days.work, batch=33) == here
    with open_pool(2) as pool:
        assert compare(a, b, WANTED, rule, pool, work=fake_days.work) == here
    assert here.finished and here.pairs[0].difference.half is not None and here.pairs[0].difference.half <= 4


def test_pairing_makes_the_interval_of_a_real_pair_narrower() -> None:
    often = ("--reps", "20", "-q", "--workers", "1")
    assert caixue("compare", "small.toml", "--set-b", "windows.count=3", "--out", "out", *often) == 0
    assert caixue("sweep", "small.toml", "--grid", "windows.count=2,3", "--out", "swept", *often) == 0
    row = compared()["figures"]["patient.wait.mean"]
    sides = [point["figures"]["patient.wait.mean"] for point in compared("swept")["points"]]
    unpaired = sqrt(sum((side["high"] - side["mean"]) ** 2 for side in sides))
    paired = row["high"] - row["difference"]
    assert paired < unpaired and row["saved"] > 1 and row["correlation"] > 0
    assert (row["a"], row["b"]) == (pytest.approx(sides[0]["mean"]), pytest.approx(sides[1]["mean"]))
    assert row["verdict"] == "better" and row["high"] < 0 and row["b_lower"] > 0.9


def test_a_design_beside_itself_shows_nothing() -> None:
    row = row_of(Wanted("patient.wait.p90"), pair_of(0, 0, 0))
    assert (row["difference"], row["verdict"], row["correlation"]) == (0, "open", pytest.approx(1))


def test_two_scenarios_are_compared_on_the_seed_of_the_first() -> None:
    Path("other.toml").write_text(bare(per_h="100", seed=99, windows=3), encoding="utf-8")
    assert caixue("compare", "small.toml", "other.toml", "--reps", "3", "--out", "out", "-q", "--workers", "1") == 0
    data = compared()
    assert data["seed"] == 1 and data["b"]["sets"] == ["seed=1"] and data["figures"]["patient.wait.mean"]["b_lower"] == 1


def test_the_csv_has_a_row_for_each_figure() -> None:
    words = ("--figures", "patient.wait.p90,patient.wait.p90[priority == true],sla.breaches")
    Path("small.toml").write_text(bare(per_h="100", load="priority_share = 0.3"), encoding="utf-8")
    code = caixue("compare", "small.toml", "--set-b", "windows.count=3", *words, "--reps", "3", "--out", "out", "-q", "--workers", "1")
    assert code == 0
    rows = list(csv.DictReader(Path("out", "compare.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["figure"] for row in rows] == ["patient.wait.p90", "patient.wait.p90[priority == true]", "sla.breaches"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--set-b"),
        (["nowhere.toml"], "nowhere.toml"),
        (["--set-b", "windows.cout=3"], '"count"'),
        (["--set-b", "windows.count=3", "--figures", "queue.length"], "queue.length.max"),
    ],
)
def test_what_cannot_be_compared_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("compare", "small.toml", *words) == cli.USAGE
    assert told in capsys.readouterr().err


TO_BE_SHOWN = ("compare", "small.toml", "--set-b", "windows.count=3", "--reps", "3", "--out", "out", "--workers", "1", "--figures", "all")


def assert_fits(text: str) -> None:
    table = [line for line in text.splitlines() if "|" in line]
    assert len(table) > 40 and max(map(cell_len, table)) <= 80 and "\\u" not in text


def test_a_gbk_console_of_80_columns_can_show_it_all() -> None:
    env = {**os.environ, "PYTHONIOENCODING": "gbk", "COLUMNS": "80"}
    done = subprocess.run([sys.executable, "-m", "caixue.cli", *TO_BE_SHOWN], env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode("gbk")
    assert_fits(done.stdout.decode("gbk"))


def test_english_fits_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    assert caixue(*TO_BE_SHOWN) == 0
    assert_fits(capsys.readouterr().out)
