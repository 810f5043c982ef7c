"""One patient's tubes through a window's five devices: whatever breaks, what reaches the nurse is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.label_printer import LabelPrinter
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.errors import DeviceError, LinkError
from caixue.labelling import SCANS_PER_TUBE, TRIES_PER_TUBE, HelpNeeded
from caixue.tubes import TUBE_KINDS
from tests.caixue.window_bench import BLUE, GREY, PURPLE, YELLOW, WindowBench, order, read_off

PURPLE_LANES = (3, 4)
BLUE_LANE = 5


@pytest.fixture
def bench() -> WindowBench:
    return WindowBench()


def test_a_tray_holds_the_patients_tubes_in_the_order_of_draw_each_with_its_own_label(bench: WindowBench) -> None:
    tray = bench.window.prepare(order(PURPLE, YELLOW, BLUE, GREY))
    assert [kind for _, kind in tray.labels] == ["citrate-blue", "serum-yellow", "edta-purple", "fluoride-grey"]
    assert [(read_off(tube), tube.kind) for tube in bench.things.nurse] == [([serial], kind) for serial, kind in tray.labels]
    assert bench.things.cradle == bench.things.tray == bench.things.bin == [] and not bench.printer.plate


def test_each_step_is_journaled_when_the_devices_have_said_so(bench: WindowBench) -> None:
    (serial, _), *_ = bench.window.prepare(order(YELLOW)).labels
    assert bench.steps(serial) == ["created", "sent", "printed", "applied", "verified", "handed-over"]
    assert bench.notes.kinds == [
        "label.created", "tube.picked", "label.sent", "label.printed", "label.applied", "label.verified", "label.handed-over", "receipt.printed",
    ]  # fmt: skip


def test_one_tube_takes_about_nine_seconds(bench: WindowBench) -> None:
    """NESLI's labelling robot needs 8.96 s a tube (Demirci 2024)."""
    for _ in range(2):
        started_us = bench.clock.now_us
        bench.window.prepare(order(YELLOW, PURPLE, BLUE, GREY))
    handed_us = [event.at_us for event in bench.notes.events if event.kind == "label.handed-over"][-1]
    assert 7.0 < (handed_us - started_us) / 1e6 / 4 < 9.5


def test_the_slip_names_the_tubes_and_nobody(bench: WindowBench) -> None:
    tray = bench.window.prepare(order(YELLOW, PURPLE))
    printed = "\n".join(str(line) for line in bench.slips.printed)
    assert all(serial in printed for serial, _ in tray.labels) and "王**" in printed
    assert tray.patient not in printed


@pytest.mark.parametrize("symptom", ["paper-out", "cover-open", "silence", "offline", "cutter-jam"])
def test_without_a_slip_the_patient_is_still_served(bench: WindowBench, symptom: str) -> None:
    bench.slips.begin(symptom)
    tray = bench.window.prepare(order(YELLOW))
    assert bench.steps(tray.labels[0][0])[-1] == "handed-over" and len(bench.things.nurse) == 1
    assert "receipt.printed" not in bench.notes.kinds


def test_the_slip_comes_after_the_tray(bench: WindowBench) -> None:
    bench.window.prepare(order(YELLOW))
    assert bench.notes.kinds.index("label.handed-over") < bench.notes.kinds.index("receipt.printed")


def test_unreadable_labels_go_into_the_bin_and_after_three_the_window_asks_for_help(bench: WindowBench) -> None:
    bench.printer.begin_dead_dots()
    with pytest.raises(HelpNeeded) as caught:
        bench.window.prepare(order(YELLOW, PURPLE))
    assert (caught.value.device, caught.value.symptom) == ("window-1.label-printer", "no-read")
    assert bench.scanner.scans == TRIES_PER_TUBE * SCANS_PER_TUBE
    assert len(bench.things.bin) == TRIES_PER_TUBE and bench.things.nurse == bench.things.tray == []
    assert set(bench.last_steps().values()) == {"void"} and len(bench.last_steps()) == TRIES_PER_TUBE


def test_a_label_that_reads_as_another_is_looked_at_once_and_its_tube_goes_into_the_bin(bench: WindowBench) -> None:
    bench.window.prepare(order(YELLOW))
    bench.scanner.begin_stale_reply()
    before = bench.scanner.scans
    with pytest.raises(HelpNeeded) as caught:
        bench.window.prepare(order(YELLOW, patient="patient-00002"))
    assert (caught.value.device, caught.value.symptom) == ("window-1.barcode-scanner", "mismatch")
    assert bench.scanner.scans - before == TRIES_PER_TUBE == len(bench.things.bin)
    assert len(bench.things.nurse) == 1  # the first patient's


