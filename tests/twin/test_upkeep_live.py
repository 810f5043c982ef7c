"""`caixue maintain` against a served bench, in real time: counters and calibrations that come from the devices themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caixue import cli
from caixue.lease import TOKEN
from tests.twin.live_bench import LiveBench, live_bench
from twin.live.ready import ready_text

HALL = """
schema = 1
extends = "bare-windows"
name = "hall"
[[device]]
name = "slips-1"
kind = "thermal-printer"
url = "twin://slips-1"
[[device]]
name = "labels-1"
kind = "label-printer"
url = "twin://labels-1"
[[device]]
name = "conveyor-1"
kind = "conveyor"
url = "twin://conveyor-1"
framing = "rtu"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LiveBench]:
    (tmp_path / "hall.toml").write_text(HALL, encoding="utf-8")
    with live_bench(tmp_path, tmp_path / "hall.toml") as bench:
        yield bench


@pytest.fixture
def ready(bench: LiveBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.delenv(TOKEN, raising=False)
    path = tmp_path / "ready.toml"
    path.write_text(bench.within(lambda: ready_text(bench.room, "hall.toml")), encoding="utf-8")
    return path


def typed(ready: Path, capfd: Any, *words: str) -> tuple[int, Any]:
    code = cli.main([*words, "--site", str(ready), *([] if words[1] == "history" else ["--by", "engineer-1"]), "--json"])
    out = capfd.readouterr().out
    return code, json.loads(out) if out else None


def test_counters_are_read_from_the_devices_and_noted_and_one_that_is_silent_is_named(bench: LiveBench, ready: Path, capfd: Any) -> None:
    models = bench.room.models
    models["labels-1"].head_km, models["slips-1"].cuts = 12.7, 345
    code, row = typed(ready, capfd, "maintain", "wear", "--read")
    assert code == 0 and row["failed"] == {}
    readings = {(one["device"], one["part"]): one["reading"] for one in row["wear"]}
    assert readings[("labels-1", "print-head")] == 12 and readings[("slips-1", "cutter")] == 345 and readings[("conveyor-1", "belt")] == 0
    bench.within(models["labels-1"].begin_silence)
    models["slips-1"].cuts = 5
    code, row = typed(ready, capfd, "maintain", "wear", "--read")
    assert code == 0 and list(row["failed"]) == ["labels-1"] and len(row["restarts"]) == 1


def test_a_belt_that_nobody_has_armed_is_not_moved_for_a_calibration(bench: LiveBench, ready: Path, capfd: Any) -> None:
    code = cli.main(["maintain", "calibrate", "conveyor-1", "belt-speed", "--read", "--site", str(ready), "--by", "engineer-1"])
    shown = capfd.readouterr()
    assert code == 2 and shown.out == "" and "conveyor-1" in shown.err
    assert bench.room.models["conveyor-1"].accepted == 0
    assert typed(ready, capfd, "maintain", "history")[1]["events"] == []
