"""The figures of a period once more: from the lines of a ledger, by the simplest arithmetic there is, with nothing of the program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import chinese_calendar

Row = dict[str, Any]
Span = tuple[int, int]
EAST = timezone(timedelta(hours=8))  # Shanghai has had no summer time since 1991
SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000

# What the site and the contract say, once more by hand.
WINDOWS = [f"window-{number}" for number in range(1, 9)]
WORKDAY = [("07:00", "12:00"), ("13:30", "17:00")]
DAY_OFF = [("07:30", "11:30")]
USABLE_WITHIN, EIGHT = 10 * MINUTE, 8
RESPONSE, ARRIVAL, PHONE, ESCALATION = 5 * MINUTE, 60 * MINUTE, 5 * MINUTE, 10 * MINUTE
TOP = 10
MAJOR = "重大"
STEPS = {"acknowledged": "acknowledged", "on-site": "came", "diagnosed": "diagnosed", "restored": "restored", "closed": "closed"}


class Recount:
    """One period of a ledger, from its lines; `cut` is the last entry that counts."""

    def __init__(self, lines: Iterable[str], start: str, from_us: int, until_us: int, cut: int | None = None) -> None:
        self.start = datetime.fromisoformat(start)
        self.from_us, self.until_us = from_us, until_us
        rows = [json.loads(line) for line in lines]
        rows = list(self._right([row for row in rows if cut is None or row["seq"] <= cut]))
        for row in rows:
            row["at_us"] = max(0, self._belongs(row["kind"], row["at_us"], row["data"]))
        self.all = sorted((row for row in rows if row["at_us"] < until_us), key=lambda row: (row["at_us"], row["seq"]))
        self.rows = [row for row in self.all if row["at_us"] >= from_us]
        self.incidents = self._incidents()
        self.real = [one for one in self.incidents.values() if not one["drill"]]
        self.opening = self._opening()

    def figures(self) -> dict[str, Any]:
        """Every figure by its name."""
        return {**self._room(), **self._days(), **self._trouble(), **self._clocks(), **self._supply(), **self._system(), **self._people()}

    # entries

    def _right(self, rows: list[Row]) -> Iterator[Row]:
        """The entries that are right: each with what was said of it afterwards, one saying after the other, as far as that is right itself."""
        about: dict[int, list[Row]] = {}
        for row in rows:
            number = row["subject"].split("-")[-1]
            if row["kind"] == "entry.corrected" and number.isdigit():
                about.setdefault(int(number), []).append(row)
        gone = [row for row in rows if row["kind"].endswith(".opened") and self._told(row, about) is None]
        never = {(row["kind"].split(".")[0], row["subject"]) for row in gone}  # nothing that was noted of these counts
        for row in rows:
            told = self._told(row, about)
            if told is not None and (row["kind"].split(".")[0], row["subject"]) not in never:
                yield {**row, "data": told}

    def _told(self, row: Row, about: dict[int, list[Row]]) -> Row | None:
        """What an entry says in the end; None: it should not be there."""
        data, there = dict(row["data"]), True
        for later in about.get(row["seq"], []):
            words = self._told(later, about)
            try:
                said = None if words is None else json.loads(words["right"])
            except ValueError:
                continue
            if words is None or not (said is None or isinstance(said, dict)):
                continue
            there = said is not None
            for key, value in (said or {}).items():
                before = data.get(key)
                numbers = isinstance(value, int | float) and isinstance(before, int | float)
                if type(before) is type(value) or (numbers and bool not in (type(before), type(value))):
                    data[key] = value
        return data if there else None

    def of(self, *kinds: str) -> list[Row]:
        """The entries of these kinds in the period."""
        return [row for row in self.rows if row["kind"] in kinds]

    def inside(self, at_us: int | None) -> bool:
        """Whether an instant that has come lies in the period."""
        return at_us is not None and self.from_us <= at_us < self.until_us

    def _belongs(self, kind: str, at_us: int, data: Row) -> int:
        """When an entry belongs: most of them when they were noted."""
        if kind in ("day.counted", "attendance.opened"):
            return self._midnight(date.fromisoformat(data["date" if kind == "day.counted" else "day"]))
        if kind == "leave.granted" and data["from_us"] < at_us:
            return int(data["from_us"])
        if kind == "improvement.opened" and at_us >= self._midnight(date(data["year"] + 1, 1, 1)):
            return self._midnight(date(data["year"] + 1, 1, 1)) - 1
        return at_us

    def _midnight(self, day: date) -> int:
        return (datetime(day.year, day.month, day.day, tzinfo=EAST) - self.start) // timedelta(microseconds=1)

    def _day(self, at_us: int) -> date:
        return (self.start + timedelta(microseconds=at_us)).astimezone(EAST).date()

    # the room

    def _opening(self) -> list[Span]:
        spans, day = [], self._day(self.from_us)
        while self._midnight(day) < self.until_us:
            for begin, end in WORKDAY if works(day) else DAY_OFF:
                a, b = (self._midnight(day) + clock(text) for text in (begin, end))
                a, b = max(a, self.from_us), min(b, self.until_us)
                if a < b:
                    spans.append((a, b))
            day += timedelta(days=1)
        return spans

    def _lost(self) -> list[Span]:
        """When each window was out for longer than it may be, or had not come back."""
        lost = []
        for name in [*WINDOWS]:
            spans: list[Span] = []
            since = None
            for row in self.all:
                if row["subject"] == name and row["kind"] == "window.blocked" and since is None:
                    since = row["at_us"]
                elif row["subject"] == name and row["kind"] == "window.restored" and since is not None:
                    spans, since = [*spans, (since, row["at_us"])], None
            if since is not None:
                spans.append((since, self.until_us))
            lost += [one for one in joined(spans) if one[1] - one[0] > USABLE_WITHIN or one[1] >= self.until_us]
        return lost

    def _room(self) -> Row:
        opened = sum(b - a for a, b in self.opening)
        lost, clocks = self._lost(), [self._clock(one) for one in self.real]
        below, fewest, away = 0, None, 0
        edges = sorted({edge for span in (*self.opening, *lost, *clocks) for edge in span})
        for a, b in pairwise(edges):
            if not covered(self.opening, a, b):
                continue
            out = sum(x <= a and b <= y for x, y in lost)
            away += out * (b - a)
            fewest = EIGHT - out if fewest is None else min(fewest, EIGHT - out)
            if EIGHT - out < EIGHT and not covered(clocks, a, b):
                below += b - a
        return {
            "open.days": len({self._day(a) for a, _ in self.opening}),
            "open.hours": opened / HOUR,
            "window.available.share": 1 - away / (opened * len(WINDOWS)) if opened else None,
            "window.below_eight.minutes": below / MINUTE if opened else None,
            "window.usable.min": fewest,
            "unwatched.hours": (opened - self._watched()) / HOUR,
        }

    def _watched(self) -> int:
        """Opening time in which an agent ran."""
        spans: list[Span] = []
        since = None
        for row in self.all:
            if row["kind"] == "agent.started":
                if since is not None:
                    spans.append((since, row["at_us"] - (row["data"].get("down_us") or 0)))
                since = row["at_us"]
            elif row["kind"] == "agent.stopped" and since is not None:
                spans.append((since, row["at_us"]))
                since = None
        if since is not None:
            spans.append((since, self.until_us))
        spans = joined([span for span in spans if span[0] < span[1]])
        return sum(max(0, min(b, y) - max(a, x)) for a, b in self.opening for x, y in spans)

    # the numbers of the days

    def _days(self) -> Row:
        days = {row["data"]["date"]: row["data"] for row in self.of("day.counted")}
        open_days = {str(self._day(a)) for a, _ in self.opening}
        total: dict[str, Any] = dict.fromkeys(("patients", "served", "left", "tubes", "voided", "window_h", "collecting_h", "wrong"))
        if days:
            total = {name: sum(day.get(name) or 0 for day in days.values()) for name in total}
            total["wrong"] = sum(day.get(name) or 0 for day in days.values() for name in ("crossed", "duplicate", "unverified"))
        count = sum(self.inside(one["opened"]) for one in self.real)
        return {
            "days.counted": len(days),
            "days.missing": len(open_days - set(days)),
            "patient.count": total["patients"],
            "patient.served": total["served"],
            "patient.left.share": share(total["left"], total["patients"]),
            "patient.wait.p90.max": most(day.get("wait_p90_s") for day in days.values()),
            "tube.labelled": total["tubes"],
            "tube.voided": total["voided"],
            "label.wrong": total["wrong"],
            "label.wrong.rate": share(total["wrong"], total["tubes"], 1000),
            "specimen.transport.p95.max": most(day.get("transport_p95_s") for day in days.values()),
            "collection.per_window_h": share(total["served"], total["window_h"]),
            "throughput.per_h": share(total["served"], total["collecting_h"]),
            "fault.rate": share(count, total["tubes"], 1000),
        }

    # incidents

    def _incidents(self) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in self.all:
            area, _, what = row["kind"].partition(".")
            if area != "incident":
                continue
            at_us, data = row["at_us"], row["data"]
            if what == "opened":
                found[row["subject"]] = incident(at_us, data)
                continue
            one = found.get(row["subject"])
            if what == "resumed" and (one is None or not one["pauses"] or one["pauses"][-1][1] is not None):
                continue
            if what == "escalated" and (one is None or one["major"] is None or data.get("to") != "head"):
                continue
            if one is None:
                one = found[row["subject"]] = incident(at_us, {}) | {"spells": [], "major": None}
            change(one, what, at_us, data)
        return found

    def _begin(self, one: Row) -> int:
        return min([us for us in (one["reported"], one["detected"]) if us is not None], default=one["opened"])

    def _end(self, one: Row) -> int:
        return self.until_us if one["restored"] is None else one["restored"]

    def _missed(self, one: Row) -> int | None:
        """When a deadline passed unkept: each holds until the next one is set, and none passes while the clock stands."""
        begin, end = self._begin(one), self._end(one)
        for number, (since, deadline) in enumerate(one["spells"]):
            since = since if number else begin
            until = one["spells"][number + 1][0] if number + 1 < len(one["spells"]) else end
            if deadline is None:
                continue
            passed = max(deadline, since)
            stands = any(a <= passed and (b is None or passed < b) for a, b in one["pauses"])
            if passed < min(until, end) and not stands:
                return passed
        return None

    def _clock(self, one: Row) -> Span:
        missed = self._missed(one)
        return self._begin(one), self._end(one) if missed is None else min(self._end(one), missed)

    def _stood(self, one: Row, a: int, b: int) -> int:
        spans = [(x, b if y is None else y) for x, y in one["pauses"]]
        return sum(max(0, min(b, y) - max(a, x)) for x, y in spans)

    def _trouble(self) -> Row:
        new = [one for one in self.real if self.inside(one["opened"])]
        mended = [one for one in self.real if self.inside(one["restored"])]
        shut = [one for one in self.real if self.inside(one["closed"])]
        repair = [
            (one["class"], one["restored"] - self._begin(one) - self._stood(one, self._begin(one), one["restored"])) for one in mended
        ]
        longest = {name: max(us for other, us in repair if other == name) / SECOND for name, _ in repair}
        opened = sum(b - a for a, b in self.opening)
        whole = [one for one in shut if one["found"] and one["action"] and one["verified_by"]]
        return {
            "incident.count": len(new),
            "incident.drills": sum(bool(one["drill"]) and self.inside(one["opened"]) for one in self.incidents.values()),
            "incident.open": sum(one["restored"] is None for one in self.real),
            "incident.by_class": dict(Counter(one["class"] for one in new)),
            "incident.by_device": dict(Counter(one["device"] or one["window"] or "-" for one in new)),
            "incident.by_symptom": dict(Counter(one["symptom"] or "-" for one in new)),
            "sla.restored": dict(Counter(one["class"] for one in mended)),
            "sla.in_time": dict(Counter(one["class"] for one in mended if self._missed(one) is None)),
            "sla.breached": dict(Counter(one["class"] for one in self.real if self.inside(self._missed(one)))),
            "sla.longest": longest,
            "mttr.hours": sum(us for _, us in repair) / len(repair) / HOUR if repair else None,
            "mtbf.hours": opened / HOUR / len(new) if new else None,
            "escalation.due": sum(self.inside(one["major"]) for one in self.real),
            "repair.closed": len(shut),
            "repair.whole.share": len(whole) / len(shut) if shut else None,
        }

    # clocks

    def _clocks(self) -> Row:
        named = {"response": (self._begin, "came", RESPONSE), "arrival": (lambda one: one["called"], "came", ARRIVAL)}
        named["escalation"] = (lambda one: one["major"], "told", ESCALATION)
        found: Row = {}
        for name, (begin, end, limit) in named.items():
            times, late = [], 0
            for one in self.real:
                a, b = begin(one), one[end]
                if a is None:
                    continue
                if self.inside(b):
                    stood = self._stood(one, a, b) if name == "arrival" else 0
                    times.append(b - a - stood if name == "arrival" else max(0, b - a))
                if b is None and one["restored"] is not None and name != "escalation":
                    continue
                due = self._due(one, a, limit)
                late += self.inside(due) and (b is None or b > due)
            found |= {f"{name}.count": len(times), f"{name}.late": late, f"{name}.longest": max(times) / SECOND if times else None}
        calls = [
            (row["at_us"] if row["data"].get("rang_us") is None else row["data"]["rang_us"], row["data"].get("answered_us"))
            for row in self.of("call.received")
        ]
        waits = [b - a for a, b in calls if b is not None]
        late = sum(b is None or b - a > PHONE for a, b in calls)
        return found | {"call.count": len(calls), "call.late": late, "call.longest": max(waits) / SECOND if waits else None}

    def _due(self, one: Row, begin: int, limit: int) -> int:
        """The instant at which so much time has passed in which the clock did not stand."""
        at, left = begin, limit
        for a, b in joined([(a, self.until_us if b is None else b) for a, b in one["pauses"]]):
            if b <= at:
                continue
            if a - at > left:
                break
            left -= max(0, a - at)
            at = b
        return at + left

    # the duties

    def _sum(self, kind: str, key: str | None, amount: str | None = None) -> dict[str, int]:
        total: Counter[str] = Counter()
        for row in self.of(kind):
            total[row["subject"] if key is None else str(row["data"].get(key) or "-")] += (
                1 if amount is None else row["data"].get(amount) or 0
            )
        return {name: number for name, number in total.items() if number}

    def _arrived(self) -> dict[str, int]:
        pieces: dict[str, int] = {}
        for row in self.of("stock.received"):
            if row["data"]["lot"] != "opening":
                pieces[row["subject"]] = pieces.get(row["subject"], 0) + row["data"]["quantity"]
        return {item: number for item, number in pieces.items() if number}

    def _rehearsed(self) -> set[str]:
        return {row["subject"] for row in self.all if row["kind"] == "sequence.started" and row["data"].get("dry")}

    def _number(self, *kinds: str) -> int:
        return len(self.of(*kinds))

    def _standing(self, begins: str, *ends: str) -> int:
        open_ = set()
        for row in self.all:
            if row["kind"] == begins:
                open_.add(row["subject"])
            elif row["kind"] in ends:
                open_.discard(row["subject"])
        return len(open_)

    def _supply(self) -> Row:
        lots: Counter[str] = Counter()
        for row in self.of("consumable.refilled"):
            lots[f"{row['data'].get('item') or '-'} {row['data'].get('lot') or '-'}"] += row["data"]["quantity"]
        item = {row["subject"]: row["data"]["item"] for row in self.all if row["kind"] == "spare.issued"}
        return {
            "consumable.put_in": self._sum("consumable.refilled", "item", "quantity"),
            "consumable.taken_out": self._sum("consumable.removed", "item", "quantity"),
            "consumable.lots": {name: number for name, number in lots.items() if number},
            "consumable.stockouts": self._sum("consumable.stockout", "item"),
            "stock.received": self._arrived(),
            "stock.scrapped": self._sum("stock.scrapped", None, "quantity"),
            "order.placed": self._number("order.placed"),
            "delivery.signed": self._number("delivery.signed"),
            "delivery.rejected": sum(bool(row["data"].get("rejected")) for row in self.of("delivery.signed")),
            "spare.used": dict(Counter(item.get(row["subject"], "-") for row in self.of("spare.fitted"))),
            "spare.missing": self._sum("spare.missing", None),
            "part.replaced": self._sum("part.replaced", "part"),
            "maintenance.done": self._number("maintenance.done"),
            "calibration.done": self._number("calibration.done"),
            "calibration.failed": sum(row["data"].get("passed") is False for row in self.of("calibration.done")),
        }

    def _system(self) -> Row:
        looked, seen = [], set()
        for row in reversed(self.of("inspection.read", "inspection.checked")):
            item = row["subject"], row["data"].get("item")
            looked += [row] if item not in seen else []
            seen.add(item)
        signs = [f"{row['subject']} {row['data'].get('alarm') or '-'}" for row in self.of("alarm.raised", "device.refused")]
        signs += [f"{row['subject']} {row['data'].get('reading') or '-'}" for row in self.of("reading.out-of-limit")]
        top = sorted(Counter(signs).items(), key=lambda one: (-one[1], one[0]))[:TOP]
        names = {"made": "backup.made", "checked": "backup.checked", "refused": "backup.refused", "drilled": "backup.drilled"}
        return {
            "inspection.rounds": self._number("inspection.finished"),
            "inspection.items": len(looked),
            "inspection.state": dict(Counter(row["data"].get("state") or "-" for row in looked)),
            "inspection.findings": self._number("inspection.finding"),
            "inspection.by_severity": self._sum("inspection.finding", "severity"),
            "inspection.closed": self._number("inspection.finding-closed"),
            "inspection.open": self._standing("inspection.finding", "inspection.finding-closed"),
            "trouble.top": dict(top),
            **{f"backup.{name}": self._number(kind) for name, kind in names.items()},
            "backup.damaged": sum(row["data"].get("whole") is False for row in self.of("backup.checked")),
            "cache.purged": self._sum("cache.purged", None, "deleted"),
            "ledger.backed_up": self._number("ledger.backed-up"),
            "power.lost": self._number("power.lost"),
            "startup.count": len([row for row in self.of("sequence.finished") if row["subject"] not in self._rehearsed()]),
            "remote.count": self._number("remote.started"),
            **self._changes(),
        }

    def _changes(self) -> Row:
        same = (
            "patch.approved",
            "patch.installed",
            "patch.rejected",
            "change.installed",
            "commissioning.accepted",
            "probe.changed",
            "circuit.inspected",
        )
        other = {"patch.count": "patch.opened", "patch.rolled_back": "patch.rolled-back", "change.count": "change.opened"}
        other |= {"circuit.faults": "circuit.fault-found", "instruction.count": "instruction.opened"}
        return {
            name: self._number(kind)
            for name, kind in ({name: name for name in (*same, "plan.approved", "feedback.improved")} | other).items()
        }

    def _unanswered(self) -> int:
        """Feedback that was taken down, and not closed or reopened since."""
        last = {
            row["subject"]: row["kind"] for row in self.all if row["kind"] in ("feedback.opened", "feedback.closed", "feedback.reopened")
        }
        return sum(kind != "feedback.closed" for kind in last.values())

    def _people(self) -> Row:
        came = {
            (row["data"]["person"], row["data"]["day"]) for row in self.of("attendance.opened") if row["data"].get("came_us") is not None
        }
        return {
            "training.held": self._number("training.held"),
            "training.passed": self._number("training.passed"),
            "training.failed": self._number("training.failed"),
            "feedback.count": self._number("feedback.opened"),
            "feedback.closed": self._number("feedback.closed"),
            "feedback.open": self._unanswered(),
            "drill.count": self._number("drill.carried-out"),
            "attendance.days": dict(Counter(person for person, _ in came)),
            "leave.hours": self._leave(),
            "engineer.hours": self._worked(),
            "export.count": self._number("export.carried-out"),
            "correction.count": self._number("entry.corrected"),
            "improvement.open": self._standing("improvement.opened", "improvement.done", "improvement.dropped"),
        }

    def _leave(self) -> dict[str, float]:
        spans: dict[str, list[Span]] = {}
        for row in self.all:
            if row["kind"] == "leave.granted":
                spans.setdefault(row["subject"], []).append((row["data"]["from_us"], row["data"]["until_us"]))
        return self._hours(spans)

    def _worked(self) -> dict[str, float]:
        spans: dict[str, list[Span]] = {}
        since: dict[tuple[str, str, str], int] = {}
        for row in self.all:
            key = (row["subject"], row["data"].get("task") or "", row["data"].get("incident") or "")
            if row["kind"] == "engineer.started":
                since.setdefault(key, row["at_us"])
            elif row["kind"] == "engineer.finished" and key in since:
                spans.setdefault(key[0], []).append((since.pop(key), row["at_us"]))
        for key, at_us in since.items():
            spans.setdefault(key[0], []).append((at_us, self.until_us))
        return self._hours(spans)

    def _hours(self, spans: dict[str, list[Span]]) -> dict[str, float]:
        """Hours in the period, what overlaps once."""
        cut = {name: joined([(max(a, self.from_us), min(b, self.until_us)) for a, b in own]) for name, own in spans.items()}
        hours = {name: sum(b - a for a, b in own) / HOUR for name, own in cut.items()}
        return {name: number for name, number in hours.items() if number}


def incident(at_us: int, data: Row) -> Row:
    """A new incident."""
    times = {name: data.get(f"{name}_us") for name in ("reported", "detected")}
    words = {name: data.get(name) or "" for name in ("class", "device", "window", "symptom")}
    empty = dict.fromkeys(("acknowledged", "came", "diagnosed", "restored", "closed", "called", "told"))
    record = {"found": "", "action": "", "verified_by": ""}
    major = at_us if words["class"] == MAJOR else None
    spells = [(at_us, data.get("deadline_us"))]
    return {
        **empty,
        **times,
        **words,
        **record,
        "opened": at_us,
        "drill": data.get("drill"),
        "spells": spells,
        "major": major,
        "pauses": [],
    }


def change(one: Row, what: str, at_us: int, data: Row) -> None:
    """What one more entry says of an incident."""
    if what in STEPS:
        if one[STEPS[what]] is None:
            one[STEPS[what]] = at_us
        one |= {name: data[name] for name in ("found", "action", "verified_by") if data.get(name)}
    elif what == "merged":
        for name in ("reported", "detected"):
            one[name] = data.get(f"{name}_us") if one[name] is None else one[name]
        if data.get("deadline_us") is not None:
            one["spells"].append((at_us, data["deadline_us"]))
        if one["device"] == one["window"] and data.get("device"):
            one["device"] = data["device"]
    elif what == "reclassified":
        one["class"] = data["class"]
        one["spells"].append((at_us, data.get("deadline_us")))
        if data["class"] == MAJOR and one["major"] is None:
            one["major"] = at_us
    elif what == "paused":
        if not one["pauses"] or one["pauses"][-1][1] is not None:
            one["pauses"].append((at_us, None))
    elif what == "resumed":
        one["pauses"][-1] = (one["pauses"][-1][0], at_us)
        one["spells"].append((at_us, data.get("deadline_us")))
    elif what == "called-out" and one["called"] is None:
        one["called"] = at_us if data.get("called_us") is None else data["called_us"]
    elif what == "escalated" and one["told"] is None:
        one["told"] = at_us


def works(day: date) -> bool:
    """Whether the day is worked; where no notice is out, by the weekday and the days that the law names."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))


