"""Answers that come when nobody waits for them any more: no driver takes one for the answer to its next question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import simpy

from tests.caixue.modbus_bench import late, once
from tests.twin.linked_window import LinkedWindow
from twin.devices.barcode_scanner import BarcodeScannerModel
from twin.world import US


@dataclass
class Numbered:
    """A label that reads as the number of the scan, so that no old answer can pass for a new one."""

    readable: str


@pytest.fixture
def place() -> Iterator[LinkedWindow]:
    made = LinkedWindow()
    model = made.model(BarcodeScannerModel)
    model.target = lambda: Numbered(f"{model.scans:06}")
    yield made
    made.world.close()


def assert_own_answers(place: LinkedWindow) -> None:
    """Scans, each of which must bring the scanner's newest answer."""
    scanner, model = place.driver("barcode-scanner"), place.model(BarcodeScannerModel)

    def scan() -> None:
        for _ in range(10):
            assert scanner.scan() == f"{model.scans:06}"

    place.run(scan)


@pytest.mark.parametrize("delay_s", [0.3, 0.52, 0.6, 0.75, 0.9, 1.0])
def test_a_late_answer_of_the_scanner_is_not_taken_for_the_next(place: LinkedWindow, delay_s: float) -> None:
    place.lines["barcode-scanner"].to_host.append(once(late(delay_s)))
    assert_own_answers(place)


@pytest.mark.parametrize("noise_at_s", [[0.2], [0.65], [0.2, 0.65, 0.8], [0.62, 0.7, 0.78, 0.86]], ids=str)
def test_noise_before_a_late_answer_does_not_end_the_quiet_time(place: LinkedWindow, noise_at_s: list[float]) -> None:
    line = place.lines["barcode-scanner"]
    line.to_host.append(once(late(0.9)))
    for at_s in noise_at_s:
        place.world.kernel.at(round(at_s * US), line._deliver, b"\x55")
    assert_own_answers(place)


@pytest.mark.parametrize("after_us", range(1000, 100_000, 9000))
def test_the_answer_to_an_interrupted_question_is_not_taken_for_the_next_ones(place: LinkedWindow, after_us: int) -> None:
    """A patient is bumped while the window scans; the next patient's tube is scanned at once."""

    def bumped() -> Iterator[simpy.Event]:
        try:
            yield from place.world.call(place.driver("barcode-scanner").scan)
        except simpy.Interrupt:
            return

    process = place.world.process(bumped())
    place.world.kernel.at(after_us, lambda: process.is_alive and process.interrupt())
    place.world.kernel.run(process)
    assert_own_answers(place)


@pytest.mark.parametrize("after_us", range(500, 18_000, 700))
def test_the_answer_to_an_interrupted_query_of_the_slip_printer_is_not_taken_for_another_query(place: LinkedWindow, after_us: int) -> None:
    """With an open cover the queries have different answers, and an answer does not say which query it is to."""
    slips = place.driver("thermal-printer")
    place.models["thermal-printer"].begin("cover-open")
    right = dict(place.run(slips.status).values)

    def bumped() -> Iterator[simpy.Event]:
        try:
            yield from place.world.call(slips.status)
        except simpy.Interrupt:
            return

    process = place.world.process(bumped())
    place.world.kernel.at(place.world.now_us + after_us, lambda: process.is_alive and process.interrupt())
    place.world.kernel.run(process)
    assert dict(place.run(slips.status).values) == right
