"""The closing of months and years (contract C6.1, C6.2, C6.3, C6.4, R5.2): open → cut off → drafted → signed by the user, or rejected and drafted again.

A cut-off names the last entry that counts. A draft holds the figures of all four reports as they were then, with their digest; the
signature is for that digest, and nothing that is noted later changes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.accounting import Period, months_since
from caixue.roles import allow, role_of
from caixue.workdays import Calendar

KINDS = ("month.cut-off", "month.drafted", "month.signed", "month.rejected", "improvement.opened", "improvement.dropped")
OPEN, CUT_OFF, DRAFTED, SIGNED, REJECTED = "open", "cut-off", "drafted", "signed", "rejected"
STATES: Mapping[str, tuple[str, str]] = {
    OPEN: ("未截止", "open"),
    CUT_OFF: ("已截止", "cut off"),
    DRAFTED: ("已起草", "drafted"),
    SIGNED: ("已签字", "signed"),
    REJECTED: ("已退回", "rejected"),
}
_NEXT = {OPEN: "cut-off", CUT_OFF: "drafted", REJECTED: "drafted", DRAFTED: "signed"}  # the step that each state waits for
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Closing:
    """How far one period is. `seq` and `head`: the last entry that counts, and its hash (empty where the journal has none)."""

    period: Period
    state: str = OPEN
    seq: int | None = None
    head: str = ""
    revision: int = 0
    reports: Mapping[str, Any] | None = None  # of the last draft
    sha256: str = ""
    drafted_us: int = 0
    by: str = ""  # who took the last step
    at_us: int = 0
    reason: str = ""  # of the last rejection
    scan: str = ""
    scan_sha256: str = ""
    signed_on: str = ""

    @property
    def text(self) -> str:
        """The state in the user's language."""
        return tr(*STATES[self.state])


@dataclass(frozen=True, slots=True)
class Overdue:
    """The step that a period waits for, and by which day it should be taken."""

    period: Period
    step: str
    due: date


def canonical(data: Any) -> str:
    """The one JSON text of these data. Raises ValueError for NaN."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(reports: Mapping[str, Any]) -> str:
    """The SHA-256 of a draft's figures, in hexadecimal."""
    return hashlib.sha256(canonical(reports).encode()).hexdigest()


