"""Incidents: from a phone call or an alarm to a closed record, one per device and episode (contract C2, R3, R4).

OPEN → ACKNOWLEDGED → ON_SITE → DIAGNOSED → RESTORED → CLOSED. The class follows from the room's state when the incident
opens; a person may override it with a reason, a rule does once a shared device stops a window, and a deadline that has
passed never moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from caixue.clock import Clock
from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.due import Instant, said
from caixue.ops.register import KINDS, STATES, Incident, Register
from caixue.ops.reporting import MONITOR, Report, drafted
from caixue.ops.symptoms import BACK_WITHIN_US, CLASSES, GENERAL, LARGER, MAJOR, SYMPTOMS, Symptom, severity
from caixue.sla import Deadlines
from caixue.units import nearest

__all__ = [
    "BACK_WITHIN_US",
    "CLASSES",
    "GENERAL",
    "KINDS",
    "LARGER",
    "MAJOR",
    "MONITOR",
    "STATES",
    "SYMPTOMS",
    "Incident",
    "Incidents",
    "Report",
    "Symptom",
    "severity",
]


class Incidents(Register):
    """The register of one site, and what can be done to an incident. `on_open` tells whoever has to come.

    Every act notes an event; state changes when that event is heard, now or when it is read again after a restart.
    """

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        deadlines: Deadlines,
        on_open: Callable[[Incident], None] = lambda incident: None,
        followed: Followed | None = None,
    ) -> None:
        super().__init__(deadlines.readings.clock_starts)
        self.recorder = recorder
        self.clock = clock
        self.deadlines = deadlines
        self.on_open = on_open
        self.on_hold = False  # the mains are out, or somebody is finding out: what is silent now is no news
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def now(self) -> Instant:
        """The present instant."""
        return Instant.of(self.clock, self.deadlines)

    # what is done

    def report(
        self,
        device: str,
        symptom: str,
        *,
        window: str,
        windows_lost: int,
        by: str,
        occurred_us: int | None = None,
        reported_us: int | None = None,
        reason: str = "",
        drill: bool = False,
        op: str = "",
    ) -> Incident:
        """Open an incident, or add to the open one of the same episode; the words are those of `Report`.

        Raises UsageError for a time in the future, before the record or out of order, for one in the past without a reason, and for a
        drill on a device that has a real incident.
        """
        with self.turn():
            number, drafts = self.drafted(Report(device, symptom, window, windows_lost, by, occurred_us, reported_us, reason, drill))
            self.note(drafts, by=by, op=op)
        if drafts and drafts[0].kind == "incident.opened":
            self.on_open(self.incidents[number])
        return self.incidents[number]

    def drafted(self, report: Report) -> tuple[str, list[Draft]]:
        """What a report would note, and the number of its incident; nothing where the incident knows it all already."""
        return drafted(self, report, self.now())

    def advance(self, incident: Incident, state: str, *, by: str, op: str = "", **data: Any) -> list[Event]:
        """Move `incident` to the next state, and no other; raises UsageError otherwise.

        `data`: what the record gets, such as found, missing, part, action, verified_by.
        """
        with self.turn():
            known = self._known(incident, state, by, op, data)
            if known:
                return known
            expected = STATES[STATES.index(incident.state) + 1] if incident.state != "closed" else None
            if state != expected:
                following = tr(f"下一步是 {expected}", f"the next state is {expected}") if expected else tr("没有下一步", "there is no next state")
                now = tr(f"{incident.number} 现在是 {incident.state}", f"{incident.number} is {incident.state}")
                raise UsageError(tr(f"{now}，{following}，不是 {state}", f"{now}; {following}, not {state}"))
            return self.note_about(incident, state, by=by, op=op, **data)

    def close(self, incident: Incident, *, by: str, verified_by: str, found: str = "", action: str = "", op: str = "") -> list[Event]:
        """Close `incident` with a whole repair record: cause, action, and who has seen that it works again (C6.2).

        Raises UsageError where one of them is missing, here and in what was noted before.
        """
        given = {"found": found.strip(), "action": action.strip(), "verified_by": verified_by.strip()}
        missing = ", ".join(name for name in incident.gaps() if not given[name])
        if missing:
            raise UsageError(
                tr(f"{incident.number} 的维修记录不全，缺 {missing}", f"the record of {incident.number} is not whole: {missing}")
            )
        return self.advance(incident, "closed", by=by, op=op, **said(**given))

    def override(self, incident: Incident, severity: str, *, by: str, reason: str, op: str = "") -> list[Event]:
        """Set the class by hand; raises UsageError without a reason or for an unknown class."""
        if severity not in CLASSES or not reason.strip():
            known = ", ".join(CLASSES)
            raise UsageError(tr(f"改定等级（override）要写等级（{known}）和原因", f"an override needs a class ({known}) and a reason"))
        said_now = {"class": severity, "reason": reason}
        with self.turn():
            before = self._known(incident, "reclassified", by, op, said_now)
            return before or self.note_about(incident, "reclassified", by=by, op=op, **said_now, **self._due(incident, severity))

    def pause(self, incident: Incident, *, reason: str, person: str, by: str = "", op: str = "") -> list[Event]:
        """Stop the clock of `incident`, for one of the reasons that the site reads as a pause, in the name of `person` (R4).

        `by`: who notes it, if not that person. Raises UsageError for any other reason, without a name, and when the clock stands already.
        """
        pauses = self.deadlines.readings.clock_pauses
        if reason not in pauses:
            known = ", ".join(pauses) or tr("无", "nothing")
            zh = f"计时暂停（named person）的事由是 {known}，没有 {reason!r}"
            en = f"a clock pauses, with a named person, for {known}; not for {reason!r}"
            raise UsageError(tr(zh, en) + nearest(reason, pauses))
        if not person.strip():
            raise UsageError(tr("暂停计时要写明责任人（named person）", "a clock pauses with a named person"))
        with self.turn():
            if incident.paused_since_us is not None:
                raise UsageError(tr(f"{incident.number} 的计时已暂停", f"{incident.number}: the clock stands already"))
            return self.note_about(incident, "paused", by=by or person, op=op, reason=reason, person=person)

    def resume(self, incident: Incident, *, person: str, by: str = "", op: str = "") -> list[Event]:
        """Let the clock of `incident` run again: its deadline moves by what the pause took of its time, unless it had passed before.

        Raises UsageError when the clock runs, or without a name.
        """
        with self.turn():
            if incident.paused_since_us is None:
                raise UsageError(tr(f"{incident.number} 的计时没有暂停", f"{incident.number}: the clock runs"))
            if not person.strip():
                raise UsageError(tr("谁让计时恢复？", "who lets the clock run again?"))
            return self.note_about(incident, "resumed", by=by or person, op=op, person=person, **self._due(incident, incident.severity))

    # the journal

    def hear(self, event: Event) -> None:
        """Listen to the journal: once a shared device stops a window, its open incident is 重大 by rule.

        The rule speaks about what is new; what the journal already answers is left alone when it is read again.
        """
        super().hear(event)
        stopped = [incident for incident in self.open.values() if incident.stopped] if event.kind in KINDS else []
        if stopped and event.seq == self.recorder.journal.next_seq() - 1:
            for incident in stopped:
                reason = f"共用设备使 {incident.stopped} 停用 / a shared device stopped {incident.stopped}"
                self.override(incident, MAJOR, by="rule", reason=reason)

    def note(self, drafts: Iterable[Draft], *, by: str, op: str = "") -> list[Event]:
        """Note these events as one act and hear them."""
        drafts = list(drafts)
        events = self.recorder.note_all(drafts, actor=by, op=op) if drafts else []
        for event in events:
            self.hear(event)
        return events

    def note_about(self, incident: Incident, what: str, *, by: str, op: str, **data: Any) -> list[Event]:
        """Note one event of `incident`, such as "called-out"."""
        return self.note([Draft(f"incident.{what}", incident.number, data)], by=by, op=op)

    def _known(self, incident: Incident, what: str, by: str, op: str, data: Mapping[str, Any]) -> list[Event]:
        """What the operation noted, when it is this act sent again."""
        return self.recorder.repeated(op, Draft(f"incident.{what}", incident.number, data), actor=by)

    def turn(self) -> AbstractContextManager[object]:
        """A stretch in which nobody else writes: a ledger that several processes share gives turns, other journals need none."""
        return self.recorder.turn()

    def _due(self, incident: Incident, severity: str) -> dict[str, Any]:
        """The deadline under that class, if the clock runs on now; one that has passed stays where it is."""
        now = self.now()
        if incident.passed(now.us):
            return {"deadline_us": incident.deadline_us, **said(provisional=incident.provisional)}
        return now.removal(severity, incident.clock_started_us, now.pauses(incident))
