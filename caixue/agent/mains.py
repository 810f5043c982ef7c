"""When the mains are out (contract C5, R4): one incident instead of one for each silent device, and all clocks stand until the hospital releases the room.

The agent moves nothing: laying the room down in order is a person's act (`caixue shutdown`), or that of a process that is armed.
"""

from __future__ import annotations

from collections.abc import Mapping

from caixue.events import Event
from caixue.ops.incidents import MONITOR, Incidents
from caixue.ops.monitor import Watch
from caixue.ops.power import MAINS, PAUSE, WITNESSES

KINDS = ("power.lost", "power.restored", "hospital.released")


class MainsWatch:
    """Watches what each UPS says; `fed` gives the devices that it feeds, `contact` in whose name the clocks stand. State by hearing events."""

    def __init__(self, incidents: Incidents, watches: Mapping[str, Watch], fed: Mapping[str, tuple[str, ...]], contact: str) -> None:
        self.out = False
        self._incidents = incidents
        self._watches = watches
        self._fed = fed
        self._contact = contact

    def hear(self, event: Event) -> None:
        """Take one event of the journal."""
        if event.kind == "power.lost":
            self.out = self._incidents.on_hold = True
        elif event.kind == "power.restored":
            self.out = False
        elif event.kind == "hospital.released":
            self._incidents.on_hold = False

    def judge(self, now_us: int, windows_lost: int) -> None:
        """Note that the mains went or came back."""
        running = [ups for ups in self._fed if "on-battery" in self._watches[ups].alarms]
        if not self.out and any(self._nobody_answers(ups) for ups in running):
            self._lost(next(ups for ups in running if self._nobody_answers(ups)), windows_lost)
        elif self.out and not running and all(self._watches[ups].silent_since_us is None for ups in self._fed):
            self._incidents.recorder.note("power.restored", MAINS, actor=MONITOR, device=next(iter(self._fed)))

    def _nobody_answers(self, ups: str) -> bool:
        """Whether the first devices that hang on the mains directly are silent too; otherwise it is the UPS's own input."""
        fed = {ups, *self._fed[ups]}
        witnesses = [watch for name, watch in self._watches.items() if name not in fed and name not in self._fed][:WITNESSES]
        return bool(witnesses) and all(watch.silent_since_us is not None for watch in witnesses)

    def _lost(self, ups: str, windows_lost: int) -> None:
        self._incidents.recorder.note("power.lost", MAINS, actor=MONITOR, device=ups)
        self._incidents.report(MAINS, "mains-off", window="", windows_lost=windows_lost, by=MONITOR)
        if PAUSE not in self._incidents.deadlines.readings.clock_pauses:
            return
        for incident in list(self._incidents.open.values()):
            if incident.paused_since_us is None:
                self._incidents.pause(incident, reason=PAUSE, person=self._contact, by=MONITOR)
