"""`conveyor-stopped`: the belt stands for 35 minutes; trays and a porter carry the morning, and small trays show what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.events import Event
from tests.twin.small_scenarios import Ran, assert_clean, fault, in_order, ran, small

TRAYS = 'schema = 1\nextends = "eight-window"\nname = "trays"\n[transport]\ntray_tubes = {}\n'
S, MIN = 1_000_000, 60_000_000


def site_with_trays(folder: Path, tubes: int) -> str:
    """A site whose trays hold so many tubes."""
    path = folder / f"trays-{tubes}.toml"
    path.write_text(TRAYS.format(tubes), encoding="utf-8")
    return path.as_posix()


@pytest.fixture(scope="module")
def stopped() -> Ran:
    """The scenario as it ships."""
    return ran("conveyor-stopped")


@pytest.fixture(scope="module")
def small_trays(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same morning until 09:30 where a tray holds five tubes."""
    site = site_with_trays(tmp_path_factory.mktemp("site"), 5)
    return ran("conveyor-stopped", f'site="{site}"', 'duration="150 min"', "staff={engineers=1}")


def blocked(one: Ran) -> list[Event]:
    return [event for event in one.events("window.blocked") if event.data["device"] == "conveyor-1"]


def classes(one: Ran, device: str = "conveyor-1") -> list[str]:
    """The classes that the device's incidents had, in order."""
    numbers = {event.subject for event in one.events("incident.opened") if event.data["device"] == device}
    return [event.data["class"] for event in one.events("incident.opened", "incident.reclassified") if event.subject in numbers]


def transports_us(one: Ran) -> list[tuple[int, int]]:
    """(drawn, received) of every tube that arrived, by the time of its draw."""
    drawn = {event.subject: event.at_us for event in one.events("label.drawn")}
    return sorted((drawn[event.subject], event.at_us) for event in one.events("specimen.received"))


# The scenario


def test_the_morning_passes_at_its_own_seed(stopped: Ran) -> None:
    assert_clean(stopped)
    assert {row.verdict for row in stopped.result.verdict.rows} == {"pass"}, stopped


def test_the_stop_fires_at_0840_lasts_35_minutes_and_is_noticed_by_the_monitor(stopped: Ran) -> None:
    (row,) = stopped.faults
    assert (row["fired_at"], in_order(row)) == (6000, True), stopped
    (ended,) = stopped.events("twin.fault-ended")
    assert ended.at_us == 6000 * S + 35 * MIN, stopped
    (opened,) = stopped.events("incident.opened")
    assert (opened.data["device"], opened.data["window"], opened.actor) == ("conveyor-1", "", "monitor"), stopped


def test_trays_and_porter_keep_every_window_open(stopped: Ran) -> None:
    assert stopped.events("window.blocked") == [], stopped
    assert stopped.figure("porter.calls") == len(stopped.events("porter.called")) >= 8, stopped
    assert classes(stopped) == ["较大"], stopped


def test_the_porter_is_called_only_while_the_belt_stands_and_comes_in_time(stopped: Ran) -> None:
    calls = stopped.events("porter.called")
    assert all(6000 * S < event.at_us < 8100 * S and event.data["tubes"] >= 20 for event in calls), stopped
    assert min(event.at_us for event in stopped.events("porter.left")) - calls[0].at_us == 5 * MIN, stopped


def test_every_drawn_tube_arrives_once(stopped: Ran) -> None:
    drawn, received = ({event.subject for event in stopped.events(kind)} for kind in ("label.drawn", "specimen.received"))
    assert drawn == received and len(received) == len(stopped.events("specimen.received")) > 2000, stopped
    assert stopped.events("specimen.rejected") == [], stopped


def test_tubes_wait_while_the_belt_stands_and_hardly_otherwise(stopped: Ran) -> None:
    times = transports_us(stopped)
    before = [received - drawn for drawn, received in times if drawn < 5700 * S]
    during = [received - drawn for drawn, received in times if 6000 * S < drawn < 7200 * S]
    assert sum(before) / len(before) == pytest.approx(5 * MIN, rel=0.1), stopped
    assert sum(during) / len(during) > 2 * sum(before) / len(before), stopped


def test_trays_of_five_stop_windows_and_make_it_a_major_fault_by_rule(small_trays: Ran) -> None:
    assert len({event.subject for event in blocked(small_trays)}) >= 8, small_trays
    assert {event.data["reason"] for event in blocked(small_trays)} == {"tray-full"}, small_trays
    assert classes(small_trays)[-1] == "重大", small_trays
    assert small_trays.figure("sla.breaches") == 0, small_trays
    failed = [(row.expectation.figure, row.expectation.where) for row in small_trays.result.verdict.rows if row.verdict != "pass"]
    assert failed == [("incident.count", "class == 重大")], small_trays


def test_every_window_that_a_full_tray_stopped_comes_back(small_trays: Ran) -> None:
    last = {event.subject: event.kind for event in small_trays.events("window.blocked", "window.restored")}
    assert set(last.values()) == {"window.restored"}, small_trays
    assert small_trays.reasons == (), small_trays


