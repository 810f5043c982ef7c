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

import numpy as np
import pytest
from rich.cells import cell_len

from caixue import cli
from tests.twin import fake_days
from tests.twin.small_scenarios import bare
from twin.experiments import holm
from twin.experiments.paired import compare, row_of, surely, verdict
from twin.experiments.precision import Rule, fixed, read_targets
from twin.experiments.screens import times
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


def test_among_many_figures_that_do_not_differ_a_word_is_said_of_any_in_one_of_20_comparisons() -> None:
    dice = np.random.Generator(np.random.PCG64(3))
    spoken = [0, 0]  # each figure by itself, all together
    for _ in range(300):
        pairs = [pair_of(*dice.standard_normal(20).tolist()) for _ in range(10)]
        sure = surely(pairs)
        said = [row_of(WANTED[0], pair, sure=one)["verdict"] != "open" for pair, one in zip(pairs, sure, strict=True)]
        spoken[0] += any(verdict("patient.wait.mean", pair) != "open" for pair in pairs)
        spoken[1] += any(said)
    assert spoken[0] > 300 * 0.3 and spoken[1] < 300 * 0.09


def test_what_is_certain_is_still_said_among_many() -> None:
    pairs = [pair_of(-3, -4, -5, -4, -3, -4), *(pair_of(1, -1, 2, -2) for _ in range(5))]
    assert surely(pairs) == [True, *[False] * 5]


def test_the_words_of_a_comparison_are_said_over_all_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.experiments.paired.surely", lambda pairs: [False] * len(pairs))
    words = ("compare", "small.toml", "--set-b", "windows.count=3", "--reps", "20", "--out", "out", "-q", "--workers", "1")
    assert caixue(*words) == 0
    assert {row["verdict"] for row in compared()["figures"].values()} == {"open"}


def test_the_smallest_chance_is_held_against_the_hardest_level_and_the_first_that_fails_ends_it() -> None:
    assert holm.shown([0.012, 0.04, None, 0.2, 0.013]) == [True, False, False, False, True]
    assert holm.shown([0.02, 0.02, 0.02, 0.02]) == [False] * 4
    assert holm.shown([0.049]) == [True] and holm.shown([]) == []


@pytest.mark.parametrize(
    ("t", "degrees", "two_sided"), [(12.706, 1, 0.05), (4.303, 2, 0.05), (2.262, 9, 0.05), (2.750, 30, 0.01), (1.9647, 501, 0.05)]
)
def test_students_tails_are_those_of_the_table(t: float, degrees: int, two_sided: float) -> None:
    assert holm.student_tails(t, degrees) == pytest.approx(two_sided, rel=2e-3)
    assert holm.student_tails(0.0, degrees) == 1


def test_differences_that_are_all_alike_count_by_their_number() -> None:
    assert [verdict("patient.wait.p90", pair_of(*[-3.0] * n)) for n in (2, 6)] == ["open", "better"]
    row = row_of(Wanted("patient.wait.p90"), pair_of(*[-3.0] * 6))
    assert (row["low"], row["high"]) == (None, None)


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
        (["--set-b", "windows.cout=3"], '--set-b windows.cout=3: 未知的键 "cout"'),
        (["--set-b", "windows.count=3", "--figures", "queue.length"], "queue.length.max"),
    ],
)
def test_what_cannot_be_compared_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert caixue("compare", "small.toml", *words) == cli.USAGE
    assert told in capsys.readouterr().err


def test_two_comparisons_of_one_scenario_do_not_land_in_one_folder() -> None:
    for count in ("3", "4"):
        assert caixue("compare", "small.toml", "--set-b", f"windows.count={count}", "--reps", "2", "-q", "--workers", "1") == 0
    assert sorted(path.name[-15:] for path in Path("runs").iterdir()) == ["windows.count-3", "windows.count-4"]


@pytest.mark.parametrize(("saved", "told"), [(None, "-"), (4.23, "4.2×"), (78.4, "78×"), (7.86e5, ">9999×")])
def test_what_pairing_saves_is_told_in_few_characters(saved: float | None, told: str) -> None:
    assert times(saved) == told


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
