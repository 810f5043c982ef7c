"""G1: collection is led by the system throughout, each step of each tube is tracked, and errors are counted, those caught and those that were not.

A whole day of wrong labels and mis-loaded tubes, none of which leaves a window: tests/twin/test_wrong_label_day.py.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from caixue.folding import fold
from caixue.measures.statistics import Basis
from caixue.metrics import FIGURES, figure_value
from tests.twin.small_scenarios import Ran, assert_clean, fault, ran, small

STEPS = ["created", "sent", "printed", "applied", "verified", "handed-over", "drawn", "specimen.received"]


@pytest.fixture(scope="module")
def day() -> Ran:
    """Twenty minutes at two windows, with one label that has dead dots."""
    return ran(small(fault("window-1.label-printer", "print-head-dead-dots")))


def test_every_tube_that_reached_the_laboratory_went_through_every_step_in_order(day: Ran) -> None:
    assert_clean(day)
    received = [event.subject for event in day.events("specimen.received")]
    assert len(received) > 30, day
    assert all(day.of_serial(serial) == STEPS for serial in received), day


def test_an_error_that_was_caught_is_tracked_and_left_on_no_tube(day: Ran) -> None:
    unread = {event.data["serial"] for event in day.events("scan.no-read")}
    assert unread and all("specimen.received" not in day.of_serial(serial) or "verified" in day.of_serial(serial) for serial in unread), day
    assert day.figure("tube.voided") > 0 and day.figure("label.crossed") == 0, day


@pytest.mark.parametrize(("figure", "column"), [("label.crossed", "crossed"), ("label.duplicate", "duplicate"), ("label.unverified", "unverified")])
def test_an_error_that_was_not_caught_would_count(day: Ran, figure: str, column: str) -> None:
    assert FIGURES[figure].direction == "low"
    record = fold(day.result.events)
    wrong = getattr(record.labels, column).copy()
    wrong[0] = True
    planted = replace(record, labels=replace(record.labels, **{column: wrong}))
    basis = Basis(deadline_us=lambda severity, started_us, pauses=(): None)
    assert (figure_value(record, basis, figure), figure_value(planted, basis, figure)) == (0, 1)