# A small room


def test_a_window_with_a_full_tray_calls_nobody_until_the_porter_has_been(tmp_path: Path) -> None:
    stop = fault("conveyor-1", "belt-stopped", end='for = "12 min"')
    one = ran(small(stop, site=site_with_trays(tmp_path, 4), windows=1))
    assert_clean(one)
    spells: list[tuple[int, int]] = []
    for event in one.events("window.blocked", "window.restored"):
        if event.subject == "window-1":
            spells = [*spells, (event.at_us, 0)] if event.kind == "window.blocked" else [*spells[:-1], (spells[-1][0], event.at_us)]
    called = [event.at_us for event in one.events("patient.called") if event.data["window"] == "window-1"]
    assert spells and not [at for at in called for start, end in spells if start <= at < end], one


def test_a_jam_is_general_until_a_window_stops_and_then_major_with_the_rules_reason(tmp_path: Path) -> None:
    one = ran(small(fault("conveyor-1", "belt-jam", end='for = "12 min"'), site=site_with_trays(tmp_path, 8), windows=1))
    assert classes(one) == ["一般", "重大"], one
    (change,) = one.events("incident.reclassified")
    assert change.actor == "rule" and "window-1" in change.data["reason"], one
    assert change.at_us == blocked(one)[0].at_us, one


@pytest.mark.parametrize("kind", ["belt-jam", "belt-slip", "eye-dirty", "silence"])
def test_every_fault_of_the_belt_is_seen_and_repaired_and_the_room_drains(kind: str) -> None:
    one = ran(small(fault("conveyor-1", kind)))
    assert_clean(one)
    assert in_order(one.faults[0]) and len(one.events("incident.closed")) == 1, one


@pytest.mark.parametrize("kind", ["sorter-jam", "wrong-lane", "scanner-fail", "silence"])
def test_every_fault_of_the_sorter_is_seen_and_repaired_and_the_room_drains(kind: str) -> None:
    one = ran(small(fault("sorter-1", kind)))
    assert_clean(one)
    assert in_order(one.faults[0]) and "sorter-1" in {event.data["device"] for event in one.events("incident.opened", "incident.merged")}, one


def test_a_jammed_sorter_and_the_belt_that_stands_behind_it_are_one_incident() -> None:
    one = ran(small(fault("sorter-1", "sorter-jam")))
    (opened,) = one.events("incident.opened")
    (closed,) = one.events("incident.closed")
    told = {(event.data["device"], event.data["symptom"]) for event in one.events("incident.opened", "incident.merged")}
    assert opened.subject == closed.subject and told == {("conveyor-1", "exit-blocked"), ("sorter-1", "sorter-jam")}, one


def test_a_jammed_sorter_holds_the_belt_and_the_belt_goes_on_by_itself() -> None:
    one = ran(small(fault("sorter-1", "sorter-jam")))
    alarms = [event for event in one.events("alarm.raised", "alarm.cleared") if event.subject == "conveyor-1"]
    assert {event.data["alarm"] for event in alarms} == {"exit-blocked"}, one
    (ended,) = one.events("twin.fault-ended")
    assert alarms[-1].kind == "alarm.cleared" and ended.at_us < alarms[-1].at_us < ended.at_us + MIN, one


def test_tubes_in_a_wrong_lane_arrive_later_but_all_arrive() -> None:
    astray, straight = ran(small(fault("sorter-1", "wrong-lane"))), ran(small())
    assert len(transports_us(astray)) == len(transports_us(straight)), astray
    assert astray.figure("specimen.transport.mean") > straight.figure("specimen.transport.mean") + 60, astray
    assert [astray.figure(f"label.{how}") for how in ("crossed", "duplicate", "unverified")] == [0, 0, 0], astray


def test_a_slipping_belt_carries_slowly_but_stops_no_window() -> None:
    slow, straight = ran(small(fault("conveyor-1", "belt-slip", at="+1 s"))), ran(small())
    assert slow.figure("specimen.transport.mean") > straight.figure("specimen.transport.mean"), slow
    assert (blocked(slow), slow.events("porter.called")) == ([], []), slow


def test_a_window_that_is_broken_behind_a_full_tray_comes_back_only_when_both_are_over(tmp_path: Path) -> None:
    stop = fault("conveyor-1", "belt-stopped", end='for = "12 min"')
    jam = fault("window-1.tube-dispenser", "tube-jam", at="+2 min")
    one = ran(small(stop, jam, site=site_with_trays(tmp_path, 4), windows=1))
    assert_clean(one)


def test_without_an_engineer_the_porter_still_keeps_the_room_going(tmp_path: Path) -> None:
    one = ran(small(fault("conveyor-1", "belt-stopped", end='for = "15 min"'), "[staff]\nengineers = 0", site=site_with_trays(tmp_path, 10)))
    assert one.events("porter.left"), one
    assert one.figure("patient.served") == one.figure("patient.count"), one
