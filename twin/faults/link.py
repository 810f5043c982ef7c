"""Link faults: the rows of what can happen on a wire, and the disturbances that a line applies to what it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caixue.clock import US_PER_S
from caixue.link.modbus import GAP_S
from caixue.units import duration_us
from twin.chance import Dice
from twin.faults.catalogue import GENERAL, Fault
from twin.faults.damage import Pieces
from twin.faults.kinds import make
from twin.line import TO_DEVICE, TO_HOST, Disturbance, Line

DIRECTIONS: Mapping[str, tuple[str, ...]] = {TO_HOST: (TO_HOST,), TO_DEVICE: (TO_DEVICE,), "both": (TO_HOST, TO_DEVICE)}
# TCP delivers every byte as it was sent, or ends the connection: these cannot happen below a Modbus TCP header, and nothing there would notice.
SERIAL_ONLY = frozenset({"truncated", "corrupt", "dropped-byte", "duplicated-byte", "noise", "parity"})
_SOURCE = "kinds as in the public network fault tools; repair judged in docs/assumptions.md A-61"
_OPTIONS = {"direction": "to-host", "every": 7, "probability": 0.01, "after": 10, "count": 3}


def _row(kind: str, zh: str, en: str, *, absorbed: bool = False, replies_only: bool = False, **detail: Any) -> Fault:
    options = {key: value for key, value in _OPTIONS.items() if key not in detail and not (replies_only and key == "direction")}
    return Fault(kind, "link", kind, zh, en, GENERAL, 300.0, 90.0, _SOURCE, detail=detail, options=options, absorbed=absorbed)


# Defaults without a source of their own: docs/assumptions.md A-90.
FAULTS = (
    # frames
    _row("bad-crc", "应答校验错", "wrong CRC in replies", every=7),
    _row("wrong-length", "长度字段错", "wrong length field in replies", every=7),
    _row("truncated", "应答截断", "replies cut short", every=20),
    _row("wrong-reply", "答非所问", "the reply to another request", replies_only=True, every=20),
    _row("lost-reply", "应答丢失", "reply lost", every=20),
    # bytes
    _row("corrupt", "字节翻转", "a bit flipped", probability=0.01),
    _row("dropped-byte", "丢字节", "a byte lost", probability=0.01),
    _row("duplicated-byte", "字节重复", "a byte doubled", probability=0.01),
    _row("noise", "首部杂波", "a noise byte before the reply", probability=0.01),
    _row("parity", "校验位设置不符", "parity set differently at the two ends"),
    # time
    _row("latency", "延迟", "replies later", absorbed=True, delay="200 ms"),
    _row("jitter", "延迟抖动", "replies later, some more than others", absorbed=True, jitter="50 ms"),
    _row("bandwidth", "带宽受限", "fewer bytes a second", absorbed=True, bytes_per_s=300),
    _row("partial", "应答断续", "replies in two pieces", absorbed=True, probability=0.05, pieces=2, gap="20 ms"),
    _row("merged", "数据合并", "bytes kept and handed on together", absorbed=True, probability=0.05, within="30 ms"),
    # connection
    _row("silence", "线路中断", "nothing arrives"),
    _row("half-open", "半开连接", "nothing passes either way, and no error", direction="both"),
    _row("reset", "连接中断后恢复", "the connection drops and comes back", every=20, back="2 s"),
    _row("slow-close", "连接缓慢关闭", "the far end falls silent, then the connection drops", every=20, linger="3 s", back="2 s"),
)


def disturbance(
    kind: str,
    dice: Dice,
    fired: Callable[[], None],
    *,
    line: Line | None = None,
    direction: str = TO_HOST,
    every: int = 1,
    probability: float = 1.0,
    after: int = 0,
    count: int | None = None,
    told: Callable[[bytes, Pieces], None] = lambda before, pieces: None,
    **parameters: int,
) -> Disturbance:
    """The function that a line applies to each transfer in one direction.

    The first `after` transfers are spared; of the others every `every`-th suffers, with `probability`, `count` of them at
    most. `fired` and `told` are called each time something really changed, `told` with the bytes before and what became of
    them. Kinds that act on time or connection need the `line`. `parameters` are the kind's own, times in microseconds.
    """
    doer = make(kind, line, direction, parameters)
    seen = hits = 0

    def disturb(data: bytes) -> Pieces:
        nonlocal seen, hits
        seen += 1
        if seen <= after or (seen - after) % every or hits == count or (probability < 1.0 and dice.random() >= probability):
            return doer.spare(data)
        outcome = doer.hit(data, dice)
        pieces = [(0, data)] if outcome is None else outcome
        if outcome is None or pieces != [(0, data)]:
            hits += 1
            fired()
            told(data, pieces)
        return pieces

    return disturb


def in_microseconds(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a [[fault]] as `disturbance` takes them: "back": "2 s" becomes back_us = 2000000; `direction` is left out."""
    found: dict[str, Any] = {}
    for key, value in detail.items():
        if key != "direction":
            found |= {f"{key}_us": duration_us(value)} if isinstance(value, str) else {key: value}
    return found


def is_absorbed(row: Fault, detail: Mapping[str, Any], reply_timeout_s: float) -> bool:
    """Whether nobody need see this fault: of a kind that is absorbed, while it delays by less than the reply time and parts by less than two gaps."""
    known = in_microseconds(detail)
    late_us = sum(known.get(key, 0) for key in ("delay_us", "jitter_us", "within_us"))
    return row.absorbed and late_us < reply_timeout_s * US_PER_S and known.get("gap_us", 0) < 2 * GAP_S * US_PER_S
