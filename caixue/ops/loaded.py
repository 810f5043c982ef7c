"""What is loaded in every slot and what became of every lot in the devices (contract C2.1.2, C2.1.3), folded from events.

What is used is counted from the workflow's events where this program hears them; what the devices say of themselves, and what a
person counts, stands above that. Where the workflow runs elsewhere, the devices' word and hand counts are all there is, and do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from caixue.events import Event
from caixue.ops import loads
from caixue.ops.loads import Change, Load
from caixue.ops.slots import EMPTY, LOW, OK, ROLL, Key, Slot, lane_slot

USES = ("tube.picked", "tube.wrong-kind", "label.sent", "receipt.printed", "ticket.printed")
ALARMS = {"paper-near-end": LOW, "paper-out": EMPTY}  # of devices with one roll
KINDS = (
    *USES,
    *("consumable.refilled", "consumable.removed", "consumable.counted", "consumable.told", "consumable.settled"),
    *("alarm.raised", "alarm.cleared", "stock.issued"),
)


@dataclass(slots=True)
class Flow:
    """What became of one lot in the devices, in the unit of their slots; `issued` in pieces of the store."""

    issued: int = 0  # by the store, for a slot
    loaded: int = 0
    found: int = 0  # more than was known: counted, or told by a device
    used: int = 0
    removed: int = 0  # taken out and thrown away, and what was left on rolls


class Loaded:
    """The content of all slots of a site; its state is what its events say."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self.loads: dict[Key, Load] = {slot.key: Load(slot) for slot in slots}
        self.flows: dict[tuple[str, str], Flow] = {}  # by item and lot
        self._names = {f"{device} {slot}" for device, slot in self.loads}

    def in_slots(self, item: str, lot: str) -> int:
        """How many of a lot are in the devices, in the unit of their slots."""
        mine = (load.content for load in self.loads.values() if load.slot.item == item)
        return sum(count for content in mine for name, count in content if name == lot)

    def hear(self, event: Event) -> None:
        """Take one event."""
        if event.kind in USES:
            self._hear_use(event)
        elif event.kind == "stock.issued":
            if event.data.get("to") in self._names:
                self._add(event.subject, [(event.data["lot"], "issued", event.data["quantity"])])
        elif event.kind == "consumable.settled":
            for device, slot, left, sign in event.data["levels"]:
                self._change((device, slot), partial(loads.settle, level=left, sign=sign))
        elif event.kind in ("alarm.raised", "alarm.cleared"):
            self._hear_alarm(event)
        elif event.kind in _CHANGES and "slot" in event.data:  # a program that does not tell slots apart may have noted it
            change, by_hand = _CHANGES[event.kind](event.data), event.kind in ("consumable.refilled", "consumable.counted")
            self._change((event.subject, event.data["slot"]), change, event.at_us if by_hand else None)

    def _hear_use(self, event: Event) -> None:
        data = event.data
        if event.kind.startswith("tube."):
            key = event.subject, lane_slot(data["lane"])
        else:
            key = (data["device"] if event.kind == "label.sent" else event.subject), ROLL
        self._change(key, partial(loads.use, count=1))
        if event.kind == "tube.wrong-kind" and key in self.loads:
            self.loads[key] = replace(self.loads[key], wrong=data["found"])

    def _hear_alarm(self, event: Event) -> None:
        state, load = ALARMS.get(event.data["alarm"]), self.loads.get((event.subject, ROLL))
        if state is None or load is None:
            return
        if event.kind == "alarm.cleared":
            state = OK if load.state == state else load.state
        self._change(load.slot.key, partial(loads.tell, state=state))

    def _change(self, key: Key, change: Callable[[Load], tuple[Load, list[Change]]], by_hand_us: int | None = None) -> None:
        load = self.loads.get(key)
        if load is None:
            return  # the site had it once
        load, changes = change(load)
        self.loads[key] = load if by_hand_us is None else replace(load, by_hand_us=by_hand_us)
        self._add(load.slot.item, changes)

    def _add(self, item: str, changes: Iterable[Change]) -> None:
        for lot, column, count in changes:
            flow = self.flows.setdefault((item, lot), Flow())
            setattr(flow, column, getattr(flow, column) + count)


# Kind of event → what it does to its slot.
_CHANGES: Mapping[str, Callable[[Mapping[str, Any]], Callable[[Load], tuple[Load, list[Change]]]]] = {
    "consumable.refilled": lambda data: partial(loads.fill, lot=data["lot"], pieces=data["quantity"], remaining=data["remaining"]),
    "consumable.removed": lambda data: partial(loads.remove, lot=data["lot"], count=data["quantity"]),
    "consumable.counted": lambda data: partial(loads.settle, level=data["quantity"]),
    "consumable.told": lambda data: partial(loads.tell, state=data["state"]),
}
