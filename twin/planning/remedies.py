"""What would help where no staffing within the windows and hours of a site keeps the limits: earlier opening, appointments, more windows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caixue.lang import tr
from caixue.units import format_duration
from twin.planning.simulated import Room

SHARES = (0.3, 0.5, 0.7)  # of the people who come by appointment; docs/assumptions.md A-151
APPOINTMENT_US = 900_000_000  # a slot; docs/assumptions.md A-151
EARLY = {"distribution": "exponential", "mean": "5 min"}  # before the slot; docs/assumptions.md A-151
MORE_WINDOWS = 6
KINDS = ("earlier", "appointments", "both", "windows")


@dataclass(frozen=True, slots=True, eq=False)
class Remedy:
    """One change of the room, in words, and the room with it."""

    kind: str
    zh: str
    en: str
    room: Room

    @property
    def told(self) -> str:
        """The change in the reader's language."""
        return tr(self.zh, self.en)


def remedies(room: Room, kinds: tuple[str, ...] = KINDS) -> Iterator[Remedy]:
    """The changes to try, the smaller one of a kind first; kinds in this order."""
    makers = {"earlier": _earlier, "appointments": _by_appointment, "both": _both, "windows": _more_windows}
    for kind in KINDS:
        if kind in kinds:
            yield from makers[kind](room)


def _earlier(room: Room) -> Iterator[Remedy]:
    for slot in range(room.slots.first - 1, -1, -1):
        opens = room.slots.clock(slot)
        yield Remedy("earlier", f"{opens} 开放", f"opening at {opens}", room.opened(slot))


def _by_appointment(room: Room) -> Iterator[Remedy]:
    if "appointments" in room.document or "arrivals_csv" in room.document["load"]:
        return
    people = room.people()
    for share in SHARES:
        told, tables = f"{share:.0%}", {"appointments": appointments(share, people, room.open_us)}
        yield Remedy("appointments", f"{told} 的患者按预约来", f"{told} of the patients by appointment", room.changed(tables))


def _both(room: Room) -> Iterator[Remedy]:
    """Opening as early as may be, and appointments."""
    for earlier in list(_earlier(room))[-1:]:
        for booked in _by_appointment(earlier.room):
            yield Remedy("both", f"{earlier.zh}，{booked.zh}", f"{earlier.en}, {booked.en}", booked.room)


def appointments(share: float, people: float, open_us: int) -> dict[str, Any]:
    """The table of a scenario in which this share of `people` comes by appointment, as many in each slot of the opening hours."""
    capacity = max(1, math.ceil(share * people * APPOINTMENT_US / open_us))
    return {"share": share, "slot": format_duration(APPOINTMENT_US), "capacity": capacity, "punctuality": dict(EARLY)}


def _more_windows(room: Room) -> Iterator[Remedy]:
    for extra in range(1, MORE_WINDOWS + 1) if room.counted else ():
        windows = room.windows + extra
        yield Remedy("windows", f"{windows} 个窗口", f"{windows} windows", room.with_windows(windows))
