"""What timing feels of faults: every kind of the catalogue has an effect with a reason, runs on a timing day, or is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caixue.errors import UsageError
from tests.twin.small_scenarios import read
from twin.chance import Chance
from twin.engines.timing import engine
from twin.faults.catalogue import Fault, catalogue
from twin.faults.felt import EFFECTS, Feel, effect
from twin.people import lognormal_parameters
from twin.scenario import ScenarioError, load_scenario, scenario_site
from twin.scenario_checks import names_of
from twin.timing.arrays import EVERYWHERE, FAR, Cause, Jam, Status, What, Workload
from twin.timing.calibration import shipped
from twin.timing.coming import most
from twin.timing.design import Design, design_of
from twin.timing.devices import troubles_of
from twin.timing.expected import struck_rows
from twin.timing.known import Known
from twin.timing.rates import coming_by_itself, people_of
from twin.timing.sampling import sample
from twin.timing.struck import belt_spells

HEAD = """schema = 1
site = "eight-window-full"
duration = "2 h"
fidelity = "timing"
[load]
rates_per_h = [150]
service = { distribution = "deterministic", mean = "80 s" }
"""
MIN = 60_000_000
ROWS = [pytest.param(row, id=f"{row.device}/{row.kind}") for row in catalogue().values()]


def target_of(row: Fault) -> str | None:
    """Something of the full site that this fault can hit; None for devices that it does not have."""
    if row.device == "link":
        return "window-3.barcode-scanner"
    return next((name for name, kind in names_of(scenario_site(load_scenario("power-cut"))).items() if kind == row.device), None)


def struck(target: str, kind: str, *more: str, key: str = "device") -> Design:
    return design_of(read(HEAD + "\n".join([f'[[fault]]\nat = "+30 min"\n{key} = "{target}"\nkind = "{kind}"', *more]) + "\n"))


def course_of(workload: Workload) -> object:
    course = engine()[1](workload)
    assert course.status == Status.DONE
    return course


@pytest.mark.parametrize("row", ROWS)
def test_every_kind_of_the_catalogue_is_felt_for_a_reason_or_refused(row: Fault) -> None:
    found = effect(row.device, row.kind, at_window=True)
    assert found in EFFECTS and found.zh and len(found.en) > 10
    target, key = target_of(row), "link" if row.device == "link" else "device"
    if target is None:
        return
    if found.feel is Feel.WIRE:
        with pytest.raises(ScenarioError, match="11"):
            struck(target, row.kind, 'for = "1 min"', key=key)
        return
    design = struck(target, row.kind, 'for = "10 min"' if row.device in ("link", "mains") else 'until = "repaired"', key=key)
    workload = sample(design, 0)
    felt = shipped().fault("barcode-scanner" if row.device == "link" else row.device, row.kind, link=row.device == "link")
    nothing = felt is not None and not (felt.stops or felt.calls or felt.slower_us)
    assert len(workload.cause_kind) or found.feel is Feel.AWAY or nothing
    course_of(workload)


def test_every_effect_is_of_a_kind_in_the_catalogue_and_stands_once() -> None:
    keys = [(one.device, one.kind) for one in EFFECTS]
    assert len(keys) == len(set(keys)) and set(keys) <= set(catalogue())


def test_what_is_measured_agrees_with_what_is_said() -> None:
    """Windows stop for what the table says stops the workflow, and never for a slip or for the belt."""
    for row in shipped().faults:
        if row.link:
            continue
        said = effect(row.device, row.kind, at_window=True)
        if said.feel in (Feel.BELT, Feel.ENGINEER) or row.device == "thermal-printer":
            assert row.stops == 0 and row.calls > 0.5, row
        elif said.feel is Feel.WINDOW:
            assert row.stops >= 0.5 and row.hidden_us is not None, row


def test_a_third_partys_fault_stops_its_window_and_at_a_shared_device_only_takes_the_engineer() -> None:
    assert effect("centrifuge", "door-stuck", at_window=True).feel is Feel.WINDOW
    assert effect("centrifuge", "door-stuck", at_window=False).feel is Feel.ENGINEER
    known = Known(scenario_site(load_scenario("peak-monday")), shipped(), ("window-1",))
    row = Fault("door-stuck", "centrifuge", "door-stuck", "门卡住", "door stuck", "一般", 300.0, 90.0, "test")
    felt = known.felt("centrifuge", row, link=False)
    assert felt.stops == 1 and felt.hidden_us is not None and 20e6 < felt.hidden_us[2] < 120e6


# [[fault]] rows


def test_a_jam_stops_its_window_until_the_engineer_has_come_and_repaired() -> None:
    design = struck("window-3.tube-dispenser", "tube-jam", 'until = "repaired"')
    workload = sample(design, 0)
    assert (
        workload.cause_kind.tolist() == [Cause.STOP]
        and workload.cause_at.tolist() == [2]
        and workload.cause_call_us.tolist() == [40 * 10**6]
    )
    assert 30 * MIN < workload.up_us[0, 0] < 34 * MIN and workload.up_us[0, 1] == FAR
    repair_s = Chance(design.scenario.seed).stream("repair.window-3.tube-dispenser.1").lognormvariate(*lognormal_parameters(300.0, 90.0))
    assert workload.down_us[0, 0] == MIN + round(repair_s * 1e6) + shipped().restart.mean_us  # the way, the repair, the restart


def test_what_a_nurse_clears_ends_by_itself() -> None:
    workload = sample(struck("window-3.tube-dispenser", "brief-jam", 'until = "repaired"'), 0)
    assert workload.cause_itself.tolist() == [1] and 40e6 < workload.down_us[0, 0] < 50e6


def test_an_empty_lane_whose_kind_has_another_stops_nobody() -> None:
    two = design_of(
        read(HEAD + '[[fault]]\nat = "+30 min"\ndevice = "window-3.tube-dispenser"\nkind = "lane-empty"\nlane = 1\nuntil = "repaired"\n')
    )
    one = design_of(
        read(HEAD + '[[fault]]\nat = "+30 min"\ndevice = "window-3.tube-dispenser"\nkind = "lane-empty"\nlane = 5\nuntil = "repaired"\n')
    )
    assert [trouble.what for trouble in two.troubles] == [Cause.SLOW]
    assert [trouble.what for trouble in one.troubles] == [Cause.STOP, Cause.SLOW]


def test_a_fault_that_ends_by_itself_keeps_its_window_until_the_engineer_finds_it_gone() -> None:
    workload = sample(struck("window-3.collection-host", "silence", 'for = "40 min"'), 0)
    assert workload.cause_itself.tolist() == [0]
    assert workload.up_us[0, 0] + workload.down_us[0, 0] >= 70 * MIN - 2 * MIN


def test_a_fault_that_is_over_before_anybody_feels_it_is_not_felt() -> None:
    workload = sample(struck("window-3.label-printer", "print-head-dead-dots", 'for = "1 s"'), 0)
    assert (workload.up_us == FAR).all()


def test_a_window_out_of_service_stops_bare_windows_too() -> None:
    text = (
        HEAD.replace("eight-window-full", "bare-windows")
        + '[[fault]]\nat = "+30 min"\ndevice = "window-3"\nkind = "out-of-service"\nuntil = "repaired"\n'
    )
    workload = sample(design_of(read(text)), 0)
    assert workload.up_us[0, 0] == 30 * MIN and workload.cause_at.tolist() == [2] and workload.prepare_us.sum() == 0


def test_when_the_mains_fail_everything_stands_and_comes_back_window_by_window() -> None:
    design = struck("mains", "power-off", 'for = "25 min"')
    workload = sample(design, 0)
    stops = workload.down_us[workload.cause_kind == Cause.STOP, 0]
    assert len(stops) == len(design.positions) and stops[0] > 30 * MIN and (np.diff(stops) > 30e6).all()
    assert workload.cause_at[workload.cause_kind == Cause.BELT].tolist() == [EVERYWHERE] and workload.cause_itself.all()


def test_engineers_who_are_away_are_missing_from_the_calendar_until_they_have_come() -> None:
    away = (
        '[[fault]]\nat = "+0 s"\ndevice = "engineer-1"\nkind = "off-site"\nuntil = "repaired"\nanswers_after = "1 min"\ntravel = "45 min"\n'
    )
    jam = '[[fault]]\nat = "+10 min"\ndevice = "window-2.collection-host"\nkind = "motor-fault"\nuntil = "repaired"\n'
    workload = sample(design_of(read(HEAD + away + jam)), 0)
    engineers = workload.calendar_what == What.ENGINEERS
    assert workload.calendar_value[engineers].tolist() == [0, 1] and 56 * MIN < workload.calendar_us[engineers][1] < 60 * MIN


def test_a_link_with_other_parameters_than_those_measured_is_refused_with_its_line() -> None:
    with pytest.raises(ScenarioError, match=r"small.toml:13: [^\n]*\n[^\n]*every = 3"):
        struck("window-3.tube-dispenser", "bad-crc", 'for = "10 min"', "every = 3", key="link")
    struck("window-3.tube-dispenser", "bad-crc", 'for = "10 min"', "every = 7", key="link")


def test_a_belt_that_stands_by_itself_runs_for_a_moment_each_time_a_porter_has_come() -> None:
    up_us, down_us = belt_spells(100, 1000, 300, 50)
    assert up_us == [100, 50, 50, FAR] and down_us == [300, 300, 300, 0] and sum(down_us) + sum(up_us[1:3]) == 1000


# what comes by itself


def test_random_faults_come_as_often_as_the_catalogue_says() -> None:
    scenario = read(HEAD + "[random_faults]\nenabled = true\nscale = 20.0\n")
    site = scenario_site(scenario)
    known = Known(site, shipped(), tuple(window.name for window in site.windows))
    found, stopped = coming_by_itself(scenario, known)
    assert found is not None and stopped is not None
    host = next(place for place, one in enumerate(found.troubles) if one.what is Cause.STOP and one.where == 0)
    per_h = 20 * (
        1 / 2000 + 1 / 70_000 + 1 / 20_000 + 1 / 10_000 + 1 / 120 / 2
    )  # scanner, its silence, printer, motor; the host PC by the day
    assert abs(3.6e9 / found.mean_us[host] / per_h - 1) < 0.01
    tubes = 20 * (3 / 5000 + 1 / 600 + 1 / 1_500_000 + 0.033 / 26_800)  # jams, double picks, labels; brief jams; suction; the head
    assert abs(stopped.per_tube / tubes - 1) < 0.01


def test_jams_come_once_in_so_many_tubes_and_most_are_the_nurses() -> None:
    design = design_of(read(HEAD + "[random_faults]\nenabled = true\nscale = 10.0\n"))
    days = [sample(design, number) for number in range(40)]
    tubes, jams = sum(day.tubes.sum() for day in days), np.concatenate([day.jam for day in days])
    expected = 10 * tubes * (1 / 600 + 3 / 5000)
    assert abs((jams != Jam.NONE).sum() / expected - 1) < 0.1
    assert (jams == Jam.NURSE).sum() > 2 * (jams == Jam.ENGINEER).sum()
    assert all((day.jam_at_us <= day.prepare_us[0]).all() for day in days)


def test_windows_break_down_in_days_that_are_drawn_as_often_as_the_catalogue_says() -> None:
    design = design_of(read(HEAD + "[random_faults]\nenabled = true\nscale = 20.0\n"))
    rows = [place for place, one in enumerate(design.troubles) if one.what is Cause.STOP and not one.itself and one.where < 8]
    hours = []
    for number in range(60):
        hours += [min(int(us), 7200 * 10**6) / 3.6e9 for us in sample(design, number).up_us[rows, 0].tolist()]
    by_hand = 20 * (1 / 2000 + 1 / 70_000 + 1 / 20_000 + 1 / 10_000 + 1 / 120 / 2)  # at one window, an hour, as above
    came = sum(hour < 2 for hour in hours)
    assert len(rows) == 8 and abs(came / (sum(hours) * by_hand) - 1) < 0.25


def test_what_shared_devices_do_by_use_goes_by_the_rows_of_a_recorded_day(tmp_path: Path) -> None:
    rows = "".join(f"2026-11-23T08:{minute:02d}:00+08:00\n" for minute in range(7))
    (tmp_path / "day.csv").write_text("arrived_at\n" + rows, encoding="utf-8")
    load = f'arrivals_csv = "{(tmp_path / "day.csv").as_posix()}"'
    start = 'start = 2026-11-23T07:00:00+08:00\n[load]'
    assert people_of(read(HEAD.replace("rates_per_h = [150]", load).replace("[load]", start))) == 7
    assert people_of(read(HEAD)) == 150


@pytest.mark.parametrize("mean", [0.001, 0.5, 5.0, 40.0])
def test_enough_is_drawn_of_what_comes_by_itself(mean: float) -> None:
    counts = np.random.Generator(np.random.PCG64(1)).poisson(mean, 100_000)
    assert counts.max() < most(mean) <= 10 * mean + 20


def test_random_faults_at_no_scale_are_none() -> None:
    design = design_of(read(HEAD + "[random_faults]\nenabled = true\nscale = 0.0\n"))
    assert not design.troubles and not sample(design, 0).jam.any()


def test_a_wire_scenario_that_timing_cannot_run_is_told_when_it_is_designed() -> None:
    scenario = load_scenario("unfilled-monday")
    site = scenario_site(scenario)
    with pytest.raises(UsageError, match=r"unfilled-monday.toml: \[\[fault\]\] 1, store"):
        struck_rows(scenario, Known(site, shipped(), ("window-1",)))


def test_the_troubles_of_a_design_stand_in_the_order_of_their_times() -> None:
    scenario = load_scenario("peak-monday", ["fidelity=timing", "random_faults.enabled=true"])
    design = design_of(scenario)
    assert list(design.troubles) == troubles_of(scenario, design.site, design.positions)
    assert [one.where for one in design.troubles] == sorted(one.where for one in design.troubles)
