"""Remote sessions (contract R2, R4): none without somebody of the hospital who allows it by name, for a purpose and a time."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed
from caixue.lang import tr
from caixue.ops.incidents import Incident, Incidents

KINDS = ("remote.authorised", "remote.started", "remote.ended")
LONGEST_US = 12 * 3_600_000_000  # one permission; docs/assumptions.md A-39


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may work on an incident from afar: allowed by whom, for what, until when (µs since the record's start)."""

    person: str
    scope: str
    until_us: int
    by: str


class RemoteSessions:
    """Permissions and sessions, by incident. It notes events and hears them, live and from the past alike."""

    def __init__(self, incidents: Incidents, followed: Followed | None = None) -> None:
        self.incidents = incidents
        self.permissions: dict[str, Permission] = {}
        self.running: dict[str, str] = {}  # incident → who is at it
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def authorise(self, incident: Incident, *, person: str, scope: str, until_us: int, by: str, op: str = "") -> list[Event]:
        """Somebody of the hospital (`by`) allows `person` to work on `incident` from afar, for `scope`, until then.

        Raises UsageError without a name or a scope, for a permission to oneself, one that is over, or one longer than 12 hours.
        """
        if not person.strip() or not scope.strip() or person == by:
            raise UsageError(
                tr("远程授权要写给谁、做什么，不能授给自己", "a permission needs a name and a scope, and nobody allows himself")
            )
        with self.incidents.turn():
            now_us = self.incidents.now().us
            if not now_us < until_us <= now_us + LONGEST_US:
                raise UsageError(tr("授权到将来 12 小时以内为止", "a permission ends in the future, 12 hours from now at most"))
            return self._note("remote.authorised", incident, by, op, person=person, scope=scope, until_us=until_us)

    def start(self, incident: Incident, *, by: str, op: str = "") -> list[Event]:
        """`by` begins to work on `incident` from afar. Raises UsageError unless just this person may, now."""
        with self.incidents.turn():
            permission = self.permissions.get(incident.number)
            if permission is None or permission.person != by or self.incidents.now().us > permission.until_us:
                raise UsageError(
                    tr(
                        f"没有给 {by} 的有效远程授权（{incident.number}）；先由院方记录：caixue incident remote authorise",
                        f"nobody allows {by} to work on {incident.number} from afar now; the hospital first: caixue incident remote authorise",
                    )
                )
            if incident.number in self.running:
                raise UsageError(tr(f"{incident.number} 的远程会话还在进行", f"a remote session on {incident.number} is going on"))
            return self._note("remote.started", incident, by, op, scope=permission.scope)

    def end(self, incident: Incident, *, result: str, by: str, op: str = "") -> list[Event]:
        """The session is over, with what it brought; so is the permission. Raises UsageError where there is none, and without a result."""
        with self.incidents.turn():
            if incident.number not in self.running or not result.strip():
                raise UsageError(
                    tr(f"{incident.number} 没有远程会话，或没写结果", f"no remote session on {incident.number}, or no result given")
                )
            return self._note("remote.ended", incident, by, op, result=result)

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing."""
        if event.kind not in KINDS or event.seq <= self._heard:
            return
        self._heard, data = event.seq, event.data
        if event.kind == "remote.authorised":
            self.permissions[event.subject] = Permission(data["person"], data["scope"], data["until_us"], event.actor)
        elif event.kind == "remote.started":
            self.running[event.subject] = event.actor
        elif event.kind == "remote.ended":
            self.running.pop(event.subject, None)
            self.permissions.pop(event.subject, None)

    def _note(self, kind: str, incident: Incident, by: str, op: str, **data: object) -> list[Event]:
        events = self.incidents.recorder.note_all([Draft(kind, incident.number, data)], actor=by, op=op)
        for event in events:
            self.hear(event)
        return events
