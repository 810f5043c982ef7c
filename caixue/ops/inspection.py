"""Inspection (contract C1): one guided round a month over application software, hardware, servers, databases and the network.

A round can be left and taken up again; what is left out needs a reason, and a round with open items cannot be finished.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.inspection_drafts import Said, answer_to, drafts_of
from caixue.ops.inspection_items import ANSWERS, SKIPPED, State
from caixue.ops.inspection_plan import Due, Plan, known_month, month_of, plan_of
from caixue.ops.inspection_points import Point, points_for
from caixue.ops.inspection_reading import Observed
from caixue.ops.inspection_rounds import KINDS, SEVERITIES, Finding, Round, Rounds
from caixue.site import Site
from caixue.units import nearest

DAYS_TO_MEND = 7  # of a finding for which nobody names a day; assumed: docs/assumptions.md A-224


class Inspection(Rounds):
    """The inspections of one site. `start` is when the record began."""

    def __init__(self, recorder: Recorder, site: Site, start: datetime, followed: Followed | None = None) -> None:
        super().__init__()
        self.recorder = recorder
        self.site = site
        self.start = start
        self.points: Mapping[str, Point] = points_for(site)
        if followed is not None:
            followed.follow(self.hear, KINDS)

    @property
    def today(self) -> date:
        """The day on the record's time line."""
        return self.day(self.recorder.clock.monotonic_us())

    def day(self, at_us: int) -> date:
        """The day of an instant of the record."""
        return (self.start + timedelta(microseconds=at_us)).date()

    def to_read(self) -> list[Point]:
        """The automatic points of the round that nobody has read yet."""
        return [point for point in self._to_do() if point.automatic]

    def to_look(self) -> list[Point]:
        """The points of the round that wait for a person."""
        return [point for point in self._to_do() if not point.automatic]

    def plan(self, month: str = "") -> tuple[Plan, Due]:
        """The plan of a month (default: the present one) and where it stands. Raises UsageError for no month."""
        plan = plan_of(month or month_of(self.today), self.site.calendar)
        rounds = self.of(plan.month)
        ended = [self.day(one.finished_us) for one in rounds if one.finished_us is not None]
        return plan, plan.standing(self.today, bool(rounds), min(ended, default=None))

    def begin(self, *, by: str, month: str = "", reason: str = "", op: str = "") -> Round:
        """Begin the round of a month (default: the present one), or give the one that is open.

        Raises UsageError where the month has had its round and no `reason` is given for another, and for a month ahead or before the record.
        """
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return self.named(known[0].subject)
            month = known_month(month or (self.current.month if self.current else month_of(self.today)))
            if self.current is not None and self.current.month == month:
                return self.current
            if self.current is not None:
                number = self.current.number
                raise UsageError(tr(f"{number} 还没有完成；先做完它", f"{number} is not finished: finish it first"))
            number = self._next_number(month, reason)
            data = {"month": month, "items": list(self.points), "reason": reason}
            self._note([Draft("inspection.started", number, data)], by, op)
            return self.rounds[number]

    def note_readings(self, observed: Iterable[Observed], *, by: str, op: str = "") -> list[Event]:
        """Note what was read automatically, with the counters of wear; the last reading of a point counts. Nothing is asked here."""
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return known
            number, observed = self._open_round().number, list(observed)
            for one in observed:
                self._point(one.point.name)
            return self._note(drafts_of(observed, number), by, op)

    def check(self, name: str, answer: str, *, by: str, note: str = "", op: str = "") -> list[Event]:
        """Note what a person saw: "ok", "attention" or "bad", also 正常, 需注意, 异常. What is not ok needs a note.

        Raises UsageError for an unknown item or answer, and for one that is read automatically.
        """
        word = answer_to(self._point(name), answer, note)
        return self._checked([name], word, ANSWERS[word][1], note, by, op)

    def skip(self, names: Sequence[str], *, reason: str, by: str, op: str = "") -> list[Event]:
        """Leave these items out, with a reason; they count as not known. Raises UsageError without one, and for what was seen or read."""
        if not reason.strip():
            raise UsageError(tr("跳过要写明原因（--reason）", "say why it is left out (--reason)"))
        known = {} if self.current is None or self.recorder.done(op) else self.current.results
        seen = [name for name in names if name in known and known[name].state is not State.UNKNOWN]
        if seen:
            raise UsageError(tr(f"{seen[0]} 已经查过，不能再跳过", f"{seen[0]} was seen already and cannot be left out"))
        return self._checked(names, SKIPPED, State.UNKNOWN, reason, by, op)

    def find(
        self,
        what: str,
        *,
        by: str,
        severity: str = SEVERITIES[0],
        measure: str,
        person: str = "",
        until: date | None = None,
        item: str = "",
        op: str = "",
    ) -> Finding:
        """Note hidden trouble: what, how grave, what is done about it, by whom (default: who notes it) and until when.

        It belongs to the open round, or else to the last. Raises UsageError for what is missing or unknown, and without any round.
        """
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return self.finding(known[0].subject)
            if item:
                self._point(item)
            if not self.rounds:
                raise UsageError(tr("还没有巡检；先 caixue inspect begin", "there has been no round yet: caixue inspect begin"))
            day = until or self.today + timedelta(days=DAYS_TO_MEND)
            said = Said(what, severity, measure, person or by, day, item)
            of_round = (self.current or next(reversed(self.rounds.values()))).number
            draft = said.draft(f"finding-{len(self.findings) + 1:04d}", of_round, [one.name for one in self.site.people])
            self._note([draft], by, op)
            return self.findings[draft.subject]

    def close_finding(self, number: str, *, done: str, by: str, op: str = "") -> Finding:
        """A finding has been seen to. Raises UsageError for one that is closed, and without saying what was done."""
        with self.recorder.turn():
            finding = self.finding(number)
            if self.recorder.done(op):
                return finding
            if not finding.open:
                raise UsageError(tr(f"{finding.number} 已经关闭", f"{finding.number} is closed already"))
            if not done.strip():
                raise UsageError(tr("请写明做了什么（--done）", "say what was done (--done)"))
            self._note([Draft("inspection.finding-closed", finding.number, {"done": done.strip()})], by, op)
            return self.findings[finding.number]

    def finish(self, *, by: str, op: str = "") -> Round:
        """End the round. Raises UsageError while items are open, or something critical has no finding."""
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return self.named(known[0].subject)
            current = self._open_round()
            self._must_be_complete(current)
            counts = {name.lower(): count for name, count in current.counts.items()}
            self._note([Draft("inspection.finished", current.number, {**counts, "findings": len(current.findings)})], by, op)
            return current

    def unexplained(self, current: Round) -> list[str]:
        """What is critical and has no finding, neither of this round nor one that is still open from before."""
        told = {finding.point for finding in self.findings.values() if finding.open or finding.round == current.number}
        return [point for point, result in current.results.items() if result.state is State.CRIT and point not in told]

    def overdue_findings(self) -> list[Finding]:
        """Those whose day has passed."""
        return [finding for finding in self.open_findings() if date.fromisoformat(finding.until) < self.today]

    def _to_do(self) -> list[Point]:
        names = () if self.current is None else self.current.open_points
        return [self.points[name] for name in names if name in self.points]

    def _note(self, drafts: list[Draft], by: str, op: str) -> list[Event]:
        events = self.recorder.note_all(drafts, actor=by, op=op)
        for event in events:
            self.hear(event)
        return events

    def _next_number(self, month: str, reason: str) -> str:
        if month > month_of(self.today):
            raise UsageError(tr(f"{month} 还没有到", f"{month} has not come yet"))
        if month < month_of(self.day(0)):
            raise UsageError(tr(f"{month} 在账本开始之前", f"{month} lies before the record"))
        before = len(self.of(month))
        if before and not reason.strip():
            raise UsageError(tr(f"{month} 的巡检已做；再做一轮请写 --reason", f"{month} has had its round; give --reason for another"))
        return f"inspection-{month}" + (f"-{before + 1}" if before else "")

    def _checked(self, names: Sequence[str], answer: str, state: State, note: str, by: str, op: str) -> list[Event]:
        with self.recorder.turn():
            known = self.recorder.done(op)
            if known:
                return known
            current = self._open_round()
            for name in names:
                self._belongs(name, current.points)
            data = {"answer": answer, "state": state.value, "note": note.strip()}
            return self._note([Draft("inspection.checked", current.number, {"item": name, **data}) for name in names], by, op)

    def _must_be_complete(self, current: Round) -> None:
        if current.open_points:
            count, first = len(current.open_points), ", ".join(current.open_points[:5])
            raise UsageError(
                tr(f"还有 {count} 项未查：{first}；查看 caixue inspect next", f"{count} items are open: {first}; see caixue inspect next")
            )
        bare = self.unexplained(current)
        if bare:
            first = ", ".join(bare[:5])
            raise UsageError(
                tr(
                    f"{len(bare)} 项严重而没有记隐患：{first}；caixue inspect finding",
                    f"{len(bare)} critical items have no finding: {first}; caixue inspect finding",
                )
            )

    def _open_round(self) -> Round:
        if self.current is None:
            raise UsageError(tr("没有进行中的巡检；先 caixue inspect begin", "no round is open: caixue inspect begin"))
        return self.current

    def _point(self, name: str) -> Point:
        self._belongs(name, self.points)
        if self.current is not None:
            self._belongs(name, self.current.points)
        return self.points[name]

    @staticmethod
    def _belongs(name: str, known: Collection[str]) -> None:
        if name not in known:
            raise UsageError(tr(f"没有巡检项 {name}", f"there is no item {name}") + nearest(name, tuple(known)))