def clock(text: str) -> int:
    """Microseconds since midnight of "07:30"."""
    hours, minutes = map(int, text.split(":"))
    return hours * HOUR + minutes * MINUTE


def joined(spans: list[Span]) -> list[Span]:
    """The spans in order, those that meet made one, empty ones left out."""
    done: list[Span] = []
    for a, b in sorted(span for span in spans if span[0] < span[1]):
        if done and a <= done[-1][1]:
            done[-1] = (done[-1][0], max(b, done[-1][1]))
        else:
            done.append((a, b))
    return done


def covered(spans: Iterable[Span], a: int, b: int) -> bool:
    """Whether one of the spans holds all of that time."""
    return any(x <= a and b <= y for x, y in spans)


def share(above: float | None, below: float | None, times: int = 1) -> float | None:
    """A ratio, where there is one."""
    return above * times / below if above is not None and below else None


def most(values: Iterable[float | None]) -> float | None:
    """The greatest of those that are known."""
    return max((value for value in values if value is not None), default=None)


def different(program: dict[str, Any], recounted: dict[str, Any]) -> list[str]:
    """The names of the figures that the two sides do not tell alike, to the sixth digit."""
    names = sorted(program.keys() | recounted.keys())
    return [name for name in names if name not in program or name not in recounted or not _same(program[name], recounted[name])]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if one is None or other is None:
        return one is other
    return bool(abs(one - other) <= 1.000001e-6)
