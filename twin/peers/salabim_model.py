"""The morning on salabim, with yield, without animation, trace and monitors of the resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import salabim

from twin.chance import Chance
from twin.peers.shop import SHOP, Shop


def run(seed: int, number: int, shop: Shop = SHOP) -> float:
    """The mean wait in seconds of a morning that is drawn as it goes."""
    salabim.yieldless(False)
    env = salabim.Environment(trace=False, random_seed=seed, set_numpy_random_seed=False, yieldless=False)
    dice = Chance(seed, number).stream("peers.salabim")
    windows, label, engineer = (
        salabim.Resource(name, capacity=capacity, monitor=False, env=env)
        for name, capacity in (("windows", shop.windows), ("label", 1), ("engineer", 1))
    )
    waits: list[float] = []

    class Patient(salabim.Component):
        def process(self) -> Iterator[Any]:
            arrived_at = env.now()
            yield self.request((windows, 1, 1))
            waits.append(env.now() - arrived_at)
            yield self.hold(dice.lognormvariate(shop.service.mu, shop.service.sigma))
            self.release(windows)
            yield self.request(label)
            yield self.hold(dice.lognormvariate(shop.label.mu, shop.label.sigma))
            self.release(label)

    class Arrivals(salabim.Component):
        def process(self) -> Iterator[Any]:
            busiest = max(shop.patients_a_slot)
            while True:
                yield self.hold(dice.expovariate(busiest / shop.slot_s))
                if env.now() >= shop.doors_s:
                    return
                if dice.random() * busiest < shop.patients_a_slot[int(env.now() // shop.slot_s)]:
                    Patient()

    class Breakdowns(salabim.Component):
        def process(self) -> Iterator[Any]:
            while True:
                yield self.hold(dice.expovariate(1 / shop.mtbf_s))
                yield self.request((windows, 1, 0))
                yield self.request(engineer)
                yield self.hold(dice.lognormvariate(shop.repair.mu, shop.repair.sigma))
                self.release(engineer)
                self.release(windows)

    Arrivals()
    for _ in range(shop.windows):
        Breakdowns()
    env.run(till=shop.doors_s * 1.5)
    return sum(waits) / len(waits)