def test_a_wrong_colour_locks_the_lane_bins_the_tube_and_takes_the_next_lane(bench: WindowBench) -> None:
    bench.dispenser.begin_wrong_rack(PURPLE_LANES[0], "citrate-blue")
    old = len(bench.things.bin)
    tray = bench.window.prepare(order(PURPLE))
    assert [tube.kind for tube in bench.things.nurse] == ["edta-purple"] and len(tray.labels) == 1
    assert [tube.kind for tube in bench.things.bin[old:]] == ["citrate-blue"] and bench.things.bin[-1].labels == []
    assert bench.dispenser.locked == 1 << (PURPLE_LANES[0] - 1)
    wrong = next(event for event in bench.notes.events if event.kind == "tube.wrong-kind")
    assert wrong.data == {"lane": 3, "expected": "edta-purple", "found": "citrate-blue"}
    assert len(bench.serials_made()) == 1  # no label was made for the wrong tube


def test_a_locked_lane_is_not_tried_again(bench: WindowBench) -> None:
    bench.dispenser.begin_wrong_rack(PURPLE_LANES[0], "citrate-blue")
    for _ in range(4):
        bench.window.prepare(order(PURPLE))
    assert bench.notes.kinds.count("tube.wrong-kind") == 1
    assert {event.data["lane"] for event in bench.notes.events if event.kind == "tube.picked"} == {PURPLE_LANES[1]}


def test_wrong_tubes_in_the_only_lane_of_a_kind_stop_the_window(bench: WindowBench) -> None:
    bench.dispenser.begin_wrong_rack(BLUE_LANE, "edta-purple")
    with pytest.raises(HelpNeeded) as caught:
        bench.window.prepare(order(BLUE))
    assert caught.value.device == "window-1.tube-dispenser"
    assert bench.serials_made() == [] and bench.things.nurse == []


def test_an_empty_lane_is_passed_over_for_the_next_of_its_kind(bench: WindowBench) -> None:
    bench.dispenser.begin_lane_empty(PURPLE_LANES[0])
    bench.window.prepare(order(PURPLE))
    assert [event.data["lane"] for event in bench.notes.events if event.kind == "tube.picked"] == [PURPLE_LANES[1]]
    assert "consumable.stockout" not in bench.notes.kinds


def test_a_kind_that_has_run_out_is_a_stockout_and_stops_the_window(bench: WindowBench) -> None:
    bench.dispenser.begin_lane_empty(BLUE_LANE)
    with pytest.raises(HelpNeeded) as caught:
        bench.window.prepare(order(BLUE, YELLOW))
    assert (caught.value.device, caught.value.symptom) == ("window-1.tube-dispenser", "lane-empty")
    stockouts = [event.data["item"] for event in bench.notes.events if event.kind == "consumable.stockout"]
    assert stockouts == ["citrate-blue"]


def test_trouble_with_the_last_tube_voids_the_labels_that_were_already_verified(bench: WindowBench) -> None:
    applied: list[int] = []
    usual = bench.host.carry_out

    def carry_out(command: str, parameter: int) -> int:
        applied.extend([1] if command == "apply" else [])
        if len(applied) == 3:
            bench.host.begin_motor_fault()
        return usual(command, parameter)

    bench.host.carry_out = carry_out  # type: ignore[method-assign]
    with pytest.raises(HelpNeeded, match="motor-fault"):
        bench.window.prepare(order(BLUE, YELLOW, PURPLE))
    assert [step for serial in bench.serials_made() for step in bench.steps(serial)].count("verified") == 2
    assert set(bench.last_steps().values()) == {"void"} and bench.things.nurse == []


@pytest.mark.parametrize(
    ("kind", "symptom"),
    [
        ("tube-dispenser", "jam"),
        ("tube-dispenser", "silence"),
        ("collection-host", "silence"),
        ("label-printer", "jam"),
        ("barcode-scanner", "silence"),
    ],
)
def test_after_a_repair_a_restart_brings_the_window_back_to_a_clean_start(bench: WindowBench, kind: str, symptom: str) -> None:
    model = bench.models[f"window-1.{kind}"]
    bench.window.prepare(order(YELLOW))
    model.begin(symptom)
    with pytest.raises(HelpNeeded) as caught:
        bench.window.prepare(order(BLUE, PURPLE, patient="patient-00002"))
    assert caught.value.device == model.name
    model.end(symptom)
    bench.clock.sleep(10)
    bench.window.restart()
    assert bench.things.cradle == bench.things.tray == [] and not bench.printer.plate
    tray = bench.window.prepare(order(BLUE, PURPLE, patient="patient-00003"))
    assert [read_off(tube) for tube in bench.things.nurse[1:]] == [[serial] for serial, _ in tray.labels]
    assert bench.crowded == []


@pytest.mark.parametrize(
    ("kind", "symptom"), [("label-printer", "paper-out"), ("barcode-scanner", "silence"), ("collection-host", "silence")]
)
def test_a_restart_fails_while_the_device_is_not_healed(bench: WindowBench, kind: str, symptom: str) -> None:
    bench.models[f"window-1.{kind}"].begin(symptom)
    with pytest.raises(HelpNeeded):
        bench.window.prepare(order(YELLOW))
    with pytest.raises((DeviceError, LinkError)):
        bench.window.restart()


