"""What the probes tell, kept (contract C2.3.1, C2.4, S6, S7): changes and a sample now and then, and an incident for a host or an interface that is down.

A reading that turns critical is noted at once and becomes an incident with the next one that is still critical. Over the ledger it knows
by hearing events; the incident ends as every other does, by a person's record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from caixue.clock import US_PER_S
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.ops.incidents import MONITOR, Incidents
from caixue.probes.reading import Reading, State
from caixue.site_estate import Host

KINDS = ("probe.noted", "probe.changed")
NOTED_US = 4 * 3600 * US_PER_S  # a sample at least so often: docs/assumptions.md A-193
INTERFACE_DOWN, HOST_UNREACHABLE = "interface-down", "host-unreachable"


@dataclass(frozen=True, slots=True)
class Known:
    """The last that the journal says of a probe; microseconds since the record's start."""

    probe: str
    about: str
    state: State
    since_us: int
    noted_us: int
    latency_us: int | None
    detail: str


class Probing:
    """The register of probes. It notes events and changes by hearing them, live and from the past alike."""

    def __init__(
        self, recorder: Recorder, hosts: Iterable[Host], incidents: Incidents | None = None, followed: Followed | None = None
    ) -> None:
        self.recorder = recorder
        self.known: dict[str, Known] = {}
        self._hosts = {host.name for host in hosts}
        self._incidents = incidents
        self._told: set[str] = set()  # hosts and interfaces of whose present trouble an incident was made
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, (*KINDS, "incident.opened", "incident.merged"))

    def take(self, reading: Reading, *, report: bool = True, by: str = MONITOR, op: str = "") -> list[Event]:
        """Take one reading: note what is new in it, and `report` what is still down. A reading that says the same notes nothing."""
        known = self.known.get(reading.name)
        now_us = self.recorder.clock.monotonic_us()
        if known is not None and known.state is reading.state and now_us - known.noted_us < NOTED_US:
            if report:
                self._report(known, reading)
            return []
        return self.note([reading], by=by, op=op)

    def note(self, readings: Iterable[Reading], *, by: str = MONITOR, op: str = "") -> list[Event]:
        """Note these readings whether they are new or not, as one act."""
        events = self.recorder.note_all([self._draft(reading) for reading in readings], actor=by, op=op)
        for event in events:
            self.hear(event)
        return events

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing."""
        if event.seq <= self._heard:
            return
        if event.kind in KINDS:
            self._heard = event.seq
            self._keep(event)
        elif event.kind in ("incident.opened", "incident.merged") and event.actor == MONITOR and self._down(event.data["device"]):
            self._heard = event.seq
            self._told.add(event.data["device"])

    def symptom(self, about: str) -> str:
        """What trouble with that host or interface is called."""
        return HOST_UNREACHABLE if about in self._hosts else INTERFACE_DOWN

    def _draft(self, reading: Reading) -> Draft:
        known = self.known.get(reading.name)
        kind = "probe.noted" if known is None or known.state is reading.state else "probe.changed"
        data = {"about": reading.about, "state": reading.state.value, "latency_us": reading.latency_us, "detail": reading.detail}
        return Draft(kind, reading.name, {**data, "lost": reading.lost, "tried": reading.tried})

    def _keep(self, event: Event) -> None:
        data, before = event.data, self.known.get(event.subject)
        state = State(data["state"])
        since_us = before.since_us if before is not None and before.state is state else event.at_us
        self.known[event.subject] = Known(event.subject, data["about"], state, since_us, event.at_us, data["latency_us"], data["detail"])
        if not self._down(data["about"]):
            self._told.discard(data["about"])

    def _down(self, about: str) -> bool:
        return any(known.about == about and known.state is State.CRIT for known in self.known.values())

    def _report(self, known: Known, reading: Reading) -> None:
        """Make an incident of what is down now and was before. While the mains are out, what is silent is no news."""
        incidents = self._incidents
        if reading.state is not State.CRIT or incidents is None or incidents.on_hold or known.about in self._told:
            return
        incidents.report(known.about, self.symptom(known.about), window="", windows_lost=0, by=MONITOR, occurred_us=known.since_us)
