"""Levels, refill tasks, expiry and the colour of what was put in."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.consumables import Consumables
from caixue.ops.loads import ABOUT, AT_LEAST, AT_MOST, EXACT, UNRECORDED, Load
from caixue.ops.refilling import (
    EXPIRED,
    RUNS_OUT,
    WRONG,
    Forecast,
    at_most,
    expected_per_h,
    forecast_for,
    open_until_next_chance,
    refill_list,
    walk,
)
from caixue.ops.slots import EMPTY, KIOSK_ROLL, LOW, OK, Slot, slots_of
from caixue.ops.stock import OPENING, Stock
from tests.caixue.coupled import LoopPort
from tests.caixue.ops.supply_desk import DISPENSER, ENGINEER, PRINTER, THERMAL, Desk, in_days, opened, the_site
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.base import Surroundings
from twin.plant import model_classes
from twin.things import Station, TubeFactory

NOTHING = Forecast({})
MONDAY = datetime(2026, 11, 23, 6, 35, tzinfo=SHANGHAI)


def load(desk: Desk, device: str, slot: str = "roll") -> Load:
    return desk.consumables.load(device, slot)


# What is loaded where.


def test_every_lane_and_roll_of_the_site_is_a_slot_in_walking_order() -> None:
    slots = slots_of(the_site("eight-window-full"))
    assert len(slots) == 8 * (8 + 1 + 1) + 1 + 2  # lanes, label and thermal rolls of the windows; the manual station's roll; two kiosks
    assert [slot.place for slot in slots] == sorted(slot.place for slot in slots)
    assert {slot.item for slot in slots} <= {item.item for item in the_site().stock}
    kiosk = next(slot for slot in slots if slot.item == KIOSK_ROLL)
    assert (kiosk.capacity, kiosk.low, kiosk.metres(kiosk.capacity)) == (800, 50, 80.0)


def test_a_tube_that_is_picked_a_label_that_is_sent_and_a_slip_are_counted() -> None:
    desk = opened()
    desk.pick(3, 30)
    desk.label(500)
    desk.note("receipt.printed", THERMAL, patient="p")
    levels = [(row.level, row.sign) for row in (load(desk, DISPENSER, "lane-3"), load(desk, PRINTER), load(desk, THERMAL))]
    assert levels == [(70, EXACT), (1000, AT_MOST), (299, ABOUT)]
    assert load(desk, PRINTER).slot.metres(1000) == pytest.approx(33.0)


def test_a_device_says_less_than_was_counted_and_is_believed() -> None:
    desk = opened()
    desk.note("consumable.told", DISPENSER, slot="lane-1", item="serum-yellow", state=LOW)
    assert (load(desk, DISPENSER, "lane-1").level, load(desk, DISPENSER, "lane-1").sign) == (25, AT_MOST)
    desk.note("consumable.told", DISPENSER, slot="lane-1", item="serum-yellow", state=EMPTY)
    assert (load(desk, DISPENSER, "lane-1").level, load(desk, DISPENSER, "lane-1").sign) == (0, EXACT)
    assert desk.wrong() == []


def test_a_device_says_more_than_was_counted_and_is_believed() -> None:
    desk = opened()
    desk.pick(1, 90)
    desk.note("consumable.told", DISPENSER, slot="lane-1", item="serum-yellow", state=OK)
    assert (load(desk, DISPENSER, "lane-1").level, load(desk, DISPENSER, "lane-1").sign) == (26, AT_LEAST)
    assert desk.consumables.loaded.flows["serum-yellow", UNRECORDED].found >= 16


def test_a_roll_changed_by_a_nurse_without_a_word_is_noticed_when_its_alarm_goes() -> None:
    desk = opened()
    desk.note("alarm.raised", THERMAL, alarm="paper-near-end")
    assert load(desk, THERMAL).level == 30
    desk.note("alarm.raised", THERMAL, alarm="paper-out")
    assert load(desk, THERMAL).level == 0
    desk.note("alarm.cleared", THERMAL, alarm="paper-near-end")
    assert load(desk, THERMAL).level == 0
    desk.note("alarm.cleared", THERMAL, alarm="paper-out")
    assert (load(desk, THERMAL).level, load(desk, THERMAL).sign) == (31, AT_LEAST)


class Bench:
    """A real driver on a model, beside the books."""

    def __init__(self, device: str, driver: type) -> None:
        self.desk = opened()
        self.clock: FakeClock = self.desk.clock
        kind = device.partition(".")[2]
        self.model = model_classes()[kind].build(device, 1, Surroundings(Station(), TubeFactory(), self.desk.site))
        recording, _ = recorder(self.clock)
        self.driver = driver(device, LoopPort(self.model, self.clock), self.clock, recording)

    def look(self) -> list[tuple[str, str]]:
        self.driver.status()
        return [(event.data["slot"], event.data["state"]) for event in self.desk.consumables.look(self.driver)]


def test_what_a_dispenser_says_of_its_lanes_is_noted_once() -> None:
    from caixue.drivers.tube_dispenser import TubeDispenser

    bench = Bench(DISPENSER, TubeDispenser)
    assert bench.look() == [(f"lane-{lane}", OK) for lane in range(1, 9)]
    while len(bench.model.lanes[4]) > 20:
        bench.model.lanes[4].pop()
    bench.model.lanes[7].clear()
    bench.model._inputs = None
    assert bench.look() == [("lane-4", LOW), ("lane-7", EMPTY)]
    assert bench.look() == []
    assert [bench.desk.level(DISPENSER, f"lane-{lane}") for lane in (3, 4, 7)] == [100, 25, 0]


def test_a_reading_from_before_a_refill_says_nothing_of_what_was_put_in() -> None:
    from caixue.drivers.tube_dispenser import TubeDispenser

    bench = Bench(DISPENSER, TubeDispenser)
    bench.model.lanes[4].clear()
    bench.model._inputs = None
    bench.driver.status()
    bench.clock.now_us += 60_000_000
    bench.desk.consumables.fill(DISPENSER, "lane-4", by=ENGINEER, today=bench.desk.today, put_in=bench.model.load(4))
    bench.desk.consumables.look(bench.driver)
    assert bench.desk.level(DISPENSER, "lane-4") == 100
    assert ("lane-4", OK) in bench.look()


def test_a_label_printer_tells_only_that_it_is_out_so_its_roll_is_counted() -> None:
    from caixue.drivers.label_printer import LabelPrinter

    bench = Bench(PRINTER, LabelPrinter)
    bench.model.paper_mm = bench.model.near_end_mm
    assert bench.look() == []
    assert not load(bench.desk, PRINTER).slot.tells
    bench.model.paper_mm = 0.0
    assert bench.look() == [("roll", EMPTY)]


def test_counting_by_hand_settles_a_slot() -> None:
    desk = opened()
    desk.label(100)
    (event,) = desk.consumables.count(PRINTER, "roll", 1380, by=ENGINEER, reason="two jams")
    assert (event.data["difference"], load(desk, PRINTER).level, load(desk, PRINTER).sign) == (-20, 1380, EXACT)
    assert desk.wrong() == []


@pytest.mark.parametrize(
    ("device", "slot", "count"),
    [(DISPENSER, "lane-9", 1), (DISPENSER, "", 1), ("window-1.barcode-scanner", "", 1), (PRINTER, "roll", 1501)],
)
def test_a_slot_that_is_not_there_and_a_count_that_cannot_be_are_refused_in_words(device: str, slot: str, count: int) -> None:
    desk = opened()
    with pytest.raises(UsageError):
        desk.consumables.count(device, slot, count, by=ENGINEER)


# What must be refilled.


def test_the_engineer_can_refill_after_the_clinic_closes_in_his_shift() -> None:
    spans = open_until_next_chance(the_site(), MONDAY)
    assert [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in spans] == [("07:00", "12:00"), ("13:30", "17:00")]


def test_on_a_saturday_he_refills_after_closing() -> None:
    spans = open_until_next_chance(the_site(), datetime(2026, 11, 28, 6, 35, tzinfo=SHANGHAI))
    assert [(f"{start:%a %H:%M}", f"{end:%H:%M}") for start, end in spans] == [("Sat 07:30", "11:30")]


def test_after_closing_the_next_day_counts() -> None:
    spans = open_until_next_chance(the_site(), datetime(2026, 11, 23, 17, 10, tzinfo=SHANGHAI))
    assert spans[0][0] == datetime(2026, 11, 24, 7, 0, tzinfo=SHANGHAI)


def test_all_patients_tubes_are_expected_somewhere() -> None:
    site = the_site("eight-window-full")
    per_h = expected_per_h(site, 100.0)
    slots = {slot.key: slot for slot in slots_of(site)}
    tubes = sum(rate for key, rate in per_h.items() if slots[key].unit == "tube")
    assert tubes == pytest.approx(100 * site.tubes.patient_mean)
    assert sum(rate for key, rate in per_h.items() if slots[key].item == KIOSK_ROLL) == pytest.approx(100)


def test_what_is_empty_comes_before_what_is_low_and_that_before_what_will_not_last() -> None:
    desk = opened()
    desk.pick(3, 60, "window-2.tube-dispenser")  # 40 left
    desk.pick(5, 80, "window-7.tube-dispenser")
    desk.pick(8, 100, "window-8.tube-dispenser")
    needs = desk.consumables.needs(forecast_for(desk.site, MONDAY), MONDAY)
    assert [(need.slot.device, need.why) for need in needs] == [
        ("window-8.tube-dispenser", EMPTY),
        ("window-7.tube-dispenser", LOW),
        ("window-2.tube-dispenser", RUNS_OUT),
    ]
    assert [need.quantity for need in needs] == [100, 80, 60]


def test_devices_of_one_urgency_stand_in_walking_order_and_a_visit_does_all_that_a_device_needs() -> None:
    desk = opened()
    for window in (6, 2, 4):
        desk.pick(1, 80, f"window-{window}.tube-dispenser")
    desk.pick(6, 90, "window-4.tube-dispenser")
    visits = list(walk(desk.consumables.needs(NOTHING, desk.now)))
    assert [device for device, _ in visits] == [f"window-{window}.tube-dispenser" for window in (2, 4, 6)]
    assert [need.slot.slot for need in visits[1][1]] == ["lane-1", "lane-6"]


def test_a_full_lane_is_never_on_the_list_and_a_roll_only_when_it_is_low() -> None:
    slot = Slot("d", "lane-1", "x", 100, 25, "tube", 0)
    roll = Slot("p", "roll", "y", 1500, 100, "label", 0, 33.0)
    soon = MONDAY + timedelta(hours=3)
    forecast = Forecast({slot.key: 1000.0, roll.key: 1000.0}, [(MONDAY, soon)])
    full, used, half = Load(slot, (("a", 100),), EXACT), Load(slot, (("a", 99),), EXACT), Load(roll, (("a", 700),), EXACT)
    assert refill_list([full, half], forecast, MONDAY) == []
    assert [need.why for need in refill_list([used], forecast, MONDAY)] == [RUNS_OUT]
    assert [need.why for need in refill_list([Load(roll, (("a", 100),), AT_MOST)], forecast, MONDAY)] == [LOW]


def test_nothing_is_said_of_a_slot_of_which_nothing_is_known() -> None:
    assert Desk().consumables.needs(forecast_for(the_site(), MONDAY), MONDAY) == []


def test_what_hardly_happens_is_above_the_mean_and_nothing_needs_nothing() -> None:
    assert (at_most(0.0), at_most(100.0)) == (0, 124)


# Tasks.


def test_a_need_becomes_one_task_however_often_one_looks() -> None:
    desk = opened()
    desk.pick(1, 80)
    first = desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER)
    assert [(task.number, task.slot, task.quantity, task.why) for task in first] == [("refill-0001", "lane-1", 80, LOW)]
    assert desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER) == first
    assert sum(event.kind == "task.opened" for event in desk.journal.events) == 1


def test_refilling_does_the_task_and_takes_the_tubes_from_the_store() -> None:
    desk = opened()
    desk.pick(1, 80)
    desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER)
    events = desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today)
    assert [event.kind for event in events] == ["stock.issued", "consumable.refilled", "task.done"]
    assert (desk.level(DISPENSER, "lane-1"), desk.stock.on_hand("serum-yellow"), desk.consumables.tasks) == (100, 12_000 - 80, {})
    assert desk.wrong() == []


def test_how_many_went_in_until_it_was_full_says_how_many_had_been_left() -> None:
    desk = opened()
    desk.pick(1, 80)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today, put_in=86)
    assert (desk.level(DISPENSER, "lane-1"), load(desk, DISPENSER, "lane-1").uses) == (100, 86)
    assert desk.wrong() == []


def test_a_lane_that_was_not_filled_up_holds_what_was_left_and_what_went_in() -> None:
    desk = opened()
    desk.pick(1, 80)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today, put_in=30, full=False)
    assert desk.level(DISPENSER, "lane-1") == 50


def test_without_a_level_one_must_say_how_many_went_in() -> None:
    desk = Desk()
    desk.stock.open_with(by=ENGINEER)
    with pytest.raises(UsageError):
        desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today, put_in=60)
    assert (desk.level(DISPENSER, "lane-1"), desk.wrong()) == (100, [])


def test_what_is_left_on_a_roll_that_is_changed_is_waste_and_accounted_for() -> None:
    desk = opened()
    desk.label(1420)
    desk.consumables.fill(PRINTER, "roll", by=ENGINEER, today=desk.today)
    flows = desk.consumables.loaded.flows
    assert (desk.level(PRINTER, "roll"), flows["label-roll", UNRECORDED].removed, flows["label-roll", UNRECORDED].used) == (1500, 80, 1420)
    assert desk.stock.on_hand("label-roll") == 23 and desk.wrong() == []


def test_a_store_with_too_few_gives_what_it_has_and_one_with_none_says_so() -> None:
    desk = opened()
    desk.pick(8, 100)
    desk.stock.count("esr-black", OPENING, 30, reason="counted", by=ENGINEER)
    desk.consumables.fill(DISPENSER, "lane-8", by=ENGINEER, today=desk.today)
    assert (desk.level(DISPENSER, "lane-8"), desk.stock.on_hand("esr-black")) == (30, 0)
    desk.pick(8, 20)
    with pytest.raises(UsageError, match="esr-black"):
        desk.consumables.fill(DISPENSER, "lane-8", by=ENGINEER, today=desk.today)
    with pytest.raises(UsageError, match="esr-black"):
        desk.consumables.fill(DISPENSER, "lane-8", by=ENGINEER, today=desk.today, put_in=10)


def test_a_task_that_nobody_needs_any_more_is_cancelled_at_the_next_look() -> None:
    desk = opened()
    desk.pick(1, 80)
    (task,) = desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER)
    desk.consumables.count(DISPENSER, "lane-1", 90, by=ENGINEER, reason="a nurse filled it")
    assert desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER) == [] and desk.consumables.tasks == {}
    assert desk.journal.events[-1].kind == "task.cancelled" and desk.journal.events[-1].subject == task.number


def test_a_task_is_cancelled_with_a_reason_and_only_while_it_is_open() -> None:
    desk = opened()
    desk.pick(1, 80)
    (task,) = desk.consumables.open_tasks(NOTHING, desk.now, by=ENGINEER)
    for number, reason in ((task.number, " "), ("refill-9999", "x")):
        with pytest.raises(UsageError):
            desk.consumables.cancel(number, reason=reason, by=ENGINEER)
    desk.consumables.cancel(task.number, reason="the window is closed", by=ENGINEER)
    assert desk.consumables.tasks == {}


# Wrong and expired tubes.


def test_a_tube_of_another_colour_makes_its_lane_the_first_on_the_list_and_all_of_it_comes_out() -> None:
    desk = opened()
    desk.pick(3, 10)
    desk.note("tube.wrong-kind", DISPENSER, lane=3, expected="edta-purple", found="citrate-blue")
    (need,) = desk.consumables.needs(NOTHING, desk.now)
    assert (need.why, need.quantity, need.remove) == (WRONG, 100, ((UNRECORDED, 89),))
    events = desk.consumables.fill(DISPENSER, "lane-3", by=ENGINEER, today=desk.today)
    assert [(event.kind, event.data["quantity"]) for event in events] == [
        ("consumable.removed", 89),
        ("stock.issued", 100),
        ("consumable.refilled", 100),
    ]
    assert desk.consumables.needs(NOTHING, desk.now) == [] and desk.wrong() == []


def test_the_last_filling_is_unchecked_until_one_of_it_has_shown_its_colour() -> None:
    desk = opened()
    desk.pick(1, 80)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today)
    desk.pick(1, 20)  # what lay below
    assert load(desk, DISPENSER, "lane-1").unchecked == 1
    desk.pick(1)
    assert load(desk, DISPENSER, "lane-1").unchecked == 0


def short_dated() -> Desk:
    """A store whose blue tubes expire in 20 days; a lane was filled from it."""
    desk = Desk()
    desk.stock.receive("citrate-blue", 500, lot="B1", expires=in_days(20), by=ENGINEER)
    desk.consumables.fill(DISPENSER, "lane-5", by=ENGINEER, today=desk.today, put_in=100)
    return desk


def test_lots_near_their_expiry_are_listed_with_what_is_in_the_devices() -> None:
    desk = short_dated()
    ((lot, inside),) = desk.consumables.expiring(desk.today)
    assert (lot.lot, lot.on_hand, inside) == ("B1", 400, 100)
    assert desk.consumables.expiring(desk.today, timedelta(days=10)) == []


def test_expired_tubes_in_a_lane_must_come_out_and_none_go_in() -> None:
    desk = short_dated()
    desk.days_on(21)
    assert [(need.why, need.remove) for need in desk.consumables.needs(NOTHING, desk.now)] == [(EXPIRED, (("B1", 100),))]
    with pytest.raises(UsageError):
        desk.consumables.fill(DISPENSER, "lane-5", by=ENGINEER, today=desk.today)
    desk.stock.receive("citrate-blue", 200, lot="B2", expires=in_days(400), by=ENGINEER)
    desk.consumables.fill(DISPENSER, "lane-5", by=ENGINEER, today=desk.today)
    assert load(desk, DISPENSER, "lane-5").content == (("B2", 100),) and desk.wrong() == []


# The record.


def test_a_ledger_without_the_patients_events_tells_the_levels_at_every_settlement(tmp_path: Path) -> None:
    desk = opened()
    desk.pick(1, 33)
    desk.label(700)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today, put_in=33)
    desk.pick(2, 12)
    desk.consumables.settle()
    people = {person.name: person.role for person in desk.site.people}
    with open_ledger(tmp_path / "l.db", site=desk.site.name, people=people, clock=desk.clock) as ledger:
        ledger.note_past([event for event in desk.journal.events if not event.kind.startswith(("tube.", "label."))])
        stock = Stock(LedgerRecorder(ledger), desk.site.stock, ledger)
        read = Consumables(LedgerRecorder(ledger), desk.site, stock, ledger)
        assert {key: load.level for key, load in read.levels.items()} == {key: load.level for key, load in desk.consumables.levels.items()}
        assert read.loaded.flows == desk.consumables.loaded.flows


def test_low_precedes_empty_at_the_ordinary_pace_of_use() -> None:
    """I-14: at the 25 tubes of the low mark, a lane lasts more than half an hour of the busiest kind at the peak of 260 patients an hour."""
    site = the_site()
    fastest = max(rate for (device, slot), rate in expected_per_h(site, 260.0).items() if slot.startswith("lane"))
    assert site.tubes.lane_low / fastest > 0.5
    assert site.labels.near_end / (site.tubes.patient_mean * 260 / 8) > 0.9
