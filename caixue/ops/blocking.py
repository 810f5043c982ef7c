"""Which windows cannot serve (contract R5.3): follows from the incidents that name a window, and from what their devices say since.

A window is blocked from the opening of an incident whose symptom stops one of the devices that it cannot do without, and restored
when the alarm clears, the device answers again, or a person has restored the incident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caixue.events import Event
from caixue.journal import Draft
from caixue.ops.symptoms import OUT_OF_SERVICE

AGENT = "agent"
SPARED = frozenset({"thermal-printer", "call-display", "queue-kiosk"})  # kinds without which patients are still served
NO_ANSWER = "no-answer"


class Blocking:
    """What blocks each window; `stopping` gives the alarms that stop each device of a window. It changes by hearing events alone."""

    def __init__(self, stopping: Mapping[str, frozenset[str]]) -> None:
        self._stopping = stopping
        self._standing: set[tuple[str, str]] = set()  # (device, alarm or no-answer) as the devices say
        self._window_of: dict[str, str] = {}  # incident → window
        self._causes: dict[str, dict[tuple[str, str], str]] = {}  # window → (device, symptom) → incident
        self.blocked: dict[str, str] = {}  # window → who noted it

    def hear(self, event: Event) -> None:
        """Take one event of the journal."""
        kind, subject, data = event.kind, event.subject, event.data
        if kind == "alarm.raised":
            self._standing.add((subject, data["alarm"]))
        elif kind == "alarm.cleared":
            self._clear(subject, data["alarm"])
        elif kind in ("link.timeout", "link.lost"):
            self._standing.add((subject, NO_ANSWER))
        elif kind == "device.recovered":
            self._clear(subject, NO_ANSWER)
        elif kind in ("incident.opened", "incident.merged"):
            self._opened(event)
        elif kind in ("incident.restored", "incident.closed"):
            self._window_of.pop(subject, None)
            for causes in self._causes.values():
                for cause in [cause for cause, number in causes.items() if number == subject]:
                    del causes[cause]
        elif kind == "window.blocked":
            self.blocked[subject] = event.actor
        elif kind == "window.restored":
            self.blocked.pop(subject, None)

    def lost(self, devices: tuple[str, ...]) -> int:
        """1 when something stops the window of these devices now, else 0."""
        return int(any(self._stops(device, symptom) for device, symptom in self._standing if device in devices))

    def due(self) -> Iterator[Draft]:
        """What must be noted so that the journal says which windows cannot serve. What somebody else has blocked he restores."""
        for window, causes in self._causes.items():
            if causes and window not in self.blocked:
                device, symptom = next(iter(causes))
                yield Draft("window.blocked", window, {"device": device, "reason": symptom})
        for window, by in self.blocked.items():
            if by == AGENT and not self._causes.get(window):
                yield Draft("window.restored", window)

    def _opened(self, event: Event) -> None:
        data = event.data
        if event.kind == "incident.opened" and not data.get("drill"):
            self._window_of[event.subject] = data["window"]
        window = self._window_of.get(event.subject, "")
        if window and self._stops(data["device"], data["symptom"]):
            self._causes.setdefault(window, {})[data["device"], data["symptom"]] = event.subject

    def _stops(self, device: str, symptom: str) -> bool:
        if symptom == OUT_OF_SERVICE:
            return True
        return device in self._stopping and (symptom == NO_ANSWER or symptom in self._stopping[device])

    def _clear(self, device: str, symptom: str) -> None:
        self._standing.discard((device, symptom))
        for causes in self._causes.values():
            causes.pop((device, symptom), None)
