"""A label's life at the simplest station, the manual one: retries are bounded, and nothing that was not read back leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caixue.drivers.barcode_scanner import BarcodeScanner
from caixue.drivers.label_printer import LabelPrinter
from caixue.errors import DeviceError, LinkError
from caixue.labelling import SCANS_PER_TUBE, TRIES_PER_TUBE, HelpNeeded, Tray
from caixue.tubes import TUBE_KINDS
from tests.caixue.window_bench import BLUE, PURPLE, YELLOW, ManualBench, order, order_of, read_off


@pytest.fixture
def bench() -> ManualBench:
    return ManualBench()


def test_every_label_goes_through_its_life_in_order(bench: ManualBench) -> None:
    tray = bench.station.prepare(order(YELLOW, PURPLE))
    assert tray == Tray("patient-00001", (("261123000001", "serum-yellow"), ("261123000002", "edta-purple")))
    for serial, _ in tray.labels:
        assert bench.steps(serial) == ["created", "sent", "printed", "applied", "verified", "handed-over"]


def test_the_nurse_gets_tubes_with_one_readable_label_each(bench: ManualBench) -> None:
    tray = bench.station.prepare(order(BLUE, YELLOW, PURPLE))
    assert [(read_off(tube), tube.kind) for tube in bench.things.nurse] == [([serial], kind) for serial, kind in tray.labels]


def test_tubes_are_prepared_in_the_order_of_draw_whatever_the_order_says(bench: ManualBench) -> None:
    kinds = [kind for _, kind in bench.station.prepare(order_of("edta-purple", "citrate-blue", "serum-yellow")).labels]
    assert kinds == sorted(kinds, key=lambda kind: TUBE_KINDS[kind].draw_rank) and kinds[0] == "citrate-blue"


def test_an_order_without_tubes_is_an_empty_tray(bench: ManualBench) -> None:
    assert bench.station.prepare(order()).labels == () and bench.notes.events == []


def test_a_label_that_cannot_be_read_is_looked_at_once_more(bench: ManualBench) -> None:
    bench.scanner.begin_no_read()
    looks = _count_scans(bench, lambda count: bench.scanner.end_no_read() if count == 1 else None)
    tray = bench.station.prepare(order(YELLOW))
    assert looks == [1, 2]
    assert bench.steps(tray.labels[0][0])[-2:] == ["verified", "handed-over"]
    assert bench.notes.kinds.count("scan.no-read") == 1


def test_labels_that_cannot_be_read_are_given_up_after_three_tubes_of_two_looks(bench: ManualBench) -> None:
    bench.scanner.begin_no_read()
    looks = _count_scans(bench)
    with pytest.raises(HelpNeeded) as caught:
        bench.station.prepare(order(YELLOW))
    assert (caught.value.device, caught.value.symptom) == ("manual-1.label-printer", "no-read")
    assert len(looks) == TRIES_PER_TUBE * SCANS_PER_TUBE
    assert bench.last_steps() == {f"26112300000{number}": "void" for number in (1, 2, 3)}
    assert bench.hands.did == ["stick serum-yellow", "bin"] * TRIES_PER_TUBE
    assert bench.things.nurse == []


def test_a_mismatch_is_not_looked_at_again_and_never_leaves(bench: ManualBench) -> None:
    first = bench.station.prepare(order(YELLOW))
    bench.scanner.begin_stale_reply()
    looks = _count_scans(bench)
    with pytest.raises(HelpNeeded) as caught:
        bench.station.prepare(order(YELLOW, patient="patient-00002"))
    assert (caught.value.device, caught.value.symptom) == ("manual-1.barcode-scanner", "mismatch")
    assert len(looks) == TRIES_PER_TUBE
    mismatches = [event.data for event in bench.notes.events if event.kind == "scan.mismatch"]
    assert [row["read"] for row in mismatches] == [first.labels[0][0], *[row["serial"] for row in mismatches[:-1]]]
    assert [read_off(tube) for tube in bench.things.nurse] == [[first.labels[0][0]]]


def test_trouble_with_the_last_tube_voids_the_labels_of_all(bench: ManualBench) -> None:
    scans = _count_scans(bench, lambda count: bench.printer.begin_head_open() if count == 2 else None)
    with pytest.raises(HelpNeeded, match="head-open"):
        bench.station.prepare(order(BLUE, YELLOW, PURPLE))
    assert len(scans) == 2
    assert bench.last_steps() == dict.fromkeys(bench.serials_made(), "void") and len(bench.serials_made()) == 3
    assert set(bench.reasons("label.void")) == {"head-open"}
    assert "label.handed-over" not in bench.notes.kinds


def test_a_label_that_was_refused_before_it_was_sent_is_void_and_never_unknown(bench: ManualBench) -> None:
    bench.printer.begin_head_open()
    with pytest.raises(HelpNeeded):
        bench.station.prepare(order(YELLOW))
    assert bench.steps("261123000001") == ["created", "void"]


def test_a_print_that_was_interrupted_is_unknown_and_then_void(bench: ManualBench) -> None:
    bench.printer.begin_paper_out()
    with pytest.raises(HelpNeeded) as caught:
        bench.station.prepare(order(YELLOW))
    assert caught.value.symptom == "paper-out"
    assert bench.steps("261123000001") == ["created", "sent", "unknown", "void"]
    assert bench.reasons("label.unknown") == ["print-interrupted"]


@pytest.mark.parametrize("device", ["label-printer", "barcode-scanner"])
def test_a_device_that_falls_silent_stops_the_station_as_no_answer(bench: ManualBench, device: str) -> None:
    bench.models[f"manual-1.{device}"].begin("silence")
    with pytest.raises(HelpNeeded) as caught:
        bench.station.prepare(order(YELLOW))
    assert (caught.value.device, caught.value.symptom) == (f"manual-1.{device}", "no-answer")
    assert bench.last_steps() == {"261123000001": "void"} and bench.reasons("label.void") == ["link"]


def test_a_serial_is_never_given_again_after_trouble(bench: ManualBench) -> None:
    bench.scanner.begin_no_read()
    with pytest.raises(HelpNeeded):
        bench.station.prepare(order(YELLOW))
    bench.scanner.end_no_read()
    bench.station.restart()
    tray = bench.station.prepare(order(YELLOW, patient="patient-00002"))
    assert tray.labels == (("261123000004", "serum-yellow"),)
    assert len(set(bench.serials_made())) == len(bench.serials_made()) == 4


def test_a_restart_throws_away_what_is_left_and_fails_while_an_alarm_stands(bench: ManualBench) -> None:
    bench.printer.begin_paper_out()
    with pytest.raises(HelpNeeded):
        bench.station.prepare(order(YELLOW))
    with pytest.raises(DeviceError, match="paper-out"):
        bench.station.restart()
    bench.printer.end_paper_out()
    bench.clock.sleep(5)
    bench.station.restart()
    assert bench.things.take_label() is None
    assert len(bench.station.prepare(order(YELLOW)).labels) == 1


def test_a_restart_fails_while_the_printer_does_not_answer(bench: ManualBench) -> None:
    bench.printer.begin_silence()
    with pytest.raises(LinkError):
        bench.station.restart()


class BrokenOff(BaseException):
    """Stands for an interruption from outside, which is no error of any device."""


@pytest.mark.parametrize(("driver", "operation"), [(LabelPrinter, "print_label"), (LabelPrinter, "status"), (BarcodeScanner, "scan")])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_interruption_at_any_wait_voids_every_open_label(
    monkeypatch: pytest.MonkeyPatch, driver: type, operation: str, call: int
) -> None:
    bench, calls, usual = ManualBench(), [], getattr(driver, operation)

    def breaks_off(self: object, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == call:
            raise BrokenOff
        return usual(self, *arguments)

    monkeypatch.setattr(driver, operation, breaks_off)
    with pytest.raises(BrokenOff):
        bench.station.prepare(order(BLUE, YELLOW, PURPLE))
    assert bench.last_steps() == dict.fromkeys(bench.serials_made(), "void")
    assert set(bench.reasons("label.void")) == {"interrupted"}
    assert "label.handed-over" not in bench.notes.kinds


def _count_scans(bench: ManualBench, after: Callable[[int], object] = lambda count: None) -> list[int]:
    """Numbers of the scans from now on; `after` is called with each."""
    scans: list[int] = []
    look = bench.scanner.target

    def target() -> object:
        scans.append(len(scans) + 1)
        bench.clock.call_later(1_000, after, len(scans))
        return look()

    bench.scanner.target = target  # type: ignore[assignment]
    return scans
