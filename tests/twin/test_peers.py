"""The comparison of speed is a fair one: what claims to follow the same rules gives the same waits, from the same draws."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twin.engines.reference import counted
from twin.engines.reference import run as reference
from twin.peers import heap_loop, simmer_model, simpy_models
from twin.peers.c_loop import CLoop, compiler
from twin.peers.dice import Floats, normal_layers, normals
from twin.peers.measuring import Peer, in_turn, ratio
from twin.peers.printed import comparison, goals
from twin.peers.programs import COMPILED, SIMPY, WITHOUT_DRAWS, C, disagreeing
from twin.peers.shop import S_US, SHOP, morning, workload
from twin.timing.arrays import Status
from twin.timing.compiling import plainly
from twin.timing.quick_dice import Layers, exponentials, layers

MORNINGS = [morning(11, number) for number in range(2)]


@pytest.mark.parametrize("run", [heap_loop.run, simpy_models.same], ids=["heapq", "SimPy"])
def test_a_peer_of_the_same_rules_gives_the_same_waits_to_the_microsecond(run: Callable[..., tuple[int, int]]) -> None:
    for day in MORNINGS:
        course = reference(workload(day))
        assert course.status == Status.DONE
        assert run(day) == (int(np.sum(course.called_us - course.arrived_us)), int(course.received_us.max()))


@pytest.mark.skipif(not compiler(), reason="no C compiler")
def test_the_c_loop_gives_every_time_and_window_of_the_engines(tmp_path: Path) -> None:
    loop = CLoop(tmp_path)
    for day in MORNINGS:
        (course, counts), found = counted(workload(day)), loop.run(day, 2)
        for name in ("called_us", "ended_us", "received_us", "window"):
            assert np.array_equal(getattr(course, name), getattr(found, name)), name
        patients, rows_of_calendar = len(day.arrived_us), len(workload(day).calendar_us)
        assert found.last_us == course.received_us.max()
        # ours also counts a preparation for each patient, the calendar, and what still happens before the doors close
        assert 0 <= counts.events - (found.events + patients + rows_of_calendar) < 20


def test_the_drawn_mornings_are_those_of_the_table() -> None:
    days = [morning(3, number) for number in range(20)]
    assert np.mean([len(day.arrived_us) for day in days]) == pytest.approx(sum(SHOP.patients_a_slot), rel=0.02)
    services = np.concatenate([day.service_us for day in days]) / S_US
    assert services.mean() == pytest.approx(110, rel=0.02) and services.std() == pytest.approx(45, rel=0.05)
    assert np.mean([day.up_us.mean() for day in days]) / S_US == pytest.approx(4 * 3600, rel=0.1)


def test_plain_python_draws_the_same_morning() -> None:
    with plainly():
        plain = morning(11, 0)
    assert all(np.array_equal(*pair) for pair in zip(plain, MORNINGS[0], strict=True))


def test_exponential_numbers_are_those_of_numpy_and_normal_ones_nearly() -> None:
    def drawn(fill: Callable[..., object], table: Layers, *shape: int) -> Floats:
        words = np.random.PCG64(7).state["state"]
        state = np.array([half for word in (words["state"], words["inc"]) for half in divmod(word, 2**64)], np.uint64)
        numbers = np.empty(shape)
        with np.errstate(over="ignore"):
            fill(state, table, numbers)
        return numbers

    numpy = [np.random.Generator(np.random.PCG64(7)) for _ in range(2)]
    assert np.array_equal(drawn(exponentials, layers(), 2, 10_000), numpy[0].standard_exponential((10_000, 2)).T)
    assert np.allclose(drawn(normals, normal_layers(), 20_000), numpy[1].standard_normal(20_000), rtol=0, atol=1e-12)


def test_everybody_has_a_turn_in_every_round_and_ratios_are_taken_within_rounds() -> None:
    turns: list[str] = []

    def peer(name: str, cpu_s: float, same: bool = False) -> Peer:
        def run(first: int, days: int) -> tuple[float, float]:
            turns.append(name)
            return 60.0, cpu_s

        return Peer(name, run, days=2, same=same)

    times = in_turn([peer(SIMPY, 0.04), peer(COMPILED, 0.0004), peer(COMPILED + WITHOUT_DRAWS, 0.0002, True), peer(C + WITHOUT_DRAWS, 0.0001, True)], 3)
    assert turns == [SIMPY, COMPILED, COMPILED + WITHOUT_DRAWS, C + WITHOUT_DRAWS] * 4
    assert ratio(times[0], times[1]) == pytest.approx(100)
    assert goals(times) == pytest.approx({"times_simpy": 100, "of_c": 0.5})
    table = "\n".join(comparison(times, {"simmer": "no Rscript"}))
    assert "50.0%" in table and "no Rscript" in table and table.index("| C,") < table.index("| SimPy |")


def test_a_program_that_waits_otherwise_is_named() -> None:
    right = Peer("right", lambda first, days: (float(first), None), 1, same=True)
    wrong = Peer("wrong", lambda first, days: (float(first) + 1e-6, None), 1, same=True)
    assert disagreeing([right, wrong, right]) == ["wrong"]


@pytest.mark.skipif(not shutil.which("Rscript"), reason="no R")
def test_the_r_script_can_be_read_by_r() -> None:
    subprocess.run(["Rscript", "-e", f"invisible(parse('{simmer_model.SCRIPT.as_posix()}'))"], check=True, capture_output=True)
