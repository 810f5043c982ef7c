"""Pools: the same answers in the same order from this process, from several, and from a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest

from caixue.errors import CaixueError, LinkError, UsageError
from tests.twin import fake_days
from tests.twin.small_scenarios import bare, read
from twin.experiments.batches import design_for
from twin.experiments.precision import Rule, fixed, read_targets
from twin.experiments.running import Running
from twin.experiments.wanted import read_wanted
from twin.pools import Here, Pool, Processes, TaskFailed, open_pool

WANTED = read_wanted("patient.wait.mean,patient.wait.p90")
DESIGNS = (fake_days.OneServer(0.5), fake_days.OneServer(0.8, empty=7), fake_days.OneServer(0.7))
RULE = Rule(150, 1000, read_targets(["patient.wait.mean=10%"]))


@pytest.fixture(scope="module")
def two() -> Iterator[Pool]:
    with open_pool(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def three() -> Iterator[Pool]:
    with open_pool(3) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster() -> Iterator[Pool]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, processes=True, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as local,
        open_pool(None, local.scheduler_address) as pool,
    ):
        yield pool


def standings(pool: Pool, batch: int | None = None) -> Any:
    running = Running(DESIGNS, WANTED, RULE, work=fake_days.work, batch=batch)
    order = [(done.point, done.first + place, row) for done in running.batches(pool) for place, row in enumerate(done.values.tolist())]
    return running.standings, repr(order)


def test_answers_come_in_the_order_of_the_tasks(two: Pool) -> None:
    assert list(two.ordered(fake_days.double, range(40))) == [*range(0, 80, 2)]


@pytest.mark.parametrize("batch", [1, 37, 200, 1000])
def test_the_size_of_a_batch_changes_nothing(batch: int) -> None:
    assert standings(Here(), batch) == standings(Here())


def test_two_and_three_processes_give_what_one_gives(two: Pool, three: Pool) -> None:
    assert standings(Here()) == standings(two) == standings(three, 64)


def test_a_cluster_of_two_workers_gives_what_one_process_gives(cluster: Pool) -> None:
    assert cluster.workers == 2
    assert standings(cluster) == standings(Here())


@pytest.mark.parametrize("fidelity", ["timing", "wire"])
def test_real_days_are_the_same_here_in_two_processes_and_on_a_cluster(fidelity: str, two: Pool, cluster: Pool) -> None:
    designs = [design_for(read(bare(per_h="100"), f"fidelity={fidelity}", f"load.scale={scale}")) for scale in (1, 1.2)]

    def days(pool: Pool) -> str:
        running = Running(designs, WANTED, fixed(6), batch=2)
        return repr([done.values.tolist() for done in running.batches(pool)] + [running.standings])

    assert days(Here()) == days(two) == days(cluster)


def test_tasks_are_taken_as_they_are_needed_so_that_there_may_be_any_number_of_them(two: Pool) -> None:
    assert list(islice(two.ordered(fake_days.double, count()), 30)) == [*range(0, 60, 2)]


@pytest.mark.parametrize("kind", ["two", "cluster"])
def test_what_a_task_refuses_is_refused_here(kind: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(UsageError, match=r"^three is refused$"):
        list(request.getfixturevalue(kind).ordered(fake_days.picky, [1, 2, 3]))


@pytest.mark.parametrize("kind", ["two", "cluster"])
def test_a_mistake_in_a_task_is_told_with_its_traceback_from_there(kind: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(TaskFailed, match="ZeroDivisionError") as failed:
        list(request.getfixturevalue(kind).ordered(fake_days.picky, [5]))
    assert "in picky" in str(failed.value.__cause__)


def test_a_worker_that_dies_is_an_error_and_not_a_wait_for_ever() -> None:
    pool = Processes(1)
    try:
        with pytest.raises(CaixueError, match="--workers"):
            list(pool.ordered(fake_days.dies, [1, 2]))
    finally:
        pool.close()


@pytest.mark.parametrize("url", ["10.0.0.5:8786", "http://10.0.0.5"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="tcp://"), open_pool(None, url):
        pass


def test_a_cluster_that_does_not_answer_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("twin.pools.CONNECT_S", 0.2)
    with pytest.raises(LinkError, match=r"tcp://127\.0\.0\.1:9"), open_pool(None, "tcp://127.0.0.1:9"):
        pass
