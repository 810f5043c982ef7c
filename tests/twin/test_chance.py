"""Named streams: the same name gives the same numbers, and nobody disturbs anybody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from twin.chance import Chance

ROOT = Path(__file__).resolve().parents[2]


def numbers(chance: Chance, name: str, count: int = 5) -> list[float]:
    return [chance.stream(name).random() for _ in range(count)]


def test_the_same_seed_and_name_give_the_same_numbers() -> None:
    assert numbers(Chance(7), "window-3.draw") == numbers(Chance(7), "window-3.draw")


def test_adding_a_stream_moves_no_other() -> None:
    disturbed = Chance(7)
    interleaved = [(disturbed.stream("new").random(), disturbed.stream("window-3.draw").random())[1] for _ in range(5)]
    assert interleaved == numbers(Chance(7), "window-3.draw")


def test_asking_again_continues_the_stream() -> None:
    chance = Chance(7)
    assert numbers(chance, "draw", 2) + numbers(chance, "draw", 3) == numbers(Chance(7), "draw", 5)


@pytest.mark.parametrize(
    "other", [Chance(8), Chance(7, 1), Chance(70)], ids=["another seed", "another replication", "a seed that begins with the same digit"]
)
def test_another_seed_or_replication_gives_other_numbers(other: Chance) -> None:
    assert numbers(other, "draw") != numbers(Chance(7), "draw")


def test_seed_and_replication_do_not_run_together() -> None:
    assert numbers(Chance(1, 11), "x") != numbers(Chance(11, 1), "x")


def test_names_in_chinese_are_streams_too() -> None:
    assert numbers(Chance(7), "窗口-3") != numbers(Chance(7), "窗口-4")


def test_a_numpy_stream_repeats_and_stands_apart_from_the_plain_stream() -> None:
    first, second = Chance(7), Chance(7)
    first.stream("arrivals").random()
    assert first.numpy_stream("arrivals").random(4).tolist() == second.numpy_stream("arrivals").random(4).tolist()


def test_a_numpy_stream_continues_where_it_stands() -> None:
    chance = Chance(7)
    parts = [*chance.numpy_stream("arrivals").random(2), *chance.numpy_stream("arrivals").random(2)]
    assert parts == Chance(7).numpy_stream("arrivals").random(4).tolist()


def test_the_numbers_are_those_of_every_other_machine_and_process() -> None:
    assert Chance(20261123).stream("arrivals").getrandbits(64) == 0x74055AA1F7D0F2C
    assert int(Chance(20261123).numpy_stream("arrivals").integers(2**63)) == 0xF7CAEDFAF7BB956


def test_python_hash_seed_changes_nothing() -> None:
    code = "from twin.chance import Chance; print(Chance(7).stream('draw').random(), Chance(7).numpy_stream('draw').random())"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
