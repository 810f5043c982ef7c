"""The event vocabulary: what happened in the room, in the same words whether the room is real or simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from caixue.errors import UsageError

# kind → (what the subject is, keys of `data`). Times inside data are int64 microseconds since the start of the record.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    # the record itself
    "record.started": ("site", ("start", "title", "windows", "opening", "seed")),
    "record.ended": ("site", ()),
    "day.started": ("site", ("date",)),
    "day.ended": ("site", ("date",)),
    # patients; the subject is a pseudonym such as patient-00042, never a name
    "patient.arrived": ("patient", ("class", "priority", "tubes", "due_us", "tolerance_us")),  # the last two of those who come back for a timed draw
    "patient.called": ("patient", ("window",)),
    "patient.bumped": ("patient", ("window", "reason")),
    "patient.left": ("patient", ("reason", "window")),
    "draw.started": ("patient", ("window",)),
    "patient.served": ("patient", ("window",)),
    # windows
    "window.opened": ("window", ()),
    "window.closed": ("window", ()),
    "window.staffed": ("window", ()),
    "window.unstaffed": ("window", ()),
    "window.blocked": ("window", ("device", "reason")),
    "window.restored": ("window", ()),
    # one label's life; the subject is its serial
    "label.created": ("label", ("window", "patient", "tube")),
    "label.sent": ("label", ("device",)),
    "label.printed": ("label", ("device",)),
    "label.applied": ("label", ("device",)),
    "label.verified": ("label", ("device", "printer")),
    "label.handed-over": ("label", ("window", "patient")),
    "label.drawn": ("label", ("patient",)),
    "label.received": ("label", ()),
    "label.void": ("label", ("reason",)),
    "label.unknown": ("label", ("reason",)),
    # tubes; the subject is the device that moved them
    "tube.picked": ("device", ("lane", "tube", "serial")),
    "tube.rejected": ("device", ("serial", "reason")),
    "receipt.printed": ("device", ("patient",)),
    # trouble: what caixue itself concludes from bytes; the subject is the device
    "link.garbled": ("device", ("detail",)),
    "link.timeout": ("device", ("detail",)),
    "link.lost": ("device", ("detail",)),
    "device.refused": ("device", ("alarm", "detail")),
    "alarm.raised": ("device", ("alarm",)),
    "alarm.cleared": ("device", ("alarm",)),
    "scan.no-read": ("device", ("serial", "printer")),
    "scan.mismatch": ("device", ("serial", "read", "printer")),
    "tube.wrong-kind": ("device", ("lane", "expected", "found")),
    "device.recovered": ("device", ()),
    # consumables
    "consumable.low": ("device", ("item", "level")),
    "consumable.stockout": ("device", ("item",)),
    "consumable.refilled": ("device", ("item", "quantity", "slot", "lot", "remaining")),
    "consumable.removed": ("device", ("slot", "item", "lot", "quantity", "reason")),
    "consumable.counted": ("device", ("slot", "item", "quantity", "difference", "reason")),
    "consumable.told": ("device", ("slot", "item", "state")),  # what the device itself says: ok, low, empty
    "consumable.settled": ("site", ("levels",)),  # [device, slot, left] of every slot, so that the ledger alone tells the levels
    # something that somebody has to do; `duty` says which duty keeps it
    "task.opened": ("task", ("duty", "device", "slot", "item", "quantity", "why")),
    "task.done": ("task", ("quantity",)),
    "task.cancelled": ("task", ("reason",)),
    # supply: orders and delivery lists; a line is a mapping, and lines are numbered from 1
    "order.placed": ("order", ("lines", "due_us", "supplier")),
    "order.closed": ("order", ("reason",)),
    "delivery.announced": ("delivery", ("order", "lines", "supplier")),
    "delivery.signed": ("delivery", ("accepted", "rejected", "person")),
    # the store; the subject is the item
    "stock.received": ("item", ("lot", "quantity", "expires", "delivery", "unit_cost_fen")),
    "stock.issued": ("item", ("lot", "quantity", "to", "why")),
    "stock.returned": ("item", ("lot", "quantity", "came_from")),
    "stock.scrapped": ("item", ("lot", "quantity", "reason")),
    "stock.counted": ("item", ("lot", "quantity", "difference", "reason")),
    # leave of the engineer
    "leave.granted": ("engineer", ("from_us", "until_us", "substitute", "reason")),
    "leave.refused": ("engineer", ("from_us", "until_us", "substitute", "reason")),
    # readings of the monitor, noted now and then and when they pass or keep their limit; the subject is a device, a window, or "specimens"
    "reading.noted": ("measured", ("reading", "value", "limit", "unit")),
    "reading.out-of-limit": ("measured", ("reading", "value", "limit", "unit")),
    # the long-running process; `down_us` is how long none ran
    "agent.started": ("site", ("version", "pid", "down_us")),
    "agent.stopped": ("site", ("reason",)),
    "agent.stalled": ("site", ("thread", "for_s", "detail")),
    # probes of servers, interfaces and the network: a sample now and then, and every change of the state
    "probe.noted": ("probe", ("about", "state", "latency_us", "lost", "tried", "detail")),
    "probe.changed": ("probe", ("about", "state", "latency_us", "lost", "tried", "detail")),
    # circuits and UPS, and what the hospital says is to be done
    "circuit.opened": ("circuit", ("name", "type", "feeds", "rated", "contact", "place")),
    "circuit.inspected": ("circuit", ("passed", "voltage_v", "current_a", "temperature_c", "battery_v", "remarks")),
    "circuit.fault-found": ("circuit", ("found", "incident")),
    "circuit.mended": ("circuit", ("action",)),
    "circuit.handed-over": ("circuit", ("to", "what", "incident")),
    "circuit.taken-back": ("circuit", ("person", "result")),
    "circuit.retired": ("circuit", ("reason",)),
    "instruction.opened": ("instruction", ("person", "said_us", "words", "incident", "circuit")),
    "instruction.carried-out": ("instruction", ("result",)),
    "instruction.declined": ("instruction", ("reason",)),
    "instruction.withdrawn": ("instruction", ("person", "reason")),
    # maintenance; the subject is the device
    "wear.read": ("device", ("counter", "value", "unit")),
    "maintenance.done": ("device", ("task", "note", "duration_s")),
    "calibration.done": ("device", ("quantity", "unit", "before", "after", "reference", "tolerance", "passed")),
    "part.replaced": ("device", ("part", "lot", "old_serial", "new_serial", "counter", "wear_at")),
    # one spare part's way; the subject is its number, such as spare-0001
    "spare.issued": ("spare", ("item", "lot", "incident", "device")),
    "spare.fitted": ("spare", ("device", "serial", "old_serial")),
    "spare.returned": ("spare", ("old_serial", "condition", "to")),
    "spare.signed": ("spare", ("person",)),
    "spare.unused": ("spare", ("reason",)),
    "spare.missing": ("item", ("incident", "device")),
    # the ledger itself; a correction says what was wrong with an earlier entry and what is right
    "entry.corrected": ("entry", ("reason", "right")),
    "clock.stepped-back": ("site", ("by_us",)),
    "ledger.backed-up": ("file", ("sha256", "entries", "head")),
    "ledger.restored": ("file", ("sha256", "head", "reason", "lost", "replaced")),
    "ledger.migrated": ("revision", ("before",)),
    "ledger.rebuilt": ("ledger", ("entries",)),  # its tables; the subject is "ledger"
    # backups of software and templates; the subject is the backup's number, of a medium its name, of a refusal the software
    "medium.prepared": ("medium", ("folder",)),
    "backup.made": (
        "backup",
        ("software", "version", "medium", "file", "sha256", "content", "files", "bytes", "verified"),
    ),
    "backup.refused": ("software", ("medium", "reason")),
    "backup.checked": ("backup", ("whole", "reason")),
    "backup.drilled": ("backup", ("to", "files", "bytes", "compared", "duration_us")),
    "backup.restored": ("backup", ("to", "sha256", "files", "bytes", "replaced", "reason")),
    "backup.expired": ("backup", ("medium", "file", "reason")),
    # caches: what is old is written to a medium, read again, and only then deleted; the subject is the cache
    "cache.exported": ("cache", ("number", "medium", "file", "sha256", "rows", "bytes", "before", "verified")),
    "cache.purged": ("cache", ("number", "deleted", "changed", "gone")),
    # inspection; the subject is the round, such as inspection-2026-12, of a finding its own number; an item is named answer-time@ups-room
    "inspection.started": ("round", ("month", "items", "reason")),
    "inspection.read": ("round", ("item", "value", "limit", "unit", "state", "reason")),
    "inspection.checked": ("round", ("item", "answer", "state", "note")),
    "inspection.finding": ("finding", ("round", "item", "what", "severity", "measure", "person", "until")),
    "inspection.finding-closed": ("finding", ("done",)),
    "inspection.finished": ("round", ("ok", "warn", "crit", "unknown", "skipped", "findings")),
    # incidents; the subject is the incident's number. Keys that only some have: drill, provisional, and reason where it was recorded later
    "incident.opened": (
        "incident",
        (
            *("device", "window", "class", "occurred_us", "reported_us", "detected_us", "deadline_us", "symptom"),
            *("drill", "provisional", "reason"),
        ),
    ),
    "incident.merged": ("incident", ("device", "symptom", "reported_us", "deadline_us", "provisional", "reason")),
    "incident.reclassified": ("incident", ("class", "reason", "deadline_us", "provisional")),
    "incident.acknowledged": ("incident", ()),
    "incident.called-out": ("incident", ("person", "due_us", "called_us", "reason")),
    "incident.on-site": ("incident", ()),
    "incident.diagnosed": ("incident", ("found", "missing")),
    "incident.escalated": ("incident", ("to", "person", "ticket", "reason", "eta_us", "loan", "warranty")),
    "incident.restored": ("incident", ("part", "action")),
    "incident.closed": ("incident", ("verified_by", "found", "action")),
    "incident.paused": ("incident", ("reason", "person")),
    "incident.resumed": ("incident", ("person", "deadline_us", "provisional")),
    # the telephone, and work from afar; a call has a number of its own, a session that of its incident
    "call.received": ("call", ("caller", "said", "device", "incident", "rang_us", "answered_us")),
    "remote.authorised": ("incident", ("person", "scope", "until_us")),
    "remote.started": ("incident", ("scope",)),
    "remote.ended": ("incident", ("result",)),
    # the power of the room; `device` is the UPS that tells
    "power.lost": ("supply", ("device",)),
    "power.restored": ("supply", ("device",)),
    "shutdown.started": ("device", ("reason", "devices")),
    "shutdown.step": ("device", ("result",)),
    "shutdown.finished": ("device", ("failed",)),
    "hospital.released": ("site", ("person",)),
    "startup.started": ("site", ("windows",)),
    "startup.finished": ("site", ("failed",)),
    # start-up and shut-down step by step; the subject is the run, such as startup-20261123-1
    "sequence.started": ("run", ("plan", "steps", "by", "dry", "windows")),
    "sequence.step": ("run", ("step", "device", "result", "detail", "jobs")),
    "sequence.confirmed": ("run", ("step", "person")),
    "sequence.finished": ("run", ("failed", "skipped")),
    # the hall; the subject is the device
    "ticket.printed": ("device", ("patient",)),
    "call.shown": ("device", ("patient", "window")),
    # the resident engineer's time
    "engineer.started": ("engineer", ("task", "incident")),
    "engineer.finished": ("engineer", ("task", "incident")),
    # who may let real devices move; what a dry run kept back, by size and digest, for the bytes may hold a name
    "arming.armed": ("site", ("person", "devices", "until", "reason")),
    "arming.disarmed": ("site", ("person", "reason")),
    "lease.taken-over": ("site", ("person", "before", "epoch")),
    "dry-run.intended": ("device", ("bytes", "sha256")),
    # while the belt stands, a porter carries on foot what waits at the windows
    "porter.called": ("window", ("tubes",)),
    "porter.left": ("window", ("tubes",)),
    # what the laboratory found on arrival
    "specimen.received": ("label", ()),
    "specimen.rejected": ("label", ("reason",)),
    # people: registers of numbered sheets; the fields are those of the forms in caixue/ops/forms
    "contact.opened": ("sheet", ("name", "role", "telephone", "what_for", "organisation", "email", "valid_until")),
    "contact.changed": ("sheet", ("name", "role", "telephone", "what_for", "organisation", "email", "valid_until")),
    "contact.withdrawn": ("sheet", ("reason",)),
    "attendance.opened": ("sheet", ("person", "day", "came_us", "absence", "reason")),
    "attendance.left": ("sheet", ("left_us", "reason")),
    "attendance.corrected": ("sheet", ("came_us", "left_us", "reason")),
    "handover.opened": ("sheet", ("to", "incidents", "workarounds", "refills", "low_stock", "orders", "remarks")),
    "handover.accepted": ("sheet", ("answer",)),
    "handover.returned": ("sheet", ("reason",)),
    "conduct.opened": ("sheet", ("about", "matter", "what", "day", "said_by")),
    "conduct.followed-up": ("sheet", ("measure",)),
    "conduct.closed": ("sheet", ("result",)),
    "export.opened": ("sheet", ("what", "why", "recipient", "carrier", "rows_expected")),
    "export.allowed": ("sheet", ("until_us", "condition")),
    "export.refused": ("sheet", ("reason",)),
    "export.withdrawn": ("sheet", ("reason",)),
    "export.carried-out": ("sheet", ("rows", "file", "sha256")),
    "export.destroyed": ("sheet", ("how",)),
    "export.returned": ("sheet", ("how",)),
    "exception.opened": ("sheet", ("thing", "why", "maker")),
    "exception.allowed": ("sheet", ("valid_until",)),
    "exception.refused": ("sheet", ("reason",)),
    "exception.withdrawn": ("sheet", ("reason",)),
    # learning: trainings, feedback, and special periods with their plans, drills and exemptions; fields as in caixue/ops/forms
    "training.opened": ("sheet", ("person", "topic", "trainer", "planned")),
    "training.held": ("sheet", ("held_on", "note")),
    "training.missed": ("sheet", ("reason", "planned")),
    "training.passed": ("sheet", ("result", "assessor", "valid_until")),
    "training.failed": ("sheet", ("result", "assessor", "planned")),
    "training.cancelled": ("sheet", ("reason",)),
    "survey.opened": ("sheet", ("asked", "way", "note")),
    "feedback.opened": ("sheet", ("role", "giver", "sort", "about", "words", "survey")),
    "feedback.answered": ("sheet", ("answer",)),
    "feedback.improved": ("sheet", ("change", "reference")),
    "feedback.closed": ("sheet", ("satisfied", "comment")),
    "feedback.reopened": ("sheet", ("reason",)),
    "plan.opened": (
        "sheet",
        ("period", "first", "duties", "on_call", "telephone", "stand_in", "stand_in_telephone", "extra_stock", "drills"),
    ),
    "plan.revised": ("sheet", ("duties", "on_call", "telephone", "stand_in", "stand_in_telephone", "extra_stock", "drills")),
    "plan.approved": ("sheet", ("note",)),
    "plan.withdrawn": ("sheet", ("reason",)),
    "drill.opened": ("sheet", ("drill", "planned", "leader")),
    "drill.carried-out": (
        "sheet",
        (
            *("participants", "began_us", "ended_us", "learned", "measures", "incident"),
            *("scenario", "result_sha256", "verdict", "breached"),
        ),
    ),
    "drill.attached": ("sheet", ("scenario", "result_sha256", "verdict", "breached")),
    "drill.cancelled": ("sheet", ("reason",)),
    "exemption.opened": ("sheet", ("what", "period", "first", "reason")),
    "exemption.withdrawn": ("sheet", ("reason",)),
    # months and years; the subject is the period, such as 2026-11 or 2026. `seq` is the last entry that counts, `head` its hash
    "month.cut-off": ("period", ("seq", "head")),
    "month.drafted": ("period", ("revision", "seq", "reports", "sha256")),
    "month.signed": ("period", ("revision", "sha256", "scan", "scan_sha256", "signed_on")),
    "month.rejected": ("period", ("revision", "reason")),
    # the numbers of one day, for the ledger knows no patient; times in seconds, hours in hours
    "day.counted": (
        "site",
        (
            *("date", "patients", "served", "left", "tubes", "voided", "crossed", "duplicate", "unverified"),
            *("wait_p90_s", "stay_p90_s", "transport_p95_s", "window_h", "collecting_h"),
        ),
    ),
    # what the annual report plans to improve
    "improvement.opened": ("sheet", ("year", "what", "why", "person", "due")),
    "improvement.done": ("sheet", ("result",)),
    "improvement.dropped": ("sheet", ("reason",)),
    # software: patches and change requests on their way, what is discontinued, swapped devices; a verdict is what the twin showed
    "patch.opened": ("sheet", ("software", "from_version", "version", "why", "advisory", "maker", "file", "sha256")),
    "patch.tested": ("sheet", ("verdicts",)),
    "patch.approved": ("sheet", ("condition",)),
    "patch.installed": ("sheet", ("software", "version", "where", "before", "backup")),
    "patch.rolled-back": ("sheet", ("reason", "software", "back_to", "where", "begun_us", "duration_us")),
    "patch.closed": ("sheet", ("result",)),
    "patch.rejected": ("sheet", ("reason",)),
    "change.opened": ("sheet", ("software", "from_version", "matter", "asked_by", "what", "why", "version")),
    "change.answered": ("sheet", ("maker", "answer", "free", "version", "file", "sha256")),
    "change.tested": ("sheet", ("verdicts",)),
    "change.approved": ("sheet", ("condition",)),
    "change.installed": ("sheet", ("software", "version", "where", "before", "backup")),
    "change.rolled-back": ("sheet", ("reason", "software", "back_to", "where", "begun_us", "duration_us")),
    "change.closed": ("sheet", ("result",)),
    "change.declined": ("sheet", ("reason",)),
    "discontinued.opened": ("sheet", ("thing", "supported_until", "source")),
    "discontinued.planned": ("sheet", ("plan", "replacement", "replace_by")),
    "discontinued.replaced": ("sheet", ("commissioning",)),
    "discontinued.withdrawn": ("sheet", ("reason",)),
    "commissioning.started": ("sheet", ("device", "new_serial", "old_serial", "why", "incident")),
    "commissioning.checked": ("sheet", ("rows", "bench", "simulated")),
    "commissioning.vouched": ("sheet", ("check", "word")),
    "commissioning.accepted": ("sheet", ("remark",)),
    "commissioning.refused": ("sheet", ("reason",)),
    "software.looked": ("software", ("state", "place", "processes", "missing", "restarts", "errors", "log_at")),  # how it is used on one machine
    # only a twin can know these; no code in caixue reads them
    "twin.fault-armed": ("fault", ("target", "kind")),
    "twin.fault-fired": ("fault", ("target", "kind")),
    "twin.link-disturbed": ("fault", ("target", "kind", "direction", "n", "before", "after")),
    "twin.fault-ended": ("fault", ("target", "kind", "firings")),
    "twin.invariant-broken": ("invariant", ("detail",)),
}

# First signs of trouble on a device, and first signs that it works again.
TROUBLE_KINDS = frozenset(
    {
        "link.garbled",
        "link.timeout",
        "link.lost",
        "device.refused",
        "alarm.raised",
        "scan.no-read",
        "scan.mismatch",
        "tube.wrong-kind",
        "consumable.stockout",
        "power.lost",
    }
)
GOOD_KINDS = frozenset(
    {
        "device.recovered",
        "alarm.cleared",
        "tube.picked",
        "label.printed",
        "label.applied",
        "label.verified",
        "receipt.printed",
        "ticket.printed",
        "call.shown",
        "power.restored",
    }
)


# What belongs to patients, to the play of one tube, or to the twin alone stays out of the ledger of operations.
_NOT_OPERATIONS = (
    *("patient.", "draw.", "label.", "tube.", "scan.", "receipt.", "ticket.", "call.shown", "specimen."),
    *("twin.", "window.staffed", "window.unstaffed"),
)


def belongs_in_ledger(kind: str) -> bool:
    """Whether the ledger of operations keeps events of this kind: what the engineer and the hospital must be able to prove; no patients."""
    return not kind.startswith(_NOT_OPERATIONS)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, `at_us` microseconds after the record's start."""

    seq: int
    at_us: int
    kind: str
    subject: str
    actor: str = ""
    cause: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Canonical JSON on one line: fixed key order, sorted data, no spaces, Chinese kept readable. Raises ValueError for NaN and infinities."""
        cause = "null" if self.cause is None else self.cause
        return (
            f'{{"seq":{self.seq},"at_us":{self.at_us},"kind":"{self.kind}","subject":{_quoted(self.subject)},'
            f'"actor":{_quoted(self.actor)},"cause":{cause},"data":{_canonical(self.data)}}}'
        )


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@lru_cache(4096)
def _quoted(text: str) -> str:
    return _canonical(text)


def from_json(line: str) -> Event:
    """Read one line that `Event.to_json` wrote; raises UsageError on anything else."""
    try:
        row = json.loads(line)
        event = Event(row["seq"], row["at_us"], row["kind"], row["subject"], row["actor"], row["cause"], row["data"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"not an event: {line[:80]!r}") from error
    numbers, words = (event.seq, event.at_us, event.cause or 0), (event.kind, event.subject, event.actor)
    if not (all(type(one) is int for one in numbers) and all(isinstance(one, str) for one in words) and isinstance(event.data, dict)):
        raise UsageError(f"not an event: {line[:80]!r}")
    return event
