"""What calibration reads out of the journal of one wire run: preparations, faults and what came of them, refills, ways to the laboratory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from caixue.events import Event
from caixue.site import Site
from twin.calibrating.mornings import EVERY_US

NEVER = -1


@dataclass(slots=True)
class Visit:
    """One call of one patient: where, when, for how many tubes, and when the tray was complete (NEVER: not known)."""

    window: str
    called_us: int
    tubes: int
    handed_us: int = NEVER  # the tray was complete, before the slip
    prepared_us: int = NEVER

    @property
    def took_us(self) -> int:
        """From the call to the end of the preparation."""
        return self.prepared_us - self.called_us


@dataclass(slots=True)
class Trouble:
    """One injected fault and what came of it; NEVER: it did not."""

    target: str
    kind: str
    armed_us: int
    ended_us: int = NEVER
    stopped_us: int = NEVER  # the window
    opened_us: int = NEVER  # the incident
    named: str = ""  # the device of the incident
    restored_us: int = NEVER  # the window


@dataclass(slots=True)
class Reading:
    """Everything from one journal. `void` of labels counts those of patients who were sent back."""

    visits: list[Visit] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    refills_us: list[int] = field(default_factory=list)
    ways_us: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # window → of each tube to the laboratory
    labels: int = 0
    drawn: int = 0
    slips: int = 0
    bumped: int = 0
    void: int = 0


class Reader:
    """Hears the events of one run in their order."""

    def __init__(self, site: Site, approach_us: int) -> None:
        self.reading = Reading()
        self._approach_us = approach_us
        self._windows: Mapping[str, str] = {name: device.window for name, device in site.devices.items()}
        self._slips = {device.window for device in site.devices.values() if device.kind == "thermal-printer"}
        self._tubes: dict[str, int] = {}  # patient → tubes
        self._visit: dict[str, Visit] = {}  # patient → the present visit
        self._blocked: dict[str, bool] = {}
        self._made: dict[str, tuple[str, int]] = {}  # serial → window, drawn
        self._window_of: dict[str, str] = {}  # serial → window
        self._refill: dict[str, int] = {}  # engineer → begun
        self._recent: dict[str, Trouble] = {}  # window, or a device that all share → its latest fault
        self._fault: dict[str, Trouble] = {}  # by name
        self._hear = {
            "patient.arrived": self._arrived,
            "patient.called": self._called,
            "patient.bumped": self._bumped,
            "label.created": self._created,
            "label.handed-over": self._handed,
            "label.drawn": self._drawn,
            "label.void": self._void,
            "receipt.printed": self._slip,
            "draw.started": self._draw,
            "specimen.received": self._received,
            "window.blocked": self._stopped,
            "window.restored": self._restored,
            "incident.opened": self._opened,
            "incident.merged": self._opened,
            "engineer.started": self._begun,
            "engineer.finished": self._over,
            "twin.fault-armed": self._armed,
            "twin.fault-ended": self._ended,
        }

    def read(self, events: Iterable[Event]) -> Reading:
        """All of them."""
        for event in events:
            hear = self._hear.get(event.kind)
            if hear is not None:
                hear(event)
        return self.reading

    # patients

    def _arrived(self, event: Event) -> None:
        self._tubes[event.subject] = len(event.data["tubes"])

    def _called(self, event: Event) -> None:
        self._visit[event.subject] = Visit(event.data["window"], event.at_us, self._tubes[event.subject])

    def _bumped(self, event: Event) -> None:
        self.reading.bumped += 1
        self._visit.pop(event.subject, None)

    def _handed(self, event: Event) -> None:
        self._visit[event.data["patient"]].handed_us = event.at_us

    def _slip(self, event: Event) -> None:
        self.reading.slips += 1
        visit = self._visit.get(event.data["patient"])
        if visit is not None:
            visit.prepared_us = event.at_us

    def _draw(self, event: Event) -> None:
        visit = self._visit.pop(event.subject)
        if visit.prepared_us == NEVER and visit.window not in self._slips:
            visit.prepared_us = visit.handed_us
        elif visit.prepared_us == NEVER and event.at_us > visit.called_us + self._approach_us:
            visit.prepared_us = event.at_us  # no slip came: the draw followed at once
        if visit.prepared_us != NEVER:
            self.reading.visits.append(visit)

    # tubes

    def _created(self, event: Event) -> None:
        self.reading.labels += 1
        self._window_of[event.subject] = event.data["window"]

    def _drawn(self, event: Event) -> None:
        self.reading.drawn += 1
        self._made[event.subject] = (self._window_of[event.subject], event.at_us)

    def _void(self, event: Event) -> None:
        self.reading.void += event.data["reason"] != "patient-left"

    def _received(self, event: Event) -> None:
        window, drawn_us = self._made[event.subject]
        self.reading.ways_us[window].append(event.at_us - drawn_us)

    # trouble

    def _place(self, target: str) -> str:
        """Its window; what all windows share is one place: a jam of one such device shows at another."""
        return self._windows.get(target, "")

    def _armed(self, event: Event) -> None:
        target = event.data["target"]
        place = self._place(target)
        self._fault[event.subject] = trouble = Trouble(target, event.data["kind"], event.at_us)
        if not self._blocked.get(place):  # else the one before is not over: this one cannot be told from it
            self._recent[place] = trouble
            self.reading.troubles.append(trouble)

    def _ended(self, event: Event) -> None:
        self._fault[event.subject].ended_us = event.at_us

    def _of(self, place: str, at_us: int) -> Trouble | None:
        """The fault that explains what happens there now."""
        trouble = self._recent.get(place)
        return trouble if trouble is not None and at_us < trouble.armed_us + EVERY_US else None

    def _stopped(self, event: Event) -> None:
        self._blocked[event.subject] = True
        trouble = self._of(event.subject, event.at_us)
        if trouble is not None and trouble.stopped_us == NEVER:
            trouble.stopped_us = event.at_us

    def _restored(self, event: Event) -> None:
        self._blocked[event.subject] = False
        trouble = self._recent.get(event.subject)
        if trouble is not None and trouble.stopped_us != NEVER and trouble.restored_us == NEVER:
            trouble.restored_us = event.at_us

    def _opened(self, event: Event) -> None:
        trouble = self._of(self._place(event.data["device"]), event.at_us)
        if trouble is not None and trouble.opened_us == NEVER:
            trouble.opened_us, trouble.named = event.at_us, event.data["device"]

    # the engineer

    def _begun(self, event: Event) -> None:
        if event.data["task"] == "refill":
            self._refill[event.subject] = event.at_us

    def _over(self, event: Event) -> None:
        if event.data["task"] == "refill" and event.subject in self._refill:
            self.reading.refills_us.append(event.at_us - self._refill.pop(event.subject))
