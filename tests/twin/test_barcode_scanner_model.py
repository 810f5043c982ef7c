"""The scanner model: it says what is physically there, unless one of its faults makes it say something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.devices.barcode_scanner import FAULTS, BarcodeScannerModel
from twin.devices.label_printer import PrintedLabel

TRIGGER, STATUS = b"\x16T\r", b"\x16S\r"


def label(readable: str | None) -> PrintedLabel:
    return PrintedLabel("window-1.label-printer", 1, "261123000042", readable, True)


def bench(*views: PrintedLabel | None) -> tuple[BarcodeScannerModel, list[tuple[int, bytes]]]:
    """A scanner before which these labels stand one after another, and what it says with the delay of each answer."""
    model, said, coming = BarcodeScannerModel("window-1.verify-scanner"), [], iter(views)
    model.target = lambda: next(coming)
    model.send = lambda data, after_us=0: said.append((after_us, data))
    return model, said


def test_a_label_in_view_is_read_in_80_ms():
    model, said = bench(label("261123000042"))
    model.feed(TRIGGER)
    assert said == [(80_000, b"261123000042\r")]


@pytest.mark.parametrize("view", [None, label(None)], ids=["nothing-there", "unreadable"])
def test_nothing_readable_is_said_after_300_ms(view: PrintedLabel | None):
    model, said = bench(view)
    model.feed(TRIGGER)
    assert said == [(300_000, b"NOREAD\r")]


def test_it_says_that_it_is_well():
    model, said = bench()
    model.feed(STATUS)
    assert said == [(2_000, b"OK\r")]


@given(st.lists(st.sampled_from([TRIGGER, STATUS, b"\x16", b"T", b"\r", b"\n", b"X"]), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_chunks_of_the_same_bytes_are_answered_the_same(parts: list[bytes]):
    data = b"".join(parts)
    (whole, said_whole), (single, said_single) = bench(*[label("1")] * 30), bench(*[label("1")] * 30)
    whole.feed(data)
    for byte in data:
        single.feed(bytes([byte]))
    assert said_whole == said_single


def test_a_stale_buffer_says_the_code_of_the_scan_before():
    model, said = bench(label("000001"), label("000002"), label("000003"), label("000004"))
    fired = []
    model.effects["stale-reply"] = lambda: fired.append(len(said))
    model.feed(TRIGGER)
    model.begin("stale-reply")
    model.feed(TRIGGER + TRIGGER)
    model.end("stale-reply")
    model.feed(TRIGGER)
    assert [text for _, text in said] == [b"000001\r", b"000001\r", b"000002\r", b"000004\r"]
    assert fired == [1]


def test_a_dirty_window_takes_effect_only_on_a_label_that_could_be_read():
    model, said = bench(None, label("000001"), label("000001"))
    fired = []
    model.effects["no-read"] = lambda: fired.append(len(said))
    model.begin("no-read")
    model.feed(TRIGGER + TRIGGER)
    model.end("no-read")
    model.feed(TRIGGER)
    assert [text for _, text in said] == [b"NOREAD\r", b"NOREAD\r", b"000001\r"]
    assert fired == [1]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_every_fault_of_the_catalogue_changes_an_answer_and_is_repaired(fault):
    model, said = bench(label("000001"), label("000002"), label("000003"))
    fired = []
    model.effects[fault.symptom] = lambda: fired.append(fault.kind)
    model.feed(TRIGGER)
    model.begin(fault.symptom, **fault.detail)
    model.feed(TRIGGER)
    assert fired == [fault.kind]
    assert (80_000, b"000002\r") not in said
    model.end(fault.symptom)
    model.feed(TRIGGER)
    assert said[-1] == (80_000, b"000003\r")
