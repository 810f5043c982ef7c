"""C2.1.3: every kind of tube in the hosts is looked at and refilled in time, from lots that have not expired.

The arithmetic in detail: tests/caixue/ops/test_consumables.py; every order of events: tests/caixue/ops/test_stock.py; a month of
refills against what really happened: tests/twin/test_month.py.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from caixue.clock import SystemClock
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.balance import unbalanced
from caixue.ops.consumables import Consumables
from caixue.ops.refilling import open_until_next_chance
from caixue.ops.stock import Stock
from tests.caixue.ops.supply_desk import DISPENSER
from tests.contract.typed import Typed
from tests.twin.small_scenarios import read
from twin.engines.wire import run_replication
from twin.scenario import scenario_site

ENGINEER = "engineer-1"
LANES = ("serum-yellow", "serum-yellow", "edta-purple", "edta-purple", "citrate-blue", "fluoride-grey", "heparin-green", "esr-black")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """The commands at the default site; the store and all devices are full and on record."""
    monkeypatch.setenv("CAIXUE_LANG", "en")
    return Typed("eight-window", tmp_path / "room.ledger.db", capfd).full(ENGINEER)


def left(desk: Typed, device: str = DISPENSER) -> list[Any]:
    return [row["level"] for row in desk.ok("refill levels --json")["levels"] if row["device"] == device]


def test_every_kind_of_tube_runs_low_is_listed_refilled_and_taken_from_the_store(desk: Typed) -> None:
    before = {lot["item"]: lot["on_hand"] for lot in desk.ok("stock list --json")["lots"]}
    with desk.duty(ENGINEER) as (_, duty):
        for lane in range(1, 9):
            duty.count(DISPENSER, f"lane-{lane}", lane, by=ENGINEER)
    found = desk.ok("refill list --json")["needs"]
    assert [(row["slot"], row["item"], row["quantity"], row["why"]) for row in found] == [
        (f"lane-{lane}", kind, 100 - lane, "low") for lane, kind in enumerate(LANES, 1)
    ]
    first, *others = desk.ok("refill plan --json", by=ENGINEER)["tasks"]
    desk.ok("refill do", first["number"], by=ENGINEER)
    with desk.duty(ENGINEER) as (at, duty):
        for task in others:
            duty.fill(task["device"], task["slot"], by=ENGINEER, today=at.now.date())
    after = {lot["item"]: lot["on_hand"] for lot in desk.ok("stock list --json")["lots"]}
    taken = {kind: sum(100 - lane for lane, of in enumerate(LANES, 1) if of == kind) for kind in LANES}
    assert {item: before[item] - after[item] for item in taken} == taken
    assert left(desk) == [100] * 8 and desk.ok("refill list --json")["needs"] == []


def test_a_lane_that_will_not_last_until_the_clinic_closes_is_refilled_before(desk: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ok(f"refill count {DISPENSER} lane-1 40", by=ENGINEER)
    with desk.duty(ENGINEER) as (at, _):
        midnight = datetime.combine(at.now.date() + timedelta(days=1), time(), at.now.tzinfo)
        opening = open_until_next_chance(at.site, midnight)[0][0]  # at the end of a clinic day hardly anything is used any more
    monkeypatch.setattr(SystemClock, "now", lambda _: opening)
    assert desk.ok("refill list --json --patients-per-h 0")["needs"] == []
    (need,) = desk.ok("refill list --json --patients-per-h 400")["needs"][:1]
    assert (need["slot"], need["why"], need["quantity"]) == ("lane-1", "will-not-last", 60)


def test_expired_tubes_never_go_into_a_lane_and_are_listed(desk: Typed) -> None:
    desk.ok("stock scrap citrate-blue opening 4000", "--reason", "flood", by=ENGINEER)
    lines = ("--line", "citrate-blue,NEW,50,2099-01-01", "--line", "citrate-blue,SOON,30,2098-01-01")
    desk.ok("delivery announce", *lines, "--supplier", "s", by=ENGINEER)
    desk.ok("delivery sign delivery-0001 --accept-all", by="head-1")
    desk.ok(f"refill count {DISPENSER} lane-5 60", by=ENGINEER)
    events = desk.ok(f"refill do {DISPENSER} lane-5 --json", by=ENGINEER)["events"]
    assert [(row["data"]["lot"], row["data"]["quantity"]) for row in events if row["kind"] == "consumable.refilled"] == [
        ("SOON", 30),
        ("NEW", 10),
    ]
    listed = desk.ok("refill expiry --json --days 36500")["lots"]
    assert [(row["lot"], row["in_store"], row["in_devices"]) for row in listed] == [("SOON", 0, 30), ("NEW", 40, 10)]
    expired = desk.refused("delivery announce --line citrate-blue,OLD,5,not-a-day --supplier s", by=ENGINEER)
    assert "not-a-day" in expired


def test_the_commands_speak_chinese_first_and_fit_a_console(desk: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    desk.ok(f"refill count {DISPENSER} lane-1 5", by=ENGINEER)
    for words in ("refill list", "refill levels", "refill expiry --days 9", "order suggest"):
        assert desk.ok(words).encode("gbk")
    assert "将空" in desk.ok("refill list")


def test_a_rack_of_wrong_tubes_is_found_at_its_first_tube_taken_out_whole_and_every_lane_then_holds_what_the_books_say() -> None:
    """A morning of real drivers: what is read from the journal alone agrees with the tubes that physically lie in the lanes."""
    scenario = read("wrong-label-day", "duration=30 min", *(f"fault.{number}.at=+{3 * number + 3} min" for number in range(4)))
    site = scenario_site(scenario)
    ran = run_replication(scenario, site, None)
    journal = MemoryJournal()
    books = Consumables(Recorder(journal, None), site, Stock(Recorder(journal, None), site.stock, journal), journal)  # type: ignore[arg-type]
    for event in ran.events:
        journal.append(event)
    (found,) = [event for event in ran.events if event.kind == "tube.wrong-kind"]
    (removed,) = [event for event in ran.events if event.kind == "consumable.removed"]
    assert (removed.subject, removed.data["slot"], removed.data["reason"]) == (found.subject, f"lane-{found.data['lane']}", "wrong-kind")
    lanes = {key: load.level for key, load in books.levels.items() if not load.slot.roll}
    assert lanes == {key: ran.truth.levels[key] for key in lanes}
    assert unbalanced(books.stock.lots.values(), books.loaded) == []
