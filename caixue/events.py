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
