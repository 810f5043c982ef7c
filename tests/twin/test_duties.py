"""The engineer's day in the twin: started before the doors open, kept full, maintained, supplied and laid down, by the services of a real site."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import read, replay_line
from twin.engines.wire import Replication, run_replication
from twin.scenario import scenario_site
from twin.scenario_model import Scenario

HOUR_US = 3_600_000_000
SITE = """schema = 1
extends = "eight-window"
name = "three-windows"
[[window]]
name = "window-4"
devices = ["collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner"]
[[window]]
name = "window-5"
devices = ["collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner"]
[[window]]
name = "window-6"
devices = ["collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner"]
[[stock]]
item = "motor"
on_hand = 1
minimum = 1
unit = "piece"
unit_cost = "450 yuan"
lead_time = "1 day"
[[stock]]
item = "label-roll"
on_hand = 24
minimum = 12
unit = "roll"
unit_cost = "25 yuan"
[[stock]]
item = "thermal-roll"
on_hand = 40
minimum = 20
unit = "roll"
unit_cost = "3 yuan"
[[stock]]
item = "serum-yellow"
on_hand = 800
minimum = 400
unit = "tube"
unit_cost = "1 yuan"
[[stock]]
item = "edta-purple"
on_hand = 4000
minimum = 2000
unit = "tube"
unit_cost = "1 yuan"
[[stock]]
item = "citrate-blue"
on_hand = 4000
minimum = 2000
unit = "tube"
unit_cost = "1 yuan"
[[stock]]
item = "fluoride-grey"
on_hand = 4000
minimum = 2000
unit = "tube"
unit_cost = "1 yuan"
[[stock]]
item = "heparin-green"
on_hand = 4000
minimum = 2000
unit = "tube"
unit_cost = "1 yuan"
[[stock]]
item = "esr-black"
on_hand = 4000
minimum = 2000
unit = "tube"
unit_cost = "1 yuan"
"""
EIGHT_DAYS = """schema = 1
site = "three-windows.toml"
start = 2026-11-20T06:30:00+08:00
duration = "90 min"
days = 8
seed = 3
[load]
rates_per_h = [0, 20]
service = { distribution = "lognormal", mean = "86 s", sd = "35 s" }
[[fault]]
at = "+71 h"
device = "window-4.collection-host"
kind = "silence"
[[fault]]
at = "+60 min"
device = "window-5.collection-host"
kind = "motor-fault"
[[fault]]
at = "+75 min"
device = "window-6.collection-host"
kind = "motor-fault"
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    site = tmp_path_factory.mktemp("site") / "three-windows.toml"
    site.write_text(SITE, encoding="utf-8")
    text = EIGHT_DAYS.replace("three-windows.toml", site.as_posix())
    print(replay_line(text))
    return read(text)


@pytest.fixture(scope="module")
def run(scenario: Scenario) -> Replication:
    """Eight quiet days at three windows: a host that is silent one morning, and two motors where the store has one."""
    return run_replication(scenario, scenario_site(scenario), None)


def of(run: Replication, *kinds: str) -> list[Event]:
    return [event for event in run.operations if event.kind in kinds]


def clock(scenario: Scenario, event: Event) -> datetime:
    return scenario.start + timedelta(microseconds=event.at_us)


def test_nothing_breaks_and_the_books_agree_with_the_room(run: Replication):
    assert run.broken == ()


def test_every_morning_the_room_is_started_before_its_doors_open(scenario: Scenario, run: Replication):
    started = [event for event in of(run, "sequence.finished") if event.subject.startswith("startup")]
    opened = {clock(scenario, event).date(): clock(scenario, event) for event in reversed(of(run, "window.opened"))}
    assert len(started) == 8
    assert all(clock(scenario, event) <= max(opened[clock(scenario, event).date()], clock(scenario, started[0])) for event in started[1:])


def test_every_evening_the_room_is_laid_down_and_the_mains_cut_by_a_named_person(run: Replication):
    laid_down = [event for event in of(run, "sequence.finished") if event.subject.startswith("shutdown")]
    assert [event.data for event in laid_down] == [{"failed": [], "skipped": []}] * 8
    cut = [event for event in of(run, "sequence.confirmed") if event.data["step"] == "mains-cut"]
    assert [event.data["person"] for event in cut] == ["engineer-1"] * 8


def test_a_host_that_is_silent_in_the_morning_is_found_by_the_start_up_and_not_by_a_patient(scenario: Scenario, run: Replication):
    opened = next(event for event in of(run, "incident.opened") if event.data["device"] == "window-4.collection-host")
    assert opened.actor == "engineer-1"
    assert clock(scenario, opened).strftime("%H:%M") < "07:30"


def test_a_part_that_the_store_does_not_have_is_ordered_told_to_the_maker_and_fitted_when_it_comes(run: Replication):
    second = [event.subject for event in of(run, "incident.opened") if event.data["device"] == "window-6.collection-host"]
    history = [event.kind for event in run.operations if event.subject == second[0]]
    assert "incident.escalated" in history and history[-1] == "incident.closed"
    missing, ordered = of(run, "spare.missing")[0], next(event for event in of(run, "order.placed") if event.data["lines"][0]["item"] == "motor")
    came = next(event for event in of(run, "stock.received") if event.subject == "motor" and event.data["delivery"])
    restored = next(event for event in of(run, "incident.restored") if event.subject == second[0])
    assert missing.at_us <= ordered.at_us < came.at_us < restored.at_us


def test_what_is_fitted_has_its_whole_record_with_the_users_signature(run: Replication):
    fitted = {event.subject for event in of(run, "spare.fitted")}
    assert fitted
    for number in fitted:
        steps = [event.kind.removeprefix("spare.") for event in run.operations if event.subject == number]
        assert steps == ["issued", "fitted", "returned", "signed"]


def test_maintenance_is_done_in_the_afternoon_of_working_days_and_in_the_shift(scenario: Scenario, run: Replication):
    done = of(run, "maintenance.done", "calibration.done")
    assert done
    times = [clock(scenario, event) for event in done]
    assert all("15:00" <= moment.strftime("%H:%M") <= "17:00" and moment.weekday() < 5 for moment in times)


def test_wear_is_read_from_the_devices_every_working_day(scenario: Scenario, run: Replication):
    days = {clock(scenario, event).date() for event in of(run, "wear.read")}
    assert len(days) == len({day for day in days if day.weekday() < 5}) >= 5


def test_deliveries_come_on_the_morning_of_a_working_day_and_are_signed_by_the_user(scenario: Scenario, run: Replication):
    signed = of(run, "delivery.signed")
    assert signed
    assert {event.data["person"] for event in signed} == {"head-1"}
    assert all(clock(scenario, event).weekday() < 5 and clock(scenario, event).hour == 9 for event in signed)


def test_the_same_scenario_gives_the_same_operations(scenario: Scenario, run: Replication):
    again = run_replication(scenario, scenario_site(scenario), None)
    assert again.trace_sha256 == run.trace_sha256
    assert again.operations == run.operations
