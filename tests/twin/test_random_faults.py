"""Faults that come by themselves: at the catalogue's rates, one at a time on each device, and never a reason to fail by not showing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from caixue.clock import SHANGHAI
from caixue.verdict import FaultTimes, junit_xml
from tests.twin.small_scenarios import Ran, assert_clean, fault, ran, small
from twin.chance import Chance, Dice
from twin.days import Day, clinic_days
from twin.engines.wire import Run
from twin.faults.catalogue import GENERAL, Fault, catalogue
from twin.faults.injector import NEXT_US, Injector
from twin.random_faults import HOUR_US, RandomFaults, Source, sources
from twin.scenario import load_scenario, scenario_site
from twin.world import World

OFTEN = "[random_faults]\nenabled = true\nscale = 400.0\n"
START = datetime(2026, 11, 23, 7, tzinfo=SHANGHAI)


@dataclass
class Tally:
    """An injector that counts."""

    world: World
    came_us: list[int] = field(default_factory=list)

    def come(self, line: Any, row: Fault) -> None:
        self.came_us.append(self.world.now_us)


def row(per: str, mean_between: float) -> Fault:
    return Fault("test", "label-printer", "silence", "测", "test", GENERAL, 60.0, 10.0, "a test", per=per, mean_between=mean_between)


def source(per: str, mean: float, count: Callable[[], float] | None = None) -> Source:
    return Source("window-1.label-printer", row(per, mean), mean, Dice(1), count)


def many_days(number: int) -> tuple[Day, ...]:
    scenario = load_scenario("peak-monday", [f"days={number}"])
    return clinic_days(scenario, scenario_site(scenario))


def came(one: Source, days: tuple[Day, ...]) -> list[int]:
    """When it comes, if nothing but time passes."""
    world, end = World(START), days[-1].end_us
    tally = Tally(world)
    RandomFaults(world, cast(Injector, tally), days, [one]).begin()
    world.kernel.run(world.kernel.timeout(end))
    world.close()
    return tally.came_us


# rates


def test_faults_in_hours_come_as_often_as_their_mean_says_and_only_while_the_room_is_at_work() -> None:
    days = many_days(700)
    times = came(source("h", 10.0), days)
    hours = sum(day.end_us - day.morning_us for day in days) / HOUR_US
    assert abs(len(times) - hours / 10) < 3 * (hours / 10) ** 0.5
    assert all(any(day.morning_us <= at_us <= day.end_us for day in days) for at_us in times[:50])


def test_faults_in_days_come_as_often_as_their_mean_says() -> None:
    days = many_days(700)
    times = came(source("day", 5.0), days)
    assert abs(len(times) - 140) < 36
    assert all(any(day.morning_us <= at_us <= day.end_us for day in days) for at_us in times[:50])


def test_faults_of_use_come_when_the_devices_own_counter_has_moved_so_far() -> None:
    world, used = World(START), SimpleNamespace(count=0.0)
    tally, one = Tally(world), source("tube", 500.0, lambda: used.count)
    faults = RandomFaults(world, cast(Injector, tally), many_days(1), [one])
    faults.begin()
    for _ in range(20_000):
        used.count += 10
        faults._look(one)
    assert abs(len(tally.came_us) - 400) < 60
    world.close()


def test_a_new_part_begins_to_count_from_nothing() -> None:
    world, used = World(START), SimpleNamespace(count=0.0)
    one = source("km", 1e9, lambda: used.count)
    faults = RandomFaults(world, cast(Injector, Tally(world)), many_days(1), [one])
    faults.begin()
    left = one.next
    for count in (20.0, 3.0, 5.0):  # 20 km, then a new head that has run 3, then 5
        used.count = count
        faults._look(one)
    assert left - one.next == pytest.approx(25.0)
    world.close()


def test_every_rate_of_the_catalogue_has_a_counter_on_its_device() -> None:
    site = scenario_site(load_scenario("power-cut"))
    whole = Run(load_scenario("power-cut"), site, None, 0)
    found = {(site.devices[one.device].kind, one.row.kind) for one in sources(site, whole.plant.models, Chance(1), 1.0)}
    whole.world.close()
    kinds = {device.kind for device in site.devices.values()}
    assert found == {key for key, one in catalogue().items() if one.mean_between is not None and key[0] in kinds}


def test_the_scale_makes_them_more_frequent_and_nought_makes_them_none() -> None:
    site = scenario_site(load_scenario("peak-monday"))
    whole = Run(load_scenario("peak-monday"), site, None, 0)
    means = {scale: [one.mean for one in sources(site, whole.plant.models, Chance(1), scale)] for scale in (0.0, 1.0, 2.0)}
    whole.world.close()
    assert means[0.0] == [] and means[2.0] == [mean / 2 for mean in means[1.0]]


# runs


@pytest.fixture(scope="module")
def faulty() -> Ran:
    return ran(small(OFTEN, duration="40 min", seed=4))


def test_random_faults_are_recorded_as_written_ones_are(faulty: Ran) -> None:
    assert len(faulty.faults) > 5 and all(one["random"] for one in faulty.faults)
    assert any(one["recovered_at"] is not None for one in faulty.faults)


def test_one_that_could_not_fire_before_the_end_fails_nothing(faulty: Ran) -> None:
    assert any(one["fired_at"] is None for one in faulty.faults)
    assert_clean(faulty)
    assert 'failures="0"' in junit_xml(faulty.result.data)


def test_one_that_fired_and_that_nobody_noticed_still_fails_the_run() -> None:
    assert FaultTimes("x", 0, None, random=True).failure() is None
    assert FaultTimes("x", 0, 1, random=True).failure() is not None


def test_two_faults_never_stand_on_one_device_at_once() -> None:
    written = fault("window-1.tube-dispenser", "tube-jam", at="+10 min")
    one = ran(small("[random_faults]\nenabled = true\nscale = 1000.0\n", written, duration="2 h", seed=2))
    spells: dict[str, list[tuple[int, int]]] = {}
    began: dict[str, int] = {}
    for event in one.events("twin.fault-armed", "twin.fault-ended"):
        if event.kind == "twin.fault-armed":
            began[event.subject] = event.at_us
        else:
            spells.setdefault(event.data["target"], []).append((began.pop(event.subject), event.at_us))
    gaps = [later[0] - earlier[1] for rows in spells.values() for earlier, later in pairwise(sorted(rows))]
    assert gaps and min(gaps) >= 0
    assert NEXT_US in gaps


def test_another_streams_dice_are_not_moved_by_them() -> None:
    quiet, faulty = ran(small()), ran(small("[random_faults]\nenabled = true\nscale = 0.0\n"))
    assert faulty.result.lines == quiet.result.lines
    arrived = [event.at_us for event in ran(small(OFTEN)).events("patient.arrived")]
    assert arrived == [event.at_us for event in quiet.events("patient.arrived")]
