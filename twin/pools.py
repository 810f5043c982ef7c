"""Work spread over processes or over the machines of a Dask cluster: answers come in the order of the tasks, whoever did them."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from warnings import catch_warnings

from caixue import __version__
from caixue.errors import CaixueError, LinkError, UsageError
from caixue.lang import tr

Task = TypeVar("Task")
Answer = TypeVar("Answer")

MOST_PROCESSES = 61  # Windows cannot wait for more
CONNECT_S = 10  # assumed: docs/assumptions.md A-178
WORKERS_S = 30  # a cluster without workers is given so long; A-178
AHEAD = 2  # tasks a worker that are handed out before their turn


class Pool(Protocol):
    """Something that does tasks. `work` is a function of a module, tasks and answers can be pickled."""

    workers: int

    def ordered(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answer to each task, in the order of the tasks; few are taken from `tasks` before their turn.

        Raises what `work` raised as UsageError, and as TaskFailed for anything else.
        """
        ...


class TaskFailed(Exception):
    """A task failed in another process; its cause tells the traceback from there."""


class Here:
    """Does every task in this process."""

    workers = 1

    def ordered(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        return map(work, tasks)


class Processes:
    """New processes on this machine, started with the first task; the same way on every system (spawn) unless another is asked for."""

    def __init__(self, workers: int, start: str = "spawn") -> None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        self.workers = min(workers, MOST_PROCESSES)
        self._executor = ProcessPoolExecutor(self.workers, mp_context=get_context(start), initializer=_deaf)
        if start == "fork":
            with catch_warnings(action="ignore", category=DeprecationWarning):  # of threads that numpy keeps; workers need none of them
                self._executor.submit(os.getpid)

    def ordered(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        from concurrent.futures.process import BrokenProcessPool

        try:
            yield from _in_order(lambda task: self._executor.submit(_carry_out, __version__, work, task), tasks, self.workers)
        except BrokenProcessPool:
            what = tr("一个工作进程意外结束；内存不够就减少 --workers", "a worker process died; where memory is short, use fewer --workers")
            raise CaixueError(what) from None

    def close(self) -> None:
        """End the processes, whatever they have begun: one that waited for more work could keep this program from ending."""
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


class Cluster:
    """The workers of a Dask scheduler at `url`. Raises UsageError without dask.distributed, LinkError where nobody answers."""

    def __init__(self, url: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UsageError(tr('没有安装 dask：pip install "caixue[cluster]"', 'dask is missing: pip install "caixue[cluster]"')) from None
        if not url.startswith(("tcp://", "tls://")):
            raise UsageError(tr(f"{url} 不是集群地址；写法如 tcp://10.0.0.5:8786", f"{url}: write it like tcp://10.0.0.5:8786"))
        self.url = url
        self._client: Any = None
        try:
            self._client = Client(url, timeout=CONNECT_S, set_as_default=False)
            self._client.wait_for_workers(1, timeout=WORKERS_S)
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            reason = tr("没有应答，或没有工作进程", "no answer, or no workers")
            raise LinkError(f"{url}: {reason} ({type(error).__name__})") from None
        self.workers = sum(self._client.nthreads().values())

    def ordered(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        def submit(task: Task) -> Any:
            return self._client.submit(_carry_out, __version__, work, task, pure=False)

        try:
            yield from _in_order(submit, tasks, self.workers)
        except (TaskFailed, UsageError):
            raise
        except Exception as error:  # lost workers, a worker without caixue, a closed scheduler: Dask has many names for them
            raise LinkError(f"{self.url}: {type(error).__name__}: {error}") from None

    def close(self) -> None:
        """Leave the cluster; what was handed out is taken back."""
        if self._client is not None:
            self._client.close()


@contextmanager
def open_pool(workers: int | None = None, cluster: str = "", start: str = "spawn") -> Iterator[Pool]:
    """So many processes (None: one a core; 1: this one alone), or the workers of a cluster."""
    count = cores() if workers is None else workers
    pool: Here | Processes | Cluster = Cluster(cluster) if cluster else Processes(count, start) if count > 1 else Here()
    try:
        yield pool
    finally:
        if not isinstance(pool, Here):
            pool.close()


def quick_start() -> str:
    """The way to start processes that have at once what this one has loaded, where that is safe; else as everywhere."""
    return "fork" if sys.platform == "linux" else "spawn"


def cores() -> int:
    """How many cores this process may use."""
    count = getattr(os, "sched_getaffinity", None)
    return len(count(0)) if count is not None else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong in another process: exceptions themselves do not all survive the way back."""

    refused: bool
    what: str
    trace: str = ""


def _deaf() -> None:
    """Ctrl-C is for the process that people started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _carry_out(version: str, work: Callable[[Task], Answer], task: Task) -> Answer | _Failure:
    if version != __version__:
        what = tr(f"工作进程是 caixue {__version__}，这里是 {version}", f"a worker has caixue {__version__}, here is {version}")
        return _Failure(True, what + tr("；装成同一版本", "; install the same"))
    try:
        return work(task)
    except UsageError as error:
        return _Failure(True, str(error))
    except Exception as error:
        return _Failure(False, f"{type(error).__name__}: {error}", traceback.format_exc())


def _in_order(submit: Callable[[Task], Any], tasks: Iterable[Task], workers: int) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    try:
        for task in tasks:
            waiting.append(submit(task))
            if len(waiting) > AHEAD * workers:
                yield _answer(waiting.popleft())
        while waiting:
            yield _answer(waiting.popleft())
    finally:
        for future in waiting:
            future.cancel()


def _answer(future: Any) -> Any:
    answer = future.result()
    if not isinstance(answer, _Failure):
        return answer
    if answer.refused:
        raise UsageError(answer.what)
    raise TaskFailed(answer.what) from TaskFailed(answer.trace)
