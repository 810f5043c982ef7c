"""What each kind of link fault does to a transfer, for those that need more than its bytes: the line they are on, or a memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from caixue.clock import US_PER_S
from caixue.errors import UsageError
from twin.chance import Dice
from twin.faults.damage import CHANGES, Change, Pieces, is_tcp_frame, split
from twin.line import Line


class Kind:
    """What one kind of fault does to the transfers of one direction; this one does the same to every transfer that it hits."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def hit(self, data: bytes, dice: Dice) -> Pieces | None:
        """What becomes of a transfer that suffers; None: it passes as it is, and yet something has been done to the line."""
        return self._change(data, dice)

    def spare(self, data: bytes) -> Pieces:
        """What becomes of one that does not."""
        return [(0, data)]


class _Later(Kind):
    """All bytes later by `delay_us` and up to `jitter_us` more."""

    def __init__(self, line: Line | None, direction: str, *, delay_us: int = 0, jitter_us: int = 0) -> None:
        self._delay_us, self._jitter_us = delay_us, jitter_us

    def hit(self, data: bytes, dice: Dice) -> Pieces:
        more_us = dice.randrange(1, self._jitter_us + 1) if self._jitter_us else 0
        return [(self._delay_us + more_us, data)]


class _Narrow(Kind):
    """An adapter that takes bytes in whole transfers and hands them on one by one, `bytes_per_s` of them."""

    def __init__(self, line: Line | None, direction: str, *, bytes_per_s: int = 300) -> None:
        self._line, self._direction = line, direction
        self._byte_us = -(-US_PER_S // bytes_per_s)
        self._free_us = 0

    def hit(self, data: bytes, dice: Dice) -> Pieces:
        arrival_us = self._line.arrival_us(self._direction) if self._line is not None else self._free_us
        waits_us = max(0, self._free_us - arrival_us)
        self._free_us = arrival_us + waits_us + len(data) * self._byte_us
        return [(waits_us + (place + 1) * self._byte_us, data[place : place + 1]) for place in range(len(data))]


class _Merged(Kind):
    """The receiving end keeps bytes for a while, as operating systems and USB adapters do; it is the last to touch them."""

    def __init__(self, line: Line | None, direction: str, *, within_us: int = 30_000) -> None:
        self._line, self._direction, self._within_us = line, direction, within_us

    def hit(self, data: bytes, dice: Dice) -> None:
        if self._line is not None:
            self._line.keep(self._direction, self._within_us)


class _WrongReply(Kind):
    """An earlier reply in place of this one: the latest that has another length, or over Modbus TCP just another transaction.

    An old reply to the very same question is left out: on RTU nobody can tell it from a new one. So are requests: an old
    command that comes again makes any device move again.
    """

    def __init__(self, line: Line | None, direction: str) -> None:
        self._earlier: dict[int, bytes] = {}

    def hit(self, data: bytes, dice: Dice) -> Pieces:
        wrong = next((old for old in reversed(self._earlier.values()) if len(old) != len(data) or is_tcp_frame(old)), data)
        self.spare(data)
        return [(0, wrong)]

    def spare(self, data: bytes) -> Pieces:
        self._earlier.pop(len(data), None)
        self._earlier[len(data)] = data
        return [(0, data)]


class _Reset(Kind):
    """Half of the transfer arrives, then the connection drops; `back_us` later it can be made again."""

    def __init__(self, line: Line | None, direction: str, *, back_us: int = 2 * US_PER_S, linger_us: int = 0) -> None:
        self._line, self._direction = line, direction
        self._back_us, self._linger_us = back_us, linger_us
        self._closing = False

    def hit(self, data: bytes, dice: Dice) -> Pieces:
        if self._closing:
            return []
        self._closing = True
        if self._line is None:
            return [(0, data[: len(data) // 2])]
        half_us = self._line.arrival_us(self._direction) - self._line.now_us + 1  # just behind the first half
        self._line.call_later(half_us + self._linger_us, self._drop, self._line)
        return [(0, data[: len(data) // 2])]

    def spare(self, data: bytes) -> Pieces:
        return [] if self._closing else [(0, data)]

    def _drop(self, line: Line) -> None:
        line.drop()
        line.call_later(self._back_us, self._restore, line)

    def _restore(self, line: Line) -> None:
        line.restore()
        self._closing = False


# Kinds that need more than the bytes: the line they are on, or a memory.
_KINDS: Mapping[str, Callable[..., Kind]] = {
    "latency": _Later,
    "jitter": _Later,
    "bandwidth": _Narrow,
    "partial": lambda line, direction, **how: Kind(partial(split, **how)),
    "merged": _Merged,
    "wrong-reply": _WrongReply,
    "reset": _Reset,
    "slow-close": partial(_Reset, linger_us=3 * US_PER_S),
}


def make(kind: str, line: Line | None, direction: str, parameters: Mapping[str, int]) -> Kind:
    """One fault of this kind on one direction. Raises UsageError for a kind or a parameter that does not exist."""
    maker = _KINDS.get(kind) or (_plain(kind) if kind in CHANGES else None)
    if maker is None:
        raise UsageError(f"no link fault {kind!r}; known: {', '.join(dict.fromkeys(('latency', *CHANGES, *_KINDS)))}")
    try:
        return maker(line, direction, **parameters)
    except TypeError as error:
        raise UsageError(f"{kind} does not take {sorted(parameters)}: {error}") from None


def _plain(kind: str) -> Callable[..., Kind]:
    return lambda line, direction: Kind(CHANGES[kind])
