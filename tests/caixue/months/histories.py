"""Random histories of a room over three months: every kind of entry that a figure is counted from, thickest round midnights and month ends."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from caixue.clock import SHANGHAI
from caixue.events import Event

START = datetime(2026, 9, 29, 6, 30, tzinfo=SHANGHAI)  # before the National Day holidays, with a make-up workday on 10 October
END = datetime(2027, 1, 6, 12, 0, tzinfo=SHANGHAI)
LENGTH_US = (END - START) // timedelta(microseconds=1)
HOUR = 3_600_000_000
BORDERS = [
    datetime(2026, 10, 1, tzinfo=SHANGHAI),
    datetime(2026, 11, 1, tzinfo=SHANGHAI),
    datetime(2026, 12, 1, tzinfo=SHANGHAI),
    datetime(2027, 1, 1, tzinfo=SHANGHAI),
]
DEVICES = ["window-1.label-printer", "window-2.tube-dispenser", "window-8.collection-host", "conveyor"]
ITEMS, PEOPLE = ["label-roll", "serum-yellow", "print-head"], ["engineer-1", "nurse-1", "head-1"]
CLASSES, SYMPTOMS = ["一般", "较大", "重大"], ["no-read", "tube-jam", "no-answer"]


class History:
    """One history from one seed; `lines` is the ledger as it would be exported."""

    def __init__(self, seed: int, acts: int = 400) -> None:
        self.dice = random.Random(seed)
        self.at_us = 0
        self.drafts: list[tuple[int, str, str, dict[str, Any]]] = []
        self.incidents = self.spares = self.sheets = 0
        times = sorted(self._instant() for _ in range(acts))
        for self.at_us in times:
            self.dice.choice(ACTS)(self)
        self.events = self._numbered()

    @property
    def lines(self) -> list[str]:
        return [event.to_json() for event in self.events]

    def note(self, kind: str, subject: str, **data: Any) -> None:
        self.drafts.append((self.at_us, kind, subject, data))

    def any(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def later(self, hours: float) -> int:
        return self.at_us + round(self.dice.random() * hours * HOUR)

    def sooner(self, hours: float) -> int:
        return max(0, self.at_us - round(self.dice.random() * hours * HOUR))

    def _instant(self) -> int:
        """Anywhere, or near the end of a month or a midnight, or on the very instant."""
        roll = self.dice.random()
        if roll < 0.5:
            return self.dice.randrange(LENGTH_US)
        border = (self.dice.choice(BORDERS) - START) // timedelta(microseconds=1)
        if roll < 0.6:
            return border + self.dice.choice([-1, 0, 1])
        return min(LENGTH_US - 1, max(0, border + round(self.dice.gauss(0, 6) * HOUR)))

    def _numbered(self) -> list[Event]:
        """In the order in which they were noted: some were brought over from a spool long afterwards, with their own instants."""
        order = sorted(self.drafts, key=lambda one: one[0] + (self.dice.randrange(40 * 24 * HOUR) if self.dice.random() < 0.05 else 0))
        events = [Event(seq, at_us, kind, subject, "engineer-1", None, data) for seq, (at_us, kind, subject, data) in enumerate(order)]
        return [*events, *self._corrections(events)]

    def _corrections(self, events: list[Event]) -> list[Event]:
        """Some are of one entry again, and some of another correction."""
        made: list[Event] = []
        for number in range(self.dice.randrange(1, 8)):
            wrong = self.dice.choice(made if made and self.dice.random() < 0.4 else events)
            if wrong.kind == "entry.corrected" and self.dice.random() < 0.5:
                wrong = next(event for event in (*events, *made) if event.seq == int(wrong.subject.removeprefix("entry-")))
            right = self.dice.choice(
                [None, "words alone", {"quantity": 7}, {"class": "较大"}, {"whole": False}, {"nothing": 1}, {"tubes": 5}]
            )
            if wrong.kind == "entry.corrected":
                right = self.dice.choice([None, {"right": '{"quantity": 9, "tubes": 3}'}, {"right": "null"}, {"right": "words"}])
            text = right if isinstance(right, str) else json.dumps(right, ensure_ascii=False)
            at_us = min(LENGTH_US - 1, wrong.at_us + self.dice.randrange(30 * 24 * HOUR))
            data = {"reason": "typed wrong", "right": text}
            made.append(Event(len(events) + number, at_us, "entry.corrected", f"entry-{wrong.seq}", "engineer-1", None, data))
        return made

    # what happens

    def incident(self) -> None:
        self.incidents += 1
        number, begun = f"incident-{self.incidents:04d}", self.at_us
        device = self.any(*DEVICES)
        times = {
            "occurred_us": self.sooner(2),
            "reported_us": self.any(None, self.sooner(1)),
            "detected_us": self.any(None, self.sooner(1)),
        }
        data = {
            "device": device,
            "window": device.partition(".")[0] if "." in device else "",
            "class": self.any(*CLASSES),
            "symptom": self.any(*SYMPTOMS),
        }
        drill = {"drill": True} if self.dice.random() < 0.15 else {}
        self.note("incident.opened", number, **data, **times, **drill, deadline_us=self.later(60))
        for what in (
            "acknowledged",
            "called-out",
            "paused",
            "on-site",
            "resumed",
            "reclassified",
            "escalated",
            "diagnosed",
            "merged",
            "restored",
            "closed",
        ):
            self.at_us = self.later(30 if self.dice.random() < 0.2 else 1)
            if self.dice.random() < 0.75:
                self.note(f"incident.{what}", number, **self._about(what))
        self.at_us = begun

    def _about(self, what: str) -> dict[str, Any]:
        deadline = {"deadline_us": self.later(60)}
        return {
            "called-out": {"person": "engineer-1", "due_us": 0, "called_us": self.any(None, self.sooner(1))},
            "paused": {"reason": "access-refused", "person": "head-1"},
            "resumed": {"person": "head-1", **deadline},
            "reclassified": {"class": self.any(*CLASSES), "reason": "seen", **deadline},
            "escalated": {"to": self.any("head", "maker"), "person": "head-1", "reason": "rule"},
            "diagnosed": {"found": self.any("", "dirt")},
            "merged": {"device": self.any(*DEVICES), "symptom": "no-read", "reported_us": self.sooner(1), **self.any({}, deadline)},
            "restored": {"part": "", "action": self.any("", "cleaned")},
            "closed": {"verified_by": self.any("", "nurse-1"), "found": "dirt", "action": self.any("", "cleaned")},
        }.get(what, {})

    def window(self) -> None:
        """Out for a while; said twice sometimes, and sometimes for good."""
        name, begun = f"window-{self.dice.randrange(1, 9)}", self.at_us
        self.note("window.blocked", name, device=f"{name}.collection-host", reason="motor-fault")
        for chance, kind in ((0.2, "window.blocked"), (0.9, "window.restored"), (0.1, "window.restored")):
            self.at_us = self.any(self.later(0.3), self.later(20))
            if self.dice.random() < chance:
                self.note(kind, name, **({"device": "", "reason": ""} if kind == "window.blocked" else {}))
        self.at_us = begun

    def day(self) -> None:
        """The numbers of a day, noted on its evening or after midnight."""
        day = (START + timedelta(microseconds=self.at_us)).date()
        counts = {name: self.dice.randrange(400) for name in ("patients", "served", "tubes")}
        few = {name: self.dice.randrange(4) for name in ("left", "voided", "crossed", "duplicate", "unverified")}
        times = {name: self.any(None, round(self.dice.random() * 3000, 3)) for name in ("wait_p90_s", "stay_p90_s", "transport_p95_s")}
        begun, self.at_us = self.at_us, min(LENGTH_US - 1, self.at_us + self.dice.randrange(8 * HOUR))
        self.note(
            "day.counted",
            "room",
            date=day.isoformat(),
            **counts,
            **few,
            **times,
            window_h=self.any(0.0, 41.25),
            collecting_h=self.any(0.0, 7.5),
        )
        self.at_us = begun

    def call(self) -> None:
        self.incidents += 0
        rang = self.any(None, self.sooner(0.3))
        answered = self.any(None, (self.at_us if rang is None else rang) + self.dice.randrange(10 * 60_000_000))
        self.note("call.received", f"call-{len(self.drafts)}", caller="nurse", said="x", rang_us=rang, answered_us=answered)

    def stock(self) -> None:
        quantity, item, lot = self.dice.randrange(0, 50), self.any(*ITEMS), self.any("A1", "A2", None)
        kind, subject = self.any(
            ("consumable.refilled", self.any(*DEVICES)),
            ("consumable.refilled", self.any(*DEVICES)),
            ("consumable.removed", self.any(*DEVICES)),
            ("consumable.stockout", self.any(*DEVICES)),
            ("stock.received", item),
            ("stock.scrapped", item),
        )
        self.note(kind, subject, item=item, lot=lot, quantity=quantity)

    def spare(self) -> None:
        self.spares += 1
        number, begun = f"spare-{self.spares:04d}", self.at_us
        if self.dice.random() < 0.2:
            self.note("spare.missing", self.any(*ITEMS), incident="", device=DEVICES[0])
            return
        self.note("spare.issued", number, item=self.any(*ITEMS), lot="A1", incident="", device=DEVICES[0])
        self.at_us = self.later(5)
        if self.dice.random() < 0.8:
            self.note("spare.fitted", number, device=DEVICES[0], serial="1", old_serial="0")
            self.note("part.replaced", DEVICES[0], part=self.any("head", "cutter"), lot="A1")
        self.at_us = begun

    def sheet(self) -> None:
        """A sheet of a register, opened and perhaps closed later."""
        self.sheets += 1
        begins, end, data = self.any(
            ("feedback.opened", "feedback.closed", {"words": "slow"}),
            ("inspection.finding", "inspection.finding-closed", {"severity": self.any("low", "high"), "what": "loose"}),
            ("improvement.opened", self.any("improvement.done", "improvement.dropped"), {"year": 2026}),
            ("training.opened", self.any("training.passed", "training.failed"), {"person": "nurse-1"}),
        )
        number, begun = f"sheet-{self.sheets:04d}", self.at_us
        self.note(begins, number, **data)
        self.at_us = self.later(900)
        if self.dice.random() < 0.6:
            self.note(end, number)
            self.at_us = self.later(200)
            if begins == "feedback.opened" and self.dice.random() < 0.4:
                self.note("feedback.reopened", number, reason="not yet")
        self.at_us = begun

    def simple(self) -> None:
        """Entries that are only counted."""
        kind, data = self.any(*SIMPLE)
        self.note(kind, self.any(*DEVICES), **{key: self.any(*values) for key, values in data.items()})

    def person(self) -> None:
        who, begun = self.any(*PEOPLE), self.at_us
        what = self.any("leave", "work", "came")
        if what == "leave":
            self.note("leave.granted", who, from_us=self.sooner(100), until_us=self.later(200), substitute="engineer-2", reason="")
        elif what == "came":
            day = (START + timedelta(microseconds=self.any(self.at_us, self.sooner(160)))).date()
            self.note("attendance.opened", f"attendance-{len(self.drafts)}", person=who, day=str(day), came_us=self.any(None, self.at_us))
        else:
            self.note("engineer.started", who, task=self.any("repair", "refill"), incident=self.any(None, "incident-0001"))
            self.at_us = self.later(4)
            self.note("engineer.finished", who, task=self.any("repair", "refill"), incident=self.any(None, "incident-0001"))
        self.at_us = begun

    def agent(self) -> None:
        self.note(*self.any(("agent.started", "site"), ("agent.stopped", "site")), **self.any({}, {"down_us": HOUR}))


SIMPLE: list[tuple[str, dict[str, list[Any]]]] = [
    *(
        (kind, {})
        for kind in ("order.placed", "maintenance.done", "inspection.finished", "backup.made", "backup.refused", "backup.drilled")
    ),
    *(
        (kind, {})
        for kind in ("ledger.backed-up", "power.lost", "sequence.finished", "training.held", "drill.carried-out", "export.carried-out")
    ),
    *((kind, {}) for kind in ("patch.opened", "patch.approved", "patch.installed", "patch.rolled-back", "patch.rejected", "change.opened")),
    *((kind, {}) for kind in ("change.installed", "commissioning.accepted", "probe.changed", "circuit.inspected", "circuit.fault-found")),
    *((kind, {}) for kind in ("instruction.opened", "plan.approved", "feedback.improved", "remote.started")),
    ("delivery.signed", {"rejected": [[], [{"line": 1}]]}),
    ("calibration.done", {"passed": [True, False]}),
    ("backup.checked", {"whole": [True, False]}),
    ("cache.purged", {"deleted": [0, 12, 300]}),
    ("inspection.read", {"item": ["cpu", "disk", "answer-time"], "state": ["OK", "WARN", "CRIT", "UNKNOWN"]}),
    ("inspection.checked", {"item": ["look-room", "cpu"], "state": ["OK", None]}),
    ("alarm.raised", {"alarm": ["lane-low", "tube-jam", "paper-near-end"]}),
    ("device.refused", {"alarm": ["busy"]}),
    ("reading.out-of-limit", {"reading": ["answer.p95", "label.offset"]}),
]
ACTS: list[Callable[[History], None]] = [
    *(History.incident, History.incident, History.window, History.window, History.day, History.day, History.call),
    *(History.stock, History.stock, History.spare, History.sheet, History.person, History.agent),
    *(History.simple,) * 5,
]


def us(moment: datetime | date) -> int:
    """Microseconds from the record's start to a moment, or to the midnight of a day."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=SHANGHAI)
    return (moment - START) // timedelta(microseconds=1)
