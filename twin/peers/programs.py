"""The programs that are compared, those that can run on this machine; and why the others cannot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from subprocess import CalledProcessError

from twin.engines.timing import Engine
from twin.peers import heap_loop, simmer_model, simpy_models
from twin.peers.c_loop import CLoop, compiler
from twin.peers.measuring import Peer
from twin.peers.shop import S_US, Morning, morning, workload
from twin.timing.arrays import Course, Workload

SEED = 20261123
AGAIN = 20  # the two compiled loops take each morning so often, so that neither waits for memory that the other need not
REUSED = 20  # mornings that are drawn once, for what is measured without draws
ANSWERS = 3  # mornings on which those of the same rules must agree

C, COMPILED, REFERENCE, SIMPY = "C", "caixue compiled", "caixue reference", "SimPy"
WITHOUT_DRAWS = ", drawn beforehand"


@cache
def drawn(number: int) -> tuple[Morning, Workload]:
    """The morning of that number, round and round."""
    day = morning(SEED, number % REUSED)
    return day, workload(day)


@contextmanager
def programs() -> Iterator[tuple[list[Peer], dict[str, str]]]:
    """What can be measured here, in the order of the table, and the names of the others with the reason."""
    peers, missing = [*ours(), *python_peers()], {}
    for name, module in (("Ciw", "ciw"), ("salabim", "salabim")):
        if find_spec(module) is None:
            missing[name] = f"no {module}"
    if why := simmer_model.missing():
        missing["simmer"] = why
    else:
        peers.append(Peer("simmer", lambda first, days: simmer_model.run(SEED, first, days)[::-1], days=3))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            peers = [c_peer(CLoop(Path(folder))), *peers]
        except (OSError, CalledProcessError):
            missing[C] = f"{compiler() or 'no C compiler'}: nothing built"
        yield peers, missing


def c_peer(loop: CLoop) -> Peer:
    """The C loop."""

    def run(first: int, days: int) -> tuple[float, None]:
        again = min(days, AGAIN)
        return fmean(c_waits_s(loop, number, again) for number in range(first, first + days // again)), None

    return Peer(C + WITHOUT_DRAWS, run, days=40 * AGAIN, same=True, sampling=False)


def ours() -> Iterator[Peer]:
    """The engines of timing fidelity, without draws and with them."""
    from twin.engines.reference import run as reference

    if find_spec("numba") is not None:
        from twin.engines.compiled import run as compiled

        yield Peer(COMPILED + WITHOUT_DRAWS, without_draws(compiled, AGAIN), 20 * AGAIN, same=True, sampling=False)
        yield Peer(COMPILED, with_draws(compiled), 200)
    yield Peer(REFERENCE + WITHOUT_DRAWS, without_draws(reference, 1), 2, same=True, sampling=False)
    yield Peer(REFERENCE, with_draws(reference), 2)


def without_draws(engine: Engine, again: int) -> Callable[[int, int], tuple[float, None]]:
    """That engine on the mornings that are drawn once, each so many times over."""

    def run(first: int, days: int) -> tuple[float, None]:
        times = min(days, again)
        return fmean(waits_s(last(drawn(number)[1], times)) for number in range(first, first + days // times)), None

    def last(day: Workload, times: int) -> Course:
        for _ in range(times - 1):
            engine(day)
        return engine(day)

    return run


def with_draws(engine: Engine) -> Callable[[int, int], tuple[float, None]]:
    """That engine, and the draws of each morning with it."""

    return each_day(lambda number: waits_s(engine(workload(morning(SEED, number)))))


def python_peers() -> Iterator[Peer]:
    """What runs on CPython: libraries that draw as they go, and two that take the drawn mornings."""
    yield Peer(SIMPY, each_day(lambda number: simpy_models.idiomatic(SEED, number)), days=2)
    yield Peer("SimPy" + WITHOUT_DRAWS, summed(simpy_models.same), days=2, same=True, sampling=False)
    yield Peer("heapq" + WITHOUT_DRAWS, summed(heap_loop.run), days=10, same=True, sampling=False)
    if find_spec("ciw") is not None:
        from twin.peers import ciw_model

        yield Peer("Ciw", each_day(lambda number: ciw_model.run(SEED, number)), days=2)
    if find_spec("salabim") is not None:
        from twin.peers import salabim_model

        yield Peer("salabim", each_day(lambda number: salabim_model.run(SEED, number)), days=1)


def each_day(day_s: Callable[[int], float]) -> Callable[[int, int], tuple[float, None]]:
    """The mean over days of what `day_s` gives for the number of one."""
    return lambda first, days: (fmean(day_s(number) for number in range(first, first + days)), None)


def summed(day_us: Callable[[Morning], tuple[int, int]]) -> Callable[[int, int], tuple[float, None]]:
    """The same for what gives the sum of a morning's waits."""

    def one(number: int) -> float:
        day = drawn(number)[0]
        return day_us(day)[0] / len(day.arrived_us) / S_US

    return each_day(one)


def waits_s(course: Course) -> float:
    """The mean wait of one day."""
    return int((course.called_us - course.arrived_us).sum()) / len(course.called_us) / S_US


def c_waits_s(loop: CLoop, number: int, repeats: int) -> float:
    """The mean wait of a drawn morning by the C loop."""
    day = drawn(number)[0]
    return int((loop.run(day, repeats).called_us - day.arrived_us).sum()) / len(day.arrived_us) / S_US


def disagreeing(peers: Sequence[Peer]) -> list[str]:
    """The names of those that go by the same rules and give another mean wait than the first of them, on any of a few mornings."""
    same = [peer for peer in peers if peer.same]
    wanted = [same[0].run(number, 1)[0] for number in range(ANSWERS)] if same else []
    return [peer.name for peer in same if [peer.run(number, 1)[0] for number in range(ANSWERS)] != wanted]
