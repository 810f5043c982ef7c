"""A real day of 1,511 people, replayed on bare windows: everyone once, nobody beside anybody, and the file's own totals."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.twin.small_scenarios import Ran, assert_clean, occupants, ran, read
from twin.arrivals import ArrivalLog
from twin.scenario import recorded_load

SHARED = Path(os.environ.get("CAIXUE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FILE = SHARED / "data" / "recorded_day.csv"
SCENARIO = f"""schema = 1
title = "记录的一天"
site = "bare-windows"
start = 2026-11-23T06:30:00+08:00
duration = "17.5 h"
[load]
arrivals_csv = "{FILE.as_posix()}"
service = {{ distribution = "recorded" }}
[windows]
open = "recorded"
"""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, int]]:
    """The file's rows in whole seconds after midnight, read here independently of the project."""
    if not FILE.is_file():
        pytest.skip(f"the recorded day is not at {FILE}; set CAIXUE_SHARED to the folder that holds data/recorded_day.csv")
    with FILE.open(encoding="utf-8", newline="") as file:
        return [{key: _seconds(value) for key, value in row.items() if key != "position"} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def day(rows: list[dict[str, int]]) -> Iterator[Ran]:
    yield ran(SCENARIO)


@pytest.fixture(scope="module")
def log(rows: list[dict[str, int]]) -> ArrivalLog:
    found = recorded_load(read(SCENARIO))
    assert found is not None
    return found


def test_everyone_comes_at_the_recorded_second_and_is_served_once(day: Ran, rows: list[dict[str, int]]) -> None:
    assert_clean(day)
    arrived = [event.at_us // 1_000_000 + 6 * 3600 + 1800 for event in day.events("patient.arrived")]
    served = [event.subject for event in day.events("patient.served")]
    assert arrived == sorted(row["arrived_at"] for row in rows), day
    assert len(served) == len(set(served)) == len(rows) == 1511, day
    assert day.events("patient.left", "patient.bumped") == [], day


def test_nobody_overlaps_at_a_window(day: Ran) -> None:
    free_us: dict[str, int] = {}
    for window, patient, called_us, gone_us in sorted(occupants(day), key=lambda row: (row[2], row[3])):
        assert called_us >= free_us.get(window, 0), f"{patient} at {window} in{day!r}"
        free_us[window] = gone_us


def test_the_time_served_is_the_files_own_and_one_row_is_drawn_from_the_others(
    day: Ran, log: ArrivalLog, rows: list[dict[str, int]]
) -> None:
    good = [row["service_ended_at"] - row["service_started_at"] for row in rows if row["service_ended_at"] >= row["service_started_at"]]
    spent = {patient: gone_us - called_us for _, patient, called_us, gone_us in occupants(day)}
    drawn = [f"patient-{place + 1:05}" for place, service_us in enumerate(log.service_us or ()) if service_us is None]
    assert len(good) == 1510 and len(drawn) == 1, day
    assert sum(us for patient, us in spent.items() if patient not in drawn) == 1_000_000 * sum(good), day
    assert spent[drawn[0]] // 1_000_000 in good, day


def test_the_row_that_ends_before_it_starts_is_listed_by_its_line(day: Ran) -> None:
    (line,) = day.result.data["unrecorded_lines"]
    _, started, ended, _ = FILE.read_text(encoding="utf-8").splitlines()[line - 1].split(",")
    assert ended < started, day


def test_each_position_works_from_its_first_start_to_its_last_end(day: Ran) -> None:
    opened = {event.subject: event.at_us for event in day.events("window.opened")}
    closed = {event.subject: event.at_us for event in day.events("window.closed")}
    with FILE.open(encoding="utf-8", newline="") as file:
        good = [row for row in csv.DictReader(file) if row["service_ended_at"] >= row["service_started_at"]]
    spans: dict[str, tuple[int, int]] = {}
    for row in good:
        start, end = ((_seconds(row[key]) - 6 * 3600 - 1800) * 1_000_000 for key in ("service_started_at", "service_ended_at"))
        first, last = spans.get(row["position"], (start, end))
        spans[row["position"]] = min(first, start), max(last, end)
    assert opened == {name: first for name, (first, _) in spans.items()}, day
    latest = max(last for _, last in spans.values())
    assert closed == {name: last for name, (_, last) in spans.items() if last < latest}, day  # the last one stays until all are served
    for window, patient, called_us, _ in occupants(day):
        assert spans[window][0] <= called_us and (called_us <= spans[window][1] or spans[window][1] == latest), f"{patient} in{day!r}"


def test_simulated_and_recorded_mean_wait_side_by_side(day: Ran, rows: list[dict[str, int]], capsys: pytest.CaptureFixture[str]) -> None:
    recorded = [row["service_started_at"] - row["arrived_at"] for row in rows]
    recorded_s, simulated_s = sum(recorded) / len(recorded), day.figure("patient.wait.mean")
    with capsys.disabled():
        print(
            f"\n  mean wait: simulated {simulated_s:.1f} s, recorded {recorded_s:.1f} s ({len(rows)} people, {len(day.result.windows)} positions)"
        )
    assert 0 < simulated_s < 3600, day
    assert recorded_s == pytest.approx(135, abs=2)  # what the page beside the data says


def test_another_seed_changes_only_the_drawn_row(day: Ran, log: ArrivalLog) -> None:
    other = ran(SCENARIO, "seed=2")
    drawn = next(f"patient-{place + 1:05}" for place, service_us in enumerate(log.service_us or ()) if service_us is None)
    before, after = ({patient: gone - called for _, patient, called, gone in occupants(one)} for one in (day, other))
    assert {patient for patient in before if before[patient] != after[patient]} <= {drawn}, other


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds
