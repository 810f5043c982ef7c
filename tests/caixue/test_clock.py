"""The computer's own clock, and its lock for threads."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from caixue.clock import SHANGHAI, FairLock, SystemClock


def test_the_system_clock_shows_aware_time_of_shanghai():
    now = SystemClock().now()
    assert now.tzinfo is SHANGHAI
    assert now.utcoffset() == timedelta(hours=8)


def test_monotonic_time_starts_near_nothing_and_never_steps_back():
    clock = SystemClock()
    times = [clock.monotonic_us() for _ in range(1000)]
    assert times == sorted(times)
    assert times[0] >= 0


@pytest.mark.parametrize("duration_s", [0, -5, 0.000_001])
def test_a_sleep_of_nothing_returns(duration_s: float):
    SystemClock().sleep(duration_s)


def test_taking_a_lock_twice_raises_instead_of_hanging():
    lock = SystemClock().lock()
    with lock, pytest.raises(RuntimeError, match="taken twice"), lock:
        pass
    with lock:
        pass


def test_a_lock_is_given_back_when_its_owner_fails():
    lock = FairLock()
    with pytest.raises(ValueError), lock:
        raise ValueError
    with lock:
        pass


def queue_up(lock: FairLock, count: int, served: list[int]) -> list[threading.Thread]:
    """Threads that wait for `lock`, one behind the other."""

    def serve(number: int) -> None:
        with lock:
            served.append(number)

    threads = [threading.Thread(target=serve, args=(number,), daemon=True) for number in range(count)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(lock._queue) <= number:
            pass
    return threads


def test_threads_get_the_lock_first_come_first_served():
    lock, served = FairLock(), []
    with lock:
        threads = queue_up(lock, 8, served)
    for thread in threads:
        thread.join(10)
    assert served == list(range(8))


class GivesUp(threading.Event):
    """A turn whose owner is interrupted while waiting, before or after the lock was passed to it."""

    def __init__(self, passed_first: threading.Event | None = None) -> None:
        super().__init__()
        self._passed_first = passed_first

    def wait(self, timeout: float | None = None) -> bool:
        if self._passed_first is not None:
            self._passed_first.set()
            super().wait(10)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after_it_was_granted", [False, True])
def test_an_interrupted_thread_does_not_take_the_lock_with_it(monkeypatch: pytest.MonkeyPatch, after_it_was_granted: bool):
    lock, waits, gone = FairLock(), threading.Event(), []
    turn = GivesUp(waits if after_it_was_granted else None)

    def give_up() -> None:
        monkeypatch.setattr("caixue.clock.threading.Event", lambda: turn)
        try:
            with lock:
                gone.append("entered")
        except KeyboardInterrupt:
            gone.append("interrupted")

    thread = threading.Thread(target=give_up, daemon=True)
    with lock:
        thread.start()
        if after_it_was_granted:
            waits.wait(10)
        else:
            thread.join(10)
    thread.join(10)
    monkeypatch.undo()
    assert gone == ["interrupted"]
    with lock:
        pass
    assert not lock._queue
