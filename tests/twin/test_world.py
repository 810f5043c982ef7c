"""Virtual time: blocking code in greenlets, fair locks, tickets, order within one instant, and a clean end."""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.errors import LinkLost
from twin import world as world_module
from twin.world import US, Task, TwinStuck, World, whole_us

START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


@pytest.fixture
def world() -> Iterator[World]:
    made = World(START)
    yield made
    made.close()


def run(world: World, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call blocking code and let time pass until it returns."""
    return world.kernel.run(world.process(world.call(function, *arguments)))


def pass_time(world: World, duration_s: float) -> None:
    run(world, world.clock.sleep, duration_s)


def visit(world: World, function: Callable[..., Any], *arguments: Any) -> Generator[Any, Any, Any]:
    """A process that survives being interrupted, as a patient who is sent to another window."""
    try:
        return (yield from world.call(function, *arguments))
    except simpy.Interrupt as interrupt:
        return f"interrupted: {interrupt.cause}"


class Ward:
    """People who hold one lock in turn; `log` is (name, what, time in seconds)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = world.clock.lock()
        self.log: list[tuple[str, str, float]] = []

    def hold(self, name: str, duration_s: float) -> None:
        with self.lock:
            self._note(name, "in")
            self.world.clock.sleep(duration_s)
        self._note(name, "out")

    def enter(self, name: str, duration_s: float) -> simpy.Process:
        return self.world.process(visit(self.world, self.hold, name, duration_s))

    def _note(self, name: str, what: str) -> None:
        self.log.append((name, what, self.world.now_us / US))

    def order(self) -> list[str]:
        """Who got the lock, in order."""
        return [name for name, what, _ in self.log if what == "in"]


# Time


def test_blocking_code_returns_its_value_when_its_time_has_passed(world: World):
    def boil() -> str:
        world.clock.sleep(180)
        world.clock.sleep(0.5)
        return "egg"

    assert run(world, boil) == "egg"
    assert world.now_us == 180_500_000


def test_the_clock_shows_the_start_plus_what_has_passed(world: World):
    pass_time(world, 0.000_001)
    pass_time(world, 90)
    assert world.clock.now() == START + timedelta(seconds=90, microseconds=1)
    assert world.clock.monotonic_us() == 90_000_001


def test_two_callers_wait_at_the_same_time(world: World):
    both = [world.process(world.call(world.clock.sleep, 5)) for _ in range(2)]
    world.kernel.run(world.kernel.all_of(both))
    assert world.now_us == 5 * US


@pytest.mark.parametrize(
    ("duration_s", "us"),
    [(0.0, 1), (-1.0, 1), (1e-9, 1), (1e-6, 1), (1.4e-6, 2), (0.1, 100_000), (0.3, 300_000), (1.1, 1_100_000), (3600, 3_600_000_000)],
)
def test_a_wait_is_rounded_up_to_microseconds_and_never_to_nothing(duration_s: float, us: int):
    assert whole_us(duration_s) == us


@given(st.integers(1, 10**12))
def test_whole_microseconds_stay_what_they_are(us: int):
    assert whole_us(us / US) == us


@given(st.floats(1e-12, 1e6))
def test_no_wait_ends_early(duration_s: float):
    assert 1 <= whole_us(duration_s) < duration_s * US + 1
    assert whole_us(duration_s) >= duration_s * US - 0.001


def test_blocking_outside_of_a_call_is_an_error(world: World):
    with pytest.raises(RuntimeError, match=r"only inside World\.call"):
        world.clock.sleep(1)


# Tickets


def test_a_stale_wake_cannot_resume_a_later_wait(world: World):
    woken_at: list[int] = []
    task: list[Task] = []

    def sleeper() -> None:
        task.append(world.current_task())
        world.clock.sleep(1)
        woken_at.append(world.now_us)
        world.clock.sleep(10)
        woken_at.append(world.now_us)

    process = world.process(world.call(sleeper))
    world.kernel.at(2 * US, lambda: world.wake(task[0], 1, "stale"))
    world.kernel.run(process)
    assert woken_at == [1 * US, 11 * US]


def test_a_wake_that_was_overtaken_by_another_is_dropped(world: World):
    got: list[Any] = []

    def waiter() -> None:
        task = world.current_task()
        for first, second in (("data", "timeout"), ("more", "timeout")):
            task.ticket += 1
            for value in (first, second):
                world.kernel.at(world.now_us + 1, world.wake, task, task.ticket, value)
            got.append(task.parent.switch())

    run(world, waiter)
    assert got == ["data", "more"]


def test_a_wake_for_a_call_that_has_ended_does_nothing(world: World):
    task: list[Task] = []
    run(world, lambda: task.append(world.current_task()))
    world.wake(task[0], task[0].ticket, None)


# Locks


def test_a_lock_serves_first_come_first_served(world: World):
    ward = Ward(world)
    people = [ward.enter(name, 1) for name in "abcde"]
    world.kernel.run(world.kernel.all_of(people))
    assert [entry for entry in ward.log if entry[1] == "in"] == [(name, "in", float(second)) for second, name in enumerate("abcde")]


def test_who_comes_while_the_lock_is_passed_on_stands_at_the_end(world: World):
    ward = Ward(world)

    def greedy() -> None:
        ward.hold("greedy", 1)
        ward.hold("greedy again", 1)

    people = [world.process(world.call(greedy)), ward.enter("patient", 1)]
    world.kernel.run(world.kernel.all_of(people))
    assert ward.order() == ["greedy", "patient", "greedy again"]


def test_an_interrupted_waiter_leaves_the_queue_and_the_next_user_gets_the_lock(world: World):
    ward = Ward(world)
    holder, bumped = ward.enter("workflow", 5), ward.enter("bumped", 1)
    world.kernel.at(2 * US, bumped.interrupt, "window out of service")
    pass_time(world, 3)
    monitor = ward.enter("monitor", 1)
    world.kernel.run(world.kernel.all_of([holder, bumped, monitor]))
    assert bumped.value == "interrupted: window out of service"
    assert ward.log == [("workflow", "in", 0.0), ("workflow", "out", 5.0), ("monitor", "in", 5.0), ("monitor", "out", 6.0)]


def test_one_granted_the_lock_but_interrupted_before_it_ran_passes_it_on(world: World):
    ward = Ward(world)
    people = hold_and_bump_the_next(ward)
    monitor = ward.enter("monitor", 1)
    world.kernel.run(world.kernel.all_of([*people, monitor]))
    assert ward.log == [("monitor", "in", 5.0), ("monitor", "out", 6.0)]


def test_one_granted_and_interrupted_with_nobody_behind_leaves_the_lock_free(world: World):
    ward = Ward(world)
    world.kernel.run(world.kernel.all_of(hold_and_bump_the_next(ward)))
    run(world, ward.hold, "later", 1)
    assert ward.log == [("later", "in", 5.0), ("later", "out", 6.0)]


def hold_and_bump_the_next(ward: Ward) -> list[simpy.Process]:
    """Somebody holds the lock for 5 s, and interrupts the next in the queue when that one owns it and has not run since."""
    bumped: list[simpy.Process] = []

    def hold() -> None:
        with ward.lock:
            ward.world.clock.sleep(5)
        bumped[0].interrupt("just now")

    holder = ward.world.process(ward.world.call(hold))
    bumped.append(ward.enter("bumped", 1))
    return [holder, *bumped]


def test_an_interrupted_owner_gives_the_lock_back(world: World):
    ward = Ward(world)
    owner, waiter = ward.enter("owner", 100), ward.enter("waiter", 1)
    world.kernel.at(7 * US, owner.interrupt, "bumped")
    world.kernel.run(world.kernel.all_of([owner, waiter]))
    assert ward.log == [("owner", "in", 0.0), ("waiter", "in", 7.0), ("waiter", "out", 8.0)]


def test_taking_a_lock_twice_is_an_error_and_harms_nobody_else(world: World):
    ward = Ward(world)

    def twice() -> None:
        with ward.lock, ward.lock:
            pass

    with pytest.raises(RuntimeError, match="taken twice"):
        run(world, twice)
    run(world, ward.hold, "next", 1)
    assert ward.order() == ["next"]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.one_of(st.none(), st.integers(0, 30))), min_size=1, max_size=12))
