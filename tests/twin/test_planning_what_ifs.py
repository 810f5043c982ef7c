"""What-ifs: each does to a day what it says, and is compared on the same days."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue import cli
from caixue.errors import UsageError
from twin.experiments.tally import Pair
from twin.planning.changed_days import failures_left, heads_early, heads_used, prepared_ahead, robot_us, shared_robot
from twin.planning.pairing import USUAL, Outcome, told_together
from twin.planning.what_ifs import HEAD, WHAT_IFS
from twin.scenario import load_scenario
from twin.timing.arrays import FAR, NEVER, Workload
from twin.timing.design import Design, design_of
from twin.timing.sampling import sample


@pytest.fixture(scope="module")
def design() -> Design:
    return design_of(load_scenario("peak-monday", ["fidelity=timing"]))


@pytest.fixture(scope="module")
def workload(design: Design) -> Workload:
    return sample(design, 0)


def test_tubes_prepared_ahead_are_ready_for_all_but_the_first_eight(design: Design, workload: Workload) -> None:
    changed = prepared_ahead(design, 0, workload)
    assert np.array_equal(changed.prepare_us[0, :8], workload.prepare_us[0, :8])
    assert not changed.prepare_us[0, 8:].any()
    assert np.array_equal(changed.prepare_us[1], workload.prepare_us[1])  # nobody prepares ahead at the manual station


def test_the_robot_prepares_one_after_the_other_in_the_order_of_calls() -> None:
    called_us = np.array([100, 0, 105, NEVER, 500])
    own_us = np.array([50, 60, 40, 30, 20])
    assert robot_us(called_us, own_us).tolist() == [50, 60, 85, 30, 20]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 100)), min_size=1, max_size=30))
def test_the_robot_is_never_at_two_at_once(visits: list[tuple[int, int]]) -> None:
    called_us, own_us = (np.array(column) for column in zip(*visits, strict=True))
    ends = np.sort(called_us + robot_us(called_us, own_us))
    assert (robot_us(called_us, own_us) >= own_us).all()
    assert ends[-1] - called_us.min() >= own_us.sum() or len(visits) > 1
    assert (np.diff(ends) >= 1).all()


def test_a_fast_shared_robot_settles_and_a_slow_one_is_refused(design: Design, workload: Workload) -> None:
    pytest.importorskip("numba")
    settled = shared_robot(3.0)(design, 0, workload)
    assert (settled.prepare_us[0] * 3.0 >= workload.prepare_us[0] - 3).all()
    with pytest.raises(UsageError, match="--robot"):
        shared_robot(1.0)(design, 0, workload)


def test_heads_that_are_replaced_early_fail_less_often_and_cost_more_heads() -> None:
    left = [failures_left(wear) for wear in (0.25, 0.5, 1.0, 3.0)]
    used = [heads_used(wear) for wear in (0.25, 0.5, 1.0, 3.0)]
    assert left == sorted(left) and used == sorted(used, reverse=True)
    assert left[0] < 0.1 and left[-1] == pytest.approx(1.0, abs=0.01)
    assert used[-1] == pytest.approx(1.0, abs=0.01)


def test_heads_replaced_early_take_away_head_failures_alone(design: Design) -> None:
    kept = []
    for number in range(60):
        workload = sample(design, number)
        changed = heads_early(0.5)(design, number, workload)
        for cause, trouble in enumerate(design.troubles):
            if trouble.kind == HEAD:
                kept.append(changed.up_us[cause, 0] != FAR)
            else:
                assert np.array_equal(changed.up_us[cause], workload.up_us[cause])
    assert 0.02 < np.mean(kept) < 0.4  # 0.17 are left


# The command.


def what_if(*words: str) -> int:
    return cli.main(["what-if", *words])


def answer(*words: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert what_if(*words, "--workers", "1", "--json") == 0
    loaded = json.loads(capsys.readouterr().out)
    assert isinstance(loaded, dict)
    return loaded


def test_without_a_name_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert what_if() == 0
    told = capsys.readouterr().out
    told.encode("gbk")
    assert all(name in told for name in WHAT_IFS)


def test_all_of_them_on_the_same_days(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numba")
    rows = {row["name"]: row for row in answer("all", "peak-monday", "--reps", "20", capsys=capsys)["what_ifs"]}
    assert set(rows) == set(WHAT_IFS)
    wait = {name: row["figures"][0] for name, row in rows.items()}
    assert len({row["a"] for row in wait.values()}) == 1  # one and the same scenario on the left
    assert wait["appointments"]["high"] < 0 and wait["prepared-ahead"]["high"] < 0
    assert wait["two-engineers"]["difference"] <= 0
    down = next(row for row in rows["heads-early"]["figures"] if row["figure"] == "window.down.minutes")
    assert down["high"] < 0


def outcome(*days: list[float]) -> Outcome:
    """A what-if in which each figure differs so from day to day."""
    pairs = tuple(Pair() for _ in days)
    for pair, differences in zip(pairs, days, strict=True):
        for number, difference in enumerate(differences):
            pair.add(float(number), number + difference)
    return Outcome(WHAT_IFS["two-engineers"], tuple(USUAL[: len(days)]), pairs, len(days[0]))


def test_words_are_said_over_all_rows_that_are_shown() -> None:
    near, far = [-1.0, -3.0, 0.1, -2.0, -1.5, -0.5], [-9.0, -9.1, -9.2, -9.0, -9.1, -9.3]
    alone, beside = outcome(near), told_together([outcome(far, near), outcome(near, near)])
    assert alone.to_json()["figures"][0]["verdict"] == "better"
    assert [[row["verdict"] for row in one["figures"]] for one in beside] == [["better", "open"], ["open", "open"]]
    assert all(row["high"] < 0 for one in beside for row in one["figures"]), "the intervals stay as they are"


def test_the_screen_says_better_or_worse_and_over_how_many(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    assert what_if("prepared-ahead", "peak-monday", "--reps", "10", "--workers", "1") == 0
    told = capsys.readouterr().out
    told.encode("gbk")
    assert "更好" in told and "Holm" in told and "4 行" in told


def test_what_does_not_apply_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text('schema = 1\nsite = "bare-windows"\nduration = "30 min"\n[load]\nrates_per_h = [60]\n', encoding="utf-8")
    for name in ("prepared-ahead", "shared-robot", "heads-early"):
        (row,) = answer(name, str(bare), "--reps", "2", capsys=capsys)["what_ifs"]
        assert row["refused"] and not row["figures"]


def test_an_unknown_one_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert what_if("apointments") == cli.USAGE
    assert "appointments" in capsys.readouterr().err
