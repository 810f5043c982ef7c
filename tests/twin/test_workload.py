"""Who comes, when, and what for: rates, shares and sizes as the scenario says, and the same people for every design."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from caixue.tubes import TUBE_KINDS
from tests.twin.small_scenarios import bare, read, small
from twin.arrivals import ArrivalLog
from twin.chance import Chance
from twin.people import draw
from twin.scenario import recorded_load, scenario_site
from twin.scenario_tables import Distribution
from twin.workload import Patient, patients

MINUTE_US = 60_000_000
CSV = b"""arrived_at,service_started_at,service_ended_at,position,priority,orders
07:00:10,07:00:10,07:02:10,A,0,blood-count
07:00:20,07:00:30,07:00:30,B,2,
07:00:30,07:03:00,07:01:00,A,0,liver;glucose
07:05:00,07:05:00,07:06:40,B,,blood-count;liver
"""


def people(text: str, *overrides: str, replication: int = 0, log: ArrivalLog | None = None) -> list[Patient]:
    """Everybody whom a scenario brings."""
    scenario = read(text, *overrides)
    return patients(scenario, scenario_site(scenario), Chance(scenario.seed, replication), log)


def crowd(text: str, *overrides: str) -> list[Patient]:
    """The people of fifty replications."""
    return [patient for number in range(50) for patient in people(text, *overrides, replication=number)]


def test_people_come_in_order_within_the_duration_under_names_of_their_own() -> None:
    some = people(bare(per_h="600"))
    assert all(before.arrived_us <= after.arrived_us for before, after in pairwise(some))
    assert some[0].arrived_us >= 0 and some[-1].arrived_us < 20 * MINUTE_US
    assert [one.ticket for one in some] == list(range(len(some)))
    assert len({one.name for one in some}) == len(some)


def test_nobodys_name_is_shown() -> None:
    assert all(len(one.shown) == 3 and one.shown.endswith("**") for one in people(bare(per_h="600")))


@pytest.mark.parametrize(("scale", "factor"), [("1.0", 1.0), ("1.5", 1.5), ("0", 0.0)])
def test_each_slot_has_its_own_rate_times_the_scale(scale: str, factor: float) -> None:
    some = crowd(bare(per_h="60, 300, 0, 120", duration="40 min", load='slot = "10 min"'), f"load.scale={scale}")
    counts = Counter(one.arrived_us // (10 * MINUTE_US) for one in some)
    for slot, per_h in enumerate((60, 300, 0, 120)):
        expected = 50 * factor * per_h / 6
        assert abs(counts[slot] - expected) <= 4 * expected**0.5, f"slot {slot}: {counts[slot]} came, {expected} expected"


def test_one_rate_holds_all_day_and_a_list_of_rates_ends_where_it_ends() -> None:
    assert max(one.arrived_us for one in people(bare(per_h="60", duration="5 h"))) > 270 * MINUTE_US
    assert max(one.arrived_us for one in people(bare(per_h="60, 60", duration="5 h"))) < 120 * MINUTE_US


def test_a_monday_is_busier_than_a_tuesday() -> None:
    monday, tuesday = (
        len(
            [
                one
                for number in range(5)
                for one in people("peak-monday", f"start=2026-11-{day}T07:00:00+08:00", "load.scale=1.0", replication=number)
            ]
        )
        for day in (23, 24)
    )
    assert abs(monday / tuesday - 1.2) < 0.06
    assert abs(tuesday / 5 - 690) < 60


def test_the_same_people_come_whatever_the_room_looks_like() -> None:
    here = people(small(per_h="100"))
    there = people(small(per_h="100"), "windows.count=5", "staff.engineers=2", "staff.nurses={'07:00-13:00'=3}")
    assert here == there
    assert people(small(per_h="100"), replication=1) != here


@pytest.mark.parametrize(
    ("override", "untouched"),
    [
        pytest.param(
            "load.service={distribution='deterministic', mean='50 s'}", ("arrived_us", "priority", "tubes", "kind"), id="another service"
        ),
        pytest.param("load.priority_share=0.5", ("arrived_us", "service_us", "tubes", "kind"), id="another share of priority"),
        pytest.param(
            "patient_class=[{name='child', share=0.3, service_factor=2.0}]", ("arrived_us", "priority", "tubes"), id="a class more"
        ),
    ],
)
def test_a_change_in_one_thing_leaves_the_others_as_they_were(override: str, untouched: tuple[str, ...]) -> None:
    before, after = people(small(per_h="100")), people(small(per_h="100"), override)
    assert before != after
    for name in untouched:
        assert [getattr(one, name) for one in before] == [getattr(one, name) for one in after], name


@pytest.mark.parametrize(
    ("family", "mean_s", "sd_s"),
    [("exponential", 110, 110), ("deterministic", 110, 0), ("lognormal", 110, 45), ("gamma", 110, 45), ("empirical", 105, 45)],
)
def test_every_distribution_has_the_mean_and_spread_that_it_names(family: str, mean_s: float, sd_s: float) -> None:
    rows: dict[str, object] = {"distribution": family}
    if family == "empirical":
        rows["values"] = ("60 s", "150 s")
    else:
        rows |= {"mean": f"{mean_s} s"} | ({"sd": f"{sd_s} s"} if family in ("lognormal", "gamma") else {})
    samples = draw(Distribution.model_validate(rows), Chance(1, 0).numpy_stream("test"), 100_000) / 1e6
    assert np.mean(samples) == pytest.approx(mean_s, rel=0.012)
    assert np.std(samples) == pytest.approx(sd_s, rel=0.02, abs=0.1)
    assert np.min(samples) >= 0


def test_classes_come_in_their_shares_and_differ_as_told() -> None:
    classes = """patient_class=[
        {name='elderly', share=0.2, priority=2, service_factor=1.5},
        {name='hurried', share=0.1, patience={distribution='exponential', mean='10 min'}},
        {name='timed', share=0.1, returns=['60 min', '120 min']},
    ]""".replace("\n", " ")
    some = crowd(bare(per_h="300"), classes, "load.service={distribution='deterministic', mean='100 s'}")
    shares = {kind: count / len(some) for kind, count in Counter(one.kind for one in some).items()}
    assert shares == pytest.approx({"elderly": 0.2, "hurried": 0.1, "timed": 0.1, "adult": 0.6}, abs=0.03)
    for one in some:
        assert one.service_us == (150_000_000 if one.kind == "elderly" else 100_000_000)
        assert one.priority == (2 if one.kind == "elderly" else 0)
        assert one.returns_us == ((60 * MINUTE_US, 120 * MINUTE_US) if one.kind == "timed" else ())
        assert (one.patience_us is not None) == (one.kind == "hurried")
    patience_s = [(one.patience_us or 0) / 1e6 for one in some if one.patience_us is not None]
    assert np.mean(patience_s) == pytest.approx(600, rel=0.15)


def test_priority_is_given_to_the_share_that_the_load_names() -> None:
    some = crowd(bare(per_h="300"), "load.priority_share=0.15")
    assert sum(one.priority for one in some) / len(some) == pytest.approx(0.15, abs=0.02)
    assert {one.priority for one in some} == {0, 1}


def test_a_timed_patient_comes_back_as_the_same_person_with_the_rest_of_the_visits() -> None:
    some = people(bare(per_h="60"), "patient_class=[{name='timed', share=1.0, returns=['60 min', '120 min']}]")
    first, count = some[0], len(some)
    second = first.coming_back(5 * MINUTE_US, 5 * MINUTE_US)
    third = second.coming_back(5 * MINUTE_US, 70 * MINUTE_US)
    assert (second.ticket, second.arrived_us, second.returns_us) == (count, 65 * MINUTE_US, (120 * MINUTE_US,))
    assert (third.ticket, third.arrived_us, third.returns_us) == (2 * count, 125 * MINUTE_US, ())
    assert second.coming_back(5 * MINUTE_US, 200 * MINUTE_US).arrived_us == 200 * MINUTE_US  # too late already: at once
    assert len({first.name, second.name, third.name}) == 3
    assert (first.tubes, first.kind, first.service_us) == (third.tubes, third.kind, third.service_us)


def test_tubes_come_in_the_sites_mix_and_number_and_in_the_order_of_draw() -> None:
    some = crowd(small(per_h="300"))
    site = scenario_site(read(small()))
    tubes = [tube.kind for one in some for tube in one.tubes]
    assert len(tubes) / len(some) == pytest.approx(site.tubes.patient_mean, rel=0.05)
    assert max(len(one.tubes) for one in some) <= site.tubes.patient_max and min(len(one.tubes) for one in some) >= 1
    shares = {kind: count / len(tubes) for kind, count in Counter(tubes).items()}
    assert shares == pytest.approx(dict(site.tubes.mix), abs=0.06)
    for one in some:
        ranks = [TUBE_KINDS[tube.kind].draw_rank for tube in one.tubes]
        assert ranks == sorted(ranks)


def test_a_class_can_need_more_tubes() -> None:
    some = crowd(small(per_h="100"), "patient_class=[{name='exam', share=0.5, tubes_mean=5.5}]")
    means = {kind: np.mean([len(one.tubes) for one in some if one.kind == kind]) for kind in ("adult", "exam")}
    assert means["exam"] == pytest.approx(5.5, rel=0.06) and means["adult"] == pytest.approx(3.3, rel=0.06)


def test_bare_windows_prepare_no_tubes() -> None:
    assert {one.tubes for one in people(bare(per_h="100"))} == {()}


def test_a_recorded_day_brings_its_own_people_with_their_own_times_priorities_and_orders(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_bytes(CSV)
    text = small(service='{ distribution = "recorded" }').replace("rates_per_h = [60]", f'arrivals_csv = "{file.as_posix()}"')
    some = people(text, log=recorded_load(read(text)))
    assert [one.arrived_us // 1_000_000 for one in some] == [10, 20, 30, 300]
    assert [some[place].service_us // 1_000_000 for place in (0, 1, 3)] == [120, 0, 100]
    assert some[2].service_us // 1_000_000 in (120, 0, 100)  # its row ends before it starts: drawn from the others
    assert [one.priority for one in some] == [0, 2, 0, 0]
    assert [tube.kind for tube in some[3].tubes] == ["serum-yellow", "edta-purple"]
    assert some[1].tubes  # no orders recorded: drawn