def test_whoever_is_interrupted_and_whenever_everyone_else_gets_the_lock_once(people: list[tuple[int, int, int | None]]):
    world = World(START)
    ward = Ward(world)
    processes: dict[str, simpy.Process] = {}

    def come(name: str, duration_s: int) -> None:
        processes[name] = ward.enter(name, duration_s)

    def bump(name: str) -> None:
        if name in processes and processes[name].is_alive:
            processes[name].interrupt("bumped")

    for index, (comes_s, duration_s, bumped_s) in enumerate(people):
        world.kernel.at(comes_s * US, come, str(index), duration_s)
        if bumped_s is not None:
            world.kernel.at(bumped_s * US, bump, str(index))
    pass_time(world, 100)
    stayed = {name for name, process in processes.items() if process.value is None}
    assert {name for name, what, _ in ward.log if what == "out"} == stayed
    assert len(ward.order()) == len(set(ward.order()))
    run(world, ward.hold, "last", 1)
    world.close()


# Errors


def test_an_error_comes_out_of_a_call_as_itself(world: World):
    error = LinkLost("gone", device="window-1.tube-dispenser")  # SimPy would build a copy from its args, without the device

    def fail() -> None:
        world.clock.sleep(1)
        raise error

    def process() -> Generator[Any, Any, LinkLost]:
        try:
            yield from world.call(fail)
        except LinkLost as caught:
            return caught
        raise AssertionError("no error")

    assert world.kernel.run(world.process(process())) is error
    assert error.device == "window-1.tube-dispenser"