class BrokenOff(BaseException):
    """Stands for an interruption from outside, which is no error of any device."""


@pytest.mark.parametrize(
    ("driver", "operation"),
    [
        (TubeDispenser, "dispense"),
        (LabelPrinter, "print_label"),
        (CollectionHost, "apply_label"),
        (BarcodeScanner, "scan"),
        (CollectionHost, "release"),
        (CollectionHost, "present_tray"),
    ],
)
def test_an_interruption_at_any_step_voids_every_open_label_and_a_restart_clears_the_window(
    bench: WindowBench, monkeypatch: pytest.MonkeyPatch, driver: type, operation: str
) -> None:
    calls: list[int] = []
    usual: Callable[..., object] = getattr(driver, operation)

    def breaks_off(self: object, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == (1 if operation == "present_tray" else 2):
            raise BrokenOff
        return usual(self, *arguments)

    with monkeypatch.context() as patch, pytest.raises(BrokenOff):
        patch.setattr(driver, operation, breaks_off)
        bench.window.prepare(order(BLUE, YELLOW))
    assert set(bench.last_steps().values()) == {"void"} and set(bench.reasons("label.void")) == {"interrupted"}
    bench.window.restart()
    assert len(bench.window.prepare(order(BLUE, YELLOW, patient="patient-00002")).labels) == 2
    assert len(bench.things.nurse) == 2 and bench.crowded == []


# Device, symptom and details of everything that can break at a window without a person being able to tell beforehand.
BREAKS = (
    ("label-printer", "dead-dots", {}),
    ("label-printer", "paper-out", {"remaining_mm": 40.0}),
    ("label-printer", "jam", {}),
    ("label-printer", "head-open", {}),
    ("label-printer", "power-cycle", {"reprint": True, "off_s": 3.0}),
    ("label-printer", "power-cycle", {"reprint": False, "off_s": 0.05}),
    ("label-printer", "silence", {}),
    ("barcode-scanner", "no-read", {}),
    ("barcode-scanner", "stale-reply", {}),
    ("barcode-scanner", "silence", {}),
    ("tube-dispenser", "jam", {}),
    ("tube-dispenser", "lane-empty", {"lane": 5}),
    ("tube-dispenser", "wrong-rack", {"lane": 3, "loaded": "citrate-blue"}),
    ("tube-dispenser", "wrong-rack", {"lane": 5, "loaded": "edta-purple"}),
    ("tube-dispenser", "silence", {}),
    ("collection-host", "motor-fault", {}),
    ("collection-host", "suction-lost", {}),
    ("collection-host", "silence", {}),
    ("thermal-printer", "paper-out", {}),
)
MOMENTS = st.tuples(st.integers(0, len(BREAKS) - 1), st.integers(0, 40_000_000))


@given(st.lists(MOMENTS, min_size=1, max_size=3))
def test_whatever_breaks_and_whenever_what_reaches_the_nurse_is_right(moments: list[tuple[int, int]]) -> None:
    bench = WindowBench()
    for patient, (place, after_us) in enumerate(moments):
        kind, symptom, detail = BREAKS[place]
        model = bench.models[f"window-1.{kind}"]
        bench.clock.call_later(after_us, lambda model=model, symptom=symptom, detail=detail: model.begin(symptom, **detail))
        _serve(bench, f"patient-{patient}")
        bench.clock.sleep(60)
        model.end(symptom)
        bench.models["window-1.tube-dispenser"].refill()
        bench.clock.sleep(60)
        bench.window.restart()
        _serve(bench, f"patient-{patient}-again")
    assert bench.crowded == []
    assert max(bench.host.most_in_flight, bench.dispenser.most_in_flight) == 1


def _serve(bench: WindowBench, patient: str) -> None:
    """Prepare a tray, check every tube in it against the journal, and take it away; or find all labels void."""
    made = len(bench.serials_made())
    try:
        tray = bench.window.prepare(order(BLUE, YELLOW, PURPLE, patient=patient))
    except HelpNeeded:
        assert all(bench.steps(serial)[-1] == "void" for serial in bench.serials_made()[made:])
        bench.things.nurse.clear()  # a tray may have come out in the end: its labels are void, the nurse throws it away
        return
    assert [(read_off(tube), tube.kind) for tube in bench.things.nurse] == [([serial], kind) for serial, kind in tray.labels]
    assert [kind for _, kind in tray.labels] == sorted((kind for _, kind in tray.labels), key=lambda kind: TUBE_KINDS[kind].draw_rank)
    for serial, _ in tray.labels:
        assert bench.steps(serial) == ["created", "sent", "printed", "applied", "verified", "handed-over"]
    bench.things.nurse.clear()
