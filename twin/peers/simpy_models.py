"""The morning on SimPy: once as its documentation teaches it, once in the very same order as the other engines, from the same draws."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from heapq import heapify
from typing import Any

import simpy

from twin.chance import Chance
from twin.peers.shop import SHOP, Morning, Shop


def idiomatic(seed: int, number: int, shop: Shop = SHOP) -> float:
    """The mean wait in seconds of a morning that is drawn as it goes.

    A process for each patient, the windows a PriorityResource; a breakdown asks for a window before all patients, then for the engineer.
    """
    env, dice = simpy.Environment(), Chance(seed, number).stream("peers.simpy")
    windows, label, engineer = simpy.PriorityResource(env, shop.windows), simpy.Resource(env, 1), simpy.Resource(env, 1)
    waits: list[float] = []
    labelled: list[float] = []
    everybody = env.event()
    came = [0, False]

    def look() -> None:
        if came[1] and len(labelled) == came[0]:
            everybody.succeed()

    def patient() -> Iterator[Any]:
        arrived_at = env.now
        with windows.request(priority=1) as window:
            yield window
            waits.append(env.now - arrived_at)
            yield env.timeout(dice.lognormvariate(shop.service.mu, shop.service.sigma))
        with label.request() as machine:
            yield machine
            yield env.timeout(dice.lognormvariate(shop.label.mu, shop.label.sigma))
        labelled.append(env.now)
        look()

    def arrivals() -> Iterator[Any]:
        busiest = max(shop.patients_a_slot)
        while True:
            yield env.timeout(dice.expovariate(busiest / shop.slot_s))
            if env.now >= shop.doors_s:
                break
            if dice.random() * busiest < shop.patients_a_slot[int(env.now // shop.slot_s)]:
                came[0] += 1
                env.process(patient())
        came[1] = True
        look()

    def breakdowns() -> Iterator[Any]:
        while True:
            yield env.timeout(dice.expovariate(1 / shop.mtbf_s))
            with windows.request(priority=0) as window:
                yield window
                with engineer.request() as repair:
                    yield repair
                    yield env.timeout(dice.lognormvariate(shop.repair.mu, shop.repair.sigma))

    env.process(arrivals())
    for _ in range(shop.windows):
        env.process(breakdowns())
    env.run(until=everybody)
    return sum(waits) / len(waits)


def same(day: Morning) -> tuple[int, int]:
    """The sum of all waits and the end of the last label, in microseconds, of a morning drawn beforehand: a process for each patient."""
    arrived, service, label_us, up, repair = (each.tolist() for each in day)
    env = simpy.Environment()
    free, label, engineer = simpy.PriorityStore(env), simpy.Resource(env, 1), simpy.Resource(env, 1)
    busy, broken = [False] * len(up), [False] * len(up)
    free.items = list(range(len(up)))
    counts = [0, 0]
    everybody = env.event()

    def patient(number: int) -> Generator[Any, int, None]:
        window = yield free.get()
        busy[window] = True
        counts[0] += env.now - arrived[number]
        yield env.timeout(service[number])
        busy[window] = False
        if not broken[window]:
            free.put(window)
        with label.request() as machine:
            yield machine
            yield env.timeout(label_us[number])
        counts[1] += 1
        if counts[1] == len(arrived):
            everybody.succeed()

    def arrivals() -> Iterator[Any]:
        for number, arrived_us in enumerate(arrived):
            yield env.timeout(arrived_us - env.now)
            env.process(patient(number))

    def breakdowns(window: int) -> Iterator[Any]:
        for work_us, repair_us in zip(up[window], repair[window], strict=True):
            yield env.timeout(work_us)
            broken[window] = True
            if window in free.items:
                free.items.remove(window)
                heapify(free.items)
            with engineer.request() as call:
                yield call
                yield env.timeout(repair_us)
            broken[window] = False
            if not busy[window]:
                free.put(window)

    env.process(arrivals())
    for window in range(len(up)):
        env.process(breakdowns(window))
    env.run(until=everybody)
    return counts[0], int(env.now)
