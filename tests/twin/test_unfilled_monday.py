"""A Monday after a Friday on which nobody refilled (C2.1.2, C2.1.3, R5.6): the list before the doors open, the refills, the delivery in part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caixue.events import Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.balance import unbalanced
from caixue.ops.consumables import Consumables
from caixue.ops.loads import AT_LEAST
from caixue.ops.stock import Stock
from tests.twin.small_scenarios import read
from twin.engines.wire import Replication, run_replication
from twin.experiment import run
from twin.scenario import scenario_site

MINUTE = 60_000_000
SHORT = "duration=2 h 45 min"  # until after the delivery of 09:00


@pytest.fixture(scope="module")
def monday() -> Replication:
    scenario = read("unfilled-monday", SHORT)
    return run_replication(scenario, scenario_site(scenario), None)


def of(monday: Replication, *kinds: str) -> list[Event]:
    return [event for event in monday.events if event.kind in kinds]


def test_at_06_35_the_list_names_every_lane_and_every_roll_from_what_the_devices_say_and_the_engineer_sees(monday: Replication) -> None:
    at_06_35 = [event for event in of(monday, "task.opened") if event.at_us <= 5 * MINUTE]
    assert len(at_06_35) == 8 * (8 + 1 + 1) + 1  # lanes, label and thermal rolls of eight windows, the roll of the manual station
    assert {event.data["why"] for event in at_06_35} == {"low"}
    windows = [event.data["device"].partition(".")[0] for event in at_06_35]
    assert windows == sorted(windows, key=lambda name: (name.startswith("manual"), name))  # in walking order


def test_every_dispenser_is_refilled_by_07_30_and_no_window_runs_out(monday: Replication) -> None:
    tubes = {event.data["device"] for event in of(monday, "task.opened") if event.data["slot"].startswith("lane")}
    filled = {
        event.subject for event in of(monday, "consumable.refilled") if event.at_us <= 60 * MINUTE and event.data["slot"].startswith("lane")
    }
    assert filled == tubes and len(tubes) == 8
    assert of(monday, "consumable.stockout") == []


def test_nothing_is_put_in_that_the_store_did_not_have(monday: Replication) -> None:
    journal = MemoryJournal()
    scenario = read("unfilled-monday", SHORT)
    site = scenario_site(scenario)
    recorder = Recorder(journal, None)  # type: ignore[arg-type]  # nothing is noted
    stock = Stock(recorder, site.stock, journal)
    books = Consumables(recorder, site, stock, journal)
    for event in monday.events:
        journal.append(event)
        if event.kind == "stock.issued":
            assert all(lot.on_hand >= 0 for lot in stock.lots.values())
    assert unbalanced(stock.lots.values(), books.loaded) == []
    lanes = {key: load for key, load in books.levels.items() if not load.slot.roll}
    assert {key: load.level for key, load in lanes.items()} == {key: monday.truth.levels[key] for key in lanes}
    assert not any(load.sign == AT_LEAST for load in lanes.values())


def test_the_delivery_is_signed_in_part_by_the_user_with_the_reason(monday: Replication) -> None:
    (signed,) = of(monday, "delivery.signed")
    (announced,) = of(monday, "delivery.announced")
    (refused,) = signed.data["rejected"]
    line = announced.data["lines"][refused["line"] - 1]
    assert (line["item"], line["quantity"]) == ("citrate-blue", refused["quantity"]) and refused["reason"]
    assert signed.actor == "head-1" and signed.at_us == 150 * MINUTE
    came = {event.subject for event in of(monday, "stock.received") if event.data["delivery"] == announced.subject}
    assert came == {row["item"] for row in announced.data["lines"]} - {"citrate-blue"} and len(came) == 4


def test_the_skipped_refill_is_seen_in_the_list_and_over_with_the_first_refill(monday: Replication) -> None:
    (fault,) = monday.faults
    assert fault.seen_us == of(monday, "task.opened")[0].at_us
    assert fault.recovered_us == of(monday, "task.done")[0].at_us


def test_without_the_run_down_nothing_is_on_the_list_and_the_run_fails() -> None:
    """The fault is seen only by what it does to the devices."""
    from twin.unfilled import Unfilled

    patch = pytest.MonkeyPatch()
    with patch.context() as harmless:
        harmless.setattr(Unfilled, "stop", lambda self, reason, **detail: None)
        result = run(read("unfilled-monday", "duration=31 min", "load.rates_per_h=[0, 60]"))
    assert result.exit_code == 99 and any("refill-skipped" in reason for reason in result.verdict.reasons)


def test_its_limits_hold() -> None:
    scenario = read("unfilled-monday", "duration=1 h 30 min")
    assert scenario.start.hour == 6 and timedelta(microseconds=scenario.duration_us) == timedelta(minutes=90)
    assert [row.expectation.figure for row in run(scenario).verdict.rows if row.verdict != "pass"] == []