class Closings:
    """The periods of one record, which began at `start`. It notes events and changes by hearing them, live and from the past alike."""

    def __init__(self, recorder: Recorder, people: Mapping[str, str], start: datetime, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.people = people  # name → role
        self.start = start
        self.closings: dict[Period, Closing] = {}
        self.cuts: list[tuple[Period, int]] = []  # every cut-off in the order in which it was noted, with its last entry
        self._planned: dict[str, int] = {}  # what is planned to be improved, and was not dropped → in the report of which year
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def of(self, period: Period) -> Closing:
        """How far `period` is."""
        return self.closings.get(period) or Closing(period)

    def cut_of(self, period: Period, by: int | None = None) -> int | None:
        """The last entry that counts into `period` by the cut-offs up to entry `by` (None: all): a later one changes no report before it."""
        return next((seq for one, seq in reversed(self.cuts) if one == period and (by is None or seq <= by)), None)

    # what is done

    def cut_off(self, period: Period, *, by: str, op: str = "") -> list[Event]:
        """Nothing that is noted from now on counts into `period`; after a rejection what was corrected meanwhile still does.

        Raises UsageError for a period that is not over, lies before the record, or follows one that is still open, and where it is cut off already.
        """
        with self.recorder.turn():
            known = self.recorder.done(op)
            head = {"seq": known[0].data["seq"], "head": known[0].data["head"]} if known else self._head()
            if not known:
                self._check_may_cut(period)
            return self._note("month.cut-off", period, head, by, op)

    def draft(self, period: Period, reports: Mapping[str, Any], *, seq: int, by: str, op: str = "") -> list[Event]:
        """Freeze `reports` (id → figures, as of the cut-off at entry `seq`) as the next revision.

        Raises UsageError where the period is not cut off, is drafted or signed already, or is a year without anything planned to improve.
        """
        with self.recorder.turn():
            before, known = self.of(period), self.recorder.done(op)
            revision = known[0].data["revision"] if known else before.revision + 1
            if not known:
                self._check_state(before, (CUT_OFF, REJECTED), tr("起草", "be drafted"))
                self._check_plan(period)
                if seq != before.seq:
                    raise UsageError(tr(f"{period} 刚又截止过，请重新起草", f"{period} was cut off again meanwhile; draft once more"))
            data = {"revision": revision, "seq": seq, "reports": reports, "sha256": digest(reports)}
            return self._note("month.drafted", period, data, by, op)

    def sign(self, period: Period, *, scan: str, scan_sha256: str, signed_on: date, by: str, op: str = "") -> list[Event]:
        """The user has signed the draft on paper; `scan` is the file's name and digest.

        Raises UsageError without a draft, for anybody but the head of department, and for a day before the draft or to come.
        """
        with self.recorder.turn():
            before = self.of(period)
            if not self.recorder.done(op):
                self._check_state(before, (DRAFTED,), tr("签字", "be signed"))
                self._check_signature(before, scan, scan_sha256, signed_on)
            data = {"revision": before.revision, "sha256": before.sha256, "scan": scan.strip(), "scan_sha256": scan_sha256}
            return self._note("month.signed", period, {**data, "signed_on": signed_on.isoformat()}, by, op)

    def reject(self, period: Period, *, reason: str, by: str, op: str = "") -> list[Event]:
        """The user does not sign, and says why; another draft may follow. Raises UsageError without a draft or a reason."""
        with self.recorder.turn():
            before = self.of(period)
            if not self.recorder.done(op):
                self._check_state(before, (DRAFTED,), tr("退回", "be rejected"))
                if not reason.strip():
                    raise UsageError(tr("退回要写原因", "a rejection needs a reason"))
            return self._note("month.rejected", period, {"revision": before.revision, "reason": reason.strip()}, by, op)

    # what is known

    def overdue(self, now: datetime, calendar: Calendar) -> list[Overdue]:
        """The next step of every period that is over, where it should have been taken before today."""
        today = now.astimezone(SHANGHAI).date()
        return [one for one in self.pending(now, calendar) if one.due < today]

    def pending(self, now: datetime, calendar: Calendar) -> list[Overdue]:
        """The next step of every period that is over and not signed, with the last day on which it is in time."""
        today, found = now.astimezone(SHANGHAI).date(), []
        for period in self.periods(now):
            step = _NEXT.get(self.of(period).state)
            if period.after <= today and step:
                found.append(Overdue(period, step, period.due(step, calendar)))
        return found

    def periods(self, now: datetime) -> list[Period]:
        """Every month since the record began, and every year of these that is over, in order."""
        months = list(months_since(self.start, now))
        years = {Period(month.year) for month in months if Period(month.year).after <= now.astimezone(SHANGHAI).date()}
        return sorted([*months, *years], key=lambda one: (one.after, one.is_year))

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing."""
        if event.kind not in KINDS or event.seq <= self._heard:
            return
        self._heard = event.seq
        if event.kind == "improvement.opened":
            self._planned[event.subject] = int(event.data["year"])
            return
        if event.kind == "improvement.dropped":
            self._planned.pop(event.subject, None)
            return
        period = Period.named(event.subject)
        changed = replace(self.of(period), **_CHANGES[event.kind](event), by=event.actor, at_us=event.at_us)
        if event.kind == "month.cut-off" and self.of(period).state == REJECTED:
            changed = replace(changed, state=REJECTED)
        if event.kind == "month.cut-off":
            self.cuts.append((period, event.data["seq"]))
        self.closings[period] = changed

    # its parts

    def _note(self, kind: str, period: Period, data: Mapping[str, Any], by: str, op: str) -> list[Event]:
        allow(kind, by, role_of(by, self.people))
        events = self.recorder.note_all([Draft(kind, str(period), data)], actor=by, op=op)
        for event in events:
            self.hear(event)
        return events

    def _head(self) -> dict[str, Any]:
        """The last entry of the journal, and its hash where it has one."""
        seq, head = self.recorder.journal.next_seq() - 1, getattr(self.recorder.journal, "head", None)
        return {"seq": seq, "head": head()[1] if head is not None else ""}

    def _now(self) -> datetime:
        return self.start + self.recorder.clock.monotonic_us() * _US

    def _check_may_cut(self, period: Period) -> None:
        before, now = self.of(period), self._now()
        self._check_state(before, (OPEN, REJECTED), tr("截止", "be cut off"))
        if period not in self.periods(now):
            raise UsageError(tr(f"账本里没有 {period}", f"the record has no {period}"))
        if now.astimezone(SHANGHAI).date() < period.after:
            raise UsageError(tr(f"{period} 还没有结束", f"{period} is not over"))
        first = next((one for one in self._earlier(period) if self.of(one).seq is None), None)
        if first is not None:
            raise UsageError(tr(f"先截止 {first}", f"cut off {first} first"))
        unsigned = [
            str(month) for month in period.months if period.is_year and month in self.periods(now) and self.of(month).state != SIGNED
        ]
        if unsigned:
            raise UsageError(
                tr(f"{period} 年各月先要签字：{'、'.join(unsigned)}", f"the months of {period} must be signed first: {', '.join(unsigned)}")
            )

    def _earlier(self, period: Period) -> list[Period]:
        """Months of the record that end before `period` does."""
        return [one for one in months_since(self.start, self._now()) if one.after < period.after]

    def _check_state(self, closing: Closing, allowed: tuple[str, ...], what: str) -> None:
        if closing.state in allowed:
            return
        at = f"{self.start.astimezone(SHANGHAI) + closing.at_us * _US:%Y-%m-%d %H:%M}"
        who = tr(f"（{closing.by}，{at}）", f" ({closing.by}, {at})") if closing.by else ""
        zh, en = STATES[closing.state]
        raise UsageError(tr(f"{closing.period} {zh}{who}，不能{what}", f"{closing.period} is {en}{who} and cannot {what}"))

    def _check_plan(self, period: Period) -> None:
        if period.is_year and period.year not in self._planned.values():
            zh = f"{period} 年的年报还没有改进计划：caixue month improve"
            raise UsageError(tr(zh, f"the report of {period} has no improvement plan yet: caixue month improve"))

    def _check_signature(self, closing: Closing, scan: str, scan_sha256: str, signed_on: date) -> None:
        if closing.reports is None or digest(closing.reports) != closing.sha256:
            raise UsageError(tr(f"{closing.period} 的草稿与其摘要不符", f"the draft of {closing.period} does not fit its digest"))
        if not scan.strip() or len(scan_sha256) != 64:
            raise UsageError(tr("要附签字页的扫描件", "attach the scan of the signed page"))
        other = next((one.period for one in self.closings.values() if one.scan_sha256 == scan_sha256 and one.period != closing.period), None)
        if other is not None:
            raise UsageError(tr(f"这份扫描件已用于 {other}", f"this scan is that of {other}"))
        drafted = (self.start + closing.drafted_us * _US).astimezone(SHANGHAI).date()
        if not drafted <= signed_on <= self._now().astimezone(SHANGHAI).date():
            zh = f"签字日期 {signed_on} 应在起草（{drafted}）到今天之间"
            raise UsageError(tr(zh, f"the date of the signature, {signed_on}, must lie between the draft ({drafted}) and today"))


_CHANGES: Mapping[str, Any] = {
    "month.cut-off": lambda event: {"state": CUT_OFF, "seq": event.data["seq"], "head": event.data["head"]},
    "month.drafted": lambda event: {
        "state": DRAFTED,
        "revision": event.data["revision"],
        "reports": event.data["reports"],
        "sha256": event.data["sha256"],
        "drafted_us": event.at_us,
    },
    "month.signed": lambda event: {
        "state": SIGNED,
        "scan": event.data["scan"],
        "scan_sha256": event.data["scan_sha256"],
        "signed_on": event.data["signed_on"],
    },
    "month.rejected": lambda event: {"state": REJECTED, "reason": event.data["reason"]},
}
