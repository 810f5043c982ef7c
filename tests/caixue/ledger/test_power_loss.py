"""The power fails at any write or sync: what was acknowledged is there afterwards, and the ledger opens.

Every image of the disk is opened as the program would open it. With settings that are known to lose records the same judge finds losses,
so it can.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.caixue.ledger.disk import KINDS, MODELS, Image, Step, images
from tests.caixue.ledger.numbers import FULL, told
from tests.caixue.ledger.powerless import Count, Head, Rewrite, as_it_is, judge, steps_of, with_extra_too_late, with_normal
from tests.caixue.ledger.workloads import WORKLOADS, Workload, single_notes

SAMPLE = 36  # images of one workload in a normal test run


KNOWN: dict[bytes, Head | str] = {}  # images that were judged: the making of a ledger is the beginning of every workload


def chosen(steps: list[Step], sample: int) -> Iterator[Image]:
    """All images, or a seeded sample of them."""
    every = [(model, number, kind) for model in MODELS for number in range(len(steps)) for kind in KINDS]
    return images(steps, None if FULL else set(Random(len(steps)).sample(every, min(sample, len(every)))))


def judged(workload: Workload, rewrite: Rewrite = as_it_is, *, folder_syncs: bool = True, sample: int = SAMPLE) -> Count:
    steps = steps_of(workload.work, rewrite=rewrite, **workload.options)
    steps = [step for step in steps if folder_syncs or step.what != "sync-folder"]
    began, heads = time.perf_counter(), [step.data for step in steps if step.what == "ack"]
    count = judge(chosen(steps, sample), heads, KNOWN)
    losses = {"lost": dict(count.lost), "unopenable": dict(count.unopenable)}
    told(f"{workload.name} [{rewrite.__name__}]", began, count.images, "images", steps=len(steps), different=count.different, **losses)
    return count


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda one: one.name)
def test_whenever_the_power_fails_nothing_acknowledged_is_lost_and_the_ledger_opens(workload: Workload):
    count = judged(workload)
    assert count.images >= min(SAMPLE, 12)
    assert count.examples == []


def test_there_are_at_least_twenty_workloads_each_with_writes_and_syncs():
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS) >= 20


NOTES = Workload("single notes", single_notes)


def test_with_synchronous_normal_the_same_judge_finds_losses():
    assert judged(NOTES, with_normal, sample=120).lost.total() > 0


def test_with_extra_set_only_after_the_change_to_wal_it_finds_losses_where_nothing_else_syncs_the_folder():
    assert judged(NOTES, with_extra_too_late, folder_syncs=False, sample=120).lost.total() > 0


def test_with_extra_set_first_nothing_is_lost_even_where_nothing_else_syncs_the_folder():
    assert judged(NOTES, folder_syncs=False).examples == []
