"""What is loaded in a slot, counted from what goes in and out, with the device's own word above every count. Pure.

Pieces of one lot lie behind those of another in the order in which they were put in. `sign` says how the count is meant: "=" as
far as is known, "<=" at most, ">=" at least, "~" about, "?" not known. Changes are told as (lot, column, how many), so that every
piece of every lot stays accounted for: loaded + found = loaded now + used + removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from caixue.ops.slots import EMPTY, LOW, OK, Slot

EXACT, AT_MOST, AT_LEAST, ABOUT, UNKNOWN = "=", "<=", ">=", "~", "?"
UNRECORDED = "unrecorded"  # the lot of what came in without a record
Change = tuple[str, str, int]  # lot; "loaded", "found", "used" or "removed"; how many, in the slot's unit


@dataclass(frozen=True, slots=True)
class Load:
    """The content of one slot as far as is known."""

    slot: Slot
    content: tuple[tuple[str, int], ...] = ()  # (lot, how many); what comes out first stands first
    sign: str = UNKNOWN
    state: str = ""  # what the device said last since the slot was filled: ok, low, empty
    unchecked: int = 0  # how many must still come out until one of the last filling has shown its colour
    wrong: str = ""  # the kind of a tube that should not have been there
    uses: int = 0  # all that went, since the record began
    by_hand_us: int = -1  # when a person filled or counted it last; -1: never

    @property
    def level(self) -> int:
        """How many of the slot's unit are left, as `sign` says."""
        return sum(count for _, count in self.content)

    @property
    def known(self) -> bool:
        """Whether anything is known about it."""
        return self.sign != UNKNOWN


def use(load: Load, count: int) -> tuple[Load, list[Change]]:
    """So many have gone; what was there without a record is found first."""
    load, changes = _found(load, count - load.level)
    content, taken = _take(load.content, count)
    sign = load.sign
    if sign == EXACT and load.slot.roll:  # labels are lost to jams unseen; slips differ in length
        sign = ABOUT if load.slot.tells else AT_MOST
    changes += [(lot, "used", number) for lot, number in taken]
    unchecked = max(0, load.unchecked - count)
    return replace(load, content=content, sign=sign, unchecked=unchecked, uses=load.uses + count), changes


def settle(load: Load, level: int, sign: str = EXACT) -> tuple[Load, list[Change]]:
    """It is now known that `level` are left: what is missing was used unseen, what is too many has been found."""
    unseen = load.level - level
    if unseen > 0:
        content, taken = _take(load.content, unseen)
        changes = [(lot, "used", number) for lot, number in taken]
        return replace(load, content=content, sign=sign, uses=load.uses + unseen), changes
    load, changes = _found(load, -unseen)
    return replace(load, sign=sign), changes


def tell(load: Load, state: str) -> tuple[Load, list[Change]]:
    """The device says how it is: its word stands above the count."""
    load, slot = replace(load, state=state), load.slot
    if state == EMPTY:
        return settle(load, 0)
    if state == LOW and (load.level > slot.low or not load.known):
        return settle(load, slot.low, AT_MOST)
    if state == OK and (load.level <= slot.low or not load.known):
        return settle(load, slot.low + 1, AT_LEAST)
    return load, []


def fill(load: Load, lot: str, pieces: int, remaining: int) -> tuple[Load, list[Change]]:
    """Put so many pieces of the store in, while `remaining` were left; what is left on a roll that is changed goes to waste."""
    load, changes = settle(load, remaining)
    if load.slot.roll:
        changes += [(old, "removed", number) for old, number in load.content]
        load = replace(load, content=())
    count = pieces * load.slot.piece
    changes.append((lot, "loaded", count))
    unchecked = 0 if load.slot.roll else load.level + 1
    content = _joined((*load.content, (lot, count)))
    return replace(load, content=content, sign=EXACT, state="", unchecked=unchecked, wrong=""), changes


def remove(load: Load, lot: str, count: int) -> tuple[Load, list[Change]]:
    """A person takes so many of a lot out and throws them away."""
    there = sum(number for name, number in load.content if name == lot)
    changes: list[Change] = [(lot, "found", count - there)] if count > there else []
    content, _ = _take(load.content, count, lot)
    return replace(load, content=content, wrong=""), [*changes, (lot, "removed", count)]


def _found(load: Load, count: int) -> tuple[Load, list[Change]]:
    """More is there than was known: it is taken for the lot that was put in last."""
    if count <= 0:
        return load, []
    lot = load.content[-1][0] if load.content else UNRECORDED
    return replace(load, content=_joined((*load.content, (lot, count)))), [(lot, "found", count)]


def _take(
    content: tuple[tuple[str, int], ...], count: int, only: str | None = None
) -> tuple[tuple[tuple[str, int], ...], list[tuple[str, int]]]:
    """What is left and what went when `count` come out in order, of lot `only` where one is named."""
    left, taken = [], []
    for lot, number in content:
        gone = min(number, count) if only in (None, lot) else 0
        count -= gone
        if gone:
            taken.append((lot, gone))
        if number > gone:
            left.append((lot, number - gone))
    return tuple(left), taken


def _joined(content: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Neighbours of one lot as one entry; nothing as none."""
    joined: list[tuple[str, int]] = []
    for lot, count in content:
        if joined and joined[-1][0] == lot:
            joined[-1] = (lot, joined[-1][1] + count)
        elif count:
            joined.append((lot, count))
    return tuple(joined)
