"""Same scenario, seed and commit: the same journal, byte for byte, in another process and beside other worlds."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from greenlet import getcurrent, greenlet

from tests.twin.small_scenarios import Ran, fault, ran, read, small
from twin.devices.modbus import TURNAROUND_US
from twin.engines.wire import Replication, run_replication
from twin.experiment import run
from twin.scenario import scenario_site
from twin.world import Task, World

ROOT = Path(__file__).resolve().parents[2]
# Peak Monday in short: the first half hour, and each of its faults within it.
SHORT = ("duration=30 min", "fault.0.at=+4 min", "fault.1.at=+8 min", "fault.2.at=+12 min", "fault.3.at=+16 min", "staff.nurses={'07:00-13:00'=8}")
SCRIPT = f"""
import hashlib
from twin.experiment import run
from twin.scenario import load_scenario
result = run(load_scenario("peak-monday", {SHORT!r}))
print(result.data["trace_sha256"], hashlib.sha256("\\n".join(result.lines).encode()).hexdigest(), result.exchanges)
"""
BUSY = small(
    fault("window-1.label-printer", "print-head-dead-dots"),
    fault("link:window-2.tube-dispenser", "corrupt", end='for = "10 min"', probability=0.05),
    '[[random_fault]]\ndevice = "window-*"\nkind = "out-of-service"\nmtbf = "15 min"\nrepair = { distribution = "exponential", mean = "1 min" }',
    seed=3,
    load="priority_share = 0.2",
)


@pytest.fixture(scope="module")
def short_monday() -> Ran:
    return ran("peak-monday", *SHORT)


def test_two_processes_under_two_hash_seeds_give_the_same_bytes(short_monday: Ran) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        for seed in ("1", "2")
    ]
    printed = [child.communicate()[0] for child in children]
    here = f"{short_monday.result.data['trace_sha256']} {_sha256(short_monday)} {short_monday.result.exchanges}\n"
    assert printed == [here, here], short_monday


def test_the_same_run_twice_in_one_process_gives_the_same_bytes(short_monday: Ran) -> None:
    again = ran("peak-monday", *SHORT)
    assert again.result.data["trace_sha256"] == short_monday.result.data["trace_sha256"], again
    assert again.result.lines == short_monday.result.lines, again


def test_another_seed_gives_another_day(short_monday: Ran) -> None:
    other = ran("peak-monday", *SHORT, "seed=20261124")
    assert other.result.data["trace_sha256"] != short_monday.result.data["trace_sha256"], other
    assert [event.at_us for event in other.events("patient.arrived")] != [event.at_us for event in short_monday.events("patient.arrived")]


def test_the_trace_covers_bytes_that_no_event_tells_of(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ran(small(per_h="0", duration="2 min"))
    monkeypatch.setattr("twin.devices.modbus.TURNAROUND_US", TURNAROUND_US + 1)  # every Modbus reply a microsecond later
    after = ran(small(per_h="0", duration="2 min"))
    assert after.result.lines == before.result.lines, after
    assert after.result.data["trace_sha256"] != before.result.data["trace_sha256"], after


def test_replications_differ_and_each_can_be_run_alone() -> None:
    scenario = read(BUSY)
    first, second = (run(scenario, first=number).data["trace_sha256"] for number in (0, 1))
    assert first != second
    assert run(scenario, replications=2).data["trace_sha256"] == first
    assert run(scenario, first=1).data["trace_sha256"] == second


def test_a_progress_bar_changes_nothing() -> None:
    scenario = read(BUSY)
    told: list[int] = []
    watched = run(scenario, progress=lambda progress: told.append(progress.simulated_us))
    assert len(told) > 10
    assert watched.data["trace_sha256"] == run(scenario).data["trace_sha256"]


def test_worlds_that_run_by_turns_do_not_influence_each_other() -> None:
    alone = [_replication(BUSY, number) for number in (0, 1)]
    together: dict[int, Replication] = {}
    turns: list[int] = []

    def one_world(number: int) -> None:
        def tell(_now_us: int, _end_us: int) -> None:
            turns.append(number)
            getcurrent().parent.switch()

        together[number] = _replication(BUSY, number, tell)

    worlds = [greenlet(lambda number=number: one_world(number)) for number in (0, 1)]
    while any(not world.dead for world in worlds):
        for world in worlds:
            if not world.dead:
                world.switch()
    assert turns[:6] == [0, 1, 0, 1, 0, 1]
    assert [together[number].trace_sha256 for number in (0, 1)] == [one.trace_sha256 for one in alone]
    assert [together[number].lines for number in (0, 1)] == [one.lines for one in alone]


def test_a_run_leaves_no_world_and_no_driver_call_behind() -> None:
    before = _left_behind()
    run(read(BUSY))
    assert _left_behind() == before


def test_a_run_that_is_broken_off_leaves_nothing_behind_and_the_next_is_the_same() -> None:
    before, whole = _left_behind(), run(read(BUSY)).data["trace_sha256"]
    with pytest.raises(KeyboardInterrupt):
        _replication(BUSY, 0, _break_off)
    assert _left_behind() == before
    assert run(read(BUSY)).data["trace_sha256"] == whole


def _left_behind() -> tuple[list[str], int]:
    """The worlds that are still there, and how many driver calls hang somewhere."""
    gc.collect()
    return sorted(World.by_id), sum(isinstance(thing, Task) and not thing.dead for thing in gc.get_objects())


def _break_off(now_us: int, _end_us: int) -> None:
    if now_us > 400_000_000:
        raise KeyboardInterrupt


def _replication(text: str, number: int, progress: object = None) -> Replication:
    scenario = read(text)
    return run_replication(scenario, scenario_site(scenario), None, number, progress)  # type: ignore[arg-type]


def _sha256(one: Ran) -> str:
    return hashlib.sha256("\n".join(one.result.lines).encode()).hexdigest()
