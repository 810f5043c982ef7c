"""The register of incidents as its events tell it (contract C2): what an incident is, and how each event changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from caixue.day import NEVER, clock_start_us
from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.symptoms import MAJOR, OUT_OF_SERVICE, alike, shows

STATES = ("open", "acknowledged", "on-site", "diagnosed", "restored", "closed")
_STEPS = {f"incident.{state}": state for state in STATES[1:]}
KINDS = (
    *("incident.opened", "incident.merged", "incident.reclassified", "incident.paused", "incident.resumed", *_STEPS),
    *("incident.called-out", "incident.escalated", "call.received", "window.blocked"),
)


@dataclass(slots=True)
class Incident:
    """One episode of trouble on one device. Times are microseconds since the record's start."""

    number: str
    device: str
    window: str
    symptom: str
    severity: str
    clock_started_us: int  # by the site's reading of R3
    deadline_us: int = 0
    provisional: bool = False  # the deadline crosses days that nobody has published yet
    recorded_us: int = 0
    occurred_us: int = 0
    reported_us: int | None = None
    detected_us: int | None = None
    drill: bool = False
    severity_since_us: int = 0
    paused_since_us: int | None = None
    paused_for: str = ""  # the reason, while the clock stands
    pauses: list[tuple[int, int]] = field(default_factory=list)  # those that are over
    state: str = "open"
    steps: dict[str, int] = field(default_factory=dict)  # state → when
    symptoms: list[str] = field(default_factory=list)
    called_out_us: int | None = None
    arrive_by_us: int | None = None
    found: str = ""
    missing: str = ""  # the part that the repair waits for
    part: str = ""
    action: str = ""
    verified_by: str = ""
    told: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)  # (to whom, why) → the last that was said
    calls: list[str] = field(default_factory=list)
    stopped: str = ""  # the window that this shared device has stopped, while the class does not say so

    @property
    def reported(self) -> bool:
        """Whether somebody has called."""
        return self.reported_us is not None

    @property
    def running(self) -> bool:
        """Whether its clock runs: it is not restored, and no pause holds."""
        return self.paused_since_us is None and STATES.index(self.state) < STATES.index("restored")

    def passed(self, now_us: int) -> bool:
        """Whether the deadline has passed unkept; none passes while the clock stands or after the repair."""
        stops = [at_us for at_us in (self.paused_since_us, self.steps.get("restored")) if at_us is not None]
        return min([now_us, *stops]) > self.deadline_us

    def gaps(self) -> list[str]:
        """What the repair record still lacks: "found", "action", "verified_by" (C6.2)."""
        return [name for name in ("found", "action", "verified_by") if not getattr(self, name)]


