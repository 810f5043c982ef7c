"""`caixue plan` from the question to its files: the plan passes on other days, what is cheaper fails, and nothing feasible is said plainly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

import twin
from caixue import cli
from twin.planning.simulated import Room
from twin.planning.staffing import Staffing
from twin.scenario import load_scenario

pytest.importorskip("numba")

SMALL = """
schema = 1
title = "小上午"
site = "bare-windows"
start = 2026-11-23T07:00:00+08:00
duration = "2 h"
seed = 4
[load]
rates_per_h = [60, 130, 90, 30]
slot = "30 min"
service = { distribution = "lognormal", mean = "110 s", sd = "45 s" }
[[expect]]
figure = "patient.wait.p90"
limit = "<= 12 min"
clause = "G3"
[[expect]]
figure = "window.below_eight.minutes"
limit = "<= 0 s"
clause = "R5.3"
"""
DAYS = 240


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def plan(*words: str, name: str = "small.toml") -> int:
    return cli.main(["plan", name, "--days", str(DAYS), "--workers", "1", "--out", "out", *words])


def answer(name: str = "plan.json") -> dict[str, Any]:
    loaded = json.loads(Path("out", name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of one plan."""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    code = cli.main(["plan", str(folder / "small.toml"), "--days", str(DAYS), "--workers", "1", "--out", str(folder / "out"), "--quiet"])
    assert code == 0
    return folder / "out"


def test_the_plans_scenario_passes_also_on_days_it_was_not_made_for(planned: Path) -> None:
    for seed in (4, 777_777):
        scenario = load_scenario(str(planned / "plan-small.toml"), [f"seed={seed}"])
        assert twin.run(scenario, replications=DAYS).exit_code == 0


def test_the_next_cheaper_staffing_fails(planned: Path) -> None:
    assert twin.run(load_scenario(str(planned / "cheaper-small.toml")), replications=DAYS).exit_code == 99


def test_the_plan_costs_less_than_a_nurse_at_every_window_and_is_confirmed(planned: Path) -> None:
    data = json.loads((planned / "plan.json").read_text(encoding="utf-8"))
    assert data["verdict"] == "plan"
    assert data["confirmation"]["held"] == "holds" and data["confirmation"]["seed"] != data["seed"]
    assert data["cost"]["nurse_hours"] < 8 * 2
    assert any(row["held"] == "fails" and row["fails"] for row in data["cheaper"])
    assert all(row["held"] != "holds" or row["nurse_hours"] >= data["cost"]["nurse_hours"] for row in data["cheaper"])


def test_rosters_find_the_nurses_of_each_half_hour(planned: Path) -> None:
    data = json.loads((planned / "staff-small.json").read_text(encoding="utf-8"))
    rows = data["requirement"]
    assert data["date"] == "2026-11-23"
    assert [(row["from"], row["to"]) for row in rows] == [("07:00", "07:30"), ("07:30", "08:00"), ("08:00", "08:30"), ("08:30", "09:00")]
    assert sum(row["nurses"] for row in rows) * 0.5 == data["nurse_hours"]
    assert all(1 <= row["nurses"] <= row["windows"] <= 8 for row in rows)


def test_the_chart_is_an_image_with_every_half_hour(planned: Path) -> None:
    root = ElementTree.fromstring((planned / "plan.svg").read_text(encoding="utf-8"))
    assert {"07:00", "07:30", "08:00", "08:30"} <= {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}


def test_the_same_question_twice_gives_the_same_bytes(planned: Path) -> None:
    assert plan("--quiet") == 0
    files = sorted(path.name for path in planned.iterdir())
    assert files == sorted(path.name for path in Path("out").iterdir())
    assert all((planned / name).read_bytes() == Path("out", name).read_bytes() for name in files)


def test_the_answer_fits_80_columns_of_a_gbk_console(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan() == 0
    told = capsys.readouterr().out
    told.encode("gbk")
    rows = [line for line in told.splitlines() if not line.startswith(("small", "  out", "重现", "更省"))]
    assert max(cell_len(line) for line in rows) <= 80
    assert "方案成立" in told and "另一组种子" in told


def test_where_nothing_holds_the_answer_says_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    """Too many people for eight windows: more windows are proposed, and the plan is made with them."""
    code = plan("--set", "load.scale=2.6", "--wait", "8 min", "--remedy", "windows")
    told, data = capsys.readouterr().out, answer()
    assert code == 0
    assert "守不住" in told
    assert data["remedy"]["kind"] == "windows" and data["remedies"][-1]["held"] == "holds"
    assert [row["held"] for row in data["full"] if row["figure"] == "patient.wait.p90"] == ["fails"]
    assert load_scenario("out/plan-small.toml").windows.count == int(data["remedy"]["en"].split()[0])


def test_where_no_remedy_helps_either_it_exits_99_and_names_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan("--set", "load.scale=9", "--remedy", "earlier") == 99
    told = capsys.readouterr().out
    assert "没有方案成立" in told and "patient.wait.p90 <= 12 min" in told
    assert answer()["verdict"] == "none" and not Path("out/plan-small.toml").exists()


def test_ctrl_c_leaves_the_best_so_far_marked_as_partial(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tried, design = [], Room.design

    def interrupted(self: Room, staffing: Staffing) -> Any:
        if staffing not in tried:
            tried.append(staffing)
        if len(tried) > 3 and staffing is tried[3]:
            tried.append(staffing)
            if tried.count(staffing) == 2:
                raise KeyboardInterrupt
        return design(self, staffing)

    monkeypatch.setattr(Room, "design", interrupted)
    assert plan() == cli.INTERRUPTED
    assert answer()["verdict"] == "partial" and "未完成" in capsys.readouterr().out
    assert "PARTIAL" in Path("out/plan-small.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--wait", "20"], "没有单位"),
        (["--earliest", "06:00"], "07:00"),
        (["--earliest", "later"], "later"),
        (["--remedy", "magic"], "magic"),
        (["--set", "windows.count=7"], "R5.3"),
        (["--set", "days=2"], "days"),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_told_why(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(*words) == cli.USAGE
    assert told in capsys.readouterr().err


# After the holiday.


def test_the_day_after_the_holiday_fails_as_it_is() -> None:
    result = twin.run(load_scenario("after-holiday"), replications=40)
    verdicts = {row["figure"]: row["verdict"] for row in result.data["expectations"]}
    assert result.exit_code == 99
    assert verdicts == {"patient.wait.p90": "fail", "return.on_time.share": "pass"}


def test_the_day_after_the_holiday_passes_with_the_planners_remedy() -> None:
    assert plan("--quiet", "--remedy", "appointments", name="after-holiday") == 0
    data = answer()
    assert data["remedy"]["kind"] == "appointments"
    result = twin.run(load_scenario("out/plan-after-holiday.toml"), replications=DAYS)
    assert result.exit_code == 0
    assert result.data["expectations"][0]["limit"] == "<= 30 min"
