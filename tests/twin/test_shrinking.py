"""Shrinking a failing scenario, and writing a new one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from caixue.cli import main
from caixue.errors import UsageError
from twin.scenario import load_scenario
from twin.shrinking import LOWEST_SCALE, SHORTEST_MIN, Failures, Shrinker, candidates, shortened

FAILING = """
schema = 1
title = "too many for one window"
site = "bare-windows"
start = 2026-11-23T07:00:00+08:00
duration = "2 h"
seed = 3
[load]
rates_per_h = [120]
service = { distribution = "exponential", mean = "60 s" }
[staff]
nurses = { "07:00-08:00" = 1, "08:00-09:00" = 1 }
[windows]
count = 1
[[fault]]
at = "+30 min"
device = "window-1"
kind = "out-of-service"
for = "5 min"
[[expect]]
figure = "patient.wait.p90"
limit = "<= 2 min"
[[expect]]
figure = "patient.count"
limit = ">= 1"
"""


def document() -> dict[str, Any]:
    return tomllib.loads(FAILING)


def test_what_the_failure_needs_stays_and_all_else_goes() -> None:
    def failures(document: dict[str, Any]) -> Failures:
        busy = float(document["load"].get("scale", 1)) >= 0.4
        return frozenset({"patient.wait.p90"} if busy and len(document.get("expect", [])) >= 1 else ())

    smallest = Shrinker(failures).shrink(document())
    assert "fault" not in smallest
    assert len(smallest["expect"]) == 1
    assert smallest["duration"] == f"{SHORTEST_MIN} min"
    assert smallest["load"]["scale"] == pytest.approx(0.4, rel=0.1)


def test_a_scenario_that_fails_in_another_way_is_not_a_smaller_one() -> None:
    def failures(document: dict[str, Any]) -> Failures:
        return frozenset({"a"} if "fault" in document else {"b"})

    assert "fault" in Shrinker(failures).shrink(document())


def test_a_scenario_that_passes_cannot_be_shrunk() -> None:
    with pytest.raises(UsageError, match="nothing to shrink"):
        Shrinker(lambda document: frozenset()).shrink(document())


def test_the_number_of_runs_is_bounded() -> None:
    shrinker = Shrinker(lambda document: frozenset({"always"}), most_runs=7)
    shrinker.shrink(document())
    assert shrinker.runs == 7


def test_a_document_that_is_no_scenario_does_not_count_as_failing() -> None:
    def failures(document: dict[str, Any]) -> Failures:
        if document["duration"] != "2 h":
            raise UsageError("not this one")
        return frozenset({"slow"})

    assert Shrinker(failures).shrink(document())["duration"] == "2 h"


def test_a_shorter_scenario_leaves_out_faults_and_hours_after_its_end() -> None:
    shorter = shortened(document(), 20)
    assert shorter["duration"] == "20 min"
    assert "fault" not in shorter
    assert shorter["staff"]["nurses"] == {"07:00-08:00": 1}


def test_every_candidate_is_a_step_and_none_changes_the_original() -> None:
    original = document()
    steps = [step for step, smaller in candidates(original) if smaller != original]
    assert len(steps) == len(list(candidates(original))) >= 8
    assert original == document()
    assert not any("scaled" in step for step, _ in candidates({**original, "load": {**original["load"], "scale": LOWEST_SCALE}}))


def test_the_command_saves_a_scenario_that_still_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "slow.toml", tmp_path / "kept" / "slow.toml"
    source.write_text(FAILING, encoding="utf-8")
    assert main(["shrink", str(source), "--out", str(target), "--most-runs", "30"]) == 0
    kept = load_scenario(str(target))
    assert not kept.faults
    assert len(kept.expectations) == 1
    assert main(["run", str(target), "--out", str(tmp_path / "run"), "-q"]) == 99
    assert str(target) in capsys.readouterr().out
    assert main(["shrink", str(source), "--out", str(target)]) == 2


def test_a_new_scenario_from_options_is_valid_and_says_what_its_keys_mean(tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    words = ["new", str(target), "-y", "--title", 'Mon "A"', "--duration", "1 h", "--fault", "+10 min,window-2.tube-dispenser,bad-crc"]
    assert main(words) == 0
    loaded = load_scenario(str(target))
    assert (loaded.title, loaded.duration_us, loaded.faults[0].link) == ('Mon "A"', 3_600_000_000, "window-2.tube-dispenser")
    assert target.read_text(encoding="utf-8").count("#") >= 8
    assert main(words) == 2


def test_a_new_scenario_that_would_be_wrong_is_refused_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "mine.toml"
    assert main(["new", str(target), "-y", "--fault", "+10 min,window-9.tube-dispenser,tube-jam"]) == 2
    assert "window-9" in capsys.readouterr().err
    assert not target.exists()


def test_questions_are_asked_for_what_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["", "", "30 min", "", "", "7", "+5 min,window-1.label-printer,label-jam", ""])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    target = tmp_path / "mine.toml"
    assert main(["new", str(target)]) == 0
    loaded = load_scenario(str(target))
    assert (loaded.title, loaded.seed, loaded.faults[0].kind) == ("mine", 7, "label-jam")