def test_an_error_that_nobody_awaits_ends_the_run_as_itself(world: World):
    error = LinkLost("gone", device="x")

    def fail() -> None:
        world.clock.sleep(1)
        raise error

    world.process(world.call(fail))
    with pytest.raises(LinkLost) as caught:
        pass_time(world, 5)
    assert caught.value is error


def test_an_interrupt_ends_the_code_where_it_waits_and_runs_its_finally(world: World):
    steps: list[str] = []

    def work() -> None:
        try:
            steps.append("started")
            world.clock.sleep(10)
            steps.append("never")
        finally:
            steps.append("tidied")

    process = world.process(visit(world, work))
    world.kernel.at(3 * US, process.interrupt, "bumped")
    assert world.kernel.run(process) == "interrupted: bumped"
    assert steps == ["started", "tidied"]
    assert world.now_us == 3 * US


def test_an_error_while_tidying_up_is_not_lost(world: World):
    def work() -> None:
        try:
            world.clock.sleep(10)
        finally:
            raise LinkLost("gone", device="x")

    process = world.process(visit(world, work))
    world.kernel.at(3 * US, process.interrupt, "bumped")
    with pytest.raises(LinkLost):
        world.kernel.run(process)


def test_code_that_waits_while_it_is_being_interrupted_is_an_error(world: World):
    def work() -> None:
        try:
            world.clock.sleep(10)
        finally:
            world.clock.sleep(1)

    process = world.process(visit(world, work))
    world.kernel.at(3 * US, process.interrupt, "bumped")
    with pytest.raises(RuntimeError, match="waited again"):
        world.kernel.run(process)


# Watchdog and end


def test_two_parties_that_call_each_other_for_ever_are_stopped(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world_module, "EVENTS_IN_ONE_INSTANT", 1000)

    def again() -> None:
        world.kernel.at(world.now_us, again)

    world.kernel.at(5, again)
    with pytest.raises(TwinStuck, match="at 5 us without time passing"):
        pass_time(world, 1)


def test_the_watchdog_lets_a_busy_instant_pass(world: World):
    for _ in range(10_000):
        world.kernel.at(5, lambda: None)
    pass_time(world, 1)
    assert world.now_us == US