class Register:
    """Every incident, and which is open for which device. It changes by hearing events and by nothing else."""

    def __init__(self, clock_starts: str) -> None:
        self.incidents: dict[str, Incident] = {}  # by number, in the order in which they were opened
        self.open: dict[str, Incident] = {}  # by device
        self.last_number = 0
        self._clock_starts = clock_starts
        self._heard = self._heard_room = -1  # number of the last event of its own, and of the last window that stopped
        self._takers: Mapping[str, Callable[[Event, Incident], None]] = {
            "incident.merged": self._merge,
            "incident.reclassified": self._reclassify,
            "incident.paused": self._pause,
            "incident.resumed": self._resume,
            "incident.called-out": self._call_out,
            "incident.escalated": self._escalate,
            **dict.fromkeys(_STEPS, self._step),
        }

    def hear(self, event: Event) -> None:
        """Take one event, of the past or of now; one that was heard already changes nothing."""
        if event.kind == "window.blocked" and event.seq > self._heard_room:
            self._heard_room = event.seq
            self._window_blocked(event)
        elif (event.kind in self._takers or event.kind in ("incident.opened", "call.received")) and event.seq > self._heard:
            self._heard = event.seq
            self._take(event)

    def named(self, number: str) -> Incident:
        """The incident of that number, also written "7"; raises UsageError for any other."""
        known = f"incident-{int(number):04d}" if number.isascii() and number.isdecimal() else number
        if known not in self.incidents:
            raise UsageError(
                tr(f"没有故障单 {number}；看 caixue incident list", f"there is no incident {number}; see caixue incident list")
            )
        return self.incidents[known]

    def find(self, device: str, window: str, symptom: str) -> Incident | None:
        """The open incident that trouble belongs to: that of the device, or one that may be the same episode at that window.

        An empty `device` is a call that names only the window; it joins what is open for the window itself, whatever the words.
        """
        known = self.open.get(device or window)
        return known or next((each for each in self.open.values() if _same_episode(each, device, window, symptom)), None)

    def clock_start_us(self, reported_us: int | None, detected_us: int | None, recorded_us: int) -> int:
        """When the clock of an incident with these times starts, by the site's reading (R3)."""
        reported, detected = (NEVER if us is None else us for us in (reported_us, detected_us))
        return clock_start_us(self._clock_starts, reported, detected, recorded_us)

    def waiting(self) -> Iterator[Incident]:
        """The open incidents in the order in which they were opened."""
        return (incident for incident in self.incidents.values() if incident.state != "closed")

    def _take(self, event: Event) -> None:
        if event.kind == "incident.opened":
            self._open(event)
            return
        incident = self.incidents.get(event.data.get("incident", "") if event.kind == "call.received" else event.subject)
        if incident is None:
            return
        if event.kind == "call.received":
            incident.calls.append(event.subject)
        else:
            self._takers[event.kind](event, incident)

    def _open(self, event: Event) -> None:
        data = event.data
        incident = Incident(
            event.subject,
            str(data["device"]),
            str(data["window"]),
            str(data["symptom"]),
            str(data["class"]),
            self.clock_start_us(data["reported_us"], data["detected_us"], event.at_us),
            recorded_us=event.at_us,
            severity_since_us=event.at_us,
            occurred_us=data["occurred_us"],
            reported_us=data["reported_us"],
            detected_us=data["detected_us"],
            drill=bool(data.get("drill")),
            symptoms=[str(data["symptom"])],
        )
        _set_deadline(incident, data)
        self.incidents[incident.number] = self.open[incident.device] = incident
        number = incident.number.rpartition("-")[2]
        self.last_number = max(self.last_number, int(number)) if number.isdecimal() else self.last_number

    def _merge(self, event: Event, incident: Incident) -> None:
        data = event.data
        if data["symptom"] not in incident.symptoms:
            incident.symptoms.append(str(data["symptom"]))
        if incident.reported_us is None:
            incident.reported_us = data["reported_us"]
        if data["device"] != incident.device:
            self.open[str(data["device"])] = self.open.pop(incident.device)
            incident.device = str(data["device"])
        incident.clock_started_us = self.clock_start_us(incident.reported_us, incident.detected_us, incident.recorded_us)
        if "deadline_us" in data:
            _set_deadline(incident, data)

    def _reclassify(self, event: Event, incident: Incident) -> None:
        incident.severity, incident.severity_since_us = str(event.data["class"]), event.at_us
        incident.stopped = ""
        _set_deadline(incident, event.data)

    def _pause(self, event: Event, incident: Incident) -> None:
        incident.paused_since_us, incident.paused_for = event.at_us, str(event.data["reason"])

    def _resume(self, event: Event, incident: Incident) -> None:
        since_us, incident.paused_since_us, incident.paused_for = incident.paused_since_us, None, ""
        if since_us is None:
            return
        incident.pauses.append((since_us, event.at_us))
        _set_deadline(incident, event.data)
        if incident.arrive_by_us is not None and incident.arrive_by_us >= since_us:
            incident.arrive_by_us += event.at_us - max(since_us, incident.called_out_us or 0)

    def _call_out(self, event: Event, incident: Incident) -> None:
        if incident.called_out_us is None:
            incident.called_out_us, incident.arrive_by_us = event.data.get("called_us", event.at_us), event.data["due_us"]

    def _escalate(self, event: Event, incident: Incident) -> None:
        incident.told[str(event.data["to"]), str(event.data["reason"])] = event.data

    def _step(self, event: Event, incident: Incident) -> None:
        incident.state = _STEPS[event.kind]
        incident.steps[incident.state] = event.at_us
        for name in ("found", "missing", "part", "action", "verified_by"):
            if event.data.get(name):
                setattr(incident, name, str(event.data[name]))
        if incident.state == "closed":
            self.open.pop(incident.device, None)

    def _window_blocked(self, event: Event) -> None:
        incident = self.open.get(event.data.get("device", ""))
        if incident is not None and not incident.window and incident.severity != MAJOR:
            incident.stopped = event.subject


def _set_deadline(incident: Incident, data: Mapping[str, Any]) -> None:
    incident.deadline_us, incident.provisional = data["deadline_us"], bool(data.get("provisional"))


def _same_episode(incident: Incident, device: str, window: str, symptom: str) -> bool:
    """Whether trouble at `window` may be the episode of `incident`: one of both names only the window, and the symptoms go together.

    Of what all windows share, one symptom may show the other from further back.
    """
    if incident.window != window:
        return False
    if not window:
        return shows(symptom, incident.symptom) or shows(incident.symptom, symptom)
    if shows(symptom, incident.symptom):
        return True
    if not device:
        return symptom == OUT_OF_SERVICE or alike(incident.symptom, symptom)
    return incident.device == window and incident.symptom != OUT_OF_SERVICE and alike(incident.symptom, symptom)
