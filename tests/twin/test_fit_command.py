"""`caixue fit`: what it writes loads and runs, what it prints fits a Chinese console, and the same logs give the same bytes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from caixue.cli import main
from caixue.workdays import Kind, day_kind
from tests.twin.queue_logs import FORMS, MONDAYS, exponential, gamma, lognormal, text, visits, workbook
from twin import run
from twin.fitting.printed import COLUMNS, wide
from twin.scenario import load_scenario

SHARED = Path(os.environ.get("CAIXUE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
RECORDED = SHARED / "data" / "recorded_day.csv"
DAYS = [date(2026, 9, 18) + timedelta(days=number) for number in range(24)]  # with two holidays and their make-up days
FEW = (40.0, 60.0, 80.0, 60.0, 40.0, 20.0)  # per hour, from 07:00 in half hours


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "queue.csv"
    path.write_text(text(visits(DAYS, rates=FEW)) + "甲,A1,合计,,,,\n", encoding="gb18030")
    return path


@pytest.fixture(scope="module")
def out(log: Path) -> Path:
    folder = log.parent / "fitted"
    assert main(["fit", str(log), "--out", str(folder), "--quiet"]) == 0
    return folder


def data(folder: Path) -> dict:
    return json.loads((folder / "fit.json").read_text(encoding="utf-8"))


def fitted(folder: Path, path: Path, *words: str) -> dict:
    assert main(["fit", str(path), "--out", str(folder / "out"), "--quiet", *words]) == 0
    return data(folder / "out")


def test_each_kind_of_day_has_a_scenario_that_loads_and_starts_on_the_next_such_day(out: Path) -> None:
    groups = {group["group"]: group for group in data(out)["groups"]}
    assert set(groups) == {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holiday", "make-up"}
    for name, group in groups.items():
        start = load_scenario(str(out / group["scenario"])).start
        kind = day_kind(start.date()).kind
        assert (kind is Kind.HOLIDAY, kind is Kind.MAKE_UP) == (name == "holiday", name == "make-up")
        assert start.date() > DAYS[-1] or name == "make-up"  # the calendar may know no further make-up day
        assert f"{start:%H:%M}" == "07:00"
        if name not in ("holiday", "make-up"):
            assert f"{start:%A}".lower() == name


def test_a_scenario_says_what_was_fitted(out: Path) -> None:
    found, text_of = data(out), tomllib.loads((out / "fit-monday.toml").read_text(encoding="utf-8"))
    (monday,) = (group for group in found["groups"] if group["group"] == "monday")
    rates = [slot["per_h"] for slot in monday["slots"]]
    assert text_of["load"]["rates_per_h"] == pytest.approx(rates, abs=0.005)
    assert (text_of["duration"], text_of["load"]["slot"], text_of["site"]) == ("3 h", "30 min", "bare-windows")
    (law,) = (one for one in found["service"]["laws"] if one["name"] == found["service"]["chosen"])
    assert text_of["load"]["service"] == {
        "distribution": "lognormal",
        "mean": f"{law['mean_s']:.3f}".rstrip("0") + " s",
        "sd": f"{law['sd_s']:.3f}".rstrip("0") + " s",
    }
    assert text_of["windows"]["count"] == monday["served_at_once"]


def test_how_much_days_differ_is_said_in_the_scenario_and_on_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(visits(MONDAYS, factor=0.2)), encoding="utf-8")
    assert main(["fit", str(path), "--out", str(tmp_path / "out")]) == 0
    (monday,) = data(tmp_path / "out")["groups"]
    said = (tmp_path / "out" / "fit-monday.toml").read_text(encoding="utf-8")
    scale = f"{1 + 1.2816 * monday['day_sd']:.2f}"
    assert f"日波动 {monday['day_sd']:.1%}" in said and f"load.scale = {scale}" in said
    shown = capsys.readouterr().out
    assert "日波动" in shown and f"周一 {scale}" in shown
    busy = load_scenario(str(tmp_path / "out" / "fit-monday.toml"), [f"load.scale={scale}"])
    assert busy.load.scale == float(scale)


def test_one_day_says_that_it_does_not_know_how_days_differ(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(visits(MONDAYS[:1])), encoding="utf-8")
    assert main(["fit", str(path), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "只有一天" in (tmp_path / "out" / "fit-monday.toml").read_text(encoding="utf-8")


def test_caixue_validate_accepts_them_and_they_run(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(out / "fit-monday.toml")]) == 0
    result = run(load_scenario(str(out / "fit-monday.toml")))
    assert result.exit_code == 0
    assert result.data["figures"]["patient.count"] == pytest.approx(sum(FEW) / 2, rel=0.25)


def test_on_a_site_with_devices_the_way_to_the_window_is_taken_off(log: Path, tmp_path: Path) -> None:
    found = fitted(tmp_path, log, "--site", "eight-window")
    scenario = load_scenario(str(tmp_path / "out" / "fit-monday.toml"))
    (law,) = (one for one in found["service"]["laws"] if one["name"] == found["service"]["chosen"])
    assert found["service"]["approach_taken_off_s"] == 37
    assert (scenario.load.service.mean_us or 0) / 1e6 == pytest.approx(law["mean_s"] - 37, abs=1e-3)
    assert scenario.windows.count is None


def test_a_site_of_a_file_is_named_from_the_scenario(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("room.toml").write_text('schema = 1\nextends = "bare-windows"\nname = "room"\n', encoding="utf-8")
    fitted(tmp_path, log, "--site", "room.toml")
    assert load_scenario(str(tmp_path / "out" / "fit-monday.toml")).site == "../room.toml"


@pytest.mark.parametrize("law", [lognormal, gamma, exponential], ids=lambda law: law.__name__)
def test_the_law_of_the_services_comes_back_from_the_file(tmp_path: Path, law) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(visits(seed=4, service=law)), encoding="utf-8")
    found = fitted(tmp_path, path)["service"]
    mean = {"lognormal": 150.0, "gamma": 160.0, "exponential": 120.0}[law.__name__]
    (chosen,) = (one for one in found["laws"] if one["name"] == found["chosen"])
    assert found["chosen"] == law.__name__
    assert chosen["mean_low_s"] - 0.5 <= mean <= chosen["mean_high_s"] + 0.5


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_format_gives_the_same_fit(tmp_path: Path, form) -> None:
    people = visits(MONDAYS[:1])
    path, other = tmp_path / "log.csv", tmp_path / "other.csv"
    path.write_text(text(people), encoding="utf-8-sig")
    other.write_text(text(people, form, separator="\t"), encoding="utf-16")
    one, two = fitted(tmp_path / "one", path), fitted(tmp_path / "two", other)
    assert (one["groups"], one["service"]) == (two["groups"], two["service"])


def test_a_workbook_gives_the_same_fit(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    people = visits(MONDAYS[:1])
    path, book = tmp_path / "log.csv", tmp_path / "log.xlsx"
    path.write_text(text(people), encoding="utf-8")
    workbook(people, book)
    one, two = fitted(tmp_path / "one", path), fitted(tmp_path / "two", book)
    assert (one["groups"], one["service"]) == (two["groups"], two["service"])


def test_who_goes_first_becomes_the_share_of_the_scenario(tmp_path: Path) -> None:
    rows = "\n".join(f"2026-01-05 07:{minute:02d},{'是' if minute % 4 == 0 else ''}" for minute in range(60))
    path = tmp_path / "log.csv"
    path.write_text("取号时间,优先\n" + rows, encoding="utf-8")
    assert fitted(tmp_path, path)["groups"][0]["priority_share"] == 0.25
    assert load_scenario(str(tmp_path / "out" / "fit-monday.toml")).load.priority_share == 0.25


def test_every_bad_row_is_in_the_file_though_the_screen_shows_only_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text("到达时间\n" + "王小明\n" * 500 + "2026-01-05 07:00\n", encoding="utf-8")
    assert main(["fit", str(path), "--out", str(tmp_path / "out")]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "bad-rows.csv").read_text(encoding="utf-8-sig"))))
    assert [int(row["line"]) for row in rows] == list(range(2, 502))
    assert {(row["file"], row["kind"], row["becomes"]) for row in rows} == {("log.csv", "arrival", "不计入")}
    shown = capsys.readouterr().out
    assert "500" in shown and shown.count("log.csv:") == 10 and "还有 490 处" in shown


def test_the_report_fits_80_columns_of_a_gbk_console(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language in ("zh", "en"):
        monkeypatch.setenv("CAIXUE_LANG", language)
        monkeypatch.chdir(tmp_path)
        assert main(["fit", os.path.relpath(log), "--out", "out", "--site", "eight-window"]) == 0
        shown = capsys.readouterr()
        assert [line for line in shown.out.splitlines() if wide(line) > COLUMNS] == []
        assert shown.out.encode("gbk").decode("gbk") == shown.out
        assert shown.err == ""


def test_json_is_the_file_and_nothing_else(log: Path, out: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(log), "--out", str(tmp_path / "out"), "--json"]) == 0
    assert capfd.readouterr() == ((out / "fit.json").read_text(encoding="utf-8"), "")


def test_the_same_logs_give_the_same_bytes_in_another_process(log: Path, out: Path, tmp_path: Path) -> None:
    for seed in ("1",):
        env = {**os.environ, "PYTHONHASHSEED": seed, "CAIXUE_LANG": "zh"}
        words = [sys.executable, "-m", "caixue.cli", "fit", str(log), "--out", str(tmp_path / seed), "--quiet"]
        assert subprocess.run(words, env=env, check=False).returncode == 0
        assert {path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} == {
            path.name: path.read_bytes() for path in out.iterdir()
        }


def test_the_picture_is_sound_and_has_a_panel_for_each_kind_of_day(out: Path) -> None:
    root = ElementTree.parse(out / "fit.svg").getroot()
    said = "".join(root.itertext())
    assert all(word in said for word in ("周一", "节假日", "调休上班日", "lognormal"))
    assert "nan" not in (out / "fit.svg").read_text(encoding="utf-8")


def test_the_profile_has_a_line_for_each_slot(out: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((out / "profile.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["from"], row["to"]) for row in rows if row["group"] == "monday"][:2] == [("07:00", "07:30"), ("07:30", "08:00")]
    assert sum(int(row["people"]) for row in rows) == data(out)["people"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--slot", "7 min"], "能整除一天"),
        (["--slot", "30"], "30"),
        (["--column", "arrived"], "--column arrived"),
        (["--column", "wrong=1"], "arrived_at"),
        (["--date", "yesterday"], "2026-01-05"),
        (["--without", "2020-01-01"], "没有这一天"),
        (["--site", "nowhere"], "nowhere"),
        (["--longest", "soon"], "soon"),
        (["--out", ""], "--out"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_nothing_is_written(log: Path, tmp_path: Path, capsys, words: list[str], says: str) -> None:
    assert main(["fit", str(log), "--out", str(tmp_path / "out"), *words]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_recorded_day_is_fitted_as_its_readme_tells_it(tmp_path: Path) -> None:
    if not RECORDED.is_file():
        pytest.skip(f"the recorded day is not at {RECORDED}; set CAIXUE_SHARED to the folder that holds data/recorded_day.csv")
    found = fitted(tmp_path, RECORDED, "--date", "2026-01-05")
    assert (found["people"], found["service"]["n"], found["bad_rows"]) == (1511, 1508, {"backwards": 1, "zero": 2})
    assert found["service"]["mean_s"] == pytest.approx(194, abs=0.5)
    (monday,) = found["groups"]
    assert (monday["group"], monday["served_at_once"]) == ("monday", 10)
    assert run(load_scenario(str(tmp_path / "out" / "fit-monday.toml"))).data["figures"]["patient.count"] == pytest.approx(1511, rel=0.1)


def test_patterns_are_filled_in_where_the_console_does_not(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"log-{number}.csv").write_text(f"到达时间\n2026-01-0{number + 4} 07:00\n", encoding="utf-8")
    found = fitted(tmp_path, tmp_path / "log-*.csv")
    assert [one["name"] for one in found["files"]] == ["log-1.csv", "log-2.csv"]


def test_scenarios_of_an_earlier_fit_are_named_and_stay(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fit-undated.toml").write_text("mine", encoding="utf-8")
    assert main(["fit", str(log), "--out", str(tmp_path)]) == 0
    assert "fit-undated.toml" in capsys.readouterr().out.splitlines()[-1]
    assert (tmp_path / "fit-undated.toml").read_text(encoding="utf-8") == "mine"
