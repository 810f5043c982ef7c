"""What of the devices' news goes into the ledger: the beginning and the end of trouble, not every missing answer of a night.

Pure. What is passed over is still heard by the monitor and counted in the readings.
"""

from __future__ import annotations

from collections import deque

from caixue.clock import US_PER_S
from caixue.events import Event, belongs_in_ledger

MOST = 10  # episodes of one device's link within WITHIN_US that are kept one by one: docs/assumptions.md A-119
WITHIN_US = 600 * US_PER_S
_LINK = ("link.garbled", "link.timeout", "link.lost")


class Sieve:
    """Which events of devices are new to the ledger; it knows by hearing what the ledger has."""

    def __init__(self) -> None:
        self._trouble: dict[str, set[str]] = {}  # device → kinds of the present episode
        self._begun: dict[str, deque[int]] = {}
        self._alarms: set[tuple[str, str]] = set()

    def hear(self, event: Event) -> None:
        """Take one event that is in the ledger."""
        kind, device = event.kind, event.subject
        if kind in _LINK:
            if device not in self._trouble:
                self._begun.setdefault(device, deque(maxlen=MOST)).append(event.at_us)
            self._trouble.setdefault(device, set()).add(kind)
        elif kind == "device.recovered":
            self._trouble.pop(device, None)
        elif kind == "alarm.raised":
            self._alarms.add((device, event.data["alarm"]))
        elif kind == "alarm.cleared":
            self._alarms.discard((device, event.data["alarm"]))

    def keeps(self, event: Event) -> bool:
        """Whether the ledger should have this event too."""
        kind, device = event.kind, event.subject
        if kind in _LINK:
            return kind not in self._trouble.get(device, ()) and (device in self._trouble or not self._flaps(device, event.at_us))
        if kind == "device.recovered":
            return device in self._trouble
        if kind in ("alarm.raised", "alarm.cleared"):
            return ((device, event.data["alarm"]) in self._alarms) == (kind == "alarm.cleared")
        return belongs_in_ledger(kind)

    def _flaps(self, device: str, now_us: int) -> bool:
        begun = self._begun.get(device)
        return begun is not None and len(begun) == MOST and now_us - begun[0] < WITHIN_US
