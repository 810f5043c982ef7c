"""Every kind of link fault in a small room: it fires, is seen or absorbed as its row says, is written down, and the link works afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from caixue.errors import UsageError
from caixue.lang import tr
from tests.twin.small_scenarios import Ran, assert_clean, assert_fails, fault, in_order, never_fired, never_seen, ran, read, small
from twin.experiment import run
from twin.faults.catalogue import catalogue
from twin.faults.injector import MOST_TOLD

ROWS = {kind: row for (device, kind), row in catalogue().items() if device == "link"}
DISPENSER, PRINTER, SCANNER, SLIPS = "tube-dispenser", "label-printer", "barcode-scanner", "thermal-printer"
ABSORBED = ["latency", "jitter", "bandwidth", "partial", "merged"]
# What makes a rare fault frequent enough for ten minutes of one small window.
OFTEN: dict[str, dict[str, Any]] = {
    "corrupt": {"probability": 0.05},
    "dropped-byte": {"probability": 0.05},
    "duplicated-byte": {"probability": 0.05},
    "noise": {"probability": 0.05},
}


def room(*tables: str, seed: int = 2) -> Ran:
    """One window with few patients."""
    return ran(small(*tables, windows=1, duration="25 min", per_h="40", seed=seed))


def on_link(kind: str, device: str = DISPENSER, at: str = "+3 min", end: str = 'for = "8 min"', **detail: Any) -> str:
    """A fault on the link of one device of window-1."""
    return fault(f"link:window-1.{device}", kind, at, end, **detail)


def steps(one: Ran, number: int = 0) -> list[float | None]:
    """When the fault was armed, fired, seen and recovered."""
    return [one.faults[number][key] for key in ("armed_at", "fired_at", "seen_at", "recovered_at")]


@pytest.mark.parametrize("kind", [kind for kind in ROWS if kind not in ABSORBED])
def test_a_fault_that_costs_replies_fires_is_seen_and_goes_away(kind: str) -> None:
    one = room(on_link(kind, PRINTER if kind == "noise" else DISPENSER, **OFTEN.get(kind, {})))
    assert_clean(one)
    assert in_order(one.faults[0]), f"{one.faults} in{one!r}"
    assert one.faults[0]["firings"] > 0 and "absorbed" not in one.faults[0]


@pytest.mark.parametrize(
    ("kind", "device"),
    [
        (kind, device)
        for kind in ABSORBED
        for device in (DISPENSER, PRINTER, SCANNER, SLIPS)
        if kind != "partial" or device in (DISPENSER, SCANNER)
    ],
)  # a printer answers with one byte, which cannot be parted
def test_what_a_protocol_is_made_to_absorb_fires_leaves_no_trouble_and_passes(kind: str, device: str) -> None:
    often = {"probability": 0.5} if "probability" in ROWS[kind].detail else {}
    one = room(on_link(kind, device, **often))
    assert_clean(one)
    armed, fired, seen, recovered = steps(one)
    assert seen is None and None not in (armed, fired, recovered), f"{one.faults} in{one!r}"
    assert one.faults[0]["absorbed"] and one.faults[0]["firings"] > 10
    assert not [event for event in one.events() if event.kind.startswith("link.")], one


def test_exactly_the_kinds_that_add_time_alone_are_absorbed() -> None:
    assert sorted(kind for kind, row in ROWS.items() if row.absorbed) == sorted(ABSORBED)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("latency", {"delay": "700 ms"}), ("jitter", {"jitter": "1500 ms"}), ("partial", {"probability": 0.5, "gap": "300 ms"})],
)
def test_time_beyond_what_a_driver_waits_is_seen_like_any_fault(kind: str, detail: dict[str, Any]) -> None:
    one = room(on_link(kind, **detail))
    assert_clean(one)
    assert in_order(one.faults[0]) and "absorbed" not in one.faults[0], f"{one.faults} in{one!r}"


def test_an_absorbed_fault_that_never_fires_fails_the_run() -> None:
    one = room(on_link("latency", every=100_000))
    assert_fails(one, never_fired(one.faults[0]["name"]))


def test_an_absorbed_fault_after_which_nothing_works_fails_the_run() -> None:
    one = ran(small(on_link("latency", at="+24 min", end='for = "30 min"'), windows=1, duration="25 min", per_h="40", seed=2))
    name = one.faults[0]["name"]
    assert_fails(one, tr(f"{name}：已触发，但此后没有恢复的迹象", f"{name}: fired, but never recovered"))


def test_a_fault_that_a_driver_reads_past_is_not_absorbed_by_decree_and_fails_the_run() -> None:
    """Noise before a Modbus reply costs nothing; a scenario that means to test it on that link tests nothing."""
    one = room(on_link("noise", probability=0.2))
    assert_fails(one, never_seen(one.faults[0]["name"]))
    assert one.faults[0]["recovered_at"] is None, one


# The journal


def test_each_firing_is_in_the_journal_with_the_bytes_before_and_after() -> None:
    one = room(on_link("bad-crc", every=7))
    told = one.events("twin.link-disturbed")
    assert [event.data["n"] for event in told] == list(range(1, one.faults[0]["firings"] + 1))
    for event in told:
        ((late_us, after),) = event.data["after"]
        before = event.data["before"]
        assert (late_us, event.data["direction"], event.subject) == (0, "to-host", "fault-1")
        assert after[:-2] == before[:-2] and after[-2:] != before[-2:]


def test_the_journal_holds_the_first_firings_in_full_and_at_the_end_how_many_there_were() -> None:
    one = ran(small(on_link("latency", SLIPS, end='for = "30 min"', delay="1 ms"), windows=1, duration="40 min", per_h="100", seed=2))
    (ended,) = one.events("twin.fault-ended")
    assert ended.data["firings"] == one.faults[0]["firings"] > MOST_TOLD
    assert len(one.events("twin.link-disturbed")) == MOST_TOLD


def test_a_lost_reply_is_written_down_as_nothing() -> None:
    assert all(event.data["after"] == [] for event in room(on_link("lost-reply", every=10)).events("twin.link-disturbed"))


# Both directions, and several at once


@pytest.mark.parametrize(
    ("direction", "told"), [("to-host", {"to-host"}), ("to-device", {"to-device"}), ("both", {"to-host", "to-device"})]
)
def test_a_fault_disturbs_the_directions_it_names_and_no_other(direction: str, told: set[str]) -> None:
    one = room(on_link("corrupt", direction=direction, probability=0.1))
    assert_clean(one)
    assert {event.data["direction"] for event in one.events("twin.link-disturbed")} == told, one


def test_count_and_after_say_how_often_and_from_when() -> None:
    one = room(on_link("bad-crc", every=1, after=20, count=3))
    assert_clean(one)
    assert one.faults[0]["firings"] == 3


def test_several_faults_on_one_link_work_in_turn_and_are_told_apart() -> None:
    kinds = ("latency", "bad-crc", "partial")
    one = room(*(on_link(kind) for kind in kinds))
    assert_clean(one)
    assert all(times["firings"] for times in one.faults), one
    assert [times["name"].split()[1] for times in one.faults] == [*kinds]


def test_another_fault_on_the_same_link_moves_no_dice_of_the_first() -> None:
    alone = room(on_link("corrupt", probability=0.3, count=1))
    beside = room(on_link("corrupt", probability=0.3, count=1), on_link("latency", delay="1 ms", at="+20 min", end='for = "1 min"'))
    first, second = (one.events("twin.link-disturbed")[0] for one in (alone, beside))
    assert (first.at_us, dict(first.data)) == (second.at_us, dict(second.data))


# At the door


@pytest.mark.parametrize(
    "detail", [{"direction": "sideways"}, {"every": 0}, {"probability": 1.5}, {"count": 0}, {"back": "2 s"}, {"after": "3"}], ids=str
)
def test_what_a_link_fault_cannot_be_is_refused_at_the_door(detail: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(detail))):
        run(read(small(on_link("bad-crc", **detail), windows=1)))
