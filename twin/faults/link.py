"""Link faults: what can happen to bytes on a wire, as rows and as the functions that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caixue.errors import UsageError
from twin.chance import Dice
from twin.faults.catalogue import GENERAL, Fault
from twin.line import Disturbance

_SOURCE = "kinds as in the public network fault tools; repair judged in docs/assumptions.md A-61"


def _row(kind: str, zh: str, en: str, **detail: Any) -> Fault:
    return Fault(kind, "link", kind, zh, en, GENERAL, 300.0, 90.0, _SOURCE, detail=detail)


FAULTS = (
    _row("bad-crc", "应答校验错", "wrong CRC in replies", every=7),
    _row("corrupt", "字节翻转", "a bit flipped", probability=0.01),
    _row("dropped-byte", "丢字节", "a byte lost", probability=0.01),
    _row("noise", "首部杂波", "a noise byte before the reply", probability=0.01),
    _row("lost-reply", "应答丢失", "reply lost", every=20),
    _row("silence", "线路中断", "nothing arrives"),
    _row("latency", "延迟", "replies later", delay="200 ms"),
    _row("partial", "应答断续", "replies in two pieces", probability=0.05),
)

# What a disturbance is made of: does this reply suffer?, and what happens to it. `gap_us` parts the pieces of "partial".
Change = Callable[[bytes, Dice], list[tuple[int, bytes]]]
_PARTIAL_GAP_US = 20_000


def _flip_last(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    return [(0, data[:-1] + bytes([data[-1] ^ 0xFF]))]


def _flip_any(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    place = dice.randrange(len(data))
    return [(0, data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :])]


def _drop_any(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    place = dice.randrange(len(data))
    return [(0, data[:place] + data[place + 1 :])]


def _noise(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    return [(0, bytes([dice.randrange(256)]) + data)]


def _split(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    if len(data) == 1:
        return [(0, data)]
    place = dice.randrange(1, len(data))
    return [(0, data[:place]), (_PARTIAL_GAP_US, data[place:])]


def _nothing(data: bytes, dice: Dice) -> list[tuple[int, bytes]]:
    return []


CHANGES: dict[str, Change] = {
    "bad-crc": _flip_last,
    "corrupt": _flip_any,
    "dropped-byte": _drop_any,
    "noise": _noise,
    "lost-reply": _nothing,
    "silence": _nothing,
    "partial": _split,
}


def disturbance(kind: str, dice: Dice, fired: Callable[[], None], *, every: int = 1, probability: float = 1.0, delay_us: int = 0) -> Disturbance:
    """The function that a line applies to each reply.

    Every `every`-th reply suffers, with `probability`; `fired` is called each time bytes really changed.
    """
    if kind != "latency" and kind not in CHANGES:
        raise UsageError(f"no link fault {kind!r}; known: latency, {', '.join(CHANGES)}")
    change = CHANGES.get(kind, lambda data, _dice: [(delay_us, data)])
    count = 0

    def disturb(data: bytes) -> list[tuple[int, bytes]]:
        nonlocal count
        count += 1
        if count % every or (probability < 1.0 and dice.random() >= probability):
            return [(0, data)]
        pieces = change(data, dice)
        if pieces != [(0, data)]:
            fired()
        return pieces

    return disturb
