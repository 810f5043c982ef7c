"""The trace hash: the same story gives the same digest, and any difference in it another."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.link import tracing
from caixue.link.tracing import TraceHash
from tests.caixue.modbus_bench import Bench

Story = list[tuple[int, str, str, bytes]]
STORY: Story = [(0, "window-1.tube-dispenser", ">", b"\x01\x04"), (21_000, "window-1.tube-dispenser", "<", b"\x01"), (21_000, "lis", ">", b"")]


def digest(story: Story, notes: tuple[str, ...] = ()) -> str:
    now_us = [0]
    trace = TraceHash(lambda: now_us[0])
    for at_us, port, direction, data in story:
        now_us[0] = at_us
        trace.tap(port, direction, data)
    for note in notes:
        trace.add(note)
    return trace.hexdigest()


def test_the_digest_is_that_of_one_line_a_transfer_and_one_a_text():
    lines = "0 window-1.tube-dispenser> 0104\n21000 window-1.tube-dispenser< 01\n21000 lis> \n试管\n"
    assert digest(STORY, ("试管",)) == hashlib.sha256(lines.encode()).hexdigest()


def test_nothing_has_a_digest_too():
    assert digest([]) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        STORY[:-1],
        [STORY[1], STORY[0], STORY[2]],
        [(1, *STORY[0][1:]), *STORY[1:]],
        [(0, "window-2.tube-dispenser", *STORY[0][2:]), *STORY[1:]],
        [(0, STORY[0][1], "<", STORY[0][3]), *STORY[1:]],
        [(0, STORY[0][1], ">", b"\x01\x05"), *STORY[1:]],
    ],
    ids=["shorter", "order", "time", "port", "direction", "bytes"],
)
def test_any_difference_gives_another_digest(other: Story):
    assert digest(other) != digest(STORY)


def test_a_text_counts_and_so_does_its_place():
    assert len({digest(STORY), digest(STORY, ("a",)), digest(STORY, ("a", "b")), digest(STORY, ("b", "a"))}) == 4


@given(st.lists(st.sampled_from(STORY), max_size=30), st.integers(1, 8), st.integers(0, 30))
def test_the_digest_depends_neither_on_the_block_size_nor_on_being_asked_for(story: Story, block: int, asked_at: int):
    plain = digest(story)
    now_us = [0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracing, "_BLOCK", block)
        trace = TraceHash(lambda: now_us[0])
        for number, (at_us, port, direction, data) in enumerate(story):
            now_us[0] = at_us
            trace.tap(port, direction, data)
            if number == asked_at:
                trace.hexdigest()
        assert trace.hexdigest() == trace.hexdigest() == plain


def test_exchanges_are_what_was_written():
    trace = TraceHash(lambda: 0)
    for _, port, direction, data in STORY:
        trace.tap(port, direction, data)
    assert trace.exchanges == 2


def test_two_worlds_with_the_same_story_have_the_same_digest():
    def story(address: int) -> str:
        bench = Bench()
        trace = TraceHash(lambda: bench.world.now_us)
        bench.port.tap = trace.tap
        bench.run(bench.client().read_inputs, address, 3)
        bench.world.close()
        return trace.hexdigest()

    assert story(5) == story(5)
    assert story(5) != story(6)
