"""Figures of the labels and of the tubes that carry them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caixue.day import NEVER, DayRecord
from caixue.measures.statistics import Basis, Samples, between


def tubes_labelled(day: DayRecord, basis: Basis) -> float:
    return float(np.count_nonzero(day.labels.applied_us != NEVER))


def tubes_voided(day: DayRecord, basis: Basis) -> float:
    return float(np.count_nonzero(day.labels.voided_us != NEVER))


def _count(day: DayRecord, wrong: NDArray[np.bool_]) -> float | None:
    """How many labels are wrong; without labels nothing is known."""
    return float(np.count_nonzero(wrong)) if len(day.labels) else None


def labels_crossed(day: DayRecord, basis: Basis) -> float | None:
    return _count(day, day.labels.crossed)


def labels_duplicate(day: DayRecord, basis: Basis) -> float | None:
    return _count(day, day.labels.duplicate)


def labels_unverified(day: DayRecord, basis: Basis) -> float | None:
    """Labels that left the window, or were drawn, before they had been scanned back, and those the laboratory found so."""
    labels = day.labels
    unscanned = labels.verified_us == NEVER
    late = [(used != NEVER) & (unscanned | (labels.verified_us > used)) for used in (labels.handed_over_us, labels.drawn_us)]
    return _count(day, late[0] | late[1] | labels.unverified)


def porter_calls(day: DayRecord, basis: Basis) -> float:
    return float(len(day.porter_calls_us))


def transports_us(day: DayRecord, basis: Basis) -> Samples:
    """One time for each tube that was drawn and has arrived at the laboratory."""
    return between(day.labels.drawn_us, day.labels.received_us)
