"""Workloads: the same people as in the wire room, one feature that moves no other draw, and the rules of groups, appointments and troubles."""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from caixue.errors import UsageError
from tests.twin.small_scenarios import bare, read, small
from twin.chance import Chance
from twin.people import KINDS, arrivals, orders_of, some
from twin.timing import quick_orders, quick_people, quick_visits
from twin.timing.arrays import ANYONE, FAR, NEVER, What, Workload
from twin.timing.compiling import compiles, plainly
from twin.timing.design import Design, design_of
from twin.timing.gathering import nearest_free
from twin.timing.quick_chance import QuickChance
from twin.timing.quick_orders import count_tubes
from twin.timing.quick_people import quick_arrivals, quick_some
from twin.timing.sampling import draw_day, sample
from twin.timing.visits import Row, Visits
from twin.workload import Patient, patients

MINUTE_US = 60_000_000
CLASSES = """patient_class=[
    {name='elderly', share=0.2, priority=2, service_factor=1.35, tubes_mean=5.0},
    {name='hurried', share=0.1, patience={distribution='gamma', mean='10 min', sd='4 min'}},
    {name='timed', share=0.1, returns=['60 min', '120 min'], patience={distribution='exponential', mean='20 min'}},
]""".replace("\n", " ")
FAMILIES = (
    "{distribution='lognormal', mean='110 s', sd='45 s'}",
    "{distribution='gamma', mean='110 s', sd='45 s'}",
    "{distribution='exponential', mean='110 s'}",
    "{distribution='deterministic', mean='110 s'}",
    "{distribution='empirical', values=['60 s', '90 s', '151 s']}",
)
DAYS = {
    "peak-monday": ("peak-monday", ()),
    "power-cut": ("power-cut", ()),
    "bare": (bare(per_h="300, 20, 250", duration="2 h", load='slot = "40 min"'), ("load.scale=1.3",)),
    "classes": (bare(per_h="300"), (CLASSES, "load.priority_share=0.2")),
    "classes with devices": (small(per_h="300"), (CLASSES, "load.priority_share=0.2")),
    **{family[15:20]: (small(per_h="200"), (CLASSES, f"load.service={family}")) for family in FAMILIES},
}
CSV = b"""arrived_at,service_started_at,service_ended_at,position,priority,orders
07:00:10,07:00:10,07:02:10,A,0,blood-count
07:00:20,07:00:30,07:00:30,B,2,
07:00:30,07:03:00,07:01:00,A,0,liver;glucose
07:05:00,07:05:00,07:06:40,B,,blood-count;liver;thyroid;tumour-markers
"""
GROUP = "patient_class=[{name='exam', share=0, batch=60, at='+8 min', tubes_mean=5.5}]"
APPOINTED = "appointments={share=0.6, slot='5 min', capacity=3, punctuality={distribution='exponential', mean='2 min'}, no_show=0.1}"


def timing(text: str, *overrides: str) -> Design:
    """The design of a scenario at that fidelity."""
    return design_of(read(text, 'fidelity="timing"', *overrides))