def test_the_watchdog_starts_anew_with_every_instant(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world_module, "EVENTS_IN_ONE_INSTANT", 100)
    for number in range(1000):
        world.kernel.at(number // 50, lambda: None)
    pass_time(world, 1)


def test_running_out_of_events_before_the_end_is_an_error(world: World):
    world.kernel.at(7, lambda: None)
    with pytest.raises(TwinStuck, match="nothing left to happen at 7 us"):
        world.kernel.run(world.kernel.event())


def test_waiting_for_what_has_already_happened_is_an_error(world: World):
    process = world.process(world.call(lambda: None))
    world.kernel.run(process)
    with pytest.raises(RuntimeError, match="already happened"):
        world.kernel.run(process)


def test_nothing_can_be_scheduled_into_the_past(world: World):
    pass_time(world, 1)
    world.kernel.at(world.now_us - 1, lambda: None)
    with pytest.raises(AssertionError, match="when it was 1000000 us"):
        pass_time(world, 1)


# Order within one instant


@given(st.permutations([(rank, key) for rank in range(3) for key in range(4)]))
def test_room_events_of_one_instant_happen_by_rank_and_key_whatever_was_scheduled_first(order: list[tuple[int, int]]):
    world = World(START)
    seen: list[tuple[int, int]] = []
    for rank, key in order:
        world.kernel.ranked(5, rank, key).callbacks.append(lambda _, entry=(rank, key): seen.append(entry))
    pass_time(world, 1)
    assert seen == sorted(order)
    world.close()


def test_room_events_of_equal_rank_and_key_happen_as_they_were_scheduled(world: World):
    seen: list[int] = []
    for number in range(5):
        world.kernel.ranked(5, 0, 3).callbacks.append(lambda _, number=number: seen.append(number))
    pass_time(world, 1)
    assert seen == [0, 1, 2, 3, 4]


def test_room_events_come_after_everything_else_of_their_instant(world: World):
    seen: list[str] = []

    def chain(left: int) -> None:
        seen.append("driver")
        if left:
            world.kernel.timeout(0).callbacks.append(lambda _: seen.append("simpy"))
            world.kernel.at(world.now_us, chain, left - 1)

    world.kernel.ranked(5, 0, 0).callbacks.append(lambda _: seen.append("room"))
    world.kernel.at(5, chain, 2)
    pass_time(world, 1)
    assert seen == ["driver", "simpy", "driver", "simpy", "driver", "room"]


def test_two_worlds_with_the_same_story_do_the_same_things_in_the_same_order():
    def story() -> list[tuple[str, str, float]]:
        world = World(START)
        ward = Ward(world)
        people = [ward.enter(name, 0.1 * (index % 3 + 1)) for index, name in enumerate("abcdefgh")]
        world.kernel.at(150_000, people[3].interrupt, "bumped")
        world.kernel.run(world.kernel.all_of(people))
        world.close()
        return ward.log

    assert story() == story()


# Close


class Sleepers:
    """A world of driver calls that would not end by themselves; `freed` are weak references to it and to their greenlets."""

    def __init__(self, count: int, *, stubborn: int | None = None) -> None:
        world = World(START)
        self.log: list[str] = []
        self.freed: list[weakref.ref[Any]] = [weakref.ref(world)]
        for number in range(count):
            world.process(world.call(self._sleep, world, number, number == stubborn))
        pass_time(world, 1)
        self.close = world.close

    def _sleep(self, world: World, number: int, waits_again: bool) -> None:
        self.freed.append(weakref.ref(world.current_task()))
        try:
            world.clock.sleep(1000)
        finally:
            if waits_again:
                world.clock.sleep(1)
            self.log.append(f"tidied {number}")

    def left(self) -> int:
        """How many of them are still in memory after the last reference to the world has gone."""
        del self.close
        gc.collect()
        return sum(reference() is not None for reference in self.freed)


def test_close_runs_the_finally_blocks_in_order_and_frees_everything():
    sleepers = Sleepers(3)
    sleepers.close()
    assert sleepers.log == ["tidied 0", "tidied 1", "tidied 2"]
    assert sleepers.left() == 0


def test_close_ends_waiters_for_a_lock_too():
    world = World(START)
    ward = Ward(world)
    for name in "abc":
        ward.enter(name, 1000)
    pass_time(world, 1)
    world.close()
    assert ward.order() == ["a"]
    assert not any(task for task in world._tasks)


def test_one_caller_that_waits_again_is_an_error_and_does_not_keep_the_others_from_ending():
    sleepers = Sleepers(3, stubborn=1)
    with pytest.raises(RuntimeError, match="waited again"):
        sleepers.close()
    assert sleepers.log == ["tidied 0", "tidied 2"]
    assert sleepers.left() == 0


def test_close_may_be_called_twice_and_before_anything_ran():
    world = World(START)
    world.process(world.call(lambda: None))
    world.close()
    world.close()


def test_a_closed_world_has_left_the_register_of_worlds():
    world = World(START)
    name = world.id
    assert World.by_id[name] is world
    del world
    gc.collect()
    assert name not in World.by_id


def test_worlds_do_not_share_their_time():
    first, second = World(START), World(START)
    pass_time(first, 5)
    assert (first.now_us, second.now_us) == (5 * US, 0)
    assert len({world.id for world in itertools.chain([first], [second])}) == 2
