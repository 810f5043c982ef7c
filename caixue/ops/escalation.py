"""Escalation (contract R4): what the head of department and the maker must be told, when, and the record of what they were told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from caixue.clock import US_PER_S
from caixue.contract import deadline_row
from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.incidents import Incidents
from caixue.ops.register import STATES, Incident
from caixue.ops.symptoms import LARGER, MAJOR
from caixue.units import nearest

HEAD, MAKER = "head", "maker"
PARTIES = (HEAD, MAKER)
NEAR_US = 7200 * US_PER_S  # a 较大 or 重大 deadline is near; docs/assumptions.md A-37


@dataclass(frozen=True, slots=True)
class Rule:
    """Why somebody must be told; `since_us` says from when on, or None while there is no reason."""

    name: str
    to: str
    zh: str
    en: str
    since_us: Callable[[Incident, int], int | None]

    @property
    def text(self) -> str:
        """The reason in the user's language."""
        return tr(self.zh, self.en)


def _major(incident: Incident, now_us: int) -> int | None:
    return incident.severity_since_us if incident.severity == MAJOR else None


def _near_deadline(incident: Incident, now_us: int) -> int | None:
    near_us = max(incident.deadline_us - NEAR_US, incident.severity_since_us)
    return near_us if incident.severity in (LARGER, MAJOR) and incident.running and now_us >= near_us else None


def _part_missing(incident: Incident, now_us: int) -> int | None:
    return incident.steps.get("diagnosed") if incident.missing else None


RULES = (
    Rule("major", HEAD, "重大故障", "a major fault", _major),
    Rule("near-deadline", HEAD, "时限将至", "the deadline is near", _near_deadline),
    Rule("part-missing", MAKER, "缺备件", "a part is missing", _part_missing),
)


@dataclass(frozen=True, slots=True)
class DueEscalation:
    """Somebody who must be told of an incident: by which rule, since when, and until when at the latest."""

    incident: str
    to: str
    rule: str
    since_us: int
    due_us: int


def due_escalations(incidents: Iterable[Incident], now_us: int) -> list[DueEscalation]:
    """Who must be told what at `now_us`, the longest due first; what was told by its rule's name is not due, nor is a drill or what is restored."""
    within_us = deadline_row("escalation").within_us or 0
    due = [
        DueEscalation(incident.number, rule.to, rule.name, since_us, since_us + within_us)
        for incident in incidents
        if not incident.drill and STATES.index(incident.state) < STATES.index("restored")
        for rule in RULES
        if (rule.to, rule.name) not in incident.told and (since_us := rule.since_us(incident, now_us)) is not None
    ]
    return sorted(due, key=lambda one: (one.due_us, one.incident, one.rule))


def reason_text(reason: str) -> str:
    """A reason as people read it: a rule's name in words, other text as it is."""
    return next((rule.text for rule in RULES if rule.name == reason), reason)


def escalate(
    incidents: Incidents,
    incident: Incident,
    *,
    to: str,
    person: str,
    reason: str,
    by: str,
    ticket: str = "",
    eta_us: int | None = None,
    loan: str = "",
    warranty: str = "",
    op: str = "",
) -> list[Event]:
    """Note that the head of department or the maker was told (R4): whom, why (a rule's name, or in words), and what the maker says.

    `ticket` is the maker's number, `eta_us` when help comes, `loan` a unit lent meanwhile, `warranty` what it covers. What was told
    already, word for word, is not noted again. Raises UsageError for somebody else, without a name or a reason, and for help in the past.
    """
    if to not in PARTIES:
        raise UsageError(
            tr(f"上报给 {', '.join(PARTIES)}，不是 {to!r}", f"escalate to {', '.join(PARTIES)}, not to {to!r}") + nearest(to, PARTIES)
        )
    if not person.strip() or not reason.strip():
        raise UsageError(tr("上报要写明告诉了谁、为什么", "an escalation needs a name and a reason"))
    with incidents.turn():
        if eta_us is not None and eta_us < incidents.now().us:
            raise UsageError(tr("预计到达时间已经过去", "the time when help comes has passed"))
        told = {"to": to, "person": person, "ticket": ticket, "reason": reason, "eta_us": eta_us, "loan": loan, "warranty": warranty}
        if incident.told.get((to, reason)) == told:
            return []
        return incidents.note_about(incident, "escalated", by=by, op=op, **told)