def same(one: Workload, other: Workload, *names: str) -> bool:
    """Whether these columns are the same; all of them when none is named."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names or Workload._fields)


# the same people


def assert_same_people(workload: Workload, visits: Visits, some: list[Patient], design: Design) -> None:
    first = slice(workload.arrivals)
    assert workload.arrived_us[first].tolist() == [one.arrived_us for one in some]
    assert workload.priority[first].tolist() == [one.priority for one in some]
    assert workload.draw_us[0, first].tolist() == [one.service_us for one in some]
    assert workload.draw_us[1, first].tolist() == [round(one.service_us * design.factor) for one in some]
    assert workload.patience_us[first].tolist() == [NEVER if one.patience_us is None else one.patience_us for one in some]
    assert workload.abandons[first].tolist() == [int(one.leaves_after_labelling) for one in some]
    assert [design.class_names[place] for place in visits.row(Row.KIND)[first]] == [one.kind for one in some]
    for place, kind in enumerate(KINDS if design.site.devices else ()):
        assert visits.tubes[place, first].tolist() == [sum(tube.kind == kind for tube in one.tubes) for one in some]
    for index, one in enumerate(some):
        assert tuple(returns(workload, index)) == tuple(zip(one.return_tickets, one.returns_us, strict=True))


def returns(workload: Workload, visit: int) -> list[tuple[int, int]]:
    """The later visits of the same person, and when they begin after the end of the first."""
    found = []
    while (visit := int(workload.again[visit])) != NEVER:
        found.append((visit, int(workload.again_us[visit])))
        assert workload.arrived_us[visit] == workload.patience_us[visit] == NEVER
    return found


@pytest.mark.parametrize("name", DAYS)
def test_the_people_are_those_of_the_wire_room_to_the_last_bit(name: str) -> None:
    text, overrides = DAYS[name]
    design = timing(text, *overrides)
    for replication in (0, 1, 7):
        some = patients(design.scenario, design.site, Chance(design.scenario.seed, replication), None)
        visits, workload = draw_day(design, replication)
        assert len(some) > 30
        assert_same_people(workload, visits, some, design)


def test_the_people_of_a_recorded_day_are_those_of_the_wire_room(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes(CSV)
    load = f'arrivals_csv = "{(tmp_path / "day.csv").as_posix()}"'
    design = timing(small(service='{ distribution = "recorded" }').replace("rates_per_h = [60]", load))
    for replication in range(5):
        some = patients(design.scenario, design.site, Chance(1, replication), design.log)
        visits, workload = draw_day(design, replication)
        assert_same_people(workload, visits, some, design)
    assert visits.tubes.sum(axis=0).tolist()[3] == 3  # thyroid and tumour markers share a tube


def test_without_numba_everything_drawn_is_the_same() -> None:
    design = timing("peak-monday", CLASSES)
    visits, workload = draw_day(design, 3)
    with plainly():
        again, other = draw_day(design, 3)
    assert np.array_equal(again.table, visits.table)
    assert same(workload, other)


def test_nobody_comes_and_nothing_breaks() -> None:
    for text in (small(per_h="0"), bare(per_h="0")):
        workload = sample(timing(text), 0)
        assert (workload.arrivals, workload.need.shape[0], workload.draw_us.shape) == (0, 0, (2, 0))


# pure


def test_the_streams_are_those_of_every_other_chance() -> None:
    for seed in range(300):
        quick, plain = QuickChance(seed, seed % 7), Chance(seed, seed % 7)
        for one, other in ((quick, plain), (quick.under("group.x."), plain.under("group.x."))):
            assert one.numpy_stream("service").bit_generator.state == other.numpy_stream("service").bit_generator.state
    assert quick.numpy_stream("service").random() != quick.numpy_stream("service").random()


def test_streams_that_begin_together_throw_what_python_throws() -> None:
    names = [f"repair.window-{number}.1" for number in range(8)]
    for seed in range(300):
        quick, plain = QuickChance(seed, seed % 7), Chance(seed, seed % 7)
        quick.begin(names[: seed % 9])
        for one, other in ((quick.stream(name), plain.stream(name)) for name in names):
            assert [one.random() for _ in range(3)] == [other.random() for _ in range(3)]
            assert [one.lognormvariate(1, 0.5) for _ in range(12)] == [other.lognormvariate(1, 0.5) for _ in range(12)]  # more than are prepared


def test_streams_of_numpy_that_are_begun_together_throw_what_each_throws_alone() -> None:
    names = ["arrivals", "service", "group.x.orders", "timing.way"]
    for seed in range(40):
        quick, plain = QuickChance(seed, seed % 7), Chance(seed, seed % 7)
        quick.know(names[: seed % 5])
        for name in names:
            assert quick.numpy_stream(name).random() == plain.numpy_stream(name).random()
        assert quick.under("group.x.").numpy_stream("orders").random() == plain.under("group.x.").numpy_stream("orders").random()


def test_tubes_are_counted_as_numpy_draws_them() -> None:
    for name in ("classes with devices", "peak-monday"):
        crowd = timing(DAYS[name][0], *DAYS[name][1]).crowd
        kind = np.arange(2000) % len(crowd.classes)
        for replication in range(20):
            tubes = np.empty((len(KINDS), len(kind)), np.int64)
            count_tubes(crowd, QuickChance(1, replication), kind, tubes)
            assert np.array_equal(tubes, orders_of(crowd, Chance(1, replication), kind).tubes())


@pytest.mark.parametrize("rate", ["2", "9.9", "10", "10.5", "60", "777", "20000"])
def test_people_come_when_numpy_lets_them_come(rate: str) -> None:
    crowd = timing(bare(per_h=rate)).crowd
    for replication in range(40):
        assert np.array_equal(quick_arrivals(crowd, QuickChance(1, replication)), arrivals(crowd, Chance(1, replication)))


@pytest.mark.parametrize("share", [0.0, 0.004, 0.5, 1.0])
def test_those_are_chosen_whom_numpy_chooses(share: float) -> None:
    for replication in range(20):
        found = quick_some("priority", share, QuickChance(1, replication), 700)
        assert np.array_equal(found, some("priority", share, Chance(1, replication), 700))


def test_a_numpy_that_draws_otherwise_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = timing(bare(per_h="100")).crowd
    monkeypatch.setattr(quick_people, "as_numpy", lambda: False)
    monkeypatch.setattr(quick_people, "_came", None)
    assert np.array_equal(quick_arrivals(crowd, QuickChance(1, 3)), arrivals(crowd, Chance(1, 3)))


def test_more_people_than_there_is_room_for_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_people, "ROOM", 0)
    crowd = timing(bare(per_h="3000")).crowd
    assert len(arrivals(crowd, Chance(1, 3))) > 100
    assert np.array_equal(quick_arrivals(crowd, QuickChance(1, 3)), arrivals(crowd, Chance(1, 3)))


@pytest.mark.skipif(not compiles(), reason="numba is not installed")
def test_numpy_still_draws_as_compiled_functions_do() -> None:
    assert quick_orders.as_numpy() and quick_people.as_numpy() and quick_visits.as_numpy()


def digest(design: Design, replication: int) -> str:
    """A hash over every column."""
    return hashlib.sha256(b"".join(np.asarray(column).tobytes() for column in sample(design, replication))).hexdigest()


def test_a_design_travels_to_another_process_and_gives_the_same_arrays_there() -> None:
    row = '[[random_fault]]\ndevice = "window-*"\nkind = "out-of-service"\nmtbf = "30 min"\nrepair = { distribution = "exponential", mean = "5 min" }\n'
    designs = [timing("peak-monday"), timing(bare(row, per_h="200"), CLASSES, APPOINTED)]
    here = [digest(design, replication) for design in designs for replication in (0, 5)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = [pool.submit(digest, design, replication).result() for design in designs for replication in (0, 5)]
    assert there == here
    assert digest(pickle.loads(pickle.dumps(designs[0])), 5) == here[1]
    assert len(set(here)) == 4


def test_a_sample_does_not_hang_on_those_before_it() -> None:
    design = timing("peak-monday")
    first = sample(design, 4)
    for replication in range(3):
        sample(design, replication)
    assert same(first, sample(design, 4))
    assert not same(first, sample(design, 5), "arrived_us")


@pytest.mark.parametrize(
    ("override", "touched"),
    [
        pytest.param("staff.nurses={'07:00-08:00'=1}", {"calendar_value"}, id="nurses"),
        pytest.param("patient_class=[{name='x', share=0.3, nurses_needed=2}]", {"nurses"}, id="nurses for a patient"),
        pytest.param("patient_class=[{name='x', share=0.3, lane='window-2'}]", {"lane"}, id="a lane"),
        pytest.param("patient_class=[{name='x', share=0.3, missed_call=0.5}]", {"missed_us", "missed_back_us"}, id="missed calls"),
        pytest.param("patient_class=[{name='x', share=0.3, priority=3}]", {"priority"}, id="priority"),
        pytest.param("appointments={share=0.0, slot='5 min', capacity=9, no_show=0.5}", set(), id="appointments for nobody"),
    ],
)
def test_a_feature_more_touches_its_own_columns_alone(override: str, touched: set[str]) -> None:
    before, after = (sample(timing(bare(per_h="200"), *more), 2) for more in ((), (override,)))
    assert {name for name in Workload._fields if not same(before, after, name)} == touched


# groups and appointments


def test_members_of_a_class_with_a_batch_come_with_the_first_of_their_group() -> None:
    plain, gathered = (timing(bare(per_h="300"), f"patient_class=[{{name='x', share=0.4{batch}}}]") for batch in ("", ", batch=7"))
    visits, workload = draw_day(gathered, 0)
    natural, before = draw_day(plain, 0)
    came = workload.arrived_us[visits.row(Row.KIND) == 0]
    assert (np.diff(workload.arrived_us) >= 0).all() and len(came) == (natural.row(Row.KIND) == 0).sum()
    assert set(Counter(came.tolist()).values()) <= {7, len(came) % 7}
    assert sorted(set(came.tolist())) == before.arrived_us[natural.row(Row.KIND) == 0][::7].tolist()
    assert np.array_equal(workload.arrived_us[visits.row(Row.KIND) == 1], before.arrived_us[natural.row(Row.KIND) == 1])


def test_a_group_comes_at_its_time_besides_everybody_else_and_moves_no_draw() -> None:
    for text in (bare(per_h="200"), small(per_h="200")):
        visits, workload = draw_day(timing(text, GROUP), 1)
        before = sample(timing(text), 1)
        group = visits.row(Row.KIND) == 0
        assert workload.arrived_us[group].tolist() == [8 * MINUTE_US] * 60
        assert np.array_equal(workload.draw_us[:, ~group], before.draw_us) and np.array_equal(workload.arrived_us[~group], before.arrived_us)
        assert len(set(workload.draw_us[0, group].tolist())) == 60


def test_a_group_beside_a_recorded_day_is_served_as_long_as_recorded_people(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes(CSV)
    load = f'arrivals_csv = "{(tmp_path / "day.csv").as_posix()}"'
    workload = sample(timing(bare(service='{ distribution = "recorded" }').replace("rates_per_h = [60]", load), GROUP), 0)
    assert workload.arrivals == 64
    assert set(workload.draw_us[0].tolist()) == {0, 100_000_000, 120_000_000}


def test_appointments_go_to_the_nearest_slot_with_room() -> None:
    minutes = np.array([0, 1, 2, 3, 13, 14, 15, 26], np.int64)
    assert nearest_free(minutes, 10, 3, 2).tolist() == [0, 0, 1, 1, 2, 2, NEVER, NEVER]
    assert nearest_free(np.array([5, 15, 16], np.int64), 10, 3, 5).tolist() == [0, 1, 2]


def test_people_come_before_their_slots_some_stay_away_and_no_slot_has_more_than_its_capacity() -> None:
    plain, certain = timing(bare(per_h="150", duration="2 h")), "appointments={share=0.6, slot='5 min', capacity=3}"
    slots, workload = (timing(bare(per_h="150", duration="2 h"), one) for one in (certain, APPOINTED))
    booked = Counter(at_us for at_us in sample(slots, 0).arrived_us.tolist() if at_us % (5 * MINUTE_US) == 0)
    assert max(booked.values()) == 3 and len(booked) > 20
    many, few = (sum(sample(one, number).arrivals for number in range(40)) for one in (plain, workload))
    assert sum(sample(slots, number).arrivals for number in range(40)) == many
    assert few / many == pytest.approx(1 - 0.1 * sum(booked.values()) / sample(slots, 0).arrivals, abs=0.02)
    assert (np.diff(sample(workload, 0).arrived_us) >= 0).all() and sample(workload, 0).arrived_us[0] >= 0


def test_classes_have_their_lane_their_nurses_and_their_missed_calls() -> None:
    design = timing(bare(per_h="900"), "patient_class=[{name='child', share=0.5, lane='window-2', nurses_needed=2, missed_call=0.3}]")
    visits, workload = draw_day(design, 0)
    child = visits.row(Row.KIND) == 0
    assert set(workload.lane[child].tolist()) == {1} and set(workload.lane[~child].tolist()) == {ANYONE}
    assert set(workload.nurses[child].tolist()) == {2} and set(workload.nurses[~child].tolist()) == {1}
    missed = workload.missed_us != NEVER
    assert missed[child].mean() == pytest.approx(0.3, abs=0.1) and not missed[~child].any()
    assert set(workload.missed_us[missed].tolist()) == {25_000_000}
    assert 5 * MINUTE_US <= workload.missed_back_us[missed].min() <= workload.missed_back_us[missed].max() <= 15 * MINUTE_US


# windows, nurses, troubles


def test_the_calendar_says_who_is_there_and_what_is_open() -> None:
    hours = 'open = { "1" = "07:00-07:15, 07:18-07:30", "2" = "07:05-07:50" }\n'
    staff = '[staff]\nnurses = { "07:00-07:20" = 2, "07:25-07:40" = 1 }\n'
    workload = sample(timing(bare(staff, duration="1 h").replace("count = 2\n", f"count = 2\n{hours}")), 0)
    minutes = (workload.calendar_us // MINUTE_US).tolist()
    rows = list(zip(minutes, workload.calendar_what.tolist(), workload.calendar_who.tolist(), workload.calendar_value.tolist(), strict=True))
    assert rows == [
        *((0, What.OPEN, 0, 0), (0, What.NURSES, 0, 2), (0, What.ENGINEERS, 0, 1), (5, What.OPEN, 1, 0)),
        *((15, What.CLOSE, 0, 0), (18, What.OPEN, 0, 0), (20, What.NURSES, 0, 0), (25, What.NURSES, 0, 1), (30, What.CLOSE, 0, 0)),
    ]  # window 2 closes last and the last nurse stays: until the room is empty


def test_a_manual_station_stands_behind_the_windows_of_a_site_with_devices() -> None:
    design = timing(small())
    assert design.positions == ("window-1", "window-2", "manual-1")
    assert sample(design, 0).fallback.tolist() == [0, 0, 1]
    assert timing(bare()).positions == ("window-1", "window-2")


def test_breakdowns_end_with_a_time_that_never_comes() -> None:
    row = '[[random_fault]]\ndevice = "window-{}"\nkind = "out-of-service"\nmtbf = "{}"\nrepair = {{ distribution = "exponential", mean = "5 min" }}\n'
    design = timing(bare(row.format("*", "1 h"), row.format("2", "20 min"), duration="2 h"))
    assert [(one.device, one.row) for one in design.troubles] == [("window-1", 0), ("window-2", 0), ("window-2", 1)]
    workload = sample(design, 0)
    assert workload.cause_at.tolist() == [0, 1, 1]
    assert (workload.up_us[:, -1] == FAR).all()
    for up_us, down_us in zip(workload.up_us, workload.down_us, strict=True):
        times = up_us[up_us != FAR] + down_us[up_us != FAR]
        assert times.sum() <= design.end_us + down_us.max()
    alone = sample(timing(bare(row.format("*", "1 h"), duration="2 h")), 0)
    assert np.array_equal(workload.up_us[0][: alone.up_us.shape[1]], alone.up_us[0][: workload.up_us.shape[1]])


# what no engine takes


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        pytest.param(("duration='20 d'",), "12 d", id="a day that is too long"),
        pytest.param(("load.rates_per_h=[100000]", "load.scale=6", "duration='1 h'"), "524,288", id="too many people"),
        pytest.param(("load.service={distribution='deterministic', mean='20 d'}",), "12", id="a service that is too long"),
        pytest.param(
            ("random_fault=[{device='window-1', kind='out-of-service', mtbf='1 us', repair={distribution='deterministic', mean='1 us'}}]",),
            "mtbf",
            id="breakdowns without end",
        ),
    ],
)
def test_what_is_too_much_is_refused_by_name(overrides: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sample(timing(bare(), *overrides), 0)


def test_several_days_are_refused() -> None:
    with pytest.raises(UsageError, match="0013"):
        design_of(read(small(), "days=2"))


def test_a_lane_that_a_recorded_day_does_not_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes(CSV)
    load = f'arrivals_csv = "{(tmp_path / "day.csv").as_posix()}"'
    text = bare().replace("rates_per_h = [60]", load).replace("count = 2", 'open = "recorded"')
    with pytest.raises(UsageError, match="A, B"):
        timing(text, "patient_class=[{name='x', share=0.3, lane='window-1'}]")
